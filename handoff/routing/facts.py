"""What earlier tickets, assignments and messages say about waiting tickets, in bulk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.model import Author
from handoff.routing.config import RoutingSettings
from handoff.routing.effort import Effort, count_questions, estimate_effort
from handoff.routing.model import ReturnReason
from handoff.routing.tables import assignments
from handoff.store.tables import conversations, events, tickets

_KNOWN_AGENTS: Final = 3
_SPARED: Final = tuple(
    reason.value for reason in (ReturnReason.NO_ANSWER, ReturnReason.ABSENT, ReturnReason.RELEASED)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Ticket number -> what other tables say.

    Attributes:
        known_agents: Who had earlier tickets of the customer, newest first.
        first_time: Tickets of customers who never had another.
        refused_until: Whom a returned ticket spares, and until when.
    """

    known_agents: Mapping[int, tuple[str, ...]]
    first_time: frozenset[int]
    refused_until: Mapping[int, Mapping[str, datetime]]


async def load_facts(
    connection: AsyncConnection,
    rows: Sequence[Row[Any]],
    settings: RoutingSettings,
    now: datetime,
) -> Facts:
    """Gives what earlier tickets and assignments say about tickets."""
    numbers = [row.number for row in rows]
    visitor_ids = {row.visitor_id for row in rows}
    customer_ids = {row.customer_id for row in rows if row.customer_id is not None}
    others = (
        select(
            tickets.c.number,
            tickets.c.assignee_id,
            tickets.c.customer_id,
            conversations.c.visitor_id,
        )
        .join(conversations, conversations.c.id == tickets.c.conversation_id)
        .where(
            or_(
                conversations.c.visitor_id.in_(visitor_ids),
                tickets.c.customer_id.in_(customer_ids),
            )
        )
        .order_by(tickets.c.number.desc())
    )
    earlier = (await connection.execute(others)).all() if rows else []
    by_visitor, by_customer = _group(earlier, "visitor_id"), _group(earlier, "customer_id")
    known: dict[int, tuple[str, ...]] = {}
    first_time: set[int] = set()
    for row in rows:
        theirs = {
            one.number: one
            for one in (*by_visitor.get(row.visitor_id, ()), *by_customer.get(row.customer_id, ()))
            if one.number < row.number
        }
        if not theirs:
            first_time.add(row.number)
        newest_first = sorted(theirs.values(), key=lambda one: -one.number)
        people = dict.fromkeys(one.assignee_id for one in newest_first if one.assignee_id)
        known[row.number] = tuple(people)[:_KNOWN_AGENTS]
    refused: dict[int, dict[str, datetime]] = {}
    since = now - settings.policy.cool_down
    returns = select(assignments).where(
        assignments.c.ticket_number.in_(numbers),
        assignments.c.ended_as.in_(_SPARED),
        assignments.c.ended_at > since,
    )
    for one in (await connection.execute(returns)) if rows else ():
        until = one.ended_at + settings.policy.cool_down
        theirs_until = refused.setdefault(one.ticket_number, {})
        theirs_until[one.user_id] = max(until, theirs_until.get(one.user_id, until))
    return Facts(known_agents=known, first_time=frozenset(first_time), refused_until=refused)


def _group(rows: Sequence[Any], key: str) -> Mapping[str | None, list[Row[Any]]]:
    groups: dict[str | None, list[Row[Any]]] = {}
    for row in rows:
        value = getattr(row, key)
        if value is not None:
            groups.setdefault(value, []).append(row)
    return groups


async def load_efforts(
    connection: AsyncConnection, rows: Sequence[Row[Any]], settings: RoutingSettings
) -> Mapping[int, Effort]:
    """Gives ticket number -> estimated effort, from what the visitors wrote."""
    spans = _group(rows, "conversation_id")
    query = select(events.c.conversation_id, events.c.seq, events.c.text, events.c.language).where(
        events.c.conversation_id.in_(spans),
        events.c.author == Author.VISITOR.value,
        events.c.kind == "message",
    )
    characters: dict[int, int] = {}
    questions: dict[int, int] = {}
    for event in (await connection.execute(query)) if rows else ():
        for row in spans[event.conversation_id]:
            if row.seq_from <= event.seq <= row.seq_upto:
                asked = count_questions(event.text, language=event.language or row.language)
                characters[row.number] = characters.get(row.number, 0) + len(event.text)
                questions[row.number] = questions.get(row.number, 0) + asked
    return {
        row.number: estimate_effort(
            type=row.type,
            category=row.category,
            n_characters=characters.get(row.number, 0),
            n_questions=questions.get(row.number, 0),
            table=settings.effort,
        )
        for row in rows
    }
