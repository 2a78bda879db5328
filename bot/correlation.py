"""One id from a visitor's request through turn, brain, ticket and every log line about it.

A caller's W3C `traceparent` or `X-Request-ID` is taken over when it is well formed, so that a
site's own traces go on here; otherwise a trace id is made. It names a request and nothing else.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER: Final = "X-Request-ID"
TRACE_HEADER: Final = "traceparent"
KEY: Final = "correlation_id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")


def new_correlation_id() -> str:
    """A fresh trace id: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def correlation_of(headers: Mapping[str, str]) -> str:
    """The caller's id, or a new one where it gives none that is well formed.

    Args:
        headers: With lower-case names.
    """
    trace = _TRACEPARENT.fullmatch(headers.get(TRACE_HEADER, "").strip())
    if trace is not None and set(trace[1]) != {"0"} and set(trace[2]) != {"0"}:
        return trace[1]
    given = headers.get(HEADER.lower(), "").strip()
    return given if _REQUEST_ID.fullmatch(given) else new_correlation_id()


def outgoing_headers(correlation_id: str) -> dict[str, str]:
    """What a call to another process carries: our span within the caller's trace."""
    headers = {HEADER: correlation_id}
    if _TRACE_ID.fullmatch(correlation_id):
        headers[TRACE_HEADER] = f"00-{correlation_id}-{secrets.token_hex(8)}-01"
    return headers


class Correlation:
    """Gives each request its id, puts it on every log line within and on the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wraps one call."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        correlation_id = correlation_of(Headers(scope=scope))
        scope.setdefault("state", {})[KEY] = correlation_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = correlation_id
            await send(message)

        with structlog.contextvars.bound_contextvars(correlation_id=correlation_id):
            await self._app(scope, receive, send_with_id)
