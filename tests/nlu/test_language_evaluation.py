"""Measuring language identification, with the shipped models."""

from __future__ import annotations

from typing import Any

import pytest

from nlu.language_evaluation import (
    UnusableRow,
    evaluate_language,
    length_bucket,
    macro_accuracy,
    read_labelled,
)

ROWS = [
    {"text": "Where is my parcel?", "lang": "en"},
    {"text": "wo ist mein Paket", "lang": "de-AT"},
    {"text": "hallo", "lang": "nl", "accept": ["de", "sv", "hu", "no", "da", "en", "id", "fi"]},
    {"text": "👍", "lang": "und"},
    {"text": "это моя посылка", "lang": "en"},
]


def test_figures_add_up() -> None:
    report = evaluate_language(read_labelled(ROWS))

    assert [p.right for p in report.predictions] == [True, True, True, True, False]
    assert [p.predicted for p in report.predictions][3:] == ["und", "ru"]
    assert (report.overall.right, report.overall.all) == (4, 5)
    assert report.overall.accuracy == pytest.approx(0.8)
    assert {name: (s.right, s.all) for name, s in report.by_language.items()} == {
        "de": (1, 1),
        "en": (1, 2),
        "nl": (1, 1),
        "und": (1, 1),
    }
    assert {name: s.all for name, s in report.by_length.items()} == {"1-2": 2, "3-5": 3}
    # Over de, en and nl; "und" is no language.
    assert report.macro == pytest.approx((1 + 0.5 + 1) / 3)
    assert report.macro_by_length["3-5"] == pytest.approx((0.5 + 1) / 2)
    assert sum(part.n for part in report.reliability) == 4
    assert 0.1 < report.ece < 0.5


def test_json_holds_rows_and_sums() -> None:
    data = evaluate_language(read_labelled(ROWS)).as_json()

    assert data["overall"] == {"right": 4, "all": 5, "accuracy": 0.8}
    assert data["rows"][1]["lang"] == "de"
    assert set(data["rows"][0]) == {"text", "lang", "predicted", "probability", "right", "length"}
    assert data["by_length"]["1-2"]["all"] == 2
    assert data["reliability"][0]["n"] >= 1


def test_restriction_to_some_languages() -> None:
    rows = read_labelled([{"text": "πού είναι το δέμα μου", "lang": "el"}])

    assert evaluate_language(rows, supported=("en", "de")).predictions[0].predicted == "und"


def test_only_rows_without_language() -> None:
    report = evaluate_language(read_labelled([{"text": "12345", "lang": "und"}]))

    assert (report.macro, report.ece, report.reliability) == (1.0, 0.0, ())
    assert macro_accuracy(report.predictions) == 1.0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"text": "x"}, 'row 1 needs "text" and "lang"'),
        ({"lang": "en", "text": 3}, 'row 1 needs "text" and "lang"'),
        ({"lang": "??", "text": "x"}, "row 1: '\\?\\?' is not a language code"),
    ],
)
def test_unusable_rows_are_named(row: dict[str, Any], message: str) -> None:
    with pytest.raises(UnusableRow, match=message):
        read_labelled([row])


def test_nothing_to_measure() -> None:
    with pytest.raises(UnusableRow, match="no rows"):
        evaluate_language([])


@pytest.mark.parametrize(
    ("text", "language", "bucket"),
    [
        ("guten Tag", "de", "1-2"),
        ("wo ist mein Paket", "de", "3-5"),
        ("a b c d e f", "en", "6-12"),
        (" ".join("abcdefghijklm"), "en", "13+"),
        ("我的包裹", "zh", "1-2"),
        ("我的包裹在哪里", "zh", "3-5"),
        ("ขอบคุณ", "th", "1-2"),
    ],
)
def test_length_bucket(text: str, language: str, bucket: str) -> None:
    assert length_bucket(text, language=language) == bucket
