"""Draws a day: who writes when and about what, and who works when. The same seed, the same day.

What is assumed stands here in one place, and docs/service-levels.md explains it. Languages differ
only in how many write in them and how many of the staff speak them: whatever else differs between
them in the result was made by the desk.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Final, TypeVar

_Choice = TypeVar("_Choice", int, str)
# By how many write; the shares follow Zipf's law: 1, 1/2, 1/3 ...
LANGUAGES: Final = ("en", "de", "fr", "es", "it", "nl", "pl", "pt", "el", "tr", "ru", "ar")
# Share of the day's tickets by hour of the shop's day: a morning and an evening peak.
HOURS: Final = (
    0.6, 0.4, 0.3, 0.2, 0.3, 0.6, 1.2, 2.4, 4.6, 6.6, 7.8, 8.0,
    7.0, 6.2, 6.4, 6.8, 7.2, 7.4, 6.8, 6.0, 5.0, 4.0, 2.6, 1.4,
)  # fmt: skip
# What triage makes of ordinary mail to a shop: few emergencies, most of it ordinary.
PRIORITIES: Final = {1: 0.03, 2: 0.12, 3: 0.45, 4: 0.28, 5: 0.12}
TYPES: Final = {
    "question": 0.45, "problem": 0.25, "request": 0.18, "complaint": 0.08, "feedback": 0.04,
}  # fmt: skip
# Median minutes of work for one answer, by type.
WORK_MINUTES: Final = {
    "question": 1.6, "problem": 3.0, "request": 2.3, "complaint": 3.6, "feedback": 1.2,
}  # fmt: skip
WORK_SPREAD: Final = 0.6
TIERS: Final = {"": 0.8, "silver": 0.15, "gold": 0.05}
# How often the visitor writes once more after an answer, and how long she takes.
COMES_BACK: Final = 0.45
MOST_ANSWERS: Final = 6
REPLY_MINUTES: Final = 2.5
FIRST_TIME: Final = 0.4
# A burst: something broke, and many write about it within minutes.
N_BURSTS: Final = 2
BURST_SHARE: Final = 0.06
BURST_MINUTES: Final = 25
SHIFTS: Final = (8.0, 9.0, 9.0, 10.0, 14.0)
SHIFT_HOURS: Final = 8.0
DEATHS_A_DAY: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A ticket as it will come and be worked on.

    Attributes:
        work_s: Seconds of work for each answer, one entry an answer.
        reply_s: Seconds that the visitor takes after each answer but the last.
        effort_minutes: What an estimate would say before anybody reads it.
    """

    number: int
    at: datetime
    language: str
    priority: int
    type: str
    tier: str
    work_s: tuple[float, ...]
    reply_s: tuple[float, ...]
    effort_minutes: float
    is_first_time: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """An agent's day; the next day has the same hours.

    Attributes:
        absences: Breaks, when nobody answers but everybody knows that she comes back.
        vanishes: When her connection dies without a word, and when she is back.
    """

    id: str
    languages: frozenset[str]
    starts_at: datetime
    ends_at: datetime
    absences: tuple[tuple[datetime, datetime], ...]
    vanishes: tuple[datetime, datetime] | None


def draw_requests(n: int, *, midnight: datetime, chance: random.Random) -> tuple[Request, ...]:
    """Gives a day's tickets in the order in which they come."""
    bursts = sorted(chance.uniform(9, 17) * 60 for _ in range(N_BURSTS))
    languages = [1 / rank for rank in range(1, len(LANGUAGES) + 1)]
    drawn = []
    for _ in range(n):
        minute = _minute_of_day(bursts, chance)
        drawn.append((minute, chance.choices(LANGUAGES, languages)[0]))
    drawn.sort()
    return tuple(
        _request(number, midnight + timedelta(minutes=minute), language, chance)
        for number, (minute, language) in enumerate(drawn, start=1)
    )


def draw_workers(n: int, *, midnight: datetime, chance: random.Random) -> tuple[Worker, ...]:
    """Gives a staff whose first languages are shared out as the tickets are, each at least once."""
    return tuple(
        _worker(number, language, midnight, chance)
        for number, language in enumerate(_first_languages(n), start=1)
    )


def _first_languages(n: int) -> Sequence[str]:
    """Shares agents out to languages by Sainte-Lague's divisors, the rarest covered first."""
    counts = dict.fromkeys(LANGUAGES, 1 if n >= len(LANGUAGES) else 0)
    weights = {language: 1 / rank for rank, language in enumerate(LANGUAGES, start=1)}
    while sum(counts.values()) < n:
        chosen = max(LANGUAGES, key=lambda language: weights[language] / (2 * counts[language] + 1))
        counts[chosen] += 1
    return [language for language in LANGUAGES for _ in range(counts[language])]


def _minute_of_day(bursts: Sequence[float], chance: random.Random) -> float:
    if chance.random() < BURST_SHARE * len(bursts):
        return chance.choice(bursts) + chance.expovariate(3 / BURST_MINUTES)
    hour = chance.choices(range(24), cum_weights=tuple(accumulate(HOURS)))[0]
    return (hour + chance.random()) * 60


def _request(number: int, at: datetime, language: str, chance: random.Random) -> Request:
    kind = _one_of(TYPES, chance)
    n_answers = 1
    while n_answers < MOST_ANSWERS and chance.random() < COMES_BACK:
        n_answers += 1
    median = WORK_MINUTES[kind] * 60
    work = tuple(median * math.exp(chance.gauss(0, WORK_SPREAD)) for _ in range(n_answers))
    replies = tuple(chance.expovariate(1 / (REPLY_MINUTES * 60)) for _ in range(n_answers - 1))
    return Request(
        number=number,
        at=at,
        language=language,
        priority=_one_of(PRIORITIES, chance),
        type=kind,
        tier=_one_of(TIERS, chance),
        work_s=work,
        reply_s=replies,
        # Nobody knows beforehand how often she will write: the estimate is only roughly right.
        effort_minutes=round(max(1.0, sum(work) / 60 * math.exp(chance.gauss(0, 0.5))), 1),
        is_first_time=chance.random() < FIRST_TIME,
    )


def _worker(number: int, language: str, midnight: datetime, chance: random.Random) -> Worker:
    start = midnight + timedelta(hours=SHIFTS[(number - 1) % len(SHIFTS)])
    lunch = start + timedelta(hours=3.5, minutes=chance.uniform(0, 60))
    coffee = start + timedelta(hours=6, minutes=chance.uniform(0, 45))
    vanishes = None
    if chance.random() < DEATHS_A_DAY:
        gone = start + timedelta(hours=chance.uniform(0.5, SHIFT_HOURS - 1))
        vanishes = (gone, gone + timedelta(minutes=chance.uniform(20, 60)))
    # A second language besides English, which everybody can write somehow.
    second = chance.choice([other for other in LANGUAGES if other != language])
    return Worker(
        id=f"a{number:02d}",
        languages=frozenset({"en", language, second}),
        starts_at=start,
        ends_at=start + timedelta(hours=SHIFT_HOURS),
        absences=(
            (lunch, lunch + timedelta(minutes=30)),
            (coffee, coffee + timedelta(minutes=10)),
        ),
        vanishes=vanishes,
    )


def _one_of(shares: Mapping[_Choice, float], chance: random.Random) -> _Choice:
    return chance.choices(list(shares), list(shares.values()))[0]
