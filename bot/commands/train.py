"""`babeldesk train`: train the dialogue model if its sources have changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.brain.training import train_model
from bot.settings import Settings


def train(
    settings: Settings, *, progress: Callable[[str], None], force: bool = False
) -> dict[str, Any]:
    """Gives a model of the present data, trained now if there is none.

    Raises:
        TrainingFailed: With the last lines that Rasa wrote.
    """
    trained = train_model(
        progress,
        models_dir=settings.paths.models,
        encoder=settings.brain.encoder,
        force=force,
    )
    return {
        "event": "done",
        "model": trained.path.name,
        "path": str(trained.path),
        "trained": trained.is_new,
    }
