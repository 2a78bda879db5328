"""Puts the language of the message and of the conversation on the message."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from kb_index.errors import SnapshotError
from nlu.answer_languages import answer_languages
from nlu.components.keys import LANGUAGE, CallContext, timed
from nlu.components.resources import RESOURCES
from nlu.language import LanguageResult, detect

_RESULT_FIELDS = tuple(field.name for field in fields(LanguageResult))


def article_languages(kb_dir: str | None = None, encoder: str | None = None) -> tuple[str, ...]:
    """Gives the language tags of the published articles; none where there is no index."""
    try:
        return RESOURCES.get_index(kb_dir, encoder).snapshot().languages
    except SnapshotError:
        return ()


# Registered as a featurizer so that Rasa also runs it over the training data: the tokenizer that
# follows needs the language there, too.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class LanguageIdentifier(GraphComponent):  # type: ignore[misc]  # Rasa has no type information
    """Reads `text` and `metadata`; writes `language`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Gives the defaults: `kb_dir`, `encoder`, the same as of the retriever."""
        return {"kb_dir": None, "encoder": None}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageIdentifier:
        """Makes the component."""
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        """Keeps where the articles are, in whose languages is answered."""
        self._config = config

    def process(self, messages: list[Message]) -> list[Message]:
        """Identifies the language of messages to be answered."""
        written = article_languages(self._config["kb_dir"], self._config["encoder"])
        for message in messages:
            context = CallContext.of(message)
            with timed(message, "language"):
                result = detect(
                    message.get(TEXT) or "",
                    state=context.language_state,
                    locale=context.locale or context.language,
                    choice=context.language_choice,
                    supported=answer_languages(context.languages, written),
                )
            # `asdict` copies deeply, ten times slower.
            found = {name: getattr(result, name) for name in _RESULT_FIELDS}
            message.set(LANGUAGE, found, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Identifies the language of training examples, each by itself."""
        for example in training_data.training_examples:
            if example.get(TEXT):
                result = detect(
                    example.get(TEXT),
                    state=None,
                    locale=None,
                    choice=None,
                    supported=CallContext().languages,
                )
                example.set(LANGUAGE, {"conversation": result.conversation})
        return training_data
