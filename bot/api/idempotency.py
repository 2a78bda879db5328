"""Calls with an `Idempotency-Key`: done once, answered alike however often they are sent.

For every POST of staff, whatever route takes it. The key belongs to its caller. What is guaranteed:

- The key is marked in the transaction of the effect, so an effect never happens twice: not for
  repeats at the same time, and not after the process was killed at any point.
- The answer is stored before it is sent, for 24 hours. When the process ends between effect and
  answer, repeats get 409 `idempotency_answer_gone`: it is done, read the result.
- A route with several transactions marks the first of them; where a later one fails, what is
  done stays done and the key is used up.
- An answer that holds a secret is not stored: see `shown_once`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.api.errors import answer_error
from bot.api.security import API_PREFIX, VISITOR_PREFIXES
from bot.api.staff import StaffDoor
from bot.errors import AccessError
from bot.gateway import Gateway
from handoff.errors import HandoffError, StoreUnavailable
from handoff.store.engine import rider
from handoff.tokens.claims import StoredAnswer
from handoff.tokens.idempotency import Claim, IdempotencyKeys

log = structlog.get_logger("bot.api")

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
_SECRET: Final = "answer_is_shown_once"
_KEPT_HEADERS: Final = frozenset({"content-type", "etag", "link", "location", "cache-control"})


def shown_once(request: HTTPConnection) -> None:
    """Says that the answer of this request holds a secret and must be stored nowhere."""
    request.scope["state"][_SECRET] = True


class Idempotency:
    """Sees to the keys of all POSTs of staff."""

    def __init__(self, app: ASGIApp, gateway: Gateway, *, limit_bytes: int) -> None:
        self._app = app
        self._door = StaffDoor(gateway)
        self._keys = IdempotencyKeys(gateway.database)
        self._limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wraps one call."""
        key = _key_of(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        try:
            staff = await self._door.identify(HTTPConnection(scope))
        except (AccessError, StoreUnavailable):
            await self._app(scope, receive, send)  # the route says it better
            return
        try:
            body = await self._read(receive)
            claimed = await self._keys.claim(
                caller=staff.caller, key=key, fingerprint=_fingerprint(scope, body)
            )
        except (HandoffError, HTTPException) as error:
            await answer_error(error)(scope, receive, send)
            return
        if isinstance(claimed, StoredAnswer):
            await _replayed(claimed)(scope, receive, send)
            return
        await self._do(claimed, scope, _given(body, receive), send)

    async def _do(self, claim: Claim, scope: Scope, receive: Receive, send: Send) -> None:
        caught = _Caught()
        riding = rider.set(claim.ride)
        try:
            await self._app(scope, receive, caught.send)
        finally:
            rider.reset(riding)
            await self._settle(claim, caught, keep_body=not scope["state"].get(_SECRET))
        for message in caught.messages:
            await send(message)

    async def _settle(self, claim: Claim, caught: _Caught, *, keep_body: bool) -> None:
        try:
            await self._keys.settle(claim, caught.answer(), keep_body=keep_body)
        except StoreUnavailable as error:
            # The call itself is done; its repeats wait for the lease and hear that it is.
            log.warning("idempotency_answer_not_kept", reason=error.reason)

    async def _read(self, receive: Receive) -> bytes:
        parts, n_bytes = [], 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise HTTPException(400)  # the caller has gone
            parts.append(message.get("body", b""))
            n_bytes += len(parts[-1])
            if n_bytes > self._limit_bytes:
                raise HTTPException(413)
            if not message.get("more_body", False):
                return b"".join(parts)


@dataclass
class _Caught:
    """An answer on its way out, held until it is stored."""

    messages: list[Message] = field(default_factory=list)

    async def send(self, message: Message) -> None:
        self.messages.append(message)

    def answer(self) -> StoredAnswer:
        """The answer; a failure when there is none because the route broke."""
        if not self.messages:
            return StoredAnswer(status=500, headers={}, body="")
        headers = Headers(raw=self.messages[0]["headers"])
        body = b"".join(message.get("body", b"") for message in self.messages[1:])
        return StoredAnswer(
            status=self.messages[0]["status"],
            headers={name: text for name, text in headers.items() if name in _KEPT_HEADERS},
            body=body.decode("utf-8"),
        )


def _key_of(scope: Scope) -> str | None:
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    path = scope["path"]
    if not path.startswith(API_PREFIX) or path.startswith(VISITOR_PREFIXES):
        return None
    return Headers(scope=scope).get(HEADER.lower())


def _fingerprint(scope: Scope, body: bytes) -> str:
    whole = hashlib.sha256(f"{scope['method']} {scope['path']}?".encode())
    whole.update(scope["query_string"] + b"\n" + body)
    return whole.hexdigest()


def _given(body: bytes, receive: Receive) -> Receive:
    """The body once more, then what the client does next."""
    parts = [body]

    async def receive_again() -> Message:
        if parts:
            return {"type": "http.request", "body": parts.pop(), "more_body": False}
        return await receive()

    return receive_again


def _replayed(answer: StoredAnswer) -> Response:
    headers: Mapping[str, str] = {**answer.headers, REPLAYED: "true"}
    return Response(answer.body, status_code=answer.status, headers=headers)
