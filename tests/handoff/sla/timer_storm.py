"""Many promises that end soon, worker processes that are killed, and how late each was told."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from handoff.ids import new_id
from handoff.sla.changes import TicketFacts, TicketPast
from handoff.sla.keeper import TIMER, timer_job
from handoff.sla.policy import Traits
from handoff.sla.standing import begin, standing_json
from handoff.store.engine import Database
from handoff.store.tables import (
    audit_log,
    conversations,
    events,
    inbox_events,
    jobs,
    tickets,
    visitors,
)
from handoff.ticket import FIRST_NUMBER, TicketState
from handoff.work.clock import database_now
from handoff.work.outbox import enqueue
from tests.handoff.sla.conftest import engine

ROOT = Path(__file__).resolve().parents[3]
PROMISED = timedelta(minutes=60)
ENGINE = engine()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What came of it; seconds of lateness from the due instant to the end of the timer's job."""

    n: int
    kills: int
    missed: int
    doubled: int
    retaken: int
    late_s: tuple[float, ...]

    def share(self, part: float) -> float:
        """Gives the lateness that this share of the timers does not exceed."""
        ordered = sorted(self.late_s)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]

    def as_json(self) -> dict[str, Any]:
        """Gives the figures."""
        return {
            "timers": self.n,
            "workers_killed": self.kills,
            "taken_over": self.retaken,
            "missed": self.missed,
            "doubled": self.doubled,
            "late_ms": {
                name: round(self.share(part) * 1000)
                for name, part in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
            },
        }


async def fill(database: Database, n: int, *, first_due: datetime, spread_s: float) -> None:
    """Writes tickets whose first answer is promised for one instant each, evenly spread."""
    async with database.read() as connection:
        now = await database_now(connection)
    facts = TicketFacts(
        state=TicketState.NEW, waiting=True, answered=False, traits=Traits(priority=3)
    )
    visitor = new_id()
    async with database.write() as transaction:
        await transaction.connection.execute(
            insert(visitors).values(id=visitor, created_at=now, last_seen_at=now)
        )
    for start in range(0, n, 500):
        async with database.write() as transaction:
            chats, made, timers = [], [], []
            for k in range(start, min(n, start + 500)):
                opened_at = first_due + timedelta(seconds=spread_s * k / n) - PROMISED
                past = TicketPast(opened_at=opened_at, first_reply_at=None, waiting_since=opened_at)
                step = begin(ENGINE, past, facts, at=now)
                assert step.alarm is not None
                chat, number = new_id(), FIRST_NUMBER + k
                chats.append(_chat(chat, visitor, number, now))
                made.append(
                    _ticket(chat, number, opened_at)
                    | {"sla": standing_json(step.standing), "due_at": step.due_at,
                       "sla_alarm_at": step.alarm.at}
                )  # fmt: skip
                timers.append(timer_job(number, chat, step.alarm))
            await transaction.connection.execute(insert(conversations), chats)
            await transaction.connection.execute(insert(tickets), made)
            await enqueue(transaction, *timers)


async def storm(
    database: Database,
    url: str,
    *,
    n: int,
    lead_s: float,
    spread_s: float,
    n_workers: int,
    kill_every_s: float,
    seed: int = 1,
) -> Figures:
    """Lets workers do `n` timers while one of them after the other is killed and replaced.

    Args:
        database: Migrated and empty.
        url: The same for the workers.
        n: Timers.
        lead_s: Time for writing them before the first is due.
        spread_s: From the first to the last.
        n_workers: Alive at a time; one at least is alive at every moment.
        kill_every_s: Seconds between two kills.
        seed: Which one is killed.
    """
    async with database.read() as connection:
        first_due = await database_now(connection) + timedelta(seconds=lead_s)
    await fill(database, n, first_due=first_due, spread_s=spread_s)
    chance, kills = random.Random(seed), 0
    workers = list(await asyncio.gather(*(_start(url) for _ in range(n_workers))))
    try:
        async with database.read() as connection:
            assert await database_now(connection) < first_due, "lead_s is too short"
        last_due = first_due + timedelta(seconds=spread_s)
        while await _left(database, last_due):
            await asyncio.sleep(kill_every_s)
            if await _past(database, last_due):
                continue
            victim = workers.pop(chance.randrange(len(workers)))
            victim.kill()
            await victim.wait()
            workers.append(await _start(url))
            kills += 1
    finally:
        for worker in workers:
            worker.kill()
            await worker.wait()
    return await _figures(database, n, kills)


async def _start(url: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.handoff.sla.timer_child", url,
        stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    assert (await process.stdout.readline()).strip() == b"ready"
    return process


async def _past(database: Database, moment: datetime) -> bool:
    async with database.read() as connection:
        return await database_now(connection) > moment


async def _left(database: Database, last_due: datetime) -> bool:
    """Whether a timer is still to do; gives up 30 s after the last one was due."""
    query = select(func.count()).where(jobs.c.kind == TIMER, jobs.c.state == "todo")
    query = query.where(jobs.c.due_at <= last_due + timedelta(seconds=30))
    async with database.read() as connection:
        if await database_now(connection) > last_due + timedelta(seconds=30):
            return False
        return bool((await connection.execute(query)).scalar_one())


async def _figures(database: Database, n: int, kills: int) -> Figures:
    async with database.read() as connection:
        done = (
            await connection.execute(
                select(jobs.c.payload, jobs.c.finished_at, jobs.c.attempts).where(
                    jobs.c.kind == TIMER, jobs.c.state == "done"
                )
            )
        ).all()
        told = Counter(
            (await connection.execute(
                select(inbox_events.c.ticket_number).where(inbox_events.c.kind == "sla_breached")
            )).scalars()
        )  # fmt: skip
        n_events = (
            await connection.execute(
                select(func.count()).select_from(events).where(events.c.kind == "sla_breached")
            )
        ).scalar_one()
        n_audited = (
            await connection.execute(
                select(func.count()).select_from(audit_log).where(audit_log.c.act == "sla_breached")
            )
        ).scalar_one()
    twice = sum(times - 1 for times in told.values())
    return Figures(
        n=n,
        kills=kills,
        missed=n - len(told),
        doubled=max(twice, n_events - len(told), n_audited - len(told)),
        retaken=sum(row.attempts > 1 for row in done),
        late_s=tuple(
            (row.finished_at - datetime.fromisoformat(row.payload["at"])).total_seconds()
            for row in done
        ),
    )


def _chat(chat: str, visitor: str, number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": chat, "visitor_id": visitor, "owner": "queue", "epoch": 2, "episode": 1,
        "episode_seq": 1, "last_seq": 0, "pending_seq": 0, "answered_seq": 0,
        "ticket_number": number, "ticket_episode": 1, "dialogue_events": [], "turn_attempts": 0,
        "contact_asked": False, "channel": "web", "created_at": now, "updated_at": now,
    }  # fmt: skip


def _ticket(chat: str, number: int, opened_at: datetime) -> dict[str, Any]:
    return {
        "number": number, "conversation_id": chat, "episode": 1, "state": "new", "priority": 3,
        "impact": 2, "urgency": 2, "reasons": [], "reason": "asked_for_person",
        "subject": "Where is it?", "last_message": "Where is it?", "seq_from": 1, "seq_upto": 0,
        "opened_at": opened_at, "updated_at": opened_at, "waiting_since": opened_at,
        "triage_version": "", "sla_version": ENGINE.version,
    }  # fmt: skip
