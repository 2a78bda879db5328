"""One weight vector that tells what a knowledge base is asked from what nobody asks it.

The nearest off-topic questions are few and each language has its own; a linear rule learned from
all phrasings against the whole pool generalises to off-topic questions that the pool does not hold.
Ridge regression on +1 and -1 with equal weight for both sides: a closed form, a tenth of a second
for ten thousand phrasings, and as good here as logistic regression.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kb_index.ports import FloatArray

RIDGE: Final = 0.01
LEAST_TEXTS: Final = 20
"""With fewer phrasings, or fewer questions outside, nothing is learned: all weights are zero."""
MOST_TEXTS: Final = 20_000
SAMPLE: Final = 2_000
"""Phrasings that are compared with the pool to find what the knowledge base answers after all."""


def fit_scope(inside: FloatArray, outside: FloatArray) -> FloatArray:
    """Learns the weights; deterministic.

    Args:
        inside: Unit vectors of titles and questions, shape (n, d).
        outside: Unit vectors of off-topic questions, shape (m, d).

    Returns:
        Shape (d + 1,), float32; the last number is added to the product, which is about 1 for what
        is asked here and -1 for what is not.
    """
    n_dimensions = inside.shape[1]
    if min(len(inside), len(outside)) < LEAST_TEXTS:
        return np.zeros(n_dimensions + 1, np.float32)
    inside = _even(inside, MOST_TEXTS)
    gram = np.zeros((n_dimensions + 1, n_dimensions + 1))
    target = np.zeros(n_dimensions + 1)
    for texts, label in ((inside, 1.0), (outside, -1.0)):
        joined = np.hstack([texts, np.ones((len(texts), 1), np.float32)])
        gram += (joined.T @ joined).astype(np.float64) / (2 * len(texts))
        target += label * joined.sum(axis=0, dtype=np.float64) / (2 * len(texts))
    penalty = np.full(n_dimensions + 1, RIDGE / 10)
    penalty[-1] = 1e-6  # where the border lies is not to be pulled to zero
    gram[np.diag_indices_from(gram)] += penalty
    return np.asarray(np.linalg.solve(gram, target), np.float32)


def scope_score(weights: FloatArray, vector: FloatArray) -> float:
    """Gives how much a question sounds like those that are asked here, about -1 to 1."""
    return float(weights[:-1] @ vector + weights[-1])


def is_foreign(
    inside: FloatArray, articles: NDArray[np.int64], pool: FloatArray
) -> NDArray[np.bool_]:
    """Tells which questions of the off-topic pool this knowledge base does not answer.

    A bank's knowledge base answers questions about mortgages, whatever the pool says. A pool
    question counts as answered when it is nearer to a phrasing than the middle one of the
    phrasings is to its nearest sister.

    Args:
        inside: Unit vectors of titles and questions, shape (n, d).
        articles: The article of each, shape (n,).
        pool: Unit vectors, shape (m, d).
    """
    chosen = np.unique(np.linspace(0, len(inside) - 1, min(len(inside), SAMPLE)).astype(int))
    if len(chosen) < LEAST_TEXTS or not len(pool):
        return np.ones(len(pool), bool)
    texts, own = inside[chosen], articles[chosen]
    alike = texts @ texts.T
    alike[own[:, None] != own[None, :]] = -1.0
    # Equal texts in several places are no sisters.
    alike[alike > 1.0 - 1e-4] = -1.0
    nearest = alike.max(axis=1)
    usual = float(np.median(nearest[nearest > -1.0])) if (nearest > -1.0).any() else 1.0
    foreign: NDArray[np.bool_] = (pool @ texts.T).max(axis=1) < usual
    return foreign


def _even(vectors: FloatArray, most: int) -> FloatArray:
    if len(vectors) <= most:
        return vectors
    return np.asarray(vectors[np.linspace(0, len(vectors) - 1, most).astype(int)])
