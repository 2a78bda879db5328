"""Hard days: a slow, wrong, dead or killed brain, a killed gateway; nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
import uvicorn

from bot.app import build_server
from bot.processes import find_free_port
from bot.settings import child_environment
from bot.supervisor import BrainCommand, Supervisor
from bot.wiring import build_gateway
from handoff.ports import WordTriage
from tests.bot.fake_brain import FakeBrain
from tests.bot.house import (
    SECRET,
    House,
    MakeHouse,
    Visitor,
    create_tables,
    free_socket,
    is_bot,
    is_handoff,
    make_settings,
    serving,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
FAKE = Path(__file__).parent / "fake_brain.py"


async def reason_of(house: House, visitor: Visitor) -> str:
    notice = await visitor.until(is_handoff)
    number = str(notice["payload"]["ticket_number"])
    return (await house.assembly.gateway.core.desk.find(number)).reason


@pytest.mark.parametrize("text", ["error", "nonsense", "not json", "other turn", "silent"])
async def test_a_wrong_brain_gets_two_tries_and_then_a_person_is_called(
    house: House, text: str
) -> None:
    visitor = await house.open()

    await visitor.send(text)

    assert await reason_of(house, visitor) == "bot_unavailable"
    assert len(house.brain.seen) == 2
    events = (await visitor.events())["events"]
    assert [e["kind"] for e in events] == ["message", "handoff"]


async def test_one_failure_costs_a_second_try_and_no_ticket(house: House) -> None:
    visitor = await house.open()
    house.brain.broken_turns = 1

    await visitor.send("hello")

    assert (await visitor.until(is_bot))["text"] == "You said: hello"
    assert len(house.brain.seen) == 2


async def test_a_slow_brain_is_not_waited_for(make_house: MakeHouse) -> None:
    async with make_house(TURN_TIMEOUT_S="0.2") as house:
        visitor = await house.open()

        await visitor.send("slow")

        assert await reason_of(house, visitor) == "bot_unavailable"


async def test_a_brain_that_never_comes_up_means_a_person_within_the_limit(
    make_house: MakeHouse,
) -> None:
    async with make_house(brain_up=False, ANSWER_WITHIN_S="0.5") as house:
        visitor = await house.open()

        await visitor.send("hello")

        assert await reason_of(house, visitor) == "bot_unavailable"


async def test_a_brain_that_comes_up_in_time_still_answers(make_house: MakeHouse) -> None:
    async with make_house(brain_up=False) as house:
        visitor = await house.open()
        await visitor.send("hello")
        brain = FakeBrain(SECRET)
        config = uvicorn.Config(brain.app, log_level="error", lifespan="off", ws="none")
        url = house.assembly.gateway.settings.brain.url
        sock = free_socket(int(str(url).rpartition(":")[2]))

        async with serving(uvicorn.Server(config), sock):
            assert (await visitor.until(is_bot))["text"] == "You said: hello"

        assert [e["kind"] for e in (await visitor.events())["events"]] == ["message", "message"]


async def test_an_open_breaker_calls_people_at_once_and_closes_after_a_good_probe(
    make_house: MakeHouse,
) -> None:
    async with make_house(BREAKER_FAILURES="2", BREAKER_PAUSE_S="100") as house:
        first, second = await house.open(), await house.open()
        await first.send("error")
        await first.until(is_handoff)

        await second.send("hello")
        await second.until(is_handoff)
        assert len(house.brain.seen) == 2

        house.assembly.dispatcher._brain._monotonic = lambda: time.monotonic() + 101
        third = await house.open()
        await third.send("hello")
        assert await third.until(is_bot)


async def test_an_answer_that_comes_after_a_person_took_over_is_dropped(house: House) -> None:
    agent = await house.agent()
    visitor = await house.open()
    await visitor.send("wait")
    await house.brain.asked.wait()
    core = house.assembly.gateway.core
    claim_free = await core.visitors.get(visitor.id, visitor_id=None)
    assert claim_free.bot_pending

    # Somebody hands the conversation over while the brain is still thinking.
    await hand_over(house, visitor)
    house.brain.release.set()
    number = str((await visitor.until(is_handoff))["payload"]["ticket_number"])
    await agent.http.post(f"/api/v1/agent/tickets/{number}/take")
    await house.assembly.dispatcher.drain(grace_s=5)

    assert not [
        e
        for e in (await visitor.events())["events"]
        if e["author"] == "bot" and e["text"] and e["kind"] == "message"
    ]


async def hand_over(house: House, visitor: Visitor) -> None:
    """What a second gateway would do: its claim wins because this one's lease is over."""
    from sqlalchemy import update

    from handoff.store.tables import conversations

    core = house.assembly.gateway.core
    async with house.assembly.gateway.database.write() as transaction:
        await transaction.connection.execute(
            update(conversations).where(conversations.c.id == visitor.id).values(lease_until=None)
        )
    claim = await core.turns.claim(visitor.id, lease_s=10)
    assert claim is not None
    await core.turns.fail(claim)


@contextlib.asynccontextmanager
async def supervised(tmp_path: Path, **values: str) -> AsyncIterator[House]:
    """A gateway that runs its brain as a child process, as `babeldesk run` does."""
    settings = make_settings(tmp_path / "home", **values)
    command = BrainCommand(
        arguments=(sys.executable, str(FAKE), "--port", "{port}"), log_path=tmp_path / "brain.log"
    )
    assembly = build_gateway(settings, brain_command=command, triage=WordTriage())
    await create_tables(assembly)
    server = build_server(assembly.app, assembly.gateway.hub, trusted_proxies="")
    async with serving(server, free_socket()) as url:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=40) as http:
            yield House(assembly=assembly, brain=FakeBrain(""), url=url, http=http)
        assembly.gateway.hub.close()


async def test_a_brain_killed_while_it_answers_is_restarted_and_answers(tmp_path: Path) -> None:
    async with supervised(tmp_path) as house:
        visitor = await house.open()

        await visitor.send(f"die once {tmp_path / 'died'}")

        answer = await visitor.until(is_bot, limit_s=40)
        assert answer["text"].startswith("You said: die once")
        report = house.assembly.gateway.brain.report()
        assert report["restarts"] == 1
        assert report["rss_bytes"] > 0


async def test_a_brain_that_dies_of_a_message_twice_leaves_it_to_a_person(tmp_path: Path) -> None:
    async with supervised(tmp_path) as house:
        visitor = await house.open()

        await visitor.send("die")

        notice = await visitor.until(is_handoff, limit_s=40)
        assert notice["payload"]["ticket_number"]
        other = await house.open()
        await other.send("hello")
        assert await other.until(is_bot, limit_s=40)


async def test_the_brain_ends_with_its_gateway(tmp_path: Path) -> None:
    async with supervised(tmp_path) as house:
        visitor = await house.open()
        await visitor.send("hello")
        await visitor.until(is_bot, limit_s=40)
        pid = house.assembly.gateway.brain.report()["pid"]
        assert psutil.pid_exists(pid)

    assert not psutil.pid_exists(pid)


async def test_a_brain_that_never_answers_its_health_is_replaced(tmp_path: Path) -> None:
    from bot.brain_client import BrainClient
    from bot.breaker import Breaker

    client = BrainClient(breaker=Breaker(failures_to_open=5, pause_s=5), connections=2)
    sleeper = (sys.executable, "-c", "import time; time.sleep(600)", "{port}")
    supervisor = Supervisor(
        client,
        command=BrainCommand(arguments=sleeper, log_path=tmp_path / "log"),
        start_limit_s=0.3,
        backoff_first_s=0.01,
    )
    running = asyncio.create_task(supervisor.run())
    try:
        async with asyncio.timeout(20):
            while supervisor.report()["restarts"] < 2:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.02)
        assert supervisor.condition().value == "coming"
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert supervisor.condition().value == "gone"
    await client.close()


def test_a_killed_parent_takes_its_brain_along(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path\n"
        "from bot.supervisor import BrainCommand, BrainProcess\n"
        f"c = BrainCommand(arguments=(sys.executable, {str(FAKE)!r}, '--port', '{{port}}'),"
        f" log_path=Path({str(tmp_path / 'log')!r}))\n"
        "print(BrainProcess(c).pid, flush=True); time.sleep(600)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=child_environment()
    )
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))

    parent.kill()
    parent.wait()

    _gone, alive = psutil.wait_procs([child], timeout=10)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]
    parent.stdout.close()


@contextlib.contextmanager
def gateway_process(home: Path, port: int, brain_url: str) -> Iterator[subprocess.Popen[str]]:
    """`babeldesk gateway` as a user starts it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "gateway", "--port", str(port)],
        env=child_environment(
            BABELDESK_HOME=str(home),
            BABELDESK_BRAIN_URL=brain_url,
            BABELDESK_BRAIN_SECRET=SECRET,
            BABELDESK_TURN_TIMEOUT_S="2",
            BABELDESK_LOG_LEVEL="error",
        ),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


async def announced(process: subprocess.Popen[str]) -> str:
    """Waits for the addresses; gives the base address."""
    assert process.stdout is not None
    while line := await asyncio.to_thread(process.stdout.readline):
        if found := re.search(r"Demo shop:\s+(http://\S+)/", line):
            return found[1]
    raise AssertionError("the gateway ended without announcing itself")


async def test_a_gateway_killed_during_a_turn_answers_after_its_restart(tmp_path: Path) -> None:
    brain = FakeBrain(SECRET)
    config = uvicorn.Config(brain.app, log_level="error", lifespan="off", ws="none")
    port = find_free_port()
    async with serving(uvicorn.Server(config), free_socket()) as brain_url:
        with gateway_process(tmp_path, port, brain_url) as first:
            url = await announced(first)
            async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
                house = House(assembly=None, brain=brain, url=url, http=http)  # type: ignore[arg-type]
                visitor = await house.open()
                assert (await visitor.send("wait for me")).status_code == 201
                await asyncio.wait_for(brain.asked.wait(), 20)
            os.kill(first.pid, signal.SIGKILL)
        brain.release.set()

        with gateway_process(tmp_path, port, brain_url) as second:
            url = await announced(second)
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=40) as http:
                again = Visitor(
                    house=House(assembly=None, brain=brain, url=url, http=http),  # type: ignore[arg-type]
                    session=visitor.session,
                )
                answer = await again.until(is_bot, limit_s=40)
                events = (await again.events())["events"]
            memory = psutil.Process(second.pid).memory_info().rss
            second.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(second.wait, 15) == 0

    assert answer["text"] == "You said: wait for me"
    assert [e["text"] for e in events] == ["wait for me", "You said: wait for me"]
    # Of it 17 MiB are how twelve languages write days and times, 13 the words of priorities and
    # categories, 8 the schemas of a hundred routes.
    assert memory < 144 * 2**20, memory / 2**20


def test_the_gateway_loads_nothing_heavy() -> None:
    check = (
        "import sys, bot.wiring, bot.app, bot.commands.run, bot.migrations.run, kb_index.render\n"
        "print([m for m in ('torch','faiss','rasa','spacy','sklearn','numpy') if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, env=child_environment()
    )

    assert done.stdout.strip() == "[]", done.stdout + done.stderr
