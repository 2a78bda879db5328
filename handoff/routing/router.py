"""Looks at the queue and assigns: whoever changed the situation asked for it, see `requests`.

A look plans on a snapshot and writes each assignment in a transaction of its own, in which the
ticket, the agent and her slots are checked again under lock. So any number of processes may look at
once: nothing is assigned twice and no slot is used twice; what changed in between is planned anew.

An assigned ticket has an assignee while the conversation stays with the queue: it is an offer to
one agent, who answers it by taking the conversation over. Until then the bot stays silent, as for
every ticket, and a lost offer goes back into the queue.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.audit import write_audit
from handoff.conversation import Owner
from handoff.ids import new_id
from handoff.model import JsonObject
from handoff.ports import Ports
from handoff.routing.attendance import Attendance
from handoff.routing.engine import choose
from handoff.routing.model import (
    AgentState,
    Assignment,
    OrderPolicy,
    Plan,
)
from handoff.routing.order import arrange
from handoff.routing.requests import (
    ROUTED,
    answer_timer,
    forget_queued,
    is_pushing,
    request_pass,
)
from handoff.routing.returning import Returning
from handoff.routing.snapshot import Snapshot, load_agents, load_snapshot
from handoff.routing.tables import (
    agent_presence,
    assignments,
    routing_progress,
    teams,
    ticket_waits,
)
from handoff.sla.config import Service
from handoff.store.engine import Database, Transaction
from handoff.store.tables import tickets
from handoff.store.unit import ConversationUnit, counter_value, load_unit
from handoff.store.upsert import upsert_into
from handoff.work.apart import Apart
from handoff.work.model import LeasedJob
from handoff.work.outbox import enqueue
from handoff.work.outcome import Done

# What changes while a look assigns is planned anew; after so many rounds the next look goes on.
_ROUNDS: Final = 5
_PROGRESS: Final = "queue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What one look did.

    Attributes:
        assigned: Tickets that got an agent.
        returned: Tickets that came back into the queue.
        waiting: Tickets that nobody could get yet.
        broken: Tickets that could not be assigned for an error, which is in the log.
        covered: A later look had seen it all already.
    """

    assigned: int = 0
    returned: int = 0
    waiting: int = 0
    broken: int = 0
    covered: bool = False

    def as_json(self) -> JsonObject:
        """Gives the numbers, for operators."""
        return {
            "assigned": self.assigned,
            "returned": self.returned,
            "waiting": self.waiting,
            "broken": self.broken,
            "covered": self.covered,
        }


class Router:
    """Does the looks and the timers of assignments."""

    def __init__(
        self, database: Database, ports: Ports, service: Service, attendance: Attendance
    ) -> None:
        self._database = database
        self._ports = ports
        self._service = service
        self._attendance = attendance
        self._returning = Returning(database, ports, service.routing)

    async def run(self, leased: LeasedJob) -> Done:
        """The handler of `routing.pass`; doing it again is harmless."""
        seq = leased.job.payload.get("seq")
        looked = await self.look(seq=seq if isinstance(seq, int) else None)
        return Done(result=looked.as_json())

    async def run_answer(self, leased: LeasedJob) -> Done:
        """The handler of `routing.answer`: the time to answer an assignment is over."""
        returned = await self._returning.return_unanswered(str(leased.job.payload["assignment"]))
        return Done(result={"returned": returned})

    async def look(self, *, seq: int | None = None) -> Looked:
        """Returns what is stuck with somebody, then assigns whatever can be.

        Args:
            seq: The change of the queue that asked; None always looks.
        """
        async with self._database.read() as connection:
            if not await is_pushing(connection, self._service.routing):
                return Looked()
            if seq is not None and await _progress(connection) >= seq:
                return Looked(covered=True)
        await self._attendance.sweep()
        returned = await self._returning.return_stuck()
        assigned, n_stale_rounds, apart = 0, 0, Apart()
        broken: set[int] = set()
        while True:
            # Planned again, a broken ticket would keep the others from the agent's free place.
            snapshot, plan, seen = await self._plan(without=broken)
            outcomes = {
                one.number: await apart.tried(
                    self._assign(snapshot, one), f"routing ticket {one.number}"
                )
                for one in plan.assignments
            }
            assigned += sum(done is True for done in outcomes.values())
            newly_broken = {number for number, done in outcomes.items() if done is None}
            broken |= newly_broken
            is_stale = any(done is False for done in outcomes.values())
            n_stale_rounds += is_stale
            if n_stale_rounds == _ROUNDS or not (is_stale or newly_broken):
                break
        await self._close(snapshot, plan, seen, is_finished=not is_stale, is_broken=bool(broken))
        return Looked(
            assigned=assigned, returned=returned, waiting=len(plan.waits), broken=len(broken)
        )

    async def _plan(self, *, without: Collection[int] = ()) -> tuple[Snapshot, Plan, int]:
        policy = self._service.routing.policy
        async with self._database.read() as connection:
            seen = await counter_value(connection, "inbox")
            now = await self._ports.shared_now(connection)
            with_effort = await _uses_effort(connection, policy.order)
            snapshot = await load_snapshot(
                connection, self._service, now=now, with_effort=with_effort
            )
        line = arrange(
            [ticket for ticket in snapshot.tickets if ticket.number not in without],
            policy.order,
            by_team=snapshot.team_policies,
            first_time_head_start=policy.first_time_head_start,
        )
        return snapshot, choose(line, snapshot.agents, policy, now=now), seen

    async def _assign(self, snapshot: Snapshot, assignment: Assignment) -> bool:
        """Writes one assignment; False if the ticket or the agent is not as planned any more."""
        number, agent_id = assignment.number, assignment.agent_id
        async with self._database.write(self._ports.publisher) as transaction:
            now = await self._ports.shared_now(transaction.connection)
            unit = await load_unit(transaction, snapshot.conversations[number], now=now)
            if unit is None or not _is_as_planned(unit, snapshot, number):
                return False
            agent = await self._lock_agent(transaction, agent_id, unit)
            if agent is None:
                return False
            reasons = [reason.as_json() for reason in assignment.reasons]
            unit.change_ticket(assignee_id=agent.id, assignee_name=agent.name, assigned_by=ROUTED)
            unit.notify_inbox("ticket_routed", {"agent_id": agent.id, "reasons": list(reasons)})
            assignment_id = new_id()
            await transaction.connection.execute(
                insert(assignments).values(
                    id=assignment_id,
                    ticket_number=number,
                    user_id=agent.id,
                    made_at=now,
                    reasons=reasons,
                )
            )
            await transaction.connection.execute(
                update(agent_presence)
                .where(agent_presence.c.user_id == agent.id)
                .values(last_assigned_at=now)
            )
            await forget_queued(transaction, number)
            await enqueue(transaction, answer_timer(assignment_id, self._service.routing))
            await write_audit(
                transaction,
                now,
                None,
                "ticket_routed",
                f"ticket:{unit.ticket_view().number}",
                {"agent_id": agent.id, "reasons": [reason.code for reason in assignment.reasons]},
            )
            await unit.flush()
            return True

    async def _lock_agent(
        self, transaction: Transaction, agent_id: str, unit: ConversationUnit
    ) -> AgentState | None:
        """Gives the agent if she still has a slot; her row stays locked."""
        connection = transaction.connection
        lock = select(agent_presence).where(agent_presence.c.user_id == agent_id)
        await connection.execute(lock.with_for_update())
        found = await load_agents(connection, self._service, now=unit.now, agent_id=agent_id)
        if not found or not found[0].is_ready or unit.ticket is None:
            return None
        agent, channel = found[0], unit.ticket.channel or "widget"
        limit = agent.channel_capacity.get(channel)
        has_room = limit is None or agent.load.get(channel, 0) < limit
        return agent if has_room and agent.total_load < agent.capacity else None

    async def _close(
        self, snapshot: Snapshot, plan: Plan, seen: int, *, is_finished: bool, is_broken: bool
    ) -> None:
        """Notes why the others wait, how far this look has seen, and when to look again."""
        moments = [plan.look_again_at]
        if is_broken:
            moments.append(snapshot.now + _AFTER_BREAKING)
        if plan.waits:
            moments.append(snapshot.slot_freed_at)
        known = [moment for moment in moments if moment is not None]
        async with self._database.write(self._ports.publisher) as transaction:
            connection = transaction.connection
            await _note_waits(connection, snapshot, plan)
            if is_finished:
                await _note_progress(connection, seen)
            else:
                await request_pass(transaction)
            if known:
                await request_pass(transaction, at=max(min(known), snapshot.now + _SOON))


# A moment that is over already was looked at just now; the next one is not at once.
_SOON: Final = timedelta(seconds=1)
# When a ticket that broke is tried again: often enough for a passing cause, not for a lasting one.
_AFTER_BREAKING: Final = timedelta(seconds=15)


def _is_as_planned(unit: ConversationUnit, snapshot: Snapshot, number: int) -> bool:
    ticket = unit.ticket
    return (
        ticket is not None
        and ticket.number == number
        and ticket.version == snapshot.versions[number]
        and ticket.is_active
        and ticket.assignee_id is None
        and unit.record.owner == Owner.QUEUE.value
    )


async def _uses_effort(connection: AsyncConnection, order: OrderPolicy) -> bool:
    if order is OrderPolicy.QUICK_WINS:
        return True
    query = select(teams.c.id).where(teams.c.order_policy == OrderPolicy.QUICK_WINS.value)
    return (await connection.execute(query.limit(1))).first() is not None


async def _note_waits(connection: AsyncConnection, snapshot: Snapshot, plan: Plan) -> None:
    """Writes only what is new: most tickets wait for the same reason as a minute ago."""
    numbers = [wait.number for wait in plan.waits]
    rows = await connection.execute(
        select(ticket_waits).where(ticket_waits.c.ticket_number.in_(numbers))
    )
    known = {row.ticket_number: row for row in rows} if numbers else {}
    queued = {ticket.number: ticket.queued_at for ticket in snapshot.tickets}
    waiting = await _still_waiting(connection, numbers)
    for wait in plan.waits:
        row = known.get(wait.number)
        reason = wait.reason.as_json()
        if wait.number not in waiting:
            continue
        if row is not None and (row.reason, row.until) == (reason, wait.until):
            continue
        values = {"reason": reason, "until": wait.until}
        await connection.execute(
            upsert_into(connection, ticket_waits)
            .values(ticket_number=wait.number, queued_at=queued[wait.number], **values)
            .on_conflict_do_update(index_elements=[ticket_waits.c.ticket_number], set_=values)
        )


async def _still_waiting(connection: AsyncConnection, numbers: list[int]) -> frozenset[int]:
    query = select(tickets.c.number).where(
        tickets.c.number.in_(numbers), tickets.c.assignee_id.is_(None)
    )
    return frozenset((await connection.execute(query)).scalars()) if numbers else frozenset()


async def _progress(connection: AsyncConnection) -> int:
    query = select(routing_progress.c.inbox_seq).where(routing_progress.c.name == _PROGRESS)
    return (await connection.execute(query)).scalar_one_or_none() or 0


async def _note_progress(connection: AsyncConnection, seen: int) -> None:
    statement = upsert_into(connection, routing_progress).values(name=_PROGRESS, inbox_seq=seen)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=[routing_progress.c.name],
            set_={"inbox_seq": seen},
            where=routing_progress.c.inbox_seq < seen,
        )
    )
