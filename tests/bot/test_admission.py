"""Too much at once: bounded in memory, refused with a time to come back, and over by itself."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from limits import RateLimitItemPerSecond
from limits.strategies import MovingWindowRateLimiter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from bot.api.adaptive_limit import FEWEST, AdaptiveLimit
from bot.api.admission import Admission
from bot.api.rates import CalmStorage, RateLimits, SharedCounts, network_of
from bot.errors import LimitError
from bot.metrics import Metrics
from bot.settings import build_settings
from bot.wiring import _shared_counts
from tests.bot.house import House, MakeHouse, Visitor, free_socket, is_bot

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATIENT = {"RATE_SESSIONS": "10000/10s", "RATE_ADDRESS": "10000/10s"}


async def test_more_than_fits_is_told_to_come_back_and_then_taken(make_house: MakeHouse) -> None:
    async with make_house(REQUESTS_AT_ONCE="2") as house:
        first, second, third = [await house.open() for _ in range(3)]
        admission = find_admission(house)
        # A writer elsewhere holds the database up, as a slow disk does.
        async with house.assembly.gateway.database.write():
            waiting = [asyncio.create_task(v.send("hello")) for v in (first, second)]
            async with asyncio.timeout(10):
                while admission._in_hand < 2:  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
            refused = await third.send("hello", client_id="mine")
            health = await house.http.get("/healthz")
            poll = await house.http.get(f"{third.path}/events", headers=third.headers)
        taken = await asyncio.gather(*waiting)
        again = await third.send("hello", client_id="mine")
        await third.until(is_bot)

    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "overloaded"
    assert int(refused.headers["retry-after"]) >= 1
    assert (health.status_code, poll.status_code) == (200, 200)
    assert [answer.status_code for answer in taken] == [201, 201]
    assert again.status_code == 201
    assert admission._in_hand == 0


def find_admission(house: House) -> Admission:
    """Walks in through the layers of the application."""
    layer: Any = house.assembly.app
    while not isinstance(layer, Admission):
        layer = getattr(layer, "_plain", None) or layer._app
    return layer


async def test_a_refusal_can_be_read_by_the_page_of_another_site(make_house: MakeHouse) -> None:
    async with make_house(REQUESTS_AT_ONCE="1", ORIGINS="https://shop.example") as house:
        find_admission(house)._in_hand = 1
        refused = await house.http.post(
            "/api/v1/sessions", json={}, headers={"Origin": "https://shop.example"}
        )

    assert refused.status_code == 503
    assert refused.headers["access-control-allow-origin"] == "https://shop.example"
    assert "Retry-After" in refused.headers["access-control-expose-headers"]


async def test_more_streams_than_fit_are_told_to_come_back(make_house: MakeHouse) -> None:
    async with make_house(STREAMS_AT_ONCE="1") as house:
        first, second = await house.open(), await house.open()
        stream = f"{first.path}/stream"
        async with house.http.stream("GET", stream, headers=first.headers) as held:
            await anext(held.aiter_lines())
            refused = await house.http.get(f"{second.path}/events", headers=second.headers)
        async with asyncio.timeout(20):
            while len(house.assembly.gateway.rates._streams):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        taken = await house.http.get(f"{second.path}/events", headers=second.headers)

    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "overloaded"
    assert int(refused.headers["retry-after"]) >= 1
    assert taken.status_code == 200


async def test_a_burst_waits_in_the_database_and_ends_by_itself(make_house: MakeHouse) -> None:
    """Ten times what one slot keeps in hand; the brain stands still, then goes on."""
    async with make_house(TURNS_AT_ONCE="1", **PATIENT) as house:
        dispatcher = house.assembly.dispatcher
        visitors = [await house.open() for _ in range(80)]
        most = 0

        async def send(visitor: Visitor) -> int:
            nonlocal most
            status = (await visitor.send("wait")).status_code
            most = max(most, dispatcher.in_flight)
            return status

        # Fewer at once than a gateway takes.
        statuses = [
            status
            for some in (visitors[:40], visitors[40:])
            for status in await asyncio.gather(*map(send, some))
        ]
        await house.brain.asked.wait()
        most = max(most, dispatcher.in_flight)
        house.brain.release.set()
        answers = await asyncio.gather(*(v.until(is_bot, limit_s=60) for v in visitors))

    assert statuses == [201] * 80
    assert most <= 8
    assert [answer["text"] for answer in answers] == ["You said: wait"] * 80


async def asgi(body: list[Message | None], *, limit_s: float) -> tuple[int, int, bytes]:
    """Runs one call whose body arrives in these parts; None never comes."""
    never = asyncio.Event()
    parts = iter(body)
    sent: list[Message] = []

    async def receive() -> Message:
        part = next(parts)
        if part is None:
            await never.wait()
        return part  # type: ignore[return-value]

    async def send(message: Message) -> None:
        sent.append(message)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            content = await Request(scope, receive).body()
            status = 200
        except HTTPException as error:
            content, status = error.detail.encode(), error.status_code
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": content})
        if status == 200:
            assert (await receive())["type"] == "http.disconnect"

    admission = Admission(app, at_once=1, metrics=Metrics(), body_limit_s=limit_s)
    scope: Scope = {"type": "http", "path": "/api/v1/sessions", "headers": [], "method": "POST"}
    await admission(scope, receive, send)
    return sent[0]["status"], admission._in_hand, sent[1]["body"]


def part(content: bytes, *, more: bool) -> Message:
    return {"type": "http.request", "body": content, "more_body": more}


async def test_a_body_that_never_ends_gives_its_place_back() -> None:
    status, in_hand, _body = await asgi([part(b"a", more=True), None], limit_s=0.01)

    assert (status, in_hand) == (408, 0)


async def test_a_body_in_parts_is_read_and_waiting_afterwards_is_free() -> None:
    parts = [part(b"a", more=True), part(b"b", more=False), {"type": "http.disconnect"}]

    assert await asgi(list(parts), limit_s=30) == (200, 0, b"ab")


class Slowness:
    """An application that keeps every call until it is told to answer; some of them fit."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.n_begun = 0
        self.limit = AdaptiveLimit(FEWEST)
        self.admission = Admission(self._app, at_once=100, metrics=Metrics(), limit=self.limit)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.n_begun += 1
        if scope["method"] == "POST":
            await Request(scope, receive).body()
        await self.go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def call(self, *, method: str = "GET", has_body: bool = True) -> int:
        sent: list[Message] = []

        async def receive() -> Message:
            if not has_body:
                await asyncio.Event().wait()
            return part(b"{}", more=False)

        async def send(message: Message) -> None:
            sent.append(message)

        scope: Scope = {"type": "http", "path": "/api/v1/x", "headers": [], "method": method}
        await self.admission(scope, receive, send)
        return int(sent[0]["status"])

    async def begin(self, **more: Any) -> list[asyncio.Task[int]]:
        """Begins as many calls as fit, and waits until they are in hand."""
        begun = [asyncio.create_task(self.call(**more)) for _ in range(FEWEST)]
        while self.n_begun < FEWEST:  # noqa: ASYNC110
            await asyncio.sleep(0)
        return begun


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_more_than_are_answered_in_time_are_refused_at_once(method: str) -> None:
    slowness = Slowness()
    begun = await slowness.begin(method=method)

    refused = await slowness.call(method=method)
    slowness.go_on.set()
    taken = await asyncio.gather(*begun)

    assert refused == 503
    assert taken == [200] * FEWEST
    assert await slowness.call(method=method) == 200


async def test_bodies_that_come_slowly_make_nobody_else_wait() -> None:
    slowness = Slowness()
    begun = await slowness.begin(method="POST", has_body=False)
    slowness.go_on.set()

    assert await slowness.call() == 200

    for task in begun:
        task.cancel()
    await asyncio.gather(*begun, return_exceptions=True)
    assert (slowness.admission._in_hand, slowness.admission._arrived) == (0, 0)


async def test_slow_answers_lower_how_many_are_taken() -> None:
    slowness = Slowness()
    slowness.limit = slowness.admission._limit = AdaptiveLimit(14, slow_s=0.0)
    begun = await slowness.begin()
    await asyncio.sleep(0.001)
    slowness.go_on.set()
    await asyncio.gather(*begun)

    assert slowness.limit.value == 9


def _limit_after(*calls: tuple[float, float], most: int = 100, in_hand: int = 60) -> int:
    """The limit after calls that took so many seconds and were answered at these moments."""
    limit = AdaptiveLimit(most, slow_s=0.5)
    for took_s, now in calls:
        limit.note(took_s, in_hand=in_hand, now=now)
    return limit.value


async def test_the_limit_shrinks_once_for_calls_that_waited_together() -> None:
    together = [(2.0, 10.0), (1.9, 10.01), (2.1, 10.02)]

    assert _limit_after() == 64
    assert _limit_after(*together) == 44
    assert _limit_after(*together, (0.6, 11.0)) == 31
    assert _limit_after(*[(1.0, 10.0 * n) for n in range(30)]) == FEWEST


async def test_slow_calls_of_an_idle_desk_say_nothing() -> None:
    assert _limit_after(*[(2.0, 10.0 * n) for n in range(30)], in_hand=2) == 64


async def test_the_limit_grows_while_a_busy_desk_is_quick() -> None:
    assert _limit_after(*[(0.1, 1.0)] * 100) == 65
    assert _limit_after(*[(0.1, 1.0)] * 20_000) == 100
    assert _limit_after(*[(0.1, 1.0)] * 100, in_hand=10) == 64
    assert _limit_after(most=3) == 3
    assert _limit_after((9.0, 1.0), most=3) == 3


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unknown", "unknown"),
    ],
)
async def test_an_ipv6_customer_is_one_caller(address: str, network: str) -> None:
    assert network_of(address) == network


async def test_changing_within_ones_network_brings_no_more_sessions() -> None:
    settings = build_settings({"BABELDESK_RATE_SESSIONS": "2/60s"})
    told: list[str] = []
    rates = RateLimits(settings.rates, refused=told.append)
    await rates.check_session(address="2001:db8::1")
    await rates.check_session(address="2001:db8::2")

    with pytest.raises(LimitError) as refused:
        await rates.check_session(address="2001:db8::3")
    await rates.check_session(address="2001:db8:0:1::1")

    assert 1 <= refused.value.retry_after_s <= 60
    assert told == ["session"]


@pytest.mark.parametrize("wrong_s", [3600, -3600])
async def test_nobody_waits_longer_than_the_window_whatever_the_clocks_say(wrong_s: int) -> None:
    settings = build_settings({"BABELDESK_RATE_SESSIONS": "1/60s"})
    rates = RateLimits(settings.rates, wall=lambda: time.time() + wrong_s)
    await rates.check_session(address="203.0.113.7")

    with pytest.raises(LimitError) as refused:
        await rates.check_session(address="203.0.113.7")

    assert 1 <= refused.value.retry_after_s <= 60


async def test_addresses_that_come_once_leave_nothing_behind() -> None:
    """What a flood from many addresses costs is given back when its window is over."""
    settings = build_settings({"BABELDESK_RATE_SESSIONS": "5/1s", "BABELDESK_RATE_ADDRESS": "5/1s"})
    rates = RateLimits(settings.rates)
    closers = []
    for number in range(2000):
        address = f"10.0.{number // 250}.{number % 250}"
        closers.append(rates.open_stream(conversation_id=str(number), address=address))
    assert len(rates._streams) == 2000

    for close in closers:
        close()
        close()

    assert len(rates._streams) == 0
    assert not rates._streams._open


def test_counting_starts_no_threads_and_forgets_what_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    storage = CalmStorage()
    storage.timer.join()
    before = threading.active_count()
    limiter = MovingWindowRateLimiter(storage)
    one_a_second = RateLimitItemPerSecond(1, 1)
    now = time.time()
    monkeypatch.setattr("limits.storage.memory.time.time", lambda: now)
    assert limiter.hit(one_a_second, "visitor", "v1")
    assert not limiter.hit(one_a_second, "visitor", "v1")
    assert threading.active_count() <= before
    now += 2
    storage._forget_at = 0.0
    assert limiter.hit(one_a_second, "visitor", "v2")
    assert [key for key in storage.events if "v1" in key and storage.events[key]] == []


def redis_url() -> str:
    url = os.environ.get("BABELDESK_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
    parts = urlsplit(url)
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex((parts.hostname or "", parts.port or 6379)):
            pytest.skip(f"no Redis answers at {url}")
    return url


async def test_gateways_with_redis_between_them_count_together() -> None:
    url = redis_url()
    settings = build_settings({"BABELDESK_RATE_VISITOR": "3/60s"})
    visitor = f"visitor-{uuid.uuid4().hex}"
    gateways = [RateLimits(settings.rates, shared=SharedCounts(url)) for _ in range(2)]

    for number in range(3):
        await gateways[number % 2].check_message(visitor_id=visitor, address=visitor)
    with pytest.raises(LimitError) as refused:
        await gateways[1].check_message(visitor_id=visitor, address=visitor)
    await gateways[1].check_message(visitor_id=f"{visitor}-other", address=visitor)

    assert 1 <= refused.value.retry_after_s <= 60
    for gateway in gateways:
        await gateway.close()


async def test_without_redis_each_gateway_counts_for_itself_and_nobody_waits() -> None:
    settings = build_settings({"BABELDESK_RATE_SESSIONS": "2/60s"})
    now = [100.0]
    with free_socket() as taken:
        port = taken.getsockname()[1]
    counts = SharedCounts(f"redis://127.0.0.1:{port}/0", monotonic=lambda: now[0], pause_s=5)
    rates = RateLimits(settings.rates, shared=counts)

    await rates.check_session(address="203.0.113.7")
    assert counts._away_until == 105.0
    now[0] = 104.0
    await rates.check_session(address="203.0.113.7")
    assert counts._away_until == 105.0  # Redis was not asked again so soon
    now[0] = 106.0
    await rates.check_session(address="203.0.113.8")
    assert counts._away_until == 111.0
    with pytest.raises(LimitError):
        await rates.check_session(address="203.0.113.7")

    await rates.close()


async def test_a_redis_that_says_nothing_is_not_waited_for() -> None:
    settings = build_settings({})
    with free_socket() as silent:
        silent.listen()
        counts = SharedCounts(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        rates = RateLimits(settings.rates, shared=counts)

        await rates.check_session(address="203.0.113.7")

        assert counts._away_until > 0
        await rates.close()


async def test_the_bus_decides_where_gateways_count() -> None:
    assert _shared_counts(None) is None
    assert _shared_counts("postgresql+asyncpg://u@h/x") is None
    for url in ("redis://h/0", "rediss://u:p@h:6380/1", "redis://h", "unix:///run/redis.sock"):
        shared = _shared_counts(url)
        assert shared is not None
        await shared.close()
