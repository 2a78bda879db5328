"""Limits per visitor and per address: calls in a moving window, and open streams.

Counted in this process, and with Redis between gateways also for all of them together. While Redis
is away each gateway counts for itself: a limit is then looser, and nobody is refused for nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections import Counter
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Any, Final, NoReturn

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from bot.errors import LimitError, Overloaded
from bot.settings import Rate, RateSettings

log = structlog.get_logger("bot.rates")

# Typing and watching need a few frames per minute; this only stops floods.
_FRAMES: Final = RateLimitItemPerSecond(100, 10)
# A message waits no longer than this for a count; the gateway's own stands in.
SHARED_LIMIT_S: Final = 0.25
SHARED_PAUSE_S: Final = 5.0
# A stream ends when its page does: nobody knows when, so ask again soon, but not at once.
STREAM_RETRY_S: Final = 5
FORGET_EVERY_S: Final = 5.0


class CalmStorage(MemoryStorage):
    """Counts in memory, and forgets what is over every few seconds.

    The library starts a thread for that 10 ms after nearly every call, which goes through all keys
    of all visitors.
    """

    def __init__(self) -> None:
        self._forget_at = time.monotonic() + FORGET_EVERY_S
        super().__init__()
        self.timer.cancel()

    # By its private name: the library offers no other way to say when.
    def _MemoryStorage__schedule_expiry(self) -> None:
        if time.monotonic() >= self._forget_at:
            self._forget_at = time.monotonic() + FORGET_EVERY_S
            self._MemoryStorage__expire_events()  # type: ignore[attr-defined]


class RateLimits:
    """Checks and counts calls; raises when one is too many."""

    def __init__(
        self,
        settings: RateSettings,
        *,
        wall: Callable[[], float] = time.time,
        refused: Callable[[str], None] = lambda _limit: None,
        shared: SharedCounts | None = None,
    ) -> None:
        self._limiter = MovingWindowRateLimiter(CalmStorage())
        self._wall = wall
        self._refused = refused
        self._shared = shared
        self._visitor = _item(settings.messages_per_visitor)
        self._address = _item(settings.messages_per_address)
        self._sessions = _item(settings.sessions_per_address)
        self._logins = _item(settings.logins_per_address)
        self._reads = _item(settings.reads_per_visitor)
        self._tokens = _item(settings.calls_per_token)
        self._streams = OpenStreams(
            per_visitor=settings.streams_per_visitor,
            per_address=settings.streams_per_address,
            at_once=settings.streams_at_once,
        )

    async def check_message(self, *, visitor_id: str, address: str) -> None:
        """Counts one message or other write of a visitor.

        Raises:
            LimitError: With the seconds to wait.
        """
        await self._check_everywhere(self._visitor, "visitor", visitor_id)
        await self._check_everywhere(self._address, "address", network_of(address))

    async def check_read(self, *, conversation_id: str) -> None:
        """Counts one reading of a visitor's session.

        Raises:
            LimitError: With the seconds to wait.
        """
        await self._check_everywhere(self._reads, "read", conversation_id)

    async def check_token(self, *, caller: str) -> None:
        """Counts one call with an API token.

        Raises:
            LimitError: With the seconds to wait.
        """
        await self._check_everywhere(self._tokens, "token", caller)

    def open_stream(self, *, conversation_id: str, address: str) -> Callable[[], None]:
        """Counts a WebSocket, event stream or long poll until the given function is called.

        Raises:
            LimitError: With the seconds to wait.
            Overloaded: The process holds as many as it can.
        """
        try:
            return self._streams.open(conversation_id=conversation_id, address=network_of(address))
        except (LimitError, Overloaded):
            self._refused("stream")
            raise

    async def check_session(self, *, address: str) -> None:
        """Counts one opened session.

        Raises:
            LimitError: With the seconds to wait.
        """
        await self._check_everywhere(self._sessions, "session", network_of(address))

    def check_frame(self, *, connection_id: str) -> None:
        """Counts one frame that a client sent over its socket.

        Raises:
            LimitError: With the seconds to wait.
        """
        self._check(_FRAMES, "frame", connection_id)

    async def check_login(self, *, address: str) -> None:
        """Counts one attempt to log in or to use a one-time link.

        Raises:
            LimitError: With the seconds to wait.
        """
        await self._check_everywhere(self._logins, "login", network_of(address))

    async def close(self) -> None:
        """Closes the connections to other gateways' counts."""
        if self._shared is not None:
            await self._shared.close()

    async def _check_everywhere(self, item: RateLimitItem, kind: str, key: str) -> None:
        # Here first: what is too much for one gateway is too much for all.
        self._check(item, kind, key)
        if self._shared is None:
            return
        reset_at = await self._shared.hit(item, kind, key)
        if reset_at is not None:
            self._refuse(item, kind, reset_at)

    def _check(self, item: RateLimitItem, kind: str, key: str) -> None:
        if self._limiter.hit(item, kind, key):
            return
        self._refuse(item, kind, self._limiter.get_window_stats(item, kind, key).reset_time)

    def _refuse(self, item: RateLimitItem, kind: str, reset_at: float) -> NoReturn:
        self._refused(kind)
        # The moment may come from a gateway with another clock; no window is longer than itself.
        left_s = min(math.ceil(reset_at - self._wall()), item.get_expiry())
        raise LimitError(retry_after_s=max(1, left_s))


class SharedCounts:
    """Counts in Redis or Valkey, for all gateways together."""

    def __init__(
        self,
        url: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        pause_s: float = SHARED_PAUSE_S,
    ) -> None:
        """Connects at first use.

        Args:
            url: `redis://`, `rediss://` or `unix://`.
            monotonic: A clock that never runs backwards.
            pause_s: After a failure nobody waits for Redis for so long.
        """
        # Here, because most installations have one gateway and no Redis.
        from limits.aio.storage import RedisStorage
        from limits.aio.strategies import MovingWindowRateLimiter as AsyncLimiter
        from redis import asyncio as redis_asyncio
        from redis.exceptions import RedisError

        # A pool of our own: the library does not understand addresses without a port.
        self._pool = redis_asyncio.ConnectionPool.from_url(
            url, socket_timeout=SHARED_LIMIT_S, socket_connect_timeout=SHARED_LIMIT_S
        )
        # Passed on to redis-py; the library's own annotation knows plain values only.
        options: dict[str, Any] = {"connection_pool": self._pool}
        storage = RedisStorage(
            "async+redis://",
            implementation="redispy",
            key_prefix="babeldesk:limits",
            **options,
        )
        self._limiter = AsyncLimiter(storage)
        self._away = (OSError, RedisError)
        self._monotonic = monotonic
        self._pause_s = pause_s
        self._away_until = -math.inf

    async def hit(self, item: RateLimitItem, kind: str, key: str) -> float | None:
        """Counts one call; gives the moment to come back if it is one too many."""
        if self._monotonic() < self._away_until:
            return None
        # A key may be an address: Redis need not know whose.
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        try:
            async with asyncio.timeout(SHARED_LIMIT_S):
                if await self._limiter.hit(item, kind, name):
                    return None
                return (await self._limiter.get_window_stats(item, kind, name)).reset_time
        except self._away as error:
            self._away_until = self._monotonic() + self._pause_s
            log.warning("limits_counted_alone", error=type(error).__name__, for_s=self._pause_s)
            return None

    async def close(self) -> None:
        """Closes the connections."""
        await self._pool.aclose()


class OpenStreams:
    """How many streams each visitor's session and each address holds now."""

    def __init__(self, *, per_visitor: int, per_address: int, at_once: int) -> None:
        self._per_visitor = per_visitor
        self._per_address = per_address
        self._at_once = at_once
        self._n_open = 0
        self._open: Counter[tuple[str, str]] = Counter()

    def open(self, *, conversation_id: str, address: str) -> Callable[[], None]:
        """Takes a place; the given function gives it back, once however often it is called.

        Raises:
            LimitError: If the visitor or her address has none left.
            Overloaded: If nobody has.
        """
        if self._n_open >= self._at_once:
            raise Overloaded(retry_after_s=STREAM_RETRY_S)
        visitor, network = ("visitor", conversation_id), ("address", address)
        if self._open[visitor] >= self._per_visitor or self._open[network] >= self._per_address:
            self._drop_empty(visitor, network)
            raise LimitError(retry_after_s=STREAM_RETRY_S)
        self._open.update((visitor, network))
        self._n_open += 1
        held = [True]

        def close() -> None:
            if held:
                held.clear()
                self._open.subtract((visitor, network))
                self._n_open -= 1
                self._drop_empty(visitor, network)

        return close

    def __len__(self) -> int:
        return self._n_open

    def _drop_empty(self, *keys: tuple[str, str]) -> None:
        for key in keys:
            if not self._open[key]:
                del self._open[key]


def network_of(address: str) -> str:
    """Whose address it is: an IPv6 customer has a whole /64 and may change within it at will."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"


def _item(rate: Rate) -> RateLimitItem:
    return RateLimitItemPerSecond(rate.count, rate.seconds)
