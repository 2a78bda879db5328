"""The embedded encoder's arithmetic: sums of int8 piece vectors, without torch.

A text is seen twice, as sub-words and as hashed words, stems and character n-grams. Each word's
piece vectors are summed, then the words of the text, in reading order. Each view is brought to
unit length, both are joined with fixed weights and the whole has unit length. This order of
addition is fixed: word sums may be kept for later texts without changing a bit of the result.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kb_index.pieces import FORMAT, fold, ngram_rows, split_words
from kb_index.unigram import UnigramPieces

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

CONFIG_FILE, WEIGHTS_FILE, TOKENIZER_FILE = "static_bag.json", "model.safetensors", "tokenizer.json"
# Texts worked on at once, rows expanded at once (1 kB each), words kept (2 kB each).
_CHUNK, _BLOCK_ROWS, _KEPT_WORDS = 512, 1_024, 4_096
_DTYPES = {"I8": np.int8, "F16": np.float16}


class ModelError(RuntimeError):
    """The folder does not hold a usable encoder; the text says what is wrong with it."""

    def __init__(self, folder: Path, problem: str) -> None:
        super().__init__(folder, problem)
        self.folder = folder
        self.problem = problem

    def __str__(self) -> str:
        return f"The encoder in {self.folder} cannot be used: {self.problem}."


class StaticBag:
    """Two tables of int8 vectors with one scale per row, and the pieces that address them.

    Safe to call from several threads.
    """

    def __init__(self, folder: Path) -> None:
        """Opens a model folder, memory-mapped.

        Raises:
            ModelError: If files are missing, damaged or of another format.
        """
        self.folder = folder
        try:
            config = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
            if config.get("format") != FORMAT:
                raise ModelError(folder, f"format {config.get('format')} instead of {FORMAT}")
            self._pieces = UnigramPieces(folder / TOKENIZER_FILE)
            tables = _map_tables(folder / WEIGHTS_FILE)
            self._subwords: npt.NDArray[np.int8] = tables["subwords"]
            self._subword_scales = tables["subword_scales"].astype(np.float32)
            self._ngrams: npt.NDArray[np.int8] = tables["ngrams"]
            self._ngram_scales = tables["ngram_scales"].astype(np.float32)
            self._weights = (float(config["subword_weight"]), float(config["ngram_weight"]))
            self.fingerprint: str = config["fingerprint"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(folder, str(error) or type(error).__name__) from error
        self.dimension = self._subwords.shape[1] + self._ngrams.shape[1]
        self._lock = threading.Lock()
        self._slots: dict[str, int] = {}
        self._owners: list[str | None] = [None] * _KEPT_WORDS
        self._next = 0
        self._kept = np.zeros((_KEPT_WORDS, self.dimension), dtype=np.float32)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Encodes texts.

        Returns:
            Unit vectors, shape (n_texts, dimension), float32; an empty text is all zeros.
        """
        result = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _CHUNK):
            part = texts[start : start + _CHUNK]
            result[start : start + _CHUNK] = self.join(self._chunk_sums(part))
        return result

    def sums(self, texts: Sequence[str]) -> FloatArray:
        """Gives the sums of the texts' word vectors, shape (n_texts, dimension), float32."""
        result = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _CHUNK):
            result[start : start + _CHUNK] = self._chunk_sums(texts[start : start + _CHUNK])
        return result

    def join(self, sums: FloatArray) -> FloatArray:
        """Gives the unit vectors of sums; shapes as in `encode`."""
        n_first = self._subwords.shape[1]
        first = _unit(sums[:, :n_first]) * np.float32(self._weights[0])
        second = _unit(sums[:, n_first:]) * np.float32(self._weights[1])
        return _unit(np.hstack([first, second]))

    def _chunk_sums(self, texts: Sequence[str]) -> FloatArray:
        numbers: dict[str, int] = {}
        words: list[int] = []
        lengths: list[int] = []
        for text in texts:
            found = split_words(text)
            words += [numbers.setdefault(word, len(numbers)) for word in found]
            lengths.append(len(found))
        vectors = self._word_vectors(list(numbers))
        return _segment_sums(
            vectors[np.asarray(words, dtype=np.int64)], np.asarray(lengths, dtype=np.int64)
        )

    def _word_vectors(self, words: list[str]) -> FloatArray:
        """Gives the sum of each word's pieces, from those kept where possible."""
        vectors = np.zeros((len(words), self.dimension), dtype=np.float32)
        with self._lock:
            slots = [self._slots.get(word, -1) for word in words]
            known = [i for i, slot in enumerate(slots) if slot >= 0]
            vectors[known] = self._kept[[slots[i] for i in known]]
        new = [i for i, slot in enumerate(slots) if slot < 0]
        vectors[new] = self._new_words([words[i] for i in new])
        kept = new[-_KEPT_WORDS:]
        with self._lock:
            self._keep([words[i] for i in kept], vectors[kept])
        return vectors

    def _keep(self, words: list[str], vectors: FloatArray) -> None:
        """Keeps the vectors of words; the oldest words make room."""
        slots = (self._next + np.arange(len(words))) % _KEPT_WORDS
        for word, slot in zip(words, slots.tolist(), strict=True):
            # Another thread may have kept the word meanwhile: its slot is then given up.
            oldest = self._owners[slot]
            if oldest is not None and self._slots.get(oldest) == slot:
                del self._slots[oldest]
            self._owners[slot] = word
            self._slots[word] = slot
        self._kept[slots] = vectors
        self._next = (self._next + len(words)) % _KEPT_WORDS

    def _new_words(self, words: list[str]) -> FloatArray:
        folded = [fold(word) for word in words]
        subwords = self._pieces.rows(folded)
        ngrams = ngram_rows(folded, n_rows=len(self._ngrams))
        return np.hstack(
            [
                _sum_rows(self._subwords, self._subword_scales, *subwords),
                _sum_rows(self._ngrams, self._ngram_scales, *ngrams),
            ]
        )


def fingerprint_of(*parts: bytes) -> str:
    """Gives the identity of a model: hash of its weights, tokenizer and weighting."""
    digest = hashlib.sha256(str(FORMAT).encode())
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return f"static-{digest.hexdigest()[:16]}"


def _map_tables(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Maps the tensors of a safetensors file, so that only rows in use take memory.

    Source of the layout: an 8-byte header length, a JSON header, then the tensors.
    """
    with path.open("rb") as stored:
        n_header = int.from_bytes(stored.read(8), "little")
        if n_header > 1_000_000:
            raise ValueError("the header of the weights is damaged")
        header = json.loads(stored.read(n_header))
    tables: dict[str, npt.NDArray[Any]] = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start = 8 + n_header + entry["data_offsets"][0]
        tables[name] = np.memmap(
            path, _DTYPES[entry["dtype"]], "r", offset=start, shape=tuple(entry["shape"])
        )
    return tables


def _sum_rows(
    table: npt.NDArray[np.int8], scales: FloatArray, rows: IntArray, lengths: IntArray
) -> FloatArray:
    """Gives the sum of each word's rows; blocks keep what is expanded near the processor."""
    parts = [np.zeros((0, table.shape[1]), dtype=np.float32)]
    ends = np.cumsum(lengths)
    first = start = 0
    while first < len(lengths):
        last = max(first + 1, int(np.searchsorted(ends, start + _BLOCK_ROWS, side="right")))
        stop = int(ends[last - 1])
        vectors = table[rows[start:stop]].astype(np.float32)
        vectors *= scales[rows[start:stop], None]
        parts.append(_segment_sums(vectors, lengths[first:last]))
        first, start = last, stop
    return np.concatenate(parts)


def _segment_sums(vectors: FloatArray, lengths: IntArray) -> FloatArray:
    """Sums neighbouring rows; `lengths` says how many belong together, none gives zeros."""
    result = np.zeros((len(lengths), vectors.shape[1]), dtype=np.float32)
    start = 0
    # One reduction after the other: many times faster here than np.add.reduceat.
    for total, length in zip(result, lengths.tolist(), strict=True):
        if length:
            np.add.reduce(vectors[start : start + length], axis=0, out=total)
            start += length
    return result


def _unit(vectors: FloatArray) -> FloatArray:
    # Lengths in double precision: their rounding does not depend on the order of addition.
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))[:, None]
    result = np.zeros_like(vectors)
    np.divide(vectors, norms, out=result, where=norms > 1e-12, casting="same_kind")
    return result
