"""Writes what a ticket is: by the machine, which suggests, and by people, who decide.

What a person has set is never overwritten by the machine, nor does a tag come back that a person
has taken away.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.errors import FieldInvalid
from handoff.model import JsonObject
from handoff.store.unit import ConversationUnit
from handoff.store.upsert import upsert_into
from handoff.tickets.classification import MACHINE, PERSON, Classification, Judgement
from handoff.tickets.tables import TAG_CHARS, ticket_tags
from handoff.transcript import clean_name


def check_tag(text: str) -> str:
    """Gives a tag as it is stored: lower case, hyphens for spaces.

    Raises:
        FieldInvalid: Nothing is left of it, it is too long, or it holds a comma.
    """
    tag = clean_tag(text)
    if tag is None:
        raise FieldInvalid("tags", f"must have 1 to {TAG_CHARS} characters and no comma")
    return tag


def clean_tag(text: str) -> str | None:
    """Gives a tag as it is stored, as `check_tag`; None for what cannot be one."""
    tag = "-".join(unicodedata.normalize("NFC", clean_name(text)).casefold().split())
    return tag if tag and len(tag) <= TAG_CHARS and "," not in tag else None


def judge_by_hand(unit: ConversationUnit, name: str, value: str | None) -> None:
    """Sets type, category or language for good."""
    ticket = unit.ticket
    if ticket is None:
        raise LookupError("the conversation has no ticket")
    known = dict(ticket.classification or {})
    judged: JsonObject = {"value": value, "confidence": 1.0, "source": PERSON}
    if getattr(ticket, name) == value and known.get(name) == judged:
        return
    unit.change_ticket(**{name: value}, classification={**known, name: judged})


async def judge(unit: ConversationUnit, found: Classification) -> None:
    """Notes what the machine thinks wherever no person has spoken."""
    ticket = unit.ticket
    if ticket is None:
        raise LookupError("the conversation has no ticket")
    known = dict(ticket.classification or {})
    values: dict[str, str] = {}
    for name, judgement in (("type", found.type), ("category", found.category)):
        if judgement is None or is_set_by_hand(known, name):
            continue
        known[name] = judgement.as_json()
        values[name] = judgement.value
    if known != (ticket.classification or {}):
        unit.change_ticket(**values, classification=known)
    await _suggest_tags(unit, found.tags)


def is_set_by_hand(classification: JsonObject, name: str) -> bool:
    """Tells whether a person has set a field."""
    judged = classification.get(name)
    return isinstance(judged, dict) and judged.get("source") == PERSON


async def set_tags_by_hand(
    unit: ConversationUnit, wanted: Collection[str], *, actor_id: str | None
) -> None:
    """Makes exactly these the ticket's tags."""
    ticket = unit.ticket
    if ticket is None:
        raise LookupError("the conversation has no ticket")
    before = set(ticket.tags)
    for tag in sorted(set(wanted) - before):
        await _write_tag(
            unit.connection, ticket.number, tag, source=PERSON, actor_id=actor_id, at=unit.now
        )
    gone = sorted(before - set(wanted))
    if gone:
        await unit.connection.execute(
            update(ticket_tags)
            .where(ticket_tags.c.ticket_number == ticket.number, ticket_tags.c.tag.in_(gone))
            .values(removed_at=unit.now, source=PERSON, actor_id=actor_id)
        )
    after = tuple(sorted(set(wanted)))
    if after != ticket.tags:
        unit.change_ticket(tags=after)


async def _suggest_tags(unit: ConversationUnit, found: tuple[Judgement, ...]) -> None:
    ticket = unit.ticket
    if ticket is None or not found:
        return
    query = select(ticket_tags.c.tag).where(ticket_tags.c.ticket_number == ticket.number)
    known = set((await unit.connection.execute(query)).scalars())
    new = {tag: item for item in found if (tag := clean_tag(item.value[:TAG_CHARS]))}
    for tag in sorted(new.keys() - known):
        await _write_tag(
            unit.connection,
            ticket.number,
            tag,
            source=MACHINE,
            confidence=new[tag].confidence,
            at=unit.now,
        )
    if new.keys() - known:
        unit.change_ticket(tags=tuple(sorted({*ticket.tags, *(new.keys() - known)})))


async def _write_tag(
    connection: AsyncConnection,
    number: int,
    tag: str,
    *,
    source: str,
    at: datetime,
    confidence: float = 1.0,
    actor_id: str | None = None,
) -> None:
    values = {
        "source": source,
        "confidence": confidence,
        "removed_at": None,
        "actor_id": actor_id,
        "at": at,
    }
    await connection.execute(
        upsert_into(connection, ticket_tags)
        .values(ticket_number=number, tag=tag, **values)
        .on_conflict_do_update(index_elements=["ticket_number", "tag"], set_=values)
    )
