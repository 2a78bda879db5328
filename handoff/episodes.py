"""What a conversation and its ticket do together.

Handing over, a visitor who writes while people have the conversation, contact details. Used by the
use cases inside their transactions.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select

from handoff.conversation import HandOff, Refusal, decide
from handoff.crash_points import crash_point
from handoff.customers.keeping import (
    count_earlier_tickets,
    keep_customer,
    note_details,
    tier_of,
)
from handoff.errors import InvalidTransition
from handoff.model import Author, Contact, EventView, Json, JsonObject, iso
from handoff.notice_language import notice_language
from handoff.ports import Ports, TriageMessage
from handoff.priority import (
    Circumstances,
    assess_ticket,
    follow_triage,
    offer_help,
    reasons_json,
    signals_of,
)
from handoff.sla.expected import Expectation
from handoff.store.tables import events
from handoff.store.unit import ConversationUnit
from handoff.ticket import REOPEN, Happened, TicketState, decide_state, format_number
from handoff.tickets.labels import is_set_by_hand
from handoff.tickets.refresh import refresh_ticket
from handoff.tickets.reopening import find_followed
from handoff.transcript import excerpt, find_email

logger = logging.getLogger(__name__)

# Enough for any estimate; what earlier messages raised stays raised.
TRIAGE_MESSAGES = 50


class Written(Protocol):
    """Anything with a visitor's words."""

    @property
    def text(self) -> str:
        """The words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Episode:
    circumstances: Circumstances
    subject: str

    @property
    def messages(self) -> tuple[TriageMessage, ...]:
        return self.circumstances.messages


async def hand_off(
    unit: ConversationUnit, ports: Ports, *, reason: str, evidence: JsonObject
) -> EventView:
    """Passes the conversation to people: state, ticket, notice and queue event.

    The episode's ticket is opened, or put back into the queue if the episode has one already.
    Unanswered messages are from here on the ticket's and no longer the bot's.
    """
    state = decide(unit.record.state, HandOff(epoch=unit.record.epoch))
    if isinstance(state, Refusal):
        raise InvalidTransition(act="hand_off", state=unit.record.owner)
    unit.move_to(state)
    episode = await _load_episode(unit)
    if unit.record.contact_email is None:
        # What she wrote to the bot counts as well: nobody should ask for it a second time.
        await _note_written_email(unit, reversed(episode.messages))
    customer_id = await keep_customer(unit, source="assistant")
    unit.change(answered_seq=unit.record.last_seq)
    opened = unit.episode_ticket is None
    if opened:
        await _open_ticket(unit, ports, episode, reason=reason, customer_id=customer_id)
    else:
        await _requeue_ticket(unit, ports, episode, reason=reason)
    crash_point("handoff.ticket")
    await refresh_ticket(unit, ports)
    notice = _append_notice(unit, ports, reason=reason, evidence=evidence)
    unit.notify_inbox("ticket_opened" if opened else "ticket_requeued", {"reason": reason})
    return notice


async def add_to_ticket(unit: ConversationUnit, ports: Ports, message: EventView) -> None:
    """Adds a visitor's message to the ticket while the queue or an agent has the conversation."""
    ticket = unit.episode_ticket
    if ticket is None:
        raise InvalidTransition(act="add_to_ticket", state=unit.record.owner)
    if unit.record.contact_email is None:
        await _note_written_email(unit, (message,))
    state = decide_state(ticket.stands, Happened.VISITOR_WROTE)
    unit.change_ticket(
        state=(state or ticket.stands).value,
        waiting_since=ticket.waiting_since or unit.now,
        last_message=excerpt(message.text),
    )
    await follow_triage(unit, ports, (await _load_episode(unit)).circumstances)
    await refresh_ticket(unit, ports)
    unit.notify_inbox("visitor_message", {"seq": message.seq})


async def reassess_ticket(unit: ConversationUnit, ports: Ports) -> None:
    """Lets the open ticket's priority follow what has become known of its messages since."""
    ticket = unit.episode_ticket
    if ticket is not None and ticket.is_active:
        await follow_triage(unit, ports, (await _load_episode(unit)).circumstances)


async def note_contact(unit: ConversationUnit, contact: Contact, *, source: str) -> None:
    """Keeps contact details on the conversation, its open ticket and the visitor's record.

    Agents see an event of it.

    Args:
        unit: The conversation.
        contact: What is known now; a None leaves what was known before.
        source: `form`, `message` or `assistant`.
    """
    known = unit.record.contact
    merged = Contact(name=contact.name or known.name, email=contact.email or known.email)
    if merged == known:
        return
    unit.change(contact_name=merged.name, contact_email=merged.email)
    ticket = unit.episode_ticket
    if ticket is not None and ticket.is_active:
        unit.change_ticket(contact_name=merged.name, contact_email=merged.email)
    payload: JsonObject = {**merged.as_json(), "source": source}
    unit.append("contact", Author.SYSTEM, "", payload=payload, agents_only=True)
    await note_details(unit, source=source)


def follow_language(unit: ConversationUnit, ports: Ports) -> None:
    """Keeps the open ticket's language the one in which the visitor is to be answered."""
    ticket = unit.episode_ticket
    if ticket is None or not ticket.is_active:
        return
    language = _ticket_language(unit, ports)
    if language != ticket.language:
        unit.change_ticket(language=language)
        unit.notify_inbox("language", {"language": language})


def _ticket_language(unit: ConversationUnit, ports: Ports) -> str:
    """Gives the language that the open ticket is to have: a person's word counts for good."""
    ticket = unit.episode_ticket
    if ticket and ticket.language and is_set_by_hand(ticket.classification or {}, "language"):
        return ticket.language
    return notice_language(unit, ports)


async def _note_written_email(unit: ConversationUnit, messages: Iterable[Written]) -> None:
    found = (find_email(message.text) for message in messages)
    email = next((email for email in found if email is not None), None)
    if email is not None:
        await note_contact(unit, Contact(email=email), source="message")


async def _open_ticket(
    unit: ConversationUnit, ports: Ports, episode: _Episode, *, reason: str, customer_id: str
) -> None:
    assessment, told = await assess_ticket(unit, ports, episode.circumstances, reason=reason)
    offer_help(unit, ports, assessment, before=None)
    await unit.open_ticket(
        state=TicketState.NEW.value,
        priority=assessment.priority,
        impact=assessment.impact,
        urgency=assessment.urgency,
        reasons=reasons_json(assessment),
        reason=reason,
        language=notice_language(unit, ports),
        subject=episode.subject,
        last_message=excerpt(episode.messages[-1].text) if episode.messages else "",
        seq_from=unit.record.episode_seq,
        seq_upto=unit.record.last_seq,
        assignee_id=None,
        contact_name=unit.record.contact_name,
        contact_email=unit.record.contact_email,
        waiting_since=unit.now,
        first_reply_at=None,
        resolved_at=None,
        triage_version=assessment.version[:60],
        triage_inputs=told,
        override=None,
        channel=unit.record.channel,
        customer_id=customer_id,
        follow_up_of=await find_followed(unit, within=ports.tickets.follow_up_within),
    )


async def _requeue_ticket(
    unit: ConversationUnit, ports: Ports, episode: _Episode, *, reason: str
) -> None:
    ticket = unit.episode_ticket
    if ticket is None:
        raise InvalidTransition(act="requeue", state=unit.record.owner)
    state = decide_state(ticket.stands, Happened.REQUEUED)
    unit.change_ticket(
        state=(state or TicketState.OPEN).value,
        reason=reason,
        assignee_id=None,
        assignee_name=None,
        waiting_since=ticket.waiting_since or unit.now,
        language=_ticket_language(unit, ports),
        last_message=excerpt(episode.messages[-1].text) if episode.messages else "",
        contact_name=unit.record.contact_name,
        contact_email=unit.record.contact_email,
    )
    await follow_triage(unit, ports, episode.circumstances)


def tell_expected(expected: Expectation, ports: Ports, language: str, time_zone: str | None) -> str:
    """Says in the visitor's words when a person will probably answer."""
    if expected.at is None:
        minutes = str(expected.minutes)
        return ports.notices.notice("expected-reply-minutes", language, minutes=minutes)
    moment = ports.notices.moment(expected.at, language, time_zone)
    return ports.notices.notice("expected-reply-by", language, moment=moment)


def _append_notice(
    unit: ConversationUnit, ports: Ports, *, reason: str, evidence: JsonObject
) -> EventView:
    ticket = unit.episode_ticket
    number = format_number(ticket.number) if ticket else ""
    online = ports.presence.agents_online() > 0
    ask_contact = not online and not unit.record.contact_email and not unit.record.contact_asked
    if ask_contact:
        unit.change(contact_asked=True)
    language = notice_language(unit, ports)
    code = "handoff-notice-online" if online else "handoff-notice-offline"
    text = ports.notices.notice(code, language, number=number)
    outlook: JsonObject = {"opens_at": None, "expected": None}
    try:
        told, outlook = _outlook(unit, ports, language, online=online)
        text = " ".join([text, *told])
    except Exception:
        # When somebody will answer is worth knowing; that somebody will must not depend on it.
        logger.exception("no outlook for conversation %s", unit.record.id)
    return unit.append(
        "handoff",
        Author.SYSTEM,
        text,
        language=language,
        payload={
            "ticket_number": number,
            "availability": "online" if online else "offline",
            **outlook,
            "ask_contact": ask_contact,
        },
        internal={"reason": reason, **evidence},
    )


def _outlook(
    unit: ConversationUnit, ports: Ports, language: str, *, online: bool
) -> tuple[list[str], JsonObject]:
    """Gives when the team opens and will answer: in her words, and for the event's payload."""
    ticket, zone, told = unit.episode_ticket, unit.record.time_zone, []
    opens_at = None if online else ports.hours.opens_at(unit.now)
    if opens_at is not None:
        opens = ports.notices.moment(opens_at, language, zone)
        told.append(ports.notices.notice("handoff-opens-again", language, opens=opens))
    expected = None
    if ticket is not None:
        expected = ports.forecast.expected(
            unit.now, priority=ticket.priority, language=ticket.language
        )
    if expected is not None:
        told.append(tell_expected(expected, ports, language, zone))
    return told, {
        "opens_at": None if opens_at is None else iso(opens_at),
        "expected": None if expected is None else expected.as_json(),
    }


async def _load_episode(unit: ConversationUnit) -> _Episode:
    query = (
        select(
            events.c.text,
            events.c.language,
            events.c.created_at,
            events.c.payload,
            events.c.internal,
        )
        .where(
            events.c.conversation_id == unit.record.id,
            events.c.seq >= unit.record.episode_seq,
            events.c.author == Author.VISITOR.value,
            events.c.kind == "message",
        )
        .order_by(events.c.seq.desc())
        .limit(TRIAGE_MESSAGES)
    )
    rows = list(reversed((await unit.connection.execute(query)).all()))
    texts = [
        (row.text, row.language, row.created_at, row.payload, row.internal) for row in rows
    ] + [
        (view.text, view.language, view.created_at, view.payload, view.internal or {})
        for view in unit.new_events
        if view.author is Author.VISITOR and view.kind == "message"
    ]
    own_words = [
        (text, internal) for text, _, _, payload, internal in texts if "choice" not in payload
    ]
    entities: dict[str, str] = {}
    for _, _, _, _, internal in texts:
        entities.update(_entities_of(internal))
    return _Episode(
        circumstances=Circumstances(
            messages=tuple(
                TriageMessage(text=text, language=language, at=at, signals=signals_of(internal))
                for text, language, at, _, internal in texts
            ),
            entities=entities,
            repeat_contacts=await count_earlier_tickets(unit),
            tier=await tier_of(unit),
            is_unsolved=any(_is_reopening(payload) for _, _, _, payload, _ in texts),
            is_whole=len(rows) < TRIAGE_MESSAGES,
        ),
        subject=_choose_subject(own_words[-10:]),
    )


def _is_reopening(payload: JsonObject) -> bool:
    choice = payload.get("choice")
    return isinstance(choice, dict) and choice.get("kind") == REOPEN


def _choose_subject(own_words: Sequence[tuple[str, JsonObject]]) -> str:
    """Gives the message that says most: courtesies and rows of signs tell the queue nothing."""

    def weight(written: tuple[str, JsonObject]) -> tuple[bool, int]:
        text, internal = written
        decision = internal.get("decision")
        is_courtesy = isinstance(decision, dict) and decision.get("outcome") == "smalltalk"
        return not is_courtesy, sum(map(str.isalpha, text))

    worded = [written for written in own_words if any(map(str.isalpha, written[0]))]
    return excerpt(max(worded, key=weight)[0], limit=120) if worded else ""


def _entities_of(internal: JsonObject) -> dict[str, str]:
    decision = internal.get("decision")
    found: Json = decision.get("entities") if isinstance(decision, dict) else None
    if not isinstance(found, list):
        return {}
    return {
        str(item["entity"]): str(item["value"])
        for item in found
        if isinstance(item, dict) and "entity" in item and "value" in item
    }
