"""What a visitor's "Did this help?" says about an article: one vote per answer, the first press.

Counting is a job written with the message itself, and the count is raised in the transaction that
settles it: no press is lost and none counts twice, whatever is killed meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import update

from handoff.errors import ConversationNotFound
from handoff.facts import Facts
from handoff.model import Author, EventView
from handoff.store.engine import Transaction
from handoff.visitors import Visitors
from handoff.work.model import LeasedJob, NewJob
from handoff.work.outbox import enqueue
from handoff.work.outcome import Done
from kb_index.tables import kb_articles

COUNT: Final = "article.vote"
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


async def note_presses(transaction: Transaction, facts: Facts) -> None:
    """Writes a job for each pressed button of a change. A follow-up."""
    await enqueue(
        transaction,
        *(
            NewJob(
                kind=COUNT,
                key=f"vote:{event.conversation_id}:{event.seq}",
                subject=f"conversation:{event.conversation_id}",
                payload={"conversation_id": event.conversation_id, "seq": event.seq},
            )
            for event in facts.events
            if _pressed(event) is not None
        ),
    )


class VoteCounter:
    """The handler of these jobs."""

    def __init__(self, visitors: Visitors) -> None:
        self._visitors = visitors

    async def run(self, leased: LeasedJob) -> Done:
        """Reads what was voted on; the count is raised when the job is settled."""
        conversation_id, seq = leased.job.payload["conversation_id"], leased.job.payload["seq"]
        if not isinstance(conversation_id, str) or not isinstance(seq, int):
            raise TypeError("conversation_id and seq")
        try:
            page = await self._visitors.page_after(conversation_id, after=max(0, seq - LOOK_BACK))
        except ConversationNotFound:
            return Done(result={"counted": False})
        vote = vote_of(page.events, seq=seq)
        if vote is None:
            return Done(result={"counted": False})

        async def count(transaction: Transaction) -> None:
            column = kb_articles.c.helpful_votes if vote.helpful else kb_articles.c.unhelpful_votes
            # An article that is gone takes no votes, and no harm is done.
            await transaction.connection.execute(
                update(kb_articles)
                .where(
                    kb_articles.c.article_id == vote.article_id,
                    kb_articles.c.language == vote.language,
                )
                .values({column.name: column + 1})
            )

        return Done(result={"counted": True}, effect=count)


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
