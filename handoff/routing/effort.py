"""Estimates how much work a ticket is, from what is known before anybody reads it. Pure.

Four plain facts: what kind of request it is, its category, how much the visitor wrote and how many
questions she asked. The estimate only has to sort; it is explained part by part, and the minutes
per type and category belong to the support lead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from handoff.model import TicketReason

# A question mark in the scripts of our languages; the Greek one is the Latin semicolon, which is
# counted in Greek texts only.
QUESTION_MARKS: Final = "?؟？"
GREEK_QUESTION_MARKS: Final = ";\u037e"
# Agents read about 300 characters while a short answer takes shape; more is more to work through.
FREE_CHARACTERS: Final = 300
EFFORT_CODES: Final = ("effort_type", "effort_category", "effort_length", "effort_questions")
CHARACTERS_A_MINUTE: Final = 300
MINUTES_A_QUESTION: Final = 2.0
MOST_FOR_LENGTH: Final = 10.0
MOST_FOR_QUESTIONS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EffortTable:
    """Minutes that kinds of request take.

    Attributes:
        types: Type -> minutes.
        categories: Category -> further minutes, negative where a template answers it.
        unknown: For a ticket without a type.
    """

    types: Mapping[str, float] = field(
        default_factory=lambda: {
            "question": 4.0, "feedback": 3.0, "request": 8.0, "problem": 12.0, "complaint": 15.0,
        }
    )  # fmt: skip
    categories: Mapping[str, float] = field(default_factory=dict)
    unknown: float = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """An estimate in minutes, at least one, and what it is made of."""

    minutes: float
    reasons: tuple[TicketReason, ...]


def estimate_effort(
    *,
    type: str | None,
    category: str | None,
    n_characters: int,
    n_questions: int,
    table: EffortTable,
) -> Effort:
    """Gives the estimate.

    Args:
        type: The ticket's type; None when nobody knows.
        category: Its category; None when nobody knows.
        n_characters: What the visitor wrote in this episode, all messages together.
        n_questions: Question marks therein.
        table: The minutes per type and category.
    """
    parts = [_part("type", table.types.get(type or "", table.unknown), type or "")]
    if category is not None and category in table.categories:
        parts.append(_part("category", table.categories[category], category))
    beyond = max(0, n_characters - FREE_CHARACTERS)
    if beyond:
        minutes = min(MOST_FOR_LENGTH, beyond / CHARACTERS_A_MINUTE)
        parts.append(_part("length", minutes, n_characters))
    if n_questions > 1:
        minutes = min(MOST_FOR_QUESTIONS, (n_questions - 1) * MINUTES_A_QUESTION)
        parts.append(_part("questions", minutes, n_questions))
    total = sum(minutes for minutes, _ in parts)
    return Effort(minutes=round(max(1.0, total), 1), reasons=tuple(reason for _, reason in parts))


def count_questions(text: str, *, language: str | None) -> int:
    """Gives the number of question marks; a row of them is one question."""
    marks = QUESTION_MARKS
    if language is not None and language.partition("-")[0] == "el":
        marks += GREEK_QUESTION_MARKS
    return sum(
        character in marks and following not in marks
        for character, following in zip(text, f"{text[1:]} ", strict=True)
    )


def _part(name: str, minutes: float, value: str | int) -> tuple[float, TicketReason]:
    params = {"minutes": round(minutes, 1), "value": value}
    return minutes, TicketReason(code=f"effort_{name}", evidence=str(value), params=params)
