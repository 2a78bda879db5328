"""A fleet with a crowd in front of it: what storms, rolling restarts and bursts have in common."""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from handoff.store.engine import Database
from handoff.webhooks.signing import ID_HEADER
from tests.faults.crowd import Agent, Doors, Saying, Visitor
from tests.faults.fleet import Fleet, running_fleet
from tests.faults.judge import Desk, Finding, History, judge
from tests.faults.report import RESULTS, Row
from tests.faults.stored import (
    LOOK_S,
    add_people,
    add_receiver,
    email_of,
    hurry,
    load_desk,
    opened,
    until_quiet,
)
from tests.handoff.webhooks.receiver import Answer, Receiver, break_off, receiving, status

# After the last fault leases run out, brains come back and deliveries are tried again, which pause
# for up to 45 s between their first tries; for longer than this nothing stands still.
STUCK_S: Final = 100.0
READERS_AT_ONCE: Final = 20
CLIENTS: Final = 20
# How long a visitor waits for an answer to her last message before she leaves.
LINGERS_S: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How many of everything; each visitor stays for a while and leaves."""

    visitors: int
    messages: int
    agents: int
    gateways: int
    brains: int
    workers: int
    lasts_s: float
    stays_s: float = math.inf
    pace_s: float = 1.0


@dataclass
class Stage:
    """A running fleet, its crowd and what the crowd wrote down."""

    name: str
    fleet: Fleet
    database: Database
    receiver: Receiver
    doors: Doors
    history: History = field(default_factory=History)
    visitors: list[Visitor] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    desk: Desk | None = None
    rested_s: float = 0.0
    came_to_rest: bool = True

    async def talk(self, visits: Sequence[Sequence[Saying]], *, began: float) -> None:
        """Lets every visitor come, say what is planned and leave; ends with the last of them.

        What came after she had left she reads at the end, from her cursor.
        """

        async def visit(n: int, sayings: Sequence[Saying]) -> None:
            visitor = Visitor(f"v{n}", self.doors, streams=n % 2 == 0)
            # She comes shortly before her first word, not all at the beginning.
            await asyncio.sleep(max(0.0, began + sayings[0].at_s - 1.0 - time.monotonic()))
            if not await visitor.open():
                return
            self.visitors.append(visitor)
            watching = asyncio.create_task(visitor.watch())
            await visitor.talk(sayings, began=began)
            await asyncio.sleep(LINGERS_S)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

        await asyncio.gather(*(visit(n, sayings) for n, sayings in enumerate(visits) if sayings))

    async def hire(self, n_agents: int) -> None:
        """Creates agents and logs them in; the first only follows the inbox."""
        names = [f"agent{n}" for n in range(n_agents + 1)]
        async with opened(self.fleet) as (_database, services):
            await add_people(services, names)
        agents = [Agent(name, email_of(name), self.doors) for name in names]
        await asyncio.gather(*(agent.log_in() for agent in agents))
        self.agents = agents[1:]
        self.history.inbox_seen = []
        following = agents[0].follow_inbox(self.history.inbox_seen)
        self._watching.append(asyncio.create_task(following))

    async def rest(self, *, quick: bool) -> None:
        """Waits until nothing is owed, and lets every client catch up.

        Args:
            quick: Leases and pauses between tries end at once instead of in their time.
        """
        began = time.monotonic()
        self.receiver.always = status(200)
        while quick and not await hurry(self.database):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_S)
        self.came_to_rest = await until_quiet(self.database, stuck_s=STUCK_S)
        self.rested_s = time.monotonic() - began
        self.desk = await load_desk(self.database)
        await self._let_inbox_arrive(self.desk)
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        await self._catch_up()
        await self._read_tickets(self.desk)
        self.history.deliveries = [
            (one.headers[ID_HEADER], one.body) for one in self.receiver.deliveries
        ]

    def findings(self) -> list[Finding]:
        """The verdict, after `rest`."""
        if self.desk is None:
            raise LookupError("nothing is judged before it has come to rest")
        found = judge(self.history, self.desk)
        if any(finding.broken for finding in found):
            # Whoever looks for the cause needs what the processes said.
            kept = RESULTS / "logs" / self.name
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(self.fleet.home / "logs", kept)
        return found

    async def _let_inbox_arrive(self, desk: Desk) -> None:
        seen, last = self.history.inbox_seen, desk.inbox[-1].seq if desk.inbox else 0
        deadline = time.monotonic() + 20
        while seen is not None and (seen[-1:] or [0])[0] < last:
            if time.monotonic() > deadline:
                return
            await asyncio.sleep(LOOK_S)

    async def _catch_up(self) -> None:
        places = asyncio.Semaphore(READERS_AT_ONCE)

        async def read(visitor: Visitor) -> None:
            async with places:
                await visitor.catch_up()

        await asyncio.gather(*(read(visitor) for visitor in self.visitors))

    async def _read_tickets(self, desk: Desk) -> None:
        if not self.agents:
            return
        for ticket in desk.tickets:
            shown = await self.agents[0].transcript(str(ticket.number))
            if shown is not None:
                self.history.transcripts[ticket.number] = shown

    def __post_init__(self) -> None:
        self._watching: list[asyncio.Task[None]] = []


@contextlib.asynccontextmanager
async def staged(
    name: str,
    *,
    database: str,
    scale: Scale,
    chance: random.Random,
    settings: Mapping[str, str] | None = None,
    brain_arguments: Sequence[str] = ("-m", "tests.bot.fake_brain"),
) -> AsyncIterator[Stage]:
    """Starts everything for one run and removes it afterwards.

    After a broken promise the logs stay in var/faults/logs, in a folder of this name.
    """
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="babeldesk-faults-", ignore_cleanup_errors=True)
        )
        receiver = await stack.enter_async_context(receiving())
        fleet = await stack.enter_async_context(
            running_fleet(
                Path(folder),
                database=database,
                gateways=scale.gateways,
                brains=scale.brains,
                workers=scale.workers,
                brain_arguments=brain_arguments,
                settings=settings,
            )
        )
        store, _services = await stack.enter_async_context(opened(fleet))
        await add_receiver(store, fleet, receiver.url)
        receiver.always = moody(random.Random(chance.random()))
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=100 // CLIENTS)
        # Nothing is encrypted here, and each client would read all certificates again.
        clients = [
            await stack.enter_async_context(
                httpx.AsyncClient(trust_env=False, limits=limits, verify=False)
            )
            for _ in range(CLIENTS)
        ]
        history = History()
        doors = Doors(urls=fleet.urls, clients=clients, history=history, chance=chance)
        keeper = asyncio.create_task(fleet.keep_alive())
        stage = Stage(
            name=name, fleet=fleet, database=store, receiver=receiver, doors=doors, history=history
        )
        try:
            yield stage
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)


def moody(chance: random.Random) -> Answer:
    """A receiver that refuses now and then, or acts and breaks off before it answers."""
    answers = (status(200), status(500), break_off)

    async def answer(writer: asyncio.StreamWriter) -> None:
        await chance.choices(answers, (88, 7, 5))[0](writer)

    return answer


def rows_of(
    findings: Sequence[Finding],
    *,
    faults: str,
    database: str,
    injected: int,
    seed: int,
    seconds: float,
    details: Mapping[str, str] | None = None,
) -> list[Row]:
    """Gives one row per finding that looked at anything.

    Of what broke, the first three stand in the details.
    """
    return [
        Row(
            promise=finding.promise,
            faults=faults,
            database=database,
            injected=injected,
            checked=finding.checked,
            violations=len(finding.broken),
            seed=seed,
            seconds=round(seconds, 1),
            details="; ".join(
                [*finding.broken[:3], (details or {}).get(finding.promise.name, "")]
            ).strip("; "),
        )
        for finding in findings
        if finding.checked or finding.broken
    ]
