"""Service-level clocks: what counts, what pauses, when a target is passed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.sla.calendars import BusinessCalendar, Interval, parse_interval
from handoff.sla.clocks import Clocks, Phase, Reading, SlaEngine, SlaEvent, SlaEventKind
from handoff.sla.policy import Metric, SlaPolicy, SlaRule, Traits

MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # nine o'clock in Athens
K = SlaEventKind
CALENDARS = {
    "always": BusinessCalendar(
        name="always", zone=ZoneInfo("UTC"), week=((Interval(0, 1440),),) * 7
    ),
    "default": BusinessCalendar(
        name="default",
        zone=ZoneInfo("Europe/Athens"),
        week=((parse_interval("09:00-17:00"),),) * 5 + ((), ()),
    ),
    "never": BusinessCalendar(name="never", zone=ZoneInfo("UTC"), week=((),) * 7),
}
FAST = SlaRule(
    name="fast",
    minutes={Metric.FIRST_RESPONSE: 15, Metric.NEXT_RESPONSE: 30, Metric.RESOLUTION: 240},
    calendar="always",
    priorities=frozenset({1}),
)
SLOW = SlaRule(
    name="slow",
    minutes={Metric.FIRST_RESPONSE: 60, Metric.NEXT_RESPONSE: 120, Metric.RESOLUTION: 480},
    calendar="default",
    priorities=frozenset({2, 3}),
)
ENGINE = SlaEngine(SlaPolicy(rules=(FAST, SLOW)), CALENDARS)


def event(minutes: float, kind: SlaEventKind, **traits: object) -> SlaEvent:
    given = Traits(**traits) if traits else None  # type: ignore[arg-type]
    return SlaEvent(at=MONDAY + timedelta(minutes=minutes), kind=kind, traits=given)


def read(events: list[SlaEvent], minutes: float) -> dict[Metric, Reading]:
    clocks = ENGINE.fold(events)
    assert clocks is not None
    return {r.metric: r for r in ENGINE.read(clocks, MONDAY + timedelta(minutes=minutes))}


def at(minutes: float) -> datetime:
    return MONDAY + timedelta(minutes=minutes)


def test_first_response_runs_from_the_opening_to_the_first_word_of_a_person() -> None:
    opened = event(0, K.OPENED, priority=3)
    waiting = read([opened], 20)[Metric.FIRST_RESPONSE]
    assert (waiting.phase, waiting.used, waiting.slack) == (Phase.RUNNING, 1200, 2400)
    assert waiting.due_at == at(60)
    assert waiting.warn_at == at(45)
    answered = read([opened, event(20, K.AGENT_REPLIED)], 500)[Metric.FIRST_RESPONSE]
    assert (answered.phase, answered.used, answered.due_at) == (Phase.STOPPED, 1200, None)
    assert answered.breached_at is None


def test_nights_and_weekends_do_not_count() -> None:
    friday_evening = event(4 * 1440 + 7 * 60 + 40, K.OPENED, priority=3)  # 16:40
    due = read([friday_evening], 4 * 1440 + 7 * 60 + 40)[Metric.FIRST_RESPONSE].due_at
    assert due == at(7 * 1440 + 40)


def test_the_breach_is_dated_when_it_happened_not_when_somebody_looked() -> None:
    late = read([event(0, K.OPENED, priority=3)], 3000)[Metric.FIRST_RESPONSE]
    assert (late.warned_at, late.breached_at, late.n_breaches) == (at(45), at(60), 1)
    assert (late.due_at, late.warn_at) == (None, None)
    assert late.slack < 0


def test_next_response_counts_from_the_oldest_unanswered_message() -> None:
    events = [
        event(0, K.OPENED, priority=3),
        event(10, K.VISITOR_WROTE),
        event(20, K.AGENT_REPLIED),
        event(40, K.VISITOR_WROTE),
        event(50, K.VISITOR_WROTE),
    ]
    assert Metric.NEXT_RESPONSE not in read(events[:3], 30)
    running = read(events, 60)[Metric.NEXT_RESPONSE]
    assert (running.used, running.due_at) == (1200, at(160))
    second = [*events, event(200, K.AGENT_REPLIED), event(210, K.VISITOR_WROTE)]
    again = read(second, 220)[Metric.NEXT_RESPONSE]
    assert (again.used, again.breached_at, again.n_breaches) == (600, None, 1)


def test_resolution_stands_still_while_the_visitor_has_the_word_or_the_ticket_is_held() -> None:
    events = [
        event(0, K.OPENED, priority=3),
        event(10, K.AGENT_REPLIED),
        event(10, K.PENDING),
        event(70, K.VISITOR_WROTE),
        event(90, K.HELD),
        event(150, K.CONTINUED),
        event(160, K.SOLVED),
        event(400, K.REOPENED),
    ]
    used = [read(events[:n], 200)[Metric.RESOLUTION].used / 60 for n in (3, 5, 7)]
    assert used == [10, 30, 40]
    assert read(events, 410)[Metric.RESOLUTION].used / 60 == 50


def test_the_unanswered_message_goes_on_counting_after_a_hold() -> None:
    events = [
        event(0, K.OPENED, priority=3),
        event(10, K.AGENT_REPLIED),
        event(20, K.VISITOR_WROTE),
        event(30, K.HELD),
        event(100, K.CONTINUED),
    ]
    assert read(events, 110)[Metric.NEXT_RESPONSE].used == 20 * 60
    answered = [*events[:3], event(25, K.AGENT_REPLIED), event(30, K.HELD), event(50, K.CONTINUED)]
    assert read(answered, 60)[Metric.NEXT_RESPONSE].phase is Phase.STOPPED


def test_a_visitor_without_any_answer_is_not_paused() -> None:
    events = [event(0, K.OPENED, priority=3), event(5, K.HELD)]
    assert read(events, 70)[Metric.FIRST_RESPONSE].breached_at == at(60)


def test_a_higher_priority_moves_the_target_and_may_be_passed_at_once() -> None:
    events = [event(0, K.OPENED, priority=3), event(20, K.TRAITS_CHANGED, priority=1)]
    reading = read(events, 30)[Metric.FIRST_RESPONSE]
    assert (reading.target, reading.breached_at) == (900, at(20))


def test_a_lower_priority_does_not_take_a_breach_back() -> None:
    events = [event(0, K.OPENED, priority=1), event(20, K.TRAITS_CHANGED, priority=3)]
    reading = read(events, 30)[Metric.FIRST_RESPONSE]
    assert (reading.target, reading.breached_at, reading.n_breaches) == (3600, at(15), 1)


def test_a_ticket_without_a_rule_gets_the_long_clock() -> None:
    readings = read([event(0, K.OPENED, priority=5)], 60)
    assert set(readings) == {Metric.RESOLUTION}
    assert readings[Metric.RESOLUTION].target == 7 * 8 * 3600


def test_solving_without_a_word_stops_everything() -> None:
    readings = read([event(0, K.OPENED, priority=3), event(5, K.SOLVED)], 900)
    assert {r.phase for r in readings.values()} == {Phase.STOPPED}
    assert all(r.breached_at is None for r in readings.values())


def test_a_reopened_ticket_that_was_never_paused_simply_runs_on() -> None:
    events = [event(0, K.OPENED, priority=3), event(5, K.REOPENED)]
    assert read(events, 10)[Metric.RESOLUTION].used == 600


def test_a_calendar_that_never_opens_is_never_due() -> None:
    engine = SlaEngine(SlaPolicy(rules=(replace(SLOW, calendar="never"),)), CALENDARS)
    clocks = engine.fold([event(0, K.OPENED, priority=3)])
    assert clocks is not None
    reading = engine.read(clocks, at(10_000))[0]
    assert (reading.used, reading.due_at, reading.breached_at) == (0, None, None)


def test_no_events_no_clocks_and_a_ticket_begins_with_its_opening() -> None:
    assert ENGINE.fold([]) is None
    with pytest.raises(ValueError, match="opening"):
        ENGINE.fold([event(0, K.AGENT_REPLIED)])
    with pytest.raises(ValueError, match="opening"):
        ENGINE.fold([event(0, K.OPENED)])


def test_rules_look_at_every_trait() -> None:
    rule = SlaRule(
        name="vip",
        minutes={Metric.RESOLUTION: 1},
        calendar="always",
        priorities=frozenset({1}),
        types=frozenset({"problem"}),
        tiers=frozenset({"gold"}),
        channels=frozenset({"chat"}),
    )
    fitting = Traits(priority=1, type="problem", tier="gold", channel="chat")
    assert rule.fits(fitting)
    others = ({"priority": 2}, {"type": "question"}, {"tier": ""}, {"channel": "mail"})
    assert not any(rule.fits(replace(fitting, **other)) for other in others)


@pytest.mark.parametrize(
    "change", [{"warn_at": 0.0}, {"warn_at": 1.0}, {"minutes": {Metric.RESOLUTION: 0}}]
)
def test_senseless_rules_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="Rule 'fast'"):
        replace(FAST, **change)  # type: ignore[arg-type]


def test_an_unknown_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown calendar 'default'"):
        SlaEngine(SlaPolicy(), {})


kinds = st.sampled_from([kind for kind in K if kind is not K.OPENED])


def test_a_market_with_an_unknown_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown calendar 'paris'"):
        SlaEngine(SlaPolicy(markets={"fr": "paris"}), CALENDARS)


def test_the_version_says_whether_promises_are_the_same() -> None:
    def version(**change: object) -> str:
        return SlaEngine(SlaPolicy(rules=(replace(FAST, **change),)), CALENDARS).version  # type: ignore[arg-type]

    assert version() == version(calendar="always")
    others = [{"warn_at": 0.5}, {"minutes": {Metric.RESOLUTION: 1}}, {"markets": frozenset({"x"})}]
    assert len({version(), *(version(**other) for other in others)}) == 4


def test_the_market_decides_whose_hours_count() -> None:
    rule = SlaRule(name="all", minutes={Metric.RESOLUTION: 60})
    engine = SlaEngine(SlaPolicy(rules=(rule,), markets={"world": "always"}), CALENDARS)

    def used(market: str) -> float:
        evening = event(10 * 60, K.OPENED, priority=3, market=market)
        clocks = engine.fold([evening])
        assert clocks is not None
        return engine.read(clocks, at(10 * 60 + 30))[0].used

    assert (used("world"), used("gr"), used("")) == (1800, 0, 0)


histories = st.lists(
    st.tuples(st.integers(0, 5000), kinds, st.sampled_from([1, 2, 3, 5])), max_size=12
).map(
    lambda rows: [
        event(0, K.OPENED, priority=3),
        *(
            event(m, kind, priority=p) if kind is K.TRAITS_CHANGED else event(m, kind)
            for m, kind, p in sorted(rows, key=lambda row: row[0])
        ),
    ]
)


@settings(max_examples=150, deadline=None)
@given(events=histories, cut=st.integers(0, 12), looks=st.lists(st.integers(0, 6000), max_size=4))
def test_counting_on_equals_counting_anew(
    events: list[SlaEvent], cut: int, looks: list[int]
) -> None:
    """Stored clocks carried on, looked at in between, equal a fold over the whole log."""
    whole = ENGINE.fold(events)
    clocks: Clocks | None = None
    for number, one in enumerate(events):
        clocks = ENGINE.advance(clocks, one)
        if number == cut:
            for minutes in looks:
                ENGINE.read(clocks, at(minutes))
    assert clocks == whole


@settings(max_examples=150, deadline=None)
@given(events=histories, looks=st.lists(st.integers(0, 9000), min_size=2, max_size=5).map(sorted))
def test_clocks_never_run_backwards_and_a_breach_stays(
    events: list[SlaEvent], looks: list[int]
) -> None:
    clocks = ENGINE.fold(events)
    assert clocks is not None
    last: dict[Metric, Reading] = {}
    for minutes in looks:
        for reading in ENGINE.read(clocks, at(minutes)):
            before = last.get(reading.metric)
            if before is not None:
                assert reading.used >= before.used
                assert reading.n_breaches >= before.n_breaches
                assert before.breached_at in (None, reading.breached_at)
            if reading.due_at is not None and reading.breached_at is None:
                assert reading.due_at >= at(minutes) or reading.due_at >= clocks.at
            last[reading.metric] = reading


@settings(max_examples=150, deadline=None)
@given(events=histories, minutes=st.integers(0, 9000))
def test_what_is_due_is_breached_exactly_then(events: list[SlaEvent], minutes: int) -> None:
    clocks = ENGINE.fold(events)
    assert clocks is not None
    for reading in ENGINE.read(clocks, at(minutes)):
        if reading.due_at is None:
            continue
        later = {r.metric: r for r in ENGINE.read(clocks, reading.due_at)}
        assert later[reading.metric].breached_at == reading.due_at
        assert later[reading.metric].n_breaches == reading.n_breaches + 1
