"""Links between tickets and people who watch them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import and_, delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.access import access_agent, access_ticket_by_agent, fetch_ticket_by_text
from handoff.audit import write_audit
from handoff.errors import LinkInvalid
from handoff.model import JsonObject, TicketAct
from handoff.ports import Ports
from handoff.store.engine import Database
from handoff.store.tables import tickets
from handoff.store.upsert import upsert_into
from handoff.ticket import TicketState, format_number, read_state
from handoff.tickets.tables import ticket_links, ticket_watchers

MAX_LINKS: Final = 100


class LinkKind(StrEnum):
    """How one ticket stands to another, read from the first to the second."""

    RELATED = "related"
    DUPLICATE_OF = "duplicate_of"
    BLOCKS = "blocks"
    PARENT_OF = "parent_of"

    @property
    def inverse(self) -> str:
        """What the second ticket calls it."""
        return {
            LinkKind.RELATED: "related",
            LinkKind.DUPLICATE_OF: "has_duplicate",
            LinkKind.BLOCKS: "blocked_by",
            LinkKind.PARENT_OF: "child_of",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLink:
    """A link as one of its tickets sees it: `relation` is a kind or its inverse."""

    number: str
    relation: str
    subject: str
    state: TicketState

    def as_json(self) -> JsonObject:
        """Gives {"number", "relation", "subject", "state"}."""
        return {
            "number": self.number,
            "relation": self.relation,
            "subject": self.subject,
            "state": self.state.value,
        }


class TicketLinks:
    """What agents do with links and watchers, each in one transaction; repeating is harmless."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def link(self, number: str, agent_id: str, *, other: str, kind: LinkKind) -> TicketAct:
        """Links a ticket to another.

        Raises:
            LinkInvalid: To itself, against a link the other way round, or one too many.
        """
        return await self._change_link(number, agent_id, other=other, kind=kind, add=True)

    async def unlink(self, number: str, agent_id: str, *, other: str, kind: LinkKind) -> TicketAct:
        """Takes a link away, if it is there."""
        return await self._change_link(number, agent_id, other=other, kind=kind, add=False)

    async def watch(self, number: str, agent_id: str, *, user_id: str, on: bool) -> TicketAct:
        """Makes a colleague, or oneself, a watcher; or no longer.

        Raises:
            UserNotFound, RoleNotAllowed: The watcher may not read tickets.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            access = await access_ticket_by_agent(
                transaction, number, agent_id=agent_id, act="change watchers", now=now
            )
            unit, ticket = access.unit, access.ticket
            if on:
                await access_agent(transaction.connection, user_id, act="watch a ticket")
            if on == (user_id in ticket.watchers):
                unit.turn_to(ticket)
                return TicketAct(ticket=unit.ticket_view(), event=None, duplicate=True)
            connection = transaction.connection
            if on:
                values = {"ticket_number": ticket.number, "user_id": user_id, "at": now}
                await connection.execute(insert(ticket_watchers).values(**values))
                after = {*ticket.watchers, user_id}
            else:
                await connection.execute(
                    delete(ticket_watchers).where(
                        ticket_watchers.c.ticket_number == ticket.number,
                        ticket_watchers.c.user_id == user_id,
                    )
                )
                after = {*ticket.watchers} - {user_id}
            unit.turn_to(ticket)
            unit.change_ticket(watchers=tuple(sorted(after)))
            unit.notify_inbox("ticket_changed", {"agent_id": agent_id})
            await unit.flush()
            return TicketAct(ticket=unit.ticket_view(), event=None)

    async def _change_link(
        self, number: str, agent_id: str, *, other: str, kind: LinkKind, add: bool
    ) -> TicketAct:
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            access = await access_ticket_by_agent(
                transaction, number, agent_id=agent_id, act="link tickets", now=now
            )
            connection, unit = transaction.connection, access.unit
            unit.turn_to(access.ticket)
            there = await fetch_ticket_by_text(connection, other)
            known = await _find_link(connection, access.ticket.number, there.number, kind)
            if add == (known is not None):
                return TicketAct(ticket=unit.ticket_view(), event=None, duplicate=True)
            if add:
                await self._check(connection, access.ticket.number, there.number, kind)
                await connection.execute(
                    upsert_into(connection, ticket_links)
                    .values(
                        from_number=access.ticket.number,
                        to_number=there.number,
                        kind=kind.value,
                        actor_id=agent_id,
                        at=now,
                    )
                    .on_conflict_do_nothing()
                )
            elif known is not None:
                await connection.execute(
                    delete(ticket_links).where(
                        ticket_links.c.from_number == known[0],
                        ticket_links.c.to_number == known[1],
                        ticket_links.c.kind == kind.value,
                    )
                )
            unit.change_ticket()
            unit.notify_inbox("ticket_changed", {"agent_id": agent_id})
            for subject, relation, of in (
                (access.ticket.number, kind.value, there.number),
                (there.number, kind.inverse, access.ticket.number),
            ):
                act = "ticket_linked" if add else "ticket_unlinked"
                detail: JsonObject = {"relation": relation, "ticket": format_number(of)}
                name = f"ticket:{format_number(subject)}"
                await write_audit(transaction, now, agent_id, act, name, detail)
            await unit.flush()
            return TicketAct(ticket=unit.ticket_view(), event=None)

    async def _check(
        self, connection: AsyncConnection, number: int, other: int, kind: LinkKind
    ) -> None:
        if number == other:
            raise LinkInvalid("a ticket cannot be linked to itself")
        if kind is not LinkKind.RELATED:
            against = await _find_link(connection, other, number, kind)
            if against is not None:
                raise LinkInvalid("the link exists the other way round")
        if len(await links_of(connection, number)) >= MAX_LINKS:
            raise LinkInvalid(f"a ticket has at most {MAX_LINKS} links")


async def links_of(connection: AsyncConnection, number: int) -> tuple[TicketLink, ...]:
    """Gives a ticket's links in the order of the other ticket's number."""
    query = (
        select(
            ticket_links,
            tickets.c.number,
            tickets.c.subject,
            tickets.c.state,
            tickets.c.closed_as,
        )
        .join(
            tickets,
            or_(
                and_(
                    ticket_links.c.from_number == number,
                    tickets.c.number == ticket_links.c.to_number,
                ),
                and_(
                    ticket_links.c.to_number == number,
                    tickets.c.number == ticket_links.c.from_number,
                ),
            ),
        )
        .where(or_(ticket_links.c.from_number == number, ticket_links.c.to_number == number))
        .order_by(tickets.c.number, ticket_links.c.kind)
    )
    return tuple(
        TicketLink(
            number=format_number(row.number),
            relation=row.kind if row.from_number == number else LinkKind(row.kind).inverse,
            subject=row.subject,
            state=read_state(row.state, row.closed_as),
        )
        for row in (await connection.execute(query)).all()
    )


async def _find_link(
    connection: AsyncConnection, number: int, other: int, kind: LinkKind
) -> tuple[int, int] | None:
    """Gives a link as it is stored; what is related is so both ways."""
    pairs = [(number, other)]
    if kind is LinkKind.RELATED:
        pairs.append((other, number))
    for pair in pairs:
        query = select(ticket_links.c.from_number).where(
            ticket_links.c.from_number == pair[0],
            ticket_links.c.to_number == pair[1],
            ticket_links.c.kind == kind.value,
        )
        if (await connection.execute(query)).first() is not None:
            return pair
    return None
