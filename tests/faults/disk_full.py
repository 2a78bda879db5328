"""A disk that fills up under a desk on SQLite, and becomes larger later.

What was acknowledged is stored; everything else is refused with advice when to come back. Once
there is room again everything goes on by itself, and clients who kept their text lose nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
from sqlalchemy import func, select, text

from handoff.store.tables import conversations, events
from tests.bot.conftest import maker
from tests.bot.house import House, Visitor
from tests.faults.promises import Promise
from tests.faults.quiet import quiet_logs
from tests.faults.report import SQLITE, Options, Row

SMALL: Final = "4m"
LARGE: Final = "64m"
WORDS: Final = "x" * 2000
# Refusals in a row after which the disk counts as full.
FULL_AFTER: Final = 10
PATIENCE_S: Final = 60.0


@dataclass
class Outcome:
    """What clients were told and what is stored."""

    acknowledged: list[str] = field(default_factory=list)
    refused: int = 0
    without_advice: int = 0
    wrong_answers: list[int] = field(default_factory=list)
    not_ready: int = 0
    stored: list[str] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)
    owed: int = 0
    integrity: str = ""

    @property
    def lost(self) -> list[str]:
        return sorted(set(self.acknowledged) - set(self.stored))

    @property
    def doubled(self) -> int:
        return len(self.stored) - len(set(self.stored))

    @property
    def gaps(self) -> int:
        return int(self.seqs != list(range(1, len(self.seqs) + 1)))


class SmallDisk:
    """A file system in memory of a few megabytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill_up(self) -> None:
        """Takes the last bytes, into which a smaller write than a message would still fit."""
        with contextlib.suppress(OSError), (self.folder / "filler").open("ab", 0) as filler:
            while True:
                filler.write(bytes(512))

    def enlarge(self) -> None:
        """Makes room."""
        _mount("-o", f"remount,size={LARGE}", str(self.folder))


def why_impossible() -> str | None:
    """Says why no small disk can be made here; None if one can."""
    if os.geteuid() != 0:
        return "a small disk is mounted by root only"
    try:
        with small_disk():
            return None
    except subprocess.CalledProcessError as error:
        return f"no file system can be mounted: {error.stderr.decode(errors='replace').strip()}"


@contextlib.contextmanager
def small_disk() -> Iterator[SmallDisk]:
    """A small disk, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="babeldesk-disk-") as folder:
        _mount("-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", folder)
        try:
            yield SmallDisk(Path(folder))
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True, capture_output=True)


async def fill_up(*, after: int) -> Outcome:
    """Writes until nothing fits, makes room, and writes `after` more messages."""
    outcome = Outcome()
    with quiet_logs(), small_disk() as disk:
        limits = {"RATE_VISITOR": "100000/10s", "RATE_ADDRESS": "100000/10s"}
        async with maker(disk.folder / "home")(**limits) as house:
            visitor = await house.open()
            last = await _write_until_full(visitor, outcome)
            disk.fill_up()
            outcome.not_ready += await _says_not_ready(house)
            disk.enlarge()
            await _insist(visitor, last, outcome)
            for n in range(after):
                await _insist(visitor, f"after {n}", outcome)
            await _read_back(house, visitor, outcome)
    return outcome


async def _write_until_full(visitor: Visitor, outcome: Outcome) -> str:
    """Gives the message that was refused for good."""
    n, in_a_row = 0, 0
    while in_a_row < FULL_AFTER:
        name = f"message {n}"
        if await _send(visitor, name, outcome):
            n, in_a_row = n + 1, 0
        else:
            in_a_row += 1
    return f"message {n}"


async def _says_not_ready(house: House) -> bool:
    """Whether the gateway says so; a success of its own is believed for a moment."""
    deadline = time.monotonic() + PATIENCE_S
    while (await house.http.get("/readyz")).status_code != 503:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


async def _insist(visitor: Visitor, name: str, outcome: Outcome) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not await _send(visitor, name, outcome):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name} is refused although there is room")
        await asyncio.sleep(0.05)


async def _send(visitor: Visitor, name: str, outcome: Outcome) -> bool:
    answer: httpx.Response = await visitor.send(f"{name} {WORDS}", client_id=name)
    if answer.is_success:
        outcome.acknowledged.append(name)
        return True
    outcome.refused += 1
    outcome.without_advice += "Retry-After" not in answer.headers
    if answer.status_code != 503:
        outcome.wrong_answers.append(answer.status_code)
    return False


async def _read_back(house: House, visitor: Visitor, outcome: Outcome) -> None:
    database = house.assembly.gateway.database
    owed = select(func.count()).where(
        conversations.c.owner == "bot", conversations.c.pending_seq > conversations.c.answered_seq
    )
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with database.read() as connection:
                outcome.owed = int((await connection.execute(owed)).scalar_one())
            if not outcome.owed:
                break
            await asyncio.sleep(0.05)
    log = select(events.c.seq, events.c.client_id, events.c.author).where(
        events.c.conversation_id == visitor.id
    )
    async with database.read() as connection:
        rows = (await connection.execute(log.order_by(events.c.seq))).all()
        check = await connection.execute(text("PRAGMA integrity_check"))
        outcome.integrity = str(check.scalar_one())
    outcome.stored += [row.client_id for row in rows if row.author == "visitor"]
    outcome.seqs += [row.seq for row in rows]


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def run(options: Options) -> Iterable[Row]:
    """Fills disks; how much fits differs from run to run, so seeds are repetitions."""
    reason = why_impossible()
    if reason is not None:
        print(f"    left out: {reason}")
        return
    if SQLITE not in options.databases:
        return
    for seed in options.seeds:
        began = time.monotonic()
        outcome = asyncio.run(fill_up(after=10 if options.short else 200))
        details = (
            f"{len(outcome.acknowledged)} acknowledged, {len(outcome.stored)} stored, "
            f"{outcome.refused} refused, integrity check: {outcome.integrity}"
        )
        found = (
            (Promise.STORED, len(outcome.acknowledged), len(outcome.lost)),
            (Promise.ONCE, len(outcome.stored), outcome.doubled),
            (Promise.ORDER, len(outcome.seqs), outcome.gaps + (outcome.integrity != "ok")),
            (Promise.REFUSES, outcome.refused, outcome.without_advice + len(outcome.wrong_answers)),
            (Promise.ANSWERED, len(outcome.stored), outcome.owed),
        )
        for promise, checked, violations in found:
            yield Row(
                promise=promise,
                faults="the disk fills up and becomes larger",
                database=SQLITE,
                injected=1,
                checked=checked,
                violations=violations,
                seed=seed,
                seconds=round(time.monotonic() - began, 1),
                details=details,
            )
