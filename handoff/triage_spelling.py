"""Forgives a slip of the finger in the words that triage looks for. Pure.

Two slips are forgiven: two neighbours that changed places, in words of at least six letters, and
one missing letter, in words of at least seven. A wrong letter is not: "changed twice" is not
"charged twice". Neither is a letter too many: the French fish, "poisson", is no poison. Words that
exist themselves stand in the lexicon's list `real_words`: an "exposé" has not "explosé".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

SWAPPED_FROM: Final = 6
MISSING_FROM: Final = 7
"""Letters of the shortest words in which a slip is forgiven; shorter ones are often others."""


class Spelling:
    """The words and stems of one language, by how they begin and end."""

    def __init__(self, words: Iterable[str], stems: Iterable[str], real: Iterable[str]) -> None:
        """Keeps folded words, the stems of words that may go on, and words that are no slip."""
        self._words = frozenset(words) | frozenset(real)
        self._stems: dict[str, tuple[str, ...]] = {}
        for stem in sorted(stems):
            self._stems[stem[:2]] = (*self._stems.get(stem[:2], ()), stem)
        self._alike: dict[tuple[str, str, int], list[str]] = {}
        for word in sorted(self._words):
            if len(word) >= SWAPPED_FROM:
                self._alike.setdefault((word[0], word[-1], len(word)), []).append(word)

    def correct(self, word: str) -> str:
        """Gives the word that was meant, or the word itself."""
        n = len(word)
        if n < SWAPPED_FROM or word in self._words:
            return word
        stems = self._stems.get(word[:2], ())
        if word.startswith(stems):
            return word
        for length in (n, n + 1):
            for meant in self._alike.get((word[0], word[-1], length), ()):
                if _is_slip(word, meant):
                    return meant
        for stem in stems:
            for length in (len(stem), len(stem) - 1):
                if len(stem) >= SWAPPED_FROM and n >= length and _is_slip(word[:length], stem):
                    return stem + word[length:]
        return word


def _is_slip(written: str, meant: str) -> bool:
    """Tells whether two neighbours changed places, or a letter in the middle is missing."""
    n = len(meant)
    at = next((i for i in range(len(written)) if written[i] != meant[i]), len(written))
    if len(written) < n:
        return n >= MISSING_FROM and at < n - 1 and written[at:] == meant[at + 1 :]
    swapped = written[at : at + 2] == meant[at : at + 2][::-1]
    return swapped and written[at + 2 :] == meant[at + 2 :]
