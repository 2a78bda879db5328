"""What docs/routing.md promises to support leads, word by word."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from handoff.routing.config import RoutingSettings, parse_routing
from handoff.routing.effort import (
    CHARACTERS_A_MINUTE,
    FREE_CHARACTERS,
    MINUTES_A_QUESTION,
    EffortTable,
)
from handoff.routing.engine import choose
from handoff.routing.model import OrderPolicy, RoutingPolicy, Widening
from handoff.routing.views import BUILT_IN
from tests.handoff.routing.values import NOW, agent, minutes, ticket

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "routing.md").read_text(encoding="utf-8")


@pytest.fixture
def settings() -> RoutingSettings:
    (example,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    return parse_routing(yaml.safe_load(example)["routing"], "docs")


@pytest.mark.parametrize(
    ("asked", "anna_load", "expected"),
    [
        ({"language": "en"}, 2, "Ben"),
        ({"language": "el"}, 2, "Anna"),
        ({"language": "el", "waited": 14}, 5, None),
        ({"language": "el", "waited": 15}, 5, "Ben"),
        ({"language": "el", "waited": 4, "priority": 1}, 5, "Ben"),
        ({"language": "tr", "waited": 60}, 2, "Ben"),
        ({"language": "tr", "waited": 60}, 0, "Anna"),
    ],
)
def test_the_example_does_what_the_table_says(
    settings: RoutingSettings, asked: dict[str, Any], anna_load: int, expected: str | None
) -> None:
    anna = agent("Anna", "el", "en", load=anna_load, capacity=settings.capacity)
    ben = agent("Ben", "en", capacity=settings.capacity)

    found = choose([ticket(1, **asked)], [anna, ben], settings.policy, now=NOW)

    assert [one.agent_id for one in found.assignments] == ([expected] if expected else [])


def test_the_named_times_are_the_defaults() -> None:
    named = {
        name: span
        for name, span in re.findall(r"^\| `(?:widen: )?(\w+)` \((.+?)\)", TEXT, re.MULTILINE)
    }
    default = Widening()

    assert named.keys() == {field.name for field in fields(Widening)}
    for name, text in named.items():
        span = getattr(default, name)
        assert text == ("at once" if not span else f"{span / minutes(1):g} minutes"), name


def test_the_named_shares_are_the_defaults() -> None:
    assert RoutingPolicy().hurry == {1: 0.25, 2: 0.5}
    assert "P1 waits a quarter and P2 half" in TEXT
    assert RoutingPolicy().never_sticky == {1}


def test_every_policy_is_in_the_table() -> None:
    assert set(re.findall(r"^\| `(\w+)` \| the ", TEXT, re.MULTILINE)) == set(OrderPolicy)


def test_the_minutes_of_the_estimate_are_right() -> None:
    table = EffortTable()
    named = dict(re.findall(r"`(\w+)` (\d+)", TEXT.partition("**Estimated work**")[2][:400]))

    assert {name: float(number) for name, number in named.items()} == table.types
    assert f"unknown {table.unknown:g}" in TEXT
    assert (FREE_CHARACTERS, CHARACTERS_A_MINUTE, MINUTES_A_QUESTION) == (300, 300, 2.0)


def test_the_views_of_the_house_are_counted() -> None:
    assert len(BUILT_IN) == 10
    assert "Ten views come with the house" in TEXT
