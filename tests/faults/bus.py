"""Two gateways lose the bus between them: what happens at one is seen at the other, only later.

Visitors write at the first gateway and read at the second one. The Redis server between them is
killed, stays away, and comes back.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.realtime.lookout import LOOK_EVERY_S
from tests.faults.crowd import Doors, Visitor
from tests.faults.promises import Promise
from tests.faults.report import Options, Row
from tests.faults.stage import Scale, Stage, rows_of, staged

SCALE: Final = Scale(
    visitors=6,
    messages=0,
    agents=0,
    gateways=2,
    brains=1,
    workers=0,
    lasts_s=0.0,
)
# Messages of each visitor before, during and after the outage.
FULL: Final = 12
SHORT: Final = 3
PAUSE_S: Final = 0.5
# Until the lookout looks, and what a busy machine needs for looking.
LIMIT_S: Final = LOOK_EVERY_S + 2.0
FAULTS: Final = "Redis killed between two gateways"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A visitor with two windows: she writes in the one and reads in the other."""

    writing: Visitor
    reading: Visitor


def run(options: Options) -> Iterable[Row]:
    """Gives the rows of one outage per database, with the first seed."""
    for database in options.databases:
        yield from asyncio.run(lose_bus(database, seed=options.seeds[0], short=options.short))


async def lose_bus(database: str, *, seed: int, short: bool) -> list[Row]:
    """One outage, from an empty desk to the verdict."""
    began = time.monotonic()
    n_messages = SHORT if short else FULL
    name = f"bus-{database}-{seed}"
    async with staged(name, database=database, scale=SCALE, chance=random.Random(name)) as stage:
        pages = await _open_pages(stage)
        redis = stage.fleet.redis
        if redis is None:
            raise LookupError("there is no Redis to lose")
        watching = [asyncio.create_task(page.reading.watch()) for page in pages]
        with_bus = await _converse(pages, "before", n_messages)
        await asyncio.to_thread(redis.crash)
        without = await _converse(pages, "during", n_messages)
        await asyncio.to_thread(redis.start)
        again = await _converse(pages, "after", n_messages)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        stage.visitors = [page.reading for page in pages]
        await stage.rest(quick=short)
        seconds = time.monotonic() - began
        late = [lag for lag in (*without, *again) if lag > LIMIT_S]
        bus = Row(
            promise=Promise.BUS,
            faults=FAULTS,
            database=database,
            injected=1,
            checked=len(without) + len(again),
            violations=len(late),
            seed=seed,
            seconds=round(seconds, 1),
            details=(
                f"seen at the other gateway after {_shown(with_bus)} with the bus, "
                f"{_shown(without)} without, {_shown(again)} when it was back"
            ),
        )
        judged = rows_of(
            stage.findings(),
            faults=FAULTS,
            database=database,
            injected=1,
            seed=seed,
            seconds=seconds,
        )
        return [bus, *judged]


async def _open_pages(stage: Stage) -> list[Page]:
    first, second = (replace(stage.doors, urls=[url]) for url in stage.fleet.urls)
    pages = []
    for n in range(SCALE.visitors):
        writing = Visitor(f"v{n}", first, streams=False)
        if not await writing.open():
            raise LookupError("no gateway opened a session")
        pages.append(Page(writing=writing, reading=_beside(writing, second, streams=n % 2 == 0)))
    return pages


def _beside(visitor: Visitor, doors: Doors, *, streams: bool) -> Visitor:
    """The same visitor's second window, at other gateways; what it shows is judged."""
    other = Visitor(visitor.name, doors, streams=streams)
    other.resume(visitor)
    return other


async def _converse(pages: Sequence[Page], when: str, n_messages: int) -> list[float]:
    """Everybody writes; gives after how long each message was seen in the other window."""

    async def one(page: Page) -> list[float]:
        lags = []
        for n in range(n_messages):
            name = f"{page.writing.name}-{when}-{n}"
            await page.writing.say(name, f"question {name}")
            lags.append(await _until_seen(page.reading, f"question {name}"))
            await asyncio.sleep(PAUSE_S)
        return lags

    return [lag for lags in await asyncio.gather(*map(one, pages)) for lag in lags]


async def _until_seen(reading: Visitor, text: str) -> float:
    began = time.monotonic()
    while not any(shown == text for _, _, _, shown in reading.seen):
        if time.monotonic() - began > 4 * LIMIT_S:
            break
        await asyncio.sleep(0.02)
    return time.monotonic() - began


def _shown(lags: Sequence[float]) -> str:
    return f"{statistics.median(lags):.1f} s (longest {max(lags):.1f} s)"
