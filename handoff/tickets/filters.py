"""Which tickets: the conditions that lists and the search share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, exists, false, or_

from handoff.store.tables import tickets
from handoff.ticket import TicketState, stored_state
from handoff.tickets.tables import ticket_tags, ticket_watchers

# In place of a user's id: tickets that nobody has.
NOBODY: Final = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """What a ticket must be like; what is empty or None does not matter.

    Attributes:
        states: One of these; without any, all but merged tickets and spam.
        assignee: A user's id, or `nobody`.
        opened_from: Opened then or later.
        opened_before: Opened earlier.
    """

    states: Sequence[TicketState] = ()
    language: str | None = None
    assignee: str | None = None
    priority: int | None = None
    tag: str | None = None
    channel: str | None = None
    type: str | None = None
    category: str | None = None
    watcher: str | None = None
    customer_id: str | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None


def conditions_of(wanted: TicketFilter) -> list[ColumnElement[bool]]:
    """Gives what to ask of `tickets`."""
    found = [_state_condition(wanted.states)]
    for name in ("language", "priority", "channel", "type", "category", "customer_id"):
        value = getattr(wanted, name)
        if value is not None:
            found.append(tickets.c[name] == value)
    if wanted.assignee == NOBODY:
        found.append(tickets.c.assignee_id.is_(None))
    elif wanted.assignee is not None:
        found.append(tickets.c.assignee_id == wanted.assignee)
    if wanted.tag is not None:
        found.append(
            exists().where(
                ticket_tags.c.ticket_number == tickets.c.number,
                ticket_tags.c.tag == wanted.tag.casefold(),
                ticket_tags.c.removed_at.is_(None),
            )
        )
    if wanted.watcher is not None:
        found.append(
            exists().where(
                ticket_watchers.c.ticket_number == tickets.c.number,
                ticket_watchers.c.user_id == wanted.watcher,
            )
        )
    if wanted.opened_from is not None:
        found.append(tickets.c.opened_at >= wanted.opened_from)
    if wanted.opened_before is not None:
        found.append(tickets.c.opened_at < wanted.opened_before)
    return found


def _state_condition(states: Sequence[TicketState]) -> ColumnElement[bool]:
    if not states:
        return tickets.c.closed_as.is_(None)
    parts: list[ColumnElement[bool]] = [false()]
    for state in states:
        stored, closed_as = stored_state(state)
        same_end = (
            tickets.c.closed_as.is_(None)
            if closed_as is None
            else (tickets.c.closed_as == closed_as)
        )
        parts.append((tickets.c.state == stored) & same_end)
    return or_(*parts)
