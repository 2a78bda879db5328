"""Our own character n-gram model of languages: hashed 1- to 5-grams, naive Bayes.

It knows short messages better than langdetect's newspaper profiles, and it has classes for Greek,
Russian and Bulgarian typed in Latin letters (`el-Latn` and so on). Trained by
`python -m nlu.training.language`.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

MODEL_FILE = Path(__file__).parent / "models" / "language_ngrams.npz"
LONGEST = 5


def gram_rows(cleaned: str, *, n_rows: int) -> npt.NDArray[np.int64]:
    """Gives the table rows of a cleaned message's n-grams, words padded by spaces."""
    rows: list[int] = []
    for word in cleaned[:2_000].split():
        padded = f" {word} "
        data = [
            padded[i : i + n] for n in range(1, LONGEST + 1) for i in range(len(padded) - n + 1)
        ]
        rows.extend(zlib.crc32(gram.encode()) % n_rows for gram in data if gram != " ")
    return np.asarray(rows, dtype=np.int64)


class NgramLanguages:
    """The trained table: quantised log probabilities, one row per hash, one column per class."""

    def __init__(self, path: Path = MODEL_FILE) -> None:
        """Reads the model.

        Raises:
            FileNotFoundError: If it is missing; `make language-model` trains it.
        """
        with np.load(path) as stored:
            self._table = stored["table"]
            self._step = float(stored["step"])
            self.classes: tuple[str, ...] = tuple(str(name) for name in stored["classes"])

    def log_scores(self, cleaned: str) -> tuple[FloatArray, int]:
        """Gives the summed log probabilities by class and the number of n-grams."""
        rows = gram_rows(cleaned, n_rows=len(self._table))
        if not len(rows):
            return np.zeros(len(self.classes), dtype=np.float32), 0
        # Stored as steps below the best probability, so that int8 covers the useful range.
        return -self._table[rows].astype(np.float32).sum(axis=0) * self._step, len(rows)


@lru_cache(maxsize=1)
def ngram_languages() -> NgramLanguages:
    """Gives the model, read once."""
    return NgramLanguages()
