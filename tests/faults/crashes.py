"""Kills the process between every two steps, restarts it, and judges what is in the tables.

A trial plays one day (`crash_child`), kills the process at a named moment, in a third of the trials
once more at another one, then lets it come to its end with the same client ids. The judge compares
what was acknowledged with the log, the tickets, the jobs and what a receiver of webhooks got.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Row as TableRow
from sqlalchemy import select

from handoff.model import Role
from handoff.ports import Ports
from handoff.service import build_services
from handoff.store.engine import Database
from handoff.store.tables import conversations, counters, events, inbox_events, jobs, tickets
from handoff.webhooks.model import DELIVER, EventType
from handoff.webhooks.store import Webhooks
from tests.faults.crash_child import KINDS, MASTER_KEY, TICKS, Order, as_line, plans
from tests.faults.databases import empty, migrated
from tests.faults.promises import Promise
from tests.faults.report import Options, Row
from tests.handoff.webhooks.receiver import Receiver, receiving

ROOT = Path(__file__).resolve().parents[2]
# Not every change of a ticket: deliveries would take most of a trial's time.
TOLD = (EventType.MESSAGE_CREATED, EventType.TICKET_CREATED)
# Nobody dies so often in a row unless it cannot live at all.
MOST_STARTS = 6
# The moments at which systems of this kind are known to lose or double something: in the short
# version these with every seed,
MOST_TELLING = (
    "Visitors.accept_message: commit.after",
    "turn.answered",
    "Turns.complete: commit.after",
    "handoff.ticket",
    "webhook.answered",
)
# and each of these with one.
TELLING = (
    "Visitors.accept_message: commit.before",
    "client.told",
    "turn.asking",
    "Turns.complete: commit.before",
    "Turns.complete: flush.ticket",
    "Desk.take: commit.after",
    "Desk.reply: commit.after",
    "Desk.resolve: commit.before",
    "job.tried",
    "job.effect",
    "JobQueue.finish: commit.after",
)
# Days of one conversation.
SHORT_SEEDS = (2, 4, 6, 8, 10)
CHECKED = (
    Promise.STORED,
    Promise.ONCE,
    Promise.ORDER,
    Promise.TICKET,
    Promise.TRANSCRIPT,
    Promise.TAKEOVER,
    Promise.ANSWERED,
    Promise.JOBS,
    Promise.DELIVERIES,
    Promise.SCHEDULE,
)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Where a process dies: moments and their comings, one after the other."""

    seed: int
    deaths: tuple[tuple[str, int], ...]


@dataclass
class Judgement:
    """What the trials of a run showed."""

    kills: int = 0
    trials: int = 0
    checked: Counter[Promise] = field(default_factory=Counter)
    violations: dict[Promise, list[str]] = field(default_factory=dict)
    moments: set[str] = field(default_factory=set)
    repeats: int = 0

    def check(self, promise: Promise, holds: bool, what: str) -> None:
        """Counts one check."""
        self.checked[promise] += 1
        if not holds:
            self.violations.setdefault(promise, []).append(what)

    @property
    def all_violations(self) -> list[str]:
        return [what for found in self.violations.values() for what in found]


class Stage:
    """A database with a receiver and a process that forks the players."""

    def __init__(
        self, database: Database, receiver: Receiver, process: Process, folder: Path
    ) -> None:
        self.database = database
        self._receiver = receiver
        self._process = process
        self._folder = folder
        self._n_trials = 0

    async def moments(self, seed: int) -> Mapping[str, int]:
        """Plays a seed's day without a crash; gives how often each moment comes."""
        judgement = Judgement()
        told = await self.try_once(Trial(seed=seed, deaths=()), judgement)
        if judgement.all_violations:
            raise AssertionError(f"wrong without any crash: {judgement.all_violations}")
        return dict(told["moments"])

    async def try_once(self, trial: Trial, judgement: Judgement) -> Mapping[str, Any]:
        """Plays a trial to its end and judges it; gives what was acknowledged."""
        agent_id = await self._prepare()
        self._n_trials += 1
        acknowledged = self._folder / f"acknowledged-{self._n_trials}"
        deaths = list(trial.deaths)
        for _ in range(MOST_STARTS):
            crash_at, coming = deaths.pop(0) if deaths else (None, 1)
            order = Order(
                url=self.database.engine.url.render_as_string(hide_password=False),
                acknowledged=str(acknowledged),
                agent_id=agent_id,
                seed=trial.seed,
                crash_at=crash_at,
                coming=coming,
            )
            ended = await self._play(order)
            if ended == 0:
                break
            if ended != -signal.SIGKILL:
                raise AssertionError(f"{trial}: the player ended with {ended}")
            judgement.kills += 1
            judgement.moments.add(str(crash_at))
        judgement.trials += 1
        told = read_acknowledged(acknowledged)
        await judge(self.database, trial, told, self._receiver, judgement)
        return told

    async def _play(self, order: Order) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(as_line(order))
        await self._process.stdin.drain()
        return int(await self._process.stdout.readline())

    async def _prepare(self) -> str:
        """An empty desk with an agent and a receiver; gives the agent's id."""
        await empty(self.database)
        self._receiver.deliveries.clear()
        hooks = Webhooks(self.database, master_key=MASTER_KEY)
        await hooks.create(url=self._receiver.url, events=TOLD)
        agents = build_services(self.database, Ports()).agents
        ann = await agents.create_user(email="ann@shop.example", name="Ann", role=Role.AGENT)
        return ann.id


@contextlib.asynccontextmanager
async def staged(kind: str) -> AsyncIterator[Stage]:
    """A stage on a database of its own."""
    async with migrated(kind) as database, receiving() as receiver:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.faults.crash_child",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        )
        try:
            with tempfile.TemporaryDirectory() as folder:
                yield Stage(database, receiver, process, Path(folder))
        finally:
            assert process.stdin is not None
            process.stdin.close()
            await process.wait()


def read_acknowledged(path: Path) -> dict[str, Any]:
    """Gives what somebody was told, by step."""
    told: dict[str, Any] = {}
    for line in path.read_text("utf-8").splitlines():
        told.update(json.loads(line))
    return told


async def judge(
    database: Database,
    trial: Trial,
    told: Mapping[str, Any],
    receiver: Receiver,
    judgement: Judgement,
) -> None:
    """Compares what was acknowledged with what is stored and what was delivered."""
    async with database.read() as connection:

        async def rows(query: Any) -> Sequence[TableRow[Any]]:
            return (await connection.execute(query)).all()

        chats = await rows(select(conversations))
        log = await rows(select(events).order_by(events.c.conversation_id, events.c.seq))
        found_tickets = await rows(select(tickets).order_by(tickets.c.number))
        inbox = await rows(select(inbox_events).order_by(inbox_events.c.seq))
        work = await rows(select(jobs).where(jobs.c.kind.in_(KINDS)))
        ticks = await rows(select(counters.c.value).where(counters.c.name == TICKS))

    def check(promise: Promise, holds: bool, what: str) -> None:
        judgement.check(promise, holds, f"{trial}: {what}")

    check(Promise.STORED, "end" in told, "the day did not come to its end")
    by_chat = {chat.id: [one for one in log if one.conversation_id == chat.id] for chat in chats}
    ids = Counter((one.conversation_id, one.author, one.client_id) for one in log if one.client_id)
    for key, n in ids.items():
        check(Promise.ONCE, n == 1, f"{key} is stored {n} times")
    for name, plan in enumerate(plans(trial.seed)):
        chat_id, _visitor_id = told[f"{name} session"]
        _judge_acknowledged(by_chat[chat_id], f"{name}", told, check)
        wanted = 2 if plan.comes_back and plan.second_ticket else 1
        mine = [one for one in found_tickets if one.conversation_id == chat_id]
        check(Promise.TICKET, len(mine) == wanted, f"{len(mine)} tickets instead of {wanted}")
    for chat in chats:
        _judge_log(chat, by_chat[chat.id], found_tickets, check)
    opened = Counter(one.ticket_number for one in inbox if one.kind == "ticket_opened")
    for ticket in found_tickets:
        number = ticket.number
        check(Promise.TICKET, opened[number] == 1, f"ticket {number} opened {opened[number]} times")
        check(Promise.TICKET, ticket.state == "solved", f"ticket {number} is {ticket.state}")
    numbers = [one.seq for one in inbox]
    gapless = numbers == list(range(1, len(numbers) + 1))
    check(Promise.ORDER, gapless, f"the queue's events are numbered {numbers}")
    for job in work:
        check(Promise.JOBS, job.state == "done", f"job {job.key} is {job.state}: {job.error}")
    check(Promise.SCHEDULE, [one.value for one in ticks] == [1], f"the timer's effect: {ticks}")
    _judge_deliveries(log, work, receiver, check)
    judgement.repeats += len(receiver.ids) - len(set(receiver.ids))


def _judge_acknowledged(
    log: Sequence[TableRow[Any]], name: str, told: Mapping[str, Any], check: Any
) -> None:
    stored = {(one.author, one.client_id): one for one in log if one.client_id}
    for step, seq in told.items():
        if step.startswith(f"{name} say "):
            words = step.removeprefix(f"{name} say ")
            event = stored.get(("visitor", f"{name} {words}"))
            same = event is not None and (event.seq, event.text) == (seq, words)
            check(Promise.STORED, same, f"{step} was acknowledged as {seq}, stored is {event}")
    reply = stored.get(("agent", f"{name} reply"))
    same = reply is not None and reply.seq == told[f"{name} reply"]
    check(Promise.STORED, same, f"the agent's reply was acknowledged, stored is {reply}")
    said = [one.client_id for one in log if one.author == "visitor" and one.kind == "message"]
    order = [
        f"{name} {step.removeprefix(f'{name} say ')}"
        for step in told
        if step.startswith(f"{name} say ")
    ]
    check(Promise.ORDER, said == order, f"said {order}, stored {said}")


def _judge_log(
    chat: TableRow[Any],
    log: Sequence[TableRow[Any]],
    found_tickets: Sequence[TableRow[Any]],
    check: Any,
) -> None:
    seqs = [one.seq for one in log]
    gapless = seqs == list(range(1, chat.last_seq + 1))
    check(Promise.ORDER, gapless, f"the log is numbered {seqs}, the last is {chat.last_seq}")
    mine = [one for one in found_tickets if one.conversation_id == chat.id]
    notices = [one for one in log if one.kind == "handoff"]
    check(Promise.TICKET, len(notices) == len(mine), f"{len(notices)} notices of {len(mine)}")
    answers = Counter(one.payload["in_reply_to"] for one in log if one.author == "bot")
    for event in log:
        if event.author == "visitor" and event.kind == "message":
            in_ticket = any(one.seq_from <= event.seq <= one.seq_upto for one in mine)
            cared_for = answers[event.seq] == 1 or (in_ticket and answers[event.seq] == 0)
            check(Promise.ANSWERED, cared_for, f"{event.text}: {answers[event.seq]} answers")
    for ticket in mine:
        newest = ticket.number == chat.ticket_number and ticket.episode == chat.episode
        end = chat.last_seq if newest else chat.episode_seq - 1
        whole = ticket.seq_upto == end
        check(Promise.TRANSCRIPT, whole, f"ticket {ticket.number}: {ticket.seq_upto} of {end}")
    with_agent = False
    for event in log:
        if event.kind == "agent_joined":
            with_agent = True
        elif event.kind in ("resolved", "handed_back"):
            with_agent = False
        quiet = not (with_agent and event.author == "bot")
        check(Promise.TAKEOVER, quiet, f"the bot said {event.text!r} beside an agent")


def _judge_deliveries(
    log: Sequence[TableRow[Any]],
    work: Sequence[TableRow[Any]],
    receiver: Receiver,
    check: Any,
) -> None:
    wanted = {job.payload["event_id"] for job in work if job.kind == DELIVER}
    got = set(receiver.ids)
    check(
        Promise.DELIVERIES, got == wanted, f"wanted but not got {wanted - got}, or {got - wanted}"
    )
    told_of = {
        f"evt_{one.conversation_id}_m{one.seq}"
        for one in log
        if one.kind == "message" and one.author in ("visitor", "bot", "agent")
    }
    untold = told_of - wanted
    check(Promise.DELIVERIES, not untold, f"no delivery was written for {untold}")
    bodies = {(one.id, one.body) for one in receiver.deliveries}
    check(Promise.DELIVERIES, len(bodies) == len(got), "a repeat had another body")


def make_trials(moments: Mapping[str, int], *, seed: int) -> list[Trial]:
    """Gives trials for every moment, at its first and at another coming."""
    chance = random.Random(seed)
    return [
        _trial(seed, name, coming, moments, chance)
        for name in sorted(moments)
        for coming in sorted({1, chance.randint(1, moments[name])})
    ]


def make_telling_trials(moments: Mapping[str, int]) -> list[Trial]:
    """Gives the trials of the short version."""
    trials = []
    for place, seed in enumerate(SHORT_SEEDS):
        chance = random.Random(seed)
        names = (*MOST_TELLING, *TELLING[place :: len(SHORT_SEEDS)])
        trials += [
            _trial(seed, name, chance.randint(1, moments[name]), moments, chance) for name in names
        ]
    return trials


def _trial(
    seed: int, name: str, coming: int, moments: Mapping[str, int], chance: random.Random
) -> Trial:
    """Gives a trial, in every third case with a second death somewhere else."""
    deaths = [(name, coming)]
    if chance.random() < 1 / 3:
        deaths.append((chance.choice(sorted(moments)), 1))
    return Trial(seed=seed, deaths=tuple(deaths))


async def play(kind: str, *, seeds: Sequence[int], short: bool) -> Judgement:
    """Plays all trials on one kind of database; the short version has seeds of its own."""
    judgement = Judgement()
    async with staged(kind) as stage:
        if short:
            for trial in make_telling_trials(await stage.moments(SHORT_SEEDS[0])):
                await stage.try_once(trial, judgement)
            return judgement
        for seed in seeds:
            for trial in make_trials(await stage.moments(seed), seed=seed):
                await stage.try_once(trial, judgement)
    return judgement


def run(options: Options) -> Iterable[Row]:
    """Kills at every moment, or at the most telling ones; one row per promise and database."""
    for kind in options.databases:
        began = time.monotonic()
        seeds = SHORT_SEEDS if options.short else options.seeds
        judgement = asyncio.run(play(kind, seeds=options.seeds, short=options.short))
        for what in judgement.all_violations:
            print(f"    {what}")
        figures = (
            f"{judgement.trials} trials at {len(judgement.moments)} moments, "
            f"{judgement.repeats} deliveries repeated under their ids"
        )
        for promise in CHECKED:
            yield Row(
                promise=promise,
                faults="SIGKILL between two steps",
                database=kind,
                injected=judgement.kills,
                checked=judgement.checked[promise],
                violations=len(judgement.violations.get(promise, ())),
                seconds=round(time.monotonic() - began, 1),
                details=f"seeds {', '.join(map(str, seeds))}; {figures}",
            )
