"""Business calendars: when a team works, and how much working time lies between two instants. Pure.

A calendar has a time zone, opening intervals for each weekday in wall-clock minutes, and days that
differ: public holidays and exceptions. An instant is open when its wall-clock time lies in one of
its day's intervals. That definition, and nothing else, decides the nights when clocks change: an
hour that is skipped is not worked, and one that comes twice is worked twice.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 24 * 60
# A calendar that does not open within this time counts as never open.
HORIZON_DAYS = 400
# No zone lies further from UTC than 14 hours, and clocks move by at most a day.
_WIDEST_OFFSET = timedelta(hours=26)
_SEARCH_STEP = timedelta(minutes=30)

Span = tuple[datetime, datetime]
"""A half-open stretch of time, both ends aware and in UTC."""


class CalendarError(ValueError):
    """A calendar's hours make no sense; the text says which and why."""


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Wall-clock minutes of one day, half-open; `stop` may be 1440, the midnight that ends it.

    Raises:
        CalendarError: If it is empty or leaves the day.
    """

    start: int
    stop: int

    def __post_init__(self) -> None:
        """Checks the bounds."""
        if not 0 <= self.start < self.stop <= MINUTES_A_DAY:
            raise CalendarError(
                f"An interval must lie within one day and not be empty: {self}. "
                "Hours past midnight are written as two intervals."
            )

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.stop)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessCalendar:
    """When one team works.

    Attributes:
        name: What people call it.
        zone: Its IANA zone.
        week: Intervals from Monday to Sunday, seven entries.
        special: Days with other hours; no intervals means closed. They overrule holidays.
        holidays: Days that are closed.
    """

    name: str
    zone: ZoneInfo
    week: tuple[tuple[Interval, ...], ...]
    special: Mapping[date, tuple[Interval, ...]] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    _days: dict[date, tuple[Span, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Checks the hours.

        Raises:
            CalendarError: If intervals overlap or a weekday is missing.
        """
        if len(self.week) != 7:
            raise CalendarError(f"Calendar {self.name!r} needs seven weekdays.")
        for intervals in (*self.week, *self.special.values()):
            for before, after in itertools.pairwise(intervals):
                if after.start < before.stop:
                    raise CalendarError(
                        f"Calendar {self.name!r}: {before} and {after} overlap or are not in order."
                    )

    def is_open(self, at: datetime) -> bool:
        """Tells whether the team works at an instant."""
        local = at.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return any(part.start <= minute < part.stop for part in self.intervals(local.date()))

    def intervals(self, day: date) -> tuple[Interval, ...]:
        """Gives the intervals of a day."""
        if day in self.special:
            return self.special[day]
        return () if day in self.holidays else self.week[day.weekday()]

    def working_seconds(self, start: datetime, stop: datetime) -> float:
        """Gives the working time between two instants in seconds; 0 if they are not in order."""
        total = timedelta()
        for opens, closes in self._pieces(start):
            if opens >= stop:
                break
            total += min(closes, stop) - opens
        return total.total_seconds()

    def add(self, start: datetime, seconds: float) -> datetime | None:
        """Gives the first instant with that much working time behind it, counted from `start`.

        Args:
            start: Aware.
            seconds: Not negative.

        Returns:
            The instant in UTC; None if the calendar does not open in `HORIZON_DAYS`.
        """
        if seconds <= 0:
            return start.astimezone(UTC)
        left = timedelta(seconds=seconds)
        for opens, closes in self._pieces(start):
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        return None

    def next_opening(self, at: datetime) -> datetime | None:
        """Gives `at` itself when it is open, else the next opening; None if there is none."""
        return next((opens for opens, _ in self._pieces(at)), None)

    def spans(self, start: datetime) -> Iterator[Span]:
        """Yields open stretches from `start` on, the first cut off there, touching ones joined.

        Ends with the horizon after the last opening, so that a closed calendar ends at all; a
        stretch that is longer than the horizon comes in parts.
        """
        held: Span | None = None
        for opens, closes in self._pieces(start):
            if held is not None and opens <= held[1]:
                held = (held[0], max(held[1], closes))
                # A team that never closes would otherwise never yield.
                if held[1] - held[0] > timedelta(days=HORIZON_DAYS):
                    yield held
                    held = None
                continue
            if held is not None:
                yield held
            held = (opens, closes)
        if held is not None:
            yield held

    def _pieces(self, start: datetime) -> Iterator[Span]:
        """Yields open stretches as days cut them: who only adds up need not join them first."""
        start = start.astimezone(UTC)
        day = start.astimezone(self.zone).date() - timedelta(days=1)
        last_found = day
        reached = start
        while (day - last_found).days <= HORIZON_DAYS:
            for opens, closes in self._spans_of(day):
                last_found = day
                if closes > reached:
                    yield max(opens, reached), closes
                    reached = closes
            if day >= date.max - timedelta(days=3):
                return
            day += timedelta(days=1)

    def _spans_of(self, day: date) -> tuple[Span, ...]:
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = tuple(_day_spans(day, self.intervals(day), self.zone))
        return found


def parse_interval(text: str) -> Interval:
    """Reads `09:00-17:30`.

    Raises:
        CalendarError: If it is something else.
    """
    try:
        start, stop = (_minute(part) for part in text.strip().split("-"))
    except ValueError:
        raise CalendarError(f"{text!r} is not an interval such as 09:00-17:30.") from None
    return Interval(start, stop)


def _minute(text: str) -> int:
    hours, minutes = text.strip().split(":")
    if not (len(hours) in (1, 2) and len(minutes) == 2 and int(minutes) < 60):
        raise ValueError(text)
    return int(hours) * 60 + int(minutes)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _day_spans(day: date, intervals: Sequence[Interval], zone: ZoneInfo) -> list[Span]:
    """Gives the instants of a day whose wall-clock time lies in the intervals, in order."""
    if not intervals:
        return []
    midnight = datetime.combine(day, time(), UTC)
    spans = []
    for start, stop, offset in _stretches(midnight, zone):
        for part in intervals:
            opens = max(start, midnight + timedelta(minutes=part.start) - offset)
            closes = min(stop, midnight + timedelta(minutes=part.stop) - offset)
            if opens < closes:
                spans.append((opens, closes))
    return sorted(spans)


def _stretches(
    midnight: datetime, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Yields stretches of constant offset that cover a day wherever its zone lies."""
    begin, end = midnight - _WIDEST_OFFSET, midnight + 2 * _WIDEST_OFFSET
    at, offset = begin, _offset(begin, zone)
    start = begin
    while at < end:
        later = min(at + _SEARCH_STEP, end)
        if _offset(later, zone) != offset:
            change = _first_change(at, later, zone)
            yield start, change, offset
            start, at, offset = change, change, _offset(change, zone)
        else:
            at = later
    yield start, end, offset


def _first_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Gives the instant between two at which the offset changes, to the second."""
    offset = _offset(before, zone)
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if _offset(middle, zone) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    return offset if offset is not None else timedelta()
