"""Several brains behind one gateway: each turn goes to the one with the least to do.

Every brain has its own breaker and its own probe, so a dead or wrong one is left out while the
others serve. A brain keeps nothing between turns; any of them can take any conversation.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bot.brain_client import BrainClient
from bot.breaker import Breaker, Phase
from bot.dispatch_rules import BrainCondition
from bot.errors import BrainError, BrainUnreachable
from bot.readiness import ProbedBrain

# From best to worst for whoever asks about all of them.
_PHASES = (Phase.CLOSED, Phase.HALF_OPEN, Phase.OPEN)


@dataclass(eq=False)
class Member:
    """One brain."""

    client: BrainClient
    probe: ProbedBrain
    in_flight: int = 0

    @property
    def is_ready(self) -> bool:
        """Whether its last probe succeeded and its breaker would let a call pass."""
        return self.probe.condition() is BrainCondition.READY and self.client.admits()


class BrainPool:
    """Several brains that look like one, to the dispatcher and to the health page."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = tuple(members)

    @property
    def breaker(self) -> Breaker:
        """The breaker of the brain that is best off."""
        breakers = [member.client.breaker for member in self._members]
        return min(breakers, key=lambda breaker: _PHASES.index(breaker.phase))

    def admits(self) -> bool:
        """Whether any breaker would let a call pass."""
        return any(member.client.admits() for member in self._members)

    async def turn(
        self, request: Mapping[str, Any], *, limit_s: float, correlation_id: str | None = None
    ) -> Mapping[str, Any]:
        """Asks one brain for a turn; another one only if the first was never reached.

        Raises:
            BrainError: As `BrainClient.turn`.
        """
        return await self._ask(
            lambda client: client.turn(request, limit_s=limit_s, correlation_id=correlation_id)
        )

    async def language(self, request: Mapping[str, Any], *, limit_s: float) -> Mapping[str, Any]:
        """Asks one brain for a message's language; see `turn`."""
        return await self._ask(lambda client: client.language(request, limit_s=limit_s))

    async def close(self) -> None:
        """Closes all connections."""
        await asyncio.gather(*(member.client.close() for member in self._members))

    def forgive(self) -> None:
        """Closes all breakers."""
        for member in self._members:
            member.client.forgive()

    def condition(self) -> BrainCondition:
        """READY while any brain is."""
        is_ready = any(m.probe.condition() is BrainCondition.READY for m in self._members)
        return BrainCondition.READY if is_ready else BrainCondition.COMING

    def suspect(self, error: BrainError) -> None:
        """Nothing to do: the brain that failed was suspected when it failed."""

    def report(self) -> dict[str, Any]:
        """Numbers for the health page: the pool's condition and every brain's own."""
        brains = [
            {**member.probe.report(), "in_flight": member.in_flight} for member in self._members
        ]
        first = next((one for one in brains if one["condition"] == "ready"), brains[0])
        return {
            "condition": self.condition().value,
            "model_id": first["model_id"],
            "index_id": first["index_id"],
            "rss_bytes": sum(one["rss_bytes"] or 0 for one in brains) or None,
            "brains": brains,
        }

    async def run(self) -> None:
        """Probes all brains until cancelled."""
        await asyncio.gather(*(member.probe.run() for member in self._members))

    async def _ask(self, call: Callable[[BrainClient], Any]) -> Mapping[str, Any]:
        left = list(self._members)
        while True:
            member = _choose(left)
            left.remove(member)
            try:
                async with _counted(member):
                    answer: Mapping[str, Any] = await call(member.client)
                    return answer
            except BrainUnreachable as error:
                # Nothing was begun there, so that asking another one cannot do anything twice.
                member.probe.suspect(error)
                if not left:
                    raise
            except BrainError as error:
                member.probe.suspect(error)
                raise


def make_pool(
    urls: Sequence[str],
    *,
    secret: str,
    new_client: Callable[[], BrainClient],
    on_change: Callable[[], None],
) -> BrainPool:
    """Gives a pool of brains at fixed addresses that share a secret."""
    members = []
    for url in urls:
        client = new_client()
        probe = ProbedBrain(client, url=url, secret=secret, on_change=on_change)
        members.append(Member(client=client, probe=probe))
    return BrainPool(members)


def _choose(members: Sequence[Member]) -> Member:
    """Gives a ready brain with the least to do; without a ready one, the least busy of all."""
    return min(members, key=lambda member: (not member.is_ready, member.in_flight))


@asynccontextmanager
async def _counted(member: Member) -> AsyncIterator[None]:
    member.in_flight += 1
    try:
        yield
    finally:
        member.in_flight -= 1
