"""What to do next with a waiting conversation: ask the brain, wait, or call a person.

Pure: the dispatcher supplies the ages, counts and the brain's condition, and acts on the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class BrainCondition(StrEnum):
    """What is known about the brain without asking it."""

    READY = "ready"
    COMING = "coming"  # starting or restarting: worth waiting for
    GONE = "gone"  # cannot come up: no model, or given up


class Step(StrEnum):
    """The next act for one conversation."""

    ASK = "ask"
    WAIT = "wait"
    HAND_OFF = "hand_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long and how often. `answer_within_s` counts from the oldest unanswered message."""

    answer_within_s: float
    tries: int


def choose_step(
    *,
    age_s: float,
    tries_made: int,
    brain: BrainCondition,
    breaker_admits: bool,
    patience: Patience,
) -> Step:
    """Decides the next act.

    Args:
        age_s: Age of the oldest unanswered message, in seconds.
        tries_made: Turns that were sent to the brain for these messages, in this process or an
            earlier one.
        brain: The brain's condition.
        breaker_admits: Whether the circuit breaker would let a call pass.
        patience: The limits.
    """
    if age_s >= patience.answer_within_s or tries_made >= patience.tries:
        return Step.HAND_OFF
    if brain is BrainCondition.GONE:
        return Step.HAND_OFF
    if brain is BrainCondition.COMING:
        return Step.WAIT
    return Step.ASK if breaker_admits else Step.HAND_OFF


def try_limit_s(*, age_s: float, limit_s: float, patience: Patience) -> float:
    """Seconds for one try: the usual limit, or what is left of the patience; at least 50 ms."""
    return max(0.05, min(limit_s, patience.answer_within_s - age_s))
