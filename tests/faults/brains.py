"""A brain that is dead, then slow, then talks nonsense, while visitors go on writing.

Everything runs with the product's own limits in the long version. Whatever the brain does, each
message gets an answer or a person within half a minute, by the times that stand in the log.
"""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.faults.fleet import START_LIMIT_S
from tests.faults.hardship import PROMISED_S, plan_words, talk_through, until, waits_s
from tests.faults.judge import Finding
from tests.faults.promises import Promise
from tests.faults.report import Options, Row
from tests.faults.stage import Scale, Stage, rows_of, staged

# What the little brain answers to these is no answer.
NONSENSE: Final = ("nonsense", "not json", "other turn", "silent", "error", "slow")
PRODUCT_LIMITS: Final[Mapping[str, str]] = {
    "BABELDESK_TURN_TIMEOUT_S": "8",
    "BABELDESK_ANSWER_WITHIN_S": "20",
}
FAULTS: Final = "the brain dead, stopped and talking nonsense, a third of the time each"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """How long and how much. `settings` are those of the gateway."""

    scale: Scale
    settings: Mapping[str, str]


FULL: Final = Trouble(
    scale=Scale(visitors=300, messages=4, agents=0, gateways=1, brains=1, workers=1, lasts_s=600.0),
    settings=PRODUCT_LIMITS,
)
SHORT: Final = Trouble(
    scale=Scale(visitors=24, messages=3, agents=0, gateways=1, brains=1, workers=1, lasts_s=9.0),
    settings={},
)


def run(options: Options) -> Iterable[Row]:
    """Ten minutes per database and seed."""
    for database in options.databases:
        for seed in options.seeds[:1]:
            trouble = SHORT if options.short else FULL
            yield from asyncio.run(suffer(database, seed=seed, trouble=trouble))


async def suffer(database: str, *, seed: int, trouble: Trouble) -> list[Row]:
    """Plays one run, from an empty desk to the verdict."""
    began = time.monotonic()
    name = f"brains-{database}-{seed}"
    chance = random.Random(name)
    scale = trouble.scale
    third_s = scale.lasts_s / 3
    async with staged(
        name, database=database, scale=scale, chance=chance, settings=trouble.settings
    ) as stage:
        await stage.hire(1)
        plans = plan_words(chance, scale)
        talking = [
            tuple(
                saying
                if saying.at_s < 2 * third_s
                # In the last third the brain lives, but makes no sense.
                else type(saying)(at_s=saying.at_s, text=f"{chance.choice(NONSENSE)} {saying.text}")
                for saying in plan
            )
            for plan in plans
        ]

        async def happen(start: float) -> None:
            await _kill_and_stop(stage, third_s, began=start)

        await talk_through(stage, talking, happen)
        await stage.rest(quick=False)
        findings = [*stage.findings(), await _in_time(stage)]
        waited = [one for one in (await waits_s(stage.database)).values() if one is not None]
        return rows_of(
            findings,
            faults=FAULTS,
            database=database,
            injected=3,
            seed=seed,
            seconds=time.monotonic() - began,
            details={"ANSWERED": _figures(waited, scale.lasts_s)},
        )


async def _kill_and_stop(stage: Stage, third_s: float, *, began: float) -> None:
    (brain,) = stage.fleet.of_kind("brain")
    brain.wanted = False
    brain.signal(signal.SIGKILL)
    await until(third_s, began=began)
    brain.wanted = True
    await stage.fleet.until_ready(brain, limit_s=third_s + START_LIMIT_S)
    brain.signal(signal.SIGSTOP)
    await until(2 * third_s, began=began)
    brain.signal(signal.SIGCONT)


async def _in_time(stage: Stage) -> Finding:
    waits = await waits_s(stage.database)
    late = tuple(
        f"message {seq} of {conversation_id} waited {waited or 0:.1f} s"
        for (conversation_id, seq), waited in waits.items()
        if waited is None or waited > PROMISED_S
    )
    return Finding(promise=Promise.ANSWERED, checked=len(waits), broken=late)


def _figures(waited: list[float], lasts_s: float) -> str:
    ordered = sorted(waited)
    p99 = ordered[int(len(ordered) * 0.99)] if ordered else 0.0
    return (
        f"{lasts_s:.0f} s of trouble; longest wait for an answer or a person "
        f"{max(ordered, default=0.0):.1f} s, p99 {p99:.1f} s"
    )
