"""What is done to a fleet, and when: drawn before the storm from its seed, then carried out."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tests.faults.fleet import Fleet, Member

# Shares of all blows.
PAUSES: Final = 0.35
AT_ITS_START: Final = 0.1


class Means(StrEnum):
    """What a blow does."""

    KILL = "SIGKILL"
    PAUSE = "SIGSTOP"
    DATABASE = "database kill"
    BUS = "bus outage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """One fault.

    Attributes:
        target: The name of a member.
        lasts_s: For pauses and outages.
        even_when_starting: Hits a process that has not come up yet; most blows leave it alone, or
            on a slow machine nothing would ever come up.
    """

    at_s: float
    means: Means
    target: str = ""
    lasts_s: float = 0.0
    even_when_starting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How a storm is drawn.

    Attributes:
        mean_gap_s: Between two blows.
        pause_s: How long a stopped process sleeps, drawn from a span.
        database_kills: How many, spread over the storm; only where the database is a server.
        bus_outages: How many.
        outage_s: How long the bus or the database stays away, drawn from a span.
    """

    lasts_s: float
    mean_gap_s: float
    pause_s: tuple[float, float]
    database_kills: int = 0
    bus_outages: int = 0
    outage_s: tuple[float, float] = (0.5, 4.0)


def plan_blows(chance: random.Random, weather: Weather, targets: Sequence[str]) -> tuple[Blow, ...]:
    """Draws the blows of a storm, in the order of time. Pure."""
    blows = []
    at_s = chance.expovariate(1 / weather.mean_gap_s)
    while at_s < weather.lasts_s:
        is_pause = chance.random() < PAUSES
        blows.append(
            Blow(
                at_s=at_s,
                means=Means.PAUSE if is_pause else Means.KILL,
                target=chance.choice(targets),
                lasts_s=chance.uniform(*weather.pause_s) if is_pause else 0.0,
                even_when_starting=chance.random() < AT_ITS_START,
            )
        )
        at_s += chance.expovariate(1 / weather.mean_gap_s)
    for means, n_times in (
        (Means.DATABASE, weather.database_kills),
        (Means.BUS, weather.bus_outages),
    ):
        for n in range(n_times):
            # One in each equal part of the storm, so that two never fall together.
            part_s = weather.lasts_s / n_times
            lasts_s = chance.uniform(*weather.outage_s)
            begins_s = n * part_s + chance.uniform(0, max(0.0, part_s - lasts_s))
            blows.append(Blow(at_s=begins_s, means=means, lasts_s=lasts_s))
    return tuple(sorted(blows, key=lambda blow: blow.at_s))


class Chaos:
    """Carries blows out and counts what really happened."""

    def __init__(self, fleet: Fleet, *, after_pause: Callable[[Member], Awaitable[None]]) -> None:
        """Does nothing yet.

        Args:
            fleet: Whom it hits.
            after_pause: Called just before a stopped process wakes up.
        """
        self.done: Counter[Means] = Counter()
        self._fleet = fleet
        self._after_pause = after_pause
        self._paused: set[str] = set()

    async def run(self, blows: Sequence[Blow], *, began: float) -> None:
        """Carries out all blows, each at its moment; pauses and outages overlap with others."""
        async with asyncio.TaskGroup() as group:
            for blow in blows:
                await asyncio.sleep(max(0.0, began + blow.at_s - time.monotonic()))
                group.create_task(self._strike(blow))

    async def _strike(self, blow: Blow) -> None:
        match blow.means:
            case Means.KILL | Means.PAUSE:
                await self._hit(self._member(blow.target), blow)
            case Means.DATABASE if self._fleet.postgres is not None:
                await asyncio.to_thread(self._fleet.postgres.crash)
                self.done[blow.means] += 1
                await asyncio.sleep(blow.lasts_s)
                await asyncio.to_thread(self._fleet.postgres.start)
            case Means.BUS if self._fleet.redis is not None:
                await asyncio.to_thread(self._fleet.redis.crash)
                self.done[blow.means] += 1
                await asyncio.sleep(blow.lasts_s)
                await asyncio.to_thread(self._fleet.redis.start)

    async def _hit(self, member: Member, blow: Blow) -> None:
        if member.name in self._paused or not (member.is_up or blow.even_when_starting):
            return
        if blow.means is Means.KILL:
            member.signal(signal.SIGKILL)
            self.done[blow.means] += 1
            return
        process = member.process
        self._paused.add(member.name)
        member.signal(signal.SIGSTOP)
        self.done[blow.means] += 1
        try:
            await asyncio.sleep(blow.lasts_s)
            await self._after_pause(member)
        finally:
            self._paused.discard(member.name)
            if process is not None and process is member.process:
                member.signal(signal.SIGCONT)

    def _member(self, name: str) -> Member:
        return next(member for member in self._fleet.members if member.name == name)
