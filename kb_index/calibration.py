"""Fits the confidence of a snapshot to its own knowledge base.

Three kinds of questions with known answers are searched: each example question with its own
passage hidden (is the article still found?), some of them with their whole article hidden (a
question of this shop that has no answer), and the off-topic pool (no answer either).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kb_index import search as search_module
from kb_index.confidence import Confidence, Example, default_confidence, fit_confidence
from kb_index.evaluation import answered_at_false_rate, auroc
from kb_index.index import KIND_CODES, Snapshot
from kb_index.offtopic import OfftopicQuestion
from kb_index.ports import Encoder, FloatArray, Progress

MAX_PROBES = 2_000
"""Example questions searched; a larger knowledge base is sampled evenly."""
HIDE_ARTICLE_EVERY = 3
OFFTOPIC_SHARE = 0.5
HIDDEN_SHARE = 0.2
"""Total weight of off-topic and of hidden-article questions, as shares of the example questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Probe:
    row: int
    code: int
    language: str
    text: str


def calibrate(
    snapshot: Snapshot,
    encoder: Encoder,
    background: Sequence[OfftopicQuestion],
    *,
    progress: Progress,
) -> Confidence:
    """Searches all probes and fits both models.

    Args:
        snapshot: Opened without calibration; its background pool is `background`, in this order.
        encoder: The encoder that the snapshot was built with.
        background: The off-topic pool.
        progress: Told the number of probes done.
    """
    probes = _choose_probes(snapshot)
    if not probes:
        return default_confidence()
    languages = set(snapshot.languages)
    offtopic = [(i, q) for i, q in enumerate(background) if q.language in languages]
    vectors = encoder.encode([probe.text for probe in probes], kind="query")
    own: list[Example] = []
    hidden: list[Example] = []
    for i, probe in enumerate(probes):
        own += _search_probe(snapshot, probe, vectors[i], hide_article=False)
        if i % HIDE_ARTICLE_EVERY == 0:
            hidden += _search_probe(snapshot, probe, vectors[i], hide_article=True)
        if i % 100 == 0:
            progress("calibrate", i, len(probes))
    strange = _search_offtopic(snapshot, encoder, offtopic)
    progress("calibrate", len(probes), len(probes))
    examples = [
        *own,
        *_weighted(hidden, HIDDEN_SHARE * len(own)),
        *_weighted(strange, OFFTOPIC_SHARE * len(own)),
    ]
    confidence = fit_confidence(examples, report={})
    return replace(confidence, report=_report(confidence, own, strange))


def _choose_probes(snapshot: Snapshot) -> list[_Probe]:
    rows = np.flatnonzero(snapshot.passage_kind == KIND_CODES["question"])
    if len(rows) > MAX_PROBES:
        rows = rows[np.linspace(0, len(rows) - 1, MAX_PROBES).astype(int)]
    return [
        _Probe(
            row=int(row),
            code=int(snapshot.passage_code[row]),
            language=snapshot.articles[snapshot.passage_article[row]].language,
            text=snapshot.passage_text(int(row)),
        )
        for row in rows
    ]


def _search_probe(
    snapshot: Snapshot, probe: _Probe, vector: FloatArray, *, hide_article: bool
) -> list[Example]:
    view = snapshot.view(language=probe.language, audience="agents")
    if hide_article:
        leave_out = np.flatnonzero(view.mask & (snapshot.passage_code == probe.code))
    else:
        leave_out = _same_text_rows(snapshot, probe.row, view.view.rows)
    ranking = search_module.rank(
        snapshot, probe.text, vector, view, leave_out=leave_out, minimum_count=2
    )
    if not len(ranking.rows):
        return []
    is_right = int(snapshot.passage_code[ranking.rows[0]]) == probe.code
    background = snapshot.background_similarity(vector)
    features = search_module.describe(ranking, background, probe.language)
    return [Example(features=features, is_right=is_right, is_answerable=not hide_article)]


def _search_offtopic(
    snapshot: Snapshot, encoder: Encoder, questions: Sequence[tuple[int, OfftopicQuestion]]
) -> list[Example]:
    vectors = encoder.encode([question.text for _, question in questions], kind="query")
    examples: list[Example] = []
    for vector, (place, question) in zip(vectors, questions, strict=True):
        view = snapshot.view(language=question.language, audience="agents")
        ranking = search_module.rank(snapshot, question.text, vector, view)
        if len(ranking.rows):
            background = snapshot.background_similarity(vector, leave_out=[place])
            features = search_module.describe(ranking, background, question.language)
            examples.append(Example(features=features, is_right=False, is_answerable=False))
    return examples


def _same_text_rows(snapshot: Snapshot, row: int, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    digests = snapshot.passage_digests
    same = (digests[rows] == digests[row]).all(axis=1)
    return rows[same]


def _weighted(examples: Sequence[Example], total: float) -> list[Example]:
    return [replace(example, weight=total / len(examples)) for example in examples]


def _report(
    confidence: Confidence, own: Sequence[Example], strange: Sequence[Example]
) -> dict[str, float]:
    examples = [*own, *strange]
    probabilities = [confidence.probability.probability(e.features) for e in examples]
    answerable = [confidence.answerable.probability(e.features) for e in examples]
    answered, threshold = answered_at_false_rate(
        probabilities, [e.is_right for e in examples], [e.is_answerable for e in examples]
    )
    return {
        "n_probes": float(len(own)),
        "n_offtopic": float(len(strange)),
        "right_first": float(np.mean([e.is_right for e in own])) if own else 0.0,
        "auroc_answerable": auroc(answerable, [e.is_answerable for e in examples]),
        "answered_at_5_percent_false": answered,
        "threshold_at_5_percent_false": threshold if np.isfinite(threshold) else 0.0,
    }
