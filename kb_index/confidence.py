"""Turns search scores into two probabilities, and fits that turn to one knowledge base.

`probability` says how likely the best answer is right; `answerable` how likely the question is one
that this knowledge base answers at all. They are two models because margins tell right from wrong
but blur in scope from out of scope (measured: AUROC .889 with margins, .942 without).

Both are logistic models over a few features, fitted by Newton steps with a quadratic pull towards
default weights: a tiny knowledge base keeps the defaults, a large one speaks for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

ProbeKind = Literal["own", "short", "hidden", "offtopic"]
"""A question of the knowledge base with itself hidden; every second word of one, with nothing
hidden; one with its whole article hidden; one that no shop answers."""

Float64Array = NDArray[np.float64]
FORMAT = 1
MAX_STEPS = 50
TOLERANCE = 1e-9
MARGIN_CAP = 0.3
OTHER_HITS_SPREAD = 0.08
"""Score distance at which a lower hit is e times less likely than the one above it."""

PROBABILITY_FEATURES = ("bias", "score", "margin", "background", "coverage")
ANSWERABLE_FEATURES = ("bias", "score", "background", "coverage")
# Where the pull leads: rounded from the fit on the demo articles in twelve languages.
DEFAULT_PROBABILITY = (-4.5, 3.5, 7.0, -4.5, 1.5)
DEFAULT_ANSWERABLE = (-2.5, 4.5, -8.0, 3.0)
PULL = 0.5
LANGUAGE_PULL = 8.0
"""Quadratic pull per unit of evidence on global weights and on a language's own bias."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What one search tells about itself.

    Attributes:
        score: Score of the best article, about 0 to 2.5.
        similarity: Dense cosine of its best passage; for people, the models do not use it.
        margin: Score distance to the next article; the score itself when there is none.
        background: Mean cosine of the question with its nearest off-topic questions.
        coverage: Share of the question's words that the knowledge base knows.
        share: Share of the best article in the learned scores of all, in (0, 1].
        n_words: Number of words of the question.
        in_language: The best article is in the asked language.
        language: The asked language, or empty.
    """

    score: float
    similarity: float
    margin: float
    background: float
    coverage: float
    share: float = 1.0
    n_words: int = 6
    in_language: bool = True
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One labelled search: was the best hit right, and did the knowledge base hold the answer?"""

    features: Features
    kind: ProbeKind
    is_right: bool
    weight: float = 1.0

    @property
    def is_answerable(self) -> bool:
        """Whether the knowledge base held the answer."""
        return self.kind in ("own", "short")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogisticModel:
    """Weights by feature name and a bias per language."""

    names: tuple[str, ...]
    weights: tuple[float, ...]
    language_bias: Mapping[str, float]

    def probability(self, features: Features) -> float:
        """A probability in (0, 1)."""
        row = feature_row(features, self.names)
        logit = float(row @ np.asarray(self.weights))
        logit += self.language_bias.get(features.language, 0.0)
        return float(sigmoid(np.array(logit)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """The two models of a snapshot, with how they were made.

    Attributes:
        report: Figures of the fit, for people: number of examples, rates, AUROC.
    """

    probability: LogisticModel
    answerable: LogisticModel
    report: Mapping[str, float]


def default_confidence() -> Confidence:
    """What is used when there is nothing to learn from."""
    return Confidence(
        probability=LogisticModel(
            names=PROBABILITY_FEATURES, weights=DEFAULT_PROBABILITY, language_bias={}
        ),
        answerable=LogisticModel(
            names=ANSWERABLE_FEATURES, weights=DEFAULT_ANSWERABLE, language_bias={}
        ),
        report={},
    )


def fit_confidence(examples: Sequence[Example], *, report: Mapping[str, float]) -> Confidence:
    """Fits both models; without examples gives the defaults."""
    if not examples:
        return default_confidence()
    rows = [example.features for example in examples]
    weights = np.array([example.weight for example in examples])
    return Confidence(
        probability=fit_logistic(
            rows,
            np.array([example.is_right for example in examples], float),
            weights,
            names=PROBABILITY_FEATURES,
            prior=DEFAULT_PROBABILITY,
        ),
        answerable=fit_logistic(
            rows,
            np.array([example.is_answerable for example in examples], float),
            weights,
            names=ANSWERABLE_FEATURES,
            prior=DEFAULT_ANSWERABLE,
        ),
        report=dict(report),
    )


def fit_logistic(
    features: Sequence[Features],
    labels: Float64Array,
    sample_weights: Float64Array,
    *,
    names: tuple[str, ...],
    prior: Sequence[float],
) -> LogisticModel:
    """Penalised maximum likelihood by Newton steps with halving; deterministic.

    Args:
        features: One per example.
        labels: 0 or 1, shape (n,).
        sample_weights: Not negative, shape (n,).
        names: Features used; the first is `bias`.
        prior: Weights that the penalty pulls towards.
    """
    languages = sorted({row.language for row in features if row.language})
    x = np.stack([feature_row(row, names) for row in features])
    own = np.array([[row.language == language for language in languages] for row in features])
    x = np.hstack([x, own.reshape(len(features), len(languages)).astype(float)])
    target = np.concatenate([np.asarray(prior, float), np.zeros(len(languages))])
    pull = np.concatenate([np.full(len(names), PULL), np.full(len(languages), LANGUAGE_PULL)])
    solution = _newton(x, labels, sample_weights, target, pull)
    return LogisticModel(
        names=names,
        weights=tuple(float(value) for value in solution[: len(names)]),
        language_bias={
            language: float(value)
            for language, value in zip(languages, solution[len(names) :], strict=True)
        },
    )


def share_probability(scores: Sequence[float], best: float, answerable: float) -> tuple[float, ...]:
    """Gives every hit a probability: the best one its own, the others the rest by their scores.

    Args:
        scores: Fused scores, best first; must not be empty.
        best: Probability of the first.
        answerable: Probability that any is right; never counted below `best`.

    Returns:
        One probability per score, falling, with a sum of at most 1.
    """
    rest = np.asarray(scores[1:], float)
    if not len(rest):
        return (best,)
    shares = np.exp((rest - scores[0]) / OTHER_HITS_SPREAD)
    # Never more than the scores alone would give beside the best one.
    budget = min(max(answerable, best) - best, best * float(shares.sum()), 1.0 - best)
    others = np.minimum(shares / max(float(shares.sum()), 1e-12) * budget, best)
    return (best, *(float(value) for value in others))


def feature_row(features: Features, names: Sequence[str]) -> Float64Array:
    """The numbers that the models see, in the order of `names`."""
    values = {
        "bias": 1.0,
        "score": features.score,
        "margin": min(features.margin, MARGIN_CAP),
        "background": features.background,
        "coverage": features.coverage,
    }
    return np.array([values[name] for name in names])


def sigmoid(logits: Float64Array) -> Float64Array:
    """1 / (1 + exp(-x)) without overflow."""
    positive = 1.0 / (1.0 + np.exp(-np.abs(logits)))
    return np.where(logits >= 0, positive, 1.0 - positive)


def confidence_to_json(confidence: Confidence) -> dict[str, object]:
    """A JSON object that `confidence_from_json` reads back."""
    return {
        "format": FORMAT,
        "probability": _model_to_json(confidence.probability),
        "answerable": _model_to_json(confidence.answerable),
        "report": dict(confidence.report),
    }


def confidence_from_json(data: Mapping[str, object]) -> Confidence:
    """Reads what `confidence_to_json` wrote.

    Raises:
        ValueError: If it is something else.
    """
    if data.get("format") != FORMAT:
        raise ValueError("The confidence model has an unknown format.")
    report = data.get("report")
    if not isinstance(report, Mapping):
        raise ValueError("The confidence model has no report.")
    return Confidence(
        probability=_model_from_json(data.get("probability"), PROBABILITY_FEATURES),
        answerable=_model_from_json(data.get("answerable"), ANSWERABLE_FEATURES),
        report={str(key): float(value) for key, value in report.items()},
    )


def _model_to_json(model: LogisticModel) -> dict[str, object]:
    return {
        "weights": dict(zip(model.names, model.weights, strict=True)),
        "language_bias": dict(model.language_bias),
    }


def _model_from_json(data: object, names: tuple[str, ...]) -> LogisticModel:
    if not isinstance(data, Mapping):
        raise ValueError("The confidence model is incomplete.")
    weights, biases = data.get("weights"), data.get("language_bias")
    if not isinstance(weights, Mapping) or not isinstance(biases, Mapping):
        raise ValueError("The confidence model is incomplete.")
    if set(weights) != set(names):
        raise ValueError("The confidence model has other features.")
    return LogisticModel(
        names=names,
        weights=tuple(float(weights[name]) for name in names),
        language_bias={str(key): float(value) for key, value in biases.items()},
    )


def _newton(
    x: Float64Array,
    labels: Float64Array,
    sample_weights: Float64Array,
    target: Float64Array,
    pull: Float64Array,
) -> Float64Array:
    def loss(w: Float64Array) -> float:
        logits = x @ w
        fit = sample_weights * (np.logaddexp(0.0, logits) - labels * logits)
        return float(fit.sum() + 0.5 * (pull * (w - target) ** 2).sum())

    w = target.copy()
    current = loss(w)
    for _ in range(MAX_STEPS):
        p = sigmoid(x @ w)
        gradient = x.T @ (sample_weights * (p - labels)) + pull * (w - target)
        hessian = (x * (sample_weights * p * (1.0 - p))[:, None]).T @ x + np.diag(pull)
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while (trial := loss(w - size * step)) > current and size > 1e-6:
            size *= 0.5
        w = w - size * step
        if current - trial <= TOLERANCE * (1.0 + abs(current)):
            break
        current = trial
    return w
