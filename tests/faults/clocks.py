"""A gateway an hour ahead and a worker an hour behind, beside right ones, on one PostgreSQL.

Nothing is ever done twice here: no lease is taken before its time, so every turn and every job is
done at its first try. Nothing is stuck or called late either.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import select

from handoff.store.engine import Database
from handoff.store.tables import events, jobs
from tests.faults.hardship import plan_words, talk_through, until
from tests.faults.judge import BOT, MESSAGE, VISITOR, Finding
from tests.faults.promises import Promise
from tests.faults.report import POSTGRES, Options, Row
from tests.faults.stage import Scale, Stage, rows_of, staged
from tests.handoff.webhooks.receiver import status

LIBRARY: Final = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
FULL: Final = Scale(
    visitors=100, messages=5, agents=0, gateways=2, brains=2, workers=2, lasts_s=60.0
)
SHORT: Final = Scale(
    visitors=16, messages=3, agents=0, gateways=2, brains=1, workers=2, lasts_s=5.0
)
# A slow machine must not look like a stolen lease or a late answer; an hour is still far beyond.
PATIENT: Final[Mapping[str, str]] = {
    "BABELDESK_TURN_TIMEOUT_S": "30",
    "BABELDESK_ANSWER_WITHIN_S": "200",
}
# By how much stored times may differ between processes: the clocks are measured, not shared.
CLOSE_S: Final = 2.0


def run(options: Options) -> Iterable[Row]:
    """One run per direction; only PostgreSQL has a clock of its own."""
    if LIBRARY is None:
        print("    left out: faketime is not installed")
        return
    if POSTGRES not in options.databases:
        return
    scale = SHORT if options.short else FULL
    for shifts in (("+1h", "-1h"), ("-1h", "+1h")):
        for seed in options.seeds[:1]:
            yield from asyncio.run(disagree(shifts, seed=seed, scale=scale))


async def disagree(shifts: tuple[str, str], *, seed: int, scale: Scale) -> list[Row]:
    """Plays one run with the second gateway and the second worker off by these."""
    began = time.monotonic()
    name = f"clocks-{'-'.join(shifts)}-{seed}"
    chance = random.Random(name)
    async with staged(
        name, database=POSTGRES, scale=scale, chance=chance, settings=PATIENT
    ) as stage:
        # Every delivery succeeds at once, so that a second one can only be a stolen one.
        stage.receiver.always = status(200)
        for kind, shift in zip(("gateway", "worker"), shifts, strict=True):
            member = stage.fleet.of_kind(kind)[-1]
            member.environment = {**member.environment, **_lying(shift)}
            await stage.fleet.replace(member)

        async def happen(start: float) -> None:
            await until(scale.lasts_s, began=start)

        await talk_through(stage, plan_words(chance, scale), happen)
        await stage.rest(quick=False)
        findings = [
            *stage.findings(),
            await _first_tries(stage.database),
            await _times(stage.database),
            _undisturbed(stage),
        ]
        return rows_of(
            findings,
            faults=f"a gateway's clock at {shifts[0]}, a worker's at {shifts[1]}",
            database=POSTGRES,
            injected=2,
            seed=seed,
            seconds=time.monotonic() - began,
        )


def _lying(shift: str) -> Mapping[str, str]:
    # The monotonic clock is shifted too, or `time.sleep` would be refused; that harms nobody.
    return {"LD_PRELOAD": str(LIBRARY), "FAKETIME": shift}


async def _first_tries(database: Database) -> Finding:
    """Every turn and every job was done at its first try: nobody stole a lease."""
    said = select(events.c.seq, events.c.internal).where(
        events.c.author == VISITOR, events.c.kind == MESSAGE
    )
    async with database.read() as connection:
        turns = (await connection.execute(said)).all()
        work = (await connection.execute(select(jobs.c.key, jobs.c.attempts, jobs.c.state))).all()
    done = [job for job in work if job.state == "done"]
    broken = [
        f"the turn of message {turn.seq} took {turn.internal.get('attempt')} tries"
        for turn in turns
        if turn.internal.get("attempt") != 1
    ]
    broken += [f"job {job.key} took {job.attempts} tries" for job in done if job.attempts != 1]
    return Finding(promise=Promise.FENCED, checked=len(turns) + len(done), broken=tuple(broken))


async def _times(database: Database) -> Finding:
    """The stored times of a log agree with its order, whoever wrote them."""
    query = select(events.c.conversation_id, events.c.seq, events.c.created_at).order_by(
        events.c.conversation_id, events.c.seq
    )
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    broken = [
        f"{after.conversation_id}: event {after.seq} is older than the one before"
        for before, after in itertools.pairwise(rows)
        if before.conversation_id == after.conversation_id
        and (before.created_at - after.created_at).total_seconds() > CLOSE_S
    ]
    return Finding(promise=Promise.ORDER, checked=len(rows), broken=tuple(broken))


def _undisturbed(stage: Stage) -> Finding:
    """Every question was answered by the bot: nobody called a fresh one late."""
    desk = stage.desk
    if desk is None:
        raise LookupError("nothing is judged before it has come to rest")
    broken = tuple(f"{one.conversation_id} became a ticket" for one in desk.tickets)
    n_answers = sum(event.author == BOT for event in desk.events)
    return Finding(promise=Promise.ANSWERED, checked=n_answers, broken=broken)
