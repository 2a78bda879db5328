"""Scripted conversations, played with the real brain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.commands.evaluate_dialogue import Visited, evaluate, load_conversations
from tests.brain.conftest import LANGUAGES

pytestmark = pytest.mark.brain

GOOD = {
    "name": "good",
    "locale": "en-GB",
    "steps": [
        {"text": "Hello!", "expect": {"act": "smalltalk", "language": "en"}},
        {
            "press": {"kind": "article", "value": "refund-when"},
            "expect": {"act": "answer", "article": "refund-when", "language": "en"},
        },
        {"press": {"kind": "human", "value": ""}, "expect": {"handoff": "asked_for_person"}},
        {"text": "what about my ticket", "expect": {"act": ["ticket_status", "smalltalk"]}},
    ],
}
BAD = {"name": "bad", "steps": [{"text": "Hello!", "language": "de", "expect": "answer"}]}


class BrokenEngine:
    """An engine whose turns break, as when a component has a fault."""

    async def run(self, request: Any) -> Any:
        from bot.brain.errors import TurnFailed

        raise TurnFailed(request.conversation_id) from ValueError("no such vector")


def visited(engine: Any) -> Visited:
    return Visited(engine=engine, context={"languages": LANGUAGES, "brand": "Meltemi"})


async def test_what_happened_instead_is_told_per_step(engine: Any, tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text(json.dumps(GOOD) + "\n" + json.dumps(BAD) + "\n")

    result = await evaluate(load_conversations(path), visited(engine))

    good, bad = result["conversations"]
    assert result["summary"] == {
        "n_conversations": 2,
        "n_passed": 1,
        "n_failed": 1,
        "n_steps": 5,
        "n_steps_passed": 4,
    }
    assert good["passed"] is True
    assert good["steps"][1]["happened"]["article"] == ["refund-when"]
    assert bad["steps"][0]["happened"]["language"] == ["de"]
    assert bad["steps"][0]["problems"] == ["expected act answer, got smalltalk"]


async def test_a_broken_turn_fails_its_step_and_ends_its_conversation(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text(json.dumps(GOOD) + "\n")

    result = await evaluate(load_conversations(path), visited(BrokenEngine()))

    [step] = result["conversations"][0]["steps"]
    assert step["problems"] == ["the turn broke: ValueError: no such vector"]
    assert result["summary"]["n_failed"] == 1
