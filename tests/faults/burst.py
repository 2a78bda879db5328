"""Ten times the usual load: answers, memory and the way back to quiet.

Visitors come as an open model from addresses of their own, through a trusted proxy, so that the
limits per visitor and address are those of a fresh installation. Each opens a session, writes, and
waits for the answer; who is refused comes back when told to.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tests.faults.crowd import Visitor
from tests.faults.promises import Promise
from tests.faults.report import Options, Row
from tests.faults.stage import Scale, Stage, rows_of, staged
from tests.handoff.webhooks.receiver import status

FACTOR: Final = 10
# Figures of the promise: memory at most half as much again, quiet within a minute.
MEMORY_RATIO: Final = 1.5
QUIET_WITHIN_S: Final = 60.0
SAMPLE_S: Final = 0.5
FAULTS: Final = f"{FACTOR} times the load"
MESSAGES: Final = 2
# As a fresh installation has them; the harness lifts them elsewhere.
LIMITS: Final = {
    "BABELDESK_RATE_VISITOR": "20/10s",
    "BABELDESK_RATE_ADDRESS": "200/10s",
    "BABELDESK_RATE_SESSIONS": "120/60s",
    "BABELDESK_RATE_READS": "60/10s",
    "BABELDESK_STREAMS_ADDRESS": "200",
    "BABELDESK_TRUSTED_PROXIES": "127.0.0.1",
    "BABELDESK_TURN_TIMEOUT_S": "8",
    "BABELDESK_ANSWER_WITHIN_S": "25",
}
SCALE: Final = Scale(visitors=0, messages=0, agents=0, gateways=1, brains=1, workers=0, lasts_s=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How many visitors come in a second at usual times, and for how long of each."""

    visitors_a_second: float
    usual_s: float
    burst_s: float


FULL: Final = Load(visitors_a_second=2.0, usual_s=30.0, burst_s=300.0)
SHORT: Final = Load(visitors_a_second=2.0, usual_s=4.0, burst_s=12.0)


def run(options: Options) -> Iterable[Row]:
    """Gives the rows of one burst per database, with the first seed."""
    for database in options.databases:
        yield from asyncio.run(swell(database, seed=options.seeds[0], short=options.short))


async def swell(database: str, *, seed: int, short: bool) -> list[Row]:
    """One burst, from an empty desk to the verdict."""
    began = time.monotonic()
    load = SHORT if short else FULL
    name = f"burst-{database}-{seed}"
    chance = random.Random(name)
    async with staged(
        name, database=database, scale=SCALE, chance=chance, settings=LIMITS
    ) as stage:
        # Nothing but the load is put to the test here, and its end is timed.
        stage.receiver.always = status(200)
        # As the widget does.
        stage.doors.limit_s, stage.doors.is_polite = 15.0, True
        stage.doors.patience_s = load.burst_s + QUIET_WITHIN_S
        memory = Memory(stage)
        sampling = asyncio.create_task(memory.sample())
        await _come(stage, chance, load.visitors_a_second, load.usual_s)
        usual = memory.peak_bytes
        memory.peak_bytes = 0
        burst = asyncio.create_task(
            _come(stage, chance, load.visitors_a_second * FACTOR, load.burst_s)
        )
        await asyncio.sleep(load.burst_s)
        over = time.monotonic()
        await burst
        await stage.rest(quick=False)
        quiet_s = time.monotonic() - over
        sampling.cancel()
        seconds = time.monotonic() - began
        n_visitors = len(stage.visitors)
        rows = rows_of(
            stage.findings(), faults=FAULTS, database=database, injected=1, seed=seed,
            seconds=seconds,
        )  # fmt: skip
        ratio = memory.peak_bytes / usual
        slow = quiet_s > QUIET_WITHIN_S or not stage.came_to_rest
        refused = Counter(one.status for one in stage.history.refused)
        overload = Row(
            promise=Promise.OVERLOAD,
            faults=FAULTS,
            database=database,
            injected=1,
            checked=stage.doors.n_calls,
            violations=len(stage.history.given_up) + slow + (ratio > MEMORY_RATIO),
            seed=seed,
            seconds=round(seconds, 1),
            details=(
                f"{n_visitors:,} visitors in {load.usual_s + load.burst_s:.0f} s, memory "
                f"{usual / 2**20:.0f} -> {memory.peak_bytes / 2**20:.0f} MiB (x{ratio:.2f}), "
                f"{refused[429]:,} x 429, {refused[503]:,} x 503, {refused[0]:,} x cut, "
                f"quiet {quiet_s:.0f} s after"
            ),
        )
        return [*rows, overload]


class Memory:
    """Follows the resident memory of the only gateway."""

    def __init__(self, stage: Stage) -> None:
        self._gateway = stage.fleet.gateways[0]
        self.peak_bytes = 0

    async def sample(self) -> None:
        """Looks until cancelled."""
        while True:
            self.peak_bytes = max(self.peak_bytes, self._gateway.rss_bytes())
            await asyncio.sleep(SAMPLE_S)


async def _come(stage: Stage, chance: random.Random, rate: float, lasts_s: float) -> None:
    """Lets visitors come at the drawn moments; ends when the last one has her answers."""
    start = time.monotonic()
    async with asyncio.TaskGroup() as group:
        at_s = chance.expovariate(rate)
        while at_s < lasts_s:
            await asyncio.sleep(max(0.0, start + at_s - time.monotonic()))
            group.create_task(_visit(stage, len(stage.visitors)))
            at_s += chance.expovariate(rate)


async def _visit(stage: Stage, n: int) -> None:
    address = f"10.{n // 65536 % 256}.{n // 256 % 256}.{n % 256}"
    visitor = Visitor(f"v{n}", stage.doors, streams=False, address=address)
    stage.visitors.append(visitor)
    if not await visitor.open():
        return
    for n_message in range(MESSAGES):
        await visitor.say(f"{visitor.name}-{n_message}", f"question {visitor.name}.{n_message}")
    await visitor.await_answers(MESSAGES)
