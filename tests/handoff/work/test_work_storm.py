"""A storm of kills and pauses over worker processes, for longer than the quick tests allow."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from handoff.errors import StoreUnavailable
from handoff.work.model import NewJob
from handoff.work.outbox import enqueue
from tests.handoff.work.test_work_processes import child, effects, states, until_done
from tests.handoff.world import World

SEED = 20261122
N_JOBS = 200
N_WORKERS = 3
N_BLOWS = 12
LEASE_S = 1.0
LONGEST_PAUSE_S = 2.5


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_no_job_is_lost_and_no_effect_repeated_in_a_storm(
    world: World, tmp_path: Path
) -> None:
    chance, outside = random.Random(SEED), tmp_path / "outside"
    over = asyncio.Event()
    blows: Counter[str] = Counter()

    async def keep_one_alive() -> None:
        while not over.is_set():
            async with child(world.url, outside, lease_s=LEASE_S) as process:
                lived = chance.uniform(0.3, 1.5)
                await _wait(over, lived)
                if over.is_set():
                    return
                if chance.random() < 0.5:
                    # It comes back with leases that others have taken over meanwhile.
                    process.send_signal(signal.SIGSTOP)
                    await _wait(over, chance.uniform(LEASE_S, LONGEST_PAUSE_S))
                    process.send_signal(signal.SIGCONT)
                    blows["paused"] += 1
                    await _wait(over, chance.uniform(0.3, 1.0))
                process.send_signal(signal.SIGKILL)
                blows["killed"] += 1

    async def write() -> None:
        for n in range(N_JOBS // 2):
            await _store(
                world, NewJob(kind="effect", key=f"e{n}"), NewJob(kind="outside", key=f"o{n}")
            )
        while blows.total() < N_BLOWS:  # noqa: ASYNC110
            await asyncio.sleep(0.1)

    workers = [asyncio.create_task(keep_one_alive()) for _ in range(N_WORKERS)]
    await write()
    over.set()
    await asyncio.gather(*workers)
    async with child(world.url, outside, lease_s=LEASE_S):
        await until_done(world.database, N_JOBS, limit_s=60)

    print(f"storm over {world.database.dialect}: {dict(blows)}, seed {SEED}")
    assert await states(world.database) == {"done": N_JOBS}
    assert await effects(world.database) == {f"n-e{n}": 1 for n in range(N_JOBS // 2)}
    delivered = Counter(outside.read_text().split())
    assert delivered.keys() == {f"o{n}" for n in range(N_JOBS // 2)}


async def _store(world: World, *new: NewJob) -> None:
    """Writes jobs as a client would: again until it is told that they are stored."""
    while True:
        try:
            async with world.database.write() as transaction:
                await enqueue(transaction, *new)
            return
        except StoreUnavailable:
            # A process paused in the middle of a transaction holds SQLite's one lock.
            await asyncio.sleep(0.1)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
