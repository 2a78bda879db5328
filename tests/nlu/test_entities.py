"""Order numbers, addresses, phones, amounts, dates and language names in plain text."""

from __future__ import annotations

import time

import pytest

from nlu.cues import load_language_names
from nlu.entities import find_entities, fold


def found(text: str) -> list[tuple[str, str]]:
    entities = find_entities(text, language_names=load_language_names())
    return [(entity.kind, entity.value) for entity in entities]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where is MT-204518?", [("order_number", "MT-204518")]),
        ("mt204518", [("order_number", "MT-204518")]),
        ("MT 204518", [("order_number", "MT-204518")]),
        ("order #12345", [("order_number", "12345")]),
        ("طلبي MT-٢٠٤٥١٨", [("order_number", "MT-204518")]),
        ("write to Anna.Berg+shop@example.co.uk.", [("email", "anna.berg+shop@example.co.uk")]),
        ("+30 210 555 0142", [("phone", "+302105550142")]),
        ("ich habe 45,90 € bezahlt", [("amount", "45,90 €")]),
        ("1.250,00 EUR", [("amount", "1.250,00 EUR")]),
        ("₺499", [("amount", "₺499")]),
        ("on 12/05/2026", [("date", "12/05/2026")]),
        ("am 3.5.2026", [("date", "3.5.2026")]),
        ("2026-05-12", [("date", "2026-05-12")]),
        ("auf Deutsch bitte", [("language", "de")]),
        ("Türkçe konuşalım", [("language", "tr")]),
        ("in Japanese please", [("language", "ja")]),
        ("in 10000 years", []),
        ("I waited for 3 days", []),
        ("", []),
    ],
)
def test_entities(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


def test_spans_fit_the_text() -> None:
    text = "MT-204518, a@b.gr"

    assert [text[e.start : e.end] for e in find_entities(text)] == ["MT-204518", "a@b.gr"]


def test_language_names_count_only_in_short_messages() -> None:
    text = "Do you still have the thick German towels in the large size for guests"

    assert found(text) == []


def test_long_text_is_searched_in_reasonable_time() -> None:
    text = "1 " * 50_000 + "a@" * 20_000 + "9" * 50_000
    began = time.process_time()

    find_entities(text)

    assert time.process_time() - began < 1.0


def test_fold_removes_case_and_accents() -> None:
    assert fold("ΆΝΘΡΩΠΟ") == fold("ανθρωπο")
    assert fold("KIZGIN") == fold("kızgın")
