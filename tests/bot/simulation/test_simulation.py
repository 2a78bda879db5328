"""A made-up day: the same for a seed, worked by the real engines, told in figures and pictures."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.commands.simulate import save_pictures, simulate, simulation_text
from bot.hours import read_service
from bot.settings import build_settings
from bot.simulation.day import live
from bot.simulation.figures import fairness, jain, percentile
from bot.simulation.people import LANGUAGES, Worker, draw_requests, draw_workers
from handoff.routing.model import OrderPolicy, RoutingPolicy

MIDNIGHT = datetime(2026, 11, 23, tzinfo=ZoneInfo("Europe/Athens"))
ALL = tuple(OrderPolicy)


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    return simulate(build_settings({}), agents=8, tickets=250, seed=7, policies=ALL)


def test_a_seed_is_a_day(figures: dict[str, Any]) -> None:
    one = (OrderPolicy.PRIORITY,)
    again = simulate(build_settings({}), agents=8, tickets=250, seed=7, policies=one)
    other = simulate(build_settings({}), agents=8, tickets=250, seed=8, policies=one)

    assert json.dumps(again["policies"]["priority"]) == json.dumps(figures["policies"]["priority"])
    assert other["policies"]["priority"] != figures["policies"]["priority"]


def test_every_policy_meets_the_same_tickets(figures: dict[str, Any]) -> None:
    found = figures["policies"]

    assert list(found) == ["priority", "fifo", "quick_wins", "value"]
    assert {one["tickets"] for one in found.values()} == {250}
    counts = [{p: w["n"] for p, w in one["wait_by_priority"].items()} for one in found.values()]
    assert all(count == counts[0] for count in counts)
    assert all(one["answered"] == 250 for one in found.values())


def test_urgent_tickets_wait_least_by_priority_and_longer_first_come_first_served() -> None:
    both = (OrderPolicy.PRIORITY, OrderPolicy.FIFO)
    busy = simulate(build_settings({}), agents=4, tickets=420, seed=3, policies=both)["policies"]

    priority = busy["priority"]["wait_by_priority"]
    assert priority["P2"]["p90"] < priority["P3"]["p90"] < priority["P5"]["p90"]
    assert priority["P2"]["p90"] < busy["fifo"]["wait_by_priority"]["P2"]["p90"]


def test_figures_are_told_in_words_and_pictures(figures: dict[str, Any], tmp_path: Path) -> None:
    text = simulation_text(figures)
    files = save_pictures(figures, tmp_path)

    assert "250 tickets and 8 agents on 2026-11-23 (Europe/Athens), seed 7" in text
    assert [line.split()[0] for line in text.splitlines()[-4:]] == [p.value for p in ALL]
    assert all(path.read_text().lstrip().startswith("<?xml") for path in files)


def test_arrivals_follow_the_day_and_the_languages() -> None:
    requests = draw_requests(4000, midnight=MIDNIGHT, chance=random.Random(1))
    hours = Counter(request.at.hour for request in requests)
    languages = Counter(request.language for request in requests)

    assert [r.at for r in requests] == sorted(r.at for r in requests)
    assert hours[11] > 5 * hours[3]
    assert set(languages) == set(LANGUAGES)
    assert 1.6 < languages["en"] / languages["de"] < 2.4
    assert all(len(r.work_s) == len(r.reply_s) + 1 for r in requests)


@pytest.mark.parametrize("n", [1, 5, 12, 20])
def test_staff_speak_what_visitors_write(n: int) -> None:
    staff = draw_workers(n, midnight=MIDNIGHT, chance=random.Random(1))

    assert len({worker.id for worker in staff}) == n
    assert all("en" in worker.languages for worker in staff)
    if n >= len(LANGUAGES):
        assert set(LANGUAGES) == {language for worker in staff for language in worker.languages}


def test_work_of_an_agent_who_vanishes_goes_to_another() -> None:
    def worker(name: str, vanishes: tuple[datetime, datetime] | None) -> Worker:
        return Worker(
            id=name,
            languages=frozenset({"en"}),
            starts_at=MIDNIGHT + timedelta(hours=9),
            ends_at=MIDNIGHT + timedelta(hours=17),
            absences=(),
            vanishes=vanishes,
        )

    at_ten = MIDNIGHT + timedelta(hours=10)
    requests = [
        request
        for request in draw_requests(900, midnight=MIDNIGHT, chance=random.Random(5))
        if request.language == "en" and 9 <= request.at.hour < 12
    ]
    day = live(
        requests,
        [worker("a1", (at_ten, at_ten + timedelta(hours=6))), worker("a2", None)],
        engine=read_service(build_settings({}).paths).engine(),
        policy=RoutingPolicy(),
        values={},
        capacity=5,
        until=MIDNIGHT + timedelta(hours=36),
    )

    assert sum(case.n_returns for case in day.cases) >= 1
    assert all(case.solved_at is not None for case in day.cases)
    late = [c for c in day.cases if c.solved_at and c.solved_at > at_ten + timedelta(minutes=10)]
    assert {case.agent for case in late} == {"a2"}


def test_fairness_compares_languages_within_a_priority() -> None:
    alike = {3: {"en": [10.0] * 8, "el": [10.0] * 8}, 5: {"en": [60.0] * 9, "el": [60.0]}}
    apart = {3: {"en": [5.0] * 8, "el": [20.0] * 8}, 4: {"en": [], "el": []}}

    assert fairness(alike)["jain"] == 1.0
    assert fairness(alike)["ratio_by_priority"] == {
        "P3": {"ratio": 1.0, "longest": "en", "shortest": "en"}
    }
    assert fairness(apart)["ratio_by_priority"]["P3"]["ratio"] == 4.0
    assert fairness(apart)["jain"] < 0.8


def test_jain_and_percentiles() -> None:
    assert (jain([2, 2, 2, 2]), jain([1, 0, 0, 0]), jain([])) == (1.0, 0.25, 1.0)
    assert (percentile([3, 1, 2], 0.5), percentile([1, 2], 1.0)) == (2, 2)
