"""Jobs in the table, on both databases: written with their cause, leased, settled once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from handoff.errors import JobNotFound, JobSettled
from handoff.store.engine import Database, Transaction
from handoff.store.tables import audit_log, counters, jobs
from handoff.work.clock import HostClock, database_now
from handoff.work.desk import JobDesk, discard_group
from handoff.work.model import FailureKind, Job, JobState, LeasedJob, NewJob
from handoff.work.outbox import enqueue
from handoff.work.outcome import Done, JobFailed, LeaseLost
from handoff.work.queue import Claimed, JobQueue
from handoff.work.rules import LOSSES_IN_A_ROW, Again, GiveUp, Limits, Place
from tests.handoff.world import World

WIDE = Limits(total=100, per_group=100)


class Bench:
    """A queue on the test's database and short ways to use it."""

    def __init__(self, world: World) -> None:
        self.database: Database = world.database
        self.queue = JobQueue(world.database, publisher=world.publisher, chance=lambda: 0.5)
        self.desk = JobDesk(world.database, publisher=world.publisher)
        self.topics = world.publisher.topics

    async def add(self, *names: str, **more: Any) -> None:
        async with self.database.write() as transaction:
            await enqueue(transaction, *(NewJob(kind="k", key=name, **more) for name in names))

    async def claim(
        self, limits: Limits = WIDE, *, lease_s: float = 30, running: Sequence[Place] = ()
    ) -> Claimed:
        return await self.queue.claim(
            kinds=["k"], limits=limits, running=running, worker="test", lease_s=lease_s
        )

    async def take(self, lease_s: float = 30) -> LeasedJob:
        (leased,) = (await self.claim(Limits(total=1), lease_s=lease_s)).jobs
        return leased

    async def job(self, key: str) -> Job:
        (found,) = [job for job in await self.desk.list(limit=500) if job.key == key]
        return found

    async def pass_time(self, span: timedelta) -> None:
        """As if so much time had passed by the database's clock."""
        async with self.database.write() as transaction:
            rows = (await transaction.connection.execute(select(jobs))).all()
            for row in rows:
                earlier = {
                    name: getattr(row, name) - span
                    for name in ("due_at", "rank_at", "give_up_at", "created_at")
                } | ({"finished_at": row.finished_at - span} if row.finished_at else {})
                await transaction.connection.execute(
                    update(jobs).where(jobs.c.id == row.id).values(**earlier)
                )


@pytest.fixture
def bench(world: World) -> Bench:
    return Bench(world)


def keys(claimed: Claimed) -> list[str]:
    return [leased.job.key for leased in claimed.jobs]


async def count_done(transaction: Transaction) -> None:
    await transaction.connection.execute(insert(counters).values(name="done", value=1))


async def test_a_job_exists_exactly_if_its_cause_does(bench: Bench) -> None:
    with pytest.raises(RuntimeError):
        async with bench.database.write() as transaction:
            await enqueue(transaction, NewJob(kind="k", key="never"))
            raise RuntimeError
    await bench.add("kept")

    assert keys(await bench.claim()) == ["kept"]


async def test_one_key_is_one_job_for_ever(bench: Bench) -> None:
    async with bench.database.write() as transaction:
        once, twice = NewJob(kind="k", key="timer"), NewJob(kind="k", key="timer", payload={"n": 2})
        assert await enqueue(transaction, once) == {"timer"}
        assert await enqueue(transaction, twice) == frozenset()
        assert await enqueue(transaction) == frozenset()
    await bench.queue.finish(await bench.take(), Done())
    await bench.add("timer")

    assert (await bench.claim()).jobs == ()
    assert (await bench.job("timer")).state is JobState.DONE


async def test_a_committed_job_is_hinted(world: World, bench: Bench) -> None:
    async with world.database.write(world.publisher) as transaction:
        await enqueue(transaction, NewJob(kind="k", key="a"))

    assert world.publisher.topics == ["work"]


async def test_the_urgent_come_first_and_waiting_makes_up_for_it(bench: Bench) -> None:
    await bench.add("patient", priority=9)
    await bench.pass_time(timedelta(minutes=10))
    await bench.add("usual")
    await bench.add("urgent", priority=0)

    assert keys(await bench.claim()) == ["patient", "urgent", "usual"]


async def test_a_job_waits_for_its_time(bench: Bench) -> None:
    await bench.add("soon", delay_s=50)
    await bench.add("at", at=datetime.now(UTC) + timedelta(hours=2))

    waiting = await bench.claim()
    await bench.pass_time(timedelta(seconds=51))

    assert waiting.jobs == ()
    assert waiting.wait_s is not None and 40 < waiting.wait_s <= 50
    assert keys(await bench.claim()) == ["soon"]


async def test_other_kinds_are_left_to_those_who_know_them(bench: Bench) -> None:
    await bench.add("a")

    claimed = await bench.queue.claim(kinds=["other"], limits=WIDE, worker="w", lease_s=30)
    nothing = await bench.queue.claim(kinds=[], limits=WIDE, worker="w", lease_s=30)

    assert claimed == nothing == Claimed()


async def test_lanes_and_groups_are_bounded_and_do_not_hide_others(bench: Bench) -> None:
    await bench.add("w1", "w2", "w3", lane="webhooks", group="dead-receiver")
    await bench.add("v1", lane="webhooks", group="other")
    await bench.add("d1", "d2")
    limits = Limits(total=5, per_lane={"webhooks": 3}, per_group=2)

    first = await bench.claim(limits)
    running = [Place(lane=one.job.lane, group=one.job.group) for one in first.jobs]
    second = await bench.claim(limits, running=running)

    assert keys(first) == ["w1", "w2", "v1", "d1", "d2"]
    assert second == Claimed()
    assert (await bench.claim(limits, running=running[:2])).jobs == ()  # its group has two
    assert keys(await bench.claim(limits, running=running[:1] + running[3:])) == ["w3"]


async def test_racing_workers_never_get_the_same_job(bench: Bench) -> None:
    await bench.add(*(f"j{n}" for n in range(40)))

    async def work() -> list[str]:
        got: list[str] = []
        while claimed := (await bench.claim(Limits(total=3))).jobs:
            got += [leased.job.key for leased in claimed]
            for leased in claimed:
                await bench.queue.finish(leased, Done())
        return got

    shares = await asyncio.gather(*(work() for _ in range(4)))

    everything = [key for share in shares for key in share]
    assert sorted(everything) == sorted(f"j{n}" for n in range(40))


async def test_a_lost_lease_goes_to_another_and_the_late_result_is_refused(bench: Bench) -> None:
    await bench.add("a")
    stale = await bench.take()
    await bench.pass_time(timedelta(seconds=31))
    fresh = await bench.take()

    with pytest.raises(LeaseLost):
        await bench.queue.finish(stale, Done(effect=count_done))
    with pytest.raises(LeaseLost):
        await bench.queue.fail(stale, JobFailed("late"))
    await bench.queue.release(stale)
    assert await bench.queue.renew([stale, fresh], lease_s=30) == {stale.token}
    await bench.queue.finish(fresh, Done(result={"by": "fresh"}, effect=count_done))

    job = await bench.job("a")
    assert (job.state, job.result, job.attempts) == (JobState.DONE, {"by": "fresh"}, 2)
    async with bench.database.read() as connection:
        assert (await connection.execute(select(counters.c.value))).scalars().all() == [1]


async def test_a_renewed_lease_is_not_taken(bench: Bench) -> None:
    await bench.add("a")
    leased = await bench.take(lease_s=30)
    await bench.pass_time(timedelta(seconds=29))
    assert await bench.queue.renew([leased], lease_s=30) == frozenset()
    await bench.pass_time(timedelta(seconds=29))

    assert (await bench.claim()).jobs == ()


async def test_done_and_its_effect_are_both_or_neither(bench: Bench) -> None:
    await bench.add("a")
    leased = await bench.take()

    async def broken(transaction: Transaction) -> None:
        await count_done(transaction)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await bench.queue.finish(leased, Done(effect=broken))

    assert (await bench.job("a")).state is JobState.TODO
    await bench.queue.finish(leased, Done(effect=count_done))
    with pytest.raises(LeaseLost):
        await bench.queue.finish(leased, Done(effect=count_done))


async def test_a_failed_try_is_made_again_later_and_ends_in_the_dead_letters(bench: Bench) -> None:
    await bench.add("a", keep_trying_s=60)

    decided = await bench.queue.fail(await bench.take(), JobFailed("503", result={"status": 503}))
    job = await bench.job("a")
    assert isinstance(decided, Again)
    assert (job.state, job.error, job.result, job.attempts) == (
        JobState.TODO, "503", {"status": 503}, 1,
    )  # fmt: skip
    assert (await bench.claim()).jobs == ()
    await bench.pass_time(timedelta(seconds=61))
    decided = await bench.queue.fail(await bench.take(), JobFailed("503"))

    assert decided == GiveUp(why="no success in 2 tries")
    assert (await bench.job("a")).error == "503 (no success in 2 tries)"
    await bench.pass_time(timedelta(days=400))
    assert (await bench.claim()).jobs == ()
    assert await bench.queue.trim(keep=timedelta(days=7)) == 0


async def test_refusals_in_a_row_end_early_and_a_passing_failure_ends_the_row(bench: Bench) -> None:
    await bench.add("a")

    async def fail(kind: FailureKind) -> Again | GiveUp:
        decided = await bench.queue.fail(await bench.take(), JobFailed("no", kind=kind))
        await bench.pass_time(timedelta(hours=1))
        return decided

    for _ in range(4):
        assert isinstance(await fail(FailureKind.REFUSED), Again)
    assert isinstance(await fail(FailureKind.PASSING), Again)
    for _ in range(4):
        assert isinstance(await fail(FailureKind.REFUSED), Again)
    assert isinstance(await fail(FailureKind.REFUSED), GiveUp)


async def test_a_job_that_ends_every_worker_is_buried(bench: Bench) -> None:
    await bench.add("poison")
    for _ in range(LOSSES_IN_A_ROW):
        await bench.take()
        await bench.pass_time(timedelta(seconds=31))

    assert (await bench.claim()).jobs == ()
    job = await bench.job("poison")
    assert (job.state, job.error) == (
        JobState.DEAD,
        f"its worker was lost {LOSSES_IN_A_ROW} times in a row",
    )


async def test_a_released_job_is_due_at_once_and_its_try_does_not_count(bench: Bench) -> None:
    await bench.add("a")

    await bench.queue.release(await bench.take())

    assert "work" in bench.topics
    assert (await bench.take()).job.attempts == 0


async def test_a_success_brings_the_groups_retries_forward(bench: Bench) -> None:
    await bench.add("a", "b", "timer", group="r")
    await bench.add("elsewhere", group="s")
    for leased in (await bench.claim()).jobs:
        await bench.queue.fail(leased, JobFailed("down", after_s=600))
    await bench.add("fresh", "later", group="r")
    async with bench.database.write() as transaction:
        await transaction.connection.execute(
            update(jobs)
            .where(jobs.c.key == "later")
            .values(due_at=datetime(2090, 1, 1, tzinfo=UTC))
        )
    assert keys(await bench.claim(Limits(total=1))) == ["fresh"]
    leased = LeasedJob(
        job=await bench.job("fresh"), token=(await bench.job("fresh")).lease_token or ""
    )

    await bench.queue.finish(leased, Done())

    assert sorted(keys(await bench.claim())) == ["a", "b", "timer"]


async def test_dead_letters_are_replayed_or_discarded_by_a_person(bench: Bench) -> None:
    await bench.add("a", "b", "c", group="r")
    for leased in (await bench.claim()).jobs:
        await bench.queue.fail(leased, JobFailed("gone", kind=FailureKind.HOPELESS))
    dead = await bench.desk.list(state=JobState.DEAD, kind="k", group="r", limit=2)
    assert [job.key for job in dead] == ["c", "b"]
    older = await bench.desk.list(state=JobState.DEAD, before=dead[-1].id)

    retried = await bench.desk.retry(older[0].id, actor_id=None)
    discarded = await bench.desk.discard(dead[0].id, actor_id=None)

    assert (retried.state, retried.attempts, retried.finished_at) == (JobState.TODO, 0, None)
    assert discarded.state is JobState.DISCARDED
    assert keys(await bench.claim()) == ["a"]
    assert await bench.desk.retry_dead(kind="other", actor_id=None) == 0
    assert await bench.desk.retry_dead(kind="k", group="r", actor_id=None) == 1
    assert keys(await bench.claim()) == ["b"]
    async with bench.database.read() as connection:
        acts = (await connection.execute(select(audit_log.c.act))).scalars().all()
    assert sorted(acts) == ["job_discarded", "job_retried", "job_retried"]


async def test_retrying_leaves_a_running_job_alone_and_discarding_stops_its_result(
    bench: Bench,
) -> None:
    await bench.add("a")
    leased = await bench.take()

    assert (await bench.desk.retry(leased.job.id, actor_id=None)).lease_token == leased.token
    await bench.desk.discard(leased.job.id, actor_id=None)

    with pytest.raises(LeaseLost):
        await bench.queue.finish(leased, Done())
    with pytest.raises(JobSettled, match="discarded"):
        await bench.desk.discard(leased.job.id, actor_id=None)
    for unknown in (bench.desk.get, lambda name: bench.desk.retry(name, actor_id=None)):
        with pytest.raises(JobNotFound):
            await unknown("nope")


async def test_what_a_group_still_has_to_do_can_be_given_up(bench: Bench) -> None:
    await bench.add("a", group="r")
    await bench.add("b")
    async with bench.database.write() as transaction:
        await discard_group(transaction, "r")

    assert keys(await bench.claim()) == ["b"]


async def test_a_report_says_how_work_stands(bench: Bench) -> None:
    assert (await bench.desk.report()).overdue_s == 0
    await bench.add("a", "b")
    await bench.queue.finish(await bench.take(), Done())
    await bench.pass_time(timedelta(seconds=100))

    report = await bench.desk.report()

    assert report.by_state == {"todo": 1, "done": 1, "dead": 0, "discarded": 0}
    assert 99 < report.overdue_s < 130


async def test_only_old_finished_jobs_are_trimmed(bench: Bench) -> None:
    await bench.add("old", "waiting")
    await bench.queue.finish(await bench.take(), Done())
    await bench.pass_time(timedelta(days=8))
    await bench.add("young")
    leased = [one for one in (await bench.claim()).jobs if one.job.key == "young"]
    await bench.queue.finish(leased[0], Done())

    assert await bench.queue.trim(keep=timedelta(days=7)) == 1
    assert sorted(job.key for job in await bench.desk.list()) == ["waiting", "young"]
    with pytest.raises(LeaseLost):
        await bench.queue.finish(LeasedJob(job=leased[0].job, token="x"), Done())


async def test_the_databases_clock_is_the_one_that_counts(bench: Bench) -> None:
    async with bench.database.read() as connection:
        one, other = await database_now(connection), await database_now(connection)

    assert one.tzinfo is not None and one <= other
    assert abs((one - datetime.now(UTC)).total_seconds()) < 60


def test_the_hosts_clock_goes_on_at_its_pace_when_it_is_put_back() -> None:
    seconds = iter([0.0, 0.0, 1.0, 2.0, 3.0])
    clock, noon = HostClock(monotonic=lambda: next(seconds)), datetime(2026, 1, 1, 12, tzinfo=UTC)

    assert clock.now(host=noon) == noon
    assert clock.now(host=noon - timedelta(hours=1)) == noon + timedelta(seconds=1)
    assert clock.now(host=noon - timedelta(hours=1)) == noon + timedelta(seconds=2)
    assert clock.now(host=noon + timedelta(hours=1)) == noon + timedelta(hours=1)


async def test_a_job_tells_operators_everything_but_its_content(bench: Bench) -> None:
    await bench.add("a", payload={"text": "private"}, subject="conversation:1")
    leased = await bench.take()

    shape = (await bench.desk.get(leased.job.id)).as_json()

    assert shape["running"] is True
    assert (shape["worker"], shape["subject"]) == ("test", "conversation:1")
    assert "payload" not in shape
    assert (await bench.desk.get(leased.job.id)).as_json(payload=True)["payload"] == {
        "text": "private"
    }
