"""A process that dies by SIGKILL between what a rule does and its settling doubles nothing."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from handoff.model import Author
from tests.handoff.rules.conftest import Desk

CHILD = Path(__file__).parent / "ruling_child.py"
ROOT = CHILD.parents[3]
HELLO: dict[str, Any] = {"shortcut": "hello", "texts": {"en": "Hello"}}


async def work_in_a_child(url: str, moment: str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(CHILD), url, moment, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}
    )
    async with asyncio.timeout(30):
        return await process.wait()


@pytest.mark.parametrize("moment", ["job.effect"])
async def test_a_killed_process_replies_once(desk: Desk, moment: str) -> None:
    await desk.services.replies.create(HELLO, actor_id=None)
    await desk.rule("greet", {"reply": "hello"}, {"add_tag": "greeted"})
    number = await desk.world.hand_off(await desk.world.start())

    for _ in range(2):
        assert await work_in_a_child(desk.world.url, moment) == -signal.SIGKILL
        assert await desk.log(number, "rule") == []
        await desk.until_leases_end()
    assert await work_in_a_child(desk.world.url, "never") == 0

    said = [event for event in await desk.log(number, "message") if event.author is Author.SYSTEM]
    assert [event.text for event in said] == ["Hello"]
    assert len(await desk.log(number, "rule")) == 1
    assert (await desk.services.desk.find(number)).tags == ("greeted",)
