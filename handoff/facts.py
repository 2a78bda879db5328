"""What one transaction did to one conversation, for whatever follows from it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.model import ConversationView, EventView, JsonObject, TicketView
from handoff.ticket import TicketState


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueChange:
    """A numbered change of the queue; kinds as in `handoff.model.InboxEvent`."""

    seq: int
    kind: str
    payload: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one transaction did to one conversation.

    Attributes:
        conversation: As it is after the change.
        events: New events of its log, in order, internals included.
        changes: New changes of the queue, in order, all about `ticket`.
        ticket: The newest ticket as it is after the change, if there is one.
        state_before, priority_before: Of the same ticket before the change; None if it is new.
    """

    conversation: ConversationView
    events: tuple[EventView, ...]
    changes: tuple[QueueChange, ...]
    ticket: TicketView | None
    state_before: TicketState | None = None
    priority_before: int | None = None
