"""What a visitor's "Did this help?" says about an article: one vote per answer, the first press."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from handoff.errors import HandoffError
from handoff.model import Author, EventView
from handoff.visitors import Visitors
from kb_index.articles import ArticleStore
from kb_index.errors import ArticleNotFound

log = structlog.get_logger("bot.votes")

HELPFUL: Final = "helpful"
NOT_HELPFUL: Final = "not_helpful"
# The buttons stand below the newest answer; whoever answers a much older one is not counted.
LOOK_BACK: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """A vote for one article in one language."""

    article_id: str
    language: str
    helpful: bool


def vote_of(events: Sequence[EventView], *, seq: int) -> Vote | None:
    """The vote that the visitor's message `seq` is; None when it is none or a repetition.

    Args:
        events: A part of the conversation in order, `seq` included.
        seq: The message with the pressed button.
    """
    pressed = _pressed(next((event for event in events if event.seq == seq), None))
    if pressed is None:
        return None
    for event in reversed([event for event in events if event.seq < seq]):
        if _pressed(event) is not None:
            return None  # the same answer was voted on before
        if event.author is Author.BOT and event.payload.get("feedback"):
            return _vote(event.payload.get("sources"), helpful=pressed == HELPFUL)
    return None


async def count_vote(
    visitors: Visitors, articles: ArticleStore, *, conversation_id: str, seq: int
) -> None:
    """Counts the vote of a stored message, if it is one; no failure reaches the visitor.

    Call it once per stored message: a repeated message must not come here again.
    """
    try:
        page = await visitors.page_after(conversation_id, after=max(0, seq - LOOK_BACK))
        vote = vote_of(page.events, seq=seq)
        if vote is not None:
            await articles.vote(vote.article_id, vote.language, helpful=vote.helpful)
    except (HandoffError, ArticleNotFound, SQLAlchemyError, OSError) as error:
        log.warning("vote_lost", conversation_id=conversation_id, error=type(error).__name__)


def _pressed(event: EventView | None) -> str | None:
    """`helpful` or `not_helpful`, when the event is a visitor's press of such a button."""
    if event is None or event.author is not Author.VISITOR:
        return None
    choice = event.payload.get("choice")
    if not isinstance(choice, dict) or choice.get("kind") != "feedback":
        return None
    value = choice.get("value")
    return value if value in (HELPFUL, NOT_HELPFUL) else None


def _vote(sources: Any, *, helpful: bool) -> Vote | None:
    if not isinstance(sources, list) or not sources:
        return None
    return Vote(
        article_id=str(sources[0].get("article_id", "")),
        language=str(sources[0].get("language", "")),
        helpful=helpful,
    )
