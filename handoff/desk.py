"""Use cases of an agent: see the queue, take a ticket, answer, give back, resolve.

Every act checks the user's role and the state under the conversation's lock. Repeating an act that
is done already is harmless and says so with `duplicate`.
"""

from __future__ import annotations

from typing import NoReturn

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.access import (
    TicketAccess,
    access_agent,
    access_ticket_by_agent,
    fetch_ticket_by_text,
)
from handoff.audit import write_audit
from handoff.conversation import (
    Act,
    AgentAssigns,
    AgentReleases,
    AgentReplies,
    AgentTakes,
    HandBack,
    Owner,
    Refusal,
    RefusalCode,
    Reopen,
    Resolve,
    State,
    decide,
)
from handoff.errors import (
    AlreadyTaken,
    ClientIdReused,
    FieldInvalid,
    InvalidTransition,
    NotAssignee,
    PriorityInvalid,
    TicketNotFound,
)
from handoff.model import (
    Author,
    EventView,
    JsonObject,
    TicketAct,
    TicketDetail,
    TicketList,
    TicketView,
    TicketViewName,
    iso,
)
from handoff.notice_language import notice_language
from handoff.ports import Ports
from handoff.store.engine import Database
from handoff.store.records import (
    events_of,
    override_of,
    select_events,
    select_tickets,
    ticket_of,
    ticket_view,
)
from handoff.store.tables import events, tickets
from handoff.store.unit import counter_value, fetch_ticket
from handoff.ticket import (
    ACTIVE_STATES,
    HIGHEST_PRIORITY,
    LOWEST_PRIORITY,
    REOPEN,
    Happened,
    decide_state,
)
from handoff.tickets.refresh import refresh_ticket
from handoff.transcript import check_message, clean_name, excerpt
from handoff.visitors import check_client_id

_ACTIVE = tuple(state.value for state in ACTIVE_STATES)


class Desk:
    """What an agent can do with tickets, each in one transaction."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def list_tickets(
        self, view: TicketViewName, agent_id: str, *, limit: int = 200
    ) -> TicketList:
        """Gives one view of the queue, most urgent first, and how many stand in each view."""
        condition = _view_condition(view, agent_id)
        order = (
            (tickets.c.resolved_at.desc(), tickets.c.number.desc())
            if view is TicketViewName.SOLVED
            else (tickets.c.priority, tickets.c.opened_at, tickets.c.number)
        )
        query = select_tickets().where(condition).order_by(*order).limit(limit)
        async with self._database.read() as connection:
            await access_agent(connection, agent_id, act="list tickets")
            cursor = await counter_value(connection, "inbox")
            rows = (await connection.execute(query)).all()
            counts = await _count_views(connection, agent_id)
        found = tuple(ticket_view(*ticket_of(row)) for row in rows)
        return TicketList(tickets=found, cursor=cursor, counts=counts)

    async def get_ticket(self, number: str, agent_id: str) -> TicketDetail:
        """Gives a ticket and its conversation's log from the episode's start, with evidence.

        Raises:
            TicketNotFound: No such number.
            RoleNotAllowed: The user may not read tickets.
        """
        async with self._database.read() as connection:
            await access_agent(connection, agent_id, act="read a ticket")
            found = await fetch_ticket_by_text(connection, number)
            ticket, owner = await fetch_ticket(connection, found.number)
            if ticket is None or owner is None:
                raise TicketNotFound(number)
            query = select_events(ticket.conversation_id).where(events.c.seq >= ticket.seq_from)
            if not ticket.is_active:
                query = query.where(events.c.seq <= ticket.seq_upto)
            log = events_of((await connection.execute(query)).all(), internal=True)
        cursor = log[-1].seq if log else ticket.seq_upto
        return TicketDetail(ticket=ticket_view(ticket, owner), events=log, cursor=cursor)

    async def find(self, number: str) -> TicketView:
        """Gives a ticket to a caller that is authorised already.

        Raises:
            TicketNotFound: No such number.
        """
        async with self._database.read() as connection:
            found = await fetch_ticket_by_text(connection, number)
            ticket, owner = await fetch_ticket(connection, found.number)
        if ticket is None or owner is None:
            raise TicketNotFound(number)
        return ticket_view(ticket, owner)

    async def take(self, number: str, agent_id: str, *, force: bool = False) -> TicketAct:
        """Takes a ticket over; from another agent only with `force`.

        Raises:
            AlreadyTaken: Another agent has it; says who.
            InvalidTransition: The ticket is solved.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            access = await access_ticket_by_agent(
                transaction, number, agent_id=agent_id, act="take a ticket", now=now
            )
            before = access.unit.record.agent_id
            event = take_for(access, self._ports, force=force)
            if event is None:
                return TicketAct(ticket=access.unit.ticket_view(), event=None, duplicate=True)
            await write_audit(
                transaction, now, agent_id, "ticket_taken", access, {"forced_from": before}
            )
            await access.unit.flush()
            return TicketAct(ticket=access.unit.ticket_view(), event=event)

    async def release(self, number: str, agent_id: str) -> TicketAct:
        """Puts one's ticket back into the queue.

        Raises:
            NotAssignee: Another agent, or nobody, has it.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            access = await access_ticket_by_agent(
                transaction, number, agent_id=agent_id, act="release a ticket", now=now
            )
            unit = access.unit
            unit.move_to(decided(access, AgentReleases(agent_id=agent_id), "release"))
            unit.change_ticket(
                state=next_state(access, Happened.RELEASED),
                assignee_id=None,
                assignee_name=None,
            )
            event = _append_notice(
                access, self._ports, "agent_left", "agent-left", author=Author.AGENT
            )
            unit.notify_inbox("ticket_released", {"agent_id": agent_id})
            await write_audit(transaction, now, agent_id, "ticket_released", access)
            await unit.flush()
            return TicketAct(ticket=unit.ticket_view(), event=event)

    async def reply(self, number: str, agent_id: str, *, client_id: str, text: str) -> TicketAct:
        """Writes to the visitor; only the agent who has the conversation may.

        Raises:
            MessageEmpty, MessageTooLong, ClientIdInvalid, ClientIdReused: The message.
            NotAssignee: Another agent, or nobody, has it.
        """
        client_id = check_client_id(client_id)
        text = check_message(text)
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            access = await access_ticket_by_agent(
                transaction, number, agent_id=agent_id, act="reply", now=now
            )
            unit = access.unit
            stored = await _stored_before(access, client_id, text, kind="message")
            if stored is not None:
                view = ticket_view(access.ticket, Owner(unit.record.owner))
                return TicketAct(ticket=view, event=stored, duplicate=True)
            decided(access, AgentReplies(agent_id=agent_id), "reply")
            event = unit.append(
                "message",
                Author.AGENT,
                text,
                author_id=agent_id,
                author_name=access.agent.name,
                client_id=client_id,
                language=notice_language(unit, self._ports),
            )
            unit.change_ticket(
                state=next_state(access, Happened.AGENT_REPLIED),
                waiting_since=None,
                first_reply_at=access.ticket.first_reply_at or now,
                last_message=excerpt(text),
            )
            await refresh_ticket(unit, self._ports)
            unit.notify_inbox("agent_reply", {"seq": event.seq})
            await unit.flush()
            return TicketAct(ticket=unit.ticket_view(), event=event)

    async def note(self, number: str, agent_id: str, *, client_id: str, text: str) -> TicketAct:
        """Writes a note that only agents see; any agent may, on a ticket that is not solved.

        Raises:
            MessageEmpty, MessageTooLong, ClientIdInvalid, ClientIdReused: The note.
            InvalidTransition: The ticket is solved.
        """
        client_id = check_client_id(client_id)
        text = check_message(text)
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            access = await access_ticket_by_agent(
                transaction, number, agent_id=agent_id, act="write a note", now=now
            )
            unit = access.unit
            stored = await _stored_before(access, client_id, text, kind="note")
            if stored is not None:
                view = ticket_view(access.ticket, Owner(unit.record.owner))
                return TicketAct(ticket=view, event=stored, duplicate=True)
            if not access.ticket.is_active:
                raise InvalidTransition(act="note", state=access.ticket.state)
            event = unit.append(
                "note",
                Author.AGENT,
                text,
                author_id=agent_id,
                author_name=access.agent.name,
                client_id=client_id,
                agents_only=True,
            )
            unit.change_ticket()
            unit.notify_inbox("note", {"seq": event.seq})
            await unit.flush()
            return TicketAct(ticket=unit.ticket_view(), event=event)

    async def hand_back(self, number: str, agent_id: str) -> TicketAct:
        """Gives the conversation back to the bot, which starts its dialogue afresh.

        Raises:
            NotAssignee: Another agent, or nobody, has it.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            access = await access_ticket_by_agent(
                transaction, number, agent_id=agent_id, act="hand back", now=now
            )
            unit = access.unit
            unit.move_to(decided(access, HandBack(agent_id=agent_id), "hand_back"))
            # What was said to the agent is not a question to the bot.
            unit.change(dialogue_events=[], answered_seq=unit.record.last_seq)
            unit.change_ticket(state=next_state(access, Happened.HANDED_BACK), waiting_since=None)
            event = _append_notice(
                access, self._ports, "handed_back", "handed-back", internal={"dialogue": "reset"}
            )
            unit.notify_inbox("handed_back", {"agent_id": agent_id})
            await write_audit(transaction, now, agent_id, "ticket_handed_back", access)
            await unit.flush()
            return TicketAct(ticket=unit.ticket_view(), event=event)

    async def resolve(self, number: str, agent_id: str) -> TicketAct:
        """Ends the episode and solves its ticket; an unassigned one may be solved by any agent.

        Raises:
            NotAssignee: Another agent has it.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            access = await access_ticket_by_agent(
                transaction, number, agent_id=agent_id, act="resolve", now=now
            )
            unit = access.unit
            if not access.ticket.is_active:
                view = ticket_view(access.ticket, Owner(unit.record.owner))
                return TicketAct(ticket=view, event=None, duplicate=True)
            event = solve(access, self._ports)
            await write_audit(transaction, now, agent_id, "ticket_resolved", access)
            await unit.flush()
            return TicketAct(ticket=unit.ticket_view(), event=event)

    async def reopen(self, number: str, agent_id: str) -> TicketAct:
        """Opens a solved ticket again; the agent who does it has the conversation then.

        Only the newest ticket, and only while the visitor has not begun another matter.

        Raises:
            AlreadyTaken: Another agent was quicker; says who.
            InvalidTransition: The visitor has written since, or the ticket is closed for good.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            access = await access_ticket_by_agent(
                transaction, number, agent_id=agent_id, act="reopen a ticket", now=now
            )
            unit = access.unit
            event = reopen_for(access, self._ports)
            if event is None:
                return TicketAct(ticket=unit.ticket_view(), event=None, duplicate=True)
            await write_audit(transaction, now, agent_id, "ticket_reopened", access)
            await unit.flush()
            return TicketAct(ticket=unit.ticket_view(), event=event)

    async def override_priority(
        self, number: str, agent_id: str, *, level: int, reason: str
    ) -> TicketAct:
        """Sets a priority by hand; triage changes it afterwards only for something worse.

        Raises:
            PriorityInvalid: Level outside 1 to 5, or no reason.
            InvalidTransition: The ticket is solved.
        """
        if not HIGHEST_PRIORITY <= level <= LOWEST_PRIORITY:
            raise PriorityInvalid("level")
        reason = clean_name(reason, limit=300)
        if not reason:
            raise PriorityInvalid("reason")
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            access = await access_ticket_by_agent(
                transaction, number, agent_id=agent_id, act="set a priority", now=now
            )
            unit, ticket = access.unit, access.ticket
            if not ticket.is_active:
                raise InvalidTransition(act="override_priority", state=ticket.state)
            earlier = override_of(ticket.override)
            override: JsonObject = {
                "level": level,
                "reason": reason,
                "agent_id": agent_id,
                "agent_name": access.agent.name,
                "at": iso(now),
                # A second override does not forget what triage said before the first one.
                "assessed": min(earlier.assessed, ticket.priority) if earlier else ticket.priority,
            }
            unit.change_ticket(priority=level, override=override)
            change: JsonObject = {"from": ticket.priority, "to": level}
            event = unit.append(
                "priority",
                Author.AGENT,
                "",
                author_id=agent_id,
                author_name=access.agent.name,
                payload={**change, "reason": reason, "triage_level": override["assessed"]},
                agents_only=True,
            )
            unit.notify_inbox("priority_changed", change)
            await write_audit(
                transaction, now, agent_id, "priority_set", access, {**change, "reason": reason}
            )
            await unit.flush()
            return TicketAct(ticket=unit.ticket_view(), event=event)


def take_for(access: TicketAccess, ports: Ports, *, force: bool) -> EventView | None:
    """Gives the conversation to its agent and tells the visitor; None if she has it already.

    Raises:
        AlreadyTaken: Another agent has it, and it is not forced.
        InvalidTransition: The ticket is solved.
    """
    unit, agent = access.unit, access.agent
    state = decided(access, AgentTakes(agent_id=agent.id, force=force), "take")
    if state == unit.record.state:
        return None
    before = unit.record.agent_id
    owed = unit.record.bot_pending
    unit.move_to(state)
    unit.change(answered_seq=unit.record.last_seq)
    unit.change_ticket(
        state=next_state(access, Happened.TAKEN),
        assignee_id=agent.id,
        assignee_name=agent.name,
        waiting_since=access.ticket.waiting_since or (unit.now if owed else None),
    )
    event = _append_notice(
        access, ports, "agent_joined", "agent-joined", name=agent.name, author=Author.AGENT
    )
    unit.notify_inbox("ticket_taken", {"agent_id": agent.id, "from": before})
    return event


def solve(access: TicketAccess, ports: Ports) -> EventView:
    """Ends the episode, solves its ticket and tells the visitor; to be flushed by the caller.

    Raises:
        NotAssignee: Another agent has it.
        InvalidTransition: It does not fit the state.
        FieldInvalid: A required field has no value.
    """
    unit, now = access.unit, access.unit.now
    own = unit.ticket.custom_fields if unit.ticket else None
    for missing in ports.tickets.missing_fields(own or {}):
        raise FieldInvalid(missing, "is needed to solve a ticket")
    unit.move_to(decided(access, Resolve(agent_id=access.agent.id), "resolve"))
    unit.change(answered_seq=unit.record.last_seq)
    unit.change_ticket(
        state=next_state(access, Happened.RESOLVED),
        assignee_id=access.ticket.assignee_id or access.agent.id,
        assignee_name=access.ticket.assignee_name or access.agent.name,
        waiting_since=None,
        resolved_at=now,
    )
    number = access.ticket.ref.number
    button = ports.notices.notice("not-solved", notice_language(unit, ports))
    event = _append_notice(
        access,
        ports,
        "resolved",
        "resolved",
        number=number,
        payload={
            "buttons": [{"title": button, "choice": {"kind": REOPEN, "value": number}}],
            "reopen_until": iso(now + ports.tickets.reopen_within),
        },
    )
    unit.notify_inbox("resolved", {"agent_id": access.agent.id})
    return event


def reopen_for(access: TicketAccess, ports: Ports) -> EventView | None:
    """Opens a solved ticket for its agent, who has the conversation then; None if she has it.

    Raises:
        AlreadyTaken: Another agent was quicker.
        InvalidTransition: The visitor has written since, or the ticket is closed for good.
    """
    unit, agent = access.unit, access.agent
    state = decided(access, Reopen(agent_id=agent.id), "reopen")
    if state == unit.record.state:
        return None
    unit.move_to(state)
    unit.change_ticket(
        state=next_state(access, Happened.REOPENED),
        assignee_id=agent.id,
        assignee_name=agent.name,
        resolved_at=None,
    )
    # To the visitor it is what it looks like: somebody is there again.
    event = _append_notice(
        access,
        ports,
        "agent_joined",
        "agent-joined",
        name=agent.name,
        author=Author.AGENT,
        internal={"reopened": True},
    )
    unit.notify_inbox("ticket_reopened", {"agent_id": agent.id})
    return event


def _append_notice(
    access: TicketAccess,
    ports: Ports,
    kind: str,
    code: str,
    *,
    author: Author = Author.SYSTEM,
    internal: JsonObject | None = None,
    payload: JsonObject | None = None,
    **params: str,
) -> EventView:
    language = notice_language(access.unit, ports)
    return access.unit.append(
        kind,
        author,
        ports.notices.notice(code, language, **params),
        author_id=access.agent.id if author is Author.AGENT else None,
        author_name=access.agent.name if author is Author.AGENT else None,
        language=language,
        payload={"ticket_number": access.ticket.ref.number, **(payload or {})},
        internal={"agent_id": access.agent.id, **(internal or {})},
    )


async def _stored_before(
    access: TicketAccess, client_id: str, text: str, *, kind: str
) -> EventView | None:
    stored = await access.unit.event_by_client_id(Author.AGENT, client_id)
    if stored is None:
        return None
    if (stored.kind, stored.author_id, stored.text) != (kind, access.agent.id, text):
        raise ClientIdReused(client_id)
    return stored


def decided(access: TicketAccess, act: Act, name: str) -> State:
    """Gives the conversation's state after an act of its agent.

    Raises:
        AlreadyTaken, NotAssignee: Somebody else has it, or it is about to be answered by her.
        InvalidTransition: The act does not fit the state, or a newer ticket took over.
    """
    if not access.is_newest:
        raise InvalidTransition(act=name, state=access.ticket.state)
    _check_offer(access, act)
    decided = decide(access.unit.record.state, act)
    if isinstance(decided, Refusal):
        _refuse(access, decided, name)
    return decided


def _check_offer(access: TicketAccess, act: Act) -> None:
    """Refuses to take, give away or solve what was given to a colleague who is about to answer.

    Raises:
        AlreadyTaken, NotAssignee: Says who that is.
    """
    ticket, me = access.ticket, access.agent.id
    holder = ticket.assignee_id
    if access.unit.record.owner in (Owner.AGENT.value, Owner.CLOSED.value) or holder in (None, me):
        return
    is_queued = access.unit.record.owner == Owner.QUEUE.value
    match act:
        case AgentTakes(force=force):
            is_refused = is_queued and not force
        case AgentAssigns(to=to, force=force):
            # What the assistant answers may be taken by anybody, but not given away.
            is_refused = to != holder and not force and (is_queued or to != me)
        case _:
            is_refused = False
    if is_refused:
        raise AlreadyTaken(agent_id=holder, agent_name=ticket.assignee_name)
    if isinstance(act, Resolve) and is_queued:
        raise NotAssignee(agent_id=holder, agent_name=ticket.assignee_name)


def _refuse(access: TicketAccess, refusal: Refusal, name: str) -> NoReturn:
    holder = access.ticket.assignee_name if refusal.agent_id else None
    if refusal.code is RefusalCode.ALREADY_TAKEN:
        raise AlreadyTaken(agent_id=refusal.agent_id, agent_name=holder)
    if refusal.code is RefusalCode.NOT_ASSIGNEE:
        raise NotAssignee(agent_id=refusal.agent_id, agent_name=holder)
    raise InvalidTransition(act=name, state=access.unit.record.owner)


def next_state(access: TicketAccess, happened: Happened) -> str:
    """Gives the ticket's state after something happened; raises InvalidTransition."""
    state = decide_state(access.ticket.stands, happened)
    if state is None:
        raise InvalidTransition(act=happened.value, state=access.ticket.stands.value)
    return state.value


def _view_condition(view: TicketViewName, agent_id: str) -> ColumnElement[bool]:
    active = tickets.c.state.in_(_ACTIVE)
    match view:
        case TicketViewName.OPEN:
            return active
        case TicketViewName.MINE:
            return and_(active, tickets.c.assignee_id == agent_id)
        case TicketViewName.UNASSIGNED:
            return and_(active, tickets.c.assignee_id.is_(None))
        case TicketViewName.SOLVED:
            # A merged ticket goes on as another one; spam was nobody's question.
            done = or_(tickets.c.state == "solved", tickets.c.state == "closed")
            return and_(done, tickets.c.closed_as.is_(None))


async def _count_views(connection: AsyncConnection, agent_id: str) -> dict[str, int]:
    columns = [
        func.count().filter(_view_condition(view, agent_id)).label(view.value)
        for view in TicketViewName
    ]
    row = (await connection.execute(select(*columns).select_from(tickets))).one()
    return {name: int(count) for name, count in row._mapping.items()}
