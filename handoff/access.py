"""The only door from an id to a conversation or ticket: fetch, permission and lock in one step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.conversation import Owner
from handoff.errors import (
    ConversationNotFound,
    NotYours,
    RoleNotAllowed,
    TicketNotFound,
    UserNotFound,
)
from handoff.model import Person, Role
from handoff.store.engine import Transaction
from handoff.store.records import (
    CONVERSATION_COLUMNS,
    ConversationRecord,
    TicketRecord,
    conversation_of,
)
from handoff.store.tables import conversations, users
from handoff.store.unit import ConversationUnit, fetch_ticket, load_unit
from handoff.ticket import parse_number

# Editors write articles; visitors' words are not their business.
TICKET_ROLES = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAccess:
    """A ticket that an agent may work on, its locked conversation and the agent."""

    unit: ConversationUnit
    ticket: TicketRecord
    agent: Person

    @property
    def is_newest(self) -> bool:
        """Whether the conversation has no newer ticket."""
        return self.unit.record.ticket_number == self.ticket.number

    @property
    def is_going_on(self) -> bool:
        """Whether the conversation is about this ticket still, and has not ended.

        A visitor may be talking to the bot about another matter that has no ticket yet.
        """
        record = self.unit.record
        return self.is_newest and record.state.has_ticket and record.owner != Owner.CLOSED


async def access_conversation_by_visitor(
    transaction: Transaction, conversation_id: str, *, visitor_id: str, now: datetime
) -> ConversationUnit:
    """Locks a conversation for its own visitor.

    Raises:
        ConversationNotFound: Unknown id; NotYours, a kind of it, for another visitor's.
    """
    unit = await load_unit(transaction, conversation_id, now=now)
    if unit is None:
        raise ConversationNotFound(conversation_id)
    if unit.record.visitor_id != visitor_id:
        raise NotYours(conversation_id)
    return unit


async def access_conversation_by_turn(
    transaction: Transaction, conversation_id: str, *, now: datetime
) -> ConversationUnit:
    """Locks a conversation for the dispatcher, whose permission is the claim it holds or wants.

    Raises:
        ConversationNotFound: Unknown id.
    """
    unit = await load_unit(transaction, conversation_id, now=now)
    if unit is None:
        raise ConversationNotFound(conversation_id)
    return unit


async def access_conversation_for_reading(
    connection: AsyncConnection, conversation_id: str, *, visitor_id: str | None
) -> tuple[ConversationRecord, TicketRecord | None]:
    """Gives a conversation without a lock; `visitor_id` None stands for an authorised caller.

    Raises:
        ConversationNotFound: Unknown id, or another visitor's.
    """
    query = select(*CONVERSATION_COLUMNS).where(conversations.c.id == conversation_id)
    row = (await connection.execute(query)).first()
    if row is None:
        raise ConversationNotFound(conversation_id)
    record = conversation_of(row)
    if visitor_id is not None and record.visitor_id != visitor_id:
        raise NotYours(conversation_id)
    if record.ticket_number is None:
        return record, None
    ticket, _ = await fetch_ticket(connection, record.ticket_number)
    return record, ticket


async def access_agent(connection: AsyncConnection, agent_id: str, *, act: str) -> Person:
    """Gives the user if it may work on tickets.

    Raises:
        UserNotFound: Unknown or no longer active.
        RoleNotAllowed: The role does not include tickets.
    """
    query = select(users.c.id, users.c.name, users.c.role).where(
        users.c.id == agent_id, users.c.active
    )
    row = (await connection.execute(query)).first()
    if row is None:
        raise UserNotFound(agent_id)
    if Role(row.role) not in TICKET_ROLES:
        raise RoleNotAllowed(role=row.role, act=act)
    return Person(id=row.id, name=row.name)


async def access_ticket_by_agent(
    transaction: Transaction, number: str, *, agent_id: str, act: str, now: datetime
) -> TicketAccess:
    """Locks a ticket's conversation for an agent's act.

    Raises:
        UserNotFound, RoleNotAllowed: The user may not.
        TicketNotFound: No such number.
    """
    connection = transaction.connection
    agent = await access_agent(connection, agent_id, act=act)
    found = await fetch_ticket_by_text(connection, number)
    unit = await load_unit(transaction, found.conversation_id, now=now)
    if unit is None:
        raise TicketNotFound(number)
    unit.actor_id = agent.id
    # Read again behind the lock: the first reading only led to the conversation.
    ticket = unit.ticket
    if ticket is None or ticket.number != found.number:
        ticket = await fetch_ticket_by_text(connection, number)
    return TicketAccess(unit=unit, ticket=ticket, agent=agent)


async def fetch_ticket_by_text(connection: AsyncConnection, number: str) -> TicketRecord:
    """Gives a ticket by its number as people write it, without a lock.

    Raises:
        TicketNotFound: No such number.
    """
    value = parse_number(number)
    if value is None or value >= 2**31:
        raise TicketNotFound(number)
    ticket, _ = await fetch_ticket(connection, value)
    if ticket is None:
        raise TicketNotFound(number)
    return ticket
