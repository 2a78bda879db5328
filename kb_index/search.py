"""Question in, ranked articles out.

A passage scores its dense cosine plus a lexical part: character n-grams for titles and questions,
BM25 for sections in the question's own language, both weighted by the squared coverage (see
`kb_index.lexical`). An article scores as its best title or question plus a share of its best
section plus what the learned weights say of it (`kb_index.article_model`). The calibrated
probabilities stand on the result; nothing is cut off here, deciding is the caller's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import NDArray

from kb_index.article_model import article_scores
from kb_index.confidence import Features, share_probability
from kb_index.lexical import (
    MAX_ENTRIES,
    Float64Array,
    Matches,
    QueryTerms,
    body_terms,
    coverage,
    gram_terms,
)
from kb_index.passages import PASSAGE_KINDS, PassageKind
from kb_index.ports import FloatArray
from kb_index.views import shares_language
from kb_index.words import base_language, split_words

if TYPE_CHECKING:
    from kb_index.snapshot import DenseView, Snapshot

GRAM_WEIGHT = 0.5
BODY_WEIGHT = 1.2
UNASKED_BODY_FACTOR = 2.0
BODY_SHARE = 0.5
"""Weights of n-grams, of BM25, and of an article's best section beside its best question.

Chosen on questions in nine languages against the demo articles: right article first .93, against
.92 when an article scores as its best passage alone, and .34 against .28 when each example
question is searched with itself hidden.
"""
MODEL_WEIGHT = 0.15
"""Weight of the learned article scores; between 0.1 and 0.4 all development sets gain alike."""
MAX_RANKED = 20
MAX_EXACT_ROWS = 1_000
"""Views up to this size are scored whole, which takes less time than choosing candidates."""
MIN_COVERAGE = 0.15
"""Below it the lexical part could add 0.01 at most and is not computed."""
N_DENSE_CANDIDATES = 80
N_LEXICAL_CANDIDATES = 40
MAX_QUESTION_CHARS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One article that may answer the question.

    Attributes:
        language: Language in which the article is shown.
        similarity: Dense cosine of the best passage, in [-1, 1].
        lexical: Its gated lexical part, at least 0.
        score: What ranks the articles; exact questions reach about 1.5 to 2.5.
        probability: Calibrated probability that this article answers the question.
        passage: Plain text of the best passage.
        position: Its place inside its kind; for a section, the number of the section.
        url: Path of the article's help page.
    """

    article_id: str
    language: str
    title: str
    similarity: float
    lexical: float
    score: float
    probability: float
    passage: str
    passage_kind: PassageKind
    position: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult(Sequence[Hit]):
    """Hits, best first, with what is known about the question as a whole.

    Attributes:
        answerable: Probability that the knowledge base answers the question at all.
        features: What the probabilities were computed from; None when nothing was searched.
        snapshot_id: Where the hits come from.
    """

    hits: tuple[Hit, ...]
    answerable: float
    features: Features | None
    snapshot_id: str

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Hit, ...]: ...
    def __getitem__(self, index: int | slice) -> Hit | tuple[Hit, ...]:
        """Hit at a place."""
        return self.hits[index]

    def __len__(self) -> int:
        """Number of hits."""
        return len(self.hits)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best articles by falling score; all arrays have one entry per article.

    Attributes:
        rows: Row of each article's best passage.
        similarity: Dense cosine of that passage.
        lexical: Its gated lexical part.
        scores: Score of the article.
        model: Learned score of the article.
        share: Softmax share of the learned score among all articles of the view.
        coverage: Of the asked language, or the largest of all when none was asked.
    """

    rows: NDArray[np.int64]
    similarity: Float64Array
    lexical: Float64Array
    scores: Float64Array
    model: Float64Array
    share: Float64Array
    coverage: float = 0.0


def search(
    snapshot: Snapshot,
    question: str,
    *,
    vector: FloatArray,
    language: str | None,
    languages_ok: Sequence[str] | None = None,
    audience: str = "public",
    market: str | None = None,
    k: int = 5,
) -> SearchResult:
    """Finds the articles that answer a question.

    Args:
        snapshot: An opened snapshot.
        question: The visitor's text.
        vector: Its unit vector from the snapshot's encoder (kind `query`), shape (d,) or (1, d).
        language: Language of the question; None when unknown.
        languages_ok: Languages in which an answer is acceptable, best first; None means all.
        audience: `public` or `agents`.
        market: Country code of the visitor; None hides nothing.
        k: Most hits, from 1 to `MAX_RANKED`.

    Returns:
        At most `k` hits, one per article. An article that exists in the asked language is always
        shown in it.
    """
    view = snapshot.view(
        language=language, languages_ok=languages_ok, audience=audience, market=market
    )
    flat = np.ascontiguousarray(vector, np.float32).reshape(-1)
    ranking = rank(snapshot, question, flat, view)
    if not len(ranking.rows):
        return SearchResult(
            hits=(), answerable=0.0, features=None, snapshot_id=snapshot.snapshot_id
        )
    features = describe(
        ranking,
        language,
        background=snapshot.background_similarity(flat),
        scope=snapshot.scope(flat),
    )
    answerable = snapshot.confidence.answerable.probability(features)
    best = snapshot.confidence.probability.probability(features)
    top = ranking.scores[:k].tolist()
    probabilities = share_probability(top, best, answerable)
    return SearchResult(
        hits=tuple(
            _hit(snapshot, ranking, place, probability)
            for place, probability in enumerate(probabilities)
        ),
        answerable=answerable,
        features=features,
        snapshot_id=snapshot.snapshot_id,
    )


def rank(
    snapshot: Snapshot,
    question: str,
    vector: FloatArray,
    view: DenseView,
    *,
    leave_out: NDArray[np.int64] | None = None,
    minimum_count: int = 1,
    weights: FloatArray | None = None,
) -> Ranking:
    """Ranks the articles of a view; the calibration uses the last three parameters.

    Args:
        vector: Unit vector, float32, shape (d,).
        leave_out: Passage rows to be ignored.
        minimum_count: See `kb_index.lexical.coverage`.
        weights: Article weights learned without what is left out; the snapshot's when None.
    """
    words = split_words(question[:MAX_QUESTION_CHARS])
    matches, covered = _matches(snapshot, words, view, minimum_count)
    some = matches.scores(most_entries=MAX_ENTRIES)
    if len(view.view.rows) <= MAX_EXACT_ROWS:
        rows, starts = view.all_rows()
        similarity = snapshot.similarities(vector, view).astype(np.float64)
    else:
        n_extra = 0 if leave_out is None else len(leave_out)
        nearest = snapshot.dense_search(vector, view, N_DENSE_CANDIDATES + n_extra)
        found = np.concatenate([nearest, _largest(some, view, N_LEXICAL_CANDIDATES + n_extra)])
        # Nearest passages choose the articles; then each article is judged by all its passages.
        rows, starts = view.rows_of(np.unique(snapshot.passage_code[found]))
        similarity = snapshot.similarities_at(vector, rows).astype(np.float64)
    lexical = matches.complete(some, rows, most_entries=MAX_ENTRIES)
    lexical[snapshot.is_unasked_body[rows]] *= UNASKED_BODY_FACTOR
    scores = similarity + lexical
    if leave_out is not None:
        scores[np.isin(rows, leave_out)] = -np.inf
    codes = snapshot.passage_code[rows[starts]]
    if weights is None:
        model = snapshot.model_scores(codes, vector)
    else:
        model = article_scores(weights[codes], vector)
    share = np.where(snapshot.is_asked[snapshot.passage_article[rows[starts]]], BODY_SHARE, 1.0)
    found_articles = _by_article(
        snapshot.is_body[rows], rows, starts, similarity, lexical, scores, model, share
    )
    return replace(found_articles, coverage=covered)


def describe(
    ranking: Ranking, language: str | None, *, background: float, scope: float
) -> Features:
    """Features of a ranking that is not empty; see `Features` for the other two."""
    scores = ranking.scores
    return Features(
        score=float(scores[0]),
        similarity=float(ranking.similarity[0]),
        margin=float(scores[0] - scores[1]) if len(scores) > 1 else max(float(scores[0]), 0.0),
        background=background,
        scope=scope,
        coverage=ranking.coverage,
        share=float(ranking.share[0]),
        language=base_language(language) if language else "",
    )


def help_url(language: str, article_id: str) -> str:
    """Path of an article's help page."""
    return f"/help/{language}/{article_id}"


def _by_article(
    is_body: NDArray[np.bool_],
    rows: NDArray[np.int64],
    starts: NDArray[np.int64],
    similarity: Float64Array,
    lexical: Float64Array,
    scores: Float64Array,
    model: Float64Array,
    body_share: Float64Array,
) -> Ranking:
    if not len(starts):
        nothing = np.zeros(0)
        return Ranking(rows, nothing, nothing, nothing, nothing, nothing)
    asked = np.maximum.reduceat(np.where(is_body, 0.0, scores), starts)
    body = np.maximum.reduceat(np.where(is_body, scores, 0.0), starts)
    total = np.maximum(asked, 0.0) + body_share * np.maximum(body, 0.0) + MODEL_WEIGHT * model
    is_gone = np.maximum.reduceat(scores, starts) == -np.inf  # wholly left out
    total[is_gone] = -np.inf
    share = np.where(is_gone, 0.0, np.exp(model - model.max()))
    share /= max(float(share.sum()), 1e-12)
    order = np.argsort(-total, kind="stable")[:MAX_RANKED]
    order = order[total[order] > -np.inf]
    ends = np.append(starts[1:], len(rows))
    best = np.array([starts[i] + scores[starts[i] : ends[i]].argmax() for i in order], np.int64)
    return Ranking(
        rows[best],
        similarity[best],
        lexical[best],
        total[order],
        model[order],
        share[order],
    )


def _matches(
    snapshot: Snapshot, words: Sequence[str], view: DenseView, minimum_count: int
) -> tuple[Matches, float]:
    parts = snapshot.lexical
    matches = Matches(len(snapshot.passage_article))
    gates: dict[str, float] = {}
    for language in view.word_languages:
        covered = coverage(parts, words, language, minimum_count=minimum_count)
        gates[language] = covered
        if covered < MIN_COVERAGE:
            continue
        gate = covered * covered
        terms = QueryTerms.of(words, language)
        matches.add(gram_terms(parts, terms), GRAM_WEIGHT * gate)
        if shares_language(language, view.view.asked):
            matches.add(body_terms(parts, terms), BODY_WEIGHT * gate)
    asked = [gate for tag, gate in gates.items() if shares_language(tag, view.view.asked)]
    return matches, max(asked or gates.values(), default=0.0)


def _largest(scores: Float64Array, view: DenseView, n: int) -> NDArray[np.int64]:
    """Rows of a view with the largest scores above 0, at most `n`, not the best first."""
    inside = scores * view.mask
    most = float(inside.max(initial=0.0))
    rows = np.flatnonzero(inside > most / 2.0)
    if len(rows) < n:
        rows = np.flatnonzero(inside)
    if len(rows) > n:
        rows = rows[np.argpartition(inside[rows], -n)[-n:]]
    return rows


def _hit(snapshot: Snapshot, ranking: Ranking, place: int, probability: float) -> Hit:
    row = int(ranking.rows[place])
    key = snapshot.articles[snapshot.passage_article[row]]
    return Hit(
        article_id=key.article_id,
        language=key.language,
        title=key.title,
        similarity=float(ranking.similarity[place]),
        lexical=float(ranking.lexical[place]),
        score=float(ranking.scores[place]),
        probability=probability,
        passage=snapshot.passage_text(row),
        passage_kind=PASSAGE_KINDS[snapshot.passage_kind[row]],
        position=int(snapshot.passage_position[row]),
        url=help_url(key.language, key.article_id),
    )
