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
        self._keys: HashArray = string_hashes([pieces[i] for i in known])
        self._rows: npt.NDArray[np.int32] = known.astype(np.int32)
        self._scores = scores[known]
        if len(np.unique(self._keys)) != len(self._keys):
            raise ValueError("two pieces of the vocabulary have one hash")
        self._slots = _hash_table(self._keys)

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
        shape = (len(lengths), int(lengths.max()), self._longest)
        owner = np.repeat(np.arange(len(lengths)), lengths)
        place_in_word = np.arange(len(codes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        left = np.repeat(lengths, lengths) - place_in_word
        starts = np.arange(len(codes))
        hashes = codes.copy()
        found_starts, found_sizes, wanted = [starts], [np.ones_like(starts)], [codes]
        for size in range(2, self._longest + 1):
            starts = starts[left[starts] >= size]
            if not len(starts):
                break
            hashes[starts] += codes[starts + size - 1] * self._powers[size - 1]
            found_starts.append(starts)
            found_sizes.append(np.full(len(starts), size))
            wanted.append(hashes[starts])
        places = self._places(np.concatenate(wanted))
        known = np.flatnonzero(places >= 0)
        start, letters = np.concatenate(found_starts)[known], np.concatenate(found_sizes)[known]
        cell = (owner[start], place_in_word[start] + letters - 1, self._longest - letters)
        scores = np.full(shape, -np.inf)
        scores[:, :, self._longest - 1] = self._unknown_score
        scores[cell] = self._scores[places[known]]
        pieces = np.full(shape, self._unknown, dtype=np.int32)
        pieces[cell] = self._rows[places[known]]
        return scores, pieces

    def _places(self, wanted: HashArray) -> npt.NDArray[np.int32]:
        """Gives the place of each hash in the vocabulary, -1 where it is not there."""
        slots = _home_slots(wanted, len(self._slots))
        places = self._slots[slots]
        open_ones = np.flatnonzero((places >= 0) & (self._keys[places] != wanted))
        while len(open_ones):
            slots[open_ones] = (slots[open_ones] + 1) % len(self._slots)
            met = self._slots[slots[open_ones]]
            places[open_ones] = met
            open_ones = open_ones[(met >= 0) & (self._keys[met] != wanted[open_ones])]
        return places


_SPREAD = np.uint64(0x9E3779B97F4A7C15)


def _home_slots(keys: HashArray, n_slots: int) -> IntArray:
    """Gives the slot where the search for each hash begins; `n_slots` is a power of two."""
    return ((keys * _SPREAD) >> np.uint64(65 - n_slots.bit_length())).astype(np.int64)


def _hash_table(keys: HashArray) -> npt.NDArray[np.int32]:
    """Gives a table of places in `keys` with open addressing, -1 in free slots.

    Several times faster to ask than a binary search, because it fits into the processor's cache.
    """
    n_slots = 1 << max(2, (2 * len(keys)).bit_length())
    table = np.full(n_slots, -1, dtype=np.int32)
    waiting = np.arange(len(keys), dtype=np.int32)
    slots = _home_slots(keys, n_slots)
    while len(waiting):
        free = table[slots[waiting]] < 0
        taken, first = np.unique(slots[waiting[free]], return_index=True)
        table[taken] = waiting[free][first]
        waiting = waiting[table[slots[waiting]] != waiting]
        slots[waiting] = (slots[waiting] + 1) % n_slots
    return table
