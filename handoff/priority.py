"""A ticket's priority over time: assessed anew with each message; every change is audited.

It rises at once. It falls by itself only when the visitor took something back (see
`handoff.triage`), and a person's choice holds until something worse is written. Whoever speaks of
ending her life gets the safety text at once, the first time in an episode. Used by the use cases
inside their transactions.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from handoff.audit import write_audit
from handoff.model import Author, Json, JsonObject, TicketReason
from handoff.notice_language import notice_language
from handoff.ports import (
    Assessment,
    PlainAssessment,
    PlainReason,
    Ports,
    TriageMessage,
    TriageSignal,
)
from handoff.store.records import TicketRecord, override_of
from handoff.store.tables import events
from handoff.store.unit import ConversationUnit
from handoff.ticket import DEFAULT_PRIORITY, decide_priority, format_number

logger = logging.getLogger(__name__)

LIFE_IN_DANGER = "self_harm"
MAX_SIGNALS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What triage reads of an episode.

    Attributes:
        messages: The visitor's newest messages, oldest first.
        entities: What was found in them.
        repeat_contacts: Earlier tickets of the same visitor.
        tier: The customer's tier, if one is known.
        is_unsolved: The visitor pressed "not solved" of the episode's ticket.
        is_whole: No older message of the episode was left out.
    """

    messages: tuple[TriageMessage, ...]
    entities: Mapping[str, str]
    repeat_contacts: int
    tier: str | None = None
    is_unsolved: bool = False
    is_whole: bool = True


async def assess_ticket(
    unit: ConversationUnit, ports: Ports, circumstances: Circumstances, *, reason: str
) -> tuple[Assessment, JsonObject]:
    """Gives what triage says of the episode, and what it was told, for the ticket."""
    ticket = unit.episode_ticket
    reopened = ticket is not None and (
        circumstances.is_unsolved or await _was_reopened(unit, ticket)
    )
    waiting_since = ticket.waiting_since if ticket is not None else None
    told: JsonObject = {
        "handoff_reason": reason,
        "tier": circumstances.tier,
        "repeat_contacts": circumstances.repeat_contacts,
        "reopened": reopened,
        "date": circumstances.entities.get("date"),
        "n_messages": len(circumstances.messages),
        "upto_seq": unit.record.last_seq,
    }
    try:
        assessment = ports.triage(
            circumstances.messages,
            handoff_reason=reason,
            entities=circumstances.entities,
            repeat_contacts=circumstances.repeat_contacts,
            reopened=reopened,
            tier=circumstances.tier,
            waiting_since=waiting_since,
        )
    except Exception:
        # Triage reads what strangers write; whatever goes wrong there, the ticket must exist.
        logger.exception("triage failed in conversation %s", unit.record.id)
        assessment = PlainAssessment(
            priority=DEFAULT_PRIORITY, reasons=(PlainReason(code="triage_failed"),)
        )
    return assessment, told


async def follow_triage(unit: ConversationUnit, ports: Ports, circumstances: Circumstances) -> None:
    """Assesses the episode's ticket anew and lets its priority follow, as far as it may."""
    ticket = unit.episode_ticket
    if ticket is None:
        return
    assessment, told = await assess_ticket(unit, ports, circumstances, reason=ticket.reason)
    offer_help(unit, ports, assessment, before=ticket)
    override = override_of(ticket.override)
    priority = decide_priority(
        current=ticket.priority,
        assessed=assessment.priority,
        assessed_at_override=override.assessed if override else None,
        may_fall=assessment.may_fall and circumstances.is_whole,
    )
    if priority == ticket.priority and assessment.priority > ticket.priority:
        # The reasons on the ticket must explain its priority, not a milder later estimate.
        return
    if override is not None and priority != ticket.priority:
        # Something worse has overruled the person, whose reason no longer explains the priority.
        unit.change_ticket(override=None)
    unit.change_ticket(
        priority=priority,
        impact=assessment.impact,
        urgency=assessment.urgency,
        reasons=reasons_json(assessment),
        triage_version=assessment.version[:60],
        triage_inputs=told,
    )
    if priority != ticket.priority:
        await _note_change(unit, ticket, assessment, priority)


def offer_help(
    unit: ConversationUnit, ports: Ports, assessment: Assessment, *, before: TicketRecord | None
) -> None:
    """Writes whom she can call, if somebody speaks of ending her life for the first time.

    Args:
        unit: The conversation.
        ports: For the help lines and the texts.
        assessment: Of the episode up to now.
        before: The episode's ticket before this assessment; None when it is being opened.
    """
    known = {reason.get("code") for reason in before.reasons} if before is not None else set()
    spoken = {reason.code for reason in assessment.reasons}
    if LIFE_IN_DANGER not in spoken or LIFE_IN_DANGER in known:
        return
    language = notice_language(unit, ports)
    found = ports.help_lines.help_for(unit.record.locale)
    say = ports.notices.notice
    emergency = found.emergency or say("safety-emergency", language)
    parts = [say("safety-help", language, emergency=emergency)]
    if found.lines:
        lines = "; ".join(f"{line.name} {line.number}" for line in found.lines)
        parts.append(say("safety-lines", language, lines=lines))
    parts.append(say("safety-person", language))
    unit.append(
        "safety",
        Author.SYSTEM,
        " ".join(parts),
        language=language,
        payload={"numbers": [line.number for line in found.lines]},
    )


def reasons_json(assessment: Assessment) -> list[JsonObject]:
    """Gives the reasons as they stand on a ticket."""
    return [
        TicketReason(code=item.code, evidence=item.evidence, params=item.params).as_json()
        for item in assessment.reasons
    ]


def signals_of(internal: JsonObject) -> tuple[TriageSignal, ...]:
    """Gives the prototypes that a message is like, from its evidence; nonsense is left out.

    The brain notes them with its decision or, while people answer, with the language.
    """
    found: list[Json] = []
    for place in ("decision", "language"):
        noted = internal.get(place)
        signals = noted.get("signals") if isinstance(noted, dict) else None
        found += signals if isinstance(signals, list) else []
    return tuple(
        TriageSignal(
            category=str(item["category"]),
            prototype=str(item["prototype"]),
            similarity=float(item["similarity"]),
        )
        for item in found[:MAX_SIGNALS]
        if isinstance(item, dict)
        and item.keys() >= {"category", "prototype", "similarity"}
        and isinstance(item["similarity"], int | float)
    )


async def _note_change(
    unit: ConversationUnit, before: TicketRecord, assessment: Assessment, priority: int
) -> None:
    change: JsonObject = {"from": before.priority, "to": priority}
    unit.notify_inbox("priority_changed", {**change, "automatic": True})
    codes: Sequence[str] = [reason.code for reason in assessment.reasons]
    await write_audit(
        unit.transaction,
        unit.now,
        None,
        "priority_raised" if priority < before.priority else "priority_lowered",
        f"ticket:{format_number(before.number)}",
        {**change, "reasons": list(codes), "version": assessment.version},
    )


async def _was_reopened(unit: ConversationUnit, ticket: TicketRecord) -> bool:
    """Tells whether an agent opened the ticket again.

    A ticket that follows a solved one counts among the earlier ones.
    """
    # By the conversation's log: it has the index that the audit log lacks.
    query = select(events.c.internal).where(
        events.c.conversation_id == unit.record.id,
        events.c.seq >= ticket.seq_from,
        events.c.kind == "agent_joined",
    )
    rows = await unit.connection.execute(query)
    return any((row.internal or {}).get("reopened") is True for row in rows)
