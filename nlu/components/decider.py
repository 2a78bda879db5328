"""Gathers the evidence of a message and decides about it as if it were the first one.

The dialogue decides again with what happened before (`actions/decide.py`); both use
`nlu.decision`. This first decision is what `rasa shell nlu` shows.
"""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.keys import ANSWERABLE, EVIDENCE, HITS, LANGUAGE, CallContext
from nlu.cues import load_cues
from nlu.decision import Costs, Evidence, History, decide
from nlu.evidence import evidence_from_parse
from nlu.scope import scope_log_odds, weigh
from nlu.small_talk import load_small_talk

__all__ = ["Decider"]

# `asdict` copies deeply, ten times slower; evidence of a typed message has no `choice`.
_EVIDENCE_FIELDS = tuple(field.name for field in fields(Evidence))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Decider(GraphComponent):  # type: ignore[misc]  # Rasa has no type information
    """Reads `text`, `intent` and its ranking, `entities`, `language`, `hits`; corrects `intent`.

    Writes `evidence` and `decision`.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Gives the prices of `nlu.decision.Costs`; each may be set in config.yml."""
        return asdict(Costs())

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Decider:
        """Makes the component with the configured prices."""
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        """Reads the prices."""
        self._costs = Costs(**{name: float(config[name]) for name in asdict(Costs())})
        self._stored_costs = asdict(self._costs)
        self._cues = load_cues()
        self._small_talk = load_small_talk()

    def process(self, messages: list[Message]) -> list[Message]:
        """Decides about messages to be answered."""
        for message in messages:
            small_talk = self._recognise_small_talk(message)
            cues = self._cues.find(message.get(TEXT) or "")
            if small_talk == "bot_challenge":
                # "Am I talking to a real person?" holds a wish's words, but wants the truth.
                cues = replace(cues, asks_for_person=False)
            scope = scope_log_odds(message.get(INTENT_RANKING_KEY) or [])
            evidence = evidence_from_parse(
                text=message.get(TEXT) or "",
                intent=message.get(INTENT) or {},
                entities=message.get(ENTITIES) or [],
                hits=[
                    {**hit, "probability": weigh(hit["probability"], scope)}
                    for hit in message.get(HITS) or []
                ],
                language=message.get(LANGUAGE) or {},
                cues=cues,
                answerable=weigh(float(message.get(ANSWERABLE, 1.0)), scope),
                has_ticket=CallContext.of(message).has_ticket,
            )
            decision = decide(evidence, History(), self._costs)
            stored = {
                **{name: getattr(evidence, name) for name in _EVIDENCE_FIELDS},
                "candidates": [
                    {"article_id": found.article_id, "probability": found.probability}
                    for found in evidence.candidates
                ],
                "costs": self._stored_costs,
            }
            message.set(EVIDENCE, stored, add_to_output=True)
            message.set(
                "decision",
                {"act": decision.act.value, "reasons": list(decision.reasons)},
                add_to_output=True,
            )
        return messages

    def _recognise_small_talk(self, message: Message) -> str | None:
        """Corrects the intent of pure courtesies; the classifier only guesses at single words."""
        intent = self._small_talk.intent(message.get(TEXT) or "")
        if intent is None:
            return None
        message.set(INTENT, {"name": intent, "confidence": 1.0}, add_to_output=True)
        # "Hej" is also Swedish: such a word says nothing about a language that is not spoken here.
        language = message.get(LANGUAGE)
        if language and language.get("unsupported"):
            message.set(LANGUAGE, {**language, "unsupported": None}, add_to_output=True)
        return intent
