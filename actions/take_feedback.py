"""Thanks for "this helped"."""

from __future__ import annotations

from actions.base import ReplyingAct
from actions.conversation import Turn
from actions.replies import Reply


class TakeFeedback(ReplyingAct):
    """Thanks."""

    def name(self) -> str:
        """Gives the name in the domain."""
        return "action_take_feedback"

    def replies(self, turn: Turn) -> list[Reply]:
        """Gives the thanks."""
        return [turn.reply("smalltalk", "helpful-thanks")]
