"""Who gets which ticket, why, and what may never happen."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from handoff.routing.engine import choose
from handoff.routing.fit import fit_of, patience_of
from handoff.routing.model import (
    AgentState,
    Availability,
    OrderPolicy,
    Plan,
    RoutingPolicy,
    Share,
    WaitingTicket,
    Widening,
)
from handoff.routing.order import order_tickets
from tests.handoff.routing.values import NOW, agent, minutes, ticket

POLICY = RoutingPolicy()


def plan(
    tickets: Sequence[WaitingTicket],
    agents: Sequence[AgentState],
    policy: RoutingPolicy = POLICY,
) -> Plan:
    return choose(tickets, agents, policy, now=NOW)


def who(
    tickets: Sequence[WaitingTicket],
    agents: Sequence[AgentState],
    policy: RoutingPolicy = POLICY,
) -> dict[int, str]:
    return {one.number: one.agent_id for one in plan(tickets, agents, policy).assignments}


def codes(found: Plan, number: int) -> list[str]:
    for assignment in found.assignments:
        if assignment.number == number:
            return [reason.code for reason in assignment.reasons]
    return [next(wait.reason.code for wait in found.waits if wait.number == number)]


def test_greek_goes_to_the_greek_speaker_even_when_she_is_busier() -> None:
    agents = [agent("Ben", "en"), agent("Anna", "el", "en", load=4)]

    found = plan([ticket(1, language="el-GR", waited=500)], agents)

    assert [(one.number, one.agent_id) for one in found.assignments] == [(1, "Anna")]
    assert codes(found, 1) == ["own_language", "least_loaded"]


@pytest.mark.parametrize(
    ("waited", "expected"), [(0, None), (4, None), (5, "Fran"), (15, "Fran"), (90, "Fran")]
)
def test_the_second_language_of_the_customer_comes_first(
    waited: float, expected: str | None
) -> None:
    agents = [agent("Ben", "en"), agent("Fran", "fr"), agent("Nell", "nl")]
    greek = ticket(1, language="el", other_languages=("fr",), waited=waited)

    assert who([greek], agents).get(1) == expected


@pytest.mark.parametrize(
    ("waited", "expected"),
    [(14, None), (15, "Ben"), (29, "Ben"), (30, "Ben")],
)
def test_then_the_bridge_language(waited: float, expected: str | None) -> None:
    agents = [agent("Ben", "en"), agent("Nell", "nl")]

    assert who([ticket(1, language="el", waited=waited)], agents).get(1) == expected


def test_then_anybody_and_the_reason_says_so() -> None:
    greek = ticket(1, language="el", waited=30)

    found = plan([greek], [agent("Nell", "nl")])

    assert codes(found, 1) == ["no_common_language", "least_loaded"]
    assert found.assignments[0].language_level == 3
    assert found.assignments[0].reasons[0].params == {"language": "el", "minutes": 30}
    assert codes(plan([ticket(1, language="el", waited=29)], [agent("Nell", "nl")]), 1) == [
        "language"
    ]


def test_urgent_tickets_widen_sooner() -> None:
    agents = [agent("Ben", "en")]

    assert who([ticket(1, language="el", priority=1, waited=3.75)], agents) == {1: "Ben"}
    assert who([ticket(1, language="el", priority=2, waited=7)], agents) == {}


def test_an_agent_without_languages_speaks_the_bridge_only() -> None:
    nobody_asked = agent("Max")

    assert who([ticket(1, language="en")], [nobody_asked]) == {1: "Max"}
    assert who([ticket(1, language="el")], [nobody_asked]) == {}
    assert who([ticket(1, language=None)], [nobody_asked]) == {1: "Max"}


def test_the_greek_speaker_is_kept_free_for_the_greek_ticket() -> None:
    agents = [agent("Anna", "el", "en", capacity=1), agent("Ben", "en", load=1, capacity=2)]
    queue = [ticket(1, language="en"), ticket(2, language="el")]

    # Anna is less loaded, so the English ticket would be hers; it moves over.
    assert who(queue, agents) == {1: "Ben", 2: "Anna"}


def test_moves_go_through_several_agents() -> None:
    agents = [
        agent("Anna", "el", "tr", capacity=1),
        agent("Bora", "tr", "en", capacity=1),
        agent("Cem", "en", capacity=1, load=0, last_assigned_at=NOW),
    ]
    queue = [
        ticket(1, language="en"),
        ticket(2, language="tr"),
        ticket(3, language="el"),
    ]

    assert who(queue, agents) == {1: "Cem", 2: "Bora", 3: "Anna"}


def test_a_ticket_on_its_way_is_not_moved_a_second_time() -> None:
    agents = [
        agent("a", "el", "en", "tr", capacity=1),
        agent("b", "en", "tr", capacity=1),
        agent("c", "en", "de", capacity=1),
        agent("d", "de", capacity=1),
    ]
    queue = [
        ticket(1, language="en", channel="email"),
        ticket(2, language="tr", channel="email"),
        ticket(3, language="de", channel="email"),
        ticket(4, language="el"),
    ]

    # The Greek ticket pushes 1, for which 2 would come back to `a`, where 1 still seems to be.
    assert who(queue, agents) == {1: "c", 2: "b", 3: "d", 4: "a"}


def test_skills_are_a_filter_that_gives_way_after_its_time() -> None:
    agents = [agent("Ann", "en"), agent("Bill", "en", skills={"billing"}, load=3)]

    assert who([ticket(1, skills={"billing"})], agents) == {1: "Bill"}
    assert who([ticket(1, skills={"billing"}, waited=19)], agents[:1]) == {}
    found = plan([ticket(1, skills={"billing"}, waited=20)], agents[:1])
    assert codes(found, 1) == ["own_language", "lacks_skills", "least_loaded"]


def test_a_team_is_a_filter_too() -> None:
    agents = [agent("Ann", "en"), agent("Tom", "en", teams={"returns"}, load=4)]

    found = plan([ticket(1, team_id="returns")], agents)
    assert codes(found, 1) == ["own_language", "own_team", "least_loaded"]
    assert codes(plan([ticket(1, team_id="returns")], agents[:1]), 1) == ["team"]
    late = plan([ticket(1, team_id="returns", waited=30)], agents[:1])
    assert codes(late, 1) == ["own_language", "other_team", "least_loaded"]


def test_a_closed_team_keeps_its_tickets_until_it_opens_or_others_may_help() -> None:
    agents = [agent("Ann", "en"), agent("Tom", "en", teams={"returns"}, load=4)]

    def closed(opens_in: float, **values: Any) -> Plan:
        opens = NOW + minutes(opens_in)
        return plan([ticket(1, team_id="returns", team_opens_at=opens, **values)], agents)

    assert codes(closed(90), 1) == ["team_closed"]
    assert closed(90).look_again_at == NOW + minutes(30)
    assert closed(20).look_again_at == NOW + minutes(20)
    assert closed(0).assignments[0].agent_id == "Tom"
    assert closed(90, waited=30).assignments[0].agent_id == "Tom"
    strict = RoutingPolicy(widening=Widening(team=None))
    one = ticket(1, team_id="returns", team_opens_at=NOW + minutes(90), waited=999)
    assert plan([one], agents, strict).look_again_at == NOW + minutes(90)


def test_an_escalated_ticket_never_goes_back_to_tier_one() -> None:
    first, second = agent("Ann", "en"), agent("Eve", "en", support_tier=2, load=4)
    escalated = ticket(1, support_tier=2, waited=999)

    assert codes(plan([escalated], [first]), 1) == ["tier"]
    assert codes(plan([escalated], [first, second]), 1) == ["own_language", "tier", "least_loaded"]


def test_tier_two_helps_out_only_where_tier_one_is_full() -> None:
    eve = agent("Eve", "en", support_tier=2)

    assert who([ticket(1)], [eve, agent("Ann", "en", load=4)]) == {1: "Ann"}
    assert who([ticket(1)], [eve, agent("Ann", "en", load=5)]) == {1: "Eve"}
    patient = RoutingPolicy(widening=Widening(tier=minutes(10)))
    assert codes(plan([ticket(1, waited=9)], [eve], patient), 1) == ["tier"]
    assert who([ticket(1, waited=10)], [eve], patient) == {1: "Eve"}


def test_capacity_counts_in_total_and_per_channel() -> None:
    limited = agent("Ann", "en", capacity=3, channel_capacity={"widget": 1})
    queue = [
        ticket(1), ticket(2), ticket(3, channel="email"), ticket(4, channel="email"),
        ticket(5, channel="email"),
    ]  # fmt: skip

    found = plan(queue, [limited])

    assert [one.number for one in found.assignments] == [1, 3, 4]
    assert codes(found, 2) == codes(found, 5) == ["all_busy"]


def test_a_full_channel_is_freed_by_a_ticket_of_the_same_channel() -> None:
    agents = [
        agent("Anna", "el", "en", capacity=3, channel_capacity={"widget": 1}),
        agent("Ben", "en", load=4, capacity=5),
    ]
    queue = [
        ticket(1, language="en"),
        ticket(2, language="el", channel="email"),
        ticket(3, language="el"),
    ]

    assert who(queue, agents) == {1: "Ben", 2: "Anna", 3: "Anna"}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"availability": Availability.AWAY}, "nobody_here"),
        ({"availability": Availability.BUSY}, "nobody_here"),
        ({"availability": Availability.OFFLINE}, "nobody_here"),
        ({"on_duty": False}, "nobody_here"),
        ({"load": 5}, "all_busy"),
        ({"capacity": 0}, "all_busy"),
    ],
)
def test_a_waiting_ticket_says_what_it_waits_for(values: dict[str, Any], code: str) -> None:
    assert codes(plan([ticket(1)], [agent("Ann", "en", **values)]), 1) == [code]


def test_the_agent_who_knew_the_customer_gets_the_ticket() -> None:
    agents = [agent("Ann", "en"), agent("Bea", "en", load=4)]

    found = plan([ticket(1, known_agents=("Gone", "Bea", "Ann"))], agents)

    assert found.assignments[0].agent_id == "Bea"
    assert "knows_customer" in codes(found, 1)


def test_it_waits_for_her_while_she_is_busy_but_not_for_long() -> None:
    agents = [agent("Ann", "en"), agent("Bea", "en", load=5)]

    waiting = plan([ticket(1, known_agents=("Bea",), waited=4)], agents)
    assert codes(waiting, 1) == ["known_agent"]
    assert waiting.waits[0].reason.params == {"agent": "Bea"}
    assert waiting.look_again_at == NOW + minutes(1)
    assert who([ticket(1, known_agents=("Bea",), waited=5)], agents) == {1: "Ann"}


def test_it_does_not_wait_for_somebody_who_is_away_nor_in_an_emergency() -> None:
    away = agent("Bea", "en", availability=Availability.AWAY)
    busy = agent("Bea", "en", load=5)

    assert who([ticket(1, known_agents=("Bea",))], [agent("Ann", "en"), away]) == {1: "Ann"}
    assert who([ticket(1, known_agents=("Bea",), priority=1)], [agent("Ann", "en"), busy]) == {
        1: "Ann"
    }


def test_knowing_the_customer_does_not_replace_her_language() -> None:
    agents = [agent("Anna", "el", load=4), agent("Ben", "en")]

    assert who([ticket(1, language="el", known_agents=("Ben",), waited=60)], agents) == {1: "Anna"}


def test_a_returned_ticket_spares_the_agent_it_came_from_for_a_while() -> None:
    returned = ticket(1, refused_until={"Ann": NOW + minutes(6)})

    assert who([returned], [agent("Ann", "en"), agent("Bea", "en", load=4)]) == {1: "Bea"}
    alone = plan([returned], [agent("Ann", "en")])
    assert codes(alone, 1) == ["cooling_down"]
    assert alone.look_again_at == NOW + minutes(5)
    assert who([ticket(1, refused_until={"Ann": NOW})], [agent("Ann", "en")]) == {1: "Ann"}


def test_least_loaded_fills_evenly_by_share_of_capacity() -> None:
    agents = [agent("Ann", "en", capacity=4), agent("Bea", "en", capacity=2)]

    found = who([ticket(number) for number in range(1, 7)], agents)

    assert sorted(found.values()) == ["Ann"] * 4 + ["Bea"] * 2
    first_three = [found[number] for number in (1, 2, 3)]
    assert sorted(first_three) == ["Ann", "Ann", "Bea"]


def test_round_robin_takes_turns_whatever_the_load() -> None:
    policy = RoutingPolicy(share=Share.ROUND_ROBIN)
    agents = [
        agent("Ann", "en", load=3, capacity=9, last_assigned_at=NOW - minutes(1)),
        agent("Bea", "en", capacity=9, last_assigned_at=NOW - minutes(2)),
        agent("Cleo", "en", capacity=9),
    ]

    found = who([ticket(number) for number in range(1, 7)], agents, policy)

    assert list(found.values()) == ["Cleo", "Bea", "Ann", "Cleo", "Bea", "Ann"]


def test_the_reasons_tell_the_load_before_each_ticket() -> None:
    found = plan([ticket(1), ticket(2)], [agent("Ann", "en", load=2)])

    loads = [one.reasons[-1].params for one in found.assignments]
    assert loads == [{"load": 2, "capacity": 5}, {"load": 3, "capacity": 5}]


def test_a_wait_tells_when_to_look_again() -> None:
    found = plan([ticket(1, language="el", waited=6)], [agent("Nell", "nl")])

    assert found.waits[0].as_json() == {
        "code": "language",
        "params": {"language": "el"},
        "until": "2026-11-23T10:09:00.000Z",
    }
    assert plan([], []).look_again_at is None


def test_a_step_that_never_comes_is_not_waited_for() -> None:
    strict = RoutingPolicy(
        widening=Widening(
            second_language=None, bridge_language=None, any_language=None, skills=None,
            team=None, tier=None,
        )
    )  # fmt: skip
    found = plan([ticket(1, language="el", waited=9999)], [agent("Ben", "en")], strict)

    assert (codes(found, 1), found.look_again_at) == (["language"], None)


LANGUAGES = ("el", "en", "tr", "de")


def random_desk(chance: random.Random) -> tuple[list[WaitingTicket], list[AgentState]]:
    agents = [
        agent(
            f"a{number}",
            *chance.sample(LANGUAGES, chance.randint(0, 3)),
            capacity=chance.randint(0, 3),
            load=chance.choice((0, 0, 1, 2)),
            channel_capacity=chance.choice(({}, {"widget": 1}, {"widget": 2, "email": 1})),
            skills=chance.sample(("billing", "technical"), chance.randint(0, 2)),
            teams=chance.sample(("x", "y"), chance.randint(0, 2)),
            support_tier=chance.choice((1, 1, 2)),
            availability=chance.choice((*Availability, Availability.ONLINE, Availability.ONLINE)),
        )
        for number in range(chance.randint(1, 6))
    ]
    tickets = [
        ticket(
            number,
            priority=chance.randint(1, 5),
            waited=chance.choice((0, 4, 6, 20, 40)),
            language=chance.choice((*LANGUAGES, None)),
            other_languages=chance.choice(((), ("tr",))),
            channel=chance.choice(("widget", "email")),
            skills=chance.choice(((), (), ("billing",))),
            team_id=chance.choice((None, None, "x")),
            support_tier=chance.choice((1, 1, 1, 2)),
            known_agents=chance.choice(((), ("a0",), ("a1", "a0"))),
            refused_until=chance.choice(({}, {"a0": NOW + timedelta(minutes=3)})),
        )
        for number in range(chance.randint(1, 10))
    ]
    return order_tickets(tickets, OrderPolicy.PRIORITY), agents


@pytest.mark.parametrize("seed", range(40))
def test_the_promises_hold_on_every_desk(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(50):
        tickets, agents = random_desk(chance)

        found = plan(tickets, agents)

        check_promises(tickets, agents, found)


def check_promises(
    tickets: Sequence[WaitingTicket],
    agents: Sequence[AgentState],
    found: Plan,
    *,
    now: datetime = NOW,
) -> None:
    """Checks a plan against the promises in the engine's own words, without using its code."""
    by_id = {one.id: one for one in agents}
    by_number = {one.number: one for one in tickets}
    rank = {one.number: position for position, one in enumerate(tickets)}
    given = {one.number: one.agent_id for one in found.assignments}
    waiting = {one.number: one.reason.code for one in found.waits}

    # Every ticket is either given once or explained.
    assert len(found.assignments) == len(given)
    assert given.keys() | waiting.keys() == by_number.keys()
    assert not given.keys() & waiting.keys()

    def accepts(number: int, agent_id: str) -> bool:
        one, candidate = by_number[number], by_id[agent_id]
        fit = fit_of(one, candidate, bridge="en")
        return (
            candidate.is_ready
            and fit.tier_gap >= 0
            and one.refused_until.get(agent_id, now) <= now
            and patience_of(one, POLICY).accepts(fit, now)
        )

    def is_free(agent_id: str, channel: str) -> bool:
        one = by_id[agent_id]
        new = [number for number, other in given.items() if other == agent_id]
        on_channel = sum(by_number[number].channel == channel for number in new)
        limit = one.channel_capacity.get(channel, 99)
        return (
            one.total_load + len(new) < one.capacity
            and one.load.get(channel, 0) + on_channel < limit
        )

    for agent_id in set(given.values()):
        one = by_id[agent_id]
        new = [by_number[number] for number, other in given.items() if other == agent_id]
        assert one.total_load + len(new) <= one.capacity
        for channel, limit in one.channel_capacity.items():
            placed = sum(each.channel == channel for each in new)
            assert not placed or one.load.get(channel, 0) + placed <= limit

    for number, agent_id in given.items():
        assert accepts(number, agent_id)
        level = fit_of(by_number[number], by_id[agent_id], bridge="en").language
        better = [
            other.id
            for other in agents
            if accepts(number, other.id)
            and fit_of(by_number[number], other, bridge="en").language < level
        ]
        assert not any(is_free(other, by_number[number].channel) for other in better)

    for number, code in waiting.items():
        if code in ("known_agent", "team_closed"):
            continue
        channel = by_number[number].channel
        for other in agents:
            if not accepts(number, other.id):
                continue
            assert not is_free(other.id, channel)
            held_below = [
                lower
                for lower, holder in given.items()
                if holder == other.id
                and rank[lower] > rank[number]
                and by_number[lower].channel == channel
            ]
            assert held_below == []
