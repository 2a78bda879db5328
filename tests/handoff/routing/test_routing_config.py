"""The section `routing` of the service file, and what is said about mistakes in it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from handoff.routing.config import RoutingSettings, parse_routing
from handoff.routing.model import Mode, OrderPolicy, RoutingPolicy, Share, Widening
from handoff.service_file import ServiceFileError
from handoff.sla.config import load_service, parse_service

ROOT = Path(__file__).resolve().parents[3]


def parse(**section: Any) -> RoutingSettings:
    return parse_routing(section, "routing")


def test_nothing_said_means_that_agents_take_tickets() -> None:
    calendars = {"default": {"zone": "Europe/Athens", "hours": {"mon-fri": ["09:00-17:00"]}}}

    service = parse_service({"calendars": calendars}, today=date(2026, 11, 23))

    assert service.routing == RoutingSettings()
    assert service.routing.mode is Mode.PULL
    assert service.routing.policy == RoutingPolicy()


def test_every_line_is_read() -> None:
    settings = parse(
        mode="push",
        order="quick_wins",
        share="round_robin",
        bridge_language="de",
        capacity={"total": 8, "widget": 3, "email": 6},
        answer_within="90 minutes",
        absent_for="1 hour",
        cool_down="0 minutes",
        slot_freed_after="2 hours",
        first_time_head_start="30 minutes",
        wait_for_known_agent="7 minutes",
        never_wait_for_known_agent=[1, 2],
        widen={"any_language": "never", "skills": "2 hours", "tier": "10 minutes"},
        hurry={1: 0.1},
        value={"gold": 3, "silver": 1.5},
        effort={"types": {"question": 2}, "categories": {"invoice": -1.5}, "unknown": 6},
    )

    assert (settings.mode, settings.capacity) == (Mode.PUSH, 8)
    assert settings.channel_capacity == {"widget": 3, "email": 6}
    assert settings.value == {"gold": 3.0, "silver": 1.5}
    assert settings.effort.types["question"] == 2.0
    assert settings.effort.types["problem"] == 12.0
    assert settings.effort.categories == {"invoice": -1.5}
    assert settings.effort.unknown == 6.0
    assert settings.policy == RoutingPolicy(
        order=OrderPolicy.QUICK_WINS,
        share=Share.ROUND_ROBIN,
        bridge_language="de",
        answer_within=timedelta(minutes=90),
        absent_for=timedelta(hours=1),
        cool_down=timedelta(0),
        slot_freed_after=timedelta(hours=2),
        first_time_head_start=timedelta(minutes=30),
        sticky_for=timedelta(minutes=7),
        never_sticky=frozenset({1, 2}),
        widening=Widening(any_language=None, skills=timedelta(hours=2), tier=timedelta(minutes=10)),
        hurry={1: 0.1},
    )


def test_one_number_is_everybodys_capacity() -> None:
    assert parse(capacity=4).capacity == 4
    assert parse(capacity={"email": 2}).capacity == 5


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"mod": "push"}, "routing: 'mod' is unknown; known are absent_for, answer_within"),
        ({"mode": "shove"}, "routing > mode: 'shove' is unknown; known are pull, push"),
        ({"order": "random"}, "routing > order: 'random' is unknown; known are priority, fifo"),
        ({"answer_within": "soon"}, "routing > answer_within: 'soon' is no working time"),
        ({"capacity": -1}, "routing > capacity: -1 is no number of tickets"),
        ({"capacity": {"widget": "two"}}, "routing > capacity > widget: 'two' is no number"),
        ({"widen": {"language": "1 hour"}}, "routing > widen: 'language' is unknown"),
        ({"widen": {"skills": 5}}, "routing > widen > skills: 5 is no working time"),
        ({"hurry": {9: 0.5}}, "routing > hurry: 9 is no priority; write 1 to 5"),
        ({"hurry": {1: 2}}, "routing > hurry > 1: 2 is no number from 0 to 1"),
        ({"value": {"gold": True}}, "routing > value > gold: True is no number"),
        ({"bridge_language": False}, "routing > bridge_language: False is no language tag"),
        ({"never_wait_for_known_agent": 1}, "a list is expected here"),
        ({"effort": {"types": ["question"]}}, "names with values are expected here"),
    ],
)
def test_a_mistake_is_named_with_its_place(section: dict[str, Any], message: str) -> None:
    with pytest.raises(ServiceFileError) as caught:
        parse(**section)

    assert message in str(caught.value)


def test_the_demo_shop_lets_agents_take_tickets() -> None:
    service = load_service(ROOT / "data" / "service.yml", today=date(2026, 11, 23))

    assert service.routing.mode is Mode.PULL
    assert service.routing.channel_capacity == {"widget": 3}
