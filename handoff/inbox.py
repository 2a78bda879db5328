"""The queue's numbered changes, for consoles that follow it live and resume by cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from handoff.model import InboxEvent
from handoff.store.engine import Database
from handoff.store.records import select_tickets, ticket_of, ticket_view
from handoff.store.tables import conversations, inbox_events, tickets
from handoff.store.unit import counter_value

# Both databases take at least 32,000 parameters; shorter statements are planned sooner.
_ASKED_AT_ONCE: Final = 1_000


class Inbox:
    """Reads the log of the queue; numbers are gapless and in commit order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def cursor(self) -> int:
        """Gives the seq of the newest change; 0 if there was none."""
        async with self._database.read() as connection:
            return await counter_value(connection, "inbox")

    async def newest(self, conversation_ids: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Gives the newest numbers of the queue's log and of conversations' logs.

        Args:
            conversation_ids: The conversations; unknown ones are left out of the answer.

        Returns:
            The seq of the queue's newest change (0 if there was none), and conversation -> seq.
        """
        last_seqs: dict[str, int] = {}
        async with self._database.read() as connection:
            for start in range(0, len(conversation_ids), _ASKED_AT_ONCE):
                query = select(conversations.c.id, conversations.c.last_seq).where(
                    conversations.c.id.in_(conversation_ids[start : start + _ASKED_AT_ONCE])
                )
                last_seqs |= {row.id: row.last_seq for row in await connection.execute(query)}
            return await counter_value(connection, "inbox"), last_seqs

    async def events_after(self, after: int, *, limit: int = 200) -> list[InboxEvent]:
        """Gives up to `limit` changes with seq > `after`, each with its ticket as it is now."""
        after = max(0, min(after, 2**31 - 1))
        query = (
            select(inbox_events)
            .where(inbox_events.c.seq > after)
            .order_by(inbox_events.c.seq)
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
            numbers = {row.ticket_number for row in rows}
            found = (
                await connection.execute(select_tickets().where(tickets.c.number.in_(numbers)))
            ).all()
        views = {row.number: ticket_view(*ticket_of(row)) for row in found}
        return [
            InboxEvent(
                seq=row.seq,
                kind=row.kind,
                ticket=views[row.ticket_number],
                payload=row.payload,
                created_at=row.created_at,
            )
            for row in rows
        ]
