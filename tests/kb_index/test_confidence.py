"""The two probabilities: prior, fit to probes, thresholds, shares and the stored form."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb_index import confidence as confidence_module
from kb_index.calibration import load_prior
from kb_index.confidence import (
    ANSWERABLE_FEATURES,
    LEAST_OWN,
    PROBABILITY_FEATURES,
    Confidence,
    Example,
    Features,
    LogisticModel,
    ProbeKind,
    adapt_model,
    confidence_from_json,
    confidence_to_json,
    default_confidence,
    feature_row,
    fit_confidence,
    fit_logistic,
    mixture_threshold,
    score_scale,
    share_probability,
    sigmoid,
    without_answered_offtopic,
)

PRIOR = load_prior()


def features(score: float = 1.3, **changes: Any) -> Features:
    values: dict[str, Any] = {
        "score": score, "similarity": score * 0.5, "margin": 0.1, "background": 0.3,
        "coverage": 0.9, "share": 0.5, "language": "en", **changes,
    }  # fmt: skip
    return Features(**values)


def probes(kind: ProbeKind, low: float, high: float, n: int = 60, **changes: Any) -> list[Example]:
    """Probes with scores spread evenly; own ones are right above 1."""
    return [
        Example(
            features=features(float(score), **changes),
            kind=kind,
            is_right=kind in ("own", "short") and score > 1.0,
        )
        for score in np.linspace(low, high, n)
    ]


def examples() -> list[Example]:
    """A knowledge base like the ones that the prior knows."""
    return [
        *probes("own", 0.8, 2.2),
        *probes("short", 1.2, 2.4),
        *probes("hidden", 0.5, 1.4),
        *probes("offtopic", 0.3, 0.8),
    ]


def test_exact_matches_are_believed_and_strangers_doubted() -> None:
    confidence = fit_confidence(examples(), PRIOR)
    exact = features(2.4, margin=0.9, share=0.95)
    strange = features(0.4, margin=0.02, share=0.1)

    assert confidence.probability.probability(exact) > 0.9
    assert confidence.answerable.probability(exact) > 0.9
    assert confidence.probability.probability(strange) < 0.1
    assert confidence.answerable.probability(strange) < 0.2


def test_without_probes_nothing_is_known() -> None:
    assert fit_confidence([], PRIOR) == default_confidence()
    assert default_confidence().answerable.probability(features()) == 0.5


def test_scores_of_another_size_give_the_same_probabilities() -> None:
    doubled = [
        replace(e, features=replace(e.features, score=2 * e.features.score)) for e in examples()
    ]

    one = fit_confidence(examples(), PRIOR).answerable.probability(features(1.2, similarity=0.6))
    two = fit_confidence(doubled, PRIOR).answerable.probability(features(2.4, similarity=0.6))

    assert two == pytest.approx(one, abs=1e-6)


def test_the_fit_is_deterministic() -> None:
    assert fit_confidence(examples(), PRIOR) == fit_confidence(examples(), PRIOR)


def test_a_knowledge_base_whose_answers_are_often_wrong_is_trusted_less() -> None:
    wrong = [replace(e, is_right=e.is_right and i % 2 == 0) for i, e in enumerate(examples())]

    trusted = fit_confidence(examples(), PRIOR).probability.probability(features(1.8))
    doubted = fit_confidence(wrong, PRIOR).probability.probability(features(1.8))

    assert doubted < trusted - 0.1


def test_few_own_probes_leave_the_prior_alone() -> None:
    few = [e for e in examples() if e.kind != "own"] + probes("own", 0.8, 2.2, n=LEAST_OWN - 1)
    turned = [replace(e, is_right=not e.is_right) for e in few]

    assert fit_confidence(few, PRIOR).probability == fit_confidence(turned, PRIOR).probability


def test_a_harder_language_gets_its_own_bias() -> None:
    hard = [replace(e, is_right=False, features=replace(e.features, language="ar"))
            for e in probes("own", 0.8, 2.2)]  # fmt: skip

    model = fit_confidence([*examples(), *hard], PRIOR).probability

    assert model.language_bias["ar"] < 0 < model.language_bias["en"]
    unknown = model.probability(features(language=""))
    assert model.probability(features(language="ar")) < unknown < model.probability(features())


def test_probes_without_a_language_are_fitted_too() -> None:
    nameless = [replace(e, features=replace(e.features, language="")) for e in examples()]

    assert fit_confidence(nameless, PRIOR).probability.language_bias == {}


def test_offtopic_questions_that_are_answered_here_do_not_count() -> None:
    answered = probes("offtopic", 1.6, 2.0, n=5)

    kept = without_answered_offtopic([*examples(), *answered])
    report = fit_confidence([*examples(), *answered], PRIOR).report

    assert not set(map(id, answered)) & set(map(id, kept))
    assert len(kept) == len(examples())
    assert report["n_offtopic"] == 60.0
    assert report["n_offtopic_answered"] == 5.0


def test_without_own_questions_all_offtopic_ones_count() -> None:
    only = probes("offtopic", 0.3, 3.0)

    assert without_answered_offtopic(only) == only


def test_the_scale_lies_between_answered_and_unanswered_questions() -> None:
    full = score_scale(examples())
    single = score_scale([e for e in examples() if e.kind != "own"])
    no_pool = score_scale([e for e in examples() if e.kind != "offtopic"])
    bare = score_scale(probes("own", 0.8, 2.2))

    assert 0.9 < full.centre < 1.3
    assert full.width == pytest.approx(1.5 - 0.55)
    assert single.centre > full.centre  # short questions stand in for the missing own ones
    assert no_pool.width == pytest.approx(1.5 - 0.475)
    assert bare.width == pytest.approx(1.5)
    assert score_scale(probes("own", 1.0, 1.0) + probes("offtopic", 1.2, 1.2)).width == 0.1


def test_thresholds_let_few_unanswerable_probes_through() -> None:
    confidence = fit_confidence(examples(), PRIOR)

    for name, model in (
        ("answerable_threshold_at_5_percent_false", confidence.answerable),
        ("threshold_at_5_percent_false", confidence.probability),
    ):
        above = [
            model.probability(e.features) > confidence.report[name]
            for e in examples()
            if e.kind == "offtopic"
        ]
        assert 0.0 < confidence.report[name] < 1.0
        assert np.mean(above) <= 0.05


def test_without_unanswerable_probes_the_threshold_is_even_odds() -> None:
    report = fit_confidence(probes("own", 0.8, 2.2), PRIOR).report

    assert report["threshold_at_5_percent_false"] == 0.5


def test_the_mixture_counts_its_parts_by_their_share() -> None:
    offtopic, hidden = np.arange(0.0, 100.0), np.arange(100.0, 1100.0)

    assert mixture_threshold(offtopic, hidden, 0.0, 0.1) == pytest.approx(90, abs=1)
    assert mixture_threshold(offtopic, hidden, 0.5, 0.25) == pytest.approx(600, abs=2)
    assert mixture_threshold(offtopic, hidden[:0], 0.5, 0.1) == pytest.approx(90, abs=1)
    assert mixture_threshold(offtopic[:0], hidden, 0.5, 0.1) == pytest.approx(1000, abs=2)


def test_few_probes_give_a_higher_threshold_than_many_alike() -> None:
    few = np.linspace(0, 1, 10)

    assert mixture_threshold(few, few[:0], 0.0, 0.15) > mixture_threshold(
        np.repeat(few, 100), few[:0], 0.0, 0.15
    )
    assert mixture_threshold(few, few[:0], 0.0, 0.01) == 1.0


def test_heavier_examples_pull_a_plain_fit_more() -> None:
    rows = np.array([[1.0, 0.0], [1.0, 0.0]])

    def fitted(weight: float) -> float:
        return float(fit_logistic(rows, np.array([1.0, 0.0]), np.array([1.0, weight]), 0.1)[0])

    assert fitted(5.0) < fitted(1.0) == pytest.approx(0.0, abs=1e-6)


def test_perfectly_separable_probes_stay_finite() -> None:
    confidence = fit_confidence([*probes("own", 2.0, 2.0), *probes("offtopic", 0.0, 0.0)], PRIOR)

    assert np.isfinite(confidence.probability.weights).all()


def test_margins_above_the_cap_and_tiny_shares_count_alike() -> None:
    names = ("bias", "margin", "share")

    assert feature_row(features(margin=0.5), names).tolist() == pytest.approx([1, 0.5, np.log(0.5)])
    assert feature_row(features(margin=5.0, share=0.0), names).tolist() == pytest.approx(
        [1.0, 0.5, np.log(1e-4)]
    )


def test_the_second_hit_gets_a_share_of_what_is_left() -> None:
    first, second, third = share_probability([0.9, 0.88, 0.5], 0.5, 0.9)

    assert first == 0.5
    assert 0.3 < second <= 0.4
    assert third < 0.02


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
    confidence = fit_confidence(examples(), PRIOR)

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
    confidence: Confidence = fit_confidence(examples(), PRIOR)

    assert confidence.probability.names == PROBABILITY_FEATURES
    assert "margin" not in confidence.answerable.names


def test_a_fit_that_does_not_settle_stops_after_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confidence_module, "MAX_STEPS", 1)

    confidence = fit_confidence(examples(), PRIOR)

    assert np.isfinite(confidence.probability.weights).all()


def test_probes_move_a_weight_whose_prior_is_wrong_here() -> None:
    # Here all know the words of the shop, and only the scope tells the two kinds apart.
    asked = [replace(e, features=replace(e.features, scope=0.8)) for e in probes("own", 1.0, 1.4)]
    strange = [
        replace(e, features=replace(e.features, scope=-0.8)) for e in probes("offtopic", 1.0, 1.4)
    ]
    both = [replace(e, weight=5.0) for e in (*asked, *strange)]
    labels = np.array([e.is_answerable for e in both], float)
    deaf = LogisticModel(
        names=ANSWERABLE_FEATURES,
        weights=tuple(0.0 for _ in ANSWERABLE_FEATURES),
        language_bias={"en": 0.5},
    )
    moved = adapt_model(deaf, both, labels)
    assert dict(zip(moved.names, moved.weights, strict=True))["scope"] > 1.0
    assert min(moved.logit(e.features) for e in asked) > max(
        moved.logit(e.features) for e in strange
    )
    hardly = adapt_model(deaf, [replace(e, weight=1e-4) for e in both], labels)
    assert hardly.weights == pytest.approx(deaf.weights, abs=0.01)
    assert hardly.language_bias["en"] == pytest.approx(0.5, abs=0.01)
