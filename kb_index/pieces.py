"""Cuts text into words, and words into hashed character n-grams, whole words and light stems.

A word is the unit: its pieces depend on nothing around it, so that they can be kept per word.
Folding, words, n-grams, stems and hash are part of a model's identity: a change here needs a new
`FORMAT` and a newly trained model.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
HashArray = npt.NDArray[np.uint64]

FORMAT = 2
# Words that are read of one text, and letters of one word: bounds of time, not of meaning.
MAX_WORDS = 192
MAX_LETTERS = 48

# Combining marks that people leave out: Latin, Greek and Cyrillic accents, Hebrew points, Arabic
# vowel signs and tatweel. Indic, Thai and Japanese marks stay: they carry the consonant.
_DROPPED = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]")
# Invisible characters: soft hyphen, joiners, direction marks, variation selectors.
_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\ufeff"
_NOT_SEEN = re.compile(f"[{_INVISIBLE}]")
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff\u0e00-\u0eff"
# Letters, digits and marks belong together; every other sign stands alone.
_WORD = re.compile(rf"(?:[^\W_]|[{_MARKS}{_INVISIBLE}]){{1,{MAX_LETTERS}}}|[^\w\s]|_")
# Scripts written without spaces: characters or short n-grams stand for words.
_IDEOGRAPHIC = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_THAI = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_ARABIC = re.compile("[\u0620-\u06d3]")
_HEBREW = re.compile("[\u05d0-\u05ea]")


def _folded_letters() -> dict[int, str]:
    """Letters that have no decomposition but are typed, or stored, as another one."""
    pairs = {
        "ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe",
        "ى": "ي", "ی": "ي", "ے": "ي", "ک": "ك", "ة": "ه", "ہ": "ه", "ھ": "ه", "ۀ": "ه", "ٱ": "ا",
        "’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "‐": "-",
        "؟": "?", "،": ",", "؛": ";", "。": ".", "、": ",",
    }  # fmt: skip
    letters = {ord(letter): other for letter, other in pairs.items()}
    for code in range(0x660, sys.maxunicode + 1):
        digit = unicodedata.decimal(chr(code), None)
        if digit is not None:
            letters[code] = str(digit)
        if code > 0x1BFF:  # the digits of all living scripts lie below
            break
    return letters


_LETTERS = _folded_letters()


def fold(text: str) -> str:
    """Gives the text in lower case without the differences that typists do not make.

    Accents, points and tatweel go; Arabic and Persian forms of one letter become one; digits of
    all scripts become ASCII digits.
    """
    if text.isascii():
        return text.lower()
    visible = _NOT_SEEN.sub("", text).casefold().translate(_LETTERS)
    decomposed = unicodedata.normalize("NFKD", visible).translate(_LETTERS)
    return unicodedata.normalize("NFC", _DROPPED.sub("", decomposed))


def split_words(text: str) -> list[str]:
    """Gives the words and signs of an unfolded text in order, at most `MAX_WORDS`."""
    return _WORD.findall(text)[:MAX_WORDS]


def is_word(folded: str) -> bool:
    """Tells whether a folded unit is a word, not a sign."""
    return folded[:1].isalnum()


_ARABIC_PREFIXES = (
    "وبال", "فبال", "وال", "بال", "كال", "فال", "لل", "ال",
)  # fmt: skip
# Longest first; possessives after the t of a feminine noun meet the noun without its h.
_ARABIC_SUFFIXES = (
    "تهما", "تكما", "هايي", "تهم", "تهن", "تكم", "تنا", "تها", "هما", "كما", "هاي",
    "ها", "هم", "كم", "نا", "ات", "ون", "ين", "ان", "يه", "ته", "تك", "تي", "ه", "ي", "ك",
)  # fmt: skip
_HEBREW_PREFIXES = ("וכש", "כשה", "ולה", "וה", "וב", "ול", "ומ", "וש", "שה", "כש")
_HEBREW_SUFFIXES = ("יהם", "ותי", "ים", "ות", "נו", "כם", "יי", "תי", "י", "ה", "ת", "ך", "ו")


def light_stem(word: str) -> str | None:
    """Gives a folded Arabic-script or Hebrew word without its clitics, None in other scripts.

    At least three letters remain. Source of the method: Larkey, Ballesteros and Connell 2002,
    "Improving Stemming for Arabic Information Retrieval" (light stemming); lists are our own.
    """
    first = word[:1]
    if _ARABIC.match(first):
        return _without(_without_prefix(word, _ARABIC_PREFIXES, "و"), _ARABIC_SUFFIXES)
    if _HEBREW.match(first):
        return _without(_without_prefix(word, _HEBREW_PREFIXES, "הבלמש"), _HEBREW_SUFFIXES)
    return None


def _without_prefix(word: str, prefixes: tuple[str, ...], letters: str) -> str:
    for prefix in prefixes:
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            return word[len(prefix) :]
    # A single letter is as often part of the root: only long words lose it.
    return word[1:] if word[0] in letters and len(word) >= 5 else word


def _without(word: str, suffixes: tuple[str, ...]) -> str:
    for suffix in suffixes:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


# Letters of the prefix that stands for a long word's stem: Turkish, Finnish, Hungarian and most
# others inflect at the end.
STEM_LETTERS = 6
_N_SIZES = {"ideographic": (1, 2, 3), "thai": (3, 4, 5), "hangul": (2, 3, 4), "other": (3, 4, 5)}
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_SHIFT = np.uint64(33)


def powers(n: int) -> HashArray:
    """Gives the first n powers of the hash's base, modulo 2^64."""
    result = np.full(n, _BASE, dtype=np.uint64)
    result[:1] = 1
    return np.multiply.accumulate(result)


_POWERS = powers(4 * MAX_LETTERS)


def code_points(words: Sequence[str]) -> tuple[HashArray, IntArray]:
    """Gives the code points of all words in one array, and each word's length."""
    lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
    codes = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    return codes.astype(np.uint64), lengths


def string_hashes(words: Sequence[str]) -> HashArray:
    """Gives a 64-bit number per word: the sum of code point times power of the base, unmixed."""
    codes, lengths = code_points(words)
    result = np.zeros(len(words), dtype=np.uint64)
    filled = lengths > 0
    starts = (np.cumsum(lengths) - lengths)[filled]
    if len(starts):
        places = np.arange(len(codes)) - np.repeat(starts, lengths[filled])
        result[filled] = np.add.reduceat(codes * _POWERS[places], starts)
    return result


def window_hashes(codes: HashArray, size: int) -> HashArray:
    """Gives the hash of every window of `size` neighbouring code points."""
    n = len(codes) - size + 1
    hashes = codes[:n].copy()
    for k in range(1, size):
        hashes += codes[k : k + n] * _POWERS[k]
    return hashes


def ngram_rows(words: Sequence[str], *, n_rows: int) -> tuple[IntArray, IntArray]:
    """Gives the table rows of folded words.

    Returns:
        All words' rows in one array, each word's in a fixed order, and the number of rows of each
        word; signs have none.
    """
    groups: dict[str, tuple[list[int], list[str]]] = {kind: ([], []) for kind in _N_SIZES}
    owners: list[int] = []
    wholes: list[str] = []
    for i, word in enumerate(words):
        if not is_word(word):
            continue
        kind = _kind(word)
        groups[kind][0].append(i)
        if kind in ("ideographic", "thai"):
            groups[kind][1].append(word)
            continue
        groups[kind][1].append(f"\x02{word}\x03")
        named = _whole_pieces(word)
        wholes += named
        owners += [i] * len(named)
    owner_parts = [np.asarray(owners, dtype=np.int64)]
    hash_parts = [string_hashes(wholes)]
    for kind, (numbers, marked) in groups.items():
        if not numbers:
            continue
        codes, lengths = code_points(marked)
        owner_of_code = np.repeat(np.asarray(numbers, dtype=np.int64), lengths)
        left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(codes))
        for size in _N_SIZES[kind]:
            if size > len(codes):
                break
            inside = np.flatnonzero(left[: len(codes) - size + 1] >= size)
            hash_parts.append(window_hashes(codes, size)[inside] + np.uint64(size))
            owner_parts.append(owner_of_code[inside])
    owner = np.concatenate(owner_parts)
    order = np.argsort(owner, kind="stable")
    rows = _rows_of(np.concatenate(hash_parts)[order], n_rows)
    return rows, np.bincount(owner, minlength=len(words)).astype(np.int64)


def _whole_pieces(word: str) -> list[str]:
    # The whole word counts twice: it is the most telling piece where it is known.
    named = [f"W{word}", f"W{word}"]
    stem = light_stem(word)
    if stem is not None:
        named.append(f"S{stem}")
    elif len(word) >= STEM_LETTERS:
        named.append(f"P{word[:STEM_LETTERS]}")
    return named


def _kind(word: str) -> str:
    if word.isascii():
        return "other"
    if _IDEOGRAPHIC.search(word):
        return "ideographic"
    if _THAI.search(word):
        return "thai"
    return "hangul" if _HANGUL.search(word) else "other"


def _rows_of(hashes: HashArray, n_rows: int) -> IntArray:
    mixed = (hashes ^ (hashes >> _SHIFT)) * _MIX
    mixed ^= mixed >> _SHIFT
    return (mixed % np.uint64(n_rows)).astype(np.int64)
