"""What visitors and agents entrust to the desk, driven through everything that can go wrong.

Canaries stand for words, addresses, passwords, tokens and secrets; afterwards the log must hold
none of them, and still say where to look.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from bot.api import errors as api_errors
from bot.logs import configure_logs
from bot.settings import LogSettings
from handoff.errors import HandoffError
from handoff.store.schema import metadata
from tests.bot.house import (
    PASSWORD,
    SECRET,
    House,
    MakeHouse,
    Visitor,
    is_bot,
    is_handoff,
    kept_logging,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
EMAIL = "canary.visitor@mail.example"
AGENT = "canary.agent@shop.example"
WORDS = "canary words of a visitor"
CANARIES = ("canary", PASSWORD, SECRET, "hunter22", "4111 1111 1111 1111", "+30 210 123 4567")


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    with kept_logging():
        configure_logs(LogSettings(form="json", level="info"), stream=stream)
        logging.getLogger().setLevel(logging.DEBUG)
        yield stream


@pytest_asyncio.fixture(loop_scope="module")
async def fragile(out: io.StringIO, make_house: MakeHouse) -> Any:
    """A desk of its own, because these tests break it; logs from its first line on."""
    async with make_house(TURN_TIMEOUT_S="0.3", RATE_VISITOR="1000/10s") as running:
        yield running


def check(out: io.StringIO, *secrets: str) -> str:
    written = out.getvalue()
    for canary in (*CANARIES, *secrets):
        assert canary not in written, written[: written.index(canary) + 200][-600:]
    return written


async def talk(house: House) -> Visitor:
    visitor = await house.open(page_url=f"https://shop.example/?mail={EMAIL}")
    await visitor.send(f"{WORDS} {EMAIL}, card 4111 1111 1111 1111, +30 210 123 4567")
    await visitor.until(is_bot)
    return visitor


async def test_a_good_day_leaves_ids_and_no_words(out: io.StringIO, fragile: House) -> None:
    visitor = await talk(fragile)
    await visitor.send("handoff " + WORDS)
    notice = await visitor.until(is_handoff)
    agent = await fragile.agent(email=AGENT)
    number = notice["payload"]["ticket_number"]
    path = f"/api/v1/agent/tickets/{number}"
    await agent.http.post(f"{path}/take")
    for act in ("reply", "note"):
        body = {"client_id": act, "text": WORDS}
        assert (await agent.http.post(f"{path}/{act}", json=body)).status_code == 200
    contact = {"name": "Canary canary", "email": EMAIL}
    await fragile.http.post(f"{visitor.path}/contact", json=contact, headers=visitor.headers)
    stream = f"{visitor.path}/stream"
    async with fragile.http.stream("GET", stream, headers=visitor.headers) as events:
        await anext(events.aiter_lines())

    written = check(out, visitor.token, agent.cookie.partition("=")[2])

    assert visitor.id in written
    assert "turn_done" in written
    assert "correlation_id" in written


async def test_wrong_brains_leave_their_code_and_no_words(out: io.StringIO, fragile: House) -> None:
    for kind in ("error", "nonsense", "not json", "other turn", "silent", "slow"):
        visitor = await fragile.open()
        await visitor.send(f"{kind} {WORDS} {EMAIL}")
        await visitor.until(is_handoff)
        fragile.assembly.dispatcher._brain.forgive()

    written = check(out)

    assert "brain_nonsense" in written
    assert "brain_timeout" in written


async def test_refused_logins_and_bodies_leave_nothing(out: io.StringIO, fragile: House) -> None:
    await fragile.agent(email=AGENT)
    link = await fragile.assembly.gateway.core.agents.setup_link()
    login = "/api/v1/agent/login"
    bodies: list[dict[str, Any]] = [
        {"email": AGENT, "password": "hunter22 canary"},
        {"email": EMAIL, "password": "hunter22"},
        {"email": ["canary"], "password": "hunter22"},
    ]
    for body in bodies:
        assert (await fragile.http.post(login, json=body)).status_code in {401, 422}
    await fragile.http.post(login, content=b'{"password": "hunter22 canary"')
    visitor = await fragile.open()
    wrong = {"Authorization": f"Bearer canary{visitor.token}"}
    assert (await fragile.http.get(f"{visitor.path}/events", headers=wrong)).status_code == 401
    async with httpx.AsyncClient(base_url=fragile.url, trust_env=False) as stranger:
        await stranger.post(
            "/api/v1/agent/setup",
            json={"token": "canary-one-time-token", "password": "hunter22 hunter22"},
            headers={"Cookie": "bd_session=canary"},
        )

    check(out, visitor.token, link.token if link else "hunter22")


async def test_a_broken_database_leaves_no_rows_in_the_log(
    out: io.StringIO, fragile: House
) -> None:
    visitor = await talk(fragile)
    async with fragile.assembly.gateway.database.write() as transaction:
        await transaction.connection.execute(text("ALTER TABLE events RENAME TO lost"))

    refused = await visitor.send(f"{WORDS} {EMAIL}")

    assert refused.status_code == 503
    assert "store_unavailable" in check(out)
    async with fragile.assembly.gateway.database.write() as transaction:
        await transaction.connection.execute(text("ALTER TABLE lost RENAME TO events"))


async def test_a_row_that_the_database_refuses_is_not_quoted(
    out: io.StringIO, fragile: House
) -> None:
    """What SQLAlchemy raises quotes statement and parameters; PostgreSQL quotes the key."""
    async with fragile.assembly.gateway.database.engine.begin() as connection:
        users = metadata.tables["users"]
        row = {"id": "a" * 26, "email": AGENT, "name": "Canary canary", "role": "agent",
               "languages": [], "active": True,
               "created_at": fragile.assembly.gateway.core.visitors._ports.clock.now()}  # fmt: skip
        await connection.execute(users.insert(), row)
        try:
            await connection.execute(users.insert(), {**row, "id": "b" * 26})
        except Exception as error:
            answer = api_errors.answer_error(error)
            api_errors.log.error("unexpected_error", exc_info=error)
            logging.getLogger("handoff.x").exception("could not store")
        await connection.rollback()

    assert answer.status_code == 503
    assert "IntegrityError" in check(out)


async def test_what_nobody_foresaw_leaves_its_place_and_no_words(
    out: io.StringIO, fragile: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitors = fragile.assembly.gateway.core.visitors
    visitor = await fragile.open()

    async def breaks(*_: Any, text: str, **__: Any) -> Any:
        raise RuntimeError(f"cannot take {text!r}") from ValueError(text)

    monkeypatch.setattr(visitors, "accept_message", breaks)
    answer = await visitor.send(f"{WORDS} {EMAIL}")

    assert answer.status_code == 500
    written = check(out)
    assert "RuntimeError" in written
    assert "test_log_privacy.py" in written
    assert answer.headers["x-request-id"] in written


async def test_triage_that_breaks_on_her_words_leaves_the_conversation(
    out: io.StringIO, fragile: House
) -> None:
    ports = fragile.assembly.gateway.core.turns._ports

    def breaks(messages: Any, **_: Any) -> Any:
        raise ValueError(messages[-1].text)

    object.__setattr__(ports, "triage", breaks)
    visitor = await fragile.open()
    await visitor.send(f"handoff {WORDS} {EMAIL}")
    await visitor.until(is_handoff)

    written = check(out)
    assert f"triage failed in conversation {visitor.id}" in written


async def test_errors_of_our_own_that_name_people_are_not_quoted(
    out: io.StringIO, fragile: House
) -> None:
    try:
        await fragile.agent(email=AGENT)
        await fragile.agent(email=AGENT)
    except HandoffError:
        logging.getLogger("bot.x").exception("no second one")

    assert "email_taken" in check(out)


async def test_tasks_that_nobody_awaited_leave_their_kind(out: io.StringIO, fragile: House) -> None:
    loop = asyncio.get_running_loop()
    loop.call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": ValueError(WORDS)}
    )

    assert "ValueError" in check(out)


async def test_every_line_of_json_is_one_event(out: io.StringIO, fragile: House) -> None:
    visitor = await fragile.open()
    await visitor.send("error\n\x1b[31mred\r\n")
    await visitor.until(is_handoff)

    written = check(out)
    assert all("event" in json.loads(line) for line in written.splitlines())
    assert "\x1b" not in written
