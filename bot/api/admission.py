"""Keeps the process within what it can hold: work in hand is bounded, the rest is told to wait.

A request over the bound is answered with 503 and Retry-After before a byte of it is read; clients
keep the text and send it again. There are two bounds: a number for all requests, and one that
follows from how quickly they are answered (`bot.api.adaptive_limit`), for those that have arrived
whole: who sends slowly makes nobody else wait. Streams have bounds of their own (`bot.api.rates`),
and pages and health are always answered.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.api.adaptive_limit import AdaptiveLimit
from bot.api.errors import answer_error
from bot.api.security import API_PREFIX
from bot.errors import Overloaded
from bot.metrics import UNKNOWN_ROUTE, Metrics

# A body is a few kilobytes; whoever takes longer holds a place that others need.
BODY_LIMIT_S: Final = 10.0
RETRY_AFTER_S: Final = 2
# These wait by design and are counted as streams.
_WAITING: Final = ("/events", "/stream", "/ws")


class Admission:
    """Bounds the API calls in hand at the same time, and how long a body may take to arrive."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        at_once: int,
        metrics: Metrics,
        body_limit_s: float = BODY_LIMIT_S,
        limit: AdaptiveLimit | None = None,
    ) -> None:
        """Wraps an application.

        Args:
            app: What is wrapped.
            at_once: Requests in hand, those that are still being read included.
            metrics: Counts what is refused.
            body_limit_s: How long a body may take to arrive.
            limit: Requests in hand that have arrived; learns of each.
        """
        self._app = app
        self._at_once = at_once
        self._metrics = metrics
        self._body_limit_s = body_limit_s
        self._limit = limit or AdaptiveLimit(at_once)
        self._in_hand = 0
        self._arrived = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wraps one call."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(API_PREFIX) or path.endswith(_WAITING):
            await self._app(scope, receive, send)
            return
        if self._in_hand >= self._at_once or self._arrived >= self._limit.value:
            self._metrics.count_shed()
            await answer_error(Overloaded(retry_after_s=RETRY_AFTER_S))(scope, receive, send)
            return
        self._in_hand += 1
        arrived: list[float] = []

        def note_arrival() -> None:
            if not arrived:
                arrived.append(time.monotonic())
                self._arrived += 1

        if scope["method"] == "GET":
            note_arrival()
        try:
            await self._app(scope, self._in_time(receive, note_arrival), send)
        finally:
            self._in_hand -= 1
            if arrived:
                now = time.monotonic()
                self._limit.note(now - arrived[0], in_hand=self._arrived, now=now)
                self._arrived -= 1

    def _in_time(self, receive: Receive, note_arrival: Callable[[], None]) -> Receive:
        deadline = time.monotonic() + self._body_limit_s
        reading = [True]

        async def receive_in_time() -> Message:
            if not reading:
                return await receive()
            try:
                async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "The body took too long to arrive.") from None
            if message["type"] != "http.request" or not message.get("more_body", False):
                reading.clear()
                note_arrival()
            return message

        return receive_in_time


class MeteredRequests:
    """Times every request by its route's template; streams last as long as their reader likes."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wraps one call."""
        if scope["type"] != "http" or scope["path"].endswith(_WAITING):
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = [500]

        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start":
                status[0] = message["status"]
            await send(message)

        try:
            with self._metrics.active_request():
                await self._app(scope, receive, send_and_note)
        finally:
            self._metrics.observe_request(
                method=scope["method"],
                route=getattr(scope.get("route"), "path", UNKNOWN_ROUTE),
                status=status[0],
                seconds=time.perf_counter() - began,
            )
