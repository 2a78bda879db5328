"""What rules decide: order, stop, chains that end, and actions that are refused with a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.conversation import Owner
from handoff.model import Json
from handoff.rules.engine import (
    ACTIONS_AN_HOUR,
    DEEPEST_CHAIN,
    Plan,
    decide_macro,
    decide_rules,
)
from handoff.rules.model import Rule, Trigger
from handoff.rules.parsing import parse_actions
from handoff.ticket import TicketState
from tests.handoff.rules.build import AROUND, facts, rule

OPENED = frozenset({Trigger.TICKET_OPENED})


def fired(plan: Plan) -> list[str]:
    return [firing.rule.id for firing in plan.firings]


def outcome(action: dict[str, Json], *, around: Any = AROUND, **values: Any) -> Any:
    """Gives the only step of a rule with this action, and the ticket after it."""
    plan = decide_rules([rule(then=[action])], OPENED, facts(**values), around)
    return plan.firings[0].steps[0], plan.after


def macro(action: dict[str, Json], **values: Any) -> Any:
    around = replace(AROUND, actor="ann@shop.example")
    (step,), after = decide_macro(parse_actions([action], where="macro"), facts(**values), around)
    return step, after


def test_rules_fire_in_their_order_and_see_what_earlier_ones_did() -> None:
    second = rule("second", position=2, when={"tags": "first"})
    first = rule("first", position=1)
    never = rule("never", position=3, when={"tags": "never"})
    asleep = rule("asleep", position=4, active=False)
    other = rule("other", position=5, events=["agent_reply"])

    plan = decide_rules([other, asleep, never, second, first], OPENED, facts(), AROUND)

    assert fired(plan) == ["first", "second"]
    assert plan.after.tags == {"first", "second"}


def test_stop_ends_the_chain() -> None:
    rules = [rule("a", position=1, stop=True), rule("b", position=2)]

    plan = decide_rules(rules, OPENED, facts(), AROUND)

    assert (fired(plan), plan.stopped_by) == (["a"], "a")


def test_a_change_by_a_rule_wakes_others_but_never_one_that_has_fired() -> None:
    def level(number: int) -> list[Json]:
        return [{"set_priority": {"level": number, "reason": "x"}}]

    up = rule("up", events=["ticket_opened", "priority_changed"], then=level(1), position=1)
    down = rule(
        "down", events=["priority_changed"], when={"priority": 1}, then=level(5), position=2
    )

    plan = decide_rules([up, down], OPENED, facts(), AROUND)

    assert [(f.rule.id, f.trigger, f.depth) for f in plan.firings] == [
        ("up", Trigger.TICKET_OPENED, 0),
        ("down", Trigger.PRIORITY_CHANGED, 1),
    ]
    assert plan.after.priority == 5
    assert not plan.cut


def test_a_state_change_wakes_rules_too() -> None:
    hold = rule("hold", then=[{"set_state": "on_hold"}])
    told = rule("told", events=["state_changed"], when={"state": "on_hold"})

    assert fired(decide_rules([hold, told], OPENED, facts(), AROUND)) == ["hold", "told"]


def test_a_chain_has_a_bounded_depth() -> None:
    levels: list[Json] = [
        [{"set_priority": {"level": level, "reason": "x"}}] for level in (1, 2, 1, 2, 1, 2, 1)
    ]
    rules = [
        rule(
            f"r{n}",
            events=["ticket_opened"] if n == 0 else ["priority_changed"],
            when={"tags": f"r{n - 1}"} if n else None,
            then=[*then, {"add_tag": f"r{n}"}],  # type: ignore[misc]
            # Behind its successor, so that each needs a pass of its own.
            position=-n,
        )
        for n, then in enumerate(levels)
    ]

    plan = decide_rules(rules, OPENED, facts(), AROUND)

    assert len(plan.firings) == DEEPEST_CHAIN
    assert plan.cut


def test_a_time_rule_fires_only_when_it_is_due() -> None:
    due = rule("due", events="time", after={"since": "waiting", "minutes": 5})
    not_yet = rule("not_yet", events=["time"], after={"since": "waiting", "minutes": 50})
    time = frozenset({Trigger.TIME})

    assert fired(decide_rules([due, not_yet], time, facts(), AROUND, due={"due"})) == ["due"]
    assert fired(decide_rules([due], OPENED, facts(), AROUND, due={"due"})) == []


def test_a_ticket_takes_only_so_many_changes_by_rules() -> None:
    rules = [rule(f"r{n}", then=[{"add_tag": f"t{n}"}, {"add_tag": f"u{n}"}]) for n in range(3)]

    plan = decide_rules(rules, OPENED, facts(), AROUND, budget=3)

    assert (len(plan.after.tags), plan.cut) == (3, True)
    assert plan.firings[-1].steps[1].refused == "too_many_actions"
    assert plan.firings[-1].as_json()["name"] == "r1"


def test_what_is_so_already_is_no_change() -> None:
    step, after = outcome({"add_tag": "vip"}, tags=frozenset({"vip"}))

    assert (step.changes, step.refused) == (False, None)
    assert after == facts(tags=frozenset({"vip"}))


@pytest.mark.parametrize(
    ("action", "changed"),
    [
        ({"set_priority": {"level": 1, "reason": "x"}}, {"priority": 1}),
        ({"add_tag": "b"}, {"tags": frozenset({"a", "b"})}),
        ({"remove_tag": "a"}, {"tags": frozenset()}),
        ({"set_category": "refund"}, {"category": "refund"}),
        ({"set_team": "Billing"}, {"team": "Billing"}),
        (
            {"assign": "bob@shop.example"},
            {"assignee": "bob@shop.example"},
        ),
        ({"set_state": "pending"}, {"state": TicketState.PENDING}),
        ({"set_state": "solved"}, {"state": TicketState.SOLVED, "owner": Owner.CLOSED}),
        ({"notify": {"to": "everyone", "text": "x"}}, {}),
        ({"webhook": "hook1"}, {}),
        ({"add_note": "x"}, {}),
        ({"reply": "hello"}, {}),
    ],
)
def test_actions_change_the_ticket(action: dict[str, Json], changed: dict[str, Any]) -> None:
    step, after = outcome(action, tags=frozenset({"a"}))

    assert step.changes
    assert after == facts(**{"tags": frozenset({"a"}), **changed})
    assert step.as_json()["refused"] is None


@pytest.mark.parametrize(
    ("action", "values", "why"),
    [
        (
            {"set_priority": {"level": 1, "reason": "x"}},
            {"priority_by_person": True},
            "set_by_a_person",
        ),
        (
            {"set_priority": {"level": 1, "reason": "x"}},
            {"state": TicketState.SOLVED},
            "ticket_is_done",
        ),
        ({"set_team": "Sales"}, {}, "no_such_team"),
        ({"assign": "eve@shop.example"}, {}, "no_such_agent"),
        (
            {"assign": "bob@shop.example"},
            {"owner": Owner.AGENT, "assignee": "ann@shop.example"},
            "an_agent_has_it",
        ),
        ({"set_state": "pending"}, {"state": TicketState.CLOSED}, "not_from_this_state"),
        ({"set_state": "open"}, {"state": TicketState.SOLVED}, "not_from_this_state"),
        (
            {"set_state": "solved"},
            {"owner": Owner.AGENT, "assignee": "ann@shop.example", "state": TicketState.OPEN},
            "an_agent_has_it",
        ),
        ({"reply": "goodbye"}, {}, "no_such_reply"),
        ({"reply": "hello"}, {"owner": Owner.BOT}, "somebody_talks"),
        ({"reply": "hello"}, {"owner": Owner.AGENT}, "somebody_talks"),
        ({"reply": "strict"}, {}, "no_value_for:visitor.name"),
        ({"webhook": "hook9"}, {}, "no_such_webhook"),
    ],
)
def test_what_must_not_be_is_refused_with_a_reason(
    action: dict[str, Json], values: dict[str, Any], why: str
) -> None:
    step, after = outcome(action, **values)

    assert (step.changes, step.refused) == (False, why)
    assert after == facts(**values)


def test_a_reply_is_in_the_visitors_language() -> None:
    step, _ = outcome({"reply": "hello"})

    assert step.detail == {"text": "Γεια σας", "language": "el"}
    nobody = replace(AROUND, languages=("xx",))
    assert outcome({"reply": "hello"}, around=nobody)[0].refused == "no_language_fits"


def test_an_agent_may_more_than_a_rule() -> None:
    mine: Any = {"owner": Owner.AGENT, "assignee": "ann@shop.example", "state": TicketState.OPEN}
    priority: dict[str, Json] = {"set_priority": {"level": 1, "reason": "x"}}

    assert macro(priority, priority_by_person=True)[1].priority == 1
    assert macro({"reply": "hello"}, **mine)[0].changes
    assert macro({"reply": "hello"})[0].refused == "take_it_first"
    theirs = {**mine, "assignee": "bob@shop.example"}
    assert macro({"reply": "hello"}, **theirs)[0].refused == "an_agent_has_it"
    assert macro({"set_state": "solved"}, **mine)[1].state is TicketState.SOLVED
    assert macro({"set_state": "solved"}, **theirs)[0].refused == "an_agent_has_it"
    taken = macro({"assign": "me"})[1]
    assert (taken.assignee, taken.owner) == ("ann@shop.example", Owner.AGENT)
    assert macro({"assign": "me"}, assignee="ann@shop.example")[0].changes
    assert not macro({"assign": "me"}, **mine)[0].changes
    (step,), _ = decide_macro(parse_actions([{"assign": "me"}], where="m"), facts(), AROUND)
    assert step.refused == "no_such_agent"
    offered = macro({"assign": "me"}, assignee="bob@shop.example")
    assert offered[0].refused == "an_agent_has_it"
    # A rule may change its mind.
    assert outcome({"assign": "ann@shop.example"}, assignee="bob@shop.example")[0].changes


def test_nothing_is_solved_without_its_required_fields() -> None:
    wanting = replace(AROUND, missing=("order", "shop"))

    step, after = outcome({"set_state": "solved"}, around=wanting)

    assert (step.changes, step.refused) == (False, "needs:order,shop")
    assert after == facts()
    assert outcome({"set_state": "pending"}, around=wanting)[0].changes


_TRIGGERS = st.lists(
    st.sampled_from([one.value for one in Trigger if one is not Trigger.TIME]),
    min_size=1,
    max_size=3,
    unique=True,
)
_ACTIONS = st.one_of(
    st.integers(1, 5).map(lambda n: {"set_priority": {"level": n, "reason": "x"}}),
    st.sampled_from(["a", "b"]).map(lambda tag: {"add_tag": tag}),
    st.sampled_from(["a", "b"]).map(lambda tag: {"remove_tag": tag}),
    st.sampled_from(["open", "pending", "on_hold", "solved"]).map(lambda s: {"set_state": s}),
    st.just({"assign": "ann@shop.example"}),
    st.just({"reply": "hello"}),
)
_WHEN = st.none() | st.sampled_from(
    [{"priority": [1, 2]}, {"tags": "a"}, {"not": {"tags": "b"}}, {"state": ["open", "pending"]}]
)


@st.composite
def _rule(draw: st.DrawFn, name: str) -> Rule:
    return rule(
        name,
        position=draw(st.integers(0, 3)),
        events=draw(_TRIGGERS),
        when=draw(_WHEN),
        then=draw(st.lists(_ACTIONS, min_size=1, max_size=4)),
        stop=draw(st.booleans()),
    )


_RULES = st.integers(0, 8).flatmap(
    lambda n: st.tuples(*(_rule(name=f"r{number}") for number in range(n)))
)


@given(rules=_RULES, budget=st.integers(1, ACTIONS_AN_HOUR), shuffled=st.randoms())
def test_any_rules_end_in_order_within_their_bounds(
    rules: tuple[Rule, ...], budget: int, shuffled: Any
) -> None:
    triggers = frozenset({Trigger.TICKET_OPENED, Trigger.VISITOR_MESSAGE})
    mixed = list(rules)
    shuffled.shuffle(mixed)

    plan = decide_rules(rules, triggers, facts(), AROUND, budget=budget)

    assert decide_rules(mixed, triggers, facts(), AROUND, budget=budget) == plan
    ids = fired(plan)
    assert len(ids) == len(set(ids))
    places = [(firing.depth, firing.rule.position, firing.rule.id) for firing in plan.firings]
    assert places == sorted(places)
    assert all(firing.depth < DEEPEST_CHAIN for firing in plan.firings)
    assert sum(step.changes for firing in plan.firings for step in firing.steps) <= budget
    if plan.stopped_by is not None:
        assert ids[-1] == plan.stopped_by


def test_what_a_third_person_was_given_only_a_rule_gives_away() -> None:
    offered: Any = {"owner": Owner.QUEUE, "assignee": "bob@shop.example"}

    assert macro({"assign": "me"}, **offered)[0].refused == "an_agent_has_it"
    assert not macro({"assign": "bob@shop.example"}, **offered)[0].changes
    assert outcome({"assign": "ann@shop.example"}, **offered)[1].assignee == "ann@shop.example"
    mine = {**offered, "assignee": "ann@shop.example"}
    assert macro({"assign": "bob@shop.example"}, **mine)[1].assignee == "bob@shop.example"
