"""What can go wrong in the brain.

BrainServiceError
├── NoModel            nothing is loaded yet, or the models folder is empty
├── ModelRefused       a model file is missing, outside the folder or not what its checksum says
├── TurnFailed         a component or an action raised; nothing of the turn is kept
└── TrainingFailed     `rasa train` could not build a model
"""

from __future__ import annotations


class BrainServiceError(Exception):
    """Base; `code` is stable and part of the contract."""

    code = "brain_error"


class NoModel(BrainServiceError):
    """There is no model to answer with."""

    code = "no_model"

    def __str__(self) -> str:
        return "There is no trained model; run `babeldesk train`."


class ModelRefused(BrainServiceError):
    """A model is not taken.

    Attributes:
        status: 400 for a bad name, 404 for a missing file, 409 for a wrong or broken file.
    """

    code = "model_refused"

    def __init__(self, name: str, reason: str, *, status: int) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason
        self.status = status

    def __str__(self) -> str:
        return f"Model {self.name!r} is refused: {self.reason}."


class TurnFailed(BrainServiceError):
    """A turn broke off; repeating it is harmless."""

    code = "turn_failed"

    def __init__(self, conversation_id: str) -> None:
        super().__init__(conversation_id)
        self.conversation_id = conversation_id

    def __str__(self) -> str:
        return f"The turn of conversation {self.conversation_id} failed."


class TrainingFailed(BrainServiceError):
    """No model was built; the text says why."""

    code = "training_failed"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason
