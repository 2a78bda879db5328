"""Several brains behind one gateway: shared work, and none missed when one dies."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn

from bot.brain_client import BrainClient
from bot.brain_pool import BrainPool, make_pool
from bot.breaker import Breaker, Phase
from bot.dispatch_rules import BrainCondition
from bot.errors import BrainRefused, BrainUnreachable
from tests.bot.fake_brain import FakeBrain
from tests.bot.house import SECRET, MakeHouse, free_socket, serving


@dataclass
class Team:
    """Two real brains on loopback and the pool over them."""

    brains: list[FakeBrain]
    pool: BrainPool
    urls: list[str]


@contextlib.asynccontextmanager
async def team(*, dead: int = 0) -> AsyncIterator[Team]:
    """Brains, with addresses of `dead` more at which nobody listens."""
    brains = [FakeBrain(SECRET), FakeBrain(SECRET)]
    async with contextlib.AsyncExitStack() as stack:
        urls = []
        for _ in range(dead):
            socket = free_socket()
            urls.append(f"http://127.0.0.1:{socket.getsockname()[1]}")
            socket.close()
        for brain in brains:
            config = uvicorn.Config(
                brain.app, log_level="error", access_log=False, lifespan="off", ws="none"
            )
            server = uvicorn.Server(config)
            urls.append(await stack.enter_async_context(serving(server, free_socket())))
            stack.callback(brain.release.set)
        pool = make_pool(
            urls,
            secret=SECRET,
            new_client=lambda: BrainClient(
                breaker=Breaker(failures_to_open=2, pause_s=60), connections=4
            ),
            on_change=lambda: None,
        )
        probing = asyncio.create_task(pool.run())
        stack.push_async_callback(pool.close)
        stack.callback(probing.cancel)
        await until(lambda: sum(b["condition"] == "ready" for b in pool.report()["brains"]) == 2)
        yield Team(brains=brains, pool=pool, urls=urls)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - other tasks change it
            await asyncio.sleep(0.01)


def is_bot_after(seq: int) -> Callable[[dict[str, Any]], bool]:
    return lambda event: event["author"] == "bot" and event["seq"] > seq


def turn(conversation: str, text: str = "hello") -> dict[str, Any]:
    return {
        "turn_id": conversation,
        "conversation_id": conversation,
        "message": {"id": "m", "text": text, "choice": None},
        "events": [],
        "context": {"language_choice": None, "contact": {}, "agents_online": False},
    }


async def test_a_busy_brain_leaves_the_next_turn_to_the_other() -> None:
    async with team() as both:
        slow = asyncio.create_task(both.pool.turn(turn("c1", "slow"), limit_s=10))
        await until(lambda: any(brain.seen for brain in both.brains))
        busy = 0 if both.brains[0].seen else 1
        await both.pool.turn(turn("c2"), limit_s=10)
        assert [body["turn_id"] for body in both.brains[1 - busy].seen] == ["c2"]
        both.brains[busy].release.set()
        await slow


async def test_addresses_at_which_nobody_listens_cost_nobody_an_answer() -> None:
    async with team(dead=2) as both:
        for number in range(4):
            await both.pool.turn(turn(f"c{number}"), limit_s=10)
        assert sum(len(brain.seen) for brain in both.brains) == 4
        assert both.pool.condition() is BrainCondition.READY
        states = [brain["condition"] for brain in both.pool.report()["brains"]]
        assert states == ["coming", "coming", "ready", "ready"]


async def test_a_turn_that_was_begun_is_not_begun_again_elsewhere() -> None:
    async with team() as both:
        for brain in both.brains:
            brain.broken_turns = 1
        with pytest.raises(BrainRefused):
            await both.pool.turn(turn("c1"), limit_s=10)
        assert sum(len(brain.seen) for brain in both.brains) == 1


async def test_a_brain_that_keeps_failing_is_left_out() -> None:
    async with team() as both:
        both.brains[0].broken_turns = 1000
        failures = 0
        for number in range(8):
            try:
                await both.pool.turn(turn(f"c{number}"), limit_s=10)
            except BrainRefused:
                failures += 1
        assert failures == 2
        assert both.pool.breaker.phase is Phase.CLOSED
        assert both.pool.admits()
        both.pool.forgive()
        with pytest.raises(BrainRefused):
            await both.pool.turn(turn("again"), limit_s=10)


async def test_without_any_brain_the_pool_says_so() -> None:
    socket = free_socket()
    port = socket.getsockname()[1]
    socket.close()
    pool = make_pool(
        [f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port}/"],
        secret=SECRET,
        new_client=lambda: BrainClient(
            breaker=Breaker(failures_to_open=2, pause_s=60), connections=4
        ),
        on_change=lambda: None,
    )
    with pytest.raises(BrainUnreachable):
        await pool.turn(turn("c1"), limit_s=1)
    assert pool.condition() is BrainCondition.COMING
    assert pool.report()["rss_bytes"] is None
    await pool.close()


async def test_a_language_is_read_by_any_of_them() -> None:
    async with team(dead=1) as both:
        found = await both.pool.language({"text": "Wo ist mein Paket?"}, limit_s=10)
        assert found["message"] == "de"


async def test_a_gateway_with_two_brains_answers_when_one_is_gone(make_house: MakeHouse) -> None:
    async with team(dead=1) as both:
        urls = ",".join(both.urls)
        async with make_house(brain_up=False, BRAIN_URL=urls) as house:
            visitor = await house.open()
            for number in range(3):
                sent = (await visitor.send(f"question {number}")).json()["event"]["seq"]
                answer = await visitor.until(is_bot_after(sent))
                assert answer["payload"]["in_reply_to"] == sent
            health = await house.http.get("/readyz")
            assert health.status_code == httpx.codes.OK
