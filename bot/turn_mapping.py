"""Between a claimed turn and the brain's JSON: the request out, the checked answer in.

The gateway checks what it stores: an answer with a wrong shape is the brain's failure and never
reaches the log. Unknown fields are ignored, so that a newer brain may say more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from bot.brain.contract import MAX_EVENTS, ReplyOut, TurnResponse
from bot.errors import BrainNonsense
from handoff.model import Claim, Contact, Reply, TurnLanguage, TurnResult, iso

# Longer than any article; whatever exceeds it is a fault of the brain.
REPLY_CHARS: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSurroundings:
    """What the brain must know that does not stand in the conversation."""

    languages: tuple[str, ...]
    agents_online: bool
    formality: str
    opening_hours: str | Mapping[str, str] | None
    brand: str
    market: str | None
    now: datetime


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
        "events": list(claim.dialogue_events[-MAX_EVENTS:]),
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
        BrainNonsense: If the shape is wrong, the turn is another one, or nothing would reach the
            visitor.
    """
    try:
        found = TurnResponse.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BrainNonsense(f"{place}: {first['type']}") from None
    if found.turn_id != turn_id:
        raise BrainNonsense("the answer belongs to another turn")
    replies = tuple(_reply(reply) for reply in found.replies if reply.text.strip())
    if not replies and found.handoff is None:
        raise BrainNonsense("neither a reply nor a handoff: the visitor would wait for nothing")
    if any(len(reply.text) > REPLY_CHARS for reply in replies):
        raise BrainNonsense("a reply is longer than any article")
    contact = found.set.contact
    language = found.language
    return TurnResult(
        replies=replies,
        decision=found.decision.model_dump(mode="json"),
        language=TurnLanguage(
            message=language.message,
            confidence=language.confidence,
            conversation=language.conversation,
            state=language.state,
            unsupported=language.unsupported,
        ),
        handoff=found.handoff.reason if found.handoff else None,
        contact=Contact(name=contact.name, email=contact.email) if contact else None,
        language_choice=found.set.language_choice,
        dialogue_events=tuple(found.events),
        model=found.model.model_dump(mode="json"),
        timing_ms=dict(found.timing_ms),
    )


def _reply(reply: ReplyOut) -> Reply:
    return Reply(
        kind=reply.kind,
        text=reply.text,
        language=reply.language,
        sources=tuple(source.model_dump(mode="json") for source in reply.sources),
        buttons=tuple(button.model_dump(mode="json") for button in reply.buttons),
        feedback=reply.feedback,
    )
