"""Trains the Rasa model when its sources have changed, and names it by their content.

The training itself runs in a child process: it needs three times the memory of the brain and
leaves nothing of it behind. `babeldesk train` and `make run` call `train_model`.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.brain.errors import TrainingFailed
from bot.brain.models import SUFFIX

CHECKOUT = Path(__file__).resolve().parents[2]
# Everything that decides what a model is. Code of ours that runs at training time belongs to it.
SOURCES = (
    *("config.yml", "bot/domain", "data/nlu", "data/rules", "data/stories"),
    *("nlu/components", "nlu/shape.py", "nlu/small_talk.py", "nlu/lexicons/small_talk.json"),
)
PREFIX = "babeldesk-"
DIGEST_CHARS = 16
MAX_KEPT_LINES = 40

Progress = Callable[[str], None]

# Rasa's log line -> what a person wants to know of it.
_STEPS = (
    (re.compile(r"Started validating"), "Checking domain and training data"),
    (re.compile(r"Starting to train component '(\w+)'"), "Training {}"),
    (re.compile(r"Restored component '(\w+)' from cache"), "{} is unchanged"),
    (re.compile(r"Your Rasa model is trained"), "Model written"),
)
_NOISE = re.compile(r"^(Processed|Epochs)\b|\x1b\[\d*m|^\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedModel:
    """A model file; `is_new` says whether it was trained just now."""

    path: Path
    digest: str
    is_new: bool


def train_model(
    progress: Progress | None = None,
    *,
    root: Path = CHECKOUT,
    models_dir: Path | None = None,
    encoder: str | None = None,
    force: bool = False,
) -> TrainedModel:
    """Gives a model of the present sources, training it if there is none yet.

    Args:
        progress: Gets one line of English per step.
        root: Folder that holds config.yml, bot/domain and data.
        models_dir: Where models are kept; default `models` under the root.
        encoder: Name or folder of the encoder, if it is not the one in config.yml.
        force: Trains even if nothing has changed.

    Raises:
        TrainingFailed: With the last lines that Rasa wrote.
    """
    tell = progress or (lambda line: None)
    folder = models_dir or root / "models"
    digest = sources_digest(root, encoder=encoder)
    path = folder / f"{PREFIX}{digest}{SUFFIX}"
    if path.is_file() and not force:
        os.utime(path)  # the newest model is the one in service
        tell("The model is up to date")
        return TrainedModel(path=path, digest=digest, is_new=False)
    folder.mkdir(parents=True, exist_ok=True)
    tell("Starting Rasa (about ten seconds)")
    _run(_command(path), root=root, encoder=encoder, tell=tell)
    if not path.is_file():
        raise TrainingFailed("Rasa ended without an error but wrote no model.")
    return TrainedModel(path=path, digest=digest, is_new=True)


def sources_digest(root: Path = CHECKOUT, *, encoder: str | None = None) -> str:
    """Gives a short digest of everything a model is made from, the encoder included.

    Raises:
        TrainingFailed: If a source is missing or the encoder cannot be opened.
    """
    digest = hashlib.sha256(_encoder_fingerprint(encoder).encode())
    for name in SOURCES:
        if not (root / name).exists():
            raise TrainingFailed(f"{name} is missing; a model cannot be trained without it.")
        for path in _files(root / name):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:DIGEST_CHARS]


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for found in sorted(path.rglob("*")):
        if found.is_file() and found.suffix in (".yml", ".yaml", ".json", ".py"):
            yield found


def _encoder_fingerprint(name: str | None) -> str:
    from kb_index.encoder import DEFAULT_ENCODER, ModelError, encoder_fingerprint

    try:
        return encoder_fingerprint(name or DEFAULT_ENCODER)
    except ModelError as error:
        raise TrainingFailed(f"The encoder cannot be opened: {error}") from error


def _command(path: Path) -> list[str]:
    name = path.name.removesuffix(SUFFIX)
    arguments = ["train", "--out", str(path.parent), "--fixed-model-name", name]
    return [sys.executable, "-m", "bot.brain.train_child", *arguments]


def _run(command: list[str], *, root: Path, encoder: str | None, tell: Progress) -> None:
    environ = {**os.environ, "BABELDESK_ENCODER": encoder or "", "PYTHONUNBUFFERED": "1"}
    environ["PYTHONPATH"] = os.pathsep.join(
        part for part in (str(root), str(CHECKOUT), environ.get("PYTHONPATH", "")) if part
    )
    kept: list[str] = []
    with subprocess.Popen(
        command,
        cwd=root,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as child:
        for line in child.stdout or ():
            for part in line.split("\r"):
                _report(part.rstrip(), kept, tell)
    if child.returncode != 0:
        raise TrainingFailed("Rasa could not train a model:\n" + "\n".join(kept[-MAX_KEPT_LINES:]))


def _report(line: str, kept: list[str], tell: Progress) -> None:
    if not _NOISE.match(line):
        kept.append(line)
        del kept[:-MAX_KEPT_LINES]
    for pattern, text in _STEPS:
        found = pattern.search(line)
        if found:
            tell(text.format(*found.groups()))
            return
