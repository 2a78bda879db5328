"""Reads tickets for agents: lists by filter, and one ticket with all that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.access import access_agent, fetch_ticket_by_text
from handoff.errors import TicketNotFound
from handoff.model import EventView, JsonObject, TicketView
from handoff.store.engine import Database
from handoff.store.records import (
    events_of,
    select_events,
    select_tickets,
    ticket_of,
    ticket_view,
)
from handoff.store.tables import events, tickets
from handoff.store.unit import fetch_ticket
from handoff.tickets.filters import TicketFilter, conditions_of
from handoff.tickets.links import TicketLink, links_of
from handoff.tickets.merging import merged_numbers
from handoff.tickets.tables import ticket_tags


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLog:
    """A ticket with its part of its conversation's log, internals included."""

    ticket: TicketView
    events: tuple[EventView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeTicket:
    """A ticket with all that belongs to it.

    Attributes:
        merged: The tickets that were merged into it, each with its own log.
        tags: Tag -> {"source", "confidence"}.
    """

    ticket: TicketView
    events: tuple[EventView, ...]
    merged: tuple[TicketLog, ...]
    links: tuple[TicketLink, ...]
    tags: JsonObject


class TicketReading:
    """Reads in one transaction each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(
        self,
        agent_id: str | None,
        *,
        wanted: TicketFilter = TicketFilter(),  # noqa: B008 - frozen
        before: int | None = None,
        limit: int = 50,
    ) -> list[TicketView]:
        """Gives tickets, the newest first.

        Args:
            agent_id: Who asks; None for a caller that is authorised already.
            wanted: What they must be like.
            before: Number of the last one that the caller has.
            limit: At most this many.

        Raises:
            UserNotFound, RoleNotAllowed: The user may not read tickets.
        """
        query = select_tickets().where(*conditions_of(wanted))
        if before is not None:
            query = query.where(tickets.c.number < before)
        query = query.order_by(tickets.c.number.desc()).limit(limit)
        async with self._database.read() as connection:
            if agent_id is not None:
                await access_agent(connection, agent_id, act="list tickets")
            rows = (await connection.execute(query)).all()
        return [ticket_view(*ticket_of(row)) for row in rows]

    async def get(self, number: str, agent_id: str | None) -> WholeTicket:
        """Gives a ticket with its log, links, tags and the tickets merged into it.

        Raises:
            TicketNotFound, UserNotFound, RoleNotAllowed: Number and user.
        """
        async with self._database.read() as connection:
            if agent_id is not None:
                await access_agent(connection, agent_id, act="read a ticket")
            found = await fetch_ticket_by_text(connection, number)
            own = await _log_of(connection, found.number)
            merged = [
                await _log_of(connection, other)
                for other in await merged_numbers(connection, found.number)
            ]
            links = await links_of(connection, found.number)
            query = select(ticket_tags).where(
                ticket_tags.c.ticket_number == found.number, ticket_tags.c.removed_at.is_(None)
            )
            rows = (await connection.execute(query.order_by(ticket_tags.c.tag))).all()
        return WholeTicket(
            ticket=own.ticket,
            events=own.events,
            merged=tuple(merged),
            links=links,
            tags={row.tag: {"source": row.source, "confidence": row.confidence} for row in rows},
        )


async def _log_of(connection: AsyncConnection, number: int) -> TicketLog:
    ticket, owner = await fetch_ticket(connection, number)
    if ticket is None or owner is None:
        raise TicketNotFound(str(number))
    query = select_events(ticket.conversation_id).where(events.c.seq >= ticket.seq_from)
    if not ticket.is_active:
        query = query.where(events.c.seq <= ticket.seq_upto)
    log = events_of((await connection.execute(query)).all(), internal=True)
    return TicketLog(ticket=ticket_view(ticket, owner), events=log)
