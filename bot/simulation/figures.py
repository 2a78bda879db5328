"""What a simulated day says: waiting, promises, work, how equally languages were served. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final

from bot.simulation.day import Case, Day
from bot.simulation.people import LANGUAGES
from handoff.routing.fit import BRIDGE_LANGUAGE
from handoff.sla.clocks import SlaEngine
from handoff.sla.policy import Metric

# A median of fewer says nothing about a language.
FEWEST: Final = 8


def day_figures(
    day: Day, engine: SlaEngine, *, midnight: datetime, until: datetime
) -> dict[str, Any]:
    """Gives the figures of a day; waits in working minutes from the opening to the first answer."""
    waits = {case.request.number: _wait(case, engine, until) for case in day.cases}

    def of(cases: Iterable[Case]) -> dict[str, Any]:
        return _waits([waits[case.request.number] for case in cases])

    by_language = {
        language: [case for case in day.cases if case.request.language == language]
        for language in LANGUAGES
    }
    by_priority = {
        priority: [case for case in day.cases if case.request.priority == priority]
        for priority in range(1, 6)
    }
    tomorrow = midnight + timedelta(days=1)
    return {
        "tickets": len(day.cases),
        "answered": sum(case.first_answer_at is not None for case in day.cases),
        "answered_the_same_day": sum(
            case.first_answer_at is not None and case.first_answer_at < tomorrow
            for case in day.cases
        ),
        "returned_from_absent_agents": sum(case.n_returns for case in day.cases),
        "wait": of(day.cases),
        "wait_by_priority": {f"P{level}": of(cases) for level, cases in by_priority.items()},
        "wait_by_language": {language: of(cases) for language, cases in by_language.items()},
        "own_language": {
            language: _share(case.language_level < BRIDGE_LANGUAGE for case in cases)
            for language, cases in by_language.items()
        },
        "sla": {metric.value: _promises(day.cases, engine, metric, until) for metric in Metric},
        "sla_first_response_by_language": {
            language: _promises(cases, engine, Metric.FIRST_RESPONSE, until)
            for language, cases in by_language.items()
        },
        "utilisation": round(
            sum(desk.worked_s for desk in day.desks)
            / max(1.0, sum(desk.here_s for desk in day.desks)),
            3,
        ),
        "fairness": fairness(
            {
                level: {
                    language: [
                        waits[case.request.number]
                        for case in cases
                        if case.request.language == language
                    ]
                    for language in LANGUAGES
                }
                for level, cases in by_priority.items()
            }
        ),
        "backlog": [[moment.isoformat(), n] for moment, n in day.backlog],
    }


def fairness(waits: Mapping[int, Mapping[str, Sequence[float]]]) -> dict[str, Any]:
    """Compares languages within each priority, so that who wrote what does not count.

    `ratio` is the longest median wait of a language by the shortest, per priority, with one minute
    as the least that is told apart. `jain` is Jain's index of the languages' waits relative to
    their priority: 1 when all wait alike, 1/n when one waits alone.

    Args:
        waits: Priority -> language -> minutes.
    """
    ratios: dict[str, Any] = {}
    relative: dict[str, list[float]] = {}
    for level, by_language in waits.items():
        medians = {
            language: max(1.0, median(minutes))
            for language, minutes in by_language.items()
            if len(minutes) >= FEWEST
        }
        if len(medians) < 2:
            continue
        longest, shortest = (
            max(medians, key=medians.__getitem__),
            min(medians, key=medians.__getitem__),
        )
        ratios[f"P{level}"] = {
            "ratio": round(medians[longest] / medians[shortest], 2),
            "longest": longest,
            "shortest": shortest,
        }
        usual = max(1.0, median([m for minutes in by_language.values() for m in minutes]))
        for language, minutes in by_language.items():
            relative.setdefault(language, []).extend(max(1.0, m) / usual for m in minutes)
    means = {name: sum(all_of) / len(all_of) for name, all_of in relative.items() if all_of}
    return {
        "ratio_by_priority": ratios,
        "relative_wait": {language: round(mean, 2) for language, mean in means.items()},
        "jain": round(jain(list(means.values())), 3),
    }


def jain(values: Sequence[float]) -> float:
    """Gives Jain's fairness index of positive values; source: Jain, Chiu and Hawe 1984."""
    squares = sum(value * value for value in values)
    return sum(values) ** 2 / (len(values) * squares) if squares else 1.0


def percentile(values: Sequence[float], part: float) -> float:
    """Gives the value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def _wait(case: Case, engine: SlaEngine, until: datetime) -> float:
    """Gives working minutes until the first answer, or until the clock stopped."""
    if case.clocks is None:
        return 0.0
    calendar = engine.calendar_for(case.clocks.traits)
    return calendar.working_seconds(case.request.at, case.first_answer_at or until) / 60


def _waits(minutes: Sequence[float]) -> dict[str, Any]:
    if not minutes:
        return {"n": 0, "p50": None, "p90": None}
    return {
        "n": len(minutes),
        "p50": round(percentile(minutes, 0.5), 1),
        "p90": round(percentile(minutes, 0.9), 1),
    }


def _promises(
    cases: Iterable[Case], engine: SlaEngine, metric: Metric, until: datetime
) -> dict[str, Any]:
    """Counts promises that were kept and broken; one that still runs in time is neither."""
    n_met = n_breached = 0
    for case in cases:
        if case.clocks is None:
            continue
        for reading in engine.read(case.clocks, until):
            if reading.metric is metric:
                n_breached += reading.n_breaches
                n_met += reading.n_met
    total = n_met + n_breached
    return {
        "met": n_met,
        "breached": n_breached,
        "met_share": round(n_met / total, 3) if total else None,
    }


def _share(of: Iterable[bool]) -> float | None:
    values = list(of)
    return round(sum(values) / len(values), 3) if values else None
