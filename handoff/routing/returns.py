"""Decides when a ticket leaves its agent again, so that none is stuck with somebody gone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handoff.routing.model import Availability, ReturnReason, RoutingPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A ticket in an agent's hands.

    Attributes:
        assigned_at: When she got it.
        is_answered: Whether she has taken the conversation over, or written in one that a
            colleague gave to her.
        visitor_waits: Whether the visitor has the last word.
        availability: Hers.
        available_since: Since when she is that.
    """

    assigned_at: datetime
    is_answered: bool
    visitor_waits: bool
    availability: Availability
    available_since: datetime


def decide_return(held: Held, policy: RoutingPolicy, *, now: datetime) -> ReturnReason | None:
    """Gives why the ticket goes back into the queue, or None if it stays.

    Somebody who is gone keeps what waits for its visitor: there is nothing to do about it until
    the visitor writes, and then this says something else.
    """
    is_gone = (
        held.availability is Availability.OFFLINE
        and held.available_since + policy.absent_for <= now
    )
    if is_gone and (held.visitor_waits or not held.is_answered):
        return ReturnReason.ABSENT
    if not held.is_answered and held.assigned_at + policy.answer_within <= now:
        return ReturnReason.NO_ANSWER
    return None
