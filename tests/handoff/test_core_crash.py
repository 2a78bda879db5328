"""Killing the process that accepts messages: what it acknowledged is stored, exactly once."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from tests.handoff.world import World

CHILD = Path(__file__).parent / "accepting_child.py"
N_KILLS = 2
N_ACKNOWLEDGED_BEFORE_KILL = 15


async def test_acknowledged_messages_survive_sigkill(world: World) -> None:
    chat = await world.start()
    acknowledged: list[str] = []

    for kill in range(N_KILLS):
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            str(CHILD),
            world.url,
            chat.id,
            chat.visitor_id,
            f"kill{kill}",
            stdout=asyncio.subprocess.PIPE,
            cwd=CHILD.parents[2],
            env={"PYTHONPATH": str(CHILD.parents[2])},
        )
        assert child.stdout is not None
        for _ in range(N_ACKNOWLEDGED_BEFORE_KILL):
            acknowledged.append((await child.stdout.readline()).decode().strip())
        child.send_signal(signal.SIGKILL)
        rest = (await child.stdout.read()).decode()
        # The last line may be cut in the middle; only whole lines were acknowledged.
        acknowledged.extend(rest.splitlines() if rest.endswith("\n") else rest.splitlines()[:-1])
        assert await child.wait() == -signal.SIGKILL

    assert len(acknowledged) >= N_KILLS * N_ACKNOWLEDGED_BEFORE_KILL
    log = await world.services.visitors.events_after(chat.id, after=0, limit=10_000)
    stored = [event.client_id for event in log]
    assert [event.seq for event in log] == list(range(1, len(log) + 1))
    assert len(set(stored)) == len(stored)
    assert set(acknowledged) <= set(stored)
    assert (await world.say(chat)).event.seq == len(log) + 1
