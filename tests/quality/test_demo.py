"""The levels that the demo shop must hold on questions nobody tuned it on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.quality.demo import measure

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def report() -> Any:
    return measure()


def test_nine_of_ten_questions_are_answered_right(report: Any) -> None:
    assert report["total"]["right"] >= 0.90, report["languages"]


def test_nine_of_ten_off_topic_questions_are_refused(report: Any) -> None:
    assert report["kinds"]["far"]["unanswerable"] >= 200
    assert report["kinds"]["far"]["refused"] >= 0.90, report["kinds"]


def test_most_questions_of_other_shops_are_refused(report: Any) -> None:
    # Just beside the articles: gift wrap, parking, another shop's order. They are the hard part.
    assert report["kinds"]["near"]["refused"] >= 0.70, report["kinds"]


def test_hardly_any_reply_is_in_another_language(report: Any) -> None:
    assert report["total"]["wrong_language"] <= 0.01, report["languages"]
