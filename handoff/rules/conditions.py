"""Tells whether a condition holds for a ticket, and if not, what it fails at. Pure.

Words are compared folded, as triage does: capitals and missing accents make no difference, in any
language. There are no patterns: what an editor writes takes time in proportion to its length.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import assert_never

from handoff.rules.model import (
    NONE,
    AllOf,
    AnyOf,
    Choice,
    Condition,
    HoursOpen,
    Minutes,
    Not,
    TicketFacts,
    Words,
)
from handoff.triage_words import fold, split_words


def holds(condition: Condition, facts: TicketFacts) -> bool:
    """Tells whether the condition holds."""
    return why_not(condition, facts) is None


def why_not(condition: Condition, facts: TicketFacts, where: str = "when") -> str | None:
    """Gives the place of what does not hold, such as `when > all > 2 > priority`; None if it does.

    Args:
        condition: What to test.
        facts: The ticket.
        where: The condition's own place.
    """
    match condition:
        case Choice() | Minutes() | Words():
            fits = _fits(condition, facts)
            return None if fits else f"{where} > {condition.field}"
        case HoursOpen(open=wanted):
            return None if facts.hours_open is wanted else f"{where} > hours_open"
        case AllOf(conditions=parts):
            failed = (
                why_not(part, facts, f"{where} > {number}")
                for number, part in enumerate(parts, start=1)
            )
            return next(filter(None, failed), None)
        case AnyOf(conditions=parts):
            return None if any(holds(part, facts) for part in parts) else f"{where} > any"
        case Not(condition=part):
            return f"{where} > not" if holds(part, facts) else None
        case _:  # pragma: no cover
            assert_never(condition)


def reads_words(condition: Condition) -> bool:
    """Tells whether a condition needs the visitor's words, which cost a query."""
    match condition:
        case Words():
            return True
        case AllOf(conditions=parts) | AnyOf(conditions=parts):
            return any(map(reads_words, parts))
        case Not(condition=part):
            return reads_words(part)
        case _:
            return False


def _fits(condition: Choice | Minutes | Words, facts: TicketFacts) -> bool:
    match condition:
        case Choice(field="tags", values=wanted):
            found = {tag.casefold() for tag in facts.tags} or {NONE}
            return not found.isdisjoint(wanted)
        case Choice(field=name, values=wanted):
            value = getattr(facts, name)
            return (NONE if value in (None, "") else str(value).casefold()) in wanted
        case Minutes(field=name, at_least=least, at_most=most):
            minutes = getattr(facts, name)
            return minutes is not None and least <= minutes <= most
        case Words(field=name, phrases=phrases):
            words = [word.folded for line in str(getattr(facts, name)).splitlines()
                     for word in split_words(line)]  # fmt: skip
            return any(_contains(words, _parts(phrase)) for phrase in phrases)
        case _:  # pragma: no cover
            assert_never(condition)


@functools.lru_cache(maxsize=4_096)
def _parts(phrase: str) -> tuple[tuple[str, bool], ...]:
    """Gives each word folded, and whether it may go on."""
    parts = []
    for word in phrase.split():
        goes_on = word.endswith("*")
        folded = [part.folded for part in split_words(word)] or [fold(word.rstrip("*"))]
        parts += [(part, False) for part in folded[:-1]]
        parts.append((folded[-1], goes_on))
    return tuple(parts)


def _contains(words: Sequence[str], parts: tuple[tuple[str, bool], ...]) -> bool:
    return any(
        all(
            word.startswith(part) if goes_on else word == part
            for word, (part, goes_on) in zip(words[start:], parts, strict=False)
        )
        for start in range(len(words) - len(parts) + 1)
    )
