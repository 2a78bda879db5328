"""Writes a text the way hurried people type it: slips, swaps, lost and doubled letters."""

from __future__ import annotations

import random

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_GREEK_ROWS = ("ςερτυθιοπ", "ασδφγηξκλ", "ζχψωβνμ")
_CYRILLIC_ROWS = ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю")
_SPELLED = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "æ": "ae"}
# Share of the longer words that get a slip, of texts that lose a space or spell umlauts out.
SLIPS, LOST_SPACES, SPELLED_OUT = 0.33, 0.05, 0.5
_LONGER = 5


def _neighbours() -> dict[str, str]:
    near: dict[str, str] = {}
    for rows in (_ROWS, _GREEK_ROWS, _CYRILLIC_ROWS):
        for y, row in enumerate(rows):
            for x, letter in enumerate(row):
                beside = row[max(0, x - 1) : x] + row[x + 1 : x + 2]
                above = rows[y - 1][x : x + 2] if y else ""
                below = rows[y + 1][max(0, x - 1) : x + 1] if y < 2 else ""
                near[letter] = beside + above + below
    return near


_NEAR = _neighbours()


def slip(word: str, choose: random.Random) -> str:
    """Gives a word of at least three letters with one slip behind its first letter."""
    i = choose.randrange(1, len(word) - 1)
    kind = choose.randrange(4)
    if kind == 0:
        return word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    if kind == 1:
        return word[:i] + word[i + 1 :]
    if kind == 2:
        return word[:i] + word[i] + word[i:]
    near = _NEAR.get(word[i].lower())
    return word[:i] + (choose.choice(near) if near else "") + word[i + 1 :]


def typed(text: str, choose: random.Random) -> str:
    """Gives the text with slips in about a third of its longer words."""
    words = [
        slip(word, choose) if len(word) >= _LONGER and choose.random() < SLIPS else word
        for word in text.split()
    ]
    if len(words) > 2 and choose.random() < LOST_SPACES:
        i = choose.randrange(len(words) - 1)
        words[i : i + 2] = [words[i] + words[i + 1]]
    noisy = " ".join(words)
    if choose.random() < SPELLED_OUT:
        noisy = "".join(_SPELLED.get(letter, letter) for letter in noisy)
    return noisy
