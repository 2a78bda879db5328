"""Searches the knowledge base with the message's vector and puts the hits on the message."""

from __future__ import annotations

import logging
from dataclasses import fields
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from kb_index.errors import SnapshotError
from kb_index.search import Hit, search
from nlu.answer_languages import answer_languages, article_tag
from nlu.components.keys import (
    ANSWERABLE,
    HITS,
    INDEX_ID,
    LANGUAGE,
    QUERY_VECTOR,
    QUESTION,
    CallContext,
    timed,
)
from nlu.components.resources import RESOURCES

logger = logging.getLogger(__name__)

MAX_HITS = 5
_HIT_FIELDS = tuple(field.name for field in fields(Hit))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class KnowledgeBaseRetriever(GraphComponent):  # type: ignore[misc]  # Rasa has no type information
    """Reads `question`, `language`, `query_vector`; writes `hits`, `answerable`, `index_id`.

    Without an index there are no hits and the dialogue goes on without the knowledge base.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Gives the defaults: `kb_dir`, `encoder` (None means the process's own), `max_hits`."""
        return {"kb_dir": None, "encoder": None, "max_hits": MAX_HITS}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> KnowledgeBaseRetriever:
        """Makes the component; the index opens with the first message."""
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        """Keeps the settings."""
        self._config = config
        self._complained = False

    def process(self, messages: list[Message]) -> list[Message]:
        """Searches for messages to be answered."""
        for message in messages:
            with timed(message, "search"):
                self._search(message)
        return messages

    def _search(self, message: Message) -> None:
        vector = message.get(QUERY_VECTOR)
        message.set(HITS, [], add_to_output=True)
        message.set(ANSWERABLE, 0.0, add_to_output=True)
        if vector is None or not vector.any():
            return
        index = RESOURCES.get_index(self._config["kb_dir"], self._config["encoder"])
        try:
            snapshot = index.snapshot()
        except SnapshotError as error:
            if not self._complained:
                logger.warning("The knowledge base is not searched: %s", error)
                self._complained = True
            return
        context = CallContext.of(message)
        language = (message.get(LANGUAGE) or {}).get("conversation")
        result = search(
            snapshot,
            message.get(QUESTION) or message.get(TEXT) or "",
            vector=vector,
            language=article_tag(language, snapshot.languages) if language else None,
            languages_ok=[
                article_tag(code, snapshot.languages)
                for code in answer_languages(context.languages, snapshot.languages)
            ],
            audience=context.audience,
            market=context.market,
            k=self._config["max_hits"],
        )
        message.set(HITS, [_as_dict(hit) for hit in result], add_to_output=True)
        message.set(ANSWERABLE, result.answerable, add_to_output=True)
        message.set(INDEX_ID, result.snapshot_id, add_to_output=True)


def _as_dict(hit: Hit) -> dict[str, Any]:
    # `dataclasses.asdict` copies deeply, ten times slower; a hit holds only texts and numbers.
    return {name: getattr(hit, name) for name in _HIT_FIELDS}
