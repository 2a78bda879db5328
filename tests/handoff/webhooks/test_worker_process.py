"""`babeldesk worker`, the real process, killed in the middle of deliveries, on both databases."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

from sqlalchemy import select, update

from bot.home import load_secret_key
from handoff.store.engine import Database
from handoff.store.tables import jobs
from handoff.webhooks.model import SUBSCRIBABLE
from handoff.webhooks.store import Webhooks, announce
from handoff.work.model import JobState
from tests.handoff.webhooks.receiver import Receiver, break_off, receiving, silence
from tests.handoff.world import World

ROOT = Path(__file__).resolve().parents[3]


@contextlib.asynccontextmanager
async def worker(url: str, home: Path) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.cli",
        "worker",
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={
            "PYTHONPATH": str(ROOT),
            "BABELDESK_HOME": str(home),
            "BABELDESK_DATABASE_URL": url,
            "BABELDESK_WEBHOOK_PRIVATE": "127.0.0.0/8",
            "BABELDESK_LOG_LEVEL": "error",
            "BABELDESK_ANSWER_WITHIN_S": "0.1",
        },
    )
    try:
        assert process.stdout is not None
        assert b"at work" in await process.stdout.readline()
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def until_all_done(world: World, receiver: Receiver) -> None:
    query = select(jobs.c.state).where(jobs.c.kind != "retention.trim")
    async with asyncio.timeout(40):
        while True:
            async with world.database.read() as connection:
                states = Counter((await connection.execute(query)).scalars())
            if states.keys() == {JobState.DONE.value}:
                return
            assert JobState.DEAD.value not in states, receiver.ids
            await asyncio.sleep(0.02)


async def expire_leases(world: World) -> None:
    """As if the time of a lease had passed."""
    async with world.database.write() as transaction:
        await transaction.connection.execute(
            update(jobs)
            .where(jobs.c.lease_token.is_not(None))
            .values(due_at=jobs.c.created_at, rank_at=jobs.c.created_at)
        )


async def test_a_killed_worker_loses_no_delivery_and_a_stopped_one_repeats_none(
    world: World, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    hooks = Webhooks(world.database, master_key=load_secret_key(home / "secret.key"))
    world.services = world.build(Database(world.database.engine, follow_ups=(announce,)))
    async with receiving() as receiver:
        await hooks.create(url=receiver.url, events=SUBSCRIBABLE)
        chats = [await world.start() for _ in range(5)]
        for chat in chats:
            await world.hand_off(chat)
        async with world.database.read() as connection:
            rows = (await connection.execute(select(jobs.c.payload))).scalars().all()
        wanted = {payload["event_id"] for payload in rows}
        assert len(wanted) == 10  # a message and a ticket each

        # Killed while the receiver has the delivery and has not answered.
        receiver.always = silence
        async with worker(world.url, home) as process:
            await receiver.until(2)
            process.send_signal(signal.SIGKILL)
            await process.wait()
        await expire_leases(world)
        receiver.always = None
        receiver.answers = [break_off]  # and once the answer is lost on its way
        async with worker(world.url, home) as process:
            await until_all_done(world, receiver)
            # A receiver that keeps ids has each event exactly once.
            assert set(receiver.ids) == wanted
            repeated = len(receiver.ids) - len(wanted)
            assert 1 <= repeated <= 3
            assert len({(one.id, one.body) for one in receiver.deliveries}) == len(wanted)

            # No gateway runs: what nobody answered goes to people all the same, and is told.
            unanswered = await world.start()
            await world.say(unanswered)
            told = (await receiver.until(len(receiver.ids) + 2))[-1]
            assert told.event["data"]["ticket"]["reason"] == "bot_unavailable"
            assert told.event["data"]["ticket"]["conversation_id"] == unanswered.id

            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
