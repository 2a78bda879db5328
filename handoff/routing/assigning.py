"""Gives a ticket to a named colleague.

In the queue the ticket becomes an offer to her, like one that routing makes: nobody else takes it
without force, and where routing pushes it comes back if she does not answer. An agent's own
conversation is hers at once, and the visitor reads who is there now.
"""

from __future__ import annotations

from handoff.access import TicketAccess, access_agent, access_ticket_by_agent
from handoff.audit import write_audit
from handoff.conversation import AgentAssigns, State
from handoff.desk import decided, take_for
from handoff.model import Author, EventView, JsonObject, Person, TicketAct
from handoff.notice_language import notice_language
from handoff.ports import Ports
from handoff.routing.returning import REASON_CHARS
from handoff.store.engine import Database
from handoff.transcript import clean_name
from handoff.versions import Versions, check_version


class Assigning:
    """Assignments by people."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def assign(
        self,
        number: str,
        agent_id: str,
        *,
        to: str,
        reason: str = "",
        force: bool = False,
        expected: Versions = None,
    ) -> TicketAct:
        """Makes a colleague the assignee; to oneself it is taking the ticket over.

        Args:
            number: The ticket.
            agent_id: Who gives it.
            to: Who gets it; if she has it already, nothing happens.
            reason: For colleagues; may be empty.
            force: Also what a third agent has or was given.
            expected: The versions of the ticket that the caller has seen; None for any.

        Raises:
            UserNotFound, RoleNotAllowed: Either of the two is gone or has no tickets.
            TicketNotFound: No such number.
            VersionConflict: It is of another version by now.
            AlreadyTaken: A third agent has it; says who.
            InvalidTransition: The ticket is not active, or not the conversation's newest.
        """
        reason = clean_name(reason, limit=REASON_CHARS)
        async with self._database.write(self._ports.publisher) as transaction:
            now = await self._ports.shared_now(transaction.connection)
            access = await access_ticket_by_agent(
                transaction, number, agent_id=agent_id, act="assign a ticket", now=now
            )
            check_version(access.ticket.version, expected)
            colleague = await access_agent(transaction.connection, to, act="be given a ticket")
            act = AgentAssigns(agent_id=agent_id, to=to, force=force)
            state = decided(access, act, "assign")
            before = access.ticket.assignee_id
            if to == agent_id:
                event = take_for(access, self._ports, force=force)
            elif before == to:
                event = None
            else:
                event = self._give(access, state, colleague, reason)
            if event is None:
                return TicketAct(ticket=access.unit.ticket_view(), event=None, duplicate=True)
            if to == agent_id:
                taken: JsonObject = {"forced_from": before}
                await write_audit(transaction, now, agent_id, "ticket_taken", access, taken)
            else:
                given: JsonObject = {"from": before, "to": to, "reason": reason}
                await write_audit(transaction, now, agent_id, "ticket_assigned", access, given)
            await access.unit.flush()
            return TicketAct(ticket=access.unit.ticket_view(), event=event)

    def _give(
        self, access: TicketAccess, state: State, colleague: Person, reason: str
    ) -> EventView:
        """Changes the hands; the visitor is told if somebody had been speaking to her."""
        unit, giver = access.unit, access.agent
        detail: JsonObject = {
            "from": access.ticket.assignee_name,
            "to": colleague.name,
            "reason": reason,
        }
        event = unit.append(
            "assigned",
            Author.AGENT,
            "",
            author_id=giver.id,
            author_name=giver.name,
            payload=detail,
            agents_only=True,
        )
        if state != unit.record.state:
            unit.move_to(state)
            language = notice_language(unit, self._ports)
            unit.append(
                "agent_joined",
                Author.AGENT,
                self._ports.notices.notice("agent-joined", language, name=colleague.name),
                author_id=colleague.id,
                author_name=colleague.name,
                language=language,
                payload={"ticket_number": access.ticket.ref.number},
                internal={"agent_id": giver.id, "assigned": True},
            )
        unit.change_ticket(
            assignee_id=colleague.id, assignee_name=colleague.name, assigned_by="agent"
        )
        given: JsonObject = {"agent_id": colleague.id, "by": giver.name, "reason": reason}
        unit.notify_inbox("ticket_assigned", given)
        return event
