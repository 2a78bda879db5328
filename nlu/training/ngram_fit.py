"""Fits the n-gram weights: naive Bayes first, then gradient descent on short cuts of sentences.

Naive Bayes alone treats each n-gram as if it stood by itself; the descent takes back what several
n-grams say twice, which is what tells Danish from Norwegian. Torch is needed for training only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nlu.ngram_language import POWER, TYPICAL_GRAMS, word_rows

FloatTable = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

_MAX_WORDS, _WORDS_OF_A_WHOLE, _MOST_SHORT_WORDS = 30, 15, 4
# An n-gram never seen in a language is as likely as one sighting.
_UNSEEN = 1.0
# Weight of a naive Bayes log probability: n-grams overlap, so each says less than it seems to.
_BAYES_WEIGHT = 0.06
_ACCUMULATED_AT_FIRST = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSettings:
    """How to fit.

    Attributes:
        n_rows: Rows of the table; n-grams that fall on the same row share a weight.
        epochs: Passes over as many short cuts as there are sentences.
        step: Length of the first gradient step (Adagrad); falls to zero in a line.
        short_share: Share of the examples that are cut to one to four words.
        batch: Examples per step.
    """

    n_rows: int = 1 << 17
    epochs: float = 4.0
    step: float = 0.15
    short_share: float = 0.6
    batch: int = 1024
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """Sentences as numbers: a sentence is word numbers, a word is table rows.

    Attributes:
        words_of: Word numbers by sentence.
        class_of: Class by sentence, shape (sentences,).
        rows: Table rows of all words, one after the other.
        starts: Where each word's rows begin, shape (words,).
        sizes: Number of each word's rows, shape (words,).
    """

    classes: tuple[str, ...]
    words_of: Sequence[IntArray]
    class_of: IntArray
    rows: IntArray
    starts: IntArray
    sizes: IntArray

    @classmethod
    def of(cls, sentences: Mapping[str, Sequence[str]], *, n_rows: int) -> Sentences:
        """Numbers the words of cleaned sentences, which are given by class."""
        classes = tuple(sorted(sentences))
        number_of: dict[str, int] = {}
        words_of = [
            np.asarray(
                [number_of.setdefault(word, len(number_of)) for word in text.split()[:_MAX_WORDS]],
                dtype=np.int64,
            )
            for name in classes
            for text in sentences[name]
        ]
        lengths = [len(sentences[name]) for name in classes]
        rows = [word_rows(word, n_rows=n_rows) for word in number_of]
        sizes = np.asarray([len(part) for part in rows], dtype=np.int64)
        return cls(
            classes=classes,
            words_of=words_of,
            class_of=np.repeat(np.arange(len(classes)), lengths),
            rows=np.concatenate([np.asarray(part, dtype=np.int64) for part in rows]),
            starts=np.cumsum(sizes) - sizes,
            sizes=sizes,
        )

    def gather(self, texts: Sequence[IntArray]) -> tuple[IntArray, IntArray]:
        """Gives the table rows of texts (word numbers), one after the other, and their numbers."""
        words = np.concatenate(texts)
        sizes = self.sizes[words]
        ends = np.cumsum(sizes)
        places = np.arange(ends[-1]) + np.repeat(self.starts[words] - (ends - sizes), sizes)
        first_words = np.cumsum([0, *(len(text) for text in texts[:-1])])
        return self.rows[places], np.add.reduceat(sizes, first_words)


def fit(
    sentences: Sentences, settings: FitSettings, *, report: Callable[[str], object]
) -> FloatTable:
    """Gives the weights, shape (rows, classes), float32.

    Args:
        sentences: What to learn from.
        settings: How.
        report: Takes a line about the progress after each pass.
    """
    import torch  # only training needs it, and it takes a second to load

    torch.set_num_threads(1)  # sums in another order would give another model
    generator = np.random.default_rng(settings.seed)
    weights = torch.nn.EmbeddingBag(
        settings.n_rows, len(sentences.classes), mode="sum", sparse=True
    )
    weights.weight.data = torch.from_numpy(naive_bayes(sentences, settings, generator))
    optimiser = torch.optim.Adagrad(
        weights.parameters(), lr=settings.step, initial_accumulator_value=_ACCUMULATED_AT_FIRST
    )
    sizes_of = np.bincount(sentences.class_of, minlength=len(sentences.classes))
    firsts_of = np.cumsum(sizes_of) - sizes_of  # sentences of a class stand together
    per_epoch = max(1, len(sentences.words_of) // settings.batch)
    n_steps = max(1, int(settings.epochs * per_epoch))
    loss_sum = 0.0
    for done in range(n_steps):
        optimiser.param_groups[0]["lr"] = settings.step * (1.0 - done / n_steps)
        drawn = generator.integers(len(sizes_of), size=settings.batch)
        places = firsts_of[drawn] + (generator.random(settings.batch) * sizes_of[drawn]).astype(int)
        texts = _cut([sentences.words_of[place] for place in places.tolist()], settings, generator)
        rows, sizes = sentences.gather(texts)
        strength = np.repeat((sizes / TYPICAL_GRAMS) ** -POWER, sizes).astype(np.float32)
        optimiser.zero_grad()
        scores = weights(
            torch.from_numpy(rows),
            torch.from_numpy(np.cumsum(sizes) - sizes),
            per_sample_weights=torch.from_numpy(strength),
        )
        loss = torch.nn.functional.cross_entropy(scores, torch.from_numpy(drawn))
        loss.backward()
        optimiser.step()
        loss_sum += float(loss.item())
        if (done + 1) % per_epoch == 0:
            report(f"pass {(done + 1) // per_epoch}: loss {loss_sum / per_epoch:.4f}")
            loss_sum = 0.0
    return np.asarray(weights.weight.detach().numpy(), dtype=np.float32)


def naive_bayes(
    sentences: Sentences, settings: FitSettings, generator: np.random.Generator
) -> FloatTable:
    """Gives weighted, centred log probabilities of the n-grams, shape (rows, classes)."""
    counts = np.zeros((settings.n_rows, len(sentences.classes)), dtype=np.float32)
    for k in range(len(sentences.classes)):
        whole = [sentences.words_of[i] for i in np.flatnonzero(sentences.class_of == k).tolist()]
        short = _cut(whole, settings, generator)
        rows, _ = sentences.gather([*whole, *short])
        counts[:, k] = np.bincount(rows, minlength=settings.n_rows)
    log = np.log((counts + _UNSEEN) / counts.sum(axis=0))
    centred = log - log.mean(axis=1, keepdims=True)
    return np.asarray(centred * _BAYES_WEIGHT, dtype=np.float32)


def quantise(weights: FloatTable) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Gives the weights as int8, shape (rows, classes), and each class's step."""
    steps = np.abs(weights).max(axis=0) / 127.0
    # The rarest extremes would make the steps coarse: they are cut off.
    steps = np.minimum(steps, np.float32(np.quantile(np.abs(weights), 0.9999) / 127.0))
    table: Any = np.clip(np.round(weights / steps), -127, 127).astype(np.int8)
    return table, steps.astype(np.float32)


def _cut(
    texts: Sequence[IntArray], settings: FitSettings, generator: np.random.Generator
) -> list[IntArray]:
    """Cuts some of the texts to one to four words from anywhere, the others to their beginning."""
    chances = generator.random((len(texts), 3)).tolist()
    cut: list[IntArray] = []
    for words, (kept, long, place) in zip(texts, chances, strict=True):
        if len(words) <= 1 or kept >= settings.short_share:
            cut.append(words[:_WORDS_OF_A_WHOLE])
            continue
        length = 1 + int(long * _MOST_SHORT_WORDS)
        start = int(place * max(1, len(words) - length + 1))
        cut.append(words[start : start + length])
    return cut
