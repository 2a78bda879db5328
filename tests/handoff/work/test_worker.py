"""A worker in this process: it does, retries, bounds, schedules and ends in order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from handoff.errors import StoreUnavailable
from handoff.store.engine import Transaction
from handoff.store.tables import jobs
from handoff.work.desk import JobDesk
from handoff.work.model import Job, JobState, LeasedJob, NewJob
from handoff.work.outbox import WORK_TOPIC, enqueue
from handoff.work.outcome import Done, JobFailed
from handoff.work.queue import Claimed, JobQueue
from handoff.work.rules import Again, GiveUp, Limits
from handoff.work.worker import Handler, Schedule, Worker
from tests.handoff.world import World

Run = Callable[[LeasedJob], Awaitable[Done]]


class Shop:
    """Workers on the test's database, woken by its hints."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.desk = JobDesk(world.database)

    @contextlib.asynccontextmanager
    async def working(
        self, handlers: Mapping[str, Run], *, limit_s: float = 60, queue: Any = None, **more: Any
    ) -> AsyncIterator[Worker]:
        database, publisher = self.world.database, self.world.publisher
        worker = Worker(
            database,
            queue or JobQueue(database, publisher=publisher, chance=lambda: 0.0),
            {kind: Handler(run=run, limit_s=limit_s) for kind, run in handlers.items()},
            name="here",
            **{"poll_s": 30.0, **more},
        )

        def listen(topic: str) -> None:
            if topic == WORK_TOPIC:
                worker.wake()

        publisher.listeners.append(listen)
        task = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            await worker.drain(grace_s=5)
            await task
            publisher.listeners.remove(listen)

    async def add(self, *keys: str, kind: str = "k", **more: Any) -> None:
        async with self.world.database.write(self.world.publisher) as transaction:
            await enqueue(transaction, *(NewJob(kind=kind, key=key, **more) for key in keys))

    async def until(self, key: str, wanted: Callable[[Job], bool]) -> Job:
        async with asyncio.timeout(20):
            while True:
                for job in await self.desk.list(limit=500):
                    if job.key == key and wanted(job):
                        return job
                await asyncio.sleep(0.005)

    async def until_state(self, key: str, state: JobState) -> Job:
        return await self.until(key, lambda job: job.state is state)


@pytest.fixture
def shop(world: World) -> Shop:
    return Shop(world)


async def succeed(_leased: LeasedJob) -> Done:
    return Done()


async def test_a_hint_starts_work_at_once(shop: Shop) -> None:
    async with shop.working({"k": succeed}) as worker:
        await shop.add("first")
        await shop.until_state("first", JobState.DONE)
        assert worker.is_working
        await shop.add("second")  # found long before the next look at the table
        await shop.until_state("second", JobState.DONE)

    assert not worker.is_working


async def test_without_a_hint_the_table_is_read_when_the_next_job_is_due(shop: Shop) -> None:
    await shop.add("soon", delay_s=0.2)

    async with shop.working({"k": succeed}, poll_s=30.0):
        await shop.until_state("soon", JobState.DONE)


async def test_what_a_handler_raises_is_a_failed_try_and_its_text_is_not_kept(shop: Shop) -> None:
    async def fail(leased: LeasedJob) -> Done:
        match leased.job.key:
            case "foreseen":
                raise JobFailed("no connection")
            case "away":
                raise StoreUnavailable("locked")
            case "slow":
                await asyncio.sleep(60)
        raise RuntimeError("a visitor's words")

    keys = {
        "foreseen": "no connection",
        "away": "store_unavailable",
        "slow": "took longer than 0.05 s",
        "unforeseen": "broke with RuntimeError",
    }
    async with shop.working({"k": fail}, limit_s=0.05):
        await shop.add(*keys)
        for key, error in keys.items():
            job = await shop.until(key, lambda job: job.error is not None)
            assert job.error == error
            assert job.state is JobState.TODO


async def test_no_more_runs_at_once_than_allowed(shop: Shop) -> None:
    at_once = most = 0
    free = asyncio.Event()

    async def wait(_leased: LeasedJob) -> Done:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await free.wait()
        at_once -= 1
        return Done()

    async with shop.working({"k": wait}, limits=Limits(total=3)) as worker:
        await shop.add(*(f"j{n}" for n in range(10)))
        async with asyncio.timeout(20):
            # A lane leaves a slot to the others.
            while worker.in_flight < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        await shop.add("other", lane="other")
        async with asyncio.timeout(20):
            while worker.in_flight < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        free.set()
        for n in range(10):
            await shop.until_state(f"j{n}", JobState.DONE)

    assert most == 3


async def test_the_end_waits_for_running_jobs_and_gives_back_the_late(shop: Shop) -> None:
    started, may_end = asyncio.Event(), asyncio.Event()

    async def run(leased: LeasedJob) -> Done:
        if leased.job.key == "late":
            started.set()
            await asyncio.sleep(3600)
        await may_end.wait()
        return Done()

    async with shop.working({"k": run}, lease_s=3600) as worker:
        await shop.add("quick", "late")
        await started.wait()
        ending = asyncio.create_task(worker.drain(grace_s=0.2))
        may_end.set()
        await ending
        await shop.add("afterwards")

    assert (await shop.until_state("quick", JobState.DONE)).attempts == 1
    late = await shop.until_state("late", JobState.TODO)
    assert (late.lease_token, late.attempts) == (None, 0)
    assert (await shop.until_state("afterwards", JobState.TODO)).attempts == 0


async def test_a_long_job_keeps_its_lease_and_a_lost_one_is_stopped(shop: Shop) -> None:
    stopped, started = asyncio.Event(), asyncio.Event()

    async def long(_leased: LeasedJob) -> Done:
        started.set()
        try:
            await asyncio.sleep(3600)
        finally:
            stopped.set()
        return Done()

    async with shop.working({"k": long}, limit_s=4000, lease_s=0.3):
        await shop.add("long")
        await started.wait()
        first = await shop.until("long", lambda job: job.lease_token is not None)
        await shop.until("long", lambda job: job.due_at > first.due_at)
        async with shop.world.database.write() as transaction:
            await transaction.connection.execute(
                update(jobs).values(lease_token="somebody-else", due_at=jobs.c.give_up_at)
            )
        async with asyncio.timeout(10):
            await stopped.wait()

    assert (await shop.until("long", lambda _job: True)).lease_token == "somebody-else"


async def test_a_job_whose_lease_ran_out_here_is_tried_afresh_and_its_old_try_ended(
    shop: Shop,
) -> None:
    tries: list[str] = []
    started, stopped = asyncio.Event(), asyncio.Event()

    async def run(leased: LeasedJob) -> Done:
        tries.append(leased.token)
        if len(tries) > 1:
            return Done(result={"try": len(tries)})
        started.set()
        try:
            await asyncio.sleep(3600)
        finally:
            stopped.set()
        return Done()

    # Too busy to renew in time, as on a host that stood still.
    async with shop.working({"k": run}, limit_s=4000, lease_s=3600) as worker:
        await shop.add("a")
        await started.wait()
        async with shop.world.database.write() as transaction:
            await transaction.connection.execute(
                update(jobs).values(due_at=jobs.c.created_at, rank_at=jobs.c.created_at)
            )
        worker.wake()
        job = await shop.until_state("a", JobState.DONE)
        async with asyncio.timeout(10):
            await stopped.wait()
            while worker.in_flight:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    assert job.result == {"try": 2} and len(set(tries)) == 2


async def test_a_schedules_slot_is_done_once_over_all_workers(shop: Shop) -> None:
    done: list[str] = []

    async def note(leased: LeasedJob) -> Done:
        done.append(leased.job.key)
        return Done()

    schedules = [Schedule(kind="daily", every=timedelta(days=1))]
    handlers = {"daily": note, "k": succeed}
    async with (
        shop.working(handlers, schedules=schedules, poll_s=0.05) as one,
        shop.working(handlers, schedules=schedules, poll_s=0.05) as other,
    ):
        async with asyncio.timeout(20):
            while not done:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        for worker in (one, other):
            worker._look_at_schedules = 0.0
            worker.wake()
        await shop.add("fence")
        await shop.until_state("fence", JobState.DONE)

    async with shop.world.database.read() as connection:
        rows = (await connection.execute(select(jobs).where(jobs.c.kind == "daily"))).all()
    # Two rows only if midnight in UTC passed just now.
    assert sorted(done) == sorted(row.key for row in rows)
    assert rows[0].lane == "maintenance"


class FlakyQueue(JobQueue):
    """A queue whose database is away now and then."""

    def __init__(self, world: World, *, broken: list[Exception]) -> None:
        super().__init__(world.database, publisher=world.publisher)
        self.broken = broken

    def _maybe_break(self) -> None:
        if self.broken:
            raise self.broken.pop(0)

    async def claim(self, **wanted: Any) -> Claimed:
        self._maybe_break()
        return await super().claim(**wanted)

    async def fail(self, leased: LeasedJob, failure: JobFailed) -> Again | GiveUp:
        self._maybe_break()
        return await super().fail(leased, failure)

    async def finish(self, leased: LeasedJob, done: Done) -> None:
        self._maybe_break()
        await super().finish(leased, done)


async def test_a_database_that_is_away_for_a_while_stops_no_worker(
    shop: Shop, world: World
) -> None:
    queue = FlakyQueue(world, broken=[StoreUnavailable("away"), RuntimeError("unforeseen")])
    await shop.add("a")

    async with shop.working({"k": succeed}, queue=queue, poll_s=0.02) as worker:
        await shop.until_state("a", JobState.DONE)
        assert worker.is_working


async def test_what_was_done_is_settled_as_soon_as_the_database_is_back(
    shop: Shop, world: World
) -> None:
    queue = FlakyQueue(world, broken=[])
    n_runs = 0

    async def run(_leased: LeasedJob) -> Done:
        nonlocal n_runs
        n_runs += 1
        queue.broken += [StoreUnavailable("away"), StoreUnavailable("away")]
        return Done()

    async with shop.working({"k": run}, queue=queue, poll_s=30, limits=Limits(total=1)):
        await shop.add("a")
        await shop.until_state("a", JobState.DONE)

    assert n_runs == 1


async def test_an_effect_that_breaks_leaves_the_job_to_be_tried_again(
    shop: Shop, world: World
) -> None:
    async def broken(_transaction: Transaction) -> None:
        raise RuntimeError

    async def run(_leased: LeasedJob) -> Done:
        return Done(effect=broken)

    async with shop.working({"k": run}, lease_s=3600):
        await shop.add("a")
        job = await shop.until("a", lambda job: job.error is not None)

    assert (job.state, job.lease_token, job.error) == (
        JobState.TODO,
        None,
        "broke with RuntimeError",
    )


async def test_a_job_that_cannot_be_settled_is_tried_again_when_its_lease_is_over(
    shop: Shop, world: World
) -> None:
    queue = FlakyQueue(world, broken=[])

    async def run(_leased: LeasedJob) -> Done:
        queue.broken += [RuntimeError("one"), RuntimeError("two")]
        return Done()

    async with shop.working({"k": run}, queue=queue, lease_s=3600) as worker:
        await shop.add("a")
        await shop.until("a", lambda job: job.attempts == 1)
        async with asyncio.timeout(10):
            while worker.in_flight:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    assert (await shop.until_state("a", JobState.TODO)).lease_token is not None
