"""Finds phrases of a lexicon in a visitor's words, with the place where they stand.

Words are compared in a folded form (lower case, without accents; Arabic without its article and
joined particles), so that capitals and missing accents make no difference. A phrase that is denied
("not charged twice") is not found. What a found phrase means is decided in `handoff.triage`.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

MAX_WORDS: Final = 300
"""Words read of one message; nobody states a deadline behind them, and pasted logs stay cheap."""

GAPS: Final[Mapping[str, int]] = {".": 2, "..": 4}
"""Most words that a gap in a phrase may stand for."""

_DENIAL_WORDS: Final = 4
"""How far before a phrase a negator still denies it; beyond, it mostly denies something else."""

_MOST: Final = 200
"""Numbers above count nothing that a visitor has several of: they are order numbers and years."""

_MARKS = "\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670"
_WORD = re.compile(rf"[\w{_MARKS}]+(?:['\u2019][tT](?![\w{_MARKS}]))?")
_SENTENCE_END = re.compile(r"[.:]\s|[!?;\n\u2026\u037e\u061f\u061b]")
_CLAUSE_END = re.compile(r"[,()\u060c\u2013\u2014]|\s-\s")
PHRASE_JOINTS = re.compile("['\u2019](?!t\\b)|-")
_ARABIC = re.compile("[\u0621-\u064a]")
_ARABIC_JOINED = re.compile(
    "^(?:[\u0648\u0641]?(?:[\u0628\u0643]?\u0627\u0644|\u0644\u0644))(?=.{3})"
)
# With its article "the day" means today, and must not be taken for any day.
_TODAY = "\u0627\u0644\u064a\u0648\u0645"
_ARABIC_AND = re.compile("^\u0648(?=.{3})")
# "With" and "for" before a bare noun. Roots that begin so lose a letter too, in lexicons as well.
_ARABIC_WITH = re.compile("^[\u0628\u0644](?=.{3})")
_LETTERS = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d"}
    | {"\u0623": "\u0627", "\u0625": "\u0627", "\u0622": "\u0627", "\u0671": "\u0627"}
    | {"\u0649": "\u064a", "\u0629": "\u0647", "\u0640": None, "'": None, "\u2019": None}
)


@functools.lru_cache(maxsize=4_096)
def fold(word: str) -> str:
    """Gives the form of a word in which words are compared.

    A single letter keeps its accent: Italian "e" and "è", French "a" and "à" are different words.
    """
    folded = unicodedata.normalize("NFKC", word).casefold().translate(_LETTERS)
    if len(folded) == 1:
        return folded
    decomposed = unicodedata.normalize("NFKD", folded)
    folded = "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_LETTERS)
    if _ARABIC.search(folded) and folded != _TODAY:
        for joined in (_ARABIC_JOINED, _ARABIC_AND, _ARABIC_WITH):
            folded = joined.sub("", folded)
    return folded


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text; the span is half-open, in characters of the text."""

    folded: str
    start: int
    end: int
    sentence: int
    clause: int


def split_words(text: str) -> list[Word]:
    """Splits a text into its first `MAX_WORDS` words, each with its sentence and clause."""
    words: list[Word] = []
    sentence = clause = previous_end = 0
    for match in _WORD.finditer(text):
        between = text[previous_end : match.start()]
        if _SENTENCE_END.search(between):
            sentence, clause = sentence + 1, clause + 1
        elif _CLAUSE_END.search(between):
            clause += 1
        words.append(Word(fold(match.group()), *match.span(), sentence, clause))
        previous_end = match.end()
        if len(words) == MAX_WORDS:
            break
    return words


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase found in a text: its category and the words, half-open, by position.

    `skipped` holds the positions of words in its gaps.
    """

    category: str
    first: int
    stop: int
    skipped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """The phrases of one language by category, as they stand in its file.

    In a phrase `*` ends a word that may go on, `a|b` means either word, `.` stands for up to two
    words, `..` for up to four, `#` for a number from two up (digits, or a word of the category
    `numbers`).
    """

    language: str
    phrases: Mapping[str, Sequence[str]]
    _index: PhraseIndex = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compiles the phrases."""
        object.__setattr__(self, "_index", PhraseIndex(self.phrases))

    @property
    def index(self) -> PhraseIndex:
        """The phrases, compiled."""
        return self._index


@dataclass(frozen=True, slots=True)
class _Slot:
    """A place in a phrase: which words fit, and how many may stand before."""

    exact: frozenset[str]
    stems: tuple[str, ...]
    takes_number: bool
    gap: int


class PhraseIndex:
    """The phrases of a language, by the beginning of their first word."""

    def __init__(self, phrases: Mapping[str, Sequence[str]]) -> None:
        """Compiles phrases by category."""
        self._number = _compile_word("|".join(phrases.get("numbers", ())), gap=0)
        self._exact: dict[str, list[tuple[str, _Pattern]]] = {}
        self._stems: dict[str, list[tuple[str, _Pattern]]] = {}
        self._numeric: list[tuple[str, _Pattern]] = []
        for category, texts in phrases.items():
            if category != "numbers":
                for text in texts:
                    self._add(category, _compile_phrase(text))
        self._stem_lengths = sorted({len(stem) for stem in self._stems})

    def find(self, words: Sequence[Word]) -> Iterator[Found]:
        """Finds every phrase at every place; of one phrase at one place, the shortest reading."""
        for at, word in enumerate(words):
            for category, pattern in self._starting_with(word.folded):
                places = self._match(pattern[1:], words, (at,))
                if places:
                    within = set(range(at, places[-1])) - set(places)
                    yield Found(category, at, places[-1] + 1, tuple(sorted(within)))

    def _add(self, category: str, pattern: _Pattern) -> None:
        first = pattern[0]
        for word in sorted(first.exact):
            self._exact.setdefault(word, []).append((category, pattern))
        for stem in first.stems:
            self._stems.setdefault(stem, []).append((category, pattern))
        if first.takes_number:
            self._numeric.append((category, pattern))

    def _starting_with(self, word: str) -> Iterator[tuple[str, _Pattern]]:
        yield from self._exact.get(word, ())
        for length in self._stem_lengths:
            yield from self._stems.get(word[:length], ()) if len(word) >= length else ()
        if self._is_number(word):
            yield from self._numeric

    def _match(
        self, rest: _Pattern, words: Sequence[Word], places: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Gives where the words of a phrase stand of which the first are placed, or nothing."""
        if not rest:
            return places
        slot, at = rest[0], places[-1] + 1
        for place in range(at, min(at + slot.gap + 1, len(words))):
            if words[place].sentence != words[at - 1].sentence:
                break
            if self._fits(words[place].folded, slot):
                whole = self._match(rest[1:], words, (*places, place))
                if whole:
                    return whole
        return ()

    def _fits(self, word: str, slot: _Slot) -> bool:
        return (
            word in slot.exact
            or word.startswith(slot.stems)
            or (slot.takes_number and self._is_number(word))
        )

    def _is_number(self, word: str) -> bool:
        if word.isdecimal():
            return 2 <= int(word[:9]) <= _MOST
        return word in self._number.exact or word.startswith(self._number.stems)


_Pattern = tuple[_Slot, ...]


def find_affirmed(words: Sequence[Word], lexicons: Iterable[Lexicon]) -> list[Found]:
    """Finds the phrases that are not denied, in their order, and none inside "not urgent".

    The categories negators, negators_after, no_denial and conjunctions steer the search; they are
    not among what is found.
    """
    found = sorted(
        {item for lexicon in lexicons for item in lexicon.index.find(words)},
        key=lambda item: (item.first, item.stop, item.category),
    )
    harmless = {at for item in found if item.category == "no_denial" for at in _places(item)}
    denying = _places_of("negators", found) - harmless
    denying_after = _places_of("negators_after", found) - harmless
    joins = _places_of("conjunctions", found)
    unhurried = _places_of("not_urgent", found)
    return [
        item
        for item in found
        if item.category == "not_urgent"
        or (
            item.category not in _STEERING
            and unhurried.isdisjoint(_places(item))
            and (
                item.category in _NEVER_DENIED
                or not _is_denied(item, words, denying=denying, after=denying_after, joins=joins)
            )
        )
    ]


_STEERING = frozenset({"negators", "negators_after", "no_denial", "conjunctions"})
# "There are none of our three orders": what is missing are still three orders.
_NEVER_DENIED = frozenset({"several_affected"})


def _is_denied(
    item: Found, words: Sequence[Word], *, denying: set[int], after: set[int], joins: set[int]
) -> bool:
    own = denying.intersection(_places(item))
    if own:
        # A denial inside a gap counts; one that belongs to the phrase ("nobody can pay") shields
        # it, because many languages deny twice to deny once.
        return own <= set(item.skipped)
    clause = words[item.first].clause
    for at in range(item.first - 1, max(-1, item.first - 1 - _DENIAL_WORDS), -1):
        if words[at].clause != clause or at in joins:
            break
        if at in denying:
            return True
    follows = item.stop < len(words) and words[item.stop].clause == words[item.stop - 1].clause
    return follows and item.stop in after


def _places(item: Found) -> range:
    return range(item.first, item.stop)


def _places_of(category: str, found: Iterable[Found]) -> set[int]:
    return {at for item in found if item.category == category for at in _places(item)}


def _compile_phrase(text: str) -> _Pattern:
    slots: list[_Slot] = []
    gap = 0
    for part in PHRASE_JOINTS.sub(" ", text).split():
        if part in GAPS:
            gap = GAPS[part]
        else:
            slots.append(_compile_word(part, gap=gap))
            gap = 0
    return tuple(slots)


def _compile_word(text: str, *, gap: int) -> _Slot:
    options = [option for option in text.split("|") if option]
    return _Slot(
        exact=frozenset(fold(option) for option in options if option[-1] not in "*#"),
        stems=tuple(fold(option[:-1]) for option in options if option[-1] == "*"),
        takes_number="#" in options,
        gap=gap,
    )
