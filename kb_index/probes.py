"""Questions with known answers, searched in a knowledge base to learn what its scores mean.

Five kinds, see `ProbeKind`. What is to be unknown is hidden from every part of the search: the
passage, the words that only it knows, and the article weights, which are learned again without it
(in folds, because once per question would take hours).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from kb_index import search as search_module
from kb_index.article_model import MAX_PRODUCT, fit_article_weights
from kb_index.confidence import Example, ProbeKind
from kb_index.index import KIND_CODES, DenseView, Snapshot
from kb_index.offtopic import OfftopicQuestion
from kb_index.ports import Encoder, FloatArray, Progress
from kb_index.scope import fit_scope, is_foreign, scope_score

MAX_OWN = 400
MAX_HIDDEN = 200
MAX_SHORT = 150
MAX_OFFTOPIC = 350
"""Questions searched at most; more are sampled evenly. About a millisecond each."""
N_FOLDS = 5
N_FOLDS_LARGE = 2
HIDDEN_SHARE = 0.2
N_HIDING_FOLDS = 3
FOLD_STEPS = 25
MIN_WORDS_TO_SHORTEN = 4
MAX_SIGNS = 24
_SENTENCE_END = re.compile(r"[.!?;:\n\u037e\u061f\u06d4\u3002\uff01\uff1f]+")

IntArray = NDArray[np.int64]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Probe:
    row: int
    code: int
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class _Fold:
    """Weights learned without something, and the probes they may be used for.

    Attributes:
        weights: Of the articles.
        scope: Of `kb_index.scope`.
    """

    weights: FloatArray
    scope: FloatArray
    probes: tuple[_Probe, ...]


def search_probes(
    snapshot: Snapshot,
    encoder: Encoder,
    background: Sequence[OfftopicQuestion],
    *,
    progress: Progress,
) -> list[Example]:
    """Searches all probes.

    Args:
        snapshot: Its background pool is `background`, in this order.
        encoder: The encoder that the snapshot was built with.
        background: The off-topic pool.
        progress: Told ("calibrate", done, total) now and then.

    Returns:
        Nothing when there is no article.
    """
    probes = _asked_probes(snapshot)
    if not len(snapshot.articles):
        return []
    own = _even(_with_sisters(snapshot, probes), MAX_OWN)
    hidden = _even(probes, MAX_HIDDEN)
    short = [probe for question in _even(probes, MAX_SHORT) for probe in _shortened(question)]
    if not probes:
        # Nothing says how its articles are asked for: sentences of their texts must do.
        short = _sentence_probes(snapshot)
    strange = [
        (place, question)
        for place, question in enumerate(background)
        if question.language in snapshot.languages
    ]
    strange = _even(strange, MAX_OFFTOPIC)
    total = len(own) + len(hidden) + len(short) + len(strange)
    examples: list[Example] = []

    def told(found: Iterator[Example]) -> None:
        progress("calibrate", len(examples), total)
        examples.extend(found)

    asked = _AskedTexts(snapshot)
    if probes:
        for fold in _phrasing_folds(asked, own):
            told(_search_own(snapshot, encoder, fold))
        for fold in _article_folds(asked, hidden):
            told(_search_hidden(snapshot, encoder, fold))
    told(_search_short(snapshot, encoder, asked, short))
    told(_search_offtopic(snapshot, encoder, asked, strange))
    progress("calibrate", total, total)
    return examples


class _AskedTexts:
    """Vectors and articles of all titles and questions."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.rows = np.flatnonzero(~snapshot.is_body)
        self.vectors = np.ascontiguousarray(snapshot.vectors[self.rows])
        self.codes = snapshot.passage_code[self.rows]
        self.n_articles = len(snapshot.article_weights)
        self.n_codes = len(np.unique(self.codes))
        # Translations stand at equal places, and equal texts may stand anywhere: they fall into one
        # fold, or a phrasing would be known from its twin.
        place = np.stack(
            [self.codes, snapshot.passage_kind[self.rows], snapshot.passage_position[self.rows]]
        )
        _, units = np.unique(place, axis=1, return_inverse=True)
        digests = np.ascontiguousarray(snapshot.passage_digests[self.rows])
        _, first, texts = np.unique(digests, axis=0, return_index=True, return_inverse=True)
        self.units: IntArray = units.reshape(-1)[first[texts.reshape(-1)]]
        self.is_large = len(self.rows) * self.n_codes > MAX_PRODUCT
        self.n_folds = N_FOLDS_LARGE if self.is_large else N_FOLDS
        self.fold_of = self.units % self.n_folds
        self._fold_of_row = dict(zip(self.rows.tolist(), self.fold_of.tolist(), strict=True))
        self._pool = snapshot.background
        self._is_foreign = is_foreign(self.vectors, self.codes, self._pool)
        self._fold_of_pool = np.arange(len(self._pool)) % self.n_folds
        self._scopes: dict[int, FloatArray] = {}

    def fold_of_row(self, row: int) -> int:
        """The fold of a passage; a body, which no fold holds, counts with the first."""
        return int(self._fold_of_row.get(row, 0))

    def scope_of_fold(self, fold: int) -> FloatArray:
        """Scope weights learned without a fold's phrasings and its part of the pool."""
        if fold not in self._scopes:
            self._scopes[fold] = self.fit_scope(self.fold_of != fold, without_pool=fold)
        return self._scopes[fold]

    def fit_scope(self, keep: NDArray[np.bool_], *, without_pool: int | None = None) -> FloatArray:
        foreign = self._is_foreign
        if without_pool is not None:
            foreign = foreign & (self._fold_of_pool != without_pool)
        return fit_scope(self.vectors[keep], self._pool[foreign])

    def fit(self, keep: NDArray[np.bool_]) -> FloatArray:
        return fit_article_weights(
            self.vectors[keep], self.codes[keep], self.n_articles, max_steps=FOLD_STEPS
        )


def _asked_probes(snapshot: Snapshot) -> list[_Probe]:
    rows = _even(np.flatnonzero(~snapshot.is_body).tolist(), 4 * MAX_OWN)
    return [_probe_of(snapshot, row) for row in rows]


def _sentence_probes(snapshot: Snapshot) -> list[_Probe]:
    """The longest sentence of each of some passages, in fewer words, or in its first signs."""
    probes = []
    for row in _even(np.flatnonzero(snapshot.is_body).tolist(), MAX_SHORT):
        probe = _probe_of(snapshot, row)
        sentence = max(_SENTENCE_END.split(probe.text), key=len).strip()
        whole = replace(probe, text=sentence)
        probes += _shortened(whole) or [replace(probe, text=sentence[:MAX_SIGNS])]
    return probes


def _probe_of(snapshot: Snapshot, row: int) -> _Probe:
    return _Probe(
        row=row,
        code=int(snapshot.passage_code[row]),
        language=snapshot.articles[snapshot.passage_article[row]].language,
        text=snapshot.passage_text(row),
    )


def _with_sisters(snapshot: Snapshot, probes: Sequence[_Probe]) -> list[_Probe]:
    """Leaves out what is asked in one way only: hidden, its article could not be known."""
    rows = np.flatnonzero(~snapshot.is_body)
    is_title = snapshot.passage_kind[rows] == KIND_CODES["title"]
    n_articles = len(snapshot.articles)
    n_titles = np.bincount(snapshot.passage_article[rows[is_title]], minlength=n_articles)
    n_questions = np.bincount(snapshot.passage_article[rows[~is_title]], minlength=n_articles)
    n_left = np.where(
        snapshot.passage_kind == KIND_CODES["title"],
        n_questions[snapshot.passage_article],
        n_questions[snapshot.passage_article] - 1 + n_titles[snapshot.passage_article],
    )
    return [probe for probe in probes if n_left[probe.row] > 0]


def _even(items: Sequence[Item], most: int) -> list[Item]:
    if len(items) <= most:
        return list(items)
    return [items[int(i)] for i in np.linspace(0, len(items) - 1, most)]


def _shortened(probe: _Probe) -> list[_Probe]:
    words = probe.text.split()
    if len(words) < MIN_WORDS_TO_SHORTEN:
        return []
    return [replace(probe, text=" ".join(words[::2]))]


def _phrasing_folds(asked: _AskedTexts, probes: Sequence[_Probe]) -> Iterator[_Fold]:
    """Deals the phrasings of every article evenly to folds."""
    for fold in range(asked.n_folds):
        chosen = tuple(probe for probe in probes if asked.fold_of_row(probe.row) == fold)
        if chosen:
            yield _Fold(asked.fit(asked.fold_of != fold), asked.scope_of_fold(fold), chosen)


def _article_folds(asked: _AskedTexts, probes: Sequence[_Probe]) -> Iterator[_Fold]:
    """Hides a fifth of the articles at a time."""
    every = round(1 / HIDDEN_SHARE)
    for fold in range(1 if asked.is_large else N_HIDING_FOLDS):
        chosen = tuple(probe for probe in probes if probe.code % every == fold)
        if chosen:
            keep = asked.codes % every != fold
            yield _Fold(asked.fit(keep), asked.fit_scope(keep), chosen)


def _search_own(snapshot: Snapshot, encoder: Encoder, fold: _Fold) -> Iterator[Example]:
    for probe, vector in _encoded(encoder, fold.probes):
        view = snapshot.view(language=probe.language, audience="agents")
        leave_out = _same_text_rows(snapshot, probe, view)
        yield from _search(
            snapshot, probe, vector, view, "own", leave_out, fold.scope, fold.weights
        )


def _search_hidden(snapshot: Snapshot, encoder: Encoder, fold: _Fold) -> Iterator[Example]:
    hidden = np.unique([probe.code for probe in fold.probes])
    for probe, vector in _encoded(encoder, fold.probes):
        view = snapshot.view(language=probe.language, audience="agents")
        # Only its own article is hidden from the texts: the others may still compete.
        leave_out = np.flatnonzero(view.mask & (snapshot.passage_code == probe.code))
        weights = fold.weights
        if len(hidden) > 1:
            weights = weights.copy()
            # Learned without them, the other hidden articles have no weights: they lose nothing
            # to the full model's, which never saw this question win.
            others = hidden[hidden != probe.code]
            weights[others] = snapshot.article_weights[others]
        yield from _search(snapshot, probe, vector, view, "hidden", leave_out, fold.scope, weights)


def _search_short(
    snapshot: Snapshot, encoder: Encoder, asked: _AskedTexts, probes: Sequence[_Probe]
) -> Iterator[Example]:
    nothing = np.zeros(0, np.int64)
    for probe, vector in _encoded(encoder, probes):
        view = snapshot.view(language=probe.language, audience="agents")
        scope = asked.scope_of_fold(asked.fold_of_row(probe.row))
        yield from _search(snapshot, probe, vector, view, "short", nothing, scope, None)


def _search_offtopic(
    snapshot: Snapshot,
    encoder: Encoder,
    asked: _AskedTexts,
    pool: Sequence[tuple[int, OfftopicQuestion]],
) -> Iterator[Example]:
    vectors = encoder.encode([question.text for _, question in pool], kind="query")
    for vector, (place, question) in zip(vectors, pool, strict=True):
        view = snapshot.view(language=question.language, audience="agents")
        ranking = search_module.rank(snapshot, question.text, vector, view)
        if len(ranking.rows):
            features = search_module.describe(
                ranking,
                question.language,
                background=snapshot.background_similarity(vector, leave_out=[place]),
                scope=scope_score(asked.scope_of_fold(place % asked.n_folds), vector),
            )
            yield Example(features=features, kind="offtopic", is_right=False)


def _search(
    snapshot: Snapshot,
    probe: _Probe,
    vector: FloatArray,
    view: DenseView,
    kind: ProbeKind,
    leave_out: IntArray,
    scope: FloatArray,
    weights: FloatArray | None,
) -> Iterator[Example]:
    ranking = search_module.rank(
        snapshot,
        probe.text,
        vector,
        view,
        leave_out=leave_out,
        minimum_count=2 if len(leave_out) else 1,
        weights=weights,
    )
    if len(ranking.rows):
        features = search_module.describe(
            ranking,
            probe.language,
            background=snapshot.background_similarity(vector),
            scope=scope_score(scope, vector),
        )
        is_right = int(snapshot.passage_code[ranking.rows[0]]) == probe.code
        yield Example(features=features, kind=kind, is_right=is_right)


def _encoded(
    encoder: Encoder, probes: Sequence[_Probe]
) -> Iterator[tuple[_Probe, NDArray[np.float32]]]:
    vectors = encoder.encode([probe.text for probe in probes], kind="query")
    yield from zip(probes, vectors, strict=True)


def _same_text_rows(snapshot: Snapshot, probe: _Probe, view: DenseView) -> IntArray:
    rows, digests = view.view.rows, snapshot.passage_digests
    same: NDArray[np.bool_] = (digests[rows] == digests[probe.row]).all(axis=1)
    if snapshot.passage_kind[probe.row] == KIND_CODES["title"]:
        # The passage of title and keywords holds the title too.
        is_title = snapshot.passage_kind[rows] == KIND_CODES["title"]
        same |= is_title & (snapshot.passage_code[rows] == probe.code)
    return rows[same]
