"""From what happened to a conversation to what receivers are told. Pure."""

from __future__ import annotations

from typing import Final

from handoff.facts import Facts, QueueChange
from handoff.model import Author, EventView, JsonObject, TicketView
from handoff.webhooks.model import EventType, OutgoingEvent

# Change of the queue -> its names, most telling first. Whatever is not here, and what later
# releases add, is `ticket.updated`, and `change` says what it was.
_ASSIGNED: Final = (EventType.TICKET_ASSIGNED,)
_BY_CHANGE: Final = {
    "ticket_opened": (EventType.TICKET_CREATED,),
    # All end with an agent who has the ticket.
    "ticket_taken": _ASSIGNED,
    "ticket_routed": _ASSIGNED,
    "ticket_assigned": _ASSIGNED,
    "ticket_reopened": (EventType.TICKET_REOPENED, *_ASSIGNED),
    "resolved": (EventType.TICKET_RESOLVED, EventType.TICKET_UPDATED),
    "ticket_closed": (EventType.TICKET_CLOSED, EventType.TICKET_UPDATED),
    "ticket_merged": (EventType.TICKET_MERGED, EventType.TICKET_UPDATED),
    "ticket_escalated": (EventType.TICKET_ESCALATED, EventType.TICKET_UPDATED),
    "priority_changed": (EventType.TICKET_PRIORITY_CHANGED, EventType.TICKET_UPDATED),
    "sla_warning": (EventType.TICKET_SLA_WARNING,),
    "sla_breached": (EventType.TICKET_SLA_BREACHED,),
}
_WITH_DETAIL: Final = frozenset(
    {"sla_warning", "sla_breached", "ticket_merged", "priority_changed"}
)
_SPEAKERS: Final = frozenset({Author.VISITOR, Author.BOT, Author.AGENT})


def outgoing_events(facts: Facts) -> list[OutgoingEvent]:
    """Gives what one change has to tell: its messages in order, then its changes of the ticket.

    Notes of agents, evidence and whatever else is for agents only stays inside.
    """
    messages = [
        _message(facts, event)
        for event in facts.events
        if event.kind == "message" and event.author in _SPEAKERS and not event.agents_only
    ]
    if facts.ticket is None:
        return messages
    return messages + [_change(facts.ticket, change) for change in facts.changes]


def _message(facts: Facts, event: EventView) -> OutgoingEvent:
    ticket = facts.ticket
    data: JsonObject = {
        "conversation_id": event.conversation_id,
        "ticket_number": ticket.number if ticket and facts.conversation.ticket else None,
        "owner": facts.conversation.owner.value,
        "message": event.as_json(),
    }
    return OutgoingEvent(
        id=f"evt_{event.conversation_id}_m{event.seq}",
        type=EventType.MESSAGE_CREATED,
        at=event.created_at,
        data=data,
    )


def _change(ticket: TicketView, change: QueueChange) -> OutgoingEvent:
    data: JsonObject = {"change": change.kind, "ticket": ticket.as_json()}
    if change.kind in _WITH_DETAIL:
        data["detail"] = change.payload
    names = _BY_CHANGE.get(change.kind, (EventType.TICKET_UPDATED,))
    return OutgoingEvent(
        id=f"evt_{ticket.conversation_id}_q{change.seq}",
        type=names[0],
        wider=names[1:],
        at=ticket.updated_at,
        data=data,
    )
