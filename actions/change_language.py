"""Changes the conversation's language, or shows which ones there are."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import ReplyingAct
from actions.conversation import LANGUAGE_CHOICE_SLOT, Turn
from actions.replies import Button, Reply
from nlu.answer_languages import interface_language


class ChangeLanguage(ReplyingAct):
    """Sets the language that the visitor named or pressed."""

    def name(self) -> str:
        """Gives the name in the domain."""
        return "action_change_language"

    def replies(self, turn: Turn) -> list[Reply]:
        """Confirms in the new language, or asks which one."""
        wanted = _wanted(turn)
        if wanted is None:
            return [language_list(turn, "language-ask")]
        if wanted not in turn.languages:
            return [language_list(turn, "language-unsupported")]
        name = turn.services.name_of(wanted)
        spoken = interface_language(wanted, turn.offered)
        text = turn.services.texts.format("language-changed", spoken, language=name)
        return [Reply(kind="language", text=text, language=spoken)]

    def slots(self, turn: Turn) -> list[dict[str, Any]]:
        """Remembers the choice."""
        wanted = _wanted(turn)
        return [SlotSet(LANGUAGE_CHOICE_SLOT, wanted)] if wanted in turn.languages else []


class UnsupportedLanguage(ReplyingAct):
    """Says which languages are spoken."""

    def name(self) -> str:
        """Gives the name in the domain."""
        return "action_unsupported_language"

    def replies(self, turn: Turn) -> list[Reply]:
        """Gives the list."""
        return [language_list(turn, "language-unsupported")]


def language_list(turn: Turn, key: str) -> Reply:
    """Gives a text with one button per language."""
    names = {tag: turn.services.name_of(tag) for tag in turn.languages}
    return Reply(
        kind="language",
        text=turn.say(key, languages=", ".join(names.values())),
        language=turn.text_language,
        buttons=tuple(
            Button(title=name, kind="language", value=tag) for tag, name in names.items()
        ),
    )


def _wanted(turn: Turn) -> str | None:
    if turn.choice is not None and turn.choice.kind == "language":
        return turn.choice.value
    return turn.entities.get("language")
