"""Hints and short-lived frames between gateways, over PostgreSQL or Redis.

The bus carries nothing that matters: whoever misses a hint reads the database three seconds later,
and a missed frame is a missed "is typing". So sending never waits, a full queue drops the oldest,
and a lost connection is made again in the background while everything goes on.

Hints for the dispatcher stay at home: the gateway that took a message serves it, and what it leaves
behind another one's sweep finds. Told to all, every gateway would race for every message.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, Protocol

import asyncpg
import structlog
from redis import asyncio as redis_asyncio
from redis.exceptions import RedisError

from bot.realtime.hub import Frame, Hub

log = structlog.get_logger("bot.bus")

CHANNEL: Final = "babeldesk"
# PostgreSQL refuses payloads of 8,000 bytes and more.
PAYLOAD_BYTES: Final = 7_500
# Far more than a gateway says in a second; beyond it the bus is the bottleneck and hints are lost.
QUEUE_LENGTH: Final = 2_000
# Hints of one moment travel together: a reply changes two topics, a burst hundreds.
GATHER_S: Final = 0.005
RETRY_FIRST_S: Final = 0.5
RETRY_LAST_S: Final = 10.0
_HOME_TOPICS: Final = ("turn:",)

Receive = Callable[[str], None]


class Wire(Protocol):
    """A broadcast medium."""

    name: str

    def connect(self, receive: Receive) -> contextlib.AbstractAsyncContextManager[WireLink]:
        """Opens the medium; every text that anybody sends is passed to `receive`."""


class WireLink(Protocol):
    """An open medium."""

    async def send(self, text: str) -> None:
        """Sends a text to everybody, the sender included."""

    async def broken(self) -> None:
        """Returns when the link is of no use any more."""


class Bus:
    """Joins this process's hub with those of other gateways."""

    def __init__(self, hub: Hub, wire: Wire, *, gateway_id: str) -> None:
        self._hub = hub
        self._wire = wire
        self._gateway_id = gateway_id
        self._queue: deque[tuple[str, Frame | None]] = deque(maxlen=QUEUE_LENGTH)
        self._something = asyncio.Event()
        self.connected = False
        hub.relay = self.relay

    def relay(self, topic: str, frame: Frame | None) -> None:
        """Takes a hint (`frame` None) or a frame of this gateway; never waits."""
        if not topic.startswith(_HOME_TOPICS):
            self._queue.append((topic, frame))
            self._something.set()

    async def run(self) -> None:
        """Keeps the connection until cancelled."""
        pause_s = RETRY_FIRST_S
        while True:
            try:
                async with self._wire.connect(self._receive) as link:
                    self.connected = True
                    log.info("bus_connected", over=self._wire.name)
                    pause_s = RETRY_FIRST_S
                    await self._serve(link)
                    log.warning("bus_lost", over=self._wire.name)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, RedisError) as error:
                log.warning("bus_unreachable", over=self._wire.name, reason=type(error).__name__)
            finally:
                self.connected = False
            # Spread out, so that a restarted server is not met by all gateways at once.
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(pause_s * 2, RETRY_LAST_S)

    async def _serve(self, link: WireLink) -> None:
        """Sends what is queued until the link breaks."""
        broken = asyncio.create_task(link.broken())
        try:
            while not broken.done():
                something = asyncio.create_task(self._something.wait())
                await asyncio.wait({something, broken}, return_when=asyncio.FIRST_COMPLETED)
                something.cancel()
                if broken.done():
                    return
                await asyncio.sleep(GATHER_S)
                self._something.clear()
                for text in self._take():
                    await link.send(text)
        finally:
            broken.cancel()
            await asyncio.gather(broken, return_exceptions=True)

    def _take(self) -> list[str]:
        """Empties the queue into texts that fit the medium; equal hints become one."""
        hints: dict[str, None] = {}
        items: list[Any] = []
        while self._queue:
            topic, frame = self._queue.popleft()
            if frame is not None:
                items.append([topic, dict(frame)])
            elif topic not in hints:
                hints[topic] = None
                items.append(topic)
        return list(pack(self._gateway_id, items))

    def _receive(self, text: str) -> None:
        try:
            sender, items = unpack(text)
        except ValueError:
            # Somebody else uses the channel, or a newer version says something else.
            log.warning("bus_nonsense", over=self._wire.name)
            return
        if sender == self._gateway_id:
            return
        for topic, frame in items:
            if frame is None:
                self._hub.hint(topic)
            else:
                self._hub.push(topic, frame)


def pack(sender: str, items: list[Any]) -> list[str]:
    """Gives JSON texts of at most `PAYLOAD_BYTES` that hold all items; longer ones are left out."""
    texts: list[str] = []
    held: list[str] = []
    room = PAYLOAD_BYTES - len(json.dumps([sender, []]))
    used = 0
    for item in items:
        # ASCII only, so that characters are bytes.
        written = json.dumps(item, separators=(",", ":"))
        if len(written) + 1 > room:
            continue
        if used + len(written) + 1 > room:
            texts.append(_join(sender, held))
            held, used = [], 0
        held.append(written)
        used += len(written) + 1
    if held:
        texts.append(_join(sender, held))
    return texts


def unpack(text: str) -> tuple[str, list[tuple[str, Frame | None]]]:
    """Reads what `pack` wrote.

    Raises:
        ValueError: If it is something else.
    """
    data = json.loads(text)
    if not (isinstance(data, list) and len(data) == 2 and isinstance(data[1], list)):
        raise ValueError("not a message of this bus")
    items: list[tuple[str, Frame | None]] = []
    for item in data[1]:
        if isinstance(item, str):
            items.append((item, None))
        elif isinstance(item, list) and len(item) == 2 and isinstance(item[1], dict):
            items.append((str(item[0]), item[1]))
        else:
            raise ValueError("not a message of this bus")
    return str(data[0]), items


def _join(sender: str, written: list[str]) -> str:
    return f"[{json.dumps(sender)},[{','.join(written)}]]"


class PostgresWire:
    """LISTEN and NOTIFY on a connection of its own: a NOTIFY inside a message's transaction would
    make all commits queue behind one lock.
    """

    name = "postgresql"

    def __init__(self, url: str) -> None:
        self._url = url

    @contextlib.asynccontextmanager
    async def connect(self, receive: Receive) -> AsyncIterator[WireLink]:
        """Opens one connection that listens and notifies."""
        connection = await asyncpg.connect(self._url, timeout=5, command_timeout=5)
        link = _PostgresLink(connection)
        try:
            connection.add_termination_listener(lambda _connection: link.ended.set())
            await connection.add_listener(CHANNEL, lambda _c, _pid, _channel, text: receive(text))
            yield link
        finally:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=2)


class _PostgresLink:
    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.ended = asyncio.Event()

    async def send(self, text: str) -> None:
        await self._connection.execute("SELECT pg_notify($1, $2)", CHANNEL, text)

    async def broken(self) -> None:
        await self.ended.wait()


class RedisWire:
    """Publish and subscribe of Redis or Valkey."""

    name = "redis"

    def __init__(self, url: str) -> None:
        self._url = url

    @contextlib.asynccontextmanager
    async def connect(self, receive: Receive) -> AsyncIterator[WireLink]:
        """Opens a subscription and a client for sending."""
        client = redis_asyncio.from_url(
            self._url, decode_responses=True, socket_connect_timeout=5, health_check_interval=10
        )
        try:
            async with client.pubsub(ignore_subscribe_messages=True) as pubsub:
                await pubsub.subscribe(CHANNEL)
                yield _RedisLink(client.publish, pubsub, receive)
        finally:
            await client.aclose()


class _RedisLink:
    def __init__(
        self, publish: Callable[[str, str], Awaitable[Any]], pubsub: Any, receive: Receive
    ) -> None:
        self._publish = publish
        self._pubsub = pubsub
        self._receive = receive

    async def send(self, text: str) -> None:
        await self._publish(CHANNEL, text)

    async def broken(self) -> None:
        """Reads until the connection fails; the error ends the wait."""
        with contextlib.suppress(OSError, RedisError):
            async for message in self._pubsub.listen():
                self._receive(str(message["data"]))
