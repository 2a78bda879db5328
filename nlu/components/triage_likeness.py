"""Notes which categories of triage a message is like, for the ticket that may come of it."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.keys import QUERY_VECTOR, SIGNALS
from nlu.components.resources import RESOURCES


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class TriageLikeness(GraphComponent):  # type: ignore[misc]  # Rasa has no type information
    """Reads `text` and `query_vector`; writes `signals`. Has no part in the decision."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TriageLikeness:
        """Makes the component; `encoder` is a folder or a sentence-transformers name."""
        return cls(config)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Gives the defaults."""
        return {"encoder": None}

    def __init__(self, config: dict[str, Any]) -> None:
        """Encodes the prototypes."""
        self._likeness = RESOURCES.get_likeness(config.get("encoder"))

    def process(self, messages: list[Message]) -> list[Message]:
        """Compares messages to be answered."""
        for message in messages:
            vector = message.get(QUERY_VECTOR)
            found = () if vector is None else self._likeness.find(message.get(TEXT) or "", vector)
            message.set(SIGNALS, [signal.as_json() for signal in found], add_to_output=True)
        return messages
