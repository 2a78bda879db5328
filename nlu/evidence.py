"""Builds the decision's evidence from what the pipeline put on a message. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nlu.cues import Cues
from nlu.decision import Candidate, Choice, Costs, Evidence
from nlu.text import has_words


def evidence_from_parse(
    *,
    text: str,
    intent: Mapping[str, Any],
    entities: Sequence[Mapping[str, Any]],
    hits: Sequence[Mapping[str, Any]],
    language: Mapping[str, Any],
    cues: Cues,
    answerable: float = 1.0,
    has_ticket: bool = False,
) -> Evidence:
    """Gives the evidence of a typed message.

    Args:
        text: As it was typed.
        intent: Rasa's form: `name`, `confidence`.
        entities: Rasa's form: at least `entity`.
        hits: Best first, at least `article_id` and `probability`.
        language: At least `unsupported`.
        cues: What the words of the text say.
        answerable: Probability that the knowledge base holds the answer.
        has_ticket: There is a ticket in this conversation.
    """
    kinds = {entity.get("entity") for entity in entities}
    return Evidence(
        is_empty=not has_words(text),
        intent=str(intent.get("name") or ""),
        intent_confidence=float(intent.get("confidence") or 0.0),
        candidates=tuple(
            Candidate(article_id=str(hit["article_id"]), probability=float(hit["probability"]))
            for hit in hits
        ),
        answerable=answerable,
        asks_for_person=cues.asks_for_person,
        risks=cues.risks,
        is_angry=cues.is_angry,
        has_email="email" in kinds,
        has_language_name="language" in kinds,
        has_ticket=has_ticket,
        unsupported_language=language.get("unsupported"),
    )


def evidence_from_json(value: Mapping[str, Any] | None) -> tuple[Evidence, Costs]:
    """Reads back what the Decider put on the message; nothing gives the empty evidence."""
    data = dict(value or {})
    costs = Costs(**data.pop("costs", {}))
    choice = data.pop("choice", None)
    candidates = data.pop("candidates", ())
    data["risks"] = tuple(data.get("risks", ()))
    return (
        Evidence(
            choice=Choice(**choice) if choice else None,
            candidates=tuple(Candidate(**candidate) for candidate in candidates),
            **data,
        ),
        costs,
    )
