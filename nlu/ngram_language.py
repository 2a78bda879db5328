"""Our own character n-gram model of languages: hashed 1- to 5-grams, one weight per class.

It knows short messages better than langdetect's newspaper profiles. It has classes for Greek,
Russian, Bulgarian, Arabic, Persian and Hindi typed in Latin letters (`el-Latn` and so on), and it
tells Japanese written in ideographs alone from Chinese. Trained by
`python -m nlu.training.language`.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
RowArray = npt.NDArray[np.int64]

MODEL_FILE = Path(__file__).parent / "models" / "language_ngrams.npz"
LATIN_TYPED_SUFFIX = "-Latn"
LONGEST = 5
# An ideograph says as much as a syllable or a word: pairs are enough, and longer ones are rare.
_LONGEST_OF_IDEOGRAPHS = 2
_FIRST_IDEOGRAPH = "\u3400"
# More characters say nothing new about the language.
MAX_CHARACTERS = 600
# Evidence grows slower than the number of n-grams, which repeat each other.
POWER, TYPICAL_GRAMS = 0.6, 100.0


def word_rows(word: str, *, n_rows: int) -> list[int]:
    """Gives the table rows of a word's n-grams, the word padded by spaces, and of itself."""
    padded = f" {word} "
    longest = LONGEST if word < _FIRST_IDEOGRAPH else _LONGEST_OF_IDEOGRAPHS
    grams = [padded[i : i + n] for n in range(1, longest + 1) for i in range(len(padded) - n + 1)]
    rows = [zlib.crc32(gram.encode()) % n_rows for gram in grams if gram != " "]
    if len(padded) > LONGEST and longest == LONGEST:
        rows.append(zlib.crc32(f"W{padded}".encode()) % n_rows)
    return rows


def damping(n_grams: int) -> float:
    """Gives the weight of one n-gram in a message that has so many of them, at least 1."""
    return float((n_grams / TYPICAL_GRAMS) ** -POWER)


class NgramLanguages:
    """The trained table: quantised weights, one row per hash, one column per class."""

    def __init__(self, path: Path = MODEL_FILE) -> None:
        """Reads the model.

        Raises:
            FileNotFoundError: If it is missing; `make language-model` trains it.
        """
        with np.load(path) as stored:
            self._table = stored["table"]
            self._steps = stored["steps"]
            self.classes: tuple[str, ...] = tuple(str(name) for name in stored["classes"])

    def scores(self, cleaned: str) -> tuple[FloatArray, int]:
        """Gives the log odds by class, comparable among classes, and the number of n-grams."""
        n_rows = len(self._table)
        rows = [
            row
            for word in cleaned[:MAX_CHARACTERS].split()
            for row in word_rows(word, n_rows=n_rows)
        ]
        if not rows:
            return np.zeros(len(self.classes), dtype=np.float32), 0
        total = self._table[rows].sum(axis=0, dtype=np.int32).astype(np.float32) * self._steps
        return total * np.float32(damping(len(rows))), len(rows)


@lru_cache(maxsize=1)
def ngram_languages() -> NgramLanguages:
    """Gives the model, read once."""
    return NgramLanguages()
