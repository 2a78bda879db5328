"""Draws training batches: which text should lie next to which.

Every batch is a function of (seed, step) alone, so that an interrupted training goes on with the
batches it would have seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kb_index.training.corpus import Corpus

IntArray = npt.NDArray[np.int64]

# Shares of a batch. Titles with bodies teach question to answer, intents teach paraphrase.
TRANSLATIONS, ANSWERS = 0.80, 0.10
# Sources that repeat themselves or are far from support talk count less per unit.
SOURCE_WEIGHT = {"tatoeba_el": 0.35, "edgeai": 0.6, "ms_support": 0.6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Pairs of text numbers; `english` is the pair's English text or -1."""

    left: IntArray
    right: IntArray
    english: IntArray


class PairSampler:
    """Draws batches of pairs from a corpus."""

    def __init__(self, corpus: Corpus, *, size: int, seed: int) -> None:
        self._corpus = corpus
        self._size = size
        self._seed = seed
        weights = np.asarray(
            [
                SOURCE_WEIGHT.get(source, 1.0) * min(len(members), 12) ** 0.7
                for source, members in corpus.units
            ]
        )
        self._cumulative = np.cumsum(weights / weights.sum())

    def draw(self, step: int) -> Batch:
        """Gives the batch of a step."""
        random = np.random.default_rng((self._seed, step))
        rows: list[tuple[int, int, int]] = []
        n_units = int(self._size * TRANSLATIONS)
        n_answers = min(int(self._size * ANSWERS), len(self._corpus.answers))
        picks = np.searchsorted(self._cumulative, random.random(n_units))
        for pick in np.minimum(picks, len(self._corpus.units) - 1):
            rows.append(self._translation(int(pick), random))
        for pick in random.choice(len(self._corpus.answers), n_answers, replace=False):
            rows.append(self._answer(int(pick), random))
        n_intents = min(self._size - len(rows), len(self._corpus.intents))
        for pick in random.choice(len(self._corpus.intents), n_intents, replace=False):
            group = self._corpus.intents[int(pick)]
            first, second = random.choice(len(group), 2, replace=False)
            rows.append((group[first], group[second], group[first]))
        left, right, english = np.asarray(rows, dtype=np.int64).T
        return Batch(left=left, right=right, english=english)

    def _translation(self, pick: int, random: np.random.Generator) -> tuple[int, int, int]:
        members = self._corpus.units[pick][1]
        english = members[0][1] if members[0][0] == "en" else -1
        if english >= 0 and random.random() < 0.6:
            first, second = members[1 + int(random.integers(len(members) - 1))][1], english
        else:
            a, b = random.choice(len(members), 2, replace=False)
            first, second = members[a][1], members[b][1]
        if random.random() < 0.5:
            first, second = second, first
        return first, second, english

    def _answer(self, pick: int, random: np.random.Generator) -> tuple[int, int, int]:
        pairs = self._corpus.answers[pick]
        english = self._corpus.answer_english[pick]
        title = pairs[int(random.integers(len(pairs)))][0]
        if english >= 0 and random.random() < 0.15:
            title = english
        return title, pairs[int(random.integers(len(pairs)))][1], english
