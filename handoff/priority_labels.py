"""Priorities that people set by hand, as labels: what was written up to then, and what is right.

The last decision on a ticket is its label. Rows hold the visitors' words: whoever exports them
takes on the duty to keep them like the database.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.model import Author, JsonObject, iso
from handoff.store.engine import Database
from handoff.store.tables import audit_log, events, tickets
from handoff.ticket import parse_number


async def load_priority_labels(database: Database) -> list[JsonObject]:
    """Gives a conversation of `babeldesk evaluate triage` for each ticket, oldest decision first.

    `expected` is the person's level, `said` what stood before it, `why` the person's reason.
    """
    query = (
        select(audit_log.c.at, audit_log.c.subject, audit_log.c.detail)
        .where(audit_log.c.act == "priority_set")
        .order_by(audit_log.c.at, audit_log.c.id)
    )
    async with database.read() as connection:
        decided = {row.subject: row for row in (await connection.execute(query)).all()}
        found = [
            await _label(connection, subject.partition(":")[2], row.at, row.detail)
            for subject, row in decided.items()
        ]
    return [label for label in found if label is not None]


async def _label(
    connection: AsyncConnection, number: str, at: datetime, detail: JsonObject
) -> JsonObject | None:
    ticket = (
        await connection.execute(
            select(tickets).where(tickets.c.number == (parse_number(number) or 0))
        )
    ).first()
    if ticket is None:
        return None
    query = (
        select(events.c.text, events.c.language, events.c.created_at)
        .where(
            events.c.conversation_id == ticket.conversation_id,
            events.c.seq >= ticket.seq_from,
            events.c.author == Author.VISITOR.value,
            events.c.kind == "message",
            events.c.created_at <= at,
        )
        .order_by(events.c.seq)
    )
    told: JsonObject = ticket.triage_inputs or {}
    return {
        "id": number,
        "messages": [
            {"text": row.text, "lang": row.language, "at": iso(row.created_at)}
            for row in await connection.execute(query)
        ],
        "tier": told.get("tier"),
        "reason": ticket.reason,
        "repeat_contacts": told.get("repeat_contacts", 0),
        "expected": detail.get("to"),
        "said": detail.get("from"),
        "why": detail.get("reason"),
    }
