"""Canned replies: the reader's language, filled variables, and never a gap."""

from __future__ import annotations

import pytest

from handoff.rules.templates import Filled, Missing, choose_language, faults_of, fill

TEXTS = {"en": "Hi {visitor.name|there}: {ticket.number}", "pt-BR": "Oi {visitor.name}"}
VALUES = {"visitor.name": "Ada", "ticket.number": "BD-1001", "opens": ""}


def test_variables_are_filled_and_fallbacks_stand_in() -> None:
    assert fill(TEXTS, VALUES, languages=("en",)) == Filled(text="Hi Ada: BD-1001", language="en")
    known = {**VALUES, "visitor.name": None}
    assert fill(TEXTS, known, languages=("en",)) == Filled(text="Hi there: BD-1001", language="en")


def test_a_missing_value_refuses_the_text_and_is_named() -> None:
    assert fill({"en": "{opens} {agent.name} {opens}"}, VALUES, languages=("en",)) == Missing(
        variables=("opens", "agent.name")
    )


def test_an_empty_fallback_leaves_nothing() -> None:
    found = fill({"en": "Hi{agent.name|}!"}, VALUES, languages=("en",))

    assert found == Filled(text="Hi!", language="en")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (("pt",), "pt-BR"),
        (("pt-PT",), "pt-BR"),
        (("PT-br",), "pt-BR"),
        (("en-GB", "pt"), "en"),
        (("xx", "en"), "en"),
        (("xx",), None),
        ((), None),
    ],
)
def test_the_nearest_language_of_the_chain_is_taken(
    wanted: tuple[str, ...], found: str | None
) -> None:
    assert choose_language(tuple(TEXTS), wanted) == found


def test_a_base_language_is_preferred_to_a_region_of_it() -> None:
    assert choose_language(("pt-BR", "pt"), ("pt-PT",)) == "pt"


def test_without_a_language_there_is_no_text() -> None:
    assert fill(TEXTS, VALUES, languages=("el",)) == Missing()


@pytest.mark.parametrize(
    ("text", "words"),
    [("{visitor.shoe}", "no variable"), ("a { b", "brace"), ("a } b", "brace"), ("{}", "no var")],
)
def test_faults_are_found_when_the_text_is_written(text: str, words: str) -> None:
    assert words in faults_of(text)[0]


def test_a_good_text_has_no_faults() -> None:
    assert faults_of("Hi {visitor.first_name|you}, {ticket.number}.") == []
