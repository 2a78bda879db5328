"""Storms: visitors and agents talk while everything around them is killed and stopped.

Each storm is drawn from its seed, ends, comes to rest and is judged. The short version is the same
with fewer people, for every change.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable
from typing import Final

from tests.faults.chaos import Chaos, Means, Weather, plan_blows
from tests.faults.crowd import plan_visit
from tests.faults.fleet import TURN_LEASE_S, Member
from tests.faults.report import POSTGRES, Options, Row
from tests.faults.stage import Scale, Stage, rows_of, staged
from tests.faults.stored import hurry

FULL: Final = Scale(
    visitors=200,
    messages=3,
    agents=10,
    gateways=2,
    brains=2,
    workers=1,
    lasts_s=120.0,
    stays_s=30.0,
    pace_s=5.0,
)
SHORT: Final = Scale(
    visitors=20,
    messages=4,
    agents=3,
    gateways=2,
    brains=1,
    workers=1,
    lasts_s=8.0,
)
# A little longer than a claim on a conversation holds, so that others have taken it meanwhile.
PAUSE_S: Final = (TURN_LEASE_S + 0.5, TURN_LEASE_S + 2.0)
# Before a process wakes its leases are ended, so that it need not sleep through them.
SHORT_PAUSE_S: Final = (0.8, 1.6)


def run(options: Options) -> Iterable[Row]:
    """Gives the rows of one storm per database and seed."""
    for database in options.databases:
        for seed in options.seeds:
            yield from asyncio.run(rage(database, seed=seed, short=options.short))


async def rage(database: str, *, seed: int, short: bool) -> list[Row]:
    """One storm, from an empty desk to the verdict."""
    began = time.monotonic()
    scale = SHORT if short else FULL
    name = f"storm-{database}-{seed}"
    chance = random.Random(name)
    async with staged(name, database=database, scale=scale, chance=chance) as stage:
        await stage.hire(scale.agents)
        chaos = await _weather_it(stage, chance, scale, database=database, short=short)
        await stage.rest(quick=short)
        return rows_of(
            stage.findings(),
            faults=_named(chaos.done),
            database=database,
            injected=chaos.done.total(),
            seed=seed,
            seconds=time.monotonic() - began,
            details=_figures(stage),
        )


async def _weather_it(
    stage: Stage, chance: random.Random, scale: Scale, *, database: str, short: bool
) -> Chaos:
    server = database == POSTGRES
    weather = Weather(
        lasts_s=scale.lasts_s,
        mean_gap_s=0.8 if short else 2.5,
        pause_s=SHORT_PAUSE_S if short else PAUSE_S,
        database_kills=(1 if short else 4) * server,
        bus_outages=1 if short else 4,
        outage_s=(0.5, 1.5) if short else (0.5, 5.0),
    )
    blows = plan_blows(chance, weather, [member.name for member in stage.fleet.members])
    visits = [
        plan_visit(
            chance,
            f"v{n}",
            within_s=scale.lasts_s,
            stays_s=scale.stays_s,
            messages=scale.messages,
        )
        for n in range(scale.visitors)
    ]

    async def lose_leases(_member: Member) -> None:
        # A job is leased for 30 s; who slept shorter must find its leases lost all the same.
        await hurry(stage.database)

    chaos = Chaos(stage.fleet, after_pause=lose_leases)
    start = time.monotonic()
    working = [asyncio.create_task(agent.work(pace_s=scale.pace_s)) for agent in stage.agents]
    await asyncio.gather(chaos.run(blows, began=start), stage.talk(visits, began=start))
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)
    return chaos


def _named(blows: Counter[Means]) -> str:
    """Such as "storm: SIGKILL and SIGSTOP of gateways, brains and workers, bus outages"."""
    others = [f"{means}s" for means in (Means.DATABASE, Means.BUS) if blows[means]]
    return ", ".join(["storm: SIGKILL and SIGSTOP of gateways, brains and workers", *others])


def _figures(stage: Stage) -> dict[str, str]:
    refused = Counter(one.status for one in stage.history.refused)
    shown = ", ".join(f"{n} x {code or 'cut'}" for code, n in sorted(refused.items()))
    n_repeats = len(stage.history.deliveries) - len({id for id, _ in stage.history.deliveries})
    beaten = sum(agent.n_beaten for agent in stage.agents)
    taken = sum(agent.n_takes for agent in stage.agents)
    rest = f"at rest after {stage.rested_s:.0f} s" + ("" if stage.came_to_rest else ", NOT quiet")
    return {
        "STORED": (
            f"{stage.doors.n_calls:,} calls, longest retry {stage.doors.longest_s:.1f} s, "
            f"{len(stage.history.given_up)} given up"
        ),
        "REFUSES": f"refused and repeated: {shown}",
        "DELIVERIES": f"{n_repeats} repeats absorbed by id",
        "ONE_OWNER": f"{taken} takes, {beaten} acts came second",
        "ANSWERED": rest,
    }
