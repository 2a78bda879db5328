"""Merging tickets and taking that back.

The source ends as `merged` and names its target; nothing of it is moved or copied, so that taking
it back loses nothing. Its transcript is shown with the target's, queues see the target alone.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.access import TicketAccess, access_ticket_by_agent, fetch_ticket_by_text
from handoff.audit import write_audit
from handoff.conversation import Act, Dismiss, Owner, Refusal, Reopen, Revive, decide
from handoff.errors import InvalidTransition, NothingToUndo, TicketMergeRefused
from handoff.ids import new_id
from handoff.model import Author, JsonObject, TicketAct, iso
from handoff.notice_language import notice_language
from handoff.ports import Ports
from handoff.store.engine import Database, Transaction
from handoff.store.records import TicketRecord
from handoff.store.tables import tickets, users
from handoff.store.unit import ConversationUnit
from handoff.ticket import ACTIVE_STATES, Happened, TicketState, decide_state, stored_state
from handoff.tickets.tables import ticket_moves, ticket_tags, ticket_watchers

MERGE = "merge"
SPLIT = "split"


class TicketMerging:
    """Merges and takes merges back, each in one transaction over both conversations."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def merge(
        self, number: str, agent_id: str, *, into: str, force: bool = False
    ) -> TicketAct:
        """Ends a ticket as part of another; gives the target.

        Args:
            number: The ticket that ends.
            agent_id: Who does it.
            into: The ticket that goes on; it must be open.
            force: Also if the two are of different customers.

        Raises:
            TicketNotFound, UserNotFound, RoleNotAllowed: Numbers and user.
            TicketMergeRefused: The same ticket, other customers, or a target that is done.
            InvalidTransition: The source is closed already.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            source, target = await _access_both(
                transaction, number, into, agent_id=agent_id, now=now
            )
            _check_merge(source, target, force=force)
            before = _before(source.ticket, source.unit)
            await self._add_to_target(source, target, before)
            await self._end_source(source, target)
            await transaction.connection.execute(
                insert(ticket_moves).values(
                    id=new_id(),
                    kind=MERGE,
                    source_number=source.ticket.number,
                    target_number=target.ticket.number,
                    before=before,
                    actor_id=agent_id,
                    at=now,
                )
            )
            await _tell(transaction, source, target, act="ticket_merged", by=agent_id)
            await source.unit.flush()
            await target.unit.flush()
            return TicketAct(ticket=target.unit.ticket_view(), event=None)

    async def undo(self, number: str, agent_id: str) -> TicketAct:
        """Makes a merged ticket one of its own again; gives it.

        A ticket that was open goes back to its agent or into the queue; if its visitor has begun
        another matter since, it is solved instead.

        Raises:
            NothingToUndo: It is not merged, or was so too long ago.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            connection, since = transaction.connection, now - self._ports.tickets.undo_within
            found = await fetch_ticket_by_text(connection, number)
            move = await last_move(connection, MERGE, source=found.number, since=since)
            if move is None:
                raise NothingToUndo(number)
            source, target = await _access_both(
                transaction, number, str(move.target_number), agent_id=agent_id, now=now
            )
            # Again behind the locks: of two who take it back at once the second has nothing to do.
            again = await last_move(connection, MERGE, source=found.number, since=since)
            if again is None or again.id != move.id or not _is_merged(source):
                raise NothingToUndo(number)
            await self._restore_source(source, move.before)
            await self._restore_target(target, move.before)
            await close_move(transaction, move.id, actor_id=agent_id, at=now)
            await _tell(transaction, source, target, act="ticket_unmerged", by=agent_id)
            await source.unit.flush()
            await target.unit.flush()
            return TicketAct(ticket=source.unit.ticket_view(), event=None)

    async def _end_source(self, source: TicketAccess, target: TicketAccess) -> None:
        unit, now = source.unit, source.unit.now
        apart = source.ticket.conversation_id != target.ticket.conversation_id
        if apart and source.is_going_on:
            _move_conversation(unit, Dismiss())
            unit.change(answered_seq=unit.record.last_seq)
            params = {"number": source.ticket.ref.number, "target": target.ticket.ref.number}
            language = notice_language(unit, self._ports)
            unit.append(
                "resolved",
                Author.SYSTEM,
                self._ports.notices.notice("merged", language, **params),
                language=language,
                payload={"ticket_number": params["number"], "merged_into": params["target"]},
                internal={"agent_id": source.agent.id},
            )
        state, closed_as = _after(source.ticket, Happened.MERGED)
        unit.change_ticket(
            state=state,
            closed_as=closed_as,
            merged_into=target.ticket.number,
            waiting_since=None,
            resolved_at=source.ticket.resolved_at or now,
        )
        unit.notify_inbox("ticket_merged", {"into": target.ticket.ref.number})

    async def _add_to_target(
        self, source: TicketAccess, target: TicketAccess, before: JsonObject
    ) -> None:
        """Gives the target what may not get lost: urgency, waiting time, tags and watchers."""
        unit, ticket, other = target.unit, target.ticket, source.ticket
        tags = sorted({*other.tags} - {*ticket.tags})
        watchers = sorted({*other.watchers} - {*ticket.watchers})
        await _copy_tags(unit, other.number, ticket.number, tags)
        for user_id in watchers:
            values = {"ticket_number": ticket.number, "user_id": user_id, "at": unit.now}
            await unit.connection.execute(insert(ticket_watchers).values(**values))
        priority = ticket.priority
        if other.is_active and ticket.override is None:
            priority = min(priority, other.priority)
        waiting = [since for since in (ticket.waiting_since, other.waiting_since) if since]
        before["target"] = {
            "tags": [*tags],
            "watchers": [*watchers],
            "priority": [ticket.priority, priority],
        }
        unit.change_ticket(
            tags=tuple(sorted({*ticket.tags, *tags})),
            watchers=tuple(sorted({*ticket.watchers, *watchers})),
            priority=priority,
            waiting_since=min(waiting, default=None),
        )
        unit.append(
            "merge",
            Author.AGENT,
            "",
            author_id=target.agent.id,
            author_name=target.agent.name,
            payload={"ticket_number": other.ref.number},
            agents_only=True,
        )
        unit.notify_inbox("ticket_changed", {"agent_id": target.agent.id})

    async def _restore_source(self, source: TicketAccess, before: JsonObject) -> None:
        unit = source.unit
        state = TicketState(str(before["state"]))
        values: dict[str, object] = {"resolved_at": _moment(before["resolved_at"])}
        if state in ACTIVE_STATES:
            if source.is_newest and unit.record.owner == Owner.CLOSED:
                values |= await _give_back(unit, before)
                values["waiting_since"] = _moment(before["waiting_since"])
            else:
                state, values = TicketState.SOLVED, {"resolved_at": unit.now}
        stored, closed_as = stored_state(state)
        unit.change_ticket(state=stored, closed_as=closed_as, merged_into=None, **values)
        unit.notify_inbox("ticket_unmerged", {"agent_id": source.agent.id})

    async def _restore_target(self, target: TicketAccess, before: JsonObject) -> None:
        unit, ticket, added = target.unit, target.ticket, before["target"]
        if not isinstance(added, dict):
            raise TypeError("target")
        tags, watchers = _strings(added["tags"]), _strings(added["watchers"])
        for table, column, gone in (
            (ticket_tags, ticket_tags.c.tag, tags),
            (ticket_watchers, ticket_watchers.c.user_id, watchers),
        ):
            await unit.connection.execute(
                delete(table).where(table.c.ticket_number == ticket.number, column.in_(gone))
            )
        earlier, raised = added["priority"] if isinstance(added["priority"], list) else (None, None)
        untouched = ticket.override is None and ticket.priority == raised
        unit.change_ticket(
            tags=tuple(tag for tag in ticket.tags if tag not in tags),
            watchers=tuple(user for user in ticket.watchers if user not in watchers),
            priority=earlier if untouched else ticket.priority,
        )
        unit.notify_inbox("ticket_changed", {"agent_id": target.agent.id})


async def last_move(
    connection: AsyncConnection, kind: str, *, source: int, since: datetime
) -> _Move | None:
    """Gives a source's newest merge or split that can still be taken back."""
    query = (
        select(ticket_moves)
        .where(
            ticket_moves.c.kind == kind,
            ticket_moves.c.source_number == source,
            ticket_moves.c.undone_at.is_(None),
            ticket_moves.c.at >= since,
        )
        .order_by(ticket_moves.c.id.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    return _Move(row.id, row.target_number, row.before) if row else None


async def close_move(
    transaction: Transaction, move_id: str, *, actor_id: str, at: datetime
) -> None:
    """Notes that a move was taken back."""
    await transaction.connection.execute(
        update(ticket_moves)
        .where(ticket_moves.c.id == move_id)
        .values(undone_at=at, undone_by=actor_id)
    )


async def merged_numbers(connection: AsyncConnection, number: int) -> list[int]:
    """Gives the tickets that were merged into one, directly or through another, in order."""
    found: list[int] = []
    wave = [number]
    while wave:
        query = select(tickets.c.number).where(
            tickets.c.merged_into.in_(wave), tickets.c.number.not_in([number, *found])
        )
        wave = list((await connection.execute(query)).scalars())
        found += wave
    return sorted(found)


class _Move:
    """A stored merge or split."""

    __slots__ = ("before", "id", "target_number")

    def __init__(self, move_id: str, target_number: int, before: JsonObject) -> None:
        self.id = move_id
        self.target_number = target_number
        self.before = before


async def _access_both(
    transaction: Transaction, source: str, target: str, *, agent_id: str, now: datetime
) -> tuple[TicketAccess, TicketAccess]:
    """Locks both conversations in the order of their ids, so that two merges cannot deadlock."""
    found = {
        name: await fetch_ticket_by_text(transaction.connection, name) for name in (source, target)
    }
    accesses: dict[str, TicketAccess] = {}
    for name in sorted(found, key=lambda name: (found[name].conversation_id, name)):
        access = await access_ticket_by_agent(
            transaction, name, agent_id=agent_id, act="merge tickets", now=now
        )
        access.unit.turn_to(access.ticket)
        accesses[name] = access
    return accesses[source], accesses[target]


def _is_merged(source: TicketAccess) -> bool:
    return source.ticket.stands is TicketState.MERGED


def _check_merge(source: TicketAccess, target: TicketAccess, *, force: bool) -> None:
    one, other = source.ticket, target.ticket
    if one.number == other.number:
        raise TicketMergeRefused("same_ticket")
    if not other.is_active:
        raise TicketMergeRefused("target_done")
    if decide_state(one.stands, Happened.MERGED) is None:
        raise InvalidTransition(act="merge", state=one.stands.value)
    same = (
        source.unit.record.visitor_id == target.unit.record.visitor_id
        or (one.customer_id is not None and one.customer_id == other.customer_id)
        or (one.contact_email is not None and one.contact_email == other.contact_email)
    )
    if not (same or force):
        raise TicketMergeRefused("other_customer")


def _before(ticket: TicketRecord, unit: ConversationUnit) -> JsonObject:
    return {
        "state": ticket.stands.value,
        "assignee_id": ticket.assignee_id,
        "owner": unit.record.owner,
        "agent_id": unit.record.agent_id,
        "waiting_since": iso(ticket.waiting_since),
        "resolved_at": iso(ticket.resolved_at),
    }


def _after(ticket: TicketRecord, happened: Happened) -> tuple[str, str | None]:
    state = decide_state(ticket.stands, happened)
    if state is None:
        raise InvalidTransition(act=happened.value, state=ticket.stands.value)
    return stored_state(state)


def _move_conversation(unit: ConversationUnit, act: Act) -> None:
    state = decide(unit.record.state, act)
    if isinstance(state, Refusal):
        raise InvalidTransition(act=type(act).__name__.lower(), state=unit.record.owner)
    unit.move_to(state)


async def _give_back(unit: ConversationUnit, before: JsonObject) -> dict[str, object]:
    """Gives the conversation to the agent who had it, if she still works here, or to the queue."""
    agent_id = before["agent_id"]
    query = select(users.c.id, users.c.name).where(users.c.id == agent_id, users.c.active)
    agent = (await unit.connection.execute(query)).first() if agent_id else None
    if agent is None:
        _move_conversation(unit, Revive())
        return {"assignee_id": None, "assignee_name": None}
    _move_conversation(unit, Reopen(agent_id=agent.id))
    return {"assignee_id": agent.id, "assignee_name": agent.name}


async def _copy_tags(
    unit: ConversationUnit, source: int, target: int, tags: Collection[str]
) -> None:
    if not tags:
        return
    # Taken away by hand from the target once: the merge brings them back.
    mine = ticket_tags.c.ticket_number == target
    await unit.connection.execute(delete(ticket_tags).where(mine, ticket_tags.c.tag.in_(tags)))
    query = select(ticket_tags).where(
        ticket_tags.c.ticket_number == source, ticket_tags.c.tag.in_(tags)
    )
    rows = [dict(row._mapping) for row in (await unit.connection.execute(query)).all()]
    await unit.connection.execute(
        insert(ticket_tags), [{**row, "ticket_number": target} for row in rows]
    )


async def _tell(
    transaction: Transaction, source: TicketAccess, target: TicketAccess, *, act: str, by: str
) -> None:
    for one, other in ((source, target), (target, source)):
        detail: JsonObject = {"ticket": other.ticket.ref.number}
        await write_audit(transaction, one.unit.now, by, act, one, detail)


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
