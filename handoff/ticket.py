"""Decides a ticket's states, its priority over time and the form of its number. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

NUMBER_PREFIX = "BD-"
# The first ticket is BD-1001: short, and long enough to be found again in a mail search.
FIRST_NUMBER = 1001
HIGHEST_PRIORITY = 1
LOWEST_PRIORITY = 5
DEFAULT_PRIORITY = 3
# The button under "solved" by which a visitor says that it is not.
REOPEN = "reopen"


class TicketState(StrEnum):
    """Where a ticket stands; `pending` waits for the visitor.

    A merged ticket goes on as another one; spam is nobody's work. Both are stored as `closed`, see
    `stored_state`.
    """

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"
    MERGED = "merged"
    SPAM = "spam"


ACTIVE_STATES = frozenset(
    {TicketState.NEW, TicketState.OPEN, TicketState.PENDING, TicketState.ON_HOLD}
)


class Happened(StrEnum):
    """What happens to a ticket."""

    TAKEN = "taken"
    RELEASED = "released"
    REQUEUED = "requeued"
    VISITOR_WROTE = "visitor_wrote"
    AGENT_REPLIED = "agent_replied"
    HANDED_BACK = "handed_back"
    ASKED_CUSTOMER = "asked_customer"
    HELD = "held"
    RESUMED = "resumed"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    EXPIRED = "expired"
    MERGED = "merged"
    MARKED_SPAM = "marked_spam"
    NOT_SPAM = "not_spam"
    # Not spam after all, but the visitor has begun another matter since.
    CLEARED = "cleared"


_WHILE_ACTIVE: Mapping[Happened, TicketState] = {
    Happened.TAKEN: TicketState.OPEN,
    Happened.RELEASED: TicketState.OPEN,
    Happened.REQUEUED: TicketState.OPEN,
    Happened.VISITOR_WROTE: TicketState.OPEN,
    Happened.AGENT_REPLIED: TicketState.PENDING,
    Happened.HANDED_BACK: TicketState.PENDING,
    Happened.ASKED_CUSTOMER: TicketState.PENDING,
    Happened.HELD: TicketState.ON_HOLD,
    Happened.RESUMED: TicketState.OPEN,
    Happened.RESOLVED: TicketState.SOLVED,
    Happened.MERGED: TicketState.MERGED,
    Happened.MARKED_SPAM: TicketState.SPAM,
}
# The whole of it: state -> what happens -> state. What is missing does not fit the state. Taking
# back a merge is not in here: it puts the ticket back where it was.
TRANSITIONS: Mapping[TicketState, Mapping[Happened, TicketState]] = {
    # Nobody has looked at a new ticket yet: it stays new however much is added to it.
    TicketState.NEW: {**_WHILE_ACTIVE, Happened.VISITOR_WROTE: TicketState.NEW},
    TicketState.OPEN: _WHILE_ACTIVE,
    TicketState.PENDING: _WHILE_ACTIVE,
    TicketState.ON_HOLD: _WHILE_ACTIVE,
    TicketState.SOLVED: {
        Happened.REOPENED: TicketState.OPEN,
        Happened.EXPIRED: TicketState.CLOSED,
        Happened.MERGED: TicketState.MERGED,
        Happened.MARKED_SPAM: TicketState.SPAM,
    },
    TicketState.CLOSED: {},
    TicketState.MERGED: {},
    TicketState.SPAM: {
        Happened.NOT_SPAM: TicketState.OPEN,
        Happened.CLEARED: TicketState.CLOSED,
    },
}


def may_transition(before: TicketState, after: TicketState) -> bool:
    """Tells whether a ticket may go from one state to another; staying is always allowed."""
    return before is after or after in TRANSITIONS[before].values()


def decide_state(before: TicketState, act: Happened) -> TicketState | None:
    """Gives the state after an act, or None if the act does not fit the state."""
    return TRANSITIONS[before].get(act)


def stored_state(state: TicketState) -> tuple[str, str | None]:
    """Gives the columns `state` and `closed_as`: the release before knows six states only."""
    if state in (TicketState.MERGED, TicketState.SPAM):
        return TicketState.CLOSED.value, state.value
    return state.value, None


def read_state(state: str, closed_as: str | None) -> TicketState:
    """Gives the state that `stored_state` wrote; whatever else is closed is simply closed."""
    if state == TicketState.CLOSED and closed_as in (TicketState.MERGED, TicketState.SPAM):
        return TicketState(closed_as)
    return TicketState(state)


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
