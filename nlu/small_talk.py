"""Knows the courtesies by heart: greetings, thanks, farewells, yes and no in all languages.

A classifier sees too little in one to three words to be sure of them, and a visitor who says good
day must not be asked which article she means. Nor may it only guess when she asks whether she talks
to a human: she must hear the truth. Only a message that consists of such phrases alone counts; a
greeting in front of a question is taken off, so that the question alone is searched. Pure.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from nlu.entities import fold

LEXICON = Path(__file__).parent / "lexicons" / "small_talk.json"
MAX_WORDS = 12
FILLER = "filler"
"""Words that say nothing by themselves, as in "hello there"."""
# What a message with several courtesies is about: "no, thanks" declines, "thanks, bye" leaves.
# A bare "okay" is consent, but beside anything else it only leads over to it.
_BY_WEIGHT = (
    "bot_challenge",
    "complaint",
    "answer_not_helpful",
    "goodbye",
    "deny",
    "affirm",
    "thanks",
    "greet",
    "greet_alone",
    "praise",
    "ok",
)
# `greet_alone` holds words like "morning" that begin ordinary questions, too.
_INTENTS = {"ok": "affirm", "praise": "answer_helpful", "greet_alone": "greet"}
# "Are you" and "a human" ask what the bot is; "a human" alone asks for one, and so does a second
# being without an "or" between ("are you a bot? a human, please").
_CHALLENGE = frozenset({"challenge", "being", "or"})
_OPENINGS = frozenset({"challenge", "bot_challenge"})
_MIN_QUESTION_WORDS = 2
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile(r"['\u2019\u02bc`]")

Phrase = tuple[str, ...]


class SmallTalkLexicon:
    """Phrases of all languages with what they are."""

    def __init__(self, phrases: Mapping[str, Sequence[str]]) -> None:
        """Folds the phrases; a phrase may be of several kinds."""
        self._kinds: dict[Phrase, set[str]] = {}
        for kind, texts in phrases.items():
            for text in texts:
                self._kinds.setdefault(tuple(_split(text)), set()).add(kind)
        self._longest = max(map(len, self._kinds), default=0)

    def intent(self, text: str) -> str | None:
        """Gives the intent of a message that is nothing but courtesies, else None."""
        words = _split(text[:200])
        if not words or len(words) > MAX_WORDS:
            return None
        found: list[set[str]] = []
        at = 0
        while at < len(words):
            phrase = self._longest_at(words, at)
            if phrase is None:
                return None
            found.append(self._kinds[phrase])
            at += len(phrase)
        if _is_challenge(found):
            return "bot_challenge"
        if any(part <= _CHALLENGE for part in found):
            return None
        kinds = set[str]().union(*found)
        best = next((kind for kind in _BY_WEIGHT if kind in kinds), None)
        # A single word that greets in one language and leaves in another ("ciao") greets.
        if self._kinds.get(tuple(words), set()) >= {"greet", "goodbye"}:
            best = "greet"
        return None if best is None else _INTENTS.get(best, best)

    def question(self, text: str) -> str:
        """Gives the text without the greeting in front of a question; else as it is."""
        matches = []
        for match in _WORD.finditer(text):
            matches.append(match)
            if len(matches) > self._longest + MAX_WORDS:
                break
        words = [fold(match.group()) for match in matches]
        at = 0
        while at < len(words):
            phrase = self._longest_at(words, at)
            if phrase is None or "greet" not in self._kinds[phrase]:
                break
            at += len(phrase)
        if at == 0 or len(words) - at < _MIN_QUESTION_WORDS or self.intent(text) is not None:
            return text
        return text[matches[at].start() :]

    def _longest_at(self, words: Sequence[str], at: int) -> Phrase | None:
        for size in range(min(self._longest, len(words) - at), 0, -1):
            phrase = tuple(words[at : at + size])
            if phrase in self._kinds:
                return phrase
        return None


@functools.cache
def load_small_talk(path: Path = LEXICON) -> SmallTalkLexicon:
    """Loads the phrases of all languages; remembered per file."""
    languages: Mapping[str, Mapping[str, Sequence[str]]] = json.loads(
        path.read_text(encoding="utf-8")
    )
    phrases: dict[str, list[str]] = {}
    for kinds in languages.values():
        for kind, texts in kinds.items():
            phrases.setdefault(kind, []).extend(texts)
    return SmallTalkLexicon(phrases)


def _is_challenge(found: Sequence[set[str]]) -> bool:
    """Says whether the phrases of a message ask if the bot is a human or a machine."""
    n_beings = sum("being" in kinds for kinds in found)
    if n_beings == 0 or not any(kinds & _OPENINGS for kinds in found):
        return False
    return n_beings == 1 or any("or" in kinds for kinds in found)


def _split(text: str) -> list[str]:
    return [fold(match) for match in _WORD.findall(_APOSTROPHES.sub("", text))]
