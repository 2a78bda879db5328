"""Cuts text into the pieces whose vectors are summed: sub-words and hashed character n-grams.

Both views start from the same folded text. Folding, n-grams and hash are part of a model's
identity: a change here needs a new `FORMAT` and a newly trained model.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

FORMAT = 1
MAX_SUBWORDS = 128
MAX_NGRAMS = 512
# Combining marks that people leave out: Latin, Greek and Cyrillic accents, Hebrew points, Arabic
# vowel signs. Indic, Thai and Japanese marks stay: they carry the consonant.
_DROPPED_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0640]")
_WORDS = re.compile(r"[^\W_]+|[\u0900-\u0dff]+")
# Scripts written without spaces: characters and their pairs and triples stand for words.
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")


class SubwordTokenizer(Protocol):
    """The part of `tokenizers.Tokenizer` that is used here."""

    def encode_batch_fast(
        self, input: Sequence[str], is_pretokenized: bool = False, add_special_tokens: bool = True
    ) -> Sequence[Any]:
        """Cuts each text into pieces; each result has `ids`."""


def fold(text: str) -> str:
    """Gives the text in lower case without the marks that typists leave out."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("\u0131", "i"))
    return unicodedata.normalize("NFC", _DROPPED_MARKS.sub("", decomposed))


@lru_cache(maxsize=65_536)
def word_ngrams(word: str) -> tuple[int, ...]:
    """Gives the hashes of a folded word and its character n-grams, not yet reduced to rows."""
    if _UNSPACED.search(word):
        grams = [f"w{c}" for c in word]
        grams += [f"b{word[i : i + 2]}" for i in range(len(word) - 1)]
        grams += [f"t{word[i : i + 3]}" for i in range(len(word) - 2)]
    else:
        marked = f"<{word}>"
        # The whole word counts twice: it is the most telling piece where it is known.
        grams = [f"W{word}", f"W{word}"]
        grams += [f"n{marked[i : i + n]}" for n in (3, 4, 5) for i in range(len(marked) - n + 1)]
    return tuple(zlib.crc32(gram.encode()) for gram in grams)


def ngram_rows(text: str, *, n_rows: int) -> IntArray:
    """Gives the table rows of a text's words and n-grams, at most `MAX_NGRAMS`, in order."""
    hashes: list[int] = []
    for word in _WORDS.findall(fold(text)):
        hashes.extend(word_ngrams(word))
        if len(hashes) >= MAX_NGRAMS:
            break
    return np.asarray(hashes[:MAX_NGRAMS], dtype=np.int64) % n_rows


def subword_rows(texts: Sequence[str], tokenizer: SubwordTokenizer) -> list[IntArray]:
    """Gives the table rows of each text's sub-words, at most `MAX_SUBWORDS`, in order."""
    encodings = tokenizer.encode_batch_fast(
        [fold(text) for text in texts], add_special_tokens=False
    )
    return [np.asarray(encoding.ids[:MAX_SUBWORDS], dtype=np.int64) for encoding in encodings]
