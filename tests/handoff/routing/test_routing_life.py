"""Days at made-up desks: agents come, go and die, tickets open and close, and nothing is stuck."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from handoff.model import User
from handoff.routing.engine import choose
from handoff.routing.model import (
    AgentState,
    Availability,
    Plan,
    RoutingPolicy,
    WaitingTicket,
)
from handoff.routing.order import order_tickets
from handoff.routing.returns import Held, decide_return
from tests.handoff.routing.desk import RoutedDesk
from tests.handoff.routing.test_routing_engine import check_promises
from tests.handoff.routing.values import NOW, agent, minutes, ticket

POLICY = RoutingPolicy()
# Checking every promise takes tickets times agents; a longer line proves nothing more.
MOST_WAITING = 10
LANGUAGES = ("el", "en", "tr", "de")


@dataclass
class Offer:
    """A ticket in an agent's hands."""

    ticket: WaitingTicket
    agent_id: str
    at: datetime
    answered: bool = False


@dataclass
class PureDesk:
    """A desk without a database: the engine, the returns, and people who do as they like."""

    chance: random.Random
    agents: dict[str, AgentState]
    now: datetime = NOW
    since: dict[str, datetime] = field(default_factory=dict)
    waiting: dict[int, WaitingTicket] = field(default_factory=dict)
    held: dict[int, Offer] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    n_opened: int = 0
    longest: timedelta = timedelta(0)

    def minute(self, *, quiet: bool = False) -> Plan:
        self.now += minutes(1)
        if not quiet:
            self._open()
            self._come_and_go()
        self._work(diligent=quiet)
        self._return()
        return self._assign()

    def _open(self) -> None:
        if len(self.waiting) > MOST_WAITING:
            return
        for _ in range(self.chance.choice((0, 0, 1, 1, 2))):
            self.n_opened += 1
            self.waiting[self.n_opened] = replace(
                ticket(
                    self.n_opened,
                    priority=self.chance.randint(1, 5),
                    language=self.chance.choice(LANGUAGES),
                    channel=self.chance.choice(("widget", "email")),
                    support_tier=self.chance.choice((1, 1, 1, 2)),
                    skills=self.chance.choice(((), (), ("billing",))),
                ),
                opened_at=self.now,
                queued_at=self.now,
            )

    def _come_and_go(self) -> None:
        for name, one in self.agents.items():
            if self.chance.random() < 0.1:
                state = self.chance.choice(tuple(Availability))
                self.agents[name] = replace(one, availability=state)
                self.since[name] = self.now

    def _work(self, *, diligent: bool) -> None:
        for number, offer in list(self.held.items()):
            if self.agents[offer.agent_id].availability is not Availability.ONLINE:
                continue
            if not offer.answered:
                offer.answered = self.chance.random() < (0.9 if diligent else 0.3)
            elif self.chance.random() < 0.2:
                del self.held[number]
                self.done.add(number)

    def _return(self) -> None:
        for number, offer in list(self.held.items()):
            one = self.agents[offer.agent_id]
            held = Held(
                assigned_at=offer.at,
                is_answered=offer.answered,
                visitor_waits=True,
                availability=one.availability,
                available_since=self.since.get(offer.agent_id, NOW),
            )
            if decide_return(held, POLICY, now=self.now) is not None:
                del self.held[number]
                refused = {offer.agent_id: self.now + POLICY.cool_down}
                self.waiting[number] = replace(
                    offer.ticket, queued_at=self.now, refused_until=refused
                )

    def _assign(self) -> Plan:
        agents = [replace(one, load=self._load(name)) for name, one in self.agents.items()]
        line = order_tickets(list(self.waiting.values()), POLICY.order)
        plan = choose(line, agents, POLICY, now=self.now)
        check_promises(line, agents, plan, now=self.now)
        for assignment in plan.assignments:
            given = self.waiting.pop(assignment.number)
            self.held[assignment.number] = Offer(given, assignment.agent_id, self.now)
            self.longest = max(self.longest, self.now - given.opened_at)
        assert not self.waiting.keys() & self.held.keys()
        return plan

    def _load(self, name: str) -> dict[str, int]:
        mine = [offer.ticket.channel for offer in self.held.values() if offer.agent_id == name]
        return {channel: mine.count(channel) for channel in set(mine)}


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_during_the_day_every_ticket_is_done_in_the_end(seed: int) -> None:
    chance = random.Random(seed)
    agents = {
        name: agent(
            name,
            *chance.sample(LANGUAGES, chance.randint(1, 3)),
            capacity=chance.randint(1, 4),
            skills=chance.sample(("billing",), chance.randint(0, 1)),
            channel_capacity=chance.choice(({}, {"widget": 2})),
            support_tier=2 if name == "a0" else chance.choice((1, 1, 2)),
        )
        for name in (f"a{number}" for number in range(chance.randint(2, 8)))
    }
    desk = PureDesk(chance, agents)
    for _ in range(120):
        desk.minute()

    # One person of tier 2 comes and stays; everybody else may be gone.
    desk.agents = {
        name: replace(
            one,
            availability=Availability.ONLINE if name == "a0" else Availability.OFFLINE,
        )
        for name, one in desk.agents.items()
    }
    desk.since = dict.fromkeys(desk.agents, desk.now)
    left = len(desk.waiting) + len(desk.held)
    for _ in range(60 + 60 * left):
        if not desk.waiting and not desk.held:
            break
        desk.minute(quiet=True)

    assert (desk.waiting, desk.held) == ({}, {})
    assert desk.done == set(range(1, desk.n_opened + 1))


@pytest.mark.parametrize("shares", [("round_robin", 1), ("least_loaded", 1)])
def test_equal_agents_get_equal_shares_of_a_day(shares: tuple[str, int]) -> None:
    policy = replace(POLICY, share=type(POLICY.share)(shares[0]))
    names = [f"a{number}" for number in range(5)]
    given = dict.fromkeys(names, 0)
    last: dict[str, datetime] = {}
    chance = random.Random(7)
    for step in range(500):
        now = NOW + minutes(step)
        agents = [
            agent(name, "en", capacity=9, last_assigned_at=last.get(name), load=0)
            for name in chance.sample(names, 5)
        ]
        one = replace(ticket(step), opened_at=now, queued_at=now)
        (assignment,) = choose([one], agents, policy, now=now).assignments
        given[assignment.agent_id] += 1
        last[assignment.agent_id] = now

    assert max(given.values()) - min(given.values()) <= shares[1]


@pytest.mark.parametrize("seed", range(2))
async def test_a_day_through_the_database(desk: RoutedDesk, seed: int) -> None:
    chance = random.Random(seed)
    services = desk.world.services.desk
    languages = {"Anna": ("el", "en"), "Ben": ("en",), "Cem": ("tr", "en"), "Dora": ("de",)}
    people: dict[str, User] = {
        name: await desk.agent(name, *spoken, capacity=2) for name, spoken in languages.items()
    }
    online = set(people)
    numbers: list[str] = []

    async def step() -> None:
        deed = chance.choice(("open", "open", "take", "take", "resolve", "go", "come"))
        name = chance.choice(sorted(people))
        user = people[name]
        if deed == "open":
            locale = chance.choice(("el-GR", "en-GB", "tr-TR", "de-DE"))
            numbers.append(await desk.ask(chance.choice(("Help", "Outage!")), locale=locale))
        elif deed == "go" and name in online:
            online.discard(name)
            await desk.go(user)
        elif deed == "come" and name not in online:
            online.add(name)
            await desk.arrive(user)
        elif deed in ("take", "resolve") and name in online:
            for number in numbers:
                if await desk.holder(number) == name:
                    ticket = await services.find(number)
                    if deed == "take" and ticket.owner.value == "queue":
                        await services.take(number, user.id)
                        break
                    if deed == "resolve" and ticket.owner.value == "agent":
                        await services.resolve(number, user.id)
                        break

    for _ in range(30):
        await step()
        desk.wait(chance.choice((0.5, 1, 3)))
        await desk.look()
        await check_tables(desk)

    for name in set(people) - online:
        await desk.arrive(people[name])
    for _ in range(200):
        await desk.look()
        await check_tables(desk)
        open_ones = []
        for number in numbers:
            ticket = await services.find(number)
            if ticket.state.value in ("new", "open", "pending"):
                open_ones.append(number)
                if ticket.assignee is not None:
                    await services.take(number, ticket.assignee.id)
                    await services.resolve(number, ticket.assignee.id)
        if not open_ones:
            break
        desk.wait(5)

    assert open_ones == []


async def check_tables(desk: RoutedDesk) -> None:
    """Nobody over her slots by routing, one open offer a ticket, and books that agree."""
    over = await desk.world.scalar(
        "SELECT count(*) FROM (SELECT assignee_id FROM tickets WHERE state IN ('new', 'open') "
        "AND assignee_id IS NOT NULL GROUP BY assignee_id HAVING count(*) > 2) AS over_slots"
    )
    disagree = await desk.world.scalar(
        "SELECT count(*) FROM assignments a JOIN tickets t ON t.number = a.ticket_number "
        "WHERE a.ended_at IS NULL AND (t.assignee_id IS NULL OR t.assignee_id <> a.user_id)"
    )
    assert (over, disagree) == (0, 0)
