"""One conversation inside one transaction: read under lock, changed in memory, written once.

Every change of a conversation goes through here, so that numbering, the ticket's bookkeeping and
the order of locks (conversation, then counters) are right in one place.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.conversation import Owner, State
from handoff.crash_points import crash_point
from handoff.facts import Facts, QueueChange
from handoff.model import Author, ConversationView, EventView, JsonObject, TicketView
from handoff.store.engine import Transaction
from handoff.store.history import ticket_changes, write_history
from handoff.store.records import (
    CONVERSATION_COLUMNS,
    ConversationRecord,
    TicketRecord,
    conversation_of,
    conversation_view,
    event_of,
    event_values,
    select_tickets,
    ticket_of,
    ticket_view,
)
from handoff.store.tables import conversations, counters, events, inbox_events, tickets
from handoff.store.upsert import upsert_into
from handoff.ticket import FIRST_NUMBER

# Built once: putting a statement together costs more than running it.
_LOCKED_CONVERSATION = (
    select(*CONVERSATION_COLUMNS).where(conversations.c.id == bindparam("id")).with_for_update()
)
_EVENT_BY_CLIENT_ID = select(events).where(
    events.c.conversation_id == bindparam("conversation_id"),
    events.c.author == bindparam("author"),
    events.c.client_id == bindparam("client_id"),
)
_INSERT_EVENTS = insert(events)

_FIRST_VALUES = {"ticket": FIRST_NUMBER, "inbox": 1}


class ConversationUnit:
    """A locked conversation with its newest ticket; `flush` writes what was changed."""

    def __init__(
        self,
        transaction: Transaction,
        record: ConversationRecord,
        ticket: TicketRecord | None,
        now: datetime,
    ) -> None:
        self.record = record
        self.ticket = ticket
        self.now = now
        # Who acts, for the ticket's history; None for visitors and the system.
        self.actor_id: str | None = None
        self._transaction = transaction
        self._ticket_before = ticket
        self._changes: dict[str, Any] = {}
        self._ticket_changes: dict[str, Any] = {}
        self._new_ticket = False
        self._new_events: list[EventView] = []
        self._inbox: list[tuple[str, JsonObject]] = []

    @property
    def connection(self) -> AsyncConnection:
        """The transaction's connection."""
        return self._transaction.connection

    @property
    def transaction(self) -> Transaction:
        """The transaction that the conversation is locked in."""
        return self._transaction

    @property
    def ticket_changed(self) -> bool:
        """Whether the newest ticket is new or was changed."""
        return self._new_ticket or bool(self._ticket_changes)

    @property
    def episode_ticket(self) -> TicketRecord | None:
        """The current episode's ticket."""
        ticket = self.ticket
        return ticket if ticket is not None and ticket.episode == self.record.episode else None

    @property
    def new_events(self) -> tuple[EventView, ...]:
        """The events appended so far, internals included."""
        return tuple(self._new_events)

    def change(self, **values: Any) -> None:
        """Changes columns of the conversation."""
        self.record = replace(self.record, **values)
        self._changes.update(values)

    def move_to(self, state: State) -> None:
        """Takes over a decided state; any change ends the lease of a running turn."""
        if state == self.record.state:
            return
        self.change(
            owner=state.owner.value,
            epoch=state.epoch,
            episode=state.episode,
            agent_id=state.agent_id,
            lease_token=None,
            lease_until=None,
            turn_attempts=0,
        )

    def append(
        self,
        kind: str,
        author: Author,
        text: str,
        *,
        author_id: str | None = None,
        author_name: str | None = None,
        client_id: str | None = None,
        language: str | None = None,
        payload: JsonObject | None = None,
        internal: JsonObject | None = None,
        agents_only: bool = False,
    ) -> EventView:
        """Gives the next numbered event of the log."""
        seq = self.record.last_seq + 1
        self.change(last_seq=seq)
        view = EventView(
            conversation_id=self.record.id,
            seq=seq,
            kind=kind,
            author=author,
            author_id=author_id,
            author_name=author_name,
            client_id=client_id,
            text=text,
            language=language,
            payload=payload or {},
            internal=internal or {},
            agents_only=agents_only,
            created_at=self.now,
        )
        self._new_events.append(view)
        return view

    def change_ticket(self, **values: Any) -> None:
        """Changes columns of the newest ticket; `assignee_name` goes along with `assignee_id`.

        Since when an agent has it and who gave it to her follow by themselves.
        """
        if self.ticket is None:
            raise LookupError("the conversation has no ticket")
        values["updated_at"] = self.now
        if values.get("assignee_id", self.ticket.assignee_id) != self.ticket.assignee_id:
            is_given = values["assignee_id"] is not None
            values.setdefault("assigned_by", "agent" if is_given else None)
            values["assigned_at"] = self.now if is_given else None
        self.ticket = replace(self.ticket, **values)
        self._ticket_changes.update(values)

    async def open_ticket(self, **values: Any) -> TicketRecord:
        """Numbers a new ticket for the current episode and makes it the newest one."""
        number = await next_number(self.connection, "ticket")
        self.ticket = TicketRecord(
            number=number,
            conversation_id=self.record.id,
            episode=self.record.episode,
            opened_at=self.now,
            updated_at=self.now,
            **values,
        )
        self._new_ticket = True
        self.change(ticket_number=number, ticket_episode=self.record.episode)
        return self.ticket

    def notify_inbox(self, kind: str, payload: JsonObject | None = None) -> None:
        """Adds a numbered event of the queue about the newest ticket."""
        self._inbox.append((kind, payload or {}))
        self._transaction.publish("inbox")

    def turn_to(self, ticket: TicketRecord) -> None:
        """Makes an older ticket of the conversation the one that is changed and told about.

        For acts that leave the conversation and its log alone; before any other change.
        """
        if self._changes or self._ticket_changes or self._new_ticket:
            raise LookupError("the unit has changes of another ticket")
        self.ticket = self._ticket_before = ticket

    def publish(self, topic: str) -> None:
        """Notes a hint for after the commit."""
        self._transaction.publish(topic)

    async def event_by_client_id(self, author: Author, client_id: str) -> EventView | None:
        """Gives the stored event of a client's id, internals included."""
        values = {
            "conversation_id": self.record.id,
            "author": author.value,
            "client_id": client_id,
        }
        row = (await self.connection.execute(_EVENT_BY_CLIENT_ID, values)).first()
        return event_of(row, internal=True) if row else None

    async def flush(self) -> None:
        """Writes events, ticket, conversation and queue events, and what follows from them."""
        for keep in self._transaction.keepers:
            await keep(self)
        if self._new_events:
            self._keep_ticket_range()
            await self.connection.execute(
                _INSERT_EVENTS, [event_values(view) for view in self._new_events]
            )
            self._transaction.publish(f"conversation:{self.record.id}")
            crash_point("flush.events")
        await self._flush_ticket()
        crash_point("flush.ticket")
        if self._changes:
            self.change(updated_at=self.now)
            await self.connection.execute(
                update(conversations)
                .where(conversations.c.id == self.record.id)
                .values(**self._changes)
            )
            crash_point("flush.conversation")
        changes = [await self._insert_inbox_event(*change) for change in self._inbox]
        crash_point("flush.inbox")
        if self._new_events or changes:
            await self._follow_up(tuple(changes))

    def conversation_view(self) -> ConversationView:
        """Gives the conversation as it is now."""
        return conversation_view(self.record, self.ticket)

    def ticket_view(self) -> TicketView:
        """Gives the newest ticket as it is now."""
        if self.ticket is None:
            raise LookupError("the conversation has no ticket")
        ticket = replace(self.ticket, locale=self.record.locale, page_url=self.record.page_url)
        return ticket_view(ticket, Owner(self.record.owner))

    def _keep_ticket_range(self) -> None:
        ticket = self.episode_ticket
        if ticket is not None and not self._new_ticket:
            self.change_ticket(seq_upto=self.record.last_seq)
        elif ticket is not None:
            self.ticket = replace(ticket, seq_upto=self.record.last_seq)

    async def _flush_ticket(self) -> None:
        ticket = self.ticket
        if ticket is None:
            return
        before = None if self._new_ticket else self._ticket_before
        await write_history(
            self.connection,
            ticket.number,
            ticket_changes(before, ticket),
            actor_id=self.actor_id,
            at=self.now,
        )
        if self._new_ticket:
            values = {column.name: getattr(ticket, column.name) for column in tickets.c}
            await self.connection.execute(insert(tickets).values(**values))
        elif self._ticket_changes:
            self.change_ticket(version=ticket.version + 1)
            values = {k: v for k, v in self._ticket_changes.items() if k in tickets.c}
            await self.connection.execute(
                update(tickets).where(tickets.c.number == ticket.number).values(**values)
            )

    async def _insert_inbox_event(self, kind: str, payload: JsonObject) -> QueueChange:
        if self.ticket is None:
            raise LookupError("a queue event needs a ticket")
        seq = await next_number(self.connection, "inbox")
        await self.connection.execute(
            insert(inbox_events).values(
                seq=seq,
                kind=kind,
                ticket_number=self.ticket.number,
                conversation_id=self.record.id,
                payload=payload,
                created_at=self.now,
            )
        )
        return QueueChange(seq=seq, kind=kind, payload=payload)

    async def _follow_up(self, changes: tuple[QueueChange, ...]) -> None:
        if not self._transaction.follow_ups:
            return
        before = None if self._new_ticket else self._ticket_before
        facts = Facts(
            conversation=self.conversation_view(),
            events=self.new_events,
            changes=changes,
            ticket=self.ticket_view() if self.ticket is not None else None,
            state_before=before.stands if before is not None else None,
            priority_before=before.priority if before is not None else None,
        )
        for follow_up in self._transaction.follow_ups:
            await follow_up(self._transaction, facts)


async def load_unit(
    transaction: Transaction, conversation_id: str, *, now: datetime
) -> ConversationUnit | None:
    """Locks a conversation and gives it with its newest ticket; None if the id is unknown.

    The ticket is read by a second statement: PostgreSQL would join the locked, fresh row with
    a stale row of the other table.
    """
    connection = transaction.connection
    row = (await connection.execute(_LOCKED_CONVERSATION, {"id": conversation_id})).first()
    if row is None:
        return None
    record = conversation_of(row)
    ticket = None
    if record.ticket_number is not None:
        ticket, _ = await fetch_ticket(connection, record.ticket_number)
    return ConversationUnit(transaction, record, ticket, now)


async def fetch_ticket(
    connection: AsyncConnection, number: int
) -> tuple[TicketRecord, Owner] | tuple[None, None]:
    """Gives a ticket and its conversation's owner, without a lock."""
    row = (await connection.execute(select_tickets().where(tickets.c.number == number))).first()
    return ticket_of(row) if row else (None, None)


async def next_number(connection: AsyncConnection, series: str) -> int:
    """Raises a counter and gives its new value; other transactions wait until this one ends."""
    statement = (
        upsert_into(connection, counters)
        .values(name=series, value=_FIRST_VALUES[series])
        .on_conflict_do_update(
            index_elements=[counters.c.name], set_={"value": counters.c.value + 1}
        )
        .returning(counters.c.value)
    )
    return int((await connection.execute(statement)).scalar_one())


async def counter_value(connection: AsyncConnection, series: str) -> int:
    """Gives a counter's value; 0 before its first number."""
    query = select(func.max(counters.c.value)).where(counters.c.name == series)
    return int((await connection.execute(query)).scalar_one() or 0)
