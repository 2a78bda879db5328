"""Texts as bags of words, words as bags of table rows, and their vectors forth and back.

A batch's words are few and repeat: each is summed once, then the texts over their words. Only
rows that a batch touches get a gradient. The chain is linear up to the unit length, so that its
gradient is written down instead of recorded.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as functional
from scipy.sparse import csr_matrix

from kb_index.pieces import fold, ngram_rows, split_words
from kb_index.unigram import UnigramPieces

IntArray = npt.NDArray[np.int64]
# Words of a text that are trained on: enough to tell what it is about.
TRAINED_WORDS = 96
_BLOCK = 8_192


@dataclass(frozen=True, slots=True)
class Ragged:
    """Lists of numbers in one array: list i is `values[offsets[i]:offsets[i + 1]]`."""

    values: npt.NDArray[np.int32]
    offsets: IntArray

    def take(self, numbers: npt.NDArray[np.integer[Any]]) -> tuple[npt.NDArray[np.int32], IntArray]:
        """Gives the chosen lists' values in one array, and their lengths."""
        starts = self.offsets[numbers]
        lengths = self.offsets[numbers + 1] - starts
        shift = np.cumsum(lengths) - lengths
        places = np.arange(int(lengths.sum())) + np.repeat(starts - shift, lengths)
        return self.values[places], lengths


@dataclass(frozen=True, slots=True)
class Bags:
    """Words of all texts and, per view (sub-words, n-grams), the rows of all words."""

    words: Ragged
    views: tuple[Ragged, ...]


def bags_of(texts: Sequence[str], tokenizer: UnigramPieces, *, n_ngram_rows: int) -> Bags:
    """Cuts texts into words, and distinct folded words into the rows of both tables."""
    numbers: dict[str, int] = {}
    flat = array("i")
    lengths = np.zeros(len(texts), dtype=np.int64)
    for i, text in enumerate(texts):
        found = split_words(text)[:TRAINED_WORDS]
        flat.extend([numbers.setdefault(word, len(numbers)) for word in found])
        lengths[i] = len(found)
    folded: dict[str, int] = {}
    to_folded = np.fromiter(
        (folded.setdefault(fold(word), len(folded)) for word in numbers), dtype=np.int32
    )
    words = Ragged(to_folded[np.asarray(flat, dtype=np.int32)], _offsets(lengths))
    distinct = list(folded)
    parts: tuple[list[tuple[IntArray, IntArray]], ...] = ([], [])
    for start in range(0, len(distinct), _BLOCK):
        block = distinct[start : start + _BLOCK]
        parts[0].append(tokenizer.rows(block))
        parts[1].append(ngram_rows(block, n_rows=n_ngram_rows))
    views = tuple(
        Ragged(
            np.concatenate([rows for rows, _ in part]).astype(np.int32),
            _offsets(np.concatenate([sizes for _, sizes in part])),
        )
        for part in parts
    )
    return Bags(words=words, views=views)


def _offsets(lengths: IntArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


class BatchBags:
    """One view of one batch's texts: vectors from table rows, and gradients back to them.

    Attributes:
        touched: The table rows that the batch reads, ascending.
    """

    def __init__(
        self,
        bags: Bags,
        view: int,
        numbers: IntArray,
        *,
        dropped: float,
        random: np.random.Generator,
    ) -> None:
        """Gathers the words of the chosen texts; each word is left out with chance `dropped`."""
        words, lengths = bags.words.take(numbers)
        if dropped:
            kept = random.random(len(words)) >= dropped
            owner = np.repeat(np.arange(len(numbers)), lengths)
            words, lengths = words[kept], np.bincount(owner[kept], minlength=len(numbers))
        distinct, inverse = np.unique(words, return_inverse=True)
        rows, sizes = bags.views[view].take(distinct)
        place = np.zeros(int(rows.max(initial=0)) + 1, dtype=np.int64)
        place[rows] = 1
        touched = np.flatnonzero(place)
        place[touched] = np.arange(len(touched))
        self.touched = torch.from_numpy(touched)
        self._texts = _Incidence(inverse, lengths, n_columns=len(distinct))
        self._words = _Incidence(place[rows], sizes, n_columns=len(touched))

    def sums(self, rows: torch.Tensor) -> torch.Tensor:
        """Gives the texts' sums, shape (n_texts, dimension), of the touched rows' vectors."""
        return self._texts.sums(self._words.sums(rows))

    def gradient(self, of_sums: torch.Tensor) -> torch.Tensor:
        """Gives the gradient of the touched rows from that of the texts' sums."""
        return self._words.transposed(self._texts.transposed(of_sums))


class _Incidence:
    """A sparse matrix of counts; products by `embedding_bag`, which uses all cores."""

    def __init__(self, columns: IntArray, lengths: IntArray, *, n_columns: int) -> None:
        offsets = _offsets(lengths)
        self._forth = (torch.from_numpy(columns.astype(np.int64)), torch.from_numpy(offsets[:-1]))
        ones = np.ones(len(columns), dtype=np.int8)
        matrix = csr_matrix(
            (ones, columns.astype(np.int32), offsets.astype(np.int32)),
            shape=(len(lengths), n_columns),
        ).tocsc()
        self._back = (
            torch.from_numpy(matrix.indices.astype(np.int64)),
            torch.from_numpy(matrix.indptr[:-1].astype(np.int64)),
        )

    def sums(self, vectors: torch.Tensor) -> torch.Tensor:
        return functional.embedding_bag(self._forth[0], vectors, self._forth[1], mode="sum")

    def transposed(self, vectors: torch.Tensor) -> torch.Tensor:
        return functional.embedding_bag(self._back[0], vectors, self._back[1], mode="sum")
