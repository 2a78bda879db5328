"""Finds words that decide by themselves: wishes for a person, risk topics and anger.

The lists live in `nlu/lexicons/<language>.yml`. All languages are matched at once, because a single
word like "Mensch" is too short to tell its language. Words are folded (case, accents, joined
apostrophes), so that "ΑΝΘΡΩΠΟ" and "άνθρωπο" are the same.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nlu.entities import fold

LEXICONS = Path(__file__).parent / "lexicons"
RISKS = ("double_charge", "data_leak", "safety", "self_harm")
MAX_SHORT_WORDS = 3
# Nobody states a wish in the thousandth word, and pasted logs must stay cheap.
MAX_WORDS = 400

# Names such as `ask_human` stay one word: a payload in a message is no wish.
_WORD = re.compile(r"[^\W_]+(?:_+[^\W_]+)*")
_APOSTROPHES = re.compile(r"['\u2019\u02bc`]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """What the words say; `risks` holds codes from `RISKS`."""

    asks_for_person: bool = False
    risks: tuple[str, ...] = ()
    is_angry: bool = False


@dataclass(frozen=True, slots=True)
class _Phrase:
    kind: str
    words: tuple[str, ...]

    def matches(self, words: list[str], at: int) -> bool:
        if at + len(self.words) > len(words):
            return False
        return all(
            word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted
            for wanted, word in zip(self.words, words[at:], strict=False)
        )


class CueLexicon:
    """All phrases of all languages, indexed by the beginning of their first word."""

    # Length of the key; the shortest stem with a star in the lists has three letters.
    _KEY = 3

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        """Builds the index from (kind, phrase)."""
        self._by_key: dict[str, list[_Phrase]] = {}
        for kind, phrase in sorted(set(entries)):
            words = tuple(_split(phrase, keep_star=True))
            if words:
                key = words[0].rstrip("*")[: self._KEY]
                self._by_key.setdefault(key, []).append(_Phrase(kind, words))

    def find(self, text: str) -> Cues:
        """Gives what the text says."""
        words = _split(text)
        kinds = {
            phrase.kind
            for at, word in enumerate(words)
            for phrase in self._by_key.get(word[: self._KEY], ())
            if phrase.matches(words, at)
        }
        is_short = len(words) <= MAX_SHORT_WORDS
        return Cues(
            asks_for_person="person" in kinds or (is_short and "person_short" in kinds),
            risks=tuple(risk for risk in RISKS if risk in kinds),
            is_angry="anger" in kinds,
        )


@functools.cache
def load_cues(folder: Path = LEXICONS) -> CueLexicon:
    """Loads the lexicon of all languages; remembered per folder."""
    entries: list[tuple[str, str]] = []
    for path in sorted(folder.glob("*.yml")):
        lists: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        entries.extend((kind, str(phrase)) for kind, phrases in lists.items() for phrase in phrases)
    return CueLexicon(entries)


@functools.cache
def load_language_names(folder: Path = LEXICONS) -> Mapping[str, str]:
    """Gives folded language name -> language tag, over all languages the names are written in."""
    names: Mapping[str, list[str]] = json.loads(
        (folder / "languages.json").read_text(encoding="utf-8")
    )
    return {name: tag for tag, forms in names.items() for name in forms}


def _split(text: str, *, keep_star: bool = False) -> list[str]:
    joined = _APOSTROPHES.sub("", text)
    if keep_star:
        return [fold(part) for part in re.findall(r"[^\W_]+\*?", joined)]
    return [fold(match) for match in _WORD.findall(joined)[:MAX_WORDS]]
