"""Cuts folded words into sub-words by a unigram model, many words at once.

Gives what `tokenizers` gives for the same `tokenizer.json` and word (a test compares them), in a
fifth of its memory: pieces are found by the hash of their letters, the best cut by dynamic
programming over letter positions, for all words of a block in step.
Source: Kudo 2018, "Subword Regularization", section 3.2 (Viterbi segmentation).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from kb_index.pieces import HashArray, IntArray, code_points, is_word, powers, string_hashes

SPACE_MARK: Final = "\u2581"
# As in tokenizers: an unknown character costs ten more than the least likely piece.
_UNKNOWN_PENALTY: Final = 10.0
# Cells (words times letters) of one block: bounds its memory to a few MB.
_BLOCK_CELLS: Final = 16_384


class UnigramPieces:
    """The vocabulary with its log probabilities."""

    def __init__(self, path: Path) -> None:
        """Reads a `tokenizer.json` with a Unigram model, Metaspace and Punctuation.

        Raises:
            ValueError: If it holds another kind of tokenizer.
            OSError: If it cannot be read.
        """
        stored = json.loads(path.read_text(encoding="utf-8"))
        model = stored["model"]
        steps = [part["type"] for part in stored["pre_tokenizer"]["pretokenizers"]]
        if model["type"] != "Unigram" or steps != ["Metaspace", "Punctuation"]:
            raise ValueError("not a unigram tokenizer with Metaspace and Punctuation")
        pieces = [piece for piece, _ in model["vocab"]]
        scores = np.asarray([score for _, score in model["vocab"]], dtype=np.float64)
        self._unknown: int = model["unk_id"]
        self._unknown_score = float(scores.min()) - _UNKNOWN_PENALTY
        self._longest = max(map(len, pieces))
        self._powers = powers(self._longest)
        known = np.flatnonzero(np.arange(len(pieces)) != self._unknown)
        keys = string_hashes([pieces[i] for i in known])
        order = np.argsort(keys)
        self._keys: HashArray = keys[order]
        self._rows: npt.NDArray[np.int32] = known[order].astype(np.int32)
        self._scores = scores[self._rows]
        if len(np.unique(self._keys)) != len(self._keys):
            raise ValueError("two pieces of the vocabulary have one hash")

    @staticmethod
    def vocabulary(path: Path) -> list[str]:
        """Gives the pieces of a `tokenizer.json` in the order of their numbers."""
        return [
            piece for piece, _ in json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
        ]

    def rows(self, words: Sequence[str]) -> tuple[IntArray, IntArray]:
        """Gives the numbers of folded words' pieces.

        Returns:
            All words' piece numbers in one array, in order, and how many each word has.
        """
        marked = [SPACE_MARK + word if is_word(word) else word for word in words]
        sizes = np.fromiter(map(len, marked), dtype=np.int64, count=len(marked))
        order = np.argsort(sizes, kind="stable")
        order = order[sizes[order] > 0]
        owners: list[IntArray] = []
        rows: list[IntArray] = []
        start = 0
        while start < len(order):
            # Neighbours in length share a block: at most twice the shortest, little padding.
            widest = int(np.searchsorted(sizes[order], 2 * sizes[order[start]], side="right"))
            room = start + max(1, _BLOCK_CELLS // int(2 * sizes[order[start]]))
            block = order[start : min(widest, room)]
            owner, row = self._cut([marked[i] for i in block])
            owners.append(block[owner])
            rows.append(row)
            start += len(block)
        owner = np.concatenate([np.zeros(0, dtype=np.int64), *owners])
        row = np.concatenate([np.zeros(0, dtype=np.int64), *rows])
        return row[np.argsort(owner, kind="stable")], np.bincount(owner, minlength=len(words))

    def _cut(self, words: list[str]) -> tuple[IntArray, IntArray]:
        """Gives the most likely pieces of words, as (word, row) arrays in reading order."""
        codes, lengths = code_points(words)
        scores, pieces = self._windows(codes, lengths)
        n_words, width, longest = scores.shape
        every = np.arange(n_words)
        # Column longest - 1 + p holds the best score of the first p letters.
        best = np.full((n_words, longest + width), -np.inf)
        best[:, longest - 1] = 0
        chosen = np.zeros((n_words, width), dtype=np.int64)
        for letter in range(width):
            # The first of equals is the longest piece, as in the reference.
            candidates = best[:, letter : letter + longest] + scores[:, letter]
            chosen[:, letter] = candidates.argmax(axis=1)
            best[:, longest + letter] = candidates[every, chosen[:, letter]]
        places, owners, rows = lengths.copy(), [], []
        while True:
            going = np.flatnonzero(places > 0)
            if not len(going):
                break
            stop = places[going] - 1
            which = chosen[going, stop]
            owners.append(going)
            rows.append(pieces[going, stop, which].astype(np.int64))
            places[going] = stop - (longest - 1 - which)
        owner, row = np.concatenate(owners[::-1]), np.concatenate(rows[::-1])
        order = np.argsort(owner, kind="stable")
        owner, row = owner[order], row[order]
        # Neighbouring unknown characters are one piece.
        repeated = (row[1:] == self._unknown) & (row[:-1] == self._unknown)
        kept = np.concatenate([[True], ~(repeated & (owner[1:] == owner[:-1]))])
        return owner[kept], row[kept]

    def _windows(
        self, codes: HashArray, lengths: IntArray
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int32]]:
        """Gives score and row of the piece that ends at a letter and has longest - k letters.

        Returns:
            Two arrays of shape (n_words, width, longest); -inf where there is no such piece.
        """
        n_words, width, longest = len(lengths), int(lengths.max()), self._longest
        letters = np.zeros((n_words, width), dtype=np.uint64)
        inside = np.arange(width) < lengths[:, None]
        letters[inside] = codes
        scores = np.full((n_words, width, longest), -np.inf)
        pieces = np.full((n_words, width, longest), self._unknown, dtype=np.int32)
        scores[:, :, longest - 1] = self._unknown_score
        hashes = np.zeros_like(letters)
        for size in range(1, min(longest, width) + 1):
            starts = width - size + 1
            hashes = hashes[:, :starts] + letters[:, size - 1 :] * self._powers[size - 1]
            word, start = np.nonzero(inside[:, size - 1 :])
            wanted = hashes[word, start]
            place = np.searchsorted(self._keys, wanted)
            place[place == len(self._keys)] = 0
            found = self._keys[place] == wanted
            word, stop, place = word[found], start[found] + size - 1, place[found]
            scores[word, stop, longest - size] = self._scores[place]
            pieces[word, stop, longest - size] = self._rows[place]
        return scores, pieces
