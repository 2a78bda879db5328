"""Simulated conversations: does the conversation's language follow what the visitor writes?

As in the project's study: six messages, mostly short; some say nothing ("ok", an emoji, a code),
some are international words typed by speakers of other languages; a third switch language once.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nlu.language import detect

CONVERSATIONS: Final = 1_000
MESSAGES: Final = 6
SHORT_SHARE, NOTHING_SHARE, INTERNATIONAL_SHARE = 0.75, 0.15, 0.07
SWITCH_SHARE, LOCALE_RIGHT = 1 / 3, 0.85
KINDS: Final = frozenset({"tatoeba", "command", "chat", "assistant", "news"})
NOTHING: Final = (
    "ok",
    "👍",
    "12345",
    "MT-204518",
    "???",
    "DHL",
    "10:30",
    "XL",
    "okay",
    "😀😀",
    "!",
)
# A word and the languages in which it is native: it is typed by speakers of the others.
INTERNATIONAL: Final[Mapping[str, frozenset[str]]] = {
    "thanks": frozenset({"en"}),
    "hi": frozenset({"en"}),
    "hello": frozenset({"en"}),
    "sorry": frozenset({"en"}),
    "please": frozenset({"en"}),
    "stop": frozenset({"en", "nl", "de", "fr", "da", "no", "sv"}),
    "no": frozenset({"en", "es", "it"}),
    "super": frozenset({"de", "fr", "nl", "pl", "cs", "ro", "hu", "it"}),
    "merci": frozenset({"fr"}),
    "ciao": frozenset({"it"}),
    "bye": frozenset({"en"}),
    "cool": frozenset({"en", "de", "fr"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is simulated: the languages that are spoken, and whether the page tells one."""

    name: str
    languages: Sequence[str]
    locale: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A message, the language of the conversation after it, and what kind of message it is."""

    text: str
    accepted: frozenset[str]
    kind: str


def simulate(rows: Sequence[Any], policy: Policy) -> dict[str, float]:
    """Gives the share of messages after which the language is right, overall and by kind."""
    choose = random.Random(policy.seed)
    pools = _pools(rows, policy.languages)
    right: dict[str, list[bool]] = defaultdict(list)
    for _ in range(CONVERSATIONS):
        language = choose.choice(policy.languages)
        locale = None
        if policy.locale:
            wrong = choose.choice(policy.languages)
            locale = language if choose.random() < LOCALE_RIGHT else wrong
        state: Mapping[str, float] | None = None
        for typed in conversation(pools, language, choose):
            result = detect(typed.text, state=state, locale=locale, supported=policy.languages)
            state = result.state
            hit = result.conversation in typed.accepted
            right["all"].append(hit)
            right[typed.kind].append(hit)
    return {kind: round(sum(hits) / len(hits), 4) for kind, hits in sorted(right.items())}


def conversation(
    pools: Mapping[tuple[str, bool], Sequence[Any]], language: str, choose: random.Random
) -> list[Typed]:
    """Gives the messages of one visitor."""
    switch_at = choose.randrange(2, MESSAGES) if choose.random() < SWITCH_SHARE else None
    others = sorted({name for name, _ in pools} - {language})
    messages: list[Typed] = []
    for place in range(MESSAGES):
        switches = place == switch_at
        if switches:
            language = choose.choice(others)
        kind = "first" if place == 0 else "switch" if switches else "later"
        if switch_at is not None and place == switch_at + 1:
            kind = "after switch"
        drawn = choose.random()
        words = [word for word, native in INTERNATIONAL.items() if language not in native]
        if kind == "later" and drawn < NOTHING_SHARE:
            typed = Typed(
                text=choose.choice(NOTHING), accepted=frozenset({language}), kind="nothing"
            )
        elif kind == "later" and drawn < NOTHING_SHARE + INTERNATIONAL_SHARE:
            typed = Typed(
                text=choose.choice(words), accepted=frozenset({language}), kind="international"
            )
        else:
            row = choose.choice(pools[language, choose.random() < SHORT_SHARE])
            accepted = frozenset({language, *row.get("accept", ())})
            typed = Typed(text=row["text"], accepted=accepted, kind=kind)
        messages.append(typed)
    return messages


def _pools(rows: Sequence[Any], languages: Sequence[str]) -> dict[tuple[str, bool], list[Any]]:
    """Gives rows by language and whether they have at most five words."""
    pools: dict[tuple[str, bool], list[Any]] = defaultdict(list)
    for row in rows:
        if row["kind"] in KINDS and row["lang"] in languages:
            pools[row["lang"], row["bucket"] in ("1-2", "3-5")].append(row)
    return pools
