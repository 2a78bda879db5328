"""Offers the two or three articles that compete, and "none of these"."""

from __future__ import annotations

from actions.base import ReplyingAct
from actions.conversation import Turn
from actions.replies import Button, Reply


class Clarify(ReplyingAct):
    """Asks which of the possible answers is meant."""

    def name(self) -> str:
        """Gives the name in the domain."""
        return "action_clarify"

    def replies(self, turn: Turn) -> list[Reply]:
        """Gives the question with its buttons."""
        titles = {str(hit["article_id"]): str(hit["title"]) for hit in turn.hits}
        offered = [
            Button(title=titles[article_id], kind="article", value=article_id)
            for article_id in turn.article_ids
            if article_id in titles
        ]
        none = Button(title=turn.say("clarify-none-of-these"), kind="rephrase", value="none")
        return [
            Reply(
                kind="clarify",
                text=turn.say("clarify-intro"),
                language=turn.text_language,
                buttons=(*offered, none),
            )
        ]
