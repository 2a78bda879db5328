"""What happened with a customer, over all her visitors and channels, newest first, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    CompoundSelect,
    Integer,
    Select,
    String,
    Text,
    cast,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
)

from handoff.customers.model import TimelineEntry
from handoff.customers.store import load_customer
from handoff.customers.tables import customer_merges
from handoff.model import JsonObject
from handoff.store.engine import Database
from handoff.store.tables import conversations, events, tickets, visitors
from handoff.ticket import format_number
from handoff.transcript import excerpt

# As `handoff.store.types.dump_json` writes the choice of a pressed button.
_RATING: Final = '{"choice":{"kind":"feedback"%'


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineCursor:
    """An entry: the next page goes on behind it."""

    at: datetime
    kind: str
    ref: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelinePage:
    """Up to one entry more than was asked for, newest first, each with the cursor behind it."""

    entries: tuple[TimelineEntry, ...]
    cursors: tuple[TimelineCursor, ...]


class Timeline:
    """Reads customers' timelines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, customer_id: str, *, after: TimelineCursor | None = None, limit: int = 50
    ) -> TimelinePage:
        """Gives what happened, newest first.

        Raises:
            CustomerNotFound: No such record.
        """
        found = _everything(customer_id).subquery()
        order = (found.c.at.desc(), found.c.kind.desc(), found.c.ref.desc(), found.c.seq.desc())
        query = select(found).order_by(*order).limit(limit + 1)
        if after is not None:
            last = tuple_(literal(after.at, found.c.at.type), after.kind, after.ref, after.seq)
            query = query.where(tuple_(found.c.at, found.c.kind, found.c.ref, found.c.seq) < last)
        async with self._database.read() as connection:
            await load_customer(connection, customer_id)
            rows = (await connection.execute(query)).all()
        return TimelinePage(
            entries=tuple(_entry(row) for row in rows),
            cursors=tuple(
                TimelineCursor(at=row.at, kind=row.kind, ref=row.ref, seq=row.seq) for row in rows
            ),
        )


def _everything(customer_id: str) -> CompoundSelect[Any]:
    theirs = select(visitors.c.id).where(visitors.c.customer_id == customer_id)
    chats = select(conversations.c.id).where(conversations.c.visitor_id.in_(theirs))
    ticket = cast(tickets.c.number, String)
    return union_all(
        _of(
            conversations.c.created_at,
            "conversation",
            conversations.c.id,
            conversations.c.channel,
        ).where(conversations.c.id.in_(chats)),
        _of(tickets.c.opened_at, "ticket", ticket, tickets.c.subject).where(
            tickets.c.conversation_id.in_(chats)
        ),
        _of(tickets.c.resolved_at, "solved", ticket, tickets.c.subject).where(
            tickets.c.conversation_id.in_(chats), tickets.c.resolved_at.is_not(None)
        ),
        _of(
            events.c.created_at,
            "note",
            events.c.conversation_id,
            events.c.text,
            seq=events.c.seq,
            by=events.c.author_name,
        ).where(events.c.conversation_id.in_(chats), events.c.kind == "note"),
        _of(
            events.c.created_at,
            "rating",
            events.c.conversation_id,
            events.c.text,
            seq=events.c.seq,
        ).where(
            events.c.conversation_id.in_(chats),
            events.c.kind == "message",
            events.c.author == "visitor",
            cast(events.c.payload, Text).like(_RATING),
        ),
        _of(
            customer_merges.c.at,
            "merge",
            customer_merges.c.id,
            customer_merges.c.dropped_id,
        ).where(
            or_(
                customer_merges.c.kept_id == customer_id,
                customer_merges.c.dropped_id == customer_id,
            )
        ),
    )


def _of(at: Any, kind: str, ref: Any, text: Any, *, seq: Any = None, by: Any = None) -> Select[Any]:
    return select(
        at.label("at"),
        literal(kind, String).label("kind"),
        cast(ref, String).label("ref"),
        cast(text, Text).label("text"),
        cast(literal(0) if seq is None else seq, Integer).label("seq"),
        cast(null() if by is None else by, String).label("by"),
    )


def _entry(row: Any) -> TimelineEntry:
    in_log = row.kind in {"note", "rating"}
    detail: JsonObject = {"seq": row.seq} if in_log else {}
    if row.by is not None:
        detail["by"] = row.by
    return TimelineEntry(
        at=row.at,
        kind=row.kind,
        ref=format_number(int(row.ref)) if row.kind in {"ticket", "solved"} else row.ref,
        text=excerpt(row.text, limit=500),
        detail=detail,
    )
