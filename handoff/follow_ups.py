"""What follows a change of a conversation, written in the change's own transaction.

A follow-up sees the facts of one change just before it commits and may enqueue jobs: they exist
exactly if the change does. It must be quick, for the conversation is locked, and must not fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from handoff.model import ConversationView, EventView, JsonObject, TicketView

if TYPE_CHECKING:
    from handoff.store.engine import Transaction


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
    """

    conversation: ConversationView
    events: tuple[EventView, ...]
    changes: tuple[QueueChange, ...]
    ticket: TicketView | None


class FollowUp(Protocol):
    """Something that follows changes."""

    async def __call__(self, transaction: Transaction, facts: Facts) -> None:
        """Acts in the transaction of the change."""
