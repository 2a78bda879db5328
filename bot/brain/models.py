"""The folder of trained models: which is the newest, and is a file what it claims to be."""

from __future__ import annotations

import hashlib
from pathlib import Path

from bot.brain.errors import ModelRefused, NoModel

SUFFIX = ".tar.gz"


def newest_model(folder: Path) -> Path:
    """Gives the most recently written model.

    Raises:
        NoModel: If the folder holds none.
    """
    files = [path for path in folder.glob(f"*{SUFFIX}") if path.is_file()]
    if not files:
        raise NoModel
    return max(files, key=lambda path: (path.stat().st_mtime_ns, path.name))


def access_model(folder: Path, name: str, *, sha256: str | None = None) -> Path:
    """Gives a model's path if the name stays inside the folder and the content is the promised one.

    Raises:
        ModelRefused: 400 outside the folder or wrong kind of name, 404 missing, 409 other content.
    """
    root = folder.resolve()
    path = (root / name).resolve()
    if not name or not path.is_relative_to(root) or not path.name.endswith(SUFFIX):
        raise ModelRefused(name, "it must be a .tar.gz file under the models folder", status=400)
    if not path.is_file():
        raise ModelRefused(name, "there is no such file", status=404)
    if sha256 is not None and file_sha256(path) != sha256:
        raise ModelRefused(name, "its checksum differs", status=409)
    return path


def file_sha256(path: Path) -> str:
    """Gives the checksum of a file, hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
