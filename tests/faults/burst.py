"""Ten times the usual load: answers, memory and the way back to quiet.

Visitors come as an open model from addresses of their own, through a trusted proxy, so that the
limits per visitor and address are those of a fresh installation. Each opens a session, writes,
waits for the answer and writes again. Who is refused comes back when told to, and leaves after half
a minute of that: nobody waits for ever, and a desk that is told to serve ten times what it can must
turn people away. What is promised is that it says so, that whoever was let in is answered, and that
it is over when the burst is over. Webhooks, which nobody waits for, may be told later.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import math
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.faults.crowd import Visitor
from tests.faults.newcomer import PAUSE_S, Visit
from tests.faults.promises import Promise
from tests.faults.report import Options, Row
from tests.faults.stage import Scale, Stage, rows_of, staged
from tests.handoff.webhooks.receiver import status

FACTOR: Final = 10
# Figures of the promise: memory at most half as much again, quiet within a minute, a message taken
# within a second or refused, and what was taken is answered or in a ticket within half a minute.
MEMORY_RATIO: Final = 1.5
QUIET_WITHIN_S: Final = 60.0
ACCEPT_P99_S: Final = 1.0
ANSWER_WITHIN_S: Final = 30.0
# So long a visitor comes back after a refusal.
LEAVES_AFTER_S: Final = 30.0
# So many visits in a row, each served so quickly, are as usual again.
USUAL_VISITS: Final = 5
AS_USUAL_S: Final = 2.0
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
        stage.doors.patience_s = LEAVES_AFTER_S
        memory, visits = Memory(stage), Visits(stage, chance)
        sampling = asyncio.create_task(memory.sample())
        async with newcoming(stage.fleet.urls[0]) as newcomer:
            await visits.come(load.visitors_a_second, load.usual_s)
            usual, memory.peak_bytes, began_burst = memory.peak_bytes, 0, time.time()
            burst = asyncio.create_task(visits.come(load.visitors_a_second * FACTOR, load.burst_s))
            await asyncio.sleep(load.burst_s)
            over = time.monotonic()
            taken_s = newcomer.taken_s(since=began_burst)
            quiet_s = await newcomer.until_as_usual()
            await burst
        await stage.rest(quick=False)
        rested_s = time.monotonic() - over
        sampling.cancel()
        seconds = time.monotonic() - began
        rows = rows_of(
            stage.findings(), faults=FAULTS, database=database, injected=1, seed=seed,
            seconds=seconds,
        )  # fmt: skip
        ratio = memory.peak_bytes / usual
        refused = Counter(one.status for one in stage.history.refused)
        untold = sum(one.status in (429, 503) and not one.has_retry_after
                     for one in stage.history.refused)  # fmt: skip
        broken = (
            quiet_s > QUIET_WITHIN_S,
            not stage.came_to_rest,
            ratio > MEMORY_RATIO,
            taken_s > ACCEPT_P99_S,
            visits.n_late,
            untold,
            refused.total() - refused[429] - refused[503],
        )
        overload = Row(
            promise=Promise.OVERLOAD,
            faults=FAULTS,
            database=database,
            injected=1,
            checked=stage.doors.n_calls,
            violations=sum(broken),
            seed=seed,
            seconds=round(seconds, 1),
            details=(
                f"{visits.n_came:,} visitors in {load.usual_s + load.burst_s:.0f} s, memory "
                f"{usual / 2**20:.0f} -> {memory.peak_bytes / 2**20:.0f} MiB (x{ratio:.2f}), "
                f"{refused[429]:,} x 429, {refused[503]:,} x 503, "
                f"{refused.total() - refused[429] - refused[503]:,} otherwise, "
                f"{visits.n_turned_away:,} visitors left unserved, a newcomer's message "
                f"taken within {taken_s:.2f} s (p99), {visits.n_answered:,} answered within "
                f"{visits.longest_s:.1f} s, {visits.n_late:,} later; as usual {quiet_s:.0f} s "
                f"after the burst, the last delivery {rested_s:.0f} s after it"
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


def percentile_99(values: Sequence[float]) -> float:
    """The value that 99 of 100 do not exceed; infinite without any."""
    if not values:
        return math.inf
    return sorted(values)[math.ceil(len(values) * 0.99) - 1]


class Newcomer:
    """Follows what a process of its own meets that visits once a second."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._visits: list[Visit] = []

    async def follow(self) -> None:
        """Reads until cancelled.

        Raises:
            LookupError: It has ended, because a call of its failed.
        """
        if self._process.stdout is None:
            raise LookupError("nobody can read what the newcomer says")
        while line := await self._process.stdout.readline():
            self._visits.append(Visit(**json.loads(line)))
        raise LookupError("the newcomer met an error, which stands above")

    def taken_s(self, *, since: float) -> float:
        """Gives within how many seconds 99 of 100 messages were taken since a moment."""
        return percentile_99(
            [one.taken_s for one in self._visits if one.at >= since and one.taken_s is not None]
        )

    async def until_as_usual(self) -> float:
        """Gives how long it takes from now until newcomers are served as usual."""
        now = time.time()
        while time.time() - now <= QUIET_WITHIN_S + USUAL_VISITS * (PAUSE_S + AS_USUAL_S):
            later = [one for one in self._visits if one.at >= now]
            good = list(itertools.takewhile(_is_usual, reversed(later)))
            if len(good) >= USUAL_VISITS:
                return good[-1].at - now
            await asyncio.sleep(SAMPLE_S)
        return math.inf


def _is_usual(visit: Visit) -> bool:
    times = (visit.taken_s, visit.answered_s)
    return not visit.refused and all(one is not None and one <= AS_USUAL_S for one in times)


@contextlib.asynccontextmanager
async def newcoming(url: str) -> AsyncIterator[Newcomer]:
    """Lets newcomers come until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.newcomer", url, stdout=asyncio.subprocess.PIPE
    )
    newcomer = Newcomer(process)
    following = asyncio.create_task(newcomer.follow())
    try:
        yield newcomer
        if following.done():
            following.result()
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


class Visits:
    """Lets visitors come and counts how it went for them; times in seconds."""

    def __init__(self, stage: Stage, chance: random.Random) -> None:
        self._stage = stage
        self._chance = chance
        self.n_came = 0
        self.n_turned_away = 0
        self.n_answered = 0
        self.n_late = 0
        self.longest_s = 0.0

    async def come(self, rate: float, lasts_s: float) -> None:
        """Opens the doors at the drawn moments; ends when the last visitor has left."""
        start = time.monotonic()
        async with asyncio.TaskGroup() as group:
            at_s = self._chance.expovariate(rate)
            while at_s < lasts_s:
                await asyncio.sleep(max(0.0, start + at_s - time.monotonic()))
                group.create_task(self._visit())
                at_s += self._chance.expovariate(rate)

    async def _visit(self) -> None:
        n, doors = self.n_came, self._stage.doors
        self.n_came += 1
        address = f"10.{n // 65536 % 256}.{n // 256 % 256}.{n % 256}"
        visitor = Visitor(f"v{n}", doors, streams=False, address=address)
        if not await visitor.open():
            self.n_turned_away += 1
            return
        self._stage.visitors.append(visitor)
        for n_message in range(MESSAGES):
            seq = await visitor.say(
                f"{visitor.name}-{n_message}", f"question {visitor.name}.{n_message}"
            )
            if seq is None:
                self.n_turned_away += 1
                return
            sent = time.monotonic()
            if not await visitor.await_answer(seq, within_s=ANSWER_WITHIN_S):
                self.n_late += 1
                return
            self.n_answered += 1
            self.longest_s = max(self.longest_s, time.monotonic() - sent)
