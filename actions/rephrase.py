"""Asks the visitor, once, to say it in other words; a person is offered beside it."""

from __future__ import annotations

from actions.base import ReplyingAct
from actions.conversation import Turn
from actions.replies import Button, Reply

MAX_SHORT_CHARS = 12


class Rephrase(ReplyingAct):
    """Asks for other words."""

    def name(self) -> str:
        """Gives the name in the domain."""
        return "action_rephrase"

    def replies(self, turn: Turn) -> list[Reply]:
        """Gives the request."""
        is_short = turn.choice is None and len(turn.text.strip()) <= MAX_SHORT_CHARS
        return [
            Reply(
                kind="rephrase",
                text=turn.say("rephrase-short" if is_short else "rephrase"),
                language=turn.text_language,
                buttons=(Button(title=turn.say("talk-to-person"), kind="human", value="human"),),
            )
        ]
