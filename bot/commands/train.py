"""`babeldesk train`: train the dialogue model and note what it was trained from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.brain.training import train_model
from bot.model_store import note_model, training_digest
from bot.settings import Settings


def train(
    settings: Settings, *, progress: Callable[[str], None], force: bool = False
) -> dict[str, Any]:
    """Gives a model of the present data, trained now if there is none; notes it as the one in use.

    Raises:
        TrainingFailed: With the last lines that Rasa wrote.
    """
    # Before training: a file that changes meanwhile must lead to another training.
    encoder = settings.brain.encoder
    digest = training_digest(encoder=encoder)
    models = settings.paths.models
    trained = train_model(progress, models_dir=models, encoder=encoder, force=force)
    note_model(models, name=trained.path.name, digest=digest)
    return {
        "event": "done",
        "model": trained.path.name,
        "path": str(trained.path),
        "trained": trained.is_new,
    }
