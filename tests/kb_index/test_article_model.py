"""The weights that tell articles apart."""

from __future__ import annotations

import numpy as np
import pytest

from kb_index.article_model import article_scores, fit_article_weights
from kb_index.ports import FloatArray

N_ARTICLES, N_EACH, DIMENSION = 6, 5, 16


def phrasings(seed: int = 0) -> tuple[FloatArray, np.ndarray]:
    """Unit vectors around one direction per article."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(42).normal(size=(N_ARTICLES, DIMENSION))
    codes = np.repeat(np.arange(N_ARTICLES), N_EACH)
    vectors = centres[codes] + 0.8 * random.normal(size=(len(codes), DIMENSION))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), codes


def share_right(weights: FloatArray, vectors: FloatArray, codes: np.ndarray) -> float:
    found = [int(article_scores(weights, vector).argmax()) for vector in vectors]
    return float(np.mean(np.array(found) == codes))


@pytest.mark.parametrize("max_product", [10_000, 0])
def test_new_phrasings_score_highest_at_their_article(max_product: int) -> None:
    weights = fit_article_weights(*phrasings(), N_ARTICLES, max_product=max_product)

    assert weights.shape == (N_ARTICLES, DIMENSION + 1)
    assert weights.dtype == np.float32
    assert share_right(weights, *phrasings(seed=1)) >= 0.9


@pytest.mark.parametrize("max_product", [10_000, 0])
def test_own_scores_have_one_magnitude_whatever_the_method(max_product: int) -> None:
    vectors, codes = phrasings()

    weights = fit_article_weights(vectors, codes, N_ARTICLES, max_product=max_product)

    own = [article_scores(weights, v)[code] for v, code in zip(vectors, codes, strict=True)]
    assert 2.0 < np.mean(own) < 6.0


def test_the_fit_is_deterministic() -> None:
    one, two = (fit_article_weights(*phrasings(), N_ARTICLES) for _ in range(2))

    assert (one == two).all()


def test_articles_without_a_phrasing_score_nothing() -> None:
    vectors, codes = phrasings()

    weights = fit_article_weights(vectors, codes + 1, N_ARTICLES + 1)

    assert not weights[0].any()
    assert weights[1:].any(axis=1).all()


def test_a_single_article_has_nobody_to_be_told_from() -> None:
    vectors, codes = phrasings()

    assert not fit_article_weights(vectors, codes * 0, 1).any()
    assert not fit_article_weights(vectors[:0], codes[:0], 3).any()


def test_going_on_from_earlier_weights_needs_fewer_steps() -> None:
    vectors, codes = phrasings()
    full = fit_article_weights(vectors, codes, N_ARTICLES)

    cold = fit_article_weights(vectors, codes, N_ARTICLES, max_steps=1)
    warm = fit_article_weights(vectors, codes, N_ARTICLES, start=full, max_steps=1)

    assert np.abs(warm - full).max() < np.abs(cold - full).max() / 10


def test_equal_phrasings_of_two_articles_share_the_score() -> None:
    vectors, codes = phrasings()
    vectors = np.vstack([vectors, vectors[:N_EACH]])
    codes = np.append(codes, np.full(N_EACH, N_ARTICLES))

    weights = fit_article_weights(vectors, codes, N_ARTICLES + 1)

    scores = article_scores(weights, vectors[0])
    # Where the search for the weights stops depends on the processor's arithmetic, a little.
    assert scores[0] == pytest.approx(scores[N_ARTICLES], rel=0.01)
