"""When a person will probably answer: from what the desk has lately done, never better. Pure.

Two honest figures, and the worse one counts: within which time three of four recent tickets like
this one had their first answer, and how long the queue before it takes at the pace of recent
answers. With too few recent answers nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from handoff.model import JsonObject, iso
from handoff.sla.calendars import BusinessCalendar

# Fewer recent answers say too little.
FEWEST: Final = 8
SHARE: Final = 0.75
# What people say; a longer wait is told as a time of day.
SPOKEN_MINUTES: Final = (5, 10, 15, 20, 30, 45, 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A recent first answer.

    Attributes:
        minutes: Working minutes from the opening to it.
    """

    priority: int
    language: str | None
    minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueNow:
    """The queue and its pace.

    Attributes:
        ahead: Priority -> tickets that wait for a first answer.
        minutes_an_answer: Working minutes between two first answers of the whole desk; None when
            nobody knows.
    """

    ahead: dict[int, int]
    minutes_an_answer: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What may be said: `minutes`, one of `SPOKEN_MINUTES`, or the moment `at` if it is longer."""

    minutes: int | None = None
    at: datetime | None = None

    def as_json(self) -> JsonObject:
        """Gives {"minutes", "at"}."""
        return {"minutes": self.minutes, "at": iso(self.at)}


def expect_reply(
    answered: Sequence[Answered],
    queue: QueueNow,
    *,
    priority: int,
    language: str | None,
    is_staffed: bool,
    calendar: BusinessCalendar,
    now: datetime,
) -> Expectation | None:
    """Gives what may be told to a visitor; None if nothing honest can be said.

    Args:
        answered: Recent first answers.
        queue: How it is now.
        priority: The ticket's.
        language: The ticket's.
        is_staffed: Whether an agent is there; without one, time counts from the next opening.
        calendar: When the team works.
        now: Aware.
    """
    alike = _alike(answered, priority=priority, language=language)
    if alike is None or (not is_staffed and calendar.is_open(now)):
        # Hours in which nobody is there are hours of which nobody knows the end.
        return None
    ahead = sum(n for level, n in queue.ahead.items() if level <= priority)
    in_line = 0.0 if queue.minutes_an_answer is None else (ahead + 1) * queue.minutes_an_answer
    minutes = max(_quantile(alike, SHARE), in_line)
    spoken = next((step for step in SPOKEN_MINUTES if minutes <= step), None)
    at = calendar.add(now, minutes * 60)
    if at is None:
        return None
    if spoken is not None and at - now <= timedelta(minutes=spoken):
        return Expectation(minutes=spoken)
    return Expectation(at=_next_quarter(at))


def _alike(
    answered: Sequence[Answered], *, priority: int, language: str | None
) -> list[float] | None:
    """Gives the waits of the narrowest group that is large enough to speak for the ticket."""
    groups = (
        [a.minutes for a in answered if (a.priority, a.language) == (priority, language)],
        [a.minutes for a in answered if a.priority == priority],
        # Who is more urgent is answered sooner: such answers would promise too much.
        [a.minutes for a in answered if a.priority >= priority],
    )
    return next((group for group in groups if len(group) >= FEWEST), None)


def _quantile(minutes: Sequence[float], share: float) -> float:
    ordered = sorted(minutes)
    return ordered[math.ceil(share * len(ordered)) - 1]


def _next_quarter(at: datetime) -> datetime:
    """Gives the next quarter of an hour: a minute would sound surer than anybody is."""
    quarter = at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)
    return quarter if quarter == at else quarter + timedelta(minutes=15)
