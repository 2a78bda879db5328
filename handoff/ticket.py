"""Decides a ticket's states, its priority over time and the form of its number. Pure."""

from __future__ import annotations

import re
from enum import StrEnum

NUMBER_PREFIX = "BD-"
# The first ticket is BD-1001: short, and long enough to be found again in a mail search.
FIRST_NUMBER = 1001
HIGHEST_PRIORITY = 1
LOWEST_PRIORITY = 5
DEFAULT_PRIORITY = 3


class TicketState(StrEnum):
    """Where a ticket stands; `pending` waits for the visitor."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"


ACTIVE_STATES = frozenset(
    {TicketState.NEW, TicketState.OPEN, TicketState.PENDING, TicketState.ON_HOLD}
)

_ALLOWED: dict[TicketState, frozenset[TicketState]] = {
    TicketState.NEW: frozenset(
        {TicketState.OPEN, TicketState.PENDING, TicketState.ON_HOLD, TicketState.SOLVED}
    ),
    TicketState.OPEN: frozenset({TicketState.PENDING, TicketState.ON_HOLD, TicketState.SOLVED}),
    TicketState.PENDING: frozenset({TicketState.OPEN, TicketState.ON_HOLD, TicketState.SOLVED}),
    TicketState.ON_HOLD: frozenset({TicketState.OPEN, TicketState.PENDING, TicketState.SOLVED}),
    TicketState.SOLVED: frozenset({TicketState.OPEN, TicketState.CLOSED}),
    TicketState.CLOSED: frozenset(),
}


class Happened(StrEnum):
    """What happens to a ticket."""

    TAKEN = "taken"
    RELEASED = "released"
    REQUEUED = "requeued"
    VISITOR_WROTE = "visitor_wrote"
    AGENT_REPLIED = "agent_replied"
    HANDED_BACK = "handed_back"
    RESOLVED = "resolved"
    REOPENED = "reopened"


def may_transition(before: TicketState, after: TicketState) -> bool:
    """Tells whether a ticket may go from one state to another; staying is always allowed."""
    return before is after or after in _ALLOWED[before]


def decide_state(before: TicketState, act: Happened) -> TicketState | None:
    """Gives the state after an act, or None if the act does not fit the state."""
    if before not in ACTIVE_STATES:
        reopens = act is Happened.REOPENED and before is TicketState.SOLVED
        return TicketState.OPEN if reopens else None
    match act:
        case Happened.VISITOR_WROTE:
            # Nobody has looked at a new ticket yet: it stays new however much is added to it.
            return before if before is TicketState.NEW else TicketState.OPEN
        case Happened.TAKEN | Happened.RELEASED | Happened.REQUEUED:
            return TicketState.OPEN
        case Happened.AGENT_REPLIED | Happened.HANDED_BACK:
            return TicketState.PENDING
        case Happened.RESOLVED:
            return TicketState.SOLVED
        case _:
            return None  # what is not solved cannot be reopened


def decide_priority(
    *, current: int, assessed: int, assessed_at_override: int | None, may_fall: bool = False
) -> int:
    """Gives the priority after a new assessment: it rises at once and falls only by a rule.

    Args:
        current: The ticket's priority, 1 (highest) to 5.
        assessed: What triage says now, 1 to 5.
        assessed_at_override: What triage said when a person set the priority; None if nobody did.
            The person has seen that: only something worse overrules the decision.
        may_fall: The visitor took something back, so that a lower estimate holds as well.
    """
    if assessed_at_override is not None:
        return min(current, assessed) if assessed < assessed_at_override else current
    return assessed if may_fall else min(current, assessed)


def format_number(number: int) -> str:
    """Gives a ticket's number as people see it, such as BD-1001."""
    return f"{NUMBER_PREFIX}{number}"


def parse_number(text: str) -> int | None:
    """Gives the number in `BD-1001`, `bd-1001` or `1001`; None if the text is not a number."""
    match = re.fullmatch(r"(?:BD-)?([0-9]{1,15})", text.strip(), re.IGNORECASE | re.ASCII)
    return int(match[1]) if match else None
