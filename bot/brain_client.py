"""The gateway's side of the turn contract: one call with a time limit, behind a circuit breaker.

A failure is always one of the `BrainError` leaves, so the dispatcher can tell "never started" from
"started and lost". Nothing here retries; tries are counted where they are stored, in the database.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx

from bot.breaker import Breaker
from bot.correlation import outgoing_headers
from bot.errors import (
    BrainError,
    BrainLost,
    BrainNonsense,
    BrainRefused,
    BrainTimeout,
    BrainUnreachable,
)

# A turn's answer is a few kilobytes; anything near this is a fault of the brain.
ANSWER_BYTES: Final = 2 * 1024 * 1024
HEALTH_LIMIT_S: Final = 2.0


class BrainClient:
    """Talks to one brain; `connect` again when it moves to another port."""

    def __init__(
        self, *, breaker: Breaker, connections: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._breaker = breaker
        self._fresh_breaker = breaker
        self._monotonic = monotonic
        self._connections = connections
        self._http: httpx.AsyncClient | None = None

    @property
    def breaker(self) -> Breaker:
        """The breaker's present state."""
        return self._breaker

    def forgive(self) -> None:
        """Closes the breaker: the brain was seen well after it had been away."""
        self._breaker = self._fresh_breaker

    async def connect(self, *, url: str, secret: str) -> None:
        """Points the client at a brain and forgets what the breaker held against the one before."""
        await self.close()
        self.forgive()
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {secret}"},
            limits=httpx.Limits(
                max_connections=self._connections, max_keepalive_connections=self._connections
            ),
            timeout=httpx.Timeout(HEALTH_LIMIT_S),
            trust_env=False,  # a proxy must never see turns
        )

    async def close(self) -> None:
        """Closes the connections."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def admits(self) -> bool:
        """Whether the breaker would let a call pass now; does not take the probe's place."""
        return self._breaker.admit(now=self._monotonic())[0]

    async def turn(
        self, request: Mapping[str, Any], *, limit_s: float, correlation_id: str | None = None
    ) -> Mapping[str, Any]:
        """Asks for one turn.

        Args:
            request: The body of `POST /turn`.
            limit_s: Time for everything, connecting and reading included.
            correlation_id: Of the visitor's request, for the brain's own log.

        Raises:
            BrainError: One leaf per way to fail; `BrainUnreachable` also when the breaker refuses.
        """
        admitted, self._breaker = self._breaker.admit(now=self._monotonic())
        if not admitted:
            raise BrainUnreachable("the circuit breaker is open")
        try:
            headers = outgoing_headers(correlation_id) if correlation_id else {}
            answer = await self._call(
                "POST", "/turn", body=request, limit_s=limit_s, headers=headers
            )
        except BrainUnreachable:
            # Refused at once and nothing begun: whoever watches the brain decides, not the breaker.
            self._breaker = self._breaker.abandoned()
            raise
        except BrainError:
            self._breaker = self._breaker.failed(now=self._monotonic())
            raise
        except BaseException:
            self._breaker = self._breaker.abandoned()
            raise
        self._breaker = self._breaker.succeeded()
        return answer

    async def language(self, request: Mapping[str, Any], *, limit_s: float) -> Mapping[str, Any]:
        """Asks for the language of a message that a person answers, past the breaker.

        Args:
            request: The body of `POST /language`.
            limit_s: Time for everything.

        Raises:
            BrainError: One leaf per way to fail.
        """
        return await self._call("POST", "/language", body=request, limit_s=limit_s)

    async def health(self) -> Mapping[str, Any]:
        """Asks how the brain is, past the breaker.

        Raises:
            BrainError: When it does not answer, or says that it is not well.
        """
        health = await self._call("GET", "/health", body=None, limit_s=HEALTH_LIMIT_S)
        if health.get("ok") is not True:
            raise BrainRefused(200, "not_well")
        return health

    async def _call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None,
        limit_s: float,
        headers: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        if self._http is None:
            raise BrainUnreachable("no brain is connected")
        try:
            async with asyncio.timeout(limit_s):
                response = await self._http.request(
                    method, path, json=body, timeout=limit_s, headers=headers
                )
        except (TimeoutError, httpx.TimeoutException) as error:
            raise BrainTimeout(f"no answer within {limit_s:.1f} s") from error
        except httpx.ConnectError as error:
            raise BrainUnreachable("nothing listens there") from error
        except httpx.HTTPError as error:
            raise BrainLost(type(error).__name__) from error
        if response.status_code != 200:
            raise BrainRefused(response.status_code, _code_of(response))
        if len(response.content) > ANSWER_BYTES:
            raise BrainNonsense(f"an answer of {len(response.content)} bytes")
        try:
            answer = response.json()
        except ValueError as error:
            raise BrainNonsense("the answer is not JSON") from error
        if not isinstance(answer, dict):
            raise BrainNonsense("the answer is not an object")
        return answer


def _code_of(response: httpx.Response) -> str:
    try:
        body = response.json()
    except ValueError:
        return "without a code"
    code = body.get("code") if isinstance(body, dict) else None
    return str(code)[:80] if code else "without a code"
