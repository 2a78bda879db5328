"""The header of a ticket says what stands in its log, and nothing that must not be shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from handoff.model import Author, EventView, JsonObject
from handoff.tickets.summary import evidence_of, summarise

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def event(author: Author, text: str = "", *, seq: int = 1, **values: Any) -> EventView:
    defaults: dict[str, Any] = {
        "conversation_id": "c",
        "seq": seq,
        "kind": "message",
        "author": author,
        "author_id": None,
        "author_name": None,
        "client_id": None,
        "text": text,
        "language": "en",
        "payload": {},
        "internal": {},
        "agents_only": False,
        "created_at": NOW,
    }
    return EventView(**{**defaults, **values})


def asked(text: str, *, outcome: str = "answer", **values: Any) -> EventView:
    decision: JsonObject = {
        "outcome": outcome,
        "confidence": values.pop("confidence", 0.4),
        "reasons": values.pop("reasons", ["unsure"]),
        "intent": {"name": "kb_question", "confidence": 0.9},
        "entities": values.pop("entities", []),
        "hits": values.pop("hits", []),
    }
    return event(Author.VISITOR, text, internal={"decision": decision}, **values)


def answered(article: str, **values: Any) -> EventView:
    source = {"article_id": article, "title": article.title(), "language": "en", "url": "/"}
    return event(
        Author.BOT,
        "An answer",
        payload={"sources": [source], **values},
        internal={"confidence": 0.7},
    )


def pressed(kind: str, value: str) -> EventView:
    return event(Author.VISITOR, "pressed", payload={"choice": {"kind": kind, "value": value}})


def test_an_empty_log_has_an_empty_header() -> None:
    assert summarise([]) == {
        "form": 1,
        "first_request": "",
        "last_request": "",
        "entities": {},
        "tried": [],
        "sureness": None,
        "languages": [],
        "switches": 0,
        "messages": {"visitor": 0, "bot": 0, "agent": 0},
    }


def test_the_first_request_is_no_greeting_and_no_row_of_signs() -> None:
    log = [
        asked("Hello!", outcome="smalltalk"),
        asked("???"),
        asked("Where is my parcel?"),
        asked("It should be blue"),
    ]

    summary = summarise(log)

    assert summary["first_request"] == "Where is my parcel?"
    assert summary["last_request"] == "It should be blue"


def test_a_greeting_is_better_than_nothing() -> None:
    assert summarise([asked("Hello!", outcome="smalltalk")])["first_request"] == "Hello!"


def test_card_and_account_numbers_are_hidden() -> None:
    log = [asked("Charge 4111 1111 1111 1111, not DE89 3704 0044 0532 0130 00 please")]

    assert summarise(log)["first_request"] == "Charge [card], not [iban] please"


def test_values_come_from_the_bot_and_from_messages_that_people_read() -> None:
    entities = [
        {"entity": "amount", "value": "20 €"},
        {"entity": "phone", "value": "4111 1111 1111 1111"},
        {"entity": "mood", "value": "bad"},
    ]
    log = [
        asked("20 € for BD-48213", entities=entities),
        event(Author.VISITOR, "write to Ana@Shop.example about bd-48213"),
    ]

    assert summarise(log)["entities"] == {
        "order_number": ["BD-48213"],
        "email": ["ana@shop.example"],
        "amount": ["20 €"],
    }


def test_what_was_tried_says_how_it_ended() -> None:
    buttons = [
        {"title": "Sizes", "choice": {"kind": "article", "value": "size-guide"}},
        {"title": "A person", "choice": {"kind": "human", "value": ""}},
    ]
    log = [
        asked("How do I return?"),
        answered("return-how"),
        pressed("feedback", "not_helpful"),
        answered("exchange-item", buttons=buttons),
        event(Author.AGENT, "Hello, Ann here"),
    ]

    tried = summarise(log)["tried"]

    assert isinstance(tried, list)
    assert [(item["article_id"], item["outcome"], item["confidence"]) for item in tried] == [  # type: ignore[call-overload, index]
        ("return-how", "not_helpful", 0.7),
        ("exchange-item", "answered", 0.7),
        ("size-guide", "offered", None),
    ]


def test_an_odd_press_does_not_break_the_header() -> None:
    tried = summarise([answered("return-how"), pressed("feedback", "perhaps")])["tried"]

    assert isinstance(tried, list)
    assert tried[0]["outcome"] == "answered"  # type: ignore[call-overload, index]


def test_sureness_is_that_of_the_last_decision() -> None:
    log = [asked("One", confidence=0.9), asked("Two", confidence=0.2, reasons="odd")]

    assert summarise([*log, event(Author.VISITOR, "Three")])["sureness"] == {
        "confidence": 0.2,
        "outcome": "answer",
        "reasons": [],
    }


def test_languages_and_messages_are_counted_without_notes_and_buttons() -> None:
    log = [
        asked("Hello", language="en"),
        asked("Καλημέρα", language="el"),
        asked("Again", language="en"),
        pressed("human", ""),
        event(Author.AGENT, "only us", kind="note", agents_only=True),
        event(Author.AGENT, "Hello"),
    ]

    summary = summarise(log)

    assert (summary["languages"], summary["switches"]) == (["en", "el"], 2)
    assert summary["messages"] == {"visitor": 4, "bot": 0, "agent": 1}


def test_evidence_is_the_best_of_every_message() -> None:
    log = [
        asked("A", hits=[{"article_id": "a", "probability": 0.3}, {"article_id": 5}]),
        asked("B", hits=[{"article_id": "a", "probability": 0.6}, "odd"]),
        asked("Hi", outcome="smalltalk", hits=[{"article_id": "z", "probability": 0.9}]),
        pressed("article", "b"),
        event(Author.VISITOR, "odd", internal={"decision": "odd"}),
        answered("c"),
    ]

    evidence = evidence_of(log)

    assert evidence.articles == {"a": 0.6, "b": 1.0}
    assert evidence.intents == {"kb_question": 0.9}
