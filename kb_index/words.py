"""Words, stems and character n-grams: what the lexical half of the search compares.

Terms become 32-bit hashes of (language, term), so that terms of different languages never meet and
an index is plain arrays.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import snowballstemmer
from numpy.typing import NDArray

GRAM_SIZE = 4
"""Letters of an n-gram with the borders of the word. One size does what 3 to 5 did together, within
0.2 points on ten development sets, at a third of the postings."""

STEMMERS: Mapping[str, str] = {
    "en": "english", "el": "greek", "tr": "turkish", "de": "german", "es": "spanish",
    "fr": "french", "it": "italian", "pt": "portuguese", "nl": "dutch", "pl": "polish",
    "ru": "russian", "ar": "arabic", "da": "danish", "fi": "finnish", "hu": "hungarian",
    "no": "norwegian", "nb": "norwegian", "ro": "romanian", "sv": "swedish", "hi": "hindi",
    "id": "indonesian", "ca": "catalan", "cs": "czech", "lt": "lithuanian", "sr": "serbian",
}  # fmt: skip
# Their writers never leave out й and ё, and the stemmers look for them: fold only afterwards.
_STEM_BEFORE_FOLDING = frozenset({"ru"})

# Vowel signs are no letters to Python, but a word does not end at them.
_SIGNS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u0900-\u0963\u0966-\u0eff\u1000-\u109f\u1780-\u17d3"
)
_PART = rf"(?:[^\W_]|[{_SIGNS}])+"
_WORD = re.compile(rf"{_PART}(?:['’]{_PART})*")
# Scripts written without spaces, and Hangul, whose words end in particles.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17d3\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_LETTERS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ς": "σ", "’": "'", "ـ": None})
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")


def fold(text: str) -> str:
    """Lower case without accents (Latin, Greek, Cyrillic, Hebrew, Arabic); other scripts stay."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return unicodedata.normalize("NFC", _MARKS.sub("", decomposed)).translate(_LETTERS)


def split_words(text: str) -> list[str]:
    """Words in lower case with their accents.

    Text without spaces is cut into pairs of signs. An article or preposition before an apostrophe
    (l'ordine, qu'il) is a word of its own; an ending after one (where's) is not.
    """
    words: list[str] = []
    for word in _WORD.findall(unicodedata.normalize("NFKC", text.replace("İ", "i")).lower()):
        for part in _split_elision(word):
            if len(part) > 2 and _UNSPACED.search(part):
                words += [part[i : i + 2] for i in range(len(part) - 1)]
            else:
                words.append(part)
    return words


def base_language(language: str) -> str:
    """`pt` for `pt-BR`."""
    return language.split("-", 1)[0].lower()


@lru_cache(maxsize=65_536)
def stem(word: str, language: str) -> str:
    """The search form of one lower-case word: stemmed where a stemmer exists, always folded."""
    base = base_language(language)
    stemmer = _stemmer(STEMMERS[base]) if base in STEMMERS else None
    if stemmer is None:
        return fold(word)
    if base in _STEM_BEFORE_FOLDING:
        return fold(str(stemmer.stemWord(word)))
    return str(stemmer.stemWord(fold(word)))


def grams(word: str) -> list[str]:
    """Character 4-grams of one folded word with its borders; short words stay whole."""
    padded = f" {word} "
    return [padded[i : i + GRAM_SIZE] for i in range(max(1, len(padded) - GRAM_SIZE + 1))]


def term_key(term: str, language: str) -> int:
    """A 32-bit key of a stem in a language."""
    return zlib.crc32(term.encode("utf-8", "replace"), _seed(base_language(language)))


@lru_cache(maxsize=65_536)
def stem_key(word: str, language: str) -> int:
    """The key of a word's search form."""
    return term_key(stem(word, language), language)


@lru_cache(maxsize=65_536)
def gram_keys(word: str, language: str) -> tuple[int, ...]:
    """Keys of a word's n-grams; never those of stems."""
    seed = _seed(base_language(language) + "#")
    return tuple(zlib.crc32(gram.encode("utf-8", "replace"), seed) for gram in grams(fold(word)))


def stem_keys(words: Sequence[str], language: str) -> NDArray[np.uint32]:
    """Keys of several words' search forms, in their order."""
    return np.array([stem_key(word, language) for word in words], np.uint32)


def _split_elision(word: str) -> list[str]:
    head, mark, tail = word.replace("’", "'").partition("'")
    return [head, tail] if mark and len(head) <= len(tail) else [word]


@lru_cache(maxsize=256)
def _seed(language: str) -> int:
    return zlib.crc32(language.encode() + b":")


@lru_cache(maxsize=64)
def _stemmer(algorithm: str) -> snowballstemmer.basestemmer.BaseStemmer:
    return snowballstemmer.stemmer(algorithm)
