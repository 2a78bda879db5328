"""Worker processes that are killed, paused and asked to stop: every job is done, effects once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from handoff.store.engine import Database
from handoff.store.tables import counters, jobs
from handoff.work.model import JobState, NewJob
from handoff.work.outbox import enqueue
from tests.handoff.world import World

CHILD = Path(__file__).parent / "working_child.py"
ROOT = CHILD.parents[3]
N_EFFECTS, N_OUTSIDE = 60, 20
LEASE_S = 0.5
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


@contextlib.asynccontextmanager
async def child(
    url: str, outside: Path, *, lease_s: float = LEASE_S, **environment: str
) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(CHILD),
        url,
        str(outside),
        str(lease_s),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), **environment},
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def read_lines(process: Process, n: int) -> list[str]:
    assert process.stdout is not None
    return [(await process.stdout.readline()).decode().strip() for _ in range(n)]


async def states(database: Database) -> dict[str, int]:
    query = select(jobs.c.state, func.count()).group_by(jobs.c.state)
    async with database.read() as connection:
        return {state: n for state, n in (await connection.execute(query)).all()}


async def until_done(database: Database, n: int, *, limit_s: float = 20) -> None:
    async with asyncio.timeout(limit_s):
        while (await states(database)).get(JobState.DONE.value, 0) < n:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def effects(database: Database) -> dict[str, int]:
    query = select(counters.c.name, counters.c.value).where(counters.c.name.like("n-%"))
    async with database.read() as connection:
        return {name: value for name, value in (await connection.execute(query)).all()}


async def test_killed_and_paused_workers_lose_nothing_and_repeat_no_effect(
    world: World, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    wanted = [NewJob(kind="effect", key=f"e{n}") for n in range(N_EFFECTS)]
    delivered = [NewJob(kind="outside", key=f"o{n}") for n in range(N_OUTSIDE)]
    async with world.database.write() as transaction:
        await enqueue(transaction, NewJob(kind="pause", key="p"))

    async with child(world.url, outside) as paused:
        # It stops itself in the middle of the job and comes back when the job is another's.
        assert await read_lines(paused, 1) == ["p"]
        async with world.database.write() as transaction:
            await enqueue(transaction, *wanted, *delivered)
        for _ in range(2):
            async with child(world.url, outside) as killed:
                await read_lines(killed, 5)
                killed.send_signal(signal.SIGKILL)
                await killed.wait()
        async with child(world.url, outside):
            await until_done(world.database, N_EFFECTS + N_OUTSIDE + 1)
            paused.send_signal(signal.SIGCONT)
            assert await read_lines(paused, 1) == ["awake"]

    assert await states(world.database) == {"done": N_EFFECTS + N_OUTSIDE + 1}
    assert await effects(world.database) == {f"n-{job.key}": 1 for job in wanted} | {"n-p": 1}
    keys = Counter(outside.read_text().split())
    assert keys.keys() == {job.key for job in delivered}  # at least once, never lost


async def test_two_workers_do_every_job_once(world: World, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    async with world.database.write() as transaction:
        await enqueue(transaction, *(NewJob(kind="outside", key=f"o{n}") for n in range(80)))

    async with child(world.url, outside, lease_s=30), child(world.url, outside, lease_s=30):
        await until_done(world.database, 80)

    assert Counter(outside.read_text().split()) == {f"o{n}": 1 for n in range(80)}


async def test_a_worker_that_is_asked_to_stop_gives_back_what_it_cannot_finish(
    world: World, tmp_path: Path
) -> None:
    async with world.database.write() as transaction:
        await enqueue(transaction, NewJob(kind="hang", key="h"))

    async with child(world.url, tmp_path / "outside", lease_s=600) as process:
        assert await read_lines(process, 1) == ["h"]
        process.send_signal(signal.SIGTERM)
        assert await read_lines(process, 1) == ["drained"]
        assert await process.wait() == 0

    async with world.database.read() as connection:
        row = (await connection.execute(select(jobs))).one()
    assert (row.state, row.lease_token, row.attempts) == ("todo", None, 0)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("shift", ["+2h", "-2h"])
async def test_a_worker_with_a_wrong_clock_steals_no_lease(
    world: World, tmp_path: Path, shift: str
) -> None:
    """On PostgreSQL the server's clock decides; all users of a SQLite file share one host's."""
    if FAKETIME is None:
        pytest.skip("faketime is not installed (Debian's package of that name)")
    async with world.database.write() as transaction:
        await enqueue(transaction, NewJob(kind="hang", key="h"))
        await enqueue(transaction, NewJob(kind="outside", key="later", delay_s=3600))
        await enqueue(transaction, NewJob(kind="outside", key="now"))
    outside = tmp_path / "outside"
    async with child(world.url, outside, lease_s=60) as right:
        started = await read_lines(right, 2)
        assert sorted(started) == ["h", "now"]
        await until_done(world.database, 1)
        lying = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": shift, "DONT_FAKE_MONOTONIC": "1"}
        async with child(world.url, outside, lease_s=60, **lying) as wrong:
            async with world.database.write() as transaction:
                await enqueue(transaction, NewJob(kind="outside", key="next"))
            await until_done(world.database, 2)
            assert wrong.returncode is None
    assert sorted(outside.read_text().split()) == ["next", "now"]
