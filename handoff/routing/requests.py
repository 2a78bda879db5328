"""Keeps the books of the queue and asks for looks at it, in the transaction of what changed it.

A look is a job: it happens even if the process that asked dies. Asking is cheap and may happen
often: a look that starts after later changes covers their requests too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Final

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.conversation import Owner
from handoff.facts import Facts, QueueChange
from handoff.ids import new_id
from handoff.model import EventView, JsonObject, TicketView
from handoff.routing.config import RoutingSettings
from handoff.routing.model import Mode, ReturnReason
from handoff.routing.reasons import given_reason
from handoff.routing.tables import assignments, teams, ticket_waits
from handoff.store.engine import Transaction
from handoff.store.upsert import upsert_into
from handoff.ticket import ACTIVE_STATES, TicketState, parse_number
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
        """Where agents take their tickets themselves, only notes who was given what."""
        if not facts.changes or facts.ticket is None:
            return
        pushing = await is_pushing(transaction.connection, self._settings)
        number = parse_number(facts.ticket.number) or 0
        for change in facts.changes:
            if pushing and change.kind == "ticket_released":
                await note_return(
                    transaction,
                    number,
                    str(change.payload["agent_id"]),
                    ReturnReason.RELEASED,
                    at=facts.ticket.updated_at,
                )
        is_open = await _keep_assignment(transaction, number, facts.ticket, facts.events)
        given = None if is_open else _last_given(facts.ticket, facts.changes)
        if given is not None:
            await self._note_given(transaction, number, facts.ticket, given, pushing)
        if not pushing or all(change.kind in _IGNORED for change in facts.changes):
            return
        if is_waiting(facts.ticket):
            await note_queued(transaction, number, at=facts.ticket.updated_at)
        else:
            await forget_queued(transaction, number)
        await request_pass(transaction, seq=facts.changes[-1].seq)

    async def _note_given(
        self,
        transaction: Transaction,
        number: int,
        ticket: TicketView,
        given: JsonObject,
        pushing: bool,
    ) -> None:
        """Notes what a person or a rule gave to an agent, and when it is to come back."""
        reason = given_reason(
            str(given["by"]), str(given.get("reason") or ""), by_rule=ticket.assigned_by == "rule"
        )
        assignment_id = new_id()
        await transaction.connection.execute(
            insert(assignments).values(
                id=assignment_id,
                ticket_number=number,
                user_id=str(given["agent_id"]),
                made_at=ticket.updated_at,
                reasons=[reason.as_json()],
            )
        )
        if pushing:
            await enqueue(transaction, answer_timer(assignment_id, self._settings))


def answer_timer(assignment_id: str, settings: RoutingSettings) -> NewJob:
    """Gives the job that looks whether an assignment was answered in time."""
    return NewJob(
        kind=ANSWER,
        key=f"{ANSWER}:{assignment_id}",
        lane=LANE,
        payload={"assignment": assignment_id},
        delay_s=settings.policy.answer_within.total_seconds(),
    )


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
    """Tells whether a ticket was given to an agent who has not taken the conversation yet."""
    return (
        ticket.state in ACTIVE_STATES
        and ticket.assignee is not None
        and ticket.owner is Owner.QUEUE
    )


def owes_answer(ticket: TicketView) -> bool:
    """Tells whether its agent has something to do: not while the visitor or a bot has the word."""
    return is_offered(ticket) or (
        ticket.owner is Owner.AGENT and ticket.state in (TicketState.NEW, TicketState.OPEN)
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


def _last_given(ticket: TicketView, changes: Sequence[QueueChange]) -> JsonObject | None:
    """Gives what says who gave the ticket to its agent; None if nobody did, or nothing is owed."""
    if ticket.assignee is None or not owes_answer(ticket):
        return None
    given = [change.payload for change in changes if change.kind == "ticket_assigned"]
    return given[-1] if given and given[-1]["agent_id"] == ticket.assignee.id else None


async def _keep_assignment(
    transaction: Transaction, number: int, ticket: TicketView, events: Sequence[EventView]
) -> bool:
    """Closes the assignment that the change answered or ended; True if one is open still."""
    connection = transaction.connection
    query = select(assignments.c.id, assignments.c.user_id).where(
        assignments.c.ticket_number == number, assignments.c.ended_at.is_(None)
    )
    found = (await connection.execute(query)).first()
    if found is None:
        return False
    took = ticket.assignee is not None and ticket.assignee.id == found.user_id
    # Whoever was given a conversation answers by whatever she writes there.
    has_acted = any(event.author_id == found.user_id for event in events)
    if took and owes_answer(ticket) and not (ticket.owner is Owner.AGENT and has_acted):
        return True
    await connection.execute(
        update(assignments)
        .where(assignments.c.id == found.id)
        .values(ended_at=ticket.updated_at, ended_as="taken" if took else "withdrawn")
    )
    return False
