"""Races over many tickets: agents against the bot's answers, and agents against each other.

Every contender has an engine of its own, as several gateways would. Takeovers come while an answer
of the bot is being stored; whichever is first, the bot must be silent from then on. Of ten agents
who take one ticket at the same time one gets it, and the others are told who.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from handoff.errors import AlreadyTaken
from handoff.model import Completed, ConversationView, Role, TicketAct, User
from handoff.passwords import Passwords
from handoff.ports import Ports
from handoff.service import Services, build_services
from handoff.store.engine import open_database
from tests.faults.databases import migrated
from tests.faults.promises import Promise
from tests.faults.report import SQLITE, Options, Row
from tests.handoff.world import QUICK_HASHER, answered

T = TypeVar("T")
N_ENGINES = 4
N_AGENTS = 10
ROUNDS = 20  # takeovers in one conversation
# Conversations that race side by side; on SQLite one writes at a time anyway.
SIDE_BY_SIDE = 4
LONGEST_START_S = 0.004
LOG_PAGE = 1000


@dataclass
class Result:
    """What the races showed; `broken` says in words what was wrong."""

    n_races: int = 0
    answered_first: int = 0
    broken: list[str] = field(default_factory=list)


@contextlib.asynccontextmanager
async def contenders(kind: str) -> AsyncIterator[list[Services]]:
    """Use cases over several engines on one empty database."""
    async with migrated(kind) as database:
        url = database.engine.url
        engines = [open_database(url, busy_timeout_s=30) for _ in range(N_ENGINES)]
        try:
            yield [
                build_services(engine, Ports(), passwords=Passwords(QUICK_HASHER))
                for engine in engines
            ]
        finally:
            for engine in engines:
                await engine.dispose()


async def race_takeovers(desks: Sequence[Services], n: int, *, seed: int) -> Result:
    """Takes conversations over while the bot's answers to them are being stored."""
    chance, result = random.Random(seed), Result()
    (ann,) = await _agents(desks[0], 1)
    waiting = [min(ROUNDS, n - start) for start in range(0, n, ROUNDS)]

    async def next_ones() -> None:
        while waiting:
            await _race_conversation(desks, ann, waiting.pop(), chance, result)

    await asyncio.gather(*(next_ones() for _ in range(SIDE_BY_SIDE)))
    return result


async def _race_conversation(
    desks: Sequence[Services], ann: User, rounds: int, chance: random.Random, result: Result
) -> None:
    chat, number = await _open_ticket(desks[0])
    await desks[0].desk.take(number, ann.id)
    for turn in range(rounds):
        await desks[0].desk.hand_back(number, ann.id)
        await desks[0].visitors.accept_message(
            chat.id, visitor_id=chat.visitor_id, client_id=f"q{turn}", text=f"question {turn}"
        )
        bot, agent = chance.sample(desks, 2)
        claim = await bot.turns.claim(chat.id, lease_s=30)
        if claim is None:
            result.broken.append(f"{number}, round {turn}: the bot got no claim")
            return
        outcome, taken = await asyncio.gather(
            _soon(chance, bot.turns.complete(claim, answered())),
            _soon(chance, agent.desk.take(number, ann.id)),
        )
        result.n_races += 1
        result.answered_first += isinstance(outcome, Completed)
        if taken.ticket.assignee is None:
            result.broken.append(f"{number}, round {turn}: the takeover did not count")
    result.broken += await _words_beside_an_agent(desks[0], chat, number)


async def _words_beside_an_agent(desk: Services, chat: ConversationView, number: str) -> list[str]:
    found, with_agent, cursor, more = [], False, 0, True
    while more:
        page = await desk.visitors.page_after(chat.id, after=cursor, limit=LOG_PAGE)
        cursor, more = page.cursor, page.more
        for event in page.events:
            if event.kind in ("agent_joined", "handed_back"):
                with_agent = event.kind == "agent_joined"
            if with_agent and event.author.value == "bot":
                found.append(f"{number}: the bot spoke beside an agent at {event.seq}")
    return found


async def race_claims(desks: Sequence[Services], n_tickets: int, *, seed: int) -> Result:
    """Has ten agents take each ticket at the same time."""
    chance, result = random.Random(seed), Result()
    agents = await _agents(desks[0], N_AGENTS)
    for _ in range(n_tickets):
        _chat, number = await _open_ticket(desks[0])
        outcomes = await asyncio.gather(
            *(
                _soon(chance, desks[place % len(desks)].desk.take(number, agent.id))
                for place, agent in enumerate(chance.sample(agents, len(agents)))
            ),
            return_exceptions=True,
        )
        result.n_races += len(outcomes)
        winners = [one for one in outcomes if isinstance(one, TicketAct)]
        losers = [one for one in outcomes if isinstance(one, AlreadyTaken)]
        if len(winners) != 1 or len(losers) != len(agents) - 1:
            result.broken.append(f"{number}: {len(winners)} winners, {len(losers)} losers")
            continue
        holder = (await desks[-1].desk.find(number)).assignee
        told = {loser.agent_name for loser in losers}
        if holder is None or holder != winners[0].ticket.assignee or told != {holder.name}:
            result.broken.append(f"{number}: {holder} has it, the others were told {told}")
    return result


async def _agents(desk: Services, n: int) -> list[User]:
    return [
        await desk.agents.create_user(
            email=f"agent{place}@shop.example", name=f"Agent {place}", role=Role.AGENT
        )
        for place in range(n)
    ]


async def _open_ticket(desk: Services) -> tuple[ConversationView, str]:
    chat = await desk.visitors.open_session(
        visitor_id=None, conversation_id=None, locale="en", page_url=None
    )
    await desk.visitors.accept_message(
        chat.id, visitor_id=chat.visitor_id, client_id="first", text="A person, please"
    )
    claim = await desk.turns.claim(chat.id, lease_s=30)
    if claim is None:
        raise LookupError("the bot got no claim")
    done = await desk.turns.complete(claim, answered(replies=(), handoff="asked_for_person"))
    if not isinstance(done, Completed) or done.ticket is None:
        raise LookupError("there is no ticket")
    return chat, done.ticket.number


async def _soon(chance: random.Random, work: Awaitable[T]) -> T:
    """Starts after a moment: who comes first is drawn."""
    await asyncio.sleep(chance.uniform(0, LONGEST_START_S))
    return await work


def run(options: Options) -> Iterable[Row]:
    """1,000 takeovers and 10,000 claims per seed; fewer claims on SQLite, which has one writer."""
    for kind in options.databases:
        for seed in options.seeds:
            n_takeovers = 60 if options.short else 1000
            n_tickets = 20 if options.short else 200 if kind == SQLITE else 1000
            began = time.monotonic()
            takeovers, claims = asyncio.run(_both(kind, n_takeovers, n_tickets, seed))
            seconds = round(time.monotonic() - began, 1)
            for what in (*takeovers.broken, *claims.broken):
                print(f"    {what}")
            yield Row(
                promise=Promise.TAKEOVER,
                faults="takeover while the bot's answer is stored",
                database=kind,
                injected=takeovers.n_races,
                checked=takeovers.n_races,
                violations=len(takeovers.broken),
                seed=seed,
                seconds=seconds,
                details=f"the answer was first {takeovers.answered_first} times",
            )
            yield Row(
                promise=Promise.ONE_OWNER,
                faults=f"{N_AGENTS} agents take one ticket at the same time",
                database=kind,
                injected=claims.n_races,
                checked=n_tickets,
                violations=len(claims.broken),
                seed=seed,
                seconds=seconds,
            )


async def _both(kind: str, n_takeovers: int, n_tickets: int, seed: int) -> tuple[Result, Result]:
    async with contenders(kind) as desks:
        takeovers = await race_takeovers(desks, n_takeovers, seed=seed)
    async with contenders(kind) as desks:
        return takeovers, await race_claims(desks, n_tickets, seed=seed)
