"""Quality figures on values worked out by hand."""

from __future__ import annotations

import pytest

from kb_index.evaluation import (
    answered_at_false_rate,
    auroc,
    coverage_error,
    expected_calibration_error,
    false_answer_rate,
    mean_reciprocal_rank,
    recall_at,
    reliability,
)


def test_recall_counts_questions_found_early_enough() -> None:
    ranks = [1, 3, None, 2]

    assert recall_at(ranks, 1) == 0.25
    assert recall_at(ranks, 3) == 0.75
    assert recall_at([], 1) == 0.0


def test_reciprocal_rank_is_zero_for_what_was_not_found() -> None:
    assert mean_reciprocal_rank([1, 2, None, 4]) == pytest.approx((1 + 0.5 + 0.25) / 4)
    assert mean_reciprocal_rank([]) == 0.0


def test_auroc_counts_ties_half() -> None:
    assert auroc([0.9, 0.8, 0.1], [True, True, False]) == 1.0
    assert auroc([0.1, 0.9], [True, False]) == 0.0
    assert auroc([0.5, 0.5], [True, False]) == 0.5
    assert auroc([0.9, 0.5, 0.5, 0.1], [True, True, False, False]) == pytest.approx(0.875)


def test_auroc_without_both_kinds_is_chance() -> None:
    assert auroc([0.3], [True]) == 0.5
    assert auroc([0.3], [False]) == 0.5


def test_a_wrong_answer_does_not_count_as_rightly_answered() -> None:
    share, threshold = answered_at_false_rate(
        [0.9, 0.8, 0.7, 0.4, 0.2],
        [True, False, True, False, False],
        [True, True, True, False, False],
    )

    assert threshold == 0.4
    assert share == pytest.approx(2 / 3)


def test_a_part_of_the_unanswerable_may_be_answered() -> None:
    scores = [0.35, *(i / 100 for i in range(40))]
    labels = [True] + [False] * 40

    share, threshold = answered_at_false_rate(scores, labels, labels, false_rate=0.1)

    assert threshold == pytest.approx(0.35)
    assert share == 0.0


def test_without_unanswerable_questions_everything_may_be_answered() -> None:
    assert answered_at_false_rate([0.1], [True], [True]) == (1.0, float("-inf"))
    assert answered_at_false_rate([0.1], [False], [False], false_rate=1.0) == (0.0, float("-inf"))


def test_calibration_error_is_the_mean_distance_from_the_rate() -> None:
    assert expected_calibration_error([0.75, 0.75, 0.75, 0.75], [True, True, True, False]) == 0.0
    assert expected_calibration_error([1.0, 0.0], [False, False]) == 0.5
    assert expected_calibration_error([], []) == 0.0


def test_false_answer_rate_counts_unanswerable_questions_above_the_threshold() -> None:
    scores, answerable = [0.9, 0.6, 0.5, 0.1], [True, False, False, False]

    assert false_answer_rate(scores, answerable, threshold=0.5) == pytest.approx(1 / 3)
    assert false_answer_rate([0.9], [True], threshold=0.5) is None


def test_coverage_error_answers_the_surest_first_and_ties_together() -> None:
    curve = coverage_error([0.9, 0.8, 0.5, 0.5], [True, False, True, False])

    assert curve == [(0.25, 0.0), (0.5, 0.5), (1.0, 0.5)]
    assert coverage_error([], []) == []


def test_coverage_error_is_thinned_but_keeps_the_last_point() -> None:
    curve = coverage_error([i / 1000 for i in range(1000)], [True] * 1000, max_points=5)

    assert len(curve) == 5
    assert curve[-1] == (1.0, 0.0)


def test_reliability_leaves_empty_bins_out() -> None:
    low, high = reliability([0.1, 0.1, 1.0], [True, False, True], n_bins=4)

    assert (low.low, low.high, low.n) == (0.0, 0.25, 2)
    assert (low.stated, low.observed) == (pytest.approx(0.1), 0.5)
    assert (high.low, high.n, high.stated, high.observed) == (0.75, 1, 1.0, 1.0)
