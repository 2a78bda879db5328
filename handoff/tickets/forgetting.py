"""Deletes what belongs to tickets that are about to be deleted, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, or_
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.history import ticket_subject
from handoff.store.tables import audit_log
from handoff.tickets.indexing import forget_words
from handoff.tickets.tables import ticket_links, ticket_moves, ticket_tags, ticket_watchers


async def forget_tickets(connection: AsyncConnection, numbers: Sequence[int]) -> None:
    """Deletes tags, watchers, links, moves, history and words of tickets.

    The history goes as well: it holds the subjects that visitors wrote.
    """
    if not numbers:
        return
    moves = ticket_moves.c
    subjects = [ticket_subject(number) for number in numbers]
    for statement in (
        delete(ticket_tags).where(ticket_tags.c.ticket_number.in_(numbers)),
        delete(ticket_watchers).where(ticket_watchers.c.ticket_number.in_(numbers)),
        delete(ticket_links).where(
            or_(ticket_links.c.from_number.in_(numbers), ticket_links.c.to_number.in_(numbers))
        ),
        delete(ticket_moves).where(
            or_(moves.source_number.in_(numbers), moves.target_number.in_(numbers))
        ),
        delete(audit_log).where(audit_log.c.subject.in_(subjects)),
    ):
        await connection.execute(statement)
    await forget_words(connection, numbers)
