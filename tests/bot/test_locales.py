"""Every text for visitors exists, is translated, used and can be filled in, in every language."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest
from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import ast, parse

from bot.ticket_texts import DEEDS
from handoff.routing.effort import EFFORT_CODES
from handoff.routing.reasons import ASSIGNMENT_CODES, WAIT_CODES
from handoff.routing.views import BUILT_IN, ViewOrder
from handoff.store.history import WATCHED
from handoff.ticket import TicketState
from handoff.tickets.links import LinkKind
from handoff.tickets.summary import OUTCOMES
from handoff.triage_rules import FLOORS, IMPACT, URGENCY

ROOT = Path(__file__).parents[2]
LOCALES = ROOT / "bot" / "locales"
LANGUAGES = ("en", "el", "tr", "de", "es", "fr", "it", "pt", "nl", "pl", "ru", "ar")
# Languages that address a person in two ways; each greets in both.
FORMAL_AND_FAMILIAR = ("el", "tr", "de", "es", "fr", "it", "pt", "nl", "pl", "ru")
PACKAGES = ("bot", "actions", "handoff", "nlu")
HANDOFF_REASONS = (
    "low_confidence",
    "asked_for_person",
    "repeated_failure",
    "negative_feedback",
    "complaint",
    "risk_topic",
    "bot_unavailable",
)
TRIAGE_CODES = (
    *IMPACT,
    *URGENCY,
    *(code for code, _ in FLOORS.values()),
    *("one_person", "no_hurry", "not_urgent", "repeat_contacts", "complaint", "risk_topic"),
    *("taken_back", "workaround", "reopened", "tier", "first_contact", "prototype_limit"),
    "triage_failed",
)
# Keys that the code puts together from a code.
COMPOSED = {
    *(f"reason-{reason}" for reason in HANDOFF_REASONS),
    *(f"triage-{code}" for code in TRIAGE_CODES),
    *(f"ticket-state-{state.value}" for state in TicketState),
    *(f"ticket-field-{name}" for name in ("state", "hold", *WATCHED)),
    *(f"history-{act}" for act in DEEDS),
    *(f"link-{name}" for kind in LinkKind for name in (kind.value, kind.inverse)),
    *(f"summary-tried-{outcome}" for outcome in OUTCOMES),
    *(f"view-{view}" for view in BUILT_IN),
    *(f"order-{order.value}" for order in ViewOrder),
    *(f"routing-{code}" for code in (*ASSIGNMENT_CODES, *EFFORT_CODES)),
    *(f"wait-{code}" for code in WAIT_CODES),
}
VALUES: dict[str, str | int] = {
    "formality": "formal",
    "brand": "Meltemi",
    "language": "Deutsch",
    "languages": "English, Deutsch",
    "number": "BD-1001",
    "opens": "Mon, Nov 23, 9:00 AM",
    "moment": "Mon, Nov 23, 9:15 AM",
    "state": "open",
    "name": "Ana",
    "date": "2026-01-31",
    "count": 2,
    "minutes": 12,
    "skills": "billing",
    "load": 2,
    "capacity": 5,
    "value": "question",
    "agents": 3,
    "by": "Ana",
    "because": "She speaks Greek",
    "emergency": "112",
    "lines": "Samaritans 116 123",
    "hours": "26",
    "tier": "vip",
    "text": "Several people or orders are affected",
    "prototype": "Three of us cannot work.",
    "similarity": 71,
    "target": "BD-1002",
    "values": "BD-48213",
    "title": "Delivery times",
    "percent": 42,
    "visitor": 3,
    "bot": 2,
    "agent": 1,
}


@functools.cache
def messages(language: str) -> dict[str, ast.Message]:
    source = (LOCALES / language / "babeldesk.ftl").read_text(encoding="utf-8")
    body = parse(source).body
    assert not [entry for entry in body if isinstance(entry, ast.Junk)]
    found = [entry for entry in body if isinstance(entry, ast.Message)]
    assert len(found) == len({entry.id.name for entry in found})
    return {entry.id.name: entry for entry in found}


def variables(node: object) -> Iterator[str]:
    if isinstance(node, ast.VariableReference):
        yield node.id.name
    children = vars(node).values() if isinstance(node, ast.BaseNode) else ()
    for child in children:
        for item in child if isinstance(child, list) else [child]:
            yield from variables(item)


@functools.cache
def bundle_of(language: str) -> FluentBundle:
    bundle = FluentBundle([language], use_isolating=False)
    source = (LOCALES / language / "babeldesk.ftl").read_text(encoding="utf-8")
    bundle.add_resource(FluentResource(source))
    return bundle


def texts(language: str, **values: str | int) -> dict[str, str]:
    bundle = bundle_of(language)
    rendered: dict[str, str] = {}
    for key in messages(language):
        pattern = bundle.get_message(key).value
        assert pattern is not None
        text, errors = bundle.format_pattern(pattern, VALUES | values)
        assert not errors, (key, errors)
        rendered[key] = text
    return rendered


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_values(language: str) -> None:
    def signature(of: str) -> dict[str, set[str]]:
        return {k: set(variables(m)) - {"formality"} for k, m in messages(of).items()}

    assert signature(language) == signature("en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("formality", ["formal", "informal"])
def test_every_text_can_be_filled_in(language: str, formality: str) -> None:
    for count in (0, 1, 2, 3, 5, 11, 21, 100):
        rendered = texts(language, formality=formality, count=count)

        assert all(text.strip() and "{" not in text for text in rendered.values())


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_nothing_is_left_in_english(language: str) -> None:
    english = texts("en")

    assert [key for key, text in texts(language).items() if text == english[key]] == []


@pytest.mark.parametrize("language", FORMAL_AND_FAMILIAR)
def test_a_language_with_two_forms_of_address_greets_in_both(language: str) -> None:
    formal = texts(language, formality="formal")
    familiar = texts(language, formality="informal")

    assert formal["greeting"] != familiar["greeting"]
    assert texts(language, formality="unheard-of") == formal


@pytest.mark.parametrize(("state", "words"), [("open", "in progress"), ("unheard-of", "unheard")])
def test_a_ticket_state_is_named_in_words(state: str, words: str) -> None:
    assert words in texts("en", state=state)["ticket-status"]


@pytest.mark.parametrize(
    ("language", "forms"), [("en", 2), ("pl", 3), ("ru", 3), ("ar", 4), ("de", 2)]
)
def test_counts_follow_the_plural_rules_of_the_language(language: str, forms: int) -> None:
    counted = {
        texts(language, count=count)["triage-repeat_contacts"].replace(str(count), "#")
        for count in (0, 1, 2, 3, 5, 11, 100)
    }

    assert len(counted) >= forms


def test_every_text_is_used_and_every_composed_key_exists() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8")
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    )
    keys = set(messages("en"))
    written = {key for key in keys if f'"{key}"' in sources or f"'{key}'" in sources}

    assert keys - written - COMPOSED == set()
    assert COMPOSED - keys == set()
