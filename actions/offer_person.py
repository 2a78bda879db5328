"""Offers a person after an answer that did not help."""

from __future__ import annotations

from actions.base import ReplyingAct
from actions.conversation import Turn
from actions.replies import Button, Reply


class OfferPerson(ReplyingAct):
    """Says sorry and offers a person."""

    def name(self) -> str:
        """Gives the name in the domain."""
        return "action_offer_person"

    def replies(self, turn: Turn) -> list[Reply]:
        """Gives the offer."""
        return [
            Reply(
                kind="smalltalk",
                text=turn.say("not-helpful-offer"),
                language=turn.text_language,
                buttons=(Button(title=turn.say("talk-to-person"), kind="human", value="human"),),
            )
        ]
