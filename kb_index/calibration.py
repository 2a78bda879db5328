"""Fits the confidence of a snapshot to its own knowledge base.

Questions with known answers are searched:

- every example question with its own passage hidden: is the article still found?
- every title with itself hidden, and every second word of each example question with nothing
  hidden: visitors often ask for what the editor foresaw, in fewer words. Without these the hard
  hidden questions alone make the probabilities of everyday questions far too low (calibration
  error .10 against .03 on 612 questions written for the demo shop);
- some example questions with their whole article hidden: a question of this shop without an answer;
- the off-topic pool: no answer either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kb_index import search as search_module
from kb_index.confidence import Confidence, Example, default_confidence, fit_confidence
from kb_index.evaluation import answered_at_false_rate, auroc
from kb_index.index import KIND_CODES, DenseView, Snapshot
from kb_index.offtopic import OfftopicQuestion
from kb_index.passages import PassageKind
from kb_index.ports import Encoder, Progress

MAX_QUESTIONS = 900
MAX_TITLES = 300
"""Passages searched at most; a larger knowledge base is sampled evenly."""
HIDE_ARTICLE_EVERY = 3
MIN_WORDS_TO_SHORTEN = 4
TITLE_SHARE = 0.5
SHORT_SHARE = 1.0
HIDDEN_SHARE = 0.4
OFFTOPIC_SHARE = 1.0
"""Total weight of each kind, as a share of the example questions with themselves hidden."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Probe:
    row: int
    code: int
    language: str
    text: str


_Hide = Callable[[Snapshot, _Probe, DenseView], NDArray[np.int64]]


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
    questions = _choose_probes(snapshot, "question", MAX_QUESTIONS)
    if not questions:
        return default_confidence()
    titles = _choose_probes(snapshot, "title", MAX_TITLES)
    short = [probe for question in questions for probe in _shortened(question)]
    shares: list[tuple[list[Example], float]] = []
    plan = (
        (questions, _same_text_rows, 1.0),
        (titles, _title_rows, TITLE_SHARE),
        (short, _no_rows, SHORT_SHARE),
        (questions[::HIDE_ARTICLE_EVERY], _article_rows, HIDDEN_SHARE),
    )
    total = sum(len(probes) for probes, _, _ in plan) + len(background)
    done = 0
    for probes, hide, share in plan:
        progress("calibrate", done, total)
        shares.append((_search_probes(snapshot, encoder, probes, hide), share))
        done += len(probes)
    progress("calibrate", done, total)
    strange = _search_offtopic(snapshot, encoder, background)
    progress("calibrate", total, total)
    own = shares[0][0]
    examples = [
        example
        for group, share in (*shares, (strange, OFFTOPIC_SHARE))
        for example in _weighted(group, share * len(own))
    ]
    confidence = fit_confidence(examples, report={})
    return replace(confidence, report=_report(confidence, own, strange))


def _choose_probes(snapshot: Snapshot, kind: PassageKind, most: int) -> list[_Probe]:
    rows = np.flatnonzero(snapshot.passage_kind == KIND_CODES[kind])
    if len(rows) > most:
        rows = rows[np.linspace(0, len(rows) - 1, most).astype(int)]
    return [
        _Probe(
            row=int(row),
            code=int(snapshot.passage_code[row]),
            language=snapshot.articles[snapshot.passage_article[row]].language,
            text=snapshot.passage_text(int(row)),
        )
        for row in rows
    ]


def _shortened(probe: _Probe) -> list[_Probe]:
    words = probe.text.split()
    if len(words) < MIN_WORDS_TO_SHORTEN:
        return []
    return [replace(probe, text=" ".join(words[::2]))]


def _search_probes(
    snapshot: Snapshot, encoder: Encoder, probes: Sequence[_Probe], hide: _Hide
) -> list[Example]:
    vectors = encoder.encode([probe.text for probe in probes], kind="query")
    examples: list[Example] = []
    for probe, vector in zip(probes, vectors, strict=True):
        view = snapshot.view(language=probe.language, audience="agents")
        leave_out = hide(snapshot, probe, view)
        ranking = search_module.rank(
            snapshot,
            probe.text,
            vector,
            view,
            leave_out=leave_out,
            minimum_count=2 if len(leave_out) else 1,
        )
        if not len(ranking.rows):
            continue
        features = search_module.describe(
            ranking, snapshot.background_similarity(vector), probe.language
        )
        is_right = int(snapshot.passage_code[ranking.rows[0]]) == probe.code
        is_answerable = hide is not _article_rows
        examples.append(Example(features=features, is_right=is_right, is_answerable=is_answerable))
    return examples


def _search_offtopic(
    snapshot: Snapshot, encoder: Encoder, pool: Sequence[OfftopicQuestion]
) -> list[Example]:
    questions = [(i, q) for i, q in enumerate(pool) if q.language in snapshot.languages]
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


def _same_text_rows(snapshot: Snapshot, probe: _Probe, view: DenseView) -> NDArray[np.int64]:
    rows, digests = view.view.rows, snapshot.passage_digests
    same: NDArray[np.bool_] = (digests[rows] == digests[probe.row]).all(axis=1)
    return rows[same]


def _title_rows(snapshot: Snapshot, probe: _Probe, view: DenseView) -> NDArray[np.int64]:
    # The passage of title and keywords holds the title too.
    is_title = snapshot.passage_kind == KIND_CODES["title"]
    return np.flatnonzero(view.mask & is_title & (snapshot.passage_code == probe.code))


def _article_rows(snapshot: Snapshot, probe: _Probe, view: DenseView) -> NDArray[np.int64]:
    return np.flatnonzero(view.mask & (snapshot.passage_code == probe.code))


def _no_rows(snapshot: Snapshot, probe: _Probe, view: DenseView) -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


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
