"""Asks for a look at the queue, in the transaction of whatever changed the situation.

A look is a job: it happens even if the process that asked dies. Asking is cheap and may happen
often: a look that starts after later changes covers their requests too.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil
from typing import Final

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.conversation import Owner
from handoff.facts import Facts
from handoff.ids import new_id
from handoff.model import TicketView
from handoff.routing.config import RoutingSettings
from handoff.routing.model import Mode, ReturnReason
from handoff.routing.tables import assignments, teams, ticket_waits
from handoff.store.engine import Transaction
from handoff.store.upsert import upsert_into
from handoff.ticket import ACTIVE_STATES, parse_number
from handoff.work.model import NewJob
from handoff.work.outbox import enqueue

PASS: Final = "routing.pass"
ANSWER: Final = "routing.answer"
LANE: Final = "routing"
ROUTED: Final = "routing"
# A look that could not be had for so long has been replaced by later ones.
_KEEP_TRYING_S: Final = 600.0
# Several tickets whose patience ends within these seconds are looked at together.
_BUCKET_S: Final = 2
# Changes of the queue that change nothing for routing, or that routing made itself.
_IGNORED: Final = frozenset({"agent_reply", "note", "contact", "ticket_routed", "ticket_returned"})


class QueueRequests:
    """The follow-up that keeps the queue's book and asks for a look after each change of it."""

    def __init__(self, settings: RoutingSettings) -> None:
        self._settings = settings

    async def __call__(self, transaction: Transaction, facts: Facts) -> None:
        """Does nothing where agents take their tickets themselves."""
        kinds = {change.kind for change in facts.changes} - _IGNORED
        if not kinds or facts.ticket is None:
            return
        if not await is_pushing(transaction.connection, self._settings):
            return
        number = parse_number(facts.ticket.number) or 0
        for change in facts.changes:
            if change.kind == "ticket_released":
                await note_return(
                    transaction,
                    number,
                    str(change.payload["agent_id"]),
                    ReturnReason.RELEASED,
                    at=facts.ticket.updated_at,
                )
        await _end_assignment(transaction, number, facts.ticket)
        if is_waiting(facts.ticket):
            await note_queued(transaction, number, at=facts.ticket.updated_at)
        else:
            await forget_queued(transaction, number)
        await request_pass(transaction, seq=facts.changes[-1].seq)


async def is_pushing(connection: AsyncConnection, settings: RoutingSettings) -> bool:
    """Tells whether routing assigns anything at all."""
    if settings.mode is Mode.PUSH:
        return True
    query = select(teams.c.id).where(teams.c.mode == Mode.PUSH.value).limit(1)
    return (await connection.execute(query)).first() is not None


def is_pushed(settings: RoutingSettings) -> ColumnElement[bool]:
    """The condition that routing assigns a ticket; needs `teams` joined to it."""
    return func.coalesce(teams.c.mode, settings.mode.value) == Mode.PUSH.value


async def request_pass(
    transaction: Transaction, *, seq: int | None = None, at: datetime | None = None
) -> None:
    """Asks for a look.

    Args:
        transaction: Of the change.
        seq: The change of the queue that it is about; None for anything else.
        at: When; now by default.
    """
    key, payload = f"{PASS}:{new_id()}", {}
    if at is not None:
        bucket = ceil(at.timestamp() / _BUCKET_S) * _BUCKET_S
        key, at = f"{PASS}:at:{bucket}", datetime.fromtimestamp(bucket, UTC)
    elif seq is not None:
        key, payload = f"{PASS}:{seq}", {"seq": seq}
    await enqueue(
        transaction,
        NewJob(
            kind=PASS,
            key=key,
            lane=LANE,
            priority=1,
            payload=dict(payload),
            at=at,
            keep_trying_s=_KEEP_TRYING_S,
        ),
    )


def is_waiting(ticket: TicketView) -> bool:
    """Tells whether a ticket waits in the queue for an agent."""
    return ticket.state in ACTIVE_STATES and ticket.assignee is None and ticket.owner is Owner.QUEUE


def is_offered(ticket: TicketView) -> bool:
    """Tells whether routing has given a ticket to an agent who has not answered yet."""
    return (
        ticket.state in ACTIVE_STATES
        and ticket.assignee is not None
        and ticket.assigned_by == ROUTED
        and ticket.owner is Owner.QUEUE
    )


async def note_queued(transaction: Transaction, number: int, *, at: datetime) -> None:
    """Notes since when a ticket waits, unless it is known."""
    connection = transaction.connection
    await connection.execute(
        upsert_into(connection, ticket_waits)
        .values(ticket_number=number, queued_at=at)
        .on_conflict_do_nothing(index_elements=[ticket_waits.c.ticket_number])
    )


async def forget_queued(transaction: Transaction, number: int) -> None:
    """Notes that a ticket does not wait any more."""
    await transaction.connection.execute(
        delete(ticket_waits).where(ticket_waits.c.ticket_number == number)
    )


async def note_return(
    transaction: Transaction, number: int, user_id: str, reason: ReturnReason, *, at: datetime
) -> None:
    """Notes that a ticket came back from an agent, whom it is to spare for a while."""
    connection = transaction.connection
    ended = {"ended_at": at, "ended_as": reason.value}
    latest = (
        select(assignments.c.id)
        .where(assignments.c.ticket_number == number, assignments.c.user_id == user_id)
        .order_by(assignments.c.made_at.desc(), assignments.c.id.desc())
        .limit(1)
    )
    found = (await connection.execute(latest)).scalar_one_or_none()
    if found is not None:
        await connection.execute(
            update(assignments).where(assignments.c.id == found).values(**ended)
        )
        return
    # She had taken it herself.
    await connection.execute(
        insert(assignments).values(
            id=new_id(), ticket_number=number, user_id=user_id, made_at=at, reasons=[], **ended
        )
    )


async def _end_assignment(transaction: Transaction, number: int, ticket: TicketView) -> None:
    """Closes the offer that the change ended, if there was one."""
    connection = transaction.connection
    if is_offered(ticket):
        return
    query = select(assignments.c.id, assignments.c.user_id).where(
        assignments.c.ticket_number == number, assignments.c.ended_at.is_(None)
    )
    found = (await connection.execute(query)).first()
    if found is None:
        return
    took = ticket.assignee is not None and ticket.assignee.id == found.user_id
    await connection.execute(
        update(assignments)
        .where(assignments.c.id == found.id)
        .values(ended_at=ticket.updated_at, ended_as="taken" if took else "withdrawn")
    )
