"""The frame of our acts: read the turn, give a reply, keep Rasa's loose types out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import Turn, turn_of, utter
from actions.replies import Reply


class ReplyingAct(Action, ABC):  # type: ignore[misc]  # rasa_sdk has no type information
    """An act that sends replies and may set slots."""

    @abstractmethod
    def replies(self, turn: Turn) -> list[Reply]:
        """Gives what the bot says."""

    def slots(self, turn: Turn) -> list[dict[str, Any]]:
        """Gives the events that the act leaves on the tracker."""
        return []

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Sends the replies and gives the events."""
        turn = turn_of(tracker)
        for reply in self.replies(turn):
            utter(dispatcher, reply)
        return self.slots(turn)
