"""Invites words when a message held none: emoji, punctuation, blanks."""

from __future__ import annotations

from actions.base import ReplyingAct
from actions.conversation import Turn
from actions.replies import Reply


class PromptAgain(ReplyingAct):
    """Asks for words."""

    def name(self) -> str:
        """Gives the name in the domain."""
        return "action_prompt_again"

    def replies(self, turn: Turn) -> list[Reply]:
        """Gives the prompt."""
        return [turn.reply("smalltalk", "empty-message")]
