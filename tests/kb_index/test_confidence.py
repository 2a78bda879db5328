"""The two probabilities: fit, defaults, shares and the stored form."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb_index import confidence as confidence_module
from kb_index.confidence import (
    ANSWERABLE_FEATURES,
    DEFAULT_ANSWERABLE,
    PROBABILITY_FEATURES,
    Confidence,
    Example,
    Features,
    confidence_from_json,
    confidence_to_json,
    default_confidence,
    feature_row,
    fit_confidence,
    fit_logistic,
    share_probability,
    sigmoid,
)


def features(score: float = 0.8, **changes: Any) -> Features:
    values: dict[str, Any] = {
        "score": score, "similarity": score * 0.7, "margin": 0.1, "background": 0.2,
        "coverage": 0.9, "language": "en", **changes,
    }  # fmt: skip
    return Features(**values)


def examples(n: int = 200) -> list[Example]:
    """Right when the score passes 0.6, out of scope below 0.3."""
    scores = np.linspace(0.0, 1.2, n)
    return [
        Example(
            features=features(float(s), background=0.6 if s < 0.3 else 0.2),
            kind="own" if s > 0.3 else "offtopic",
            is_right=bool(s > 0.6),
        )
        for s in scores
    ]


def test_the_defaults_believe_an_exact_match_and_doubt_a_stranger() -> None:
    confidence = default_confidence()
    exact = features(1.5, similarity=1.0, margin=0.5, coverage=1.0, background=0.3)
    strange = features(0.3, similarity=0.3, margin=0.02, coverage=0.0, background=0.6)

    assert confidence.probability.probability(exact) > 0.9
    assert confidence.answerable.probability(exact) > 0.9
    assert confidence.probability.probability(strange) < 0.1
    assert confidence.answerable.probability(strange) < 0.1


def test_without_examples_the_defaults_are_used() -> None:
    assert fit_confidence([], report={}) == default_confidence()


def test_the_fit_learns_where_answers_become_right() -> None:
    confidence = fit_confidence(examples(), report={"n_probes": 200.0})

    assert confidence.probability.probability(features(1.0)) > 0.9
    assert confidence.probability.probability(features(0.2, background=0.6)) < 0.05
    assert confidence.answerable.probability(features(0.5)) > 0.7
    assert confidence.answerable.probability(features(0.1, background=0.6)) < 0.2
    assert confidence.report == {"n_probes": 200.0}


def test_the_fit_is_deterministic() -> None:
    assert fit_confidence(examples(), report={}) == fit_confidence(examples(), report={})


def test_a_handful_of_examples_hardly_moves_the_defaults() -> None:
    model = fit_logistic(
        [features(0.5)], np.array([1.0]), np.array([0.01]),
        names=ANSWERABLE_FEATURES, prior=DEFAULT_ANSWERABLE,
    )  # fmt: skip

    assert model.weights == pytest.approx(DEFAULT_ANSWERABLE, abs=0.05)


def test_a_harder_language_gets_its_own_bias() -> None:
    easy = [Example(features=features(0.5), kind="own", is_right=True)] * 60
    hard = [Example(features=features(0.5, language="ar"), kind="own", is_right=False)] * 60

    model = fit_confidence([*easy, *hard], report={}).probability

    assert model.language_bias["ar"] < 0 < model.language_bias["en"]
    assert model.probability(features(0.5)) > model.probability(features(0.5, language="ar"))
    unknown = model.probability(features(0.5, language=""))
    assert model.probability(features(0.5, language="ar")) < unknown


def test_examples_without_a_language_are_fitted_too() -> None:
    nameless = [
        Example(features=features(s, language=""), kind="own", is_right=s > 0.5) for s in (0.1, 0.9)
    ]

    assert fit_confidence(nameless, report={}).probability.language_bias == {}


def test_heavier_examples_pull_more() -> None:
    def fitted(weight: float) -> float:
        rows = [
            Example(features=features(0.5), kind="own", is_right=True),
            Example(features=features(0.5), kind="offtopic", is_right=False, weight=weight),
        ]
        return fit_confidence(rows * 20, report={}).answerable.probability(features(0.5))

    assert fitted(5.0) < fitted(1.0)


def test_perfectly_separable_examples_stay_finite() -> None:
    rows = [
        Example(
            features=features(s, margin=s),
            kind="own" if s > 1 else "hidden",
            is_right=s > 1,
            weight=1e4,
        )
        for s in (0.0, 2.0)
    ]

    confidence = fit_confidence(rows * 50, report={})

    assert np.isfinite(confidence.probability.weights).all()


def test_margins_above_the_cap_count_alike() -> None:
    names = ("bias", "margin")

    assert feature_row(features(margin=0.3), names).tolist() == [1.0, 0.3]
    assert feature_row(features(margin=5.0), names).tolist() == [1.0, 0.3]


def test_the_second_hit_gets_a_share_of_what_is_left() -> None:
    first, second, third = share_probability([0.9, 0.88, 0.5], 0.5, 0.9)

    assert first == 0.5
    assert 0.3 < second <= 0.4
    assert third < 0.01


def test_a_single_hit_keeps_its_probability() -> None:
    assert share_probability([0.9], 0.7, 0.9) == (0.7,)


@given(
    scores=st.lists(st.floats(-1, 2), min_size=1, max_size=8),
    best=st.floats(0, 1),
    answerable=st.floats(0, 1),
)
def test_shares_fall_and_never_exceed_one_together(
    scores: list[float], best: float, answerable: float
) -> None:
    shares = share_probability(sorted(scores, reverse=True), best, answerable)

    assert all(a >= b - 1e-12 for a, b in pairwise(shares))
    assert sum(shares) <= 1.0 + 1e-9
    assert min(shares) >= 0.0


def test_the_sigmoid_does_not_overflow() -> None:
    assert sigmoid(np.array([-1e4, 0.0, 1e4])).tolist() == [0.0, 0.5, 1.0]


def test_a_stored_confidence_comes_back() -> None:
    confidence = fit_confidence(examples(40), report={"auroc": 0.9})

    stored = json.loads(json.dumps(confidence_to_json(confidence), sort_keys=True))

    assert confidence_from_json(stored) == confidence


def broken(**changes: object) -> dict[str, object]:
    return {**confidence_to_json(default_confidence()), **changes}


@pytest.mark.parametrize(
    "data",
    [
        {},
        broken(format=99),
        broken(report=None),
        broken(probability=None),
        broken(probability={"weights": {}}),
        broken(answerable={"weights": {"bias": 1.0}, "language_bias": {}}),
    ],
)
def test_a_foreign_confidence_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="confidence model"):
        confidence_from_json(data)


def test_the_models_use_the_features_they_name() -> None:
    confidence: Confidence = default_confidence()

    assert confidence.probability.names == PROBABILITY_FEATURES
    assert "margin" not in confidence.answerable.names


def test_a_fit_that_does_not_settle_stops_after_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confidence_module, "MAX_STEPS", 1)

    confidence = fit_confidence(examples(), report={})

    assert np.isfinite(confidence.probability.weights).all()
    assert confidence.probability.weights != default_confidence().probability.weights
