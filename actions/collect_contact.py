"""Notes the contact details that the visitor wrote; they are never a condition for anything."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import ReplyingAct
from actions.conversation import CONTACT_SLOT, Turn
from actions.replies import Reply


class CollectContact(ReplyingAct):
    """Notes an e-mail address."""

    def name(self) -> str:
        """Gives the name in the domain."""
        return "action_collect_contact"

    def replies(self, turn: Turn) -> list[Reply]:
        """Thanks, or asks for the address if the visitor only announced it."""
        if "email" not in turn.entities:
            return [turn.reply("smalltalk", "handoff-ask-contact")]
        return [turn.reply("smalltalk", "contact-thanks" if _ticket(turn) else "contact-noted")]

    def slots(self, turn: Turn) -> list[dict[str, Any]]:
        """Gives the contact to be stored by the gateway."""
        email = turn.entities.get("email")
        if email is None:
            return []
        return [SlotSet(CONTACT_SLOT, {"name": turn.entities.get("name"), "email": email})]


def _ticket(turn: Turn) -> bool:
    return bool(turn.context.get("ticket"))
