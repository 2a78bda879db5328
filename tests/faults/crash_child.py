"""A process that plays a small day of a help desk and dies where it is told to.

`python -m tests.faults.crash_child` reads orders from its input, one JSON object a line, and forks
a child for each: importing takes longer than the whole day. The child plays the script of its seed
from where the acknowledgement file says it got to, with the same client ids as before; dispatcher,
worker, webhook deliveries and use cases are the product's. At the n-th coming of the named moment
it kills itself by SIGKILL. The answer to an order is the child's end: 0, or the signal's number.
"""

from __future__ import annotations

import asyncio
import importlib
import ipaddress
import json
import os
import random
import signal
import ssl
import sys
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import func, select

from bot.dispatch_rules import BrainCondition
from bot.dispatcher import Dispatcher
from bot.errors import BrainError
from bot.realtime.hub import Hub
from bot.settings import TurnSettings
from bot.turn_mapping import TurnSurroundings
from bot.webhook_delivery import WebhookDelivery
from bot.work import FOLLOW_UPS
from handoff.crash_points import crash_point, watch
from handoff.errors import StoreUnavailable
from handoff.model import Claim, Completed, Dropped, TurnResult
from handoff.ports import Ports
from handoff.service import Services, build_services
from handoff.store.engine import Database, Transaction, open_database
from handoff.store.tables import counters, jobs
from handoff.store.upsert import upsert_into
from handoff.turns import Turns
from handoff.webhooks.model import DELIVER
from handoff.webhooks.store import Webhooks
from handoff.work.model import JobState, LeasedJob
from handoff.work.outcome import Done
from handoff.work.queue import JobQueue
from handoff.work.worker import Handler, Schedule, Worker
from tests.bot.fake_brain import answered

MASTER_KEY = b"a key for crash trials only......"
TICK = "crash.tick"
TICKS = "crash-ticks"
# What this day's worker does; timers of later days stay where they are.
KINDS = (DELIVER, TICK)
# One slot for longer than anybody runs this.
TICK_EVERY = timedelta(days=36_500)
LEASE_S = 0.25
LOOK_S = 0.02
# Far beyond any trial: what takes longer hangs.
LIMIT_S = 60
ROOT = Path(__file__).resolve().parents[2]
# Moments that every transaction has are named after the use case that runs it.
SHARED = ("commit.", "flush.")
SHELLS = ("handoff/store/engine.py", "handoff/store/unit.py", "handoff/crash_points.py")


@dataclass(frozen=True, kw_only=True)
class Order:
    """What one child is to do."""

    url: str
    acknowledged: str
    agent_id: str
    seed: int
    crash_at: str | None = None
    coming: int = 1


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What happens in one conversation."""

    questions: int
    comes_back: bool
    second_ticket: bool


def plans(seed: int) -> list[Plan]:
    """Gives the day of a seed."""
    chance = random.Random(seed)
    return [
        Plan(
            questions=chance.randint(1, 3),
            comes_back=chance.random() < 0.7,
            second_ticket=chance.random() < 0.5,
        )
        for _ in range(chance.randint(1, 2))
    ]


class Acknowledged:
    """The steps that somebody was told of, in a file that outlives the process."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        lines = path.read_text("utf-8").splitlines()
        self.steps: dict[str, Any] = {}
        for line in lines:
            self.steps.update(json.loads(line))

    def note(self, step: str, told: Any) -> None:
        """Writes one line at once."""
        self.steps[step] = told
        os.write(self._file, (json.dumps({step: told}) + "\n").encode())


class ShortLeases:
    """The product's turns with leases that a trial can wait for."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def claim(self, conversation_id: str, *, lease_s: float) -> Claim | None:
        return await self._turns.claim(conversation_id, lease_s=LEASE_S)

    async def complete(self, claim: Claim, result: TurnResult) -> Completed | Dropped:
        return await self._turns.complete(claim, result)

    async def fail(self, claim: Claim, *, reason: str = "bot_unavailable") -> Completed | Dropped:
        return await self._turns.fail(claim, reason=reason)

    async def release(self, claim: Claim) -> None:
        await self._turns.release(claim)

    async def waiting(self, *, limit: int) -> list[str]:
        return await self._turns.waiting(limit=limit)


class QuickBrain:
    """Always there; a message that begins with `person` wants one."""

    def admits(self) -> bool:
        return True

    def condition(self) -> BrainCondition:
        return BrainCondition.READY

    def suspect(self, error: BrainError) -> None:
        return

    async def turn(
        self, request: Mapping[str, Any], *, limit_s: float, correlation_id: str | None = None
    ) -> Mapping[str, Any]:
        body = dict(request)
        if body["message"]["text"].startswith("person"):
            return answered(body) | {"replies": [], "handoff": {"reason": "asked_for_person"}}
        return answered(body)


class Day:
    """One playing of the script, from where the last one ended."""

    def __init__(self, order: Order, database: Database, core: Services) -> None:
        self._order = order
        self._database = database
        self._core = core
        self._told = Acknowledged(Path(order.acknowledged))

    async def play(self) -> None:
        for number, plan in enumerate(plans(self._order.seed)):
            await self._play(f"{number}", plan)
        await self._until_quiet()
        self._told.note("end", True)

    async def _play(self, name: str, plan: Plan) -> None:
        for question in range(plan.questions):
            await self._say(name, f"question {question}")
        await self._until_answered(name)
        await self._say(name, "person please")
        await self._say(name, "still there?")
        number = await self._once(f"{name} first ticket", lambda: self._until_ticket(name))
        await self._serve(name, number)
        if not plan.comes_back:
            return
        await self._say(name, "something else")
        await self._until_answered(name)
        if plan.second_ticket:
            await self._say(name, "person again")
            second = await self._once(f"{name} second ticket", lambda: self._until_ticket(name))
            await self._once(f"{name} resolve {second}", lambda: self._resolve(second))

    async def _serve(self, name: str, number: str) -> None:
        agent, desk = self._order.agent_id, self._core.desk

        async def take() -> Any:
            return (await desk.take(number, agent)).ticket.number

        async def reply() -> Any:
            act = await desk.reply(number, agent, client_id=f"{name} reply", text=f"{name} hello")
            return act.event.seq if act.event else None

        await self._once(f"{name} take", take)
        await self._say(name, "thank you for looking")
        await self._once(f"{name} reply", reply)
        await self._once(f"{name} resolve {number}", lambda: self._resolve(number))

    async def _resolve(self, number: str) -> Any:
        return (await self._core.desk.resolve(number, self._order.agent_id)).ticket.state.value

    async def _session(self, name: str) -> tuple[str, str]:
        async def start() -> Any:
            chat = await self._core.visitors.open_session(
                visitor_id=None, conversation_id=None, locale="en", page_url=None
            )
            return [chat.id, chat.visitor_id]

        conversation_id, visitor_id = await self._once(f"{name} session", start)
        return conversation_id, visitor_id

    async def _say(self, name: str, words: str) -> None:
        conversation_id, visitor_id = await self._session(name)

        async def say() -> Any:
            accepted = await self._core.visitors.accept_message(
                conversation_id, visitor_id=visitor_id, client_id=f"{name} {words}", text=words
            )
            return accepted.event.seq

        await self._once(f"{name} say {words}", say)

    async def _until_answered(self, name: str) -> None:
        conversation_id, visitor_id = await self._session(name)
        while True:
            view = await self._core.visitors.get(conversation_id, visitor_id=visitor_id)
            if not view.bot_pending:
                return
            await asyncio.sleep(LOOK_S)

    async def _until_ticket(self, name: str) -> str:
        """Gives the number of the open matter's ticket, once the bot has said all it has to."""
        conversation_id, visitor_id = await self._session(name)
        await self._until_answered(name)
        view = await self._core.visitors.get(conversation_id, visitor_id=visitor_id)
        if view.ticket is None:
            raise LookupError("the bot owes nothing and there is no ticket")
        return view.ticket.number

    async def _until_quiet(self) -> None:
        left = select(func.count()).where(
            jobs.c.state == JobState.TODO.value, jobs.c.kind.in_(KINDS)
        )
        while True:
            async with self._database.read() as connection:
                if not (await connection.execute(left)).scalar_one():
                    return
            await asyncio.sleep(LOOK_S)

    async def _once(self, step: str, act: Callable[[], Awaitable[Any]]) -> Any:
        """Does a step until somebody could be told that it is done, and never again after that."""
        if step in self._told.steps:
            return self._told.steps[step]
        while True:
            try:
                told = await act()
                break
            except StoreUnavailable:
                await asyncio.sleep(LOOK_S)
        crash_point("client.told")
        self._told.note(step, told)
        return told


async def count_tick(_leased: LeasedJob) -> Done:
    """An effect inside the database that can be counted."""

    async def count(transaction: Transaction) -> None:
        raised = {"value": counters.c.value + 1}
        await transaction.connection.execute(
            upsert_into(transaction.connection, counters)
            .values(name=TICKS, value=1)
            .on_conflict_do_update(index_elements=[counters.c.name], set_=raised)
        )

    return Done(effect=count)


def warm_up() -> ssl.SSLContext:
    """Loads what every child would otherwise load for itself; starts no thread.

    Gives the certificates that deliveries trust.
    """
    for module in ("aiosqlite", "anyio._backends._asyncio", "asyncpg", "h11", "httpcore"):
        importlib.import_module(module)
    return ssl.create_default_context()


async def live(order: Order, trusted: ssl.SSLContext) -> None:
    """Plays the day beside a dispatcher and a worker."""
    database = open_database(order.url, follow_ups=FOLLOW_UPS)
    hub, brain = Hub(), QuickBrain()
    core = build_services(database, Ports(publisher=hub))
    dispatcher = Dispatcher(
        turns=ShortLeases(core.turns),
        brain=brain,
        readiness=brain,
        hub=hub,
        settings=TurnSettings(
            try_limit_s=5,
            answer_within_s=LIMIT_S,
            tries=50,
            at_once=4,
            breaker_failures=100,
            breaker_pause_s=1,
        ),
        surroundings=lambda: TurnSurroundings(
            languages=("en",),
            agents_online=False,
            formality="formal",
            opening_hours=None,
            brand="Shop",
            market=None,
            now=datetime.now(UTC),
        ),
        sweep_s=0.1,
    )
    delivery = WebhookDelivery(
        Webhooks(database, master_key=MASTER_KEY),
        allowed=[ipaddress.ip_network("127.0.0.0/8")],
        tls=trusted,
    )
    worker = Worker(
        database,
        JobQueue(database, publisher=hub),
        {DELIVER: Handler(run=delivery.run), TICK: Handler(run=count_tick)},
        name=f"crash trial {os.getpid()}",
        schedules=(Schedule(kind=TICK, every=TICK_EVERY),),
        lease_s=LEASE_S,
        poll_s=0.05,
    )
    running = [asyncio.create_task(part.run()) for part in (dispatcher, worker)]
    await Day(order, database, core).play()
    hub.close()
    await asyncio.gather(dispatcher.drain(grace_s=5), worker.drain(grace_s=5))
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await delivery.close()
    await database.dispose()


def moment_name(point: str, frame: FrameType | None) -> str:
    """Gives a point's name; a transaction's with the use case that runs it."""
    if not point.startswith(SHARED):
        return point
    innermost, outermost = "", ""
    while frame is not None:
        file = frame.f_code.co_filename
        place = file.removeprefix(f"{ROOT}/")
        if place.startswith("handoff/") and place not in SHELLS:
            innermost = innermost or frame.f_code.co_qualname
            if place != "handoff/work/worker.py":
                outermost = frame.f_code.co_qualname
        frame = frame.f_back
    return f"{outermost or innermost}: {point}"


def run_child(order: Order, trusted: ssl.SSLContext) -> None:
    """Plays the day in this process, which ends by it."""
    seen: Counter[str] = Counter()

    def watcher(point: str) -> None:
        name = moment_name(point, sys._getframe(2))
        seen[name] += 1
        if name == order.crash_at and seen[name] == order.coming:
            os.kill(os.getpid(), signal.SIGKILL)

    watch(watcher)
    signal.alarm(LIMIT_S)
    asyncio.run(live(order, trusted))
    Acknowledged(Path(order.acknowledged)).note("moments", dict(seen))


def main() -> None:
    """Forks one child per order and tells how it ended."""
    trusted = warm_up()
    for line in sys.stdin:
        order = Order(**json.loads(line))
        child = os.fork()
        if child == 0:
            # The answers to orders are on the output; what the product logs is not among them.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            try:
                run_child(order, trusted)
            except BaseException:
                traceback.print_exc()
                os._exit(70)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def as_line(order: Order) -> bytes:
    """Gives an order as the process reads it."""
    return (json.dumps(asdict(order)) + "\n").encode()


if __name__ == "__main__":
    main()
