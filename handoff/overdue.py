"""The last net: conversations whose message nobody answered in time go to people.

What is overdue is read from the log itself, so nothing has to be remembered across a crash: any
process that looks finds it, and the claim's lease and epoch let exactly one of them act. The
database's clock says what is late.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, select, text

from handoff.model import Author, Completed
from handoff.ports import SharedNow
from handoff.store.engine import Database
from handoff.store.tables import conversations, events
from handoff.turns import Turns, unleased
from handoff.work.clock import database_now

_LEASE_S = 30.0


class Overdue:
    """Finds unanswered messages and hands their conversations over."""

    def __init__(
        self, database: Database, turns: Turns, *, shared_now: SharedNow = database_now
    ) -> None:
        self._database = database
        self._turns = turns
        self._shared_now = shared_now

    async def find(self, *, older_than: timedelta, limit: int = 100) -> list[str]:
        """Gives conversations in which the bot owes an answer for longer, and nobody is at it."""
        async with self._database.read() as connection:
            now = await self._shared_now(connection)
            return list((await connection.execute(_late(now, older_than, limit))).scalars())

    async def hand_over(self, *, older_than: timedelta, reason: str) -> int:
        """Hands over what is overdue; gives how many conversations.

        Args:
            older_than: Age of the oldest unanswered message.
            reason: Stands on the ticket.
        """
        n_handed_over = 0
        for conversation_id in await self.find(older_than=older_than):
            claim = await self._turns.claim(conversation_id, lease_s=_LEASE_S)
            if claim is None:
                continue
            # The claim was made just now: the lease tells the shared time.
            claimed_at = claim.lease_until - timedelta(seconds=_LEASE_S)
            if claim.message.created_at > claimed_at - older_than:
                # Somebody answered the old one meanwhile; this one is not late.
                await self._turns.release(claim)
                continue
            outcome = await self._turns.fail(claim, reason=reason)
            n_handed_over += isinstance(outcome, Completed)
        return n_handed_over


def _late(now: datetime, older_than: timedelta, limit: int) -> Select[Any]:
    owed = and_(
        events.c.conversation_id == conversations.c.id,
        events.c.seq > conversations.c.answered_seq,
        events.c.seq <= conversations.c.pending_seq,
        events.c.author == Author.VISITOR.value,
        events.c.created_at <= now - older_than,
    )
    return (
        select(conversations.c.id)
        # Literal, word for word the condition of the partial index.
        .where(text("owner = 'bot' AND pending_seq > answered_seq"))
        .where(unleased(now))
        .where(exists().where(owed))
        .limit(limit)
    )
