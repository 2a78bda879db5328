"""Greets, thanks, says goodbye and says what it is; never plays a human."""

from __future__ import annotations

from collections.abc import Mapping

from actions.base import ReplyingAct
from actions.conversation import DEFAULT_BRAND, Turn
from actions.replies import Button, Reply

_KEYS = {
    "goodbye": "goodbye",
    "thanks": "thanks-reply",
    "answer_helpful": "thanks-reply",
    "affirm": "affirm-reply",
    "deny": "deny-reply",
}


class SmallTalk(ReplyingAct):
    """Answers by the intent."""

    def name(self) -> str:
        """Gives the name in the domain."""
        return "action_small_talk"

    def replies(self, turn: Turn) -> list[Reply]:
        """Gives one short reply."""
        if turn.intent == "greet":
            brand = str(turn.context.get("brand") or DEFAULT_BRAND)
            return [turn.reply("smalltalk", "greeting", brand=brand)]
        if turn.intent == "ask_hours":
            return [_hours(turn)]
        if turn.intent == "bot_challenge":
            return [_challenge(turn)]
        return [turn.reply("smalltalk", _KEYS.get(turn.intent, "ask-question"))]


def _hours(turn: Turn) -> Reply:
    hours = turn.context.get("opening_hours")
    if isinstance(hours, Mapping):
        # Per language; English is what most people can read otherwise.
        hours = hours.get(turn.text_language) or hours.get("en")
    if not hours:
        return turn.reply("smalltalk", "hours-unknown")
    return turn.reply("smalltalk", "hours-reply", hours=str(hours))


def _challenge(turn: Turn) -> Reply:
    return Reply(
        kind="smalltalk",
        text=turn.say("bot-challenge"),
        language=turn.text_language,
        buttons=(Button(title=turn.say("talk-to-person"), kind="human", value="human"),),
    )
