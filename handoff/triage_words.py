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

from handoff.triage_spelling import Spelling

MAX_WORDS: Final = 300
"""Words read of one message; nobody states a deadline behind them, and pasted logs stay cheap."""

GAPS: Final[Mapping[str, int]] = {".": 2, "..": 4}
"""Most words that a gap in a phrase may stand for."""

_DENIAL_WORDS: Final = 4
"""How far before a phrase a negator still denies it; beyond, it mostly denies something else."""

_MOST: Final = 200
"""Numbers above count nothing that a visitor has several of: they are order numbers and years."""

# Categories whose entries are single words for the search, not phrases to be found.
_NO_PHRASES = frozenset({"numbers", "real_words"})

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
# "And the water": what is denied before ends here; a bare "and" may begin a root.
_ARABIC_AND_THE = re.compile("^\u0648\u0627\u0644(?=.{2})")
_ARABIC_AND = re.compile("^\u0648(?=.{3})")
# "With" and "for" before a bare noun. Roots that begin so lose a letter too, in lexicons as well.
_ARABIC_WITH = re.compile("^[\u0628\u0644](?=.{3})")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
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
        elif _CLAUSE_END.search(between) or _ARABIC_AND_THE.match(match.group()):
            clause += 1
        folded = fold(_STRETCHED.sub(r"\1", match.group()))
        words.append(Word(folded, *match.span(), sentence, clause))
        previous_end = match.end()
        if len(words) == MAX_WORDS:
            break
    return words


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase found in a text: its category and the words, half-open, by position.

    `skipped` holds the positions of words in its gaps; `phrase` is its text in the lexicon of
    `language`.
    """

    category: str
    first: int
    stop: int
    phrase: str
    language: str
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
        object.__setattr__(self, "_index", PhraseIndex(self.phrases, language=self.language))

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

    def __init__(self, phrases: Mapping[str, Sequence[str]], *, language: str) -> None:
        """Compiles phrases by category."""
        self._language = language
        self._number = _compile_word("|".join(phrases.get("numbers", ())), gap=0)
        self._exact: dict[str, list[_Phrase]] = {}
        self._stems: dict[str, list[_Phrase]] = {}
        self._numeric: list[_Phrase] = []
        for category, texts in phrases.items():
            if category not in _NO_PHRASES:
                for text in texts:
                    self._add(_Phrase(category, text, _compile_phrase(text)))
        self._stem_lengths: dict[str, list[int]] = {}
        for first, length in sorted({(stem[0], len(stem)) for stem in self._stems}):
            self._stem_lengths.setdefault(first, []).append(length)
        slots = [slot for phrase in self._phrases() for slot in phrase.pattern]
        self._spelling = Spelling(
            {word for slot in (*slots, self._number) for word in slot.exact},
            {stem for slot in (*slots, self._number) for stem in slot.stems},
            real={fold(word) for word in phrases.get("real_words", ())},
        )
        # Most words of most messages are common ones.
        self._known = functools.lru_cache(maxsize=2_048)(self._look_up)

    def find(self, words: Sequence[Word]) -> Iterator[Found]:
        """Finds every phrase at every place; of one phrase at one place, the shortest reading."""
        known = [self._known(word.folded) for word in words]
        spelled = [
            (word, written.sentence) for (word, _), written in zip(known, words, strict=True)
        ]
        for at, (_, phrases) in enumerate(known):
            for phrase in phrases:
                places = self._match(phrase.pattern[1:], spelled, (at,))
                if places:
                    within = tuple(sorted(set(range(at, places[-1])) - set(places)))
                    yield Found(
                        phrase.category, at, places[-1] + 1, phrase.text, self._language, within
                    )

    def _add(self, phrase: _Phrase) -> None:
        first = phrase.pattern[0]
        for word in sorted(first.exact):
            self._exact.setdefault(word, []).append(phrase)
        for stem in first.stems:
            self._stems.setdefault(stem, []).append(phrase)
        if first.takes_number:
            self._numeric.append(phrase)

    def _phrases(self) -> Iterator[_Phrase]:
        yield from self._numeric
        for index in (self._exact, self._stems):
            for phrases in index.values():
                yield from phrases

    def _look_up(self, written: str) -> tuple[str, tuple[_Phrase, ...]]:
        """Gives the word that was meant and the phrases that begin with it."""
        word = self._spelling.correct(written)
        found = list(self._exact.get(word, ()))
        for length in self._stem_lengths.get(word[:1], ()):
            if len(word) >= length:
                found += self._stems.get(word[:length], ())
        if self._is_number(word):
            found += self._numeric
        return word, tuple(found)

    def _match(
        self, rest: _Pattern, words: Sequence[tuple[str, int]], places: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Gives where the words of a phrase stand of which the first are placed, or nothing."""
        if not rest:
            return places
        slot, at = rest[0], places[-1] + 1
        for place in range(at, min(at + slot.gap + 1, len(words))):
            word, sentence = words[place]
            if sentence != words[at - 1][1]:
                break
            if self._fits(word, slot):
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


@dataclass(frozen=True, slots=True)
class _Phrase:
    category: str
    text: str
    pattern: _Pattern


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of a text that hold, in their order, and the categories that it denies."""

    affirmed: tuple[Found, ...]
    denied: frozenset[str]


def read_phrases(words: Sequence[Word], lexicons: Iterable[Lexicon]) -> Phrases:
    """Finds the phrases that are not denied, and none inside "not urgent".

    The categories negators, negators_after, no_denial and conjunctions steer the search; they are
    not among what is found.
    """
    found = sorted(
        {item for lexicon in lexicons for item in lexicon.index.find(words)},
        key=lambda item: (item.first, item.stop, item.category, item.language, item.phrase),
    )
    harmless = {at for item in found if item.category == "no_denial" for at in _places(item)}
    denying = _places_of("negators", found) - harmless
    denying_after = _places_of("negators_after", found) - harmless
    joins = _places_of("conjunctions", found)
    unhurried = _places_of("not_urgent", found)
    affirmed: list[Found] = []
    denied: set[str] = set()
    for item in found:
        if item.category in _STEERING:
            continue
        if item.category in _NEVER_DENIED:
            affirmed.append(item)
        elif _is_denied(item, words, denying=denying, after=denying_after, joins=joins) or (
            item.category in _ALL_CLEAR and _is_doubtful(item, words, denying, joins)
        ):
            denied.add(item.category)
        elif unhurried.isdisjoint(_places(item)) or item.category in _BESIDE_UNHURRIED:
            affirmed.append(item)
    return Phrases(tuple(affirmed), frozenset(denied))


_STEERING = frozenset({"negators", "negators_after", "no_denial", "conjunctions"})
# "There are none of our three orders": what is missing are still three orders. Whoever says that
# she does not want to die has thought of it.
_NEVER_DENIED = frozenset({"not_urgent", "several_affected", "self_harm"})
# "Not urgent any more" is both.
_BESIDE_UNHURRIED = frozenset({"taken_back"})
# What makes a ticket less urgent must be said without any denial around it.
_ALL_CLEAR = frozenset({"taken_back", "workaround"})


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


def _is_doubtful(item: Found, words: Sequence[Word], denying: set[int], joins: set[int]) -> bool:
    """Tells whether anything is denied in the part of the sentence that holds the phrase."""
    clause = words[item.first].clause
    for way in (range(item.first - 1, -1, -1), range(item.stop, len(words))):
        for at in way:
            if words[at].clause != clause or at in joins:
                break
            if at in denying:
                return True
    return False


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
