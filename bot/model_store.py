"""Which trained model is there, and whether it fits the present training data.

The digest covers everything that training reads, so a second start decides in milliseconds, without
loading Rasa.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.brain.training import SOURCES

ROOT: Final = Path(__file__).parent.parent
MARKER: Final = "babeldesk-model.json"
# The model holds features of the shipped encoder, so a new encoder means a new model.
_ENCODER: Final = "kb_index/models"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModel:
    """A trained model; `digest` is None when nobody noted what it was trained from."""

    name: str
    path: Path
    digest: str | None


def training_digest(root: Path = ROOT, *, encoder: str | None = None) -> str:
    """SHA-256 over the encoder's name and all files that training reads."""
    total = hashlib.sha256((encoder or "").encode())
    for path in sorted(_files(root)):
        total.update(path.relative_to(root).as_posix().encode())
        total.update(b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def find_model(folder: Path) -> KnownModel | None:
    """The model that was noted last, or the newest file when there is no note."""
    noted = _load_marker(folder)
    if noted is not None:
        path = folder / noted["name"]
        if path.is_file():
            return KnownModel(name=noted["name"], path=path, digest=noted.get("digest"))
    files = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime_ns)
    return KnownModel(name=files[-1].name, path=files[-1], digest=None) if files else None


def note_model(folder: Path, *, name: str, digest: str) -> None:
    """Remembers which model is in use and from which data it was trained; atomic."""
    fresh = folder / f".{MARKER}.{os.getpid()}"
    fresh.write_text(json.dumps({"name": name, "digest": digest}), encoding="utf-8")
    os.replace(fresh, folder / MARKER)


def _load_marker(folder: Path) -> dict[str, str] | None:
    try:
        found = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("name"), str):
        return None
    return found if "/" not in found["name"] else None


def _files(root: Path) -> Iterable[Path]:
    for source in (*SOURCES, _ENCODER):
        path = root / source
        if path.is_file():
            yield path
        else:
            yield from (p for p in path.rglob("*") if p.is_file() and p.suffix != ".pyc")
