"""What every answer carries for safety, and which web origins may do what.

Written as plain ASGI so that streams pass through untouched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.api.errors import answer_error

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
        "require-trusted-types-for 'script'",
    )
)
_EVERYWHERE: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}
WIDGET_PATHS: Final = "/widget/"
API_PREFIX: Final = "/api/v1/"
# Other sites may call these and nothing else: everything for staff takes the console's cookie.
VISITOR_PREFIXES: Final = tuple(
    f"{API_PREFIX}{name}" for name in ("widget/", "sessions", "conversations/", "openapi.json")
)


class SecurityHeaders:
    """Adds the headers to every HTTP answer; widget files may be loaded from any site."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wraps one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        from_anywhere = scope["path"].startswith(WIDGET_PATHS)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _EVERYWHERE.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith(API_PREFIX):
                    # Tokens and conversations belong in no cache.
                    headers.setdefault("Cache-Control", "no-store")
                if self._https:
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
                if from_anywhere:
                    # Module scripts of another site are fetched with CORS; the files are public.
                    headers["Access-Control-Allow-Origin"] = "*"
                headers["Cross-Origin-Resource-Policy"] = (
                    "cross-origin" if from_anywhere else "same-origin"
                )
            await send(message)

        await self._app(scope, receive, send_with_headers)


class VisitorCors:
    """CORS for the visitor API and nothing else; agents use the console's own origin."""

    def __init__(self, app: ASGIApp, *, origins: Sequence[str]) -> None:
        self._plain = app
        self._cors = CORSMiddleware(
            app,
            allow_origins=list(origins),
            allow_methods=["GET", "POST"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "Last-Event-ID",
                "X-Request-ID",
                "traceparent",
            ],
            expose_headers=["Retry-After", "X-Request-ID"],
            max_age=3600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wraps one call."""
        path = scope.get("path", "")
        is_visitor_api = path.startswith(VISITOR_PREFIXES)
        app = self._cors if scope["type"] == "http" and is_visitor_api else self._plain
        await app(scope, receive, send)


class DeclaredSize:
    """Answers a body that says itself that it is too large, before a byte of it is read.

    One that hides its size is cut off by the framework's own limit while it is read.
    """

    def __init__(self, app: ASGIApp, *, limit_bytes: int) -> None:
        self._app = app
        self._limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wraps one call."""
        if scope["type"] == "http":
            declared = Headers(scope=scope).get("content-length", "")
            if declared.isdecimal() and int(declared[:18]) > self._limit_bytes:
                await answer_error(HTTPException(413))(scope, receive, send)
                return
        await self._app(scope, receive, send)


def may_connect(headers: Headers, *, origins: Iterable[str], public_url: str | None) -> bool:
    """Whether a WebSocket may be opened from the Origin that the browser states.

    No Origin means that no browser is asking. The same host always may; others if configured.
    """
    origin = headers.get("origin")
    if origin is None:
        return True
    if public_url is not None and origin == public_url:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False  # such as `http://[`
    if parts.scheme in {"http", "https"} and parts.netloc == headers.get("host"):
        return True
    return any(allowed in {"*", origin} for allowed in origins)
