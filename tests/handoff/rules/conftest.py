"""A desk whose changes wake rules, and a worker that does their jobs when it is told to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import update

from handoff.model import EventView, JsonObject
from handoff.rules.running import LOOK, RUN, plan_rules
from handoff.service import Services
from handoff.store.engine import Database
from handoff.store.tables import jobs
from handoff.webhooks.store import announce
from handoff.work.model import LeasedJob, NewJob
from handoff.work.outbox import enqueue
from handoff.work.queue import JobQueue
from handoff.work.rules import Limits
from tests.handoff.world import World


@dataclass
class Desk:
    """A world with rules."""

    world: World
    database: Database
    queue: JobQueue
    n_looks: int = 0

    @property
    def services(self) -> Services:
        return self.world.services

    async def rule(self, name: str, *then: Any, **more: Any) -> str:
        """Stores a rule; gives its id."""
        data: JsonObject = {
            "name": name,
            "events": ["ticket_opened"],
            "then": list(then) or [{"add_tag": name}],
            **more,
        }
        return (await self.services.rules.create(data, actor_id=None)).rule.id

    async def claim(self) -> list[LeasedJob]:
        limits = Limits(total=50, per_group=50)
        claimed = await self.queue.claim(
            kinds=(RUN, LOOK), limits=limits, running=(), worker="test", lease_s=30
        )
        return list(claimed.jobs)

    async def work(self) -> int:
        """Does the jobs of rules until there are none; gives how many."""
        runner, n_done = self.services.rule_runner, 0
        while jobs := await self.claim():
            for leased in jobs:
                handler = runner.run if leased.job.kind == RUN else runner.look
                await self.queue.finish(leased, await handler(leased))
                n_done += 1
        return n_done

    async def look_only(self) -> None:
        """Lets the rules about time look; what comes of it is left to do."""
        self.n_looks += 1
        async with self.database.write() as transaction:
            await enqueue(transaction, NewJob(kind=LOOK, key=f"look:{self.n_looks}"))
        for leased in await self.claim():
            await self.queue.finish(leased, await self.services.rule_runner.look(leased))

    async def look(self) -> int:
        """Lets the rules about time look, and does what comes of it."""
        await self.look_only()
        return await self.work()

    async def until_leases_end(self) -> None:
        """Ends the leases of a worker that is gone, as time would."""
        async with self.database.write() as transaction:
            await transaction.connection.execute(
                update(jobs).values(due_at=jobs.c.created_at, rank_at=jobs.c.created_at)
            )

    async def log(self, number: str, kind: str) -> list[EventView]:
        ticket = await self.services.desk.find(number)
        log = await self.services.visitors.events_after(
            ticket.conversation_id, after=0, internal=True, limit=1000
        )
        return [event for event in log if event.kind == kind]


@pytest.fixture
def desk(world: World) -> Desk:
    database = Database(world.database.engine, follow_ups=(announce, plan_rules))
    world.services = world.build(database)
    return Desk(world=world, database=database, queue=JobQueue(database))
