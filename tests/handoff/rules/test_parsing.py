"""Rules as data: what is accepted, and how each mistake is named."""

from __future__ import annotations

from typing import Any

import pytest

from handoff.errors import RuleInvalid
from handoff.model import JsonObject
from handoff.rules.model import Action, ActionKind, After, Since, Trigger
from handoff.rules.parsing import (
    Known,
    parse_actions,
    parse_rule,
    parse_shortcut,
    parse_texts,
)

KNOWN = Known(
    teams={"Billing"},
    agents={"ann@shop.example"},
    replies={"hello"},
    webhooks={"hook1"},
    tiers={"gold"},
    categories={"refund"},
)
GOOD: JsonObject = {
    "name": " Refunds  first ",
    "events": ["visitor_message", "ticket_opened"],
    "when": {
        "all": [
            {"category": ["refund"]},
            {"not": {"tags": "handled"}},
            {"any": [{"message": ["refund*"]}, {"priority": [1, 2]}, {"tier": "gold"}]},
        ]
    },
    "then": [
        {"set_priority": {"level": 2, "reason": "Money"}},
        {"add_tag": "Money Back"},
        {"set_team": "Billing"},
        {"notify": {"to": "team:Billing", "text": "A refund"}},
        {"webhook": "hook1"},
        {"reply": "hello"},
        {"assign": "ann@shop.example"},
        {"add_note": "Look\nhere"},
        {"set_state": "pending"},
        {"set_category": "refund"},
        {"remove_tag": "new"},
    ],
    "stop": True,
}


def parsed(**changes: Any) -> Any:
    data = {name: value for name, value in {**GOOD, **changes}.items() if value is not ...}
    return parse_rule(data, where="rules > 1", known=KNOWN)


def test_everything_is_read_and_written_again_the_same() -> None:
    rule = parsed()

    assert rule.name == "Refunds first"
    assert rule.active
    assert rule.stop
    assert rule.triggers == {Trigger.VISITOR_MESSAGE, Trigger.TICKET_OPENED}
    assert rule.actions[:2] == (
        Action(ActionKind.SET_PRIORITY, "2", "Money"),
        Action(ActionKind.ADD_TAG, "money-back"),
    )
    assert rule.definition["events"] == ["ticket_opened", "visitor_message"]
    again = parse_rule({"name": rule.name, **rule.definition}, where="rule", known=KNOWN)
    assert again.definition == rule.definition
    assert again.actions == rule.actions


def test_a_time_rule_says_when() -> None:
    rule = parsed(events="time", after={"since": "waiting", "minutes": "2 hours"})

    assert rule.after == After(since=Since.WAITING, minutes=120)
    assert rule.definition["after"] == {"since": "waiting", "minutes": 120.0}


def deep(levels: int) -> JsonObject:
    return {"not": deep(levels - 1)} if levels else {"priority": 1}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"name": ""}, "rules > 1 > name"),
        ({"name": 7}, "rules > 1 > name"),
        ({"colour": "red"}, "rules > 1"),
        ({"active": "yes"}, "rules > 1 > active"),
        ({"stop": 1}, "rules > 1 > stop"),
        ({"events": []}, "rules > 1 > events"),
        ({"events": ["full_moon"]}, "rules > 1 > events > 1"),
        ({"events": ...}, "rules > 1 > events"),
        ({"events": "time"}, "rules > 1 > after"),
        ({"after": {"since": "waiting", "minutes": 5}}, "rules > 1 > after"),
        (
            {"events": "time", "after": {"since": "birth", "minutes": 5}},
            "rules > 1 > after > since",
        ),
        (
            {"events": "time", "after": {"since": "opened", "minutes": 0}},
            "rules > 1 > after > minutes",
        ),
        (
            {"events": "time", "after": {"since": "opened", "minutes": "soon"}},
            "rules > 1 > after > minutes",
        ),
        ({"when": []}, "rules > 1 > when"),
        ({"when": {}}, "rules > 1 > when"),
        ({"when": {"mood": "bad"}}, "rules > 1 > when"),
        ({"when": {"all": []}}, "rules > 1 > when > all"),
        ({"when": {"any": [{"priority": 9}]}}, "rules > 1 > when > any > 1 > priority"),
        ({"when": {"priority": []}}, "rules > 1 > when > priority"),
        ({"when": {"priority": [1, {"a": 1}]}}, "rules > 1 > when > priority > 2"),
        ({"when": {"state": "sad"}}, "rules > 1 > when > state"),
        ({"when": {"tier": "bronze"}}, "rules > 1 > when > tier"),
        ({"when": {"team": "Sales"}}, "rules > 1 > when > team"),
        ({"when": {"assignee": "x@y.example"}}, "rules > 1 > when > assignee"),
        ({"when": {"category": "rocket"}}, "rules > 1 > when > category"),
        ({"when": {"hours_open": "yes"}}, "rules > 1 > when > hours_open"),
        ({"when": {"waiting_minutes": 5}}, "rules > 1 > when > waiting_minutes"),
        ({"when": {"waiting_minutes": {}}}, "rules > 1 > when > waiting_minutes"),
        ({"when": {"waiting_minutes": {"at_least": -1}}}, "rules > 1 > when > waiting_minutes"),
        (
            {"when": {"waiting_minutes": {"at_least": True}}},
            "rules > 1 > when > waiting_minutes > at_least",
        ),
        (
            {"when": {"waiting_minutes": {"at_least": float("inf")}}},
            "rules > 1 > when > waiting_minutes > at_least",
        ),
        ({"when": {"message": []}}, "rules > 1 > when > message"),
        ({"when": {"message": ["ok", "?!"]}}, "rules > 1 > when > message > 2"),
        ({"when": {"message": "a - b"}}, "rules > 1 > when > message > 1"),
        ({"when": {"message": 5}}, "rules > 1 > when > message"),
        ({"when": deep(8)}, "rules > 1 > when" + " > not" * 7),
        ({"when": {"any": [{"priority": 1}] * 101}}, "rules > 1 > when > any > 100"),
        ({"then": []}, "rules > 1 > then"),
        ({"then": [{"add_tag": "x"}] * 21}, "rules > 1 > then"),
        ({"then": [{}]}, "rules > 1 > then > 1"),
        ({"then": [{"add_tag": "a", "reply": "hello"}]}, "rules > 1 > then > 1"),
        ({"then": [{"explode": 1}]}, "rules > 1 > then > 1"),
        ({"then": [{"add_tag": "a,b"}]}, "rules > 1 > then > 1 > add_tag"),
        ({"then": [{"add_tag": " "}]}, "rules > 1 > then > 1 > add_tag"),
        (
            {"then": [{"set_priority": {"level": 0, "reason": "x"}}]},
            "rules > 1 > then > 1 > set_priority > level",
        ),
        (
            {"then": [{"set_priority": {"level": 1}}]},
            "rules > 1 > then > 1 > set_priority > reason",
        ),
        ({"then": [{"notify": {"to": "team", "text": "x"}}]}, "rules > 1 > then > 1 > notify > to"),
        (
            {"then": [{"notify": {"to": "team:Sales", "text": "x"}}]},
            "rules > 1 > then > 1 > notify > to",
        ),
        ({"then": [{"notify": {"to": "everyone"}}]}, "rules > 1 > then > 1 > notify > text"),
        ({"then": [{"add_note": " "}]}, "rules > 1 > then > 1 > add_note"),
        ({"then": [{"set_state": "closed"}]}, "rules > 1 > then > 1 > set_state"),
        ({"then": [{"reply": "goodbye"}]}, "rules > 1 > then > 1 > reply"),
        ({"then": [{"reply": "No Shortcut"}]}, "rules > 1 > then > 1 > reply"),
        ({"then": [{"set_team": "Sales"}]}, "rules > 1 > then > 1 > set_team"),
        ({"then": [{"assign": "x@y.example"}]}, "rules > 1 > then > 1 > assign"),
        ({"then": [{"assign": "me"}]}, "rules > 1 > then > 1 > assign"),
        ({"then": [{"webhook": "hook9"}]}, "rules > 1 > then > 1 > webhook"),
        ({"then": [{"set_category": "rocket"}]}, "rules > 1 > then > 1 > set_category"),
    ],
)
def test_a_mistake_is_named_with_its_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(RuleInvalid) as caught:
        parsed(**changes)

    assert caught.value.where == place
    assert caught.value.problem


def test_a_refusal_says_what_would_be_right() -> None:
    with pytest.raises(RuleInvalid, match="known are Billing"):
        parsed(then=[{"set_team": "Sales"}])


def test_a_macro_may_assign_to_whoever_applies_it() -> None:
    actions = parse_actions([{"assign": "me"}], where="macro > then", known=KNOWN)

    assert actions == (Action(ActionKind.ASSIGN, "me"),)
    with pytest.raises(RuleInvalid) as caught:
        parse_actions("all", where="macro > then")
    assert caught.value.where == "macro > then"


@pytest.mark.parametrize(
    ("texts", "place"),
    [
        ({}, "texts"),
        ([], "texts"),
        ({"English please": "x"}, "texts > English please"),
        ({"en": " "}, "texts > en"),
        ({"en": 7}, "texts > en"),
        ({"en": "x" * 4001}, "texts > en"),
        ({"el": "{visitor.shoe}"}, "texts > el"),
    ],
)
def test_a_mistake_in_a_canned_reply_is_named(texts: object, place: str) -> None:
    with pytest.raises(RuleInvalid) as caught:
        parse_texts(texts, "texts")

    assert caught.value.where == place


def test_texts_are_cleaned() -> None:
    assert parse_texts({"pt-BR": " Oi \r\n"}, "texts") == {"pt-BR": "Oi"}
    assert parse_shortcut("refund_started", "shortcut") == "refund_started"
    with pytest.raises(RuleInvalid):
        parse_shortcut("Refund Started", "shortcut")
