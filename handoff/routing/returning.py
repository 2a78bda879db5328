"""Puts tickets back into the queue that are stuck with somebody, and moves them to tier 2.

Each in one transaction under the conversation's lock, decided again on what stands there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, exists, select

from handoff.access import access_ticket_by_agent
from handoff.audit import write_audit
from handoff.conversation import AgentReleases, Owner, Refusal, decide
from handoff.errors import NotAssignee
from handoff.model import Author, JsonObject, TicketAct
from handoff.notice_language import notice_language
from handoff.ports import Ports
from handoff.routing.config import RoutingSettings
from handoff.routing.errors import EscalationRefused
from handoff.routing.model import Availability, ReturnReason
from handoff.routing.requests import (
    is_pushed,
    note_queued,
    note_return,
    request_pass,
)
from handoff.routing.returns import Held, decide_return
from handoff.routing.tables import agent_presence, assignments, teams
from handoff.store.engine import Database, Transaction
from handoff.store.tables import conversations, tickets
from handoff.store.unit import ConversationUnit, load_unit
from handoff.ticket import Happened, TicketState, decide_state
from handoff.transcript import clean_name
from handoff.work.apart import Apart

HIGHEST_TIER: Final = 2
REASON_CHARS: Final = 300


class Returning:
    """Returns and escalations."""

    def __init__(self, database: Database, ports: Ports, settings: RoutingSettings) -> None:
        self._database = database
        self._ports = ports
        self._settings = settings

    async def return_stuck(self) -> int:
        """Returns whatever lies with somebody who does not answer or is gone; gives how many.

        A ticket that breaks stays where it is until the next look.
        """
        async with self._database.read() as connection:
            now = await self._ports.shared_now(connection)
            rows = (await connection.execute(self._select_held())).all()
        stuck = [row for row in rows if self._reason(row, now) is not None]
        n_returned, apart = 0, Apart()
        for row in stuck:
            back = self._return(row.conversation_id, row.number)
            n_returned += await apart.tried(back, f"returning ticket {row.number}") is True
        return n_returned

    async def return_unanswered(self, assignment_id: str) -> bool:
        """Returns the ticket of an assignment that was not answered in time."""
        query = (
            select(tickets.c.conversation_id, tickets.c.number)
            .join(assignments, assignments.c.ticket_number == tickets.c.number)
            .where(assignments.c.id == assignment_id, assignments.c.ended_at.is_(None))
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        return row is not None and await self._return(row.conversation_id, row.number)

    async def escalate(self, number: str, agent_id: str, *, reason: str) -> TicketAct:
        """Gives a ticket to tier 2: its own agent does, or anybody while it waits.

        Raises:
            NotAssignee: Another agent has it.
            EscalationRefused: It is with tier 2 already or solved, or no reason was given.
        """
        reason = clean_name(reason, limit=REASON_CHARS)
        if not reason:
            raise EscalationRefused("a reason is needed")
        async with self._database.write(self._ports.publisher) as transaction:
            now = await self._ports.shared_now(transaction.connection)
            access = await access_ticket_by_agent(
                transaction, number, agent_id=agent_id, act="escalate", now=now
            )
            unit, ticket = access.unit, access.ticket
            if not ticket.is_active or not access.is_newest:
                raise EscalationRefused(f"it is {ticket.state}")
            if ticket.support_tier >= HIGHEST_TIER:
                raise EscalationRefused("it is with the highest tier already")
            if ticket.assignee_id not in (None, agent_id) and unit.record.owner != Owner.BOT.value:
                raise NotAssignee(agent_id=ticket.assignee_id, agent_name=ticket.assignee_name)
            _back_to_queue(unit, self._ports)
            unit.change_ticket(
                support_tier=HIGHEST_TIER,
                team_id=await _team_of_tier(transaction, ticket.team_id),
            )
            detail: JsonObject = {"from": ticket.support_tier, "to": HIGHEST_TIER, "reason": reason}
            event = unit.append(
                "escalated",
                Author.AGENT,
                "",
                author_id=agent_id,
                author_name=access.agent.name,
                payload=detail,
                agents_only=True,
            )
            unit.notify_inbox("ticket_escalated", {"agent_id": agent_id, **detail})
            if ticket.assignee_id is not None:
                await note_return(
                    transaction, ticket.number, agent_id, ReturnReason.ESCALATED, at=now
                )
            await write_audit(transaction, now, agent_id, "ticket_escalated", access, detail)
            await unit.flush()
            return TicketAct(ticket=unit.ticket_view(), event=event)

    async def _return(self, conversation_id: str, number: int) -> bool:
        async with self._database.write(self._ports.publisher) as transaction:
            now = await self._ports.shared_now(transaction.connection)
            unit = await load_unit(transaction, conversation_id, now=now)
            if unit is None or unit.ticket is None or unit.ticket.number != number:
                return False
            query = self._select_held().where(tickets.c.number == number)
            row = (await transaction.connection.execute(query)).first()
            reason = None if row is None else self._reason(row, now)
            if row is None or reason is None:
                return False
            await self._write_return(transaction, unit, row.assignee_id, reason)
            return True

    async def _write_return(
        self,
        transaction: Transaction,
        unit: ConversationUnit,
        agent_id: str,
        reason: ReturnReason,
    ) -> None:
        _back_to_queue(unit, self._ports)
        detail: JsonObject = {"agent_id": agent_id, "reason": reason.value}
        unit.notify_inbox("ticket_returned", detail)
        number = unit.ticket.number if unit.ticket is not None else 0
        await note_return(transaction, number, agent_id, reason, at=unit.now)
        await note_queued(transaction, number, at=unit.now)
        await request_pass(transaction)
        subject = f"ticket:{unit.ticket_view().number}"
        await write_audit(transaction, unit.now, None, "ticket_returned", subject, detail)
        await unit.flush()

    def _reason(self, row: Row[Any], now: datetime) -> ReturnReason | None:
        is_answered = row.owner == Owner.AGENT.value and not row.is_open
        held = Held(
            assigned_at=row.assigned_at or row.updated_at,
            is_answered=is_answered,
            visitor_waits=row.state != TicketState.PENDING.value,
            availability=Availability(row.availability or Availability.OFFLINE),
            available_since=row.since or row.updated_at,
        )
        return decide_return(held, self._settings.policy, now=now)

    def _select_held(self) -> Select[Any]:
        """Gives the query for tickets in hands that routing may take them out of."""
        is_open = exists().where(
            assignments.c.ticket_number == tickets.c.number,
            assignments.c.user_id == tickets.c.assignee_id,
            assignments.c.ended_at.is_(None),
        )
        return (
            select(
                tickets.c.number,
                tickets.c.conversation_id,
                tickets.c.assignee_id,
                tickets.c.assigned_at,
                tickets.c.updated_at,
                tickets.c.state,
                conversations.c.owner,
                is_open.label("is_open"),
                agent_presence.c.state.label("availability"),
                agent_presence.c.since,
            )
            .join(conversations, conversations.c.id == tickets.c.conversation_id)
            .join(agent_presence, agent_presence.c.user_id == tickets.c.assignee_id, isouter=True)
            .join(teams, teams.c.id == tickets.c.team_id, isouter=True)
            .where(
                is_pushed(self._settings),
                tickets.c.assignee_id.is_not(None),
                tickets.c.state.in_(("new", "open", "pending")),
                conversations.c.owner.in_((Owner.QUEUE.value, Owner.AGENT.value)),
            )
            .order_by(tickets.c.number)
        )


async def _team_of_tier(transaction: Transaction, team_id: str | None) -> str | None:
    """Gives the team if it works at the highest tier; another one does not keep the ticket."""
    query = select(teams.c.id).where(teams.c.id == team_id, teams.c.support_tier >= HIGHEST_TIER)
    found: str | None = (await transaction.connection.execute(query)).scalar_one_or_none()
    return found


def _back_to_queue(unit: ConversationUnit, ports: Ports) -> None:
    """Takes the ticket out of its agent's hands; the visitor is told if she had been there."""
    ticket = unit.ticket
    if ticket is None:
        raise LookupError("the conversation has no ticket")
    if unit.record.owner == Owner.AGENT.value and unit.record.agent_id is not None:
        state = decide(unit.record.state, AgentReleases(agent_id=unit.record.agent_id))
        if isinstance(state, Refusal):
            raise LookupError(state.code)
        unit.move_to(state)
        language = notice_language(unit, ports)
        unit.append(
            "agent_left",
            Author.SYSTEM,
            ports.notices.notice("agent-left", language),
            language=language,
            payload={"ticket_number": ticket.ref.number},
        )
        released = decide_state(TicketState(ticket.state), Happened.RELEASED)
        unit.change_ticket(state=(released or TicketState.OPEN).value)
    unit.change_ticket(assignee_id=None, assignee_name=None)
