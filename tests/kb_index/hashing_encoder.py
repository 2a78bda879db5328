"""A small deterministic encoder for tests: signed hashing of character n-grams."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from kb_index.lexical import fold, grams, split_words
from kb_index.ports import FloatArray, TextKind


class HashingEncoder:
    """Texts that share n-grams get near vectors; counts what it was asked to encode."""

    def __init__(self, *, fingerprint: str = "hashing-256", dimension: int = 256) -> None:
        self.fingerprint = fingerprint
        self.dimension = dimension
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str], *, kind: TextKind) -> FloatArray:
        """Unit rows, shape (n, dimension), float32; rows of zeros for texts without words."""
        if kind == "passage":
            self.encoded += texts
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in split_words(text):
                for gram in grams(fold(word)):
                    key = zlib.crc32(gram.encode())
                    row[key % self.dimension] += 1.0 if key >> 16 & 1 else -1.0
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.where(norms == 0, 1.0, norms), np.float32)
