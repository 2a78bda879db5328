"""Says how the conversation's ticket stands."""

from __future__ import annotations

from actions.base import ReplyingAct
from actions.conversation import Turn
from actions.replies import Reply


class TicketStatus(ReplyingAct):
    """Tells number and state, or that there is no ticket."""

    def name(self) -> str:
        """Gives the name in the domain."""
        return "action_ticket_status"

    def replies(self, turn: Turn) -> list[Reply]:
        """Gives the state."""
        ticket = turn.context.get("ticket")
        if not ticket:
            return [turn.reply("ticket_status", "ticket-none")]
        number, state = str(ticket["number"]), str(ticket["state"])
        return [turn.reply("ticket_status", "ticket-status", number=number, state=state)]
