"""Which slips of the finger triage forgives."""

from __future__ import annotations

import pytest

from handoff.triage_spelling import Spelling

SPELLING = Spelling({"charged", "anderes", "no"}, {"allergic", "lawyer", "cut"}, {"anders"})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("charged", "charged"),
        ("chagred", "charged"),
        ("chrged", "charged"),
        ("charge", "charge"),
        ("harged", "harged"),
        ("changed", "changed"),
        ("chargged", "chargged"),
        ("anders", "anders"),
        ("on", "on"),
        ("allergically", "allergically"),
        ("alergically", "allergically"),
        ("allregic", "allergic"),
        ("allergi", "allergi"),
        ("laywers", "lawyers"),
        ("lawer", "lawer"),
        ("lawers", "lawers"),
        ("ctuting", "ctuting"),
        ("something", "something"),
    ],
)
def test_two_kinds_of_slips_are_forgiven_inside_long_words(written: str, meant: str) -> None:
    assert SPELLING.correct(written) == meant
