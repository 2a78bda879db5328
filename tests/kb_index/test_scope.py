"""What a knowledge base is asked, told from what nobody asks it."""

from __future__ import annotations

import numpy as np
import pytest

from kb_index.ports import FloatArray
from kb_index.scope import LEAST_TEXTS, MOST_TEXTS, fit_scope, is_foreign, scope_score

DIMENSION = 24


def cloud(centre: int, n: int, seed: int, *, spread: float = 0.25) -> FloatArray:
    """Unit vectors around one axis."""
    found = np.random.default_rng(seed).normal(scale=spread, size=(n, DIMENSION))
    found[:, centre] += 1.0
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found.astype(np.float32)


def test_new_questions_of_both_sides_are_told_apart() -> None:
    weights = fit_scope(cloud(0, 300, seed=1), cloud(1, 200, seed=2))
    inside = [scope_score(weights, vector) for vector in cloud(0, 50, seed=3)]
    outside = [scope_score(weights, vector) for vector in cloud(1, 50, seed=4)]
    assert min(inside) > max(outside)
    assert np.mean(inside) == pytest.approx(1.0, abs=0.3)
    assert np.mean(outside) == pytest.approx(-1.0, abs=0.3)


def test_both_sides_have_the_same_say_however_many_they_are() -> None:
    many, few = cloud(0, 2_000, seed=1), cloud(1, 40, seed=2)
    weights = fit_scope(many, few)
    half_way = (many.mean(axis=0) + few.mean(axis=0)) / 2
    assert abs(scope_score(weights, half_way)) < 0.2


@pytest.mark.parametrize(("n_inside", "n_outside"), [(LEAST_TEXTS - 1, 100), (100, 0), (0, 0)])
def test_from_too_little_nothing_is_learned(n_inside: int, n_outside: int) -> None:
    weights = fit_scope(cloud(0, n_inside, seed=1), cloud(1, n_outside, seed=2))
    assert weights.shape == (DIMENSION + 1,)
    assert not weights.any()


def test_the_same_texts_give_the_same_weights_and_more_than_enough_are_sampled() -> None:
    inside, outside = cloud(0, MOST_TEXTS + 10, seed=1), cloud(1, 100, seed=2)
    first, second = fit_scope(inside, outside), fit_scope(inside, outside)
    assert np.array_equal(first, second)
    assert first.dtype == np.float32


def test_pool_questions_that_are_answered_here_are_not_foreign() -> None:
    inside = np.concatenate([cloud(0, 60, seed=1), cloud(1, 60, seed=2)])
    articles = np.repeat([0, 1], 60)
    like_an_article, strange = cloud(1, 30, seed=3, spread=0.05), cloud(5, 30, seed=4)
    foreign = is_foreign(inside, articles, np.concatenate([like_an_article, strange]))
    assert not foreign[:30].any()
    assert foreign[30:].all()


def test_without_sisters_or_texts_the_whole_pool_is_foreign() -> None:
    pool = cloud(5, 10, seed=1)
    one_each = cloud(0, 40, seed=2)
    assert is_foreign(one_each, np.arange(40), pool).all()
    assert is_foreign(cloud(0, 3, seed=3), np.zeros(3, np.int64), pool).all()
    assert len(is_foreign(one_each, np.arange(40), pool[:0])) == 0
    twins = np.repeat(cloud(0, 20, seed=4), 2, axis=0)
    assert is_foreign(twins, np.repeat(np.arange(20), 2), pool).all()
