"""Decides what happens with the present message; Rasa runs it before it chooses an action.

It fills the slots `act` (which the rules look at) and `plan` (which the acts look at), and
it is the only place that writes the episode's history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import ACT_SLOT, PLAN_SLOT, evidence_of, history_of, plan_of
from nlu.decision import decide


class Decide(Action):  # type: ignore[misc]  # rasa_sdk has no type information
    """Fills `act` and `plan`."""

    def name(self) -> str:
        """Gives the name in the domain."""
        return "action_decide"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Gives the two slots, or nothing if this message was decided already.

        Rasa fills slots again after some kinds of prediction; a failure must not count twice.
        """
        if is_decided(tracker.events):
            return []
        evidence, costs = evidence_of(tracker)
        decision = decide(evidence, history_of(tracker), costs)
        return [
            SlotSet(ACT_SLOT, decision.act.value),
            SlotSet(PLAN_SLOT, plan_of(decision)),
        ]


def is_decided(events: Sequence[Mapping[str, Any]]) -> bool:
    """Says whether the last message has its plan."""
    for event in reversed(events):
        if event.get("event") == "user":
            return False
        if event.get("event") == "slot" and event.get("name") == PLAN_SLOT:
            return True
    return False
