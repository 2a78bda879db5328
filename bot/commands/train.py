"""`babeldesk train`: train the dialogue model and note what it was trained from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.errors import StartError
from bot.model_store import note_model, training_digest
from bot.settings import Settings


def train(settings: Settings) -> dict[str, Any]:
    """Trains in this process and gives the new model's name, path and digest.

    Raises:
        StartError: `training_failed` when no model came out.
    """
    from bot.brain.training import train_model

    # Before training: a file that changes meanwhile must lead to another training.
    digest = training_digest()
    settings.paths.models.mkdir(parents=True, exist_ok=True)
    path = Path(train_model(settings.paths.models))
    if not path.is_file():
        raise StartError(
            "training_failed",
            happened="Training ended without a model.",
            todo="Run `rasa data validate` to find faults in the training data.",
        )
    note_model(settings.paths.models, name=path.name, digest=digest)
    return {"event": "done", "model": path.name, "path": str(path), "digest": digest}
