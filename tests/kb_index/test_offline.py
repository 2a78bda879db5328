"""A throw-away index of rows: any ids, any gaps, the ordinary search."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb_index.offline import Entry, Question, build_offline, language_tag
from tests.kb_index.hashing_encoder import HashingEncoder

ENTRIES = [
    Entry(id=7, language="en", questions=("Where is my parcel?", "", "Where is my parcel?")),
    Entry(id="Größe / ?", language="en", body="Measure the mattress before you order a sheet."),
    Entry(id="7", language="en", title="Track an order", questions=("tracking number",)),
    Entry(id=7, language="de", questions=("Wo ist mein Paket?",), body="Im Konto."),
    Entry(id="7", language="de", body="Im Konto."),
]


@pytest.fixture
def told() -> list[tuple[str, int, int]]:
    return []


@pytest.fixture
def index(tmp_path: Path, told: list[tuple[str, int, int]]):  # type: ignore[no-untyped-def]
    return build_offline(
        ENTRIES, HashingEncoder(), folder=tmp_path, progress=lambda *step: told.append(step)
    )


def test_ids_of_any_form_come_back_as_they_were(index, told) -> None:  # type: ignore[no-untyped-def]
    questions = [
        Question(text="where is my parcel", language="en"),
        Question(text="which sheet fits the mattress", language="en"),
        Question(text="wo ist das paket", language="de"),
    ]

    found = list(index.search_all(questions, k=10, progress=lambda *step: told.append(step)))

    assert [index.entry_id(result[0].article_id) for result in found] == [7, "Größe / ?", 7]
    assert [result[0].language for result in found] == ["en", "en", "de"]
    assert told[-1] == ("search", 3, 3)


def test_rows_of_one_article_and_language_are_joined(index) -> None:  # type: ignore[no-untyped-def]
    by_language = {
        article.language: article
        for row in range(len(index.snapshot.articles))
        if index.entry_id((article := index.snapshot.article(row)).id) == 7
    }

    assert by_language["en"].title == "Track an order"
    assert by_language["en"].questions == ("Where is my parcel?", "tracking number")
    assert by_language["de"].body == "Im Konto."


def test_a_language_that_the_rows_lack_falls_back_to_another(index) -> None:  # type: ignore[no-untyped-def]
    [result] = index.search_all(
        [Question(text="parcel", language="fr")], k=10, progress=lambda *_: None
    )

    assert index.entry_id(result[0].article_id) == 7
    assert result[0].language == "en"


@pytest.mark.parametrize(
    ("written", "usual"),
    [("EN", "en"), (" pt_br ", "pt-BR"), ("zh-hans", "zh-Hans"), ("x1", None), ("", None)],
)
def test_language_tags_are_put_into_their_usual_form(written: str, usual: str | None) -> None:
    assert language_tag(written) == usual
