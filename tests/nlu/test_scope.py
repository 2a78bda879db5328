"""The classifier's view of a message's scope as evidence."""

from __future__ import annotations

import math

import pytest

from nlu.scope import IN_SCOPE, MAX_LOG_ODDS, OUT_OF_SCOPE, scope_log_odds, weigh


def _ranking(inside: float, outside: float) -> list[dict[str, object]]:
    return [
        {"name": "greet", "confidence": 1.0 - inside - outside},
        {"name": IN_SCOPE, "confidence": inside},
        {"name": OUT_OF_SCOPE, "confidence": outside},
    ]


def test_question_to_a_desk_speaks_for_an_answer_and_the_weather_against() -> None:
    assert scope_log_odds(_ranking(0.6, 0.1)) > 0.0 > scope_log_odds(_ranking(0.1, 0.6))


def test_both_directions_weigh_the_same() -> None:
    assert scope_log_odds(_ranking(0.6, 0.1)) == pytest.approx(-scope_log_odds(_ranking(0.1, 0.6)))


@pytest.mark.parametrize("ranking", [[], _ranking(0.0, 0.0), _ranking(0.3, 0.3), [{"name": None}]])
def test_no_difference_is_no_evidence(ranking: list[dict[str, object]]) -> None:
    assert scope_log_odds(ranking) == pytest.approx(0.0)


def test_evidence_is_bounded() -> None:
    assert scope_log_odds(_ranking(1.0, 0.0)) == MAX_LOG_ODDS
    assert scope_log_odds(_ranking(0.0, 1.0)) == -MAX_LOG_ODDS


def test_probability_moves_by_log_odds() -> None:
    moved = weigh(0.5, 1.0)

    assert math.log(moved / (1.0 - moved)) == pytest.approx(1.0)
    assert weigh(moved, -1.0) == pytest.approx(0.5)
    assert weigh(0.3, 0.0) == pytest.approx(0.3)


@pytest.mark.parametrize("sure", [0.0, 1.0])
def test_certainty_stays(sure: float) -> None:
    assert weigh(sure, MAX_LOG_ODDS) == sure
    assert weigh(sure, -MAX_LOG_ODDS) == sure
