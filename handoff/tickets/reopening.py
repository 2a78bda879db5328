"""When a solved ticket goes on and when a new one follows it.

A visitor who writes after "solved" meets the bot in a new episode: most of what comes then is a
thank-you or another matter. Only the button under "solved", pressed in time, reopens the ticket;
an agent may as well. If the bot hands the new episode over, its ticket is a new one that names the
ticket it follows, so that every episode has exactly one ticket.
"""

from __future__ import annotations

from datetime import timedelta

from handoff.conversation import Owner
from handoff.model import JsonObject
from handoff.ports import Ports
from handoff.store.unit import ConversationUnit, fetch_ticket
from handoff.ticket import REOPEN, TicketState, format_number

# Merges of merges end long before; a circle would be a fault.
_MERGE_STEPS = 10


def says_unsolved(unit: ConversationUnit, ports: Ports, payload: JsonObject) -> bool:
    """Tells whether a message is the pressed "not solved" of a ticket that may still be reopened.

    The window ends when the visitor begins another matter, when the time is over, or when the
    ticket is closed.
    """
    choice, ticket = payload.get("choice"), unit.episode_ticket
    if not isinstance(choice, dict) or choice.get("kind") != REOPEN or ticket is None:
        return False
    if choice.get("value") != format_number(ticket.number) or ticket.resolved_at is None:
        return False
    return (
        unit.record.owner == Owner.CLOSED
        and ticket.stands is TicketState.SOLVED
        and unit.now <= ticket.resolved_at + ports.tickets.reopen_within
    )


def reopen_by_visitor(unit: ConversationUnit) -> None:
    """Puts the solved ticket back into the queue; the conversation is there already."""
    unit.change_ticket(
        state=TicketState.OPEN.value,
        assignee_id=None,
        assignee_name=None,
        resolved_at=None,
        waiting_since=unit.now,
    )
    unit.notify_inbox("ticket_requeued", {"reason": "not_solved"})


async def find_followed(unit: ConversationUnit, *, within: timedelta) -> int | None:
    """Gives the number of the ticket that a new one follows, if it ended recently enough.

    What was merged is followed where it went on; spam is not followed.
    """
    ticket = unit.ticket
    for _ in range(_MERGE_STEPS):
        if ticket is None or ticket.merged_into is None:
            break
        ticket, _ = await fetch_ticket(unit.connection, ticket.merged_into)
    if ticket is None or ticket.stands is TicketState.SPAM:
        return None
    ended_at = ticket.resolved_at or ticket.updated_at
    return ticket.number if unit.now - ended_at <= within else None
