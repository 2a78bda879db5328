"""Draws training batches: which text should lie next to which.

Every batch is a function of (seed, step) alone, so that an interrupted training goes on with the
batches it would have seen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kb_index.training.corpus import Corpus
from kb_index.training.variants import Variants

IntArray = npt.NDArray[np.int64]

# Sources that repeat themselves or are far from support talk count less per unit.
SOURCE_WEIGHT = {"tatoeba_el": 0.35, "edgeai": 0.6, "ms_support": 0.6}
# Units whose English side asks something look like what visitors write.
QUESTION_WEIGHT = 1.5
_QUESTION = re.compile(
    r"\?\s*$|^(how|what|why|where|when|which|who|can|do|does|is|are|should)\b", re.IGNORECASE
)
# Chances that a text of a translation stands in another writing.
NOISY, LATIN = 0.12, 0.25
# Questions come in clusters of teacher's neighbours: they are each other's hard negatives.
CLUSTER = 8
N_NEIGHBOURS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """What a batch is made of; the rest is translations.

    Titles with bodies teach question to answer, intents teach paraphrase, questions teach the
    teacher's sense of what users ask. `labelled` is for the final stage.
    """

    answers: float = 0.08
    intents: float = 0.06
    questions: float = 0.22
    labelled: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Pairs of text numbers.

    Attributes:
        left: Text numbers, variants included.
        right: The same, partners of `left`.
        english: The pair's English text, or -1.
        group: Pairs of one group (unit, answer, intent, question) are not negatives.
    """

    left: IntArray
    right: IntArray
    english: IntArray
    group: IntArray


class _Groups:
    """Lists of text numbers in one array, for drawing many at once."""

    def __init__(self, groups: Sequence[Sequence[int]]) -> None:
        self.sizes = np.asarray([len(group) for group in groups], dtype=np.int64)
        self.starts = np.cumsum(self.sizes) - self.sizes
        self.flat = np.asarray([i for group in groups for i in group], dtype=np.int64)

    def one(self, picks: IntArray, random: np.random.Generator, *, skip: int = 0) -> IntArray:
        """Gives a random member of each picked group, none of its first `skip`."""
        places: IntArray = self.starts[picks] + random.integers(skip, self.sizes[picks])
        return np.asarray(self.flat[places])

    def two(self, picks: IntArray, random: np.random.Generator) -> tuple[IntArray, IntArray]:
        """Gives two different members of each picked group."""
        sizes = self.sizes[picks]
        first = random.integers(0, sizes)
        second = (first + random.integers(1, sizes)) % sizes
        return self.flat[self.starts[picks] + first], self.flat[self.starts[picks] + second]


class PairSampler:
    """Draws batches of pairs from a corpus."""

    def __init__(
        self,
        corpus: Corpus,
        variants: Variants,
        *,
        neighbours: IntArray,
        size: int,
        seed: int,
        shares: Shares,
        labelled: Sequence[Sequence[int]] = (),
    ) -> None:
        """Prepares the draws.

        Args:
            corpus: The texts and their groups.
            variants: Other writings of the texts.
            neighbours: Per question of `corpus.questions` the places of its nearest ones in that
                list, shape (n_questions, N_NEIGHBOURS), itself not among them.
            size: Pairs of a batch.
            seed: Together with the step it decides the batch.
            shares: What a batch is made of.
            labelled: Groups of same-intent texts for `shares.labelled`.
        """
        self._variants = variants
        self._size = size
        self._seed = seed
        self._shares = shares
        self._units = _Groups([[text for _, text in members] for _, members in corpus.units])
        self._first_is_english = np.asarray([m[0][0] == "en" for _, m in corpus.units])
        self._cumulative = np.cumsum([_unit_weight(corpus, unit) for unit in corpus.units])
        self._answers = _Groups([[t for pair in pairs for t in pair] for pairs in corpus.answers])
        self._answer_english = np.asarray(corpus.answer_english, dtype=np.int64)
        self._intents = _Groups(corpus.intents)
        self._labelled = _Groups(labelled)
        self._questions = np.asarray(corpus.questions, dtype=np.int64)
        self._neighbours = neighbours

    def draw(self, step: int) -> Batch:
        """Gives the batch of a step."""
        random = np.random.default_rng((self._seed, step))
        shares, size = self._shares, self._size
        parts = [
            self._draw_answers(int(size * shares.answers), random),
            self._draw_same(self._intents, int(size * shares.intents), random, space=2),
            self._draw_same(self._labelled, int(size * shares.labelled), random, space=3),
            self._draw_questions(int(size * shares.questions), random),
        ]
        parts.append(self._draw_units(size - sum(len(part[0]) for part in parts), random))
        left, right, english, group = (
            np.concatenate([part[k] for part in parts]) for k in range(4)
        )
        return Batch(left=left, right=right, english=english, group=group)

    def _draw_units(self, n: int, random: np.random.Generator) -> tuple[IntArray, ...]:
        units = self._units
        picks = np.searchsorted(self._cumulative, random.random(n) * self._cumulative[-1])
        first, second = units.two(picks, random)
        english = np.where(self._first_is_english[picks], units.flat[units.starts[picks]], -1)
        direct = (english >= 0) & (random.random(n) < 0.6)
        second = np.where(direct, english, second)
        first = np.where(direct, units.one(picks, random, skip=1), first)
        turned = random.random(n) < 0.5
        first, second = np.where(turned, second, first), np.where(turned, first, second)
        swap = self._variants.swap
        first = swap(first, random, noisy=NOISY, latin=LATIN)
        second = swap(second, random, noisy=NOISY / 4, latin=LATIN / 4)
        return first, second, english, picks * 4

    def _draw_answers(self, n: int, random: np.random.Generator) -> tuple[IntArray, ...]:
        answers = self._answers
        if not len(answers.sizes):
            return _NOTHING
        picks = random.integers(0, len(answers.sizes), n)
        places = [2 * random.integers(0, answers.sizes[picks] // 2) for _ in range(2)]
        title = answers.flat[answers.starts[picks] + places[0]]
        body = answers.flat[answers.starts[picks] + places[1] + 1]
        english = self._answer_english[picks]
        title = np.where((english >= 0) & (random.random(n) < 0.15), english, title)
        title = self._variants.swap(title, random, noisy=NOISY, latin=LATIN)
        return title, body, english, picks * 4 + 1

    def _draw_same(
        self, groups: _Groups, n: int, random: np.random.Generator, *, space: int
    ) -> tuple[IntArray, ...]:
        if not n or not len(groups.sizes):
            return _NOTHING
        picks = random.integers(0, len(groups.sizes), n)
        first, second = groups.two(picks, random)
        noisy = self._variants.swap(second, random, noisy=NOISY, latin=0)
        return first, noisy, first, picks * 4 + space

    def _draw_questions(self, n: int, random: np.random.Generator) -> tuple[IntArray, ...]:
        if not n or not len(self._questions):
            return _NOTHING
        seeds = random.integers(0, len(self._questions), -(-n // CLUSTER))
        members = np.hstack([seeds[:, None], self._neighbours[seeds, : CLUSTER - 1]]).ravel()
        # A question that is in two clusters counts once.
        members = np.unique(members)[:n] if len(members) > n else np.unique(members)
        left = self._questions[members]
        near = self._neighbours[members, random.integers(0, 3, len(members))]
        own = self._variants.noisy[left]
        noisy = (random.random(len(left)) < 0.5) & (own >= 0)
        right = np.where(noisy, own, self._questions[near])
        # The number of the question: no two pairs of a batch have the same.
        return left, right, left, -1 - left


_NOTHING: tuple[IntArray, ...] = (np.zeros(0, dtype=np.int64),) * 4


def _unit_weight(corpus: Corpus, unit: tuple[str, list[tuple[str, int]]]) -> float:
    source, members = unit
    weight = SOURCE_WEIGHT.get(source, 1.0) * min(len(members), 12) ** 0.7
    if members[0][0] == "en" and _QUESTION.search(corpus.texts[members[0][1]]):
        weight *= QUESTION_WEIGHT
    return float(weight)
