"""Between a claimed turn and the brain's JSON: the request out, the checked answer in.

The gateway checks what it stores: an answer with a wrong shape is the brain's failure and never reaches the log.
Unknown fields are ignored, so that a newer brain may say more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import BrainNonsense
from handoff.model import Claim, Contact, Reply, TurnLanguage, TurnResult, iso

# Rasa's cost per message grows with the events it replays; the brain gets the last ones only.
EVENTS_KEPT: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSurroundings:
    """What the brain must know that does not stand in the conversation."""

    languages: tuple[str, ...]
    agents_online: bool
    formality: str
    opening_hours: str | None
    brand: str
    market: str | None
    now: datetime


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=False)


class _Reply(_Part):
    kind: Annotated[str, Field(min_length=1, max_length=40)]
    text: Annotated[str, Field(max_length=20_000)]
    language: str | None = None
    sources: list[dict[str, Any]] = []
    buttons: list[dict[str, Any]] = []
    feedback: bool = False


class _Language(_Part):
    message: str | None = None
    confidence: float = 0.0
    conversation: str | None = None
    state: dict[str, Any] | None = None
    unsupported: str | None = None


class _Handoff(_Part):
    reason: Literal[
        "low_confidence",
        "asked_for_person",
        "repeated_failure",
        "negative_feedback",
        "complaint",
        "risk_topic",
    ]


class _Contact(_Part):
    name: str | None = None
    email: str | None = None


class _Set(_Part):
    contact: _Contact | None = None
    language_choice: str | None = None


class _Answer(_Part):
    turn_id: str
    replies: list[_Reply] = []
    decision: dict[str, Any] = {}
    language: _Language = _Language()
    handoff: _Handoff | None = None
    set: _Set = _Set()
    events: list[dict[str, Any]] = []
    model: dict[str, Any] = {}
    timing_ms: dict[str, Any] = {}


def turn_request(claim: Claim, surroundings: TurnSurroundings) -> dict[str, Any]:
    """The body of `POST /turn` for a claimed message."""
    choice = claim.choice
    return {
        "turn_id": claim.turn_id,
        "conversation_id": claim.conversation_id,
        "message": {
            "id": claim.message_id,
            "text": claim.message.text,
            "choice": None if choice is None else choice.as_json(),
        },
        "events": list(claim.dialogue_events[-EVENTS_KEPT:]),
        "context": {
            "language": claim.language,
            "language_state": claim.language_state,
            "language_choice": claim.language_choice,
            "locale": claim.locale,
            "languages": list(surroundings.languages),
            "audience": "public",
            "market": surroundings.market,
            "agents_online": surroundings.agents_online,
            "formality": surroundings.formality,
            "contact": claim.contact.as_json(),
            "ticket": None if claim.ticket is None else claim.ticket.as_json(),
            "opening_hours": surroundings.opening_hours,
            "brand": surroundings.brand,
            "now": iso(surroundings.now),
        },
    }


def turn_result(answer: Mapping[str, Any], *, turn_id: str) -> TurnResult:
    """The checked result of a turn.

    Raises:
        BrainNonsense: If the shape is wrong, the turn is another one, or nothing would reach the visitor.
    """
    try:
        found = _Answer.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BrainNonsense(f"{place}: {first['type']}") from None
    if found.turn_id != turn_id:
        raise BrainNonsense("the answer belongs to another turn")
    replies = tuple(reply for reply in found.replies if reply.text.strip())
    if not replies and found.handoff is None:
        raise BrainNonsense("neither a reply nor a handoff: the visitor would wait for nothing")
    contact = found.set.contact
    return TurnResult(
        replies=tuple(
            Reply(
                kind=reply.kind,
                text=reply.text,
                language=reply.language,
                sources=tuple(reply.sources),
                buttons=tuple(reply.buttons),
                feedback=reply.feedback,
            )
            for reply in replies
        ),
        decision=found.decision,
        language=TurnLanguage(
            message=found.language.message,
            confidence=found.language.confidence,
            conversation=found.language.conversation,
            state=found.language.state,
            unsupported=found.language.unsupported,
        ),
        handoff=found.handoff.reason if found.handoff else None,
        contact=Contact(name=contact.name, email=contact.email) if contact else None,
        language_choice=found.set.language_choice,
        dialogue_events=tuple(found.events),
        model=found.model,
        timing_ms=found.timing_ms,
    )
