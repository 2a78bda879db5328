"""What runs beside the routes: nothing unforeseen ends it for good, and `/readyz` tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot import wiring
from bot.brain_client import BrainClient
from bot.breaker import Breaker
from bot.doctor import check_gateway
from bot.supervisor import BrainCommand, StartTrouble, Supervisor
from handoff.errors import StoreUnavailable
from tests.bot.house import House, MakeHouse, is_bot, is_handoff

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Breaking:
    """The real store of turns; one method raises for its first calls."""

    def __init__(self, real: Any, method: str, errors: list[Exception]) -> None:
        self._real = real
        self._method = method
        self.errors = errors

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name != self._method:
            return found

        async def breaking(*args: Any, **named: Any) -> Any:
            if self.errors:
                raise self.errors.pop(0)
            return await found(*args, **named)

        return breaking


@pytest_asyncio.fixture(loop_scope="module")
async def own_house(make_house: MakeHouse) -> AsyncIterator[House]:
    async with make_house() as running:
        yield running


def break_turns(house: House, method: str, *errors: Exception) -> Breaking:
    dispatcher = house.assembly.dispatcher
    dispatcher._turns = Breaking(house.assembly.gateway.core.turns, method, list(errors))
    return dispatcher._turns


async def until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not wanted():  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.01)


async def test_an_unexpected_error_of_a_sweep_is_told_and_passes(own_house: House) -> None:
    house, dispatcher = own_house, own_house.assembly.dispatcher
    # Two in a row leave six seconds to look at it, also on a slow machine.
    break_turns(house, "waiting", RuntimeError("unforeseen"), RuntimeError("unforeseen"))

    await until(lambda: not dispatcher.is_serving)
    broken_ready = await house.http.get("/readyz")
    settings = house.assembly.gateway.settings
    web = replace(settings.web, port=int(house.url.rpartition(":")[2]))
    diagnosis = await asyncio.to_thread(check_gateway, replace(settings, web=web))
    visitor = await house.open()
    await visitor.send("hello")
    answered = await visitor.until(is_bot)
    await until(lambda: dispatcher.is_serving)

    assert (broken_ready.status_code, broken_ready.json()["checks"]["turns"]) == (
        503,
        "not running",
    )
    assert "turns not running" in diagnosis.found
    assert answered["text"] == "You said: hello"
    assert (await house.http.get("/readyz")).status_code == 200


async def test_a_background_task_that_broke_is_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wiring, "RESTART_FIRST_S", 0.01)
    runs: list[int] = []

    async def work() -> None:
        runs.append(len(runs))
        if len(runs) < 3:
            raise RuntimeError("broke")

    async with asyncio.timeout(10):
        await wiring._keep_running("work", work)

    assert runs == [0, 1, 2]


@pytest.mark.parametrize(
    "error",
    [StoreUnavailable("away"), RuntimeError("unforeseen"), ValueError("refused")],
    ids=lambda error: type(error).__name__,
)
async def test_a_result_that_was_not_stored_costs_a_try_and_no_lease(
    own_house: House, error: Exception
) -> None:
    break_turns(own_house, "complete", error)
    visitor = await own_house.open()

    await visitor.send("hello")
    # A lease lasts 12 s with these settings.
    answer = await visitor.until(is_bot, limit_s=8)

    assert answer["text"] == "You said: hello"
    assert len(own_house.brain.seen) == 2


async def test_a_result_that_is_refused_twice_goes_to_a_person(own_house: House) -> None:
    break_turns(own_house, "complete", ValueError("refused"), ValueError("refused"))
    visitor = await own_house.open()

    await visitor.send("hello")

    assert await visitor.until(is_handoff, limit_s=8)
    assert len(own_house.brain.seen) == 2


async def test_tries_are_forgotten_when_a_person_took_the_conversation(own_house: House) -> None:
    house, dispatcher = own_house, own_house.assembly.dispatcher
    visitor = await house.open()
    await visitor.send("handoff please")
    await visitor.until(is_handoff)
    dispatcher._tries[visitor.id] = ("a message that nobody waits for", 1)

    house.assembly.gateway.hub.publish(f"turn:{visitor.id}")
    await until(lambda: visitor.id not in dispatcher._tries)

    assert dispatcher.in_flight == 0 or visitor.id not in dispatcher._seen


async def test_a_brain_that_says_it_is_not_well_is_not_ready(own_house: House) -> None:
    house = own_house
    await until(lambda: house.assembly.watcher.report()["condition"] == "ready")

    house.brain.well = False
    house.assembly.watcher._look.set()  # type: ignore[attr-defined]
    await until(lambda: house.assembly.watcher.report()["condition"] == "coming")

    house.brain.well = True
    await until(lambda: house.assembly.watcher.report()["condition"] == "ready")


@pytest.mark.parametrize("case", ["bad executable", "log folder that cannot be made"])
async def test_a_brain_that_cannot_be_started_is_tried_again(tmp_path: Path, case: str) -> None:
    (tmp_path / "file").touch()
    bad = case == "bad executable"
    command = BrainCommand(
        arguments=(str(tmp_path / "nothing"), "{port}") if bad else ("sleep", "600"),
        log_path=tmp_path / "log" if bad else tmp_path / "file" / "logs" / "brain.log",
    )
    client = BrainClient(breaker=Breaker(failures_to_open=5, pause_s=5), connections=2)
    told: list[StartTrouble] = []
    supervisor = Supervisor(client, command=command, backoff_first_s=0.01, on_trouble=told.append)

    running = asyncio.create_task(supervisor.run())
    try:
        await until(lambda: supervisor.report()["restarts"] >= 3)
        assert not running.done()
        assert supervisor.condition().value == "coming"
        assert told[0].code is None
        assert told[0].last_line
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await client.close()
