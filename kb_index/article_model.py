"""One weight vector per article, learned from what tells its phrasings from all others'.

The nearest phrasing alone is a noisy judge: it forgets the other phrasings of the article and that
"card" says nothing in a knowledge base about cards. Multinomial logistic regression on the vectors
of all titles and questions learns both, in well under a second for hundreds of articles, and serves
all languages because translations lie near each other. `python -m tests.quality.confidence`
measures what it brings.

Where there are too many articles and phrasings for that, the closed form of linear discriminant
analysis with a strongly shrunken covariance takes its place (Hastie, Tibshirani, Friedman: The
Elements of Statistical Learning, 4.3).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kb_index.ports import FloatArray

STRENGTH = 10.0
"""Inverse of the quadratic penalty on the weights, per phrasing."""
MAX_PRODUCT = 3_000_000
"""Most phrasings times articles for logistic regression: about two seconds of one core."""
MAX_STEPS = 40
STEP_MEMORY = 8
RELATIVE_GAIN = 1e-5
SHRINKAGE = 3.0
"""Weight of the mean variance beside the covariance within articles, for discriminants."""
MEAN_OWN_SCORE = 4.0
"""To what the discriminants are scaled: the mean own score that regression gives to five
phrasings an article."""

IntArray = NDArray[np.int64]


def fit_article_weights(
    vectors: FloatArray,
    codes: IntArray,
    n_articles: int,
    *,
    start: FloatArray | None = None,
    max_steps: int = MAX_STEPS,
    max_product: int = MAX_PRODUCT,
) -> FloatArray:
    """Learns the weights; deterministic.

    Args:
        vectors: Unit vectors of titles and questions, shape (n, d).
        codes: Article of each, from 0 to n_articles - 1, shape (n,).
        n_articles: Articles without a phrasing keep zeros.
        start: Earlier weights to go on from, shape (n_articles, d + 1).
        max_steps: Most steps of the optimiser.
        max_product: Above this many phrasings times articles discriminants are used.

    Returns:
        Shape (n_articles, d + 1), float32; the last column is added to the product.
    """
    weights = np.zeros((n_articles, vectors.shape[1] + 1), np.float32)
    present, labels = np.unique(codes, return_inverse=True)
    if len(present) < 2:
        return weights
    own = np.asarray(vectors, np.float32)
    if len(codes) * len(present) > max_product:
        weights[present] = _discriminants(own, labels, len(present))
    else:
        first = None if start is None else start[present, :-1]
        weights[present, :-1] = _regression(own, labels, len(present), first, max_steps)
    return weights


def article_scores(weights: FloatArray, vector: FloatArray) -> NDArray[np.float64]:
    """Scores of some articles for one question: about 0 for a foreign one, 3 to 8 for the right.

    Args:
        weights: Rows of `fit_article_weights`, shape (n, d + 1).
        vector: Unit vector, shape (d,).
    """
    scores: NDArray[np.float64] = (weights[:, :-1] @ vector + weights[:, -1]).astype(np.float64)
    return scores


def _regression(
    vectors: FloatArray, labels: IntArray, n_labels: int, start: FloatArray | None, max_steps: int
) -> FloatArray:
    # Loaded late: only building needs it, and it takes a second and 30 MB.
    from scipy.optimize import minimize

    shape = (n_labels, vectors.shape[1])
    rows = np.arange(len(labels))

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(shape).astype(np.float32)
        logits = vectors @ weights.T
        logits -= logits.max(axis=1, keepdims=True)
        own = logits[rows, labels].astype(np.float64)
        shares = np.exp(logits)
        totals = shares.sum(axis=1, keepdims=True)
        value = STRENGTH * float((np.log(totals[:, 0], dtype=np.float64) - own).sum())
        shares /= totals
        shares[rows, labels] -= 1.0
        gradient = STRENGTH * (shares.T @ vectors) + weights
        return value + 0.5 * float(flat @ flat), gradient.ravel().astype(np.float64)

    found = minimize(
        loss,
        np.zeros(shape).ravel() if start is None else start.ravel().astype(np.float64),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": max_steps, "maxcor": STEP_MEMORY, "ftol": RELATIVE_GAIN},
    )
    return np.asarray(found.x, np.float32).reshape(shape)


def _discriminants(vectors: FloatArray, labels: IntArray, n_labels: int) -> FloatArray:
    order = np.argsort(labels, kind="stable")
    counts = np.bincount(labels, minlength=n_labels)
    starts = np.cumsum(counts) - counts
    means = np.add.reduceat(vectors[order], starts, axis=0) / counts[:, None]
    centre = means.mean(axis=0)
    within = vectors - means[labels]
    n_free = max(len(labels) - n_labels, 1)
    covariance = (within.T @ within).astype(np.float64) / n_free
    variance = float(((vectors - centre) ** 2).sum(axis=1).mean()) / vectors.shape[1]
    covariance[np.diag_indices_from(covariance)] += SHRINKAGE * variance
    weights = np.linalg.solve(covariance, (means - centre).T.astype(np.float64)).T
    bias = -0.5 * (weights * (means + centre)).sum(axis=1)
    own = float(((weights[labels] * vectors).sum(axis=1) + bias[labels]).mean())
    joined = np.hstack([weights, bias[:, None]]) * (MEAN_OWN_SCORE / max(own, 1e-6))
    return joined.astype(np.float32)
