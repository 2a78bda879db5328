"""The measuring of confidence, on synthetic knowledge bases whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from kb_index.confidence import Example, Features, ProbeKind, fit_confidence
from tests.quality.confidence import COLUMNS, Case, calibration_error, figures, learn_prior, report


def features(score: float) -> Features:
    return Features(
        score=score, similarity=score / 2, margin=score / 4, background=0.4, coverage=0.8, share=0.5
    )


def case(name: str, dataset: str, *, shift: float = 0.0, n: int = 60) -> Case:
    """Scores of answered questions lie around 2, of near misses around 1.2, of far ones at 0.6."""
    chance = np.random.default_rng(len(name))
    levels: dict[ProbeKind, float] = {"own": 2.0, "short": 2.2, "hidden": 1.2, "offtopic": 0.6}
    probes = [
        Example(
            features=features(float(level + shift + 0.25 * chance.normal())),
            kind=kind,
            is_right=kind in ("own", "short"),
        )
        for kind, level in levels.items()
        for _ in range(n)
    ]
    kinds = np.repeat([2.0, 1.2, 0.6], [2 * n, n, n])
    scores = kinds + shift + 0.25 * chance.normal(size=4 * n)
    return Case(
        name=name,
        dataset=dataset,
        probes=tuple(probes),
        features=tuple(features(float(score)) for score in scores),
        is_right=kinds == 2.0,
        is_answerable=kinds == 2.0,
        is_near=kinds == 1.2,
    )


CASES = [case("a", "one"), case("bb", "two", shift=0.5), case("ccc", "two", shift=-0.3)]


def test_the_assumed_traffic_weighs_every_kind() -> None:
    first = CASES[0]

    assert first.weights.sum() == pytest.approx(1.0)
    assert first.weights[first.is_answerable].sum() == pytest.approx(0.8)
    assert first.weights[first.is_near].sum() == pytest.approx(0.04)
    assert first.weights[first.is_far].sum() == pytest.approx(0.16)


def test_a_learned_prior_serves_a_knowledge_base_it_has_not_seen() -> None:
    prior = learn_prior(CASES[1:])

    found = figures(CASES[0], prior)

    assert tuple(found) == COLUMNS
    assert found["right"] == 1.0
    assert found["auroc"] > 0.95
    assert found["at5"] > 0.9
    assert found["ece"] < 0.1
    assert found["false"] < 0.2


def test_the_prior_believes_high_scores() -> None:
    prior = learn_prior(CASES)
    confidence = fit_confidence(CASES[0].probes, prior)

    assert confidence.answerable.probability(features(2.3)) > 0.9
    assert confidence.answerable.probability(features(0.5)) < 0.1


def test_calibration_error_counts_what_is_stated_too_high_or_too_low() -> None:
    truth = np.array([True, False, True, False])
    weights = np.ones(4)

    assert calibration_error(np.full(4, 0.5), truth, weights) == pytest.approx(0.0)
    assert calibration_error(np.full(4, 0.9), truth, weights) == pytest.approx(0.4)
    assert calibration_error(truth.astype(float), truth, weights) == 0.0


def test_the_report_judges_each_data_set_with_the_others() -> None:
    lines = report(CASES).splitlines()

    names = [line.split()[0] for line in lines if line.strip()]
    assert names[1:] == ["a", "bb", "ccc", "one", "two", "mean", "worst"]
