"""Business calendars: tables of known nights, and properties in many zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.sla.calendars import BusinessCalendar, CalendarError, Interval, parse_interval

ZONES = (
    "UTC", "Europe/Athens", "Europe/Berlin", "Europe/London", "Europe/Lisbon", "Europe/Istanbul",
    "Europe/Moscow", "Africa/Casablanca", "Africa/Cairo", "Africa/Johannesburg", "Asia/Riyadh",
    "Asia/Tehran", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo", "Australia/Lord_Howe",
    "Australia/Sydney", "Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati",
    "America/New_York", "America/St_Johns", "America/Sao_Paulo", "Pacific/Pago_Pago",
)  # fmt: skip
NIGHTS = (
    date(2024, 2, 29), date(2025, 3, 9), date(2025, 3, 30), date(2025, 10, 26), date(2025, 11, 2),
    date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 4), date(2026, 10, 25), date(2026, 12, 31),
)  # fmt: skip
NINE_TO_FIVE = (parse_interval("09:00-13:00"), parse_interval("14:00-17:30"))
AROUND_THE_CLOCK = ((Interval(0, 1440),),) * 7


def office(zone: str = "Europe/Athens", **days: object) -> BusinessCalendar:
    return BusinessCalendar(
        name="office", zone=ZoneInfo(zone), week=(NINE_TO_FIVE,) * 5 + ((), ()), **days
    )


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_there_are_24_zones() -> None:
    assert len(set(ZONES)) == 24


@pytest.mark.parametrize(
    ("start", "stop", "hours"),
    [
        ("2026-11-20T09:00+02:00", "2026-11-20T17:30+02:00", 7.5),
        ("2026-11-20T12:30+02:00", "2026-11-20T14:30+02:00", 1.0),
        ("2026-11-20T17:00+02:00", "2026-11-23T09:30+02:00", 1.0),
        ("2026-11-21T00:00+02:00", "2026-11-23T00:00+02:00", 0.0),
        ("2026-11-23T10:00+02:00", "2026-11-23T09:00+02:00", 0.0),
        ("2024-02-28T17:00+02:00", "2024-03-01T09:30+02:00", 8.5),
    ],
)
def test_working_time(start: str, stop: str, hours: float) -> None:
    assert office().working_seconds(utc(start), utc(stop)) == hours * 3600


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Athens", date(2026, 3, 29), 23),
        ("Europe/Athens", date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Asia/Tokyo", date(2026, 3, 29), 24),
        # Samoa skipped this whole day when it crossed the date line.
        ("Pacific/Apia", date(2011, 12, 30), 0),
    ],
)
def test_a_day_around_the_clock(zone: str, day: date, hours: float) -> None:
    calendar = BusinessCalendar(
        name="always", zone=ZoneInfo(zone), week=((),) * 7, special={day: (Interval(0, 1440),)}
    )
    begin = datetime.combine(day, datetime.min.time(), UTC) - timedelta(days=3)
    assert calendar.working_seconds(begin, begin + timedelta(days=7)) == hours * 3600


def test_the_hour_that_comes_twice_is_worked_twice_and_the_skipped_one_never() -> None:
    night = (parse_interval("02:00-03:00"),)
    calendar = BusinessCalendar(
        name="night",
        zone=ZoneInfo("Europe/Berlin"),
        week=((),) * 7,
        special={date(2026, 3, 29): night, date(2026, 10, 25): night},
    )
    spring, autumn = utc("2026-03-28T00:00Z"), utc("2026-10-24T00:00Z")
    assert calendar.working_seconds(spring, spring + timedelta(days=3)) == 0
    assert calendar.working_seconds(autumn, autumn + timedelta(days=3)) == 2 * 3600
    # The stretch within the repeated hour: 02:00-02:30 comes, goes and comes again.
    half = BusinessCalendar(
        name="half",
        zone=ZoneInfo("Europe/Berlin"),
        week=((),) * 7,
        special={date(2026, 10, 25): (parse_interval("02:00-02:30"),)},
    )
    assert list(half.spans(autumn)) == [
        (utc("2026-10-25T00:00Z"), utc("2026-10-25T00:30Z")),
        (utc("2026-10-25T01:00Z"), utc("2026-10-25T01:30Z")),
    ]


def test_holidays_are_closed_and_exceptions_overrule_them() -> None:
    calendar = office(
        holidays=frozenset({date(2026, 12, 25), date(2026, 12, 24)}),
        special={date(2026, 12, 24): (parse_interval("09:00-12:00"),), date(2026, 12, 23): ()},
    )
    assert not calendar.is_open(utc("2026-12-23T10:00+02:00"))
    assert calendar.is_open(utc("2026-12-24T10:00+02:00"))
    assert not calendar.is_open(utc("2026-12-25T10:00+02:00"))
    assert calendar.next_opening(utc("2026-12-24T12:00+02:00")) == utc("2026-12-28T09:00+02:00")


def test_next_opening_is_now_when_open() -> None:
    now = utc("2026-11-20T10:00+02:00")
    assert office().next_opening(now) == now


def test_a_calendar_that_never_opens_says_so() -> None:
    closed = BusinessCalendar(name="closed", zone=ZoneInfo("UTC"), week=((),) * 7)
    now = utc("2026-11-20T10:00Z")
    assert closed.next_opening(now) is None
    assert closed.add(now, 60) is None
    assert closed.working_seconds(now, now + timedelta(days=30)) == 0
    assert closed.add(now, 0) == now


def test_a_calendar_that_never_closes_counts_every_second() -> None:
    always = BusinessCalendar(
        name="always", zone=ZoneInfo("America/St_Johns"), week=AROUND_THE_CLOCK
    )
    now = utc("2026-01-01T00:00Z")
    later = now + timedelta(days=900, seconds=17)
    assert always.working_seconds(now, later) == (later - now).total_seconds()
    assert always.add(now, (later - now).total_seconds()) == later


def test_the_end_of_time_is_no_error() -> None:
    always = BusinessCalendar(name="always", zone=ZoneInfo("UTC"), week=AROUND_THE_CLOCK)
    assert always.add(datetime(9999, 12, 20, tzinfo=UTC), 1e9) is None


@pytest.mark.parametrize("text", ["9-17", "09:00", "17:00-09:00", "09:00-09:00", "09:60-10:00",
                                  "00:00-24:01", "a-b", "09:0-10:00", "-1:00-02:00"])  # fmt: skip
def test_wrong_intervals_are_refused(text: str) -> None:
    with pytest.raises(CalendarError):
        parse_interval(text)


def test_an_interval_prints_as_it_is_read() -> None:
    assert str(parse_interval("9:05-24:00")) == "09:05-24:00"


def test_overlaps_and_missing_days_are_refused() -> None:
    overlap = (Interval(540, 700), Interval(600, 720))
    with pytest.raises(CalendarError, match="overlap"):
        BusinessCalendar(name="x", zone=ZoneInfo("UTC"), week=(overlap,) + ((),) * 6)
    with pytest.raises(CalendarError, match="seven"):
        BusinessCalendar(name="x", zone=ZoneInfo("UTC"), week=())


zones = st.sampled_from(ZONES)
instants = st.builds(
    lambda night, minutes, seconds: (
        datetime.combine(night, datetime.min.time(), UTC)
        + timedelta(minutes=minutes, seconds=seconds)
    ),
    st.sampled_from(NIGHTS),
    st.integers(-3 * 1440, 3 * 1440),
    st.integers(0, 59),
)


@st.composite
def weeks(draw: st.DrawFn) -> tuple[tuple[Interval, ...], ...]:
    def day() -> tuple[Interval, ...]:
        bounds = draw(st.lists(st.integers(0, 1440), max_size=6, unique=True).map(sorted))
        pairs = zip(bounds[::2], bounds[1::2], strict=False)
        return tuple(Interval(start, stop) for start, stop in pairs)

    return tuple(day() for _ in range(7))


@settings(max_examples=60, deadline=None)
@given(zone=zones, week=weeks(), start=instants, seconds=st.integers(0, 3 * 86_400))
def test_working_time_is_what_the_wall_clock_says(
    zone: str, week: tuple[tuple[Interval, ...], ...], start: datetime, seconds: int
) -> None:
    """Compares with the definition, minute by minute."""
    calendar = BusinessCalendar(name="any", zone=ZoneInfo(zone), week=week)
    start = start.replace(second=0)
    minutes = seconds // 60
    open_minutes = sum(
        calendar.is_open(start + timedelta(minutes=minute)) for minute in range(minutes)
    )
    stop = start + timedelta(minutes=minutes)
    assert calendar.working_seconds(start, stop) == open_minutes * 60


@settings(max_examples=150, deadline=None)
@given(zone=zones, week=weeks(), points=st.lists(instants, min_size=3, max_size=3).map(sorted))
def test_working_time_adds_up_and_never_runs_backwards(
    zone: str, week: tuple[tuple[Interval, ...], ...], points: list[datetime]
) -> None:
    calendar = BusinessCalendar(name="any", zone=ZoneInfo(zone), week=week)
    first, second, third = points
    before = calendar.working_seconds(first, second)
    after = calendar.working_seconds(second, third)
    assert before >= 0
    assert calendar.working_seconds(first, third) == before + after


@settings(max_examples=150, deadline=None)
@given(zone=zones, week=weeks(), start=instants, seconds=st.integers(1, 20 * 86_400))
def test_adding_is_the_inverse_of_measuring(
    zone: str, week: tuple[tuple[Interval, ...], ...], start: datetime, seconds: int
) -> None:
    calendar = BusinessCalendar(name="any", zone=ZoneInfo(zone), week=week)
    reached = calendar.add(start, seconds)
    if reached is None:
        assert not any(week)
        return
    assert calendar.working_seconds(start, reached) == seconds
    assert calendar.is_open(reached - timedelta(seconds=1))
