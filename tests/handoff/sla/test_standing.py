"""What is stored of a ticket's service levels, and what a look at it finds to tell."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.sla.calendars import BusinessCalendar, Interval, parse_interval
from handoff.sla.changes import TicketFacts, TicketPast
from handoff.sla.clocks import SlaEngine, SlaEvent
from handoff.sla.policy import Metric, SlaPolicy, SlaRule, Traits
from handoff.sla.standing import (
    Announcement,
    Crossing,
    Standing,
    Step,
    begin,
    event_of,
    move_on,
    reading_json,
    standing_json,
    standing_of,
    traits_json,
)
from handoff.ticket import TicketState

NINE = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # nine o'clock in Athens
CALENDARS = {
    "always": BusinessCalendar(
        name="always", zone=ZoneInfo("UTC"), week=((Interval(0, 1440),),) * 7
    ),
    "default": BusinessCalendar(
        name="default",
        zone=ZoneInfo("Europe/Athens"),
        week=((parse_interval("09:00-17:00"),),) * 5 + ((), ()),
    ),
}
ALL = {Metric.FIRST_RESPONSE: 60, Metric.NEXT_RESPONSE: 30, Metric.RESOLUTION: 240}
ENGINE = SlaEngine(
    SlaPolicy(
        rules=(
            SlaRule(
                name="fast", minutes={m: n / 4 for m, n in ALL.items()}, calendar="always",
                priorities=frozenset({1}),
            ),
            SlaRule(name="usual", minutes=ALL, priorities=frozenset({2, 3}), warn_at=0.7),
        )
    ),
    CALENDARS,
)  # fmt: skip
OPENED = TicketFacts(state=TicketState.NEW, waiting=True, answered=False, traits=Traits(priority=3))
ANSWERED = replace(OPENED, state=TicketState.PENDING, waiting=False, answered=True)
ASKED_AGAIN = replace(ANSWERED, state=TicketState.OPEN, waiting=True)
SOLVED = replace(ANSWERED, state=TicketState.SOLVED)
PAST = TicketPast(opened_at=NINE, first_reply_at=None, waiting_since=NINE)


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def opened(facts: TicketFacts = OPENED) -> Standing:
    return begin(ENGINE, PAST, facts, at=NINE).standing


def look(standing: Standing, minutes: float, facts: TicketFacts | None = None) -> Step:
    return move_on(ENGINE, standing, facts or standing.facts, at=at(minutes))


def told(step: Step) -> list[tuple[str, str, datetime]]:
    return [(one.mark.metric.value, one.mark.crossing.value, one.at) for one in step.announcements]


def test_a_new_ticket_is_due_and_waits_for_its_first_warning() -> None:
    step = begin(ENGINE, PAST, OPENED, at=NINE)

    assert step.due_at == at(60)
    assert step.alarm is not None
    assert (step.alarm.at, step.alarm.mark.crossing) == (at(42), Crossing.WARNING)
    assert (step.announcements, len(step.events)) == ((), 1)


def test_warning_and_breach_are_told_once_each() -> None:
    warned = look(opened(), 42)
    again = look(warned.standing, 50)
    broken = look(again.standing, 61)
    later = look(broken.standing, 100)

    assert told(warned) == [("first_response", "warning", at(42))]
    assert warned.announcements[0].due_at == at(60)
    assert told(again) == told(later) == []
    assert told(broken) == [("first_response", "breach", at(60))]
    assert broken.due_at == at(60)  # in the past: it is still owed


def test_who_looks_late_hears_of_the_breach_alone() -> None:
    assert told(look(opened(), 70)) == [("first_response", "breach", at(60))]


def test_an_answer_in_time_after_a_missed_warning_tells_nothing() -> None:
    step = look(opened(), 50, ANSWERED)

    assert told(step) == []
    assert step.due_at is None  # the resolution stands still while she has the word


def test_an_answer_that_comes_late_tells_of_the_breach_itself() -> None:
    step = look(opened(), 65, ANSWERED)

    assert told(step) == [("first_response", "breach", at(60))]
    assert told(look(step.standing, 90)) == []


def test_each_round_is_told_of_by_itself() -> None:
    standing = look(opened(), 10, ANSWERED).standing
    found = []
    for start in (20, 100):
        asked = look(standing, start, ASKED_AGAIN)
        late = look(asked.standing, start + 40)
        found += [(one.mark.round, one.at) for one in late.announcements]
        standing = look(late.standing, start + 50, ANSWERED).standing

    assert found == [(1, at(50)), (2, at(130))]
    assert {mark.round for mark in standing.marks} == {2}


def test_a_higher_priority_may_break_a_promise_at_once() -> None:
    step = look(opened(), 30, replace(OPENED, traits=Traits(priority=1)))

    assert told(step) == [("first_response", "breach", at(30))]
    assert step.announcements[0].as_json() == {
        "metric": "first_response",
        "round": 1,
        "at": "2026-11-23T07:30:00.000Z",
        "rule": "fast",
        "target_minutes": 15.0,
        "due_at": "2026-11-23T07:30:00.000Z",
    }


def test_what_the_rule_does_not_promise_is_not_told() -> None:
    late = look(opened(), 300).standing  # both are broken
    step = look(late, 301, replace(OPENED, traits=Traits(priority=5)))

    assert told(step) == []
    assert [reading.metric for reading in step.readings] == [Metric.RESOLUTION]


def test_nothing_is_owed_once_it_is_solved() -> None:
    step = look(opened(), 20, SOLVED)

    assert (step.due_at, step.alarm) == (None, None)
    assert told(look(step.standing, 5000)) == []


def test_a_ticket_that_ends_without_an_answer_and_comes_back_still_waits_for_the_first() -> None:
    merged = look(opened(), 20, replace(OPENED, state=TicketState.CLOSED)).standing
    back = look(merged, 500, OPENED)

    assert {r.metric.value: r.used for r in back.readings} == {
        "first_response": 20 * 60,
        "resolution": 20 * 60,
    }


def test_clocks_that_begin_late_do_not_tell_of_the_past() -> None:
    step = begin(ENGINE, PAST, OPENED, at=at(50))
    late = begin(ENGINE, PAST, OPENED, at=at(100))

    assert told(look(step.standing, 51)) == []
    assert told(look(step.standing, 60)) == [("first_response", "breach", at(60))]
    assert told(look(late.standing, 101)) == []
    assert late.readings[0].breached_at == at(60)


def test_a_reading_says_what_agents_need() -> None:
    reading = reading_json(look(opened(), 42).readings[0])

    assert reading == {
        "metric": "first_response",
        "phase": "running",
        "used_s": 2520,
        "target_s": 3600,
        "slack_s": 1080,
        "due_at": "2026-11-23T08:00:00.000Z",
        "warn_at": None,
        "warned_at": "2026-11-23T07:42:00.000Z",
        "breached_at": None,
        "n_breaches": 0,
    }


facts = st.builds(
    TicketFacts,
    state=st.sampled_from(list(TicketState)),
    waiting=st.booleans(),
    answered=st.booleans(),
    traits=st.builds(Traits, priority=st.integers(1, 5), type=st.sampled_from(["", "question"])),
)
# Microseconds on purpose: sums of floats are where clocks would drift.
changes = st.lists(
    st.tuples(st.integers(0, 3_000_000_000), st.one_of(facts, st.none())), max_size=14
)


@settings(max_examples=150, deadline=None)
@given(changes=changes)
def test_stored_clocks_equal_those_counted_anew(
    changes: list[tuple[int, TicketFacts | None]],
) -> None:
    """Whatever happens, and however often somebody looks in between, through JSON and back."""
    step = begin(ENGINE, PAST, OPENED, at=NINE)
    log: list[SlaEvent] = list(step.events)
    announced: list[Announcement] = []
    standing, now = step.standing, NINE
    for span_us, changed in changes:
        now += timedelta(microseconds=span_us)
        step = move_on(ENGINE, standing, changed or standing.facts, at=now)
        log += step.events
        announced += step.announcements
        standing = standing_of(json.loads(json.dumps(standing_json(step.standing))))
        assert standing == step.standing
        if step.alarm is not None:
            # The clock rings when it was said to, and not before.
            assert step.alarm.at >= now
            assert move_on(ENGINE, standing, standing.facts, at=step.alarm.at).announcements

    rows = [(e.at, e.kind.value, e.traits and traits_json(e.traits)) for e in log]
    assert ENGINE.fold(event_of(*row) for row in rows) == standing.clocks
    assert standing.n_events == len(log)
    marks = [one.mark for one in announced]
    assert len(set(marks)) == len(marks)
