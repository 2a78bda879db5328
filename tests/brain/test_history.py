"""Events in and out of a call: the cut at a turn's beginning, the slots, the lean form."""

from __future__ import annotations

from typing import Any

from bot.brain.history import MAX_KEPT_TEXT_CHARS, lean_events, recent_events


def turn(number: int) -> list[dict[str, Any]]:
    return [
        {"event": "user", "text": f"message {number}"},
        {"event": "slot", "name": "plan", "value": {"number": number}},
        {"event": "action", "name": "action_answer_question"},
        {"event": "bot", "text": "answer"},
        {"event": "action", "name": "action_listen"},
    ]


def test_short_history_is_left_alone() -> None:
    events = turn(1)

    assert recent_events(events, limit=60) == events


def test_cut_history_begins_with_a_message_after_listening() -> None:
    events = [event for number in range(40) for event in turn(number)]

    kept = recent_events(events, limit=23)

    assert kept[:2] == [
        {"event": "slot", "name": "plan", "value": {"number": 35}},
        {"event": "action", "name": "action_listen"},
    ]
    assert kept[2] == {"event": "user", "text": "message 36"}
    assert len(kept) == 2 + 4 * 5


def test_history_without_a_message_keeps_only_the_slots() -> None:
    events = [{"event": "slot", "name": "plan", "value": n} for n in range(30)]

    assert recent_events(events, limit=10) == [
        {"event": "slot", "name": "plan", "value": 29},
        {"event": "action", "name": "action_listen"},
    ]


def test_damaged_entries_are_dropped() -> None:
    assert recent_events([{"no": "event"}, {"event": 7}, {"event": "user"}], limit=9) == [
        {"event": "user"}
    ]


def test_lean_user_event_has_no_evidence_and_no_context() -> None:
    event = {
        "event": "user",
        "timestamp": 1.0,
        "text": "x" * 9_000,
        "parse_data": {
            "text": "x" * 9_000,
            "intent": {"name": "greet"},
            "entities": [],
            "hits": [1],
            "evidence": {},
            "metadata": {"contact": {"email": "a@b.gr"}},
        },
        "metadata": {"contact": {"email": "a@b.gr"}},
        "input_channel": None,
    }

    [kept] = lean_events([event])

    assert set(kept) == {"event", "timestamp", "text", "parse_data"}
    assert set(kept["parse_data"]) == {"text", "intent", "entities"}
    assert len(kept["text"]) == MAX_KEPT_TEXT_CHARS


def test_lean_bot_event_has_text_only() -> None:
    event = {"event": "bot", "timestamp": 1.0, "text": "hi", "data": {"custom": {}}, "metadata": {}}

    assert lean_events([event]) == [{"event": "bot", "timestamp": 1.0, "text": "hi"}]


def test_emptied_slot_stays_emptied() -> None:
    event = {"event": "slot", "name": "contact", "value": None}

    assert lean_events([event]) == [event]
