"""A desk with service levels: the services of a small world, with clocks on every ticket."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from handoff.model import ConversationView, JsonObject, User
from handoff.service import Services
from handoff.sla.calendars import BusinessCalendar, Interval
from handoff.sla.clocks import SlaEngine, SlaEvent
from handoff.sla.keeper import TIMER, SlaKeeper, SlaTimers
from handoff.sla.policy import Metric, SlaPolicy, SlaRule
from handoff.sla.standing import event_of
from handoff.sla.tables import sla_events
from handoff.store.engine import Database
from handoff.store.records import TicketRecord
from handoff.store.tables import audit_log, inbox_events, jobs
from handoff.store.unit import fetch_ticket
from handoff.ticket import parse_number
from handoff.work.model import LeasedJob
from handoff.work.queue import job_of
from tests.handoff.world import World

ALWAYS = BusinessCalendar(
    name="default", zone=ZoneInfo("Europe/Athens"), week=((Interval(0, 1440),),) * 7
)


def engine(**minutes: float) -> SlaEngine:
    """Promises by priority: the given minutes for 2 to 5, a quarter of them for 1."""
    usual = {Metric.FIRST_RESPONSE: 60, Metric.NEXT_RESPONSE: 30, Metric.RESOLUTION: 240}
    promised = usual | {Metric(name): value for name, value in minutes.items()}
    rules = (
        SlaRule(
            name="fast",
            minutes={metric: value / 4 for metric, value in promised.items()},
            priorities=frozenset({1}),
        ),
        SlaRule(name="gold", minutes={Metric.FIRST_RESPONSE: 5}, tiers=frozenset({"gold"})),
        SlaRule(name="usual", minutes=promised),
    )
    return SlaEngine(SlaPolicy(rules=rules), {"default": ALWAYS})


@dataclass
class SlaDesk:
    """A world whose tickets have clocks."""

    world: World
    keeper: SlaKeeper = field(default_factory=lambda: SlaKeeper(engine(), market="gr"))

    def __post_init__(self) -> None:
        # Jobs are due by the database's clock; the tests' clock starts where that one stands.
        self.world.clock.moment = datetime.now(UTC)
        self.use(self.keeper)

    def use(self, keeper: SlaKeeper) -> None:
        """Goes on with other promises, as after a restart."""
        self.keeper = keeper
        self.database = Database(self.world.database.engine, keepers=(keeper,))
        self.services: Services = self.world.build(self.database)
        self.world.services = self.services
        self.timers = SlaTimers(self.database, keeper, self.world.clock)

    async def opened(self, words: str = "A person, please") -> tuple[ConversationView, str, User]:
        """A conversation, its ticket's number and an agent."""
        chat = await self.world.start()
        number = await self.world.hand_off(chat, words)
        agent = await self.world.agent(f"Ann{number}")
        return chat, number, agent

    async def ticket(self, number: str) -> TicketRecord:
        async with self.database.read() as connection:
            ticket, _ = await fetch_ticket(connection, parse_number(number) or 0)
        assert ticket is not None
        return ticket

    async def log(self, number: str) -> list[SlaEvent]:
        """The stored events of a ticket's clocks."""
        query = (
            select(sla_events)
            .where(sla_events.c.ticket_number == parse_number(number))
            .order_by(sla_events.c.seq)
        )
        rows = await self.rows(query)
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
        return [event_of(row.at, row.kind, row.traits) for row in rows]

    async def waiting_timers(self) -> list[LeasedJob]:
        rows = await self.rows(select(jobs).where(jobs.c.kind == TIMER, jobs.c.state == "todo"))
        found = [LeasedJob(job=job_of(row), token="") for row in rows]
        return sorted(found, key=lambda one: one.job.due_at)

    async def run_timers(self) -> int:
        """Does what is due at the tests' clock, oldest first, as a worker would."""
        n_run = 0
        while due := [
            one for one in await self.waiting_timers() if one.job.due_at <= self.world.clock.now()
        ]:
            done = await self.timers.fire(due[0])
            assert done.effect is not None
            async with self.database.write(self.world.publisher) as transaction:
                await done.effect(transaction)
                await transaction.connection.execute(
                    jobs.update().where(jobs.c.id == due[0].job.id).values(state="done")
                )
            n_run += 1
        return n_run

    async def told(self) -> list[tuple[str, JsonObject]]:
        """Warnings and breaches of the queue, in order."""
        query = (
            select(inbox_events)
            .where(inbox_events.c.kind.in_(("sla_warning", "sla_breached")))
            .order_by(inbox_events.c.seq)
        )
        return [(row.kind, row.payload) for row in await self.rows(query)]

    async def audited(self) -> list[Any]:
        return await self.rows(
            select(audit_log).where(audit_log.c.act.in_(("sla_warning", "sla_breached")))
        )

    async def rows(self, query: Any) -> list[Any]:
        async with self.database.read() as connection:
            return list((await connection.execute(query)).all())


@pytest.fixture
def desk(world: World) -> SlaDesk:
    return SlaDesk(world)
