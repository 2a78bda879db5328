"""`python -m tests.quality.confidence --data DIR`: measures the confidence, or learns its prior.

For every knowledge base of `knowledge_bases` the product fits its confidence to the knowledge base
alone, then foreign questions are put to it. The prior that it starts from is learned on the other
data sets only, so every figure is one for a domain that was not seen. `--write` learns the prior
from all of them and writes the file that is shipped.

Columns: right first; AUROC of refusal; share rightly answered at 5 % false answers, by each of the
two numbers; calibration error of both; false answers to far misses at the knowledge base's own
thresholds, and to near misses at the first.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb_index.calibration import PRIOR_FILE, load_prior, prior_to_json
from kb_index.confidence import (
    ANSWERABLE_FEATURES,
    PROBABILITY_FEATURES,
    Confidence,
    Example,
    Features,
    LogisticModel,
    ModelPrior,
    Prior,
    feature_row,
    fit_confidence,
    fit_logistic,
    mixture_threshold,
    score_scale,
    sigmoid,
    without_answered_offtopic,
)
from kb_index.encoder import DEFAULT_ENCODER, load_encoder
from kb_index.evaluation import answered_at_false_rate, auroc
from kb_index.offline import Question, build_offline
from kb_index.offtopic import load_offtopic
from kb_index.ports import Encoder
from kb_index.probes import search_probes
from tests.quality.knowledge_bases import Asked, KnowledgeBase, knowledge_bases

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ANSWERED_SHARE = 0.8
NEAR_SHARE = 0.2
"""The assumed traffic: four of five questions are answerable, one of five others a near miss."""
PULL = 0.1
EVIDENCE = 300.0
FALSE_RATE = 0.05
HIDDEN_SHARES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
LET_THROUGH = (0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2)
# Their misses are news and other documents, which says nothing about a usual visitor's.
NO_USUAL_MISSES = frozenset({"support", "scratch"})
COLUMNS = (
    *("right", "auroc", "at5", "at5 by p", "ece", "ece answ.", "false", "false by p", "near false"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A knowledge base with its probes and its searched questions; arrays have one row each."""

    name: str
    dataset: str
    probes: tuple[Example, ...]
    features: tuple[Features, ...]
    is_right: Bools
    is_answerable: Bools
    is_near: Bools

    @property
    def weights(self) -> Floats:
        """Brings the questions to the assumed traffic; sum 1."""
        miss = np.zeros(len(self.is_near))
        for mask, share in ((self.is_far, 1.0 - NEAR_SHARE), (self.is_near, NEAR_SHARE)):
            miss += share * mask / max(int(mask.sum()), 1)
        answered = self.is_answerable / max(int(self.is_answerable.sum()), 1)
        return np.asarray(ANSWERED_SHARE * answered + (1.0 - ANSWERED_SHARE) * miss / miss.sum())

    @property
    def is_far(self) -> Bools:
        """Questions about other things."""
        return ~self.is_answerable & ~self.is_near


def search_case(base: KnowledgeBase, encoder: Encoder) -> Case:
    """Builds the knowledge base as the product does and searches probes and questions."""
    with tempfile.TemporaryDirectory() as folder:
        index = build_offline(base.entries, encoder, folder=Path(folder), progress=lambda *_: None)
        probes = search_probes(index.snapshot, encoder, load_offtopic(), progress=lambda *_: None)
        asked = [Question(text=a.text, language=a.language) for a in base.questions]
        found = list(index.search_all(asked, k=1, progress=lambda *_: None))
        rows: list[tuple[Features, Asked, bool]] = [
            (result.features, question, index.entry_id(result[0].article_id) == question.gold)
            for result, question in zip(found, base.questions, strict=True)
            if result.features is not None
        ]
    return Case(
        name=base.name,
        dataset=base.dataset,
        probes=tuple(probes),
        features=tuple(features for features, _, _ in rows),
        is_right=np.array([is_right for _, _, is_right in rows]),
        is_answerable=np.array([question.gold is not None for _, question, _ in rows]),
        is_near=np.array([question.kind == "near" for _, question, _ in rows]),
    )


def learn_prior(cases: Sequence[Case]) -> Prior:
    """Weights and thresholds over some knowledge bases, each data set with the same say."""
    n_of = Counter(case.dataset for case in cases)
    say = [1.0 / np.sqrt(n_of[case.dataset]) for case in cases]
    first = Prior(
        answerable=_learn_weights(cases, say, ANSWERABLE_FEATURES, "is_answerable"),
        probability=_learn_weights(cases, say, PROBABILITY_FEATURES, "is_right"),
    )
    return Prior(
        answerable=_learn_threshold(cases, say, first, "answerable"),
        probability=_learn_threshold(cases, say, first, "probability"),
    )


def _learn_weights(
    cases: Sequence[Case], say: Sequence[float], names: tuple[str, ...], label: str
) -> ModelPrior:
    rows, labels, weights = [], [], []
    for case, voice in zip(cases, say, strict=True):
        scale = score_scale(without_answered_offtopic(case.probes))
        x = np.array([feature_row(features, names) for features in case.features])
        place = names.index("score")
        x[:, place] = (x[:, place] - scale.centre) / scale.width
        rows.append(x)
        labels.append(getattr(case, label).astype(float))
        weights.append(case.weights * EVIDENCE * voice)
    found = fit_logistic(np.vstack(rows), np.concatenate(labels), np.concatenate(weights), PULL)
    return ModelPrior(
        weights=dict(zip(names, found.tolist(), strict=True)), hidden_share=0.5, let_through=0.1
    )


def _learn_threshold(
    cases: Sequence[Case], say: Sequence[float], prior: Prior, which: str
) -> ModelPrior:
    """Chooses the mixture whose quantile comes nearest to 5 % false answers everywhere."""
    losses = np.zeros((len(HIDDEN_SHARES), len(LET_THROUGH)))
    for case, voice in zip(cases, say, strict=True):
        if case.dataset in NO_USUAL_MISSES:
            continue
        model = getattr(fit_confidence(case.probes, prior), which)
        offtopic, hidden = probe_logits(model, case.probes)
        logits = np.array([model.logit(features) for features in case.features])
        for i, hidden_share in enumerate(HIDDEN_SHARES):
            for j, let_through in enumerate(LET_THROUGH):
                limit = mixture_threshold(offtopic, hidden, hidden_share, let_through)
                rate = float((logits[case.is_far] > limit).mean())
                losses[i, j] += voice * abs(np.log((rate + 0.01) / (FALSE_RATE + 0.01)))
    i, j = np.unravel_index(int(losses.argmin()), losses.shape)
    chosen: ModelPrior = getattr(prior, which)
    return replace(chosen, hidden_share=HIDDEN_SHARES[i], let_through=LET_THROUGH[j])


def probe_logits(model: LogisticModel, probes: Sequence[Example]) -> tuple[Floats, Floats]:
    """Logits of the off-topic questions that are none here, and of hidden articles."""
    kept = without_answered_offtopic(probes)
    return (
        np.array([model.logit(e.features) for e in kept if e.kind == "offtopic"]),
        np.array([model.logit(e.features) for e in kept if e.kind == "hidden"]),
    )


def figures(case: Case, prior: Prior) -> dict[str, float]:
    """Figures of one knowledge base; see the module."""
    confidence: Confidence = fit_confidence(case.probes, prior)
    models = (confidence.answerable, confidence.probability)
    answerable, probability = (
        sigmoid(np.array([model.logit(features) for features in case.features])) for model in models
    )
    limits = (
        confidence.report["answerable_threshold_at_5_percent_false"],
        confidence.report["threshold_at_5_percent_false"],
    )
    right, inside = case.is_right.tolist(), case.is_answerable.tolist()
    values = (
        float(case.is_right[case.is_answerable].mean()),
        auroc(answerable.tolist(), inside),
        answered_at_false_rate(answerable.tolist(), right, inside)[0],
        answered_at_false_rate(probability.tolist(), right, inside)[0],
        calibration_error(probability, case.is_right, case.weights),
        calibration_error(answerable, case.is_answerable, case.weights),
        float((answerable[case.is_far] > limits[0]).mean()),
        float((probability[case.is_far] > limits[1]).mean()),
        float((answerable[case.is_near] > limits[0]).mean()) if case.is_near.any() else np.nan,
    )
    return dict(zip(COLUMNS, values, strict=True))


def calibration_error(stated: Floats, truth: Bools, weights: Floats) -> float:
    """Expected calibration error over ten equally wide bins, weighted."""
    bins = np.minimum((stated * 10).astype(int), 9)
    gaps = np.bincount(bins, weights * (stated - truth), minlength=10)
    return float(np.abs(gaps).sum() / weights.sum())


def report(cases: Sequence[Case]) -> str:
    """The table, every data set judged with a prior of the others."""
    lines = [f"{'':24}" + "".join(f"{column:>11}" for column in COLUMNS)]
    groups: dict[str, list[list[float]]] = {}
    for dataset in sorted({case.dataset for case in cases}):
        prior = learn_prior([case for case in cases if case.dataset != dataset])
        for case in cases:
            if case.dataset == dataset:
                row = list(figures(case, prior).values())
                groups.setdefault(dataset, []).append(row)
                lines.append(_line(case.name, row))
    rows = np.array([row for group in groups.values() for row in group])
    lines += ["", *(_line(name, np.nanmean(group, 0)) for name, group in groups.items())]
    worst = [np.nanmin(rows[:, i]) if i < 4 else np.nanmax(rows[:, i]) for i in range(len(COLUMNS))]
    lines += [_line("mean", np.nanmean(rows, 0)), _line("worst", worst)]
    return "\n".join(lines)


def _line(name: str, row: Sequence[float] | Floats) -> str:
    return f"{name:24}" + "".join(f"{value:11.3f}" for value in row)


def main() -> None:
    """Searches all knowledge bases, then measures or learns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the open data pack")
    parser.add_argument("--encoder", default=DEFAULT_ENCODER)
    parser.add_argument("--only", default="", help="beginning of the names of the knowledge bases")
    parser.add_argument("--write", action="store_true", help="write the shipped prior")
    given = parser.parse_args()
    encoder = load_encoder(given.encoder)
    cases = []
    for base in knowledge_bases(given.data, only=given.only):
        sys.stderr.write(f"{base.name}: {len(base.entries)} entries\n")
        cases.append(search_case(base, encoder))
    if len({case.dataset for case in cases}) > 1:
        sys.stdout.write(report(cases) + "\n")
    else:
        rows = [_line(case.name, list(figures(case, load_prior()).values())) for case in cases]
        sys.stdout.write("with the shipped prior\n" + "\n".join(rows) + "\n")
    if given.write:
        data = {**prior_to_json(learn_prior(cases)), "encoder": encoder.fingerprint}
        PRIOR_FILE.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        sys.stdout.write(f"written: {PRIOR_FILE}\n")


if __name__ == "__main__":
    main()
