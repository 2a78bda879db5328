"""Writes Greek, Russian, Bulgarian, Ukrainian and Arabic in Latin letters as people type them."""

from __future__ import annotations

import random

LATIN_TYPED = ("el", "ru", "bg", "uk", "ar")

_GREEK = {
    "ου": ["ou", "u"], "αι": ["ai", "e"], "ει": ["ei", "i"], "οι": ["oi", "i"], "ευ": ["eu", "ef"],
    "αυ": ["au", "av"], "μπ": ["mp", "b"], "ντ": ["nt", "d"], "γκ": ["gk", "g"], "γγ": ["gg", "ng"],
    "τσ": ["ts"], "τζ": ["tz"], "α": ["a"], "β": ["v", "b"], "γ": ["g"], "δ": ["d"], "ε": ["e"],
    "ζ": ["z"], "η": ["i", "h"], "θ": ["th", "8"], "ι": ["i"], "κ": ["k"], "λ": ["l"], "μ": ["m"],
    "ν": ["n"], "ξ": ["ks", "x", "3"], "ο": ["o"], "π": ["p"], "ρ": ["r"], "σ": ["s"], "ς": ["s"],
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
_UKRAINIAN = _RUSSIAN | {"и": ["y"], "і": ["i"], "ї": ["yi", "i"], "є": ["ye", "e"],
                         "г": ["h", "g"], "ґ": ["g"]}  # fmt: skip
# Arabizi: digits stand for letters that Latin does not have; short vowels are guessed by writers
# and cannot be by a table, so that the consonants carry the word.
_ARABIC = {
    "ال": ["al", "el", "il"], "ا": ["a"], "أ": ["2a", "a"], "إ": ["i", "e"], "آ": ["aa"],
    "ب": ["b"], "ت": ["t"], "ث": ["th", "s"], "ج": ["j", "g"], "ح": ["7", "h"],
    "خ": ["5", "kh", "7'"], "د": ["d"], "ذ": ["z", "th"], "ر": ["r"], "ز": ["z"], "س": ["s"],
    "ش": ["sh", "ch"], "ص": ["9", "s"], "ض": ["d", "9'"], "ط": ["6", "t"], "ظ": ["z", "6'"],
    "ع": ["3"], "غ": ["gh", "3'"], "ف": ["f"], "ق": ["8", "2", "q"], "ك": ["k"], "ل": ["l"],
    "م": ["m"], "ن": ["n"], "ه": ["h"], "ة": ["a", "eh"], "و": ["w", "o", "ou"],
    "ي": ["y", "i", "ee"], "ى": ["a"], "ء": ["2", ""], "ئ": ["2", "e2"], "ؤ": ["2", "o2"],
    "؟": ["?"], "،": [","],
}  # fmt: skip
_TABLES = {"el": _GREEK, "ru": _RUSSIAN, "bg": _BULGARIAN, "uk": _UKRAINIAN, "ar": _ARABIC}


def latin_typed(text: str, *, language: str, choose: random.Random) -> str:
    """Gives the text in Latin letters; one writer uses one habit for each letter.

    Raises:
        KeyError: If the language is not one of `LATIN_TYPED`.
    """
    table = _TABLES[language]
    habit = {letter: choose.choice(ways) for letter, ways in table.items()}
    text = text.lower()
    result: list[str] = []
    position = 0
    while position < len(text):
        pair = text[position : position + 2]
        if len(pair) == 2 and pair in habit:
            result.append(habit[pair])
            position += 2
        else:
            result.append(habit.get(text[position], text[position]))
            position += 1
    return "".join(result)
