"""A rolling restart under load: everything is replaced in turn, twice, in good order.

Two gateways and two brains with a trained model, Redis and, where the database is a server,
PostgreSQL. No call may fail for longer than a client tries, nothing may be lost or doubled.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable, Sequence
from typing import Final

from tests.faults.crowd import plan_visit
from tests.faults.fleet import ROOT, Fleet
from tests.faults.promises import Promise
from tests.faults.report import Options, Row
from tests.faults.stage import Scale, Stage, rows_of, staged

FULL: Final = Scale(
    visitors=80,
    messages=5,
    agents=4,
    gateways=2,
    brains=2,
    workers=1,
    lasts_s=180.0,
    stays_s=45.0,
    pace_s=4.0,
)
SHORT: Final = Scale(
    visitors=15,
    messages=4,
    agents=2,
    gateways=2,
    brains=2,
    workers=1,
    lasts_s=25.0,
)
ROUNDS: Final = 2
# The widget gives one call 15 s and tries again for as long as the page is open; here a call that
# took longer than this altogether has failed.
CALL_LIMIT_S: Final = 15.0
CLIENT_TRIES_S: Final = 60.0
FAULTS: Final = "rolling restart of gateways, brains, workers, Redis and the database"
# Real questions for the real brain, and now and then a wish for a person.
QUESTIONS: Final[tuple[tuple[str, float], ...]] = (
    ("Where is my parcel?", 3),
    ("How do I return an item?", 3),
    ("Πού είναι το δέμα μου;", 2),
    ("Wie lange dauert der Versand?", 2),
    ("Can I pay by bank transfer?", 2),
    ("I want to talk to a person", 2),
    ("my flux capacitor hums in b flat", 1),
)


def run(options: Options) -> Iterable[Row]:
    """Gives the rows of one rolling restart per database, with the first seed."""
    brain = LITTLE_BRAIN if options.short else trained_brain()
    for database in options.databases:
        yield from asyncio.run(
            roll(database, seed=options.seeds[0], short=options.short, brain=brain)
        )


LITTLE_BRAIN: Final = ("-m", "tests.bot.fake_brain")


def trained_brain() -> Sequence[str]:
    """How to start a brain with the repository's own model and index; makes both if need be."""
    from bot.brain.training import train_model
    from kb_index.article import parse_article
    from kb_index.builder import build_snapshot, publish
    from kb_index.encoder import load_encoder

    model = train_model(root=ROOT).path
    kb = ROOT / "var" / "faults" / "kb"
    paths = sorted((ROOT / "data" / "kb").rglob("*.md"))
    snapshot = build_snapshot(
        [parse_article(path.read_text("utf-8"), path=str(path)) for path in paths],
        load_encoder(),
        folder=kb,
        previous=None,
        progress=lambda _stage, _done, _total: None,
    )
    publish(kb, snapshot.snapshot_id)
    return ("-m", "bot.brain", "--models-dir", str(model.parent), "--kb-dir", str(kb))


async def roll(database: str, *, seed: int, short: bool, brain: Sequence[str]) -> list[Row]:
    """One rolling restart, from an empty desk to the verdict."""
    began = time.monotonic()
    scale = SHORT if short else FULL
    name = f"rolling-{database}-{seed}"
    chance = random.Random(name)
    settings = {"BABELDESK_TURN_TIMEOUT_S": "4", "BABELDESK_ANSWER_WITHIN_S": "15"}
    async with staged(
        name, database=database, scale=scale, chance=chance, settings=settings,
        brain_arguments=brain,
    ) as stage:  # fmt: skip
        stage.doors.limit_s, stage.doors.patience_s = CALL_LIMIT_S, CLIENT_TRIES_S
        await stage.hire(scale.agents)
        restarts = await _under_load(stage, chance, scale, little=brain is LITTLE_BRAIN)
        await stage.rest(quick=short)
        findings = stage.findings()
        seconds = time.monotonic() - began
        rows = rows_of(
            findings, faults=FAULTS, database=database, injected=restarts, seed=seed,
            seconds=seconds,
        )  # fmt: skip
        rolled = Row(
            promise=Promise.ROLLING,
            faults=FAULTS,
            database=database,
            injected=restarts,
            checked=stage.doors.n_calls,
            violations=len(stage.history.given_up),
            seed=seed,
            seconds=round(seconds, 1),
            details=(
                f"longest retry {stage.doors.longest_s:.1f} s of {CLIENT_TRIES_S:.0f} s, "
                f"{'the little' if brain is LITTLE_BRAIN else 'the trained'} brain"
                + "".join(f", gave up {what}" for what in stage.history.given_up[:3])
            ),
        )
        return [*rows, rolled]


async def _under_load(stage: Stage, chance: random.Random, scale: Scale, *, little: bool) -> int:
    visits = [
        plan_visit(
            chance,
            f"v{n}",
            within_s=scale.lasts_s,
            stays_s=scale.stays_s,
            messages=scale.messages,
            openings=(("question", 4), ("handoff", 1)) if little else QUESTIONS,
        )
        for n in range(scale.visitors)
    ]
    working = [asyncio.create_task(agent.work(pace_s=scale.pace_s)) for agent in stage.agents]
    restarts, _ = await asyncio.gather(
        replace_all(stage.fleet, rounds=1 if scale is SHORT else ROUNDS),
        stage.talk(visits, began=time.monotonic()),
    )
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)
    return restarts


async def replace_all(fleet: Fleet, *, rounds: int) -> int:
    """Replaces every process and server in turn; gives how many restarts that were."""
    n_restarts = 0
    for _ in range(rounds):
        for member in fleet.members:
            await fleet.replace(member)
            n_restarts += 1
        for server in (fleet.redis, fleet.postgres):
            if server is not None:
                await asyncio.to_thread(server.stop)
                await asyncio.to_thread(server.start)
                n_restarts += 1
    return n_restarts
