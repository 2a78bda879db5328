"""Reads an episode for triage: which rules its words and prototypes speak for, with evidence. Pure.

What follows from a rule is decided in `handoff.triage`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from handoff.triage_rules import (
    DEADLINE_DAYS,
    EPISODE_WORDS,
    IMPACT,
    LASTING,
    NOT_URGENT,
    STEERING,
    TAKEN_BACK,
    URGENCY,
    WORDS_ONLY,
    Message,
    Reason,
)
from handoff.triage_words import MAX_WORDS, Found, Lexicon, Word, read_phrases, split_words

# Enough of a message to know it again on the ticket.
QUOTE_CHARS: Final = 120

# A semicolon asks in Greek.
_ASKED = re.compile("[^.!\n\u2026]*?[?;\u037e\u061f]")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[./-](\d{1,2})[./-]?(\d{4}|\d{2})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an episode says.

    Attributes:
        spoken: Category -> reason, from words; also what steers, such as `not_urgent`.
        similar: Category -> reason, from prototypes, for categories that no words speak of.
        is_whole: The whole episode was read; of a longer one the oldest words are missing.
    """

    spoken: Mapping[str, Reason]
    similar: Mapping[str, Reason] = field(default_factory=dict)
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class _Read:
    message: Message
    words: Sequence[Word]
    affirmed: Sequence[Found]
    denied: frozenset[str]

    def says(self, category: str) -> bool:
        return any(found.category == category for found in self.affirmed)


def read_episode(
    messages: Sequence[Message],
    *,
    lexicons: Mapping[str, Lexicon],
    alarms: Lexicon,
    entities: Mapping[str, str],
) -> Reading:
    """Reads the newest messages of an episode.

    Args:
        messages: Oldest first.
        lexicons: Language tag -> lexicon; must hold English, which people mix into any language.
        alarms: Phrases that are read whatever the language.
        entities: What was found in the messages; `date` is read.
    """
    split = _newest(messages)
    read = [
        _read(message, words, [*_lexicons_for(message.language, lexicons), (alarms,)])
        for message, words in split
    ]
    retracted = max((at for at, one in enumerate(read) if one.says(TAKEN_BACK)), default=-1)
    spoken: dict[str, Reason] = {}
    similar: dict[str, Reason] = {}
    for at, one in enumerate(read):
        for code, reason in _spoken_by(one):
            if at >= retracted or code in LASTING or code in STEERING:
                spoken.setdefault(code, reason)
        for code, reason in _similar_to(one):
            if at >= retracted or code in LASTING:
                similar.setdefault(code, reason)
    if retracted < 0:
        _add_stated_date(spoken, messages, entities)
    return Reading(
        spoken=spoken,
        similar={code: reason for code, reason in similar.items() if code not in spoken},
        is_whole=len(split) == len(messages) and all(len(w) < MAX_WORDS for _, w in split),
    )


def _newest(messages: Sequence[Message]) -> list[tuple[Message, list[Word]]]:
    """Splits the newest messages into words until there are enough; gives them oldest first."""
    split: list[tuple[Message, list[Word]]] = []
    n_words = 0
    for message in reversed(messages):
        if n_words >= EPISODE_WORDS:
            break
        split.append((message, split_words(message.text)))
        n_words += len(split[-1][1])
    return split[::-1]


def _read(message: Message, words: Sequence[Word], groups: Sequence[tuple[Lexicon, ...]]) -> _Read:
    affirmed: list[Found] = []
    denied: set[str] = set()
    for group in groups:
        found = read_phrases(words, group)
        affirmed += (item for item in found.affirmed if not _is_asked_back(item, message, words))
        denied |= found.denied
    return _Read(
        message, words, affirmed, frozenset(denied.difference(f.category for f in affirmed))
    )


def _is_asked_back(item: Found, message: Message, words: Sequence[Word]) -> bool:
    """Tells whether the sentence only asks ("Is it solved?"), which takes nothing back."""
    if item.category != TAKEN_BACK:
        return False
    return _ASKED.match(message.text, words[item.stop - 1].end) is not None


def _lexicons_for(
    language: str | None, lexicons: Mapping[str, Lexicon]
) -> list[tuple[Lexicon, ...]]:
    """Gives groups of lexicons; within a group, the negators of each deny the phrases of all.

    If nobody knows the language, each lexicon is read alone: "no" denies in Spanish, and is only
    a preposition in Portuguese.
    """
    own = lexicons.get((language or "").split("-")[0].lower())
    if own is None:
        return [(lexicon,) for lexicon in lexicons.values()]
    return [(own,) if own.language == "en" else (own, lexicons["en"])]


def _spoken_by(read: _Read) -> Iterator[tuple[str, Reason]]:
    for found in read.affirmed:
        start, end = read.words[found.first].start, read.words[found.stop - 1].end
        yield (
            found.category,
            Reason(
                code=found.category,
                evidence=read.message.text[start:end],
                params={"rule": f"{found.language}: {found.phrase}"},
            ),
        )


def _similar_to(read: _Read) -> Iterator[tuple[str, Reason]]:
    """Gives what a message is like, unless its words deny it or say that it is not urgent."""
    calm = read.says(NOT_URGENT)
    for signal in read.message.signals:
        code = signal.category
        if (code not in IMPACT and code not in URGENCY) or code in WORDS_ONLY:
            continue
        if code in read.denied or (calm and code in URGENCY):
            continue
        yield (
            code,
            Reason(
                code=code,
                evidence=read.message.text.strip()[:QUOTE_CHARS],
                params={
                    "prototype": signal.prototype,
                    "similarity": round(100 * signal.similarity),
                },
            ),
        )


def _add_stated_date(
    spoken: dict[str, Reason], messages: Sequence[Message], entities: Mapping[str, str]
) -> None:
    """Takes a date of the coming week for a deadline; today and the past are rather an event."""
    if "date" not in entities or not messages:
        return
    today = messages[-1].at.date()
    stated = _parse_date(entities["date"], today=today)
    if stated is None or not 1 <= (stated - today).days <= DEADLINE_DAYS:
        return
    code = "deadline_now" if (stated - today).days == 1 else "deadline_soon"
    params: dict[str, str | int] = {"date": stated.isoformat()}
    spoken.setdefault(code, Reason(code=code, evidence=entities["date"], params=params))


def _parse_date(text: str, *, today: date) -> date | None:
    """Reads 2026-12-24, 24.12.2026, 24/12/26 or 24.12.; the day comes before the month."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, first, second, last = match.groups()
    if year is None:
        day, month, year = first, second, last or str(today.year)
    try:
        stated = date(int(year) + 2000 * (len(year) == 2), int(month), int(day))
        is_next_year = first is not None and last is None and stated < today
        return stated.replace(year=stated.year + 1) if is_next_year else stated
    except ValueError:
        return None
