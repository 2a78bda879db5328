"""Hands the conversation over to a person.

The notice with the ticket number is written by the gateway in the transaction that opens the
ticket; the bot itself only says sorry to somebody who complains.
"""

from __future__ import annotations

from actions.base import ReplyingAct
from actions.conversation import Turn
from actions.replies import Reply


class HandOff(ReplyingAct):
    """Ends the bot's part of the episode."""

    def name(self) -> str:
        """Gives the name in the domain."""
        return "action_hand_off"

    def replies(self, turn: Turn) -> list[Reply]:
        """Gives an apology for a complaint, else nothing."""
        if turn.plan.get("handoff_reason") == "complaint":
            return [turn.reply("smalltalk", "complaint-sorry")]
        return []
