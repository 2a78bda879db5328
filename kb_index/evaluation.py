"""Figures for search quality: recall, reciprocal rank, answerability and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_BINS = 10
MAX_CURVE_POINTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """Questions of one stretch of stated probability; `stated` and `observed` are means in 0..1."""

    low: float
    high: float
    n: int
    stated: float
    observed: float


def recall_at(ranks: Sequence[int | None], k: int) -> float:
    """Share of questions whose right article is among the first `k`.

    Args:
        ranks: Place of the right article, counted from 1; None when it was not found.
        k: At least 1.
    """
    if not ranks:
        return 0.0
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def mean_reciprocal_rank(ranks: Sequence[int | None]) -> float:
    """Mean of 1/rank, 0 for what was not found."""
    if not ranks:
        return 0.0
    return sum(0.0 if rank is None else 1.0 / rank for rank in ranks) / len(ranks)


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Chance that a positive scores above a negative, ties counting half; 0.5 without both."""
    values, truth = np.asarray(scores, float), np.asarray(labels, bool)
    n_positive, n_negative = int(truth.sum()), int((~truth).sum())
    if not n_positive or not n_negative:
        return 0.5
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(counts) - (counts - 1) / 2.0
    rank_sum = float(mean_rank[inverse][truth].sum())
    return (rank_sum - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative)


def answered_at_false_rate(
    scores: Sequence[float],
    is_right: Sequence[bool],
    is_answerable: Sequence[bool],
    *,
    false_rate: float = 0.05,
) -> tuple[float, float]:
    """How much is rightly answered when at most `false_rate` of the unanswerable are answered.

    Returns:
        (share of answerable questions rightly answered, the threshold that a score must exceed).
    """
    values = np.asarray(scores, float)
    right, answerable = np.asarray(is_right, bool), np.asarray(is_answerable, bool)
    threshold = _threshold(values[~answerable], false_rate)
    if not answerable.any():
        return 0.0, threshold
    answered = (values > threshold) & right & answerable
    return float(answered.sum() / answerable.sum()), threshold


def false_answer_rate(
    scores: Sequence[float], is_answerable: Sequence[bool], *, threshold: float
) -> float | None:
    """Share of unanswerable questions whose score exceeds a threshold; None without any."""
    values = np.asarray(scores, float)[~np.asarray(is_answerable, bool)]
    return float((values > threshold).mean()) if len(values) else None


def coverage_error(
    scores: Sequence[float], is_right: Sequence[bool], *, max_points: int = MAX_CURVE_POINTS
) -> list[tuple[float, float]]:
    """What the surest answers cost: (share answered, share of these that is wrong).

    Questions are answered by falling score, ties together; coverage rises from above 0 to 1.

    Args:
        max_points: Most points given; the last one, everything answered, is always there.
    """
    values, right = np.asarray(scores, float), np.asarray(is_right, bool)
    if not len(values):
        return []
    order = np.argsort(-values, kind="stable")
    n_answered = np.arange(1, len(values) + 1)
    error = np.cumsum(~right[order]) / n_answered
    ends = np.flatnonzero(np.append(np.diff(values[order]) != 0, True))
    chosen = ends[np.unique(np.linspace(0, len(ends) - 1, max_points).round().astype(int))]
    return [(float(n_answered[i] / len(values)), float(error[i])) for i in chosen]


def reliability(
    probabilities: Sequence[float], labels: Sequence[bool], *, n_bins: int = N_BINS
) -> list[ReliabilityBin]:
    """Stated probability beside observed rate, over equally wide bins that hold any question."""
    counts, stated, observed = _binned(probabilities, labels, n_bins)
    return [
        ReliabilityBin(
            low=i / n_bins,
            high=(i + 1) / n_bins,
            n=int(counts[i]),
            stated=float(stated[i] / counts[i]),
            observed=float(observed[i] / counts[i]),
        )
        for i in np.flatnonzero(counts)
    ]


def expected_calibration_error(
    probabilities: Sequence[float], labels: Sequence[bool], *, n_bins: int = N_BINS
) -> float:
    """Mean distance between stated probability and observed rate over equally wide bins."""
    if not len(probabilities):
        return 0.0
    _, stated, observed = _binned(probabilities, labels, n_bins)
    return float(np.abs(stated - observed).sum() / len(probabilities))


def _binned(
    probabilities: Sequence[float], labels: Sequence[bool], n_bins: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Per bin: number of questions, sum of stated probabilities, number of right ones."""
    values, truth = np.asarray(probabilities, float), np.asarray(labels, float)
    bins = np.clip((values * n_bins).astype(int), 0, n_bins - 1)
    return (
        np.bincount(bins, minlength=n_bins).astype(np.int64),
        np.bincount(bins, values, minlength=n_bins).astype(np.float64),
        np.bincount(bins, truth, minlength=n_bins).astype(np.float64),
    )


def _threshold(unanswerable: NDArray[np.float64], false_rate: float) -> float:
    if not len(unanswerable):
        return float("-inf")
    falling = np.sort(unanswerable)[::-1]
    n_allowed = int(false_rate * len(falling))
    return float(falling[n_allowed]) if n_allowed < len(falling) else float("-inf")
