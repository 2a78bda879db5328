"""Watches a brain that somebody else runs (`babeldesk gateway`) by probing its health.

The supervisor does the same for a brain of its own, where it also sees the process itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog

from bot.brain_client import BrainClient
from bot.dispatch_rules import BrainCondition
from bot.errors import BrainError, BrainLost, BrainUnreachable

log = structlog.get_logger("bot.readiness")

PROBE_S: Final = 1.0
CALM_PROBE_S: Final = 10.0


class ProbedBrain:
    """Readiness of a brain at a fixed address, by asking `GET /health`."""

    def __init__(
        self,
        client: BrainClient,
        *,
        url: str,
        secret: str,
        on_change: Callable[[], None] = lambda: None,
        probe_s: float = PROBE_S,
    ) -> None:
        self._client = client
        self._url = url
        self._secret = secret
        self._on_change = on_change
        self._probe_s = probe_s
        self._condition = BrainCondition.COMING
        self._look = asyncio.Event()
        self._health: Mapping[str, Any] = {}

    def condition(self) -> BrainCondition:
        """READY while probes succeed, COMING otherwise: nobody knows that it never comes."""
        return self._condition

    def suspect(self, error: BrainError) -> None:
        """Probes now; after a broken connection the brain is away until a probe succeeds."""
        if isinstance(error, (BrainUnreachable, BrainLost)):
            self._condition = BrainCondition.COMING
        self._look.set()

    def report(self) -> dict[str, Any]:
        """Numbers for `/readyz`."""
        health = self._health if self._condition is BrainCondition.READY else {}
        return {
            "condition": self._condition.value,
            "model_id": health.get("model_id"),
            "index_id": health.get("index_id"),
            "rss_bytes": health.get("rss_bytes"),
        }

    async def run(self) -> None:
        """Probes until cancelled: often while the brain is away, seldom while it is well."""
        await self._client.connect(url=self._url, secret=self._secret)
        while True:
            self._look.clear()
            await self._probe()
            pause = CALM_PROBE_S if self._condition is BrainCondition.READY else self._probe_s
            try:
                async with asyncio.timeout(pause):
                    await self._look.wait()
            except TimeoutError:
                continue

    async def _probe(self) -> None:
        try:
            self._health = await self._client.health()
        except BrainError as error:
            found = BrainCondition.COMING
            detail = error.detail
        else:
            found = BrainCondition.READY
            detail = ""
        if found is not self._condition:
            self._condition = found
            log.info("brain_condition", condition=found.value, detail=detail)
            if found is BrainCondition.READY:
                self._client.forgive()
            self._on_change()
