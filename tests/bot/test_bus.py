"""Hints between gateways over a real PostgreSQL and a real Redis, and what a lost bus costs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import asyncio as redis_asyncio

from bot.realtime.bus import (
    CHANNEL,
    PAYLOAD_BYTES,
    QUEUE_LENGTH,
    Bus,
    PostgresWire,
    RedisWire,
    Wire,
    pack,
    unpack,
)
from bot.realtime.hub import Hub, Subscription
from bot.realtime.presence import Presence
from bot.realtime.roster import SharedRoster
from handoff.errors import StoreUnavailable
from handoff.model import JsonObject

REDIS_URL = os.environ.get("BABELDESK_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
LIMIT_S = 10.0


@dataclass
class Broken:
    """A wire with a way to cut every connection of this test from outside."""

    wire: Wire
    cut: Callable[[], contextlib.AbstractAsyncContextManager[None]]


def answers(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((parts.hostname or "", parts.port or 0)) == 0


@pytest.fixture(params=["redis", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def medium(request: pytest.FixtureRequest) -> AsyncIterator[Broken]:
    if request.param == "redis":
        if not answers(REDIS_URL):
            pytest.skip(f"no Redis answers at {REDIS_URL}")
        client = redis_asyncio.from_url(REDIS_URL)

        @contextlib.asynccontextmanager
        async def cut_redis() -> AsyncIterator[None]:
            await client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
            yield

        yield Broken(RedisWire(REDIS_URL), cut_redis)
        await client.aclose()
        return
    server = os.environ.get("BABELDESK_TEST_POSTGRES_URL")
    if server is None:
        pytest.skip("no PostgreSQL server")
    # A database of its own: channels are per database.
    name = f"babeldesk_bus_{uuid.uuid4().hex[:8]}"
    admin = await asyncpg.connect(server)
    await admin.execute(f'CREATE DATABASE "{name}"')

    @contextlib.asynccontextmanager
    async def cut_postgres() -> AsyncIterator[None]:
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        yield

    yield Broken(PostgresWire(f"{server.rsplit('/', 1)[0]}/{name}"), cut_postgres)
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


@contextlib.asynccontextmanager
async def joined(wire: Wire, n_hubs: int = 2) -> AsyncIterator[list[tuple[Hub, Bus]]]:
    """Hubs on one bus, all connected."""
    hubs = [Hub() for _ in range(n_hubs)]
    buses = [Bus(hub, wire, gateway_id=f"gateway-{n}") for n, hub in enumerate(hubs)]
    tasks = [asyncio.create_task(bus.run()) for bus in buses]
    try:
        await until(lambda: all(bus.connected for bus in buses))
        yield list(zip(hubs, buses, strict=True))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not condition():  # noqa: ASYNC110 - other processes change it
            await asyncio.sleep(0.01)


async def topics_of(subscription: Subscription) -> frozenset[str]:
    return (await subscription.wait(timeout_s=LIMIT_S)).topics


async def test_a_hint_reaches_the_other_gateways_and_not_the_sender_again(medium: Broken) -> None:
    async with joined(medium.wire, 3) as gateways:
        hubs = [hub for hub, _ in gateways]
        with (
            hubs[0].subscribe("conversation:*") as own,
            hubs[1].subscribe("conversation:*") as second,
            hubs[2].subscribe("conversation:*") as third,
        ):
            hubs[0].publish("conversation:c1")
            assert await topics_of(own) == {"conversation:c1"}
            assert await topics_of(second) == {"conversation:c1"}
            assert await topics_of(third) == {"conversation:c1"}
            # Behind it on the same wire: had the sender heard itself, it would have by now.
            hubs[1].publish("conversation:c2")
            assert await topics_of(own) == {"conversation:c2"}


async def test_frames_travel_in_order_and_unchanged(medium: Broken) -> None:
    async with joined(medium.wire) as ((first, _), (second, _)):
        with second.subscribe("conversation:c1") as subscription:
            frames = [{"type": "typing", "active": bool(n % 2), "name": "Ελένη"} for n in range(4)]
            for frame in frames:
                first.send("conversation:c1", frame)
            seen: list[object] = []
            while len(seen) < len(frames):
                wake = await subscription.wait(timeout_s=LIMIT_S)
                seen += [frame for _, frame in wake.frames]
            assert seen == frames


async def test_work_for_the_dispatcher_stays_at_home(medium: Broken) -> None:
    async with joined(medium.wire) as ((first, _), (second, _)):
        with second.subscribe("turn:*", "inbox") as subscription:
            first.publish("turn:c1")
            first.publish("inbox")
            assert await topics_of(subscription) == {"inbox"}


async def test_a_cut_connection_comes_back_by_itself(medium: Broken) -> None:
    async with joined(medium.wire) as ((first, one), (second, other)):
        async with medium.cut():
            await until(lambda: not (one.connected and other.connected))
        await until(lambda: one.connected and other.connected)
        with second.subscribe("inbox") as subscription:
            first.publish("inbox")
            assert await topics_of(subscription) == {"inbox"}


async def test_what_others_write_into_the_channel_does_no_harm(medium: Broken) -> None:
    async with joined(medium.wire) as ((first, _), (second, bus)):
        async with medium.wire.connect(lambda _text: None) as stranger:
            for nonsense in ("hello", "{}", "[1,2]", '["a",[1]]', '["a",[["t"]]]'):
                await stranger.send(nonsense)
        with second.subscribe("inbox") as subscription:
            first.publish("inbox")
            assert await topics_of(subscription) == {"inbox"}
        assert bus.connected


async def test_without_a_bus_everything_works_at_home_and_the_queue_stays_bounded() -> None:
    hub = Hub()
    bus = Bus(hub, PostgresWire("postgresql://127.0.0.1:1/none"), gateway_id="lonely")
    running = asyncio.create_task(bus.run())
    with hub.subscribe("inbox") as subscription:
        for number in range(3 * QUEUE_LENGTH):
            hub.publish(f"conversation:{number}")
        hub.publish("inbox")
        assert await topics_of(subscription) == {"inbox"}
    assert len(bus._queue) == QUEUE_LENGTH
    assert not bus.connected
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


topics = st.text(min_size=1, max_size=60)
frames = st.dictionaries(st.text(max_size=8), st.text(max_size=60) | st.booleans(), max_size=3)
items = st.lists(topics | st.tuples(topics, frames).map(list), max_size=400)


@given(items=items)
def test_texts_fit_the_medium_and_hold_everything(items: list[object]) -> None:
    texts = pack("g1", items)
    assert all(len(text.encode()) <= PAYLOAD_BYTES for text in texts)
    read = [item for text in texts for item in unpack(text)[1]]
    assert [topic if frame is None else [topic, frame] for topic, frame in read] == items
    assert {unpack(text)[0] for text in texts} <= {"g1"}


def test_what_cannot_fit_is_left_out() -> None:
    texts = pack("g1", ["before", ["t", {"text": "x" * PAYLOAD_BYTES}], "after"])
    assert [json.loads(text) for text in texts] == [["g1", ["before", "after"]]]
    assert CHANNEL.isidentifier()


class Table:
    """The rows of gateways, without a database, so that it can be away."""

    def __init__(self) -> None:
        self.rows: dict[str, list[JsonObject]] = {}
        self.away = False
        self.beats = 0

    async def beat(self, gateway_id: str, agents: list[JsonObject]) -> list[JsonObject]:
        self.beats += 1
        if self.away:
            raise StoreUnavailable("away")
        self.rows[gateway_id] = agents
        return [entry for name, row in self.rows.items() if name != gateway_id for entry in row]

    async def leave(self, gateway_id: str) -> None:
        if self.away:
            raise StoreUnavailable("away")
        del self.rows[gateway_id]


async def test_agents_elsewhere_are_online_here_until_their_gateway_leaves() -> None:
    table = Table()
    hubs = [Hub(), Hub()]
    rosters = [Presence(hub) for hub in hubs]
    running = [
        asyncio.create_task(
            SharedRoster(table, roster, hub, gateway_id=f"g{n}", beat_s=0.02, alive_s=0.05).run()
        )
        for n, (hub, roster) in enumerate(zip(hubs, rosters, strict=True))
    ]
    rosters[0].enter("c1", agent_id="a1", name="Ann")
    await until(lambda: rosters[1].agents_online() == 1)
    rosters[1].enter("c2", agent_id="a1", name="Ann")
    rosters[1].enter("c3", agent_id="b1", name="Ben")
    await until(lambda: rosters[0].agents_online() == 2)
    assert [entry.name for entry in rosters[0].roster()] == ["Ann", "Ben"]

    running[1].cancel()
    await asyncio.gather(running[1], return_exceptions=True)
    await until(lambda: rosters[0].agents_online() == 1)

    # Nobody knows any more who is elsewhere; one's own connections stay.
    table.rows["g9"] = [{"agent_id": "z", "name": "Zoe", "state": "online"}]
    await until(lambda: rosters[0].agents_online() == 2)
    table.away = True
    await until(lambda: rosters[0].agents_online() == 1)
    running[0].cancel()
    await asyncio.gather(running[0], return_exceptions=True)
