"""What may be promised of the next answer: what was seen, never better, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.sla.calendars import BusinessCalendar, parse_interval
from handoff.sla.expected import (
    SPOKEN_MINUTES,
    Answered,
    Expectation,
    QueueNow,
    expect_reply,
)

NINE = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # nine o'clock in Athens
OFFICE = BusinessCalendar(
    name="default",
    zone=ZoneInfo("Europe/Athens"),
    week=((parse_interval("09:00-17:00"),),) * 5 + ((), ()),
)
CLOSED = BusinessCalendar(name="closed", zone=ZoneInfo("UTC"), week=((),) * 7)


def answers(
    minutes: float, n: int = 8, *, priority: int = 3, language: str = "el"
) -> list[Answered]:
    return [Answered(priority=priority, language=language, minutes=minutes) for _ in range(n)]


def expect(
    answered: list[Answered],
    *,
    ahead: dict[int, int] | None = None,
    pace: float | None = None,
    priority: int = 3,
    is_staffed: bool = True,
    now: datetime = NINE,
    calendar: BusinessCalendar = OFFICE,
) -> Expectation | None:
    return expect_reply(
        answered,
        QueueNow(ahead=ahead or {}, minutes_an_answer=pace),
        priority=priority,
        language="el",
        is_staffed=is_staffed,
        calendar=calendar,
        now=now,
    )


def test_three_of_four_recent_answers_were_as_quick() -> None:
    mixed = answers(3, 5) + answers(12, 3) + answers(200, 2)

    assert expect(mixed) == Expectation(minutes=15)


@pytest.mark.parametrize("answered", [[], answers(3, 7), answers(3, 20, priority=2)])
def test_too_few_answers_say_nothing(answered: list[Answered]) -> None:
    assert expect(answered) is None


def test_the_narrowest_group_that_is_large_enough_speaks() -> None:
    greek, french = answers(8, 8), answers(50, 30, language="fr")

    assert expect(greek + french) == Expectation(minutes=10)
    assert expect(greek[:7] + french) == Expectation(minutes=60)
    assert expect(answers(40, 8, priority=5)) == Expectation(minutes=45)


def test_a_long_queue_outweighs_a_good_past() -> None:
    assert expect(answers(3), ahead={1: 2, 3: 6, 5: 90}, pace=4.0) == Expectation(minutes=45)


def test_a_longer_wait_is_told_as_a_time_of_day() -> None:
    assert expect(answers(125)) == Expectation(at=NINE + timedelta(minutes=135))


def test_what_does_not_fit_today_is_told_for_tomorrow() -> None:
    evening = NINE + timedelta(hours=7, minutes=50)

    assert expect(answers(20), now=evening) == Expectation(at=NINE + timedelta(days=1, minutes=15))


def test_out_of_hours_time_counts_from_the_next_opening() -> None:
    night = NINE - timedelta(hours=6)

    assert expect(answers(30), now=night, is_staffed=False) == Expectation(
        at=NINE + timedelta(minutes=30)
    )


def test_nothing_is_said_when_nobody_is_there_in_hours_or_the_desk_never_opens() -> None:
    assert expect(answers(5), is_staffed=False) is None
    assert expect(answers(5), calendar=CLOSED, is_staffed=False) is None


def test_it_is_told_in_json() -> None:
    assert Expectation(minutes=5).as_json() == {"minutes": 5, "at": None}
    assert Expectation(at=NINE).as_json() == {"minutes": None, "at": "2026-11-23T07:00:00.000Z"}


@given(
    waits=st.lists(st.floats(0, 400), min_size=8, max_size=40),
    ahead=st.integers(0, 50),
    pace=st.one_of(st.none(), st.floats(0.1, 20)),
    minute=st.integers(0, 7 * 1440),
)
def test_it_never_promises_better_than_what_was_seen(
    waits: list[float], ahead: int, pace: float | None, minute: int
) -> None:
    now = NINE + timedelta(minutes=minute)
    answered = [Answered(priority=3, language="el", minutes=wait) for wait in waits]

    found = expect(answered, ahead={3: ahead}, pace=pace, now=now)

    assert found is not None
    until = found.at or now + timedelta(minutes=found.minutes or 0)
    promised = OFFICE.working_seconds(now, until) / 60
    assert sum(wait <= promised + 1e-3 for wait in waits) >= 0.75 * len(waits)
    assert promised >= ahead * (pace or 0) - 1e-3
    assert found.minutes is None or found.minutes in SPOKEN_MINUTES
