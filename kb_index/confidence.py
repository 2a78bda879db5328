"""Turns search scores into two probabilities, and fits that turn to one knowledge base.

`answerable` says how likely the question is one that this knowledge base answers at all;
`probability` how likely the best answer is right. They are two models because the distance to the
second article tells right from wrong but blurs in scope from out of scope.

Both are logistic models over a few features. Their weights come in two steps. A shipped prior,
learned over many knowledge bases of other domains (`python -m tests.quality.confidence`), holds for
scores on a common scale: 0 half-way between questions that are answered and questions that are not,
measured by this knowledge base's own probes. Then the probes themselves shift and stretch the
result, and each language by itself a little, as far as they are many.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

ProbeKind = Literal["own", "short", "hidden", "offtopic"]
"""A question of the knowledge base with itself hidden; every second word of one, with nothing
hidden; one with its whole article hidden; one that no shop answers."""

Float64Array = NDArray[np.float64]
FORMAT = 2
MAX_STEPS = 50
TOLERANCE = 1e-9
MARGIN_CAP = 0.5
LEAST_SHARE = 1e-4
OTHER_HITS_SPREAD = 0.12
"""Score distance at which a lower hit is e times less likely than the one above it."""

ANSWERABLE_FEATURES = ("bias", "score", "similarity", "share", "coverage", "background", "scope")
PROBABILITY_FEATURES = (
    *("bias", "score", "similarity", "margin", "share", "coverage", "background", "scope"),
)

PROBE_SHARES: Mapping[ProbeKind, float] = {
    "own": 1.0, "short": 0.3, "hidden": 0.1, "offtopic": 0.2,
}  # fmt: skip
"""Total weight of each kind as a share of the own questions. Halves of foreseen questions count
less because visitors who type exactly that are few; hidden articles less than off-topic questions
because a question just beside an article is the rarer one."""
MOST_EVIDENCE = 300.0
"""Own questions beyond this many do not make the fit surer: they are of one author."""
LEAST_OWN = 20
"""With fewer questions that have a sister phrasing the prior stands alone."""
SHIFT_PULL = 10.0
STRETCH_PULL = 50.0
LANGUAGE_PULL = 15.0
FEATURE_PULL = 10.0
"""Quadratic pulls, in units of one probe's evidence: to no shift, to no stretch, of each language
to the common fit, and of each feature, at its spread over the probes, to its weight before."""
LEAST_SPREAD = 1e-3
LEAST_SCALE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What one search tells about itself.

    Attributes:
        score: Score of the best article, about 0 to 2.5.
        similarity: Dense cosine of its best passage.
        margin: Score distance to the next article; the score itself when there is none.
        background: Mean cosine of the question with its nearest off-topic questions.
        scope: How much the question sounds like those asked here, about -1 to 1; see
            `kb_index.scope`.
        coverage: Share of the question's words that the knowledge base knows.
        share: Share of the best article in the learned scores of all, in (0, 1].
        language: The asked language, or empty.
    """

    score: float
    similarity: float
    margin: float
    background: float
    coverage: float
    share: float = 1.0
    scope: float = 0.0
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
        return float(sigmoid(np.array(self.logit(features))))

    def logit(self, features: Features) -> float:
        """The logarithm of the odds."""
        row = feature_row(features, self.names)
        return float(row @ np.asarray(self.weights)) + self.language_bias.get(
            features.language, 0.0
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """The two models of a snapshot, with how they were made.

    Attributes:
        report: Figures of the fit, for people: number of examples, rates, AUROC.
    """

    probability: LogisticModel
    answerable: LogisticModel
    report: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPrior:
    """What many knowledge bases taught about one of the two models.

    Attributes:
        weights: By feature name, for scores on the common scale.
        hidden_share: Share of hidden articles in a mixture with off-topic questions. Of that
            mixture,
        let_through: this share lies above the threshold that about one in twenty questions about
            other things passes. Hidden articles are harder to refuse than those.
    """

    weights: Mapping[str, float]
    hidden_share: float
    let_through: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """The shipped priors of both models."""

    answerable: ModelPrior
    probability: ModelPrior


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreScale:
    """Brings scores of one knowledge base to the common scale."""

    centre: float
    width: float


def default_confidence() -> Confidence:
    """Knows nothing and says so: for a knowledge base in which nothing can be searched yet."""
    return Confidence(
        probability=_unlearned(PROBABILITY_FEATURES),
        answerable=_unlearned(ANSWERABLE_FEATURES),
        report={},
    )


def fit_confidence(examples: Sequence[Example], prior: Prior) -> Confidence:
    """Fits both models to a knowledge base.

    Args:
        examples: Its probes.
        prior: Weights to start from.
    """
    if not examples:
        return default_confidence()
    kept = without_answered_offtopic(examples)
    scale = score_scale(kept)
    weighted = _weighted(kept)
    answerable, answerable_threshold = _fit_model(
        ANSWERABLE_FEATURES, prior.answerable, scale, kept, weighted, "is_answerable"
    )
    probability, probability_threshold = _fit_model(
        PROBABILITY_FEATURES, prior.probability, scale, kept, weighted, "is_right"
    )
    own = [example for example in kept if example.kind == "own"]
    return Confidence(
        probability=probability,
        answerable=answerable,
        report={
            "n_probes": float(len(own)),
            "n_offtopic": float(sum(example.kind == "offtopic" for example in kept)),
            "n_offtopic_answered": float(len(examples) - len(kept)),
            "right_first": _mean([example.is_right for example in own]),
            "score_centre": scale.centre,
            "score_width": scale.width,
            "answerable_threshold_at_5_percent_false": answerable_threshold,
            "threshold_at_5_percent_false": probability_threshold,
        },
    )


def score_scale(examples: Sequence[Example]) -> ScoreScale:
    """The common scale: -0.5 near what is off topic, 0.5 at the mean of answered questions."""
    scores = {kind: [e.features.score for e in examples if e.kind == kind] for kind in PROBE_SHARES}
    means = {kind: _mean(found) for kind, found in scores.items()}
    counts = {kind: len(found) for kind, found in scores.items()}
    answered = means["own"] if counts["own"] >= LEAST_OWN or not counts["short"] else means["short"]
    strange = means["offtopic"] if counts["offtopic"] else 0.5 * means["hidden"]
    unanswered = 0.5 * (strange + means["hidden"]) if counts["hidden"] else strange
    return ScoreScale(
        centre=0.5 * (answered + unanswered), width=max(answered - strange, LEAST_SCALE)
    )


def without_answered_offtopic(examples: Sequence[Example]) -> list[Example]:
    """Leaves out off-topic questions that this knowledge base answers after all.

    A bank's help answers some questions that no shop does. Scores like those of its own questions
    give them away.
    """
    typical = max(
        (
            float(np.median([e.features.score for e in examples if e.kind == kind]))
            for kind in ("own", "hidden")
            if any(e.kind == kind for e in examples)
        ),
        default=math.inf,
    )
    return [e for e in examples if e.kind != "offtopic" or e.features.score < typical]


def _fit_model(
    names: tuple[str, ...],
    prior: ModelPrior,
    scale: ScoreScale,
    examples: Sequence[Example],
    weighted: Sequence[Example],
    label: Literal["is_right", "is_answerable"],
) -> tuple[LogisticModel, float]:
    """Gives the model and the probability above which 5 % of the unanswerable should lie."""
    model = _on_scale(names, prior, scale)
    if weighted:
        labels = np.array([getattr(example, label) for example in weighted], float)
        model = adapt_model(shift_model(model, weighted, labels), weighted, labels)
    logits = {
        kind: np.array([model.logit(e.features) for e in examples if e.kind == kind])
        for kind in ("offtopic", "hidden")
    }
    if not any(map(len, logits.values())):
        return model, 0.5
    threshold = mixture_threshold(
        logits["offtopic"], logits["hidden"], prior.hidden_share, prior.let_through
    )
    return model, float(sigmoid(np.array(threshold)))


def shift_model(
    model: LogisticModel, examples: Sequence[Example], labels: Float64Array
) -> LogisticModel:
    """Shifts and stretches a model's logits to fit labelled probes; by penalised likelihood.

    Args:
        model: Without language biases.
        examples: With their weights.
        labels: 0 or 1, shape (n,).
    """
    languages = sorted({e.features.language for e in examples if e.features.language})
    logits = np.array([model.logit(example.features) for example in examples])
    own = [[e.features.language == language for language in languages] for e in examples]
    x = np.column_stack([np.ones(len(logits)), logits, np.array(own, float)])
    solution = _newton(
        x,
        labels,
        np.array([example.weight for example in examples]),
        np.concatenate([[0.0, 1.0], np.zeros(len(languages))]),
        np.concatenate([[SHIFT_PULL, STRETCH_PULL], np.full(len(languages), LANGUAGE_PULL)]),
    )
    shift, stretch = float(solution[0]), max(float(solution[1]), 0.0)
    weights = stretch * np.asarray(model.weights)
    weights[0] += shift
    return LogisticModel(
        names=model.names,
        weights=tuple(weights.tolist()),
        language_bias=dict(zip(languages, solution[2:].tolist(), strict=True)),
    )


def adapt_model(
    model: LogisticModel, examples: Sequence[Example], labels: Float64Array
) -> LogisticModel:
    """Moves every weight a little to fit labelled probes; by penalised likelihood.

    What tells in scope from out of scope differs between knowledge bases: in one that speaks of
    days and times, so does talk about the weather, and knowing its words says nothing.

    Args:
        model: Where the weights start and whereto they are pulled.
        examples: With their weights.
        labels: 0 or 1, shape (n,).
    """
    languages = sorted(model.language_bias)
    rows = np.array([feature_row(example.features, model.names) for example in examples])[:, 1:]
    centre, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), LEAST_SPREAD)
    own = [[e.features.language == language for language in languages] for e in examples]
    x = np.column_stack([np.ones(len(rows)), (rows - centre) / spread, np.array(own, float)])
    start = np.asarray(model.weights)
    biases = [model.language_bias[language] for language in languages]
    solution = _newton(
        x,
        labels,
        np.array([example.weight for example in examples]),
        np.concatenate([[start[0] + start[1:] @ centre], start[1:] * spread, biases]),
        np.concatenate(
            [
                [SHIFT_PULL],
                np.full(rows.shape[1], FEATURE_PULL),
                np.full(len(biases), LANGUAGE_PULL),
            ]
        ),
    )
    weights = solution[1 : len(start)] / spread
    bias = float(solution[0] - weights @ centre)
    return LogisticModel(
        names=model.names,
        weights=(bias, *weights.tolist()),
        language_bias=dict(zip(languages, solution[len(start) :].tolist(), strict=True)),
    )


def fit_logistic(
    rows: Float64Array, labels: Float64Array, weights: Float64Array, pull: float
) -> Float64Array:
    """Weights of a logistic model by Newton steps with halving; deterministic.

    Args:
        rows: Features, the first one constant, shape (n, d).
        labels: 0 or 1, shape (n,).
        weights: Not negative, shape (n,).
        pull: Quadratic pull of all weights but the first towards 0.
    """
    pulls = np.full(rows.shape[1], pull)
    pulls[0] = 1e-6
    return _newton(rows, labels, weights, np.zeros(rows.shape[1]), pulls)


def _on_scale(names: tuple[str, ...], prior: ModelPrior, scale: ScoreScale) -> LogisticModel:
    """The prior as weights on raw scores."""
    weights = dict(prior.weights)
    slope = weights["score"] / scale.width
    weights["bias"] -= slope * scale.centre
    weights["score"] = slope
    return LogisticModel(
        names=names, weights=tuple(weights[name] for name in names), language_bias={}
    )


def _weighted(examples: Sequence[Example]) -> list[Example]:
    """The probes that may shift the prior, by `PROBE_SHARES`; none without enough own ones."""
    groups = {kind: [e for e in examples if e.kind == kind] for kind in PROBE_SHARES}
    n_own = len(groups["own"])
    if n_own < LEAST_OWN:
        return []
    evidence = min(float(n_own), MOST_EVIDENCE)
    return [
        replace(example, weight=share * evidence / len(groups[kind]))
        for kind, share in PROBE_SHARES.items()
        for example in groups[kind]
    ]


def mixture_threshold(
    offtopic: Float64Array, hidden: Float64Array, hidden_share: float, let_through: float
) -> float:
    """The logit above which a share of a mixture of unanswerable probes lies.

    As in split conformal prediction, a new question counts as one more of the mixture, so that few
    probes give a higher threshold.

    Args:
        offtopic: Logits of off-topic questions.
        hidden: Logits of questions with their article hidden; both together are not empty.
        hidden_share: Weight of the hidden ones, the others having the rest.
        let_through: Share above the threshold.
    """
    n_offtopic, n_hidden = len(offtopic), len(hidden)
    share = hidden_share if n_offtopic and n_hidden else float(n_hidden > 0)
    logits = np.concatenate([offtopic, hidden])
    weights = np.repeat(
        [(1.0 - share) / max(n_offtopic, 1), share / max(n_hidden, 1)], [n_offtopic, n_hidden]
    )
    falling = np.argsort(-logits, kind="stable")
    n = len(logits)
    let_through = max(let_through * (n + 1) / n - 1.0 / n, 0.0)
    place = int(np.searchsorted(np.cumsum(weights[falling]), let_through))
    return float(logits[falling[min(place, n - 1)]])


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
        "similarity": features.similarity,
        "margin": min(features.margin, MARGIN_CAP),
        "share": math.log(max(features.share, LEAST_SHARE)),
        "background": features.background,
        "scope": features.scope,
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


def _unlearned(names: tuple[str, ...]) -> LogisticModel:
    return LogisticModel(names=names, weights=(0.0,) * len(names), language_bias={})


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else 0.0


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
