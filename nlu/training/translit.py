"""Writes other scripts in Latin letters the way people type them.

Greek, Russian and Bulgarian go letter by letter. Arabic and Persian leave short vowels out in
their own script and Hindi leaves out an inherent one, so those are put in where a reader would.
One writer uses one habit for each letter.
"""

from __future__ import annotations

import random
import re

LATIN_TYPED = ("el", "ru", "bg", "ar", "fa", "hi")

_GREEK = {
    "ου": ["ou", "u"], "αι": ["ai", "e"], "ει": ["ei", "i"], "οι": ["oi", "i"], "ευ": ["eu", "ef"],
    "αυ": ["au", "av"], "μπ": ["mp", "b"], "ντ": ["nt", "d"], "γκ": ["gk", "g"], "γγ": ["gg", "ng"],
    "τσ": ["ts"], "τζ": ["tz"], "α": ["a"], "β": ["v", "b"], "γ": ["g"], "δ": ["d"], "ε": ["e"],
    "ζ": ["z"], "η": ["i", "h"], "θ": ["th", "8"], "ι": ["i"], "κ": ["k"], "λ": ["l"], "μ": ["m"],
    "ν": ["n"], "ξ": ["ks", "x"], "ο": ["o"], "π": ["p"], "ρ": ["r"], "σ": ["s"], "ς": ["s"],
    "τ": ["t"], "υ": ["y", "u", "i"], "φ": ["f"], "χ": ["x", "h", "ch"], "ψ": ["ps"],
    "ω": ["o", "w"], "ά": ["a"], "έ": ["e"], "ή": ["i", "h"], "ί": ["i"], "ό": ["o"],
    "ύ": ["u", "y"], "ώ": ["o", "w"], "ϊ": ["i"], "ΐ": ["i"], "ϋ": ["y"],
}  # fmt: skip
_RUSSIAN = {
    "а": ["a"], "б": ["b"], "в": ["v"], "г": ["g"], "д": ["d"], "е": ["e"], "ё": ["yo", "e"],
    "ж": ["zh", "j"], "з": ["z"], "и": ["i"], "й": ["y", "j", "i"], "к": ["k"], "л": ["l"],
    "м": ["m"], "н": ["n"], "о": ["o"], "п": ["p"], "р": ["r"], "с": ["s"], "т": ["t"],
    "у": ["u"], "ф": ["f"], "х": ["h", "kh", "x"], "ц": ["ts", "c"], "ч": ["ch"], "ш": ["sh"],
    "щ": ["sch", "sh"], "ъ": [""], "ы": ["y", "i"], "ь": ["", "'"], "э": ["e"],
    "ю": ["yu", "u"], "я": ["ya", "ia"],
}  # fmt: skip
_BULGARIAN = _RUSSIAN | {"щ": ["sht"], "ъ": ["a", "u"], "ж": ["zh", "j"], "ч": ["ch", "4"],
                         "ш": ["sh", "6"], "я": ["ya", "q"], "в": ["v", "w"]}  # fmt: skip
_ARABIC = {
    "ا": ["a"], "أ": ["a", "2a"], "إ": ["e", "i"], "آ": ["a", "aa"], "ب": ["b"], "ت": ["t"],
    "ث": ["th", "s"], "ج": ["g", "j"], "ح": ["7", "h"], "خ": ["5", "kh"], "د": ["d"],
    "ذ": ["z", "th", "d"], "ر": ["r"], "ز": ["z"], "س": ["s"], "ش": ["sh", "ch"], "ص": ["s"],
    "ض": ["d"], "ط": ["t", "6"], "ظ": ["z"], "ع": ["3", "a"], "غ": ["gh", "8"], "ف": ["f"],
    "ق": ["2", "q", "k"], "ك": ["k"], "ل": ["l"], "م": ["m"], "ن": ["n"], "ه": ["h"],
    "و": ["w", "o", "ou"], "ي": ["y", "i"], "ة": ["a", "eh", "e"], "ى": ["a"], "ء": ["2"],
    "ؤ": ["o2", "o"], "ئ": ["2", "e"],
}  # fmt: skip
_PERSIAN = {
    "ا": ["a"], "آ": ["a", "aa"], "أ": ["a"], "ب": ["b"], "پ": ["p"], "ت": ["t"], "ث": ["s"],
    "ج": ["j"], "چ": ["ch"], "ح": ["h"], "خ": ["kh"], "د": ["d"], "ذ": ["z"], "ر": ["r"],
    "ز": ["z"], "ژ": ["zh", "j"], "س": ["s"], "ش": ["sh"], "ص": ["s"], "ض": ["z"], "ط": ["t"],
    "ظ": ["z"], "ع": ["a"], "غ": ["gh"], "ف": ["f"], "ق": ["gh", "q"], "ک": ["k"], "گ": ["g"],
    "ل": ["l"], "م": ["m"], "ن": ["n"], "و": ["v", "o", "u", "oo"], "ه": ["h"],
    "ی": ["i", "y", "ee"], "ئ": ["e"], "ء": [""],
}  # fmt: skip
_HINDI_CONSONANTS = {
    "क": ["k"], "ख": ["kh"], "ग": ["g"], "घ": ["gh"], "ङ": ["n"], "च": ["ch"], "छ": ["chh", "ch"],
    "ज": ["j"], "झ": ["jh"], "ञ": ["n"], "ट": ["t"], "ठ": ["th"], "ड": ["d"], "ढ": ["dh"],
    "ण": ["n"], "त": ["t"], "थ": ["th"], "द": ["d"], "ध": ["dh"], "न": ["n"], "प": ["p"],
    "फ": ["f", "ph"], "ब": ["b"], "भ": ["bh"], "म": ["m"], "य": ["y"], "र": ["r"], "ल": ["l"],
    "व": ["v", "w"], "श": ["sh"], "ष": ["sh"], "स": ["s"], "ह": ["h"], "ळ": ["l"],
}  # fmt: skip
_HINDI_VOWELS = {
    "ा": ["a", "aa"], "ि": ["i"], "ी": ["i", "ee"], "ु": ["u"], "ू": ["u", "oo"], "ृ": ["ri"],
    "े": ["e"], "ै": ["ai", "e"], "ो": ["o"], "ौ": ["au", "o"], "ॉ": ["o"], "ॅ": ["e"], "्": [""],
}  # fmt: skip
_HINDI_OTHERS = {
    "अ": ["a"], "आ": ["aa", "a"], "इ": ["i"], "ई": ["i", "ee"], "उ": ["u"], "ऊ": ["u", "oo"],
    "ऋ": ["ri"], "ए": ["e"], "ऐ": ["ai"], "ओ": ["o"], "औ": ["au"], "ऑ": ["o"],
    "ं": ["n"], "ँ": ["n", ""], "ः": ["h", ""], "़": [""], "।": [" "],
}  # fmt: skip
_HINDI_NASALS = ("ं", "ँ", "ः")
_HINDI = _HINDI_CONSONANTS | _HINDI_VOWELS | _HINDI_OTHERS
_TABLES = {
    "el": _GREEK, "ru": _RUSSIAN, "bg": _BULGARIAN, "ar": _ARABIC, "fa": _PERSIAN, "hi": _HINDI,
}  # fmt: skip

# Short vowels by how often they are typed between two consonants; the empty one is a cluster.
_SHORT_VOWELS = {"ar": "aaaaeeio    ", "fa": "aaaeeeo   "}
_LATIN_LETTER = re.compile("[A-Za-z]")
_LATIN_VOWELS = frozenset("aeiou")
_LATIN_CONSONANT = "(?>sh|ch|kh|gh|th|zh|[bcdfghjklmnpqrstvwxyz2-9])"
_GAP = re.compile(f"({_LATIN_CONSONANT})(?={_LATIN_CONSONANT})")


def latin_typed(text: str, *, language: str, choose: random.Random) -> str:
    """Gives the text in Latin letters.

    Raises:
        KeyError: If the language is not one of `LATIN_TYPED`.
    """
    table = _TABLES[language]
    habit = {letter: choose.choice(ways) for letter, ways in table.items()}
    if language in ("ar", "fa", "hi"):
        # Product names in between are in no language.
        text = " ".join(word for word in text.split() if not _LATIN_LETTER.search(word))
    if language == "hi":
        return " ".join(_romanise_hindi(word, habit) for word in text.split())
    if language in _SHORT_VOWELS:
        typed = (_type(word, habit) for word in text.split())
        return " ".join(_with_vowels(word, language, choose) for word in typed)
    return _type(text, habit)


def _type(text: str, habit: dict[str, str]) -> str:
    """Replaces pairs of letters where there is a habit for the pair, then single letters."""
    result: list[str] = []
    position = 0
    while position < len(text):
        pair = text[position : position + 2]
        step = 2 if len(pair) == 2 and pair in habit else 1
        result.append(habit.get(pair if step == 2 else text[position], text[position]))
        position += step
    return "".join(result)


def _with_vowels(word: str, language: str, choose: random.Random) -> str:
    """Puts short vowels between consonants of a word typed letter by letter."""
    if language == "ar" and word.startswith("al") and len(word) > 4:
        article = choose.choice(("el ", "el ", "al ", "el", "al"))
        return article + _with_vowels(word[2:], language, choose)
    if language == "fa" and len(word) > 2 and word.endswith("h") and word[-2] not in _LATIN_VOWELS:
        word = word[:-1] + choose.choice(("e", "eh"))
    vowels = _SHORT_VOWELS[language]
    return _GAP.sub(lambda found: found[1] + choose.choice(vowels).strip(), word)


def _romanise_hindi(word: str, habit: dict[str, str]) -> str:
    """Writes the inherent vowel where it is spoken: not at a word's end nor in an open middle."""
    parts: list[str] = []
    for i, letter in enumerate(word):
        parts.append(habit.get(letter, letter))
        follows = word[i + 1 : i + 2]
        if letter not in _HINDI_CONSONANTS or not (follows.isalpha() or follows in _HINDI_NASALS):
            continue
        after = word[i + 2 : i + 3]
        in_middle = i > 0 and follows in _HINDI_CONSONANTS and after in _HINDI_VOWELS
        if not (in_middle and after != "्"):
            parts.append("a")
    return "".join(parts)
