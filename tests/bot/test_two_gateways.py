"""Two gateways on one PostgreSQL: what happens at one is seen at the other at once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.bot.conftest import maker
from tests.bot.house import House, Visitor
from tests.bot.test_gateway_streams import agent_socket

pytestmark = pytest.mark.postgres
# Far beyond any test: whatever arrives was announced by the bus.
NO_LOOK_S = 300.0


@pytest.fixture
async def houses(tmp_path: Path) -> AsyncIterator[tuple[House, House]]:
    server = os.environ.get("BABELDESK_TEST_POSTGRES_URL")
    if server is None:
        pytest.skip("no PostgreSQL server")
    name = f"babeldesk_two_{uuid.uuid4().hex[:8]}"
    admin = await asyncpg.connect(server)
    await admin.execute(f'CREATE DATABASE "{name}"')
    url = f"{server.rsplit('/', 1)[0]}/{name}".replace("postgresql://", "postgresql+asyncpg://")
    make = maker(tmp_path / "home")
    try:
        async with contextlib.AsyncExitStack() as stack:
            both = [
                await stack.enter_async_context(make(look_s=NO_LOOK_S, DATABASE_URL=url))
                for _ in range(2)
            ]
            await wait_until_joined(admin)
            yield both[0], both[1]
    finally:
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()


async def wait_until_joined(admin: asyncpg.Connection) -> None:
    """Waits until both gateways listen."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname LIKE $1"
    async with asyncio.timeout(10):
        while await admin.fetchval(query, "babeldesk_two_%") < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_an_answer_given_at_one_reaches_the_visitor_at_the_other(
    houses: tuple[House, House],
) -> None:
    first, second = houses
    visitor = await first.open()
    elsewhere = Visitor(house=second, session=visitor.session)
    await visitor.send("Where is my parcel?")
    cursor, authors = 0, []
    async with asyncio.timeout(20):
        while "bot" not in authors:
            page = await elsewhere.events(after=cursor, wait=20)
            cursor = page["cursor"]
            authors += [event["author"] for event in page["events"]]
    assert authors == ["visitor", "bot"]


async def test_an_agent_at_one_is_online_at_the_other(houses: tuple[House, House]) -> None:
    first, second = houses
    ada = await first.agent()
    async with agent_socket(first, ada) as socket:
        frames = []
        async with asyncio.timeout(10):
            while not any(frame.get("agents") for frame in frames):
                frames.append(json.loads(await socket.recv()))
            while not second.assembly.gateway.presence.agents_online():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        while second.assembly.gateway.presence.agents_online():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
