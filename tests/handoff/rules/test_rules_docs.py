"""What docs/rules.md shows can be read in, and it names everything that there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from handoff.rules.desk_file import parse_desk
from handoff.rules.engine import ACTIONS_AN_HOUR, DEEPEST_CHAIN
from handoff.rules.model import CHOICES, HOURS_OPEN, MINUTES, WORDS, ActionKind, Since, Trigger
from handoff.rules.parsing import DEEPEST, Known
from handoff.rules.running import SOLVED_FOR
from handoff.rules.templates import VARIABLES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "rules.md"


def blocks() -> list[Any]:
    text = PAGE.read_text(encoding="utf-8")
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


def test_every_example_can_be_read_in() -> None:
    found = [
        parse_desk(data, known=Known(replies={"refund_started"}), source="docs")
        for data in blocks()
    ]

    assert sum(sum(desk.counts().values()) for desk in found) == 5


def test_every_event_condition_action_and_variable_is_named() -> None:
    named = set(re.findall(r"`([a-z_]+)", PAGE.read_text(encoding="utf-8")))

    assert named >= {one.value for one in (*Trigger, *ActionKind, *Since)}
    assert named >= CHOICES | MINUTES | WORDS | {HOURS_OPEN}
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in VARIABLES if f"{{{name}}}" not in text] == []


def test_the_limits_are_those_of_the_code() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert f"at most {ACTIONS_AN_HOUR} changes by rules in an hour" in text
    assert f"looked at for {SOLVED_FOR.days} days" in text
    assert (DEEPEST_CHAIN, "at most five times in a row" in text) == (5, True)
    assert (DEEPEST, "six deep at most" in text) == (6, True)
