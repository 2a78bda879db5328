"""Keeps the clocks on tickets: with every change, when a timer fires, and when promises change.

Everything happens under the conversation's lock and in the transaction of its cause: the clocks on
the ticket, the events that moved them, a warning or breach with all that tells of it, and the job
that looks again when the next one is due. One job per ticket waits at a time; one whose moment has
passed or moved finds nothing to tell and does nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.audit import write_audit
from handoff.errors import StoreUnavailable
from handoff.model import Author, JsonObject
from handoff.ports import Clock
from handoff.sla.changes import TicketFacts, TicketPast
from handoff.sla.clocks import SlaEngine
from handoff.sla.policy import Traits
from handoff.sla.standing import (
    Alarm,
    Announcement,
    Crossing,
    Standing,
    Step,
    begin,
    move_on,
    reading_json,
    standing_json,
    standing_of,
    traits_json,
)
from handoff.sla.tables import sla_events
from handoff.store.engine import Database, Transaction
from handoff.store.records import TicketRecord
from handoff.store.tables import tickets
from handoff.store.unit import ConversationUnit, load_unit
from handoff.ticket import ACTIVE_STATES, TicketState, format_number
from handoff.work.model import HIGHEST, LeasedJob, NewJob
from handoff.work.outbox import enqueue
from handoff.work.outcome import Done

logger = logging.getLogger(__name__)

TIMER: Final = "sla.timer"
RENEW: Final = "sla.renew"
# A timer takes milliseconds: when its worker is lost, another one is on time all the same.
TIMER_LEASE_S: Final = 1.2
LANE: Final = "timers"
# What a timer that was lost, such as by a discarded job, may cost at most beside the renewal.
OVERDUE: Final = timedelta(minutes=2)
RENEWED_AT_ONCE: Final = 200
KINDS: Final = {Crossing.WARNING: "sla_warning", Crossing.BREACH: "sla_breached"}

FindTier = Callable[[AsyncConnection, str], Awaitable[str]]


async def no_tiers(_connection: AsyncConnection, _customer_id: str) -> str:
    """Gives no tier: for desks without customer records."""
    return ""


class SlaKeeper:
    """The service levels of a desk; a `handoff.follow_ups.Keeper`."""

    def __init__(
        self, engine: SlaEngine, *, market: str = "", find_tier: FindTier = no_tiers
    ) -> None:
        """Touches nothing.

        Args:
            engine: Policy and calendars.
            market: The market of tickets that are opened here.
            find_tier: Gives a customer's tier.
        """
        self.engine = engine
        self._market = market
        self._find_tier = find_tier

    async def __call__(self, unit: ConversationUnit) -> None:
        """Takes the clocks along with a change of the ticket."""
        if unit.ticket is not None and unit.ticket_changed:
            await self.look(unit)

    async def look(self, unit: ConversationUnit) -> None:
        """Takes the clocks to `unit.now` and has everything told that they have passed.

        Clocks that cannot be read or counted, such as those of a later release, stay as they are:
        the change that brought us here may be a visitor's message.
        """
        ticket = unit.ticket
        if ticket is None or (ticket.sla is None and not ticket.is_active):
            # What ended before anything was promised gets no clocks.
            return
        tier = await self._tier(unit, ticket)
        try:
            standing = None if ticket.sla is None else standing_of(ticket.sla)
            step = self._step(unit, ticket, standing, tier)
        except Exception:
            logger.exception("the clocks of ticket %s were left alone", ticket.number)
            return
        await self._keep(unit, ticket, standing, step)

    async def _tier(self, unit: ConversationUnit, ticket: TicketRecord) -> str:
        if ticket.customer_id is None:
            return ""
        return await self._find_tier(unit.connection, ticket.customer_id)

    def _step(
        self, unit: ConversationUnit, ticket: TicketRecord, standing: Standing | None, tier: str
    ) -> Step:
        facts = self._facts(ticket, standing, tier)
        if standing is not None:
            return move_on(self.engine, standing, facts, at=unit.now)
        past = TicketPast(
            opened_at=ticket.opened_at,
            first_reply_at=ticket.first_reply_at,
            waiting_since=ticket.waiting_since,
        )
        return begin(self.engine, past, facts, at=unit.now)

    def _facts(self, ticket: TicketRecord, standing: Standing | None, tier: str) -> TicketFacts:
        # A ticket stays with the market that it was opened in, whichever process changes it.
        market = self._market if standing is None else standing.clocks.traits.market
        return TicketFacts(
            state=TicketState(ticket.state),
            waiting=ticket.waiting_since is not None,
            answered=ticket.first_reply_at is not None,
            traits=Traits(
                priority=ticket.priority,
                type=ticket.type or "",
                tier=tier,
                channel=ticket.channel or "",
                market=market,
            ),
        )

    async def _keep(
        self, unit: ConversationUnit, ticket: TicketRecord, before: Standing | None, step: Step
    ) -> None:
        alarm_at = None if step.alarm is None else step.alarm.at
        breaches = [one.at for one in step.announcements if one.mark.crossing is Crossing.BREACH]
        if before is None:
            breaches += [r.breached_at for r in step.readings if r.breached_at is not None]
        now = {
            "due_at": step.due_at,
            "breached_at": ticket.breached_at or min(breaches, default=None),
            "sla_version": self.engine.version,
            "sla_alarm_at": alarm_at,
        }
        known = {name: getattr(ticket, name) for name in now}
        if step.standing == before and now == known:
            return
        readings = [reading_json(reading) for reading in step.readings]
        unit.change_ticket(sla={**standing_json(step.standing), "readings": readings}, **now)
        await _write_events(unit, ticket, step)
        for announcement in step.announcements:
            await _tell(unit, ticket, announcement)
        if step.alarm is not None and alarm_at != ticket.sla_alarm_at:
            await enqueue(
                unit.transaction, timer_job(ticket.number, ticket.conversation_id, step.alarm)
            )


class SlaTimers:
    """Handlers of the jobs that look at clocks."""

    def __init__(self, database: Database, keeper: SlaKeeper, clock: Clock) -> None:
        self._database = database
        self._keeper = keeper
        self._clock = clock

    async def fire(self, leased: LeasedJob) -> Done:
        """Looks at one ticket; what it has passed is told in the transaction that ends the job."""
        payload = leased.job.payload

        async def look(transaction: Transaction) -> None:
            # Due by the database's clock; this machine's may lag behind.
            at = max(self._clock.now(), datetime.fromisoformat(str(payload["at"])))
            await self._look(transaction, str(payload["conversation_id"]), at)

        return Done(effect=look)

    async def renew(self, _leased: LeasedJob) -> Done:
        """Looks at tickets that were counted by other promises, or whose timer did not come.

        So a changed service file reaches open tickets, those of an earlier release get clocks, and
        a timer that a person discarded is made up for.
        """
        n_renewed = 0
        for conversation_id in await self._find():
            try:
                async with self._database.write() as transaction:
                    await self._look(transaction, conversation_id, self._clock.now())
            except StoreUnavailable:
                raise
            except Exception:
                # One ticket that cannot be looked at must not keep the others from it.
                logger.exception("conversation %s was not renewed", conversation_id)
                continue
            n_renewed += 1
        return Done(result={"tickets": n_renewed})

    async def _find(self) -> list[str]:
        late = self._clock.now() - OVERDUE
        query = (
            select(tickets.c.conversation_id)
            .where(tickets.c.state.in_([state.value for state in ACTIVE_STATES]))
            .where(
                or_(
                    tickets.c.sla_version.is_(None),
                    tickets.c.sla_version != self._keeper.engine.version,
                    tickets.c.sla_alarm_at < late,
                )
            )
            .order_by(tickets.c.priority, tickets.c.number)
            .limit(RENEWED_AT_ONCE)
        )
        async with self._database.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def _look(self, transaction: Transaction, conversation_id: str, at: datetime) -> None:
        unit = await load_unit(transaction, conversation_id, now=at)
        if unit is not None:
            await self._keeper.look(unit)
            if unit.ticket_changed:
                await unit.flush()


def timer_job(number: int, conversation_id: str, alarm: Alarm) -> NewJob:
    """Gives the job that looks at a ticket when its next promise is due."""
    mark, at = alarm.mark, alarm.at.isoformat()
    name = f"{number}:{mark.metric.value}:{mark.round}:{mark.crossing.value}"
    return NewJob(
        kind=TIMER,
        key=f"sla:{name}:{at}",
        payload={"conversation_id": conversation_id, "at": at},
        lane=LANE,
        subject=f"conversation:{conversation_id}",
        priority=HIGHEST,
        at=alarm.at,
    )


async def recount_for(transaction: Transaction, customer_id: str) -> None:
    """Has a customer's open tickets looked at within a minute, such as after her tier changed."""
    await transaction.connection.execute(
        update(tickets)
        .where(tickets.c.customer_id == customer_id)
        .where(tickets.c.state.in_([state.value for state in ACTIVE_STATES]))
        .values(sla_version=None)
    )


async def _write_events(unit: ConversationUnit, ticket: TicketRecord, step: Step) -> None:
    if not step.events:
        return
    first = step.standing.n_events - len(step.events) + 1
    rows = [
        {
            "ticket_number": ticket.number,
            "seq": seq,
            "at": event.at,
            "kind": event.kind.value,
            "traits": None if event.traits is None else traits_json(event.traits),
        }
        for seq, event in enumerate(step.events, start=first)
    ]
    await unit.connection.execute(insert(sla_events), rows)


async def _tell(unit: ConversationUnit, ticket: TicketRecord, told: Announcement) -> None:
    kind = KINDS[told.mark.crossing]
    payload: JsonObject = told.as_json()
    unit.append(kind, Author.SYSTEM, "", payload=payload, agents_only=True)
    unit.notify_inbox(kind, payload)
    subject = f"ticket:{format_number(ticket.number)}"
    await write_audit(unit.transaction, unit.now, None, kind, subject, payload)
