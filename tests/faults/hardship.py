"""What the parts about brains, clocks and networks share: a crowd talks while something goes on."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from sqlalchemy import select

from handoff.store.engine import Database
from handoff.store.tables import events
from tests.faults.crowd import Saying
from tests.faults.judge import BOT, MESSAGE, VISITOR
from tests.faults.stage import Scale, Stage

# From a visitor's message to an answer, or to people who have it.
PROMISED_S: Final = 30.0


def plan_words(
    chance: random.Random, scale: Scale, moods: Sequence[str] = ("question",)
) -> list[tuple[Saying, ...]]:
    """Draws what each visitor says and when; every text is the only one of its kind. Pure."""
    plans = []
    for n in range(scale.visitors):
        moments = sorted(chance.uniform(0, scale.lasts_s) for _ in range(scale.messages))
        plans.append(
            tuple(
                Saying(at_s=at_s, text=f"{chance.choice(moods)} v{n}.{m}")
                for m, at_s in enumerate(moments)
            )
        )
    return plans


async def talk_through(
    stage: Stage,
    plans: Sequence[Sequence[Saying]],
    happen: Callable[[float], Awaitable[None]],
) -> None:
    """Lets the crowd talk while something happens; both begin at the same moment.

    Args:
        stage: The fleet and its crowd.
        plans: What visitors say.
        happen: Told the beginning, by the monotonic clock.
    """
    began = time.monotonic()
    await asyncio.gather(stage.talk(plans, began=began), happen(began))


async def until(moment_s: float, *, began: float) -> None:
    """Waits until so many seconds after the beginning."""
    await asyncio.sleep(max(0.0, began + moment_s - time.monotonic()))


async def waits_s(database: Database) -> dict[tuple[str, int], float | None]:
    """Gives how long each message to the bot waited for an answer or a person.

    Returns:
        (conversation, seq) -> seconds by the stored times; None for what still waits.
    """
    query = select(
        events.c.conversation_id,
        events.c.seq,
        events.c.kind,
        events.c.author,
        events.c.payload,
        events.c.created_at,
    ).order_by(events.c.conversation_id, events.c.seq)
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    waits: dict[tuple[str, int], float | None] = {}
    asked_at = {}
    with_people: dict[str, bool] = {}
    for row in rows:
        if row.kind == "handoff":
            with_people[row.conversation_id] = True
        elif row.kind in ("handed_back", "resolved"):
            with_people[row.conversation_id] = False
        if row.author == VISITOR and row.kind == MESSAGE:
            key = (row.conversation_id, row.seq)
            asked_at[key] = row.created_at
            waits[key] = 0.0 if with_people.get(row.conversation_id) else None
            continue
        answered = row.payload.get("in_reply_to") if row.author == BOT else None
        for key, waited in waits.items():
            served = row.kind == "handoff" or key[1] == answered
            if waited is None and served and key[0] == row.conversation_id:
                waits[key] = (row.created_at - asked_at[key]).total_seconds()
    return waits
