"""Which trained model is there, and whether it fits the present training data.

`babeldesk train` names a model by the digest of everything it was made from, so a second start
decides in milliseconds, without loading Rasa. A model under any other name was put there by a
person (`rasa train`, a copied file): the newest of all is the one in service, whatever its data.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.brain.models import SUFFIX
from bot.brain.training import PREFIX, sources_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModel:
    """A trained model; `fits` is False when it was made from other data than the present."""

    name: str
    path: Path
    fits: bool


def find_model(folder: Path, *, encoder: str | None = None) -> KnownModel | None:
    """Gives the newest model, or None when there is none.

    Args:
        folder: Where models are kept.
        encoder: Name or folder of the encoder, if it is not the embedded one.

    Raises:
        TrainingFailed: If the training data or the encoder cannot be read.
    """
    files = sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime_ns)
    if not files:
        return None
    newest = files[-1]
    ours = newest.name.startswith(PREFIX)
    fits = not ours or newest.name == f"{PREFIX}{sources_digest(encoder=encoder)}{SUFFIX}"
    return KnownModel(name=newest.name, path=newest, fits=fits)
