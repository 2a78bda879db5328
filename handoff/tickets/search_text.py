"""How words are cut, compared and shown in the search for tickets. Pure.

Words are compared folded, as triage does it: case, accents and the forms of letters make no
difference in any language (final sigma, dotless i, Arabic hamza, articles and joined particles).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from handoff.triage_words import fold

WORD_CHARS: Final = 40
# A query has at most so many words that count; nobody remembers more of a ticket.
QUERY_WORDS: Final = 8
# From here on a word may have a slip, an ending of its own, or go on.
_FUZZY_FROM: Final = 4
_PREFIX_FROM: Final = 3
_STEM_FROM: Final = 6
_ENDING_CHARS: Final = 2
_STEM_REACH: Final = 3
_SNIPPET_CHARS: Final = 180
_BEFORE_HIT: Final = 50
_MARKS = "\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670"
_WORD = re.compile(rf"[\w{_MARKS}]+")

EXACT, BEGINNING, STEM, NEAR = 4, 3, 2, 1


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it is compared; the span is half-open, in characters of the text."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A part of a text with the places of what was found, half-open, in its characters."""

    text: str
    ranges: tuple[tuple[int, int], ...]


def cut_words(text: str) -> list[Token]:
    """Gives the words of a text in order; a number or an address gives its parts."""
    tokens = []
    for match in _WORD.finditer(text):
        word = fold(match[0])[:WORD_CHARS]
        if word:
            tokens.append(Token(word, *match.span()))
    return tokens


def query_words(text: str) -> list[str]:
    """Gives the different words of a query, the longest first where there are too many."""
    words = list(dict.fromkeys(token.word for token in cut_words(text)))
    if len(words) <= QUERY_WORDS:
        return words
    kept = set(sorted(words, key=lambda word: -len(word))[:QUERY_WORDS])
    return [word for word in words if word in kept]


def variants_of(word: str) -> list[str]:
    """Gives the word and every form of it that lacks one letter; numbers have none.

    Two words that are one slip apart share a variant.
    """
    if len(word) < _FUZZY_FROM or any(map(str.isdigit, word)):
        return [word]
    return list(dict.fromkeys([word, *(word[:at] + word[at + 1 :] for at in range(len(word)))]))


def beginnings_of(word: str) -> list[str]:
    """Gives the beginnings by which words that may be meant are looked up."""
    found = [word] if len(word) >= _PREFIX_FROM else []
    if len(word) >= _STEM_FROM and not any(map(str.isdigit, word)):
        found.append(word[:-_ENDING_CHARS])
    return found


def weigh_match(asked: str, word: str) -> int:
    """Tells how well a word of a ticket answers a word of the query; 0 for not at all."""
    if word == asked:
        return EXACT
    if len(asked) >= _PREFIX_FROM and word.startswith(asked):
        return BEGINNING
    if len(asked) < _FUZZY_FROM or any(map(str.isdigit, asked)):
        return 0
    near_length = len(asked) >= _STEM_FROM and len(word) <= len(asked) + _STEM_REACH
    if near_length and word.startswith(asked[:-_ENDING_CHARS]):
        return STEM
    return NEAR if is_one_slip(asked, word) else 0


def is_one_slip(one: str, other: str) -> bool:
    """Tells whether one letter was added, lost, changed, or swapped with its neighbour."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    first, second = one[start:], other[start:]
    return (
        first[1:] == second
        or first == second[1:]
        or first[1:] == second[1:]
        or (first[:2] == second[1::-1] and first[2:] == second[2:])
    )


def make_snippet(text: str, is_hit: Callable[[str], bool]) -> Snippet:
    """Gives the part of a text around its first hit, with all hits in that part.

    Args:
        text: The whole text.
        is_hit: Tells of a folded word whether it was found.
    """
    text = " ".join(text.split())
    hits = [token for token in cut_words(text) if is_hit(token.word)]
    start = _word_start(text, max(0, hits[0].start - _BEFORE_HIT)) if hits else 0
    stop = min(len(text), start + _SNIPPET_CHARS)
    shown = text[start:stop]
    lead, tail = "\u2026" if start else "", "\u2026" if stop < len(text) else ""
    shift = len(lead) - start
    ranges = [(hit.start + shift, hit.end + shift) for hit in hits if hit.end <= stop]
    return Snippet(text=f"{lead}{shown}{tail}", ranges=tuple(ranges))


def _word_start(text: str, at: int) -> int:
    """Gives the beginning of the word after a place, so that no half word is shown."""
    if at == 0:
        return 0
    space = text.find(" ", at)
    return at if space < 0 or space - at > _BEFORE_HIT // 2 else space + 1


def rank_words(asked: str, candidates: Sequence[str], *, limit: int) -> dict[str, int]:
    """Gives word -> weight of the best candidates, the best first."""
    weighed = {word: weigh_match(asked, word) for word in candidates}
    best = sorted(
        (word for word, weight in weighed.items() if weight),
        key=lambda word: (-weighed[word], len(word), word),
    )
    return {word: weighed[word] for word in best[:limit]}
