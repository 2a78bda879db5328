"""Rows as values: conversations, tickets and events between the tables and the use cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select

from handoff.conversation import Owner, State
from handoff.model import (
    Author,
    Contact,
    ConversationView,
    EventView,
    JsonObject,
    Person,
    PriorityOverride,
    TicketReason,
    TicketRef,
    TicketView,
)
from handoff.store.tables import conversations, events, tickets, users
from handoff.ticket import ACTIVE_STATES, TicketState, format_number, read_state
from handoff.tickets.tables import ticket_tags, ticket_watchers


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRecord:
    """A row of `conversations`."""

    id: str
    visitor_id: str
    owner: str
    epoch: int
    episode: int
    episode_seq: int
    last_seq: int
    pending_seq: int
    answered_seq: int
    agent_id: str | None
    ticket_number: int | None
    ticket_episode: int
    language: str | None
    language_choice: str | None
    language_state: JsonObject | None
    dialogue_events: list[JsonObject]
    lease_token: str | None
    lease_until: datetime | None
    turn_attempts: int
    contact_name: str | None
    contact_email: str | None
    contact_asked: bool
    locale: str | None
    page_url: str | None
    time_zone: str | None
    channel: str
    created_at: datetime
    updated_at: datetime

    @property
    def state(self) -> State:
        """The pure state that decides what is allowed."""
        return State(
            owner=Owner(self.owner),
            epoch=self.epoch,
            episode=self.episode,
            agent_id=self.agent_id,
            has_ticket=self.ticket_episode == self.episode,
        )

    @property
    def contact(self) -> Contact:
        """How to reach the visitor."""
        return Contact(name=self.contact_name, email=self.contact_email)

    @property
    def bot_pending(self) -> bool:
        """Whether the bot owes an answer."""
        return self.owner == Owner.BOT.value and self.pending_seq > self.answered_seq


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRecord:
    """A row of `tickets` with the assignee's name and where its visitor is."""

    number: int
    conversation_id: str
    episode: int
    state: str
    priority: int
    impact: int
    urgency: int
    reasons: list[JsonObject]
    reason: str
    language: str | None
    subject: str
    last_message: str
    seq_from: int
    seq_upto: int
    assignee_id: str | None
    contact_name: str | None
    contact_email: str | None
    opened_at: datetime
    updated_at: datetime
    waiting_since: datetime | None
    first_reply_at: datetime | None
    resolved_at: datetime | None
    triage_version: str
    override: JsonObject | None
    version: int = 1
    channel: str | None = None
    closed_as: str | None = None
    type: str | None = None
    category: str | None = None
    classification: JsonObject | None = None
    summary: JsonObject | None = None
    custom_fields: JsonObject | None = None
    customer_id: str | None = None
    team_id: str | None = None
    support_tier: int = 1
    skills: list[str] | None = None
    assigned_at: datetime | None = None
    assigned_by: str | None = None
    merged_into: int | None = None
    follow_up_of: int | None = None
    sla: JsonObject | None = None
    due_at: datetime | None = None
    breached_at: datetime | None = None
    sla_version: str | None = None
    sla_alarm_at: datetime | None = None
    triage_inputs: JsonObject | None = None
    hold: JsonObject | None = None
    tags: tuple[str, ...] = ()
    watchers: tuple[str, ...] = ()
    assignee_name: str | None = None
    locale: str | None = None
    page_url: str | None = None

    @property
    def stands(self) -> TicketState:
        """Where it stands; the column `state` alone does not know merged and spam."""
        return read_state(self.state, self.closed_as)

    @property
    def is_active(self) -> bool:
        """Whether somebody still has to do something."""
        return self.stands in ACTIVE_STATES

    @property
    def ref(self) -> TicketRef:
        """Number and state. To its visitor a merged ticket, or one held for spam, is closed."""
        return TicketRef(number=format_number(self.number), state=TicketState(self.state))


CONVERSATION_COLUMNS = tuple(conversations.c[field.name] for field in fields(ConversationRecord))
_TICKET_COLUMNS = tuple(
    tickets.c[field.name] for field in fields(TicketRecord) if field.name in tickets.c
)
# Joined in the database, split and sorted in `ticket_of`: one query for a list of tickets.
_TAGS = (
    select(func.aggregate_strings(ticket_tags.c.tag, ","))
    .where(ticket_tags.c.ticket_number == tickets.c.number, ticket_tags.c.removed_at.is_(None))
    .scalar_subquery()
)
_WATCHERS = (
    select(func.aggregate_strings(ticket_watchers.c.user_id, ","))
    .where(ticket_watchers.c.ticket_number == tickets.c.number)
    .scalar_subquery()
)


def select_tickets() -> Select[Any]:
    """Gives the query for ticket records with their conversation's owner as last column."""
    return (
        select(
            *_TICKET_COLUMNS,
            _TAGS.label("tags"),
            _WATCHERS.label("watchers"),
            users.c.name.label("assignee_name"),
            conversations.c.locale,
            conversations.c.page_url,
            conversations.c.owner,
        )
        .join(conversations, conversations.c.id == tickets.c.conversation_id)
        .join(users, users.c.id == tickets.c.assignee_id, isouter=True)
    )


def conversation_of(row: Row[Any]) -> ConversationRecord:
    """Makes a record from a row of CONVERSATION_COLUMNS."""
    return ConversationRecord(**row._mapping)


def ticket_of(row: Row[Any]) -> tuple[TicketRecord, Owner]:
    """Makes a record and its conversation's owner from a row of `select_tickets`."""
    values = dict(row._mapping)
    owner = Owner(values.pop("owner"))
    for name in ("tags", "watchers"):
        values[name] = tuple(sorted(filter(None, (values[name] or "").split(","))))
    return TicketRecord(**values), owner


def conversation_view(record: ConversationRecord, ticket: TicketRecord | None) -> ConversationView:
    """Gives what the visitor may see; `ticket` is the conversation's newest one."""
    in_episode = ticket is not None and ticket.episode == record.episode
    return ConversationView(
        id=record.id,
        visitor_id=record.visitor_id,
        owner=Owner(record.owner),
        epoch=record.epoch,
        episode=record.episode,
        cursor=record.last_seq,
        language=record.language,
        language_choice=record.language_choice,
        locale=record.locale,
        page_url=record.page_url,
        channel=record.channel,
        contact=record.contact,
        agent_name=ticket.assignee_name if ticket and record.owner == "agent" else None,
        ticket=ticket.ref if ticket and in_episode else None,
        bot_pending=record.bot_pending,
        created_at=record.created_at,
        updated_at=record.updated_at,
    )


def ticket_view(record: TicketRecord, owner: Owner) -> TicketView:
    """Gives the ticket as agents see it."""
    assignee = None
    if record.assignee_id is not None:
        assignee = Person(id=record.assignee_id, name=record.assignee_name or "")
    return TicketView(
        number=format_number(record.number),
        conversation_id=record.conversation_id,
        episode=record.episode,
        state=record.stands,
        owner=owner,
        priority=record.priority,
        impact=record.impact,
        urgency=record.urgency,
        reasons=tuple(_reason_of(reason) for reason in record.reasons),
        reason=record.reason,
        language=record.language,
        subject=record.subject,
        last_message=record.last_message,
        contact=Contact(name=record.contact_name, email=record.contact_email),
        assignee=assignee,
        seq_from=record.seq_from,
        seq_upto=record.seq_upto,
        opened_at=record.opened_at,
        updated_at=record.updated_at,
        waiting_since=record.waiting_since,
        first_reply_at=record.first_reply_at,
        resolved_at=record.resolved_at,
        triage_version=record.triage_version,
        override=override_of(record.override),
        locale=record.locale,
        page_url=record.page_url,
        version=record.version,
        channel=record.channel,
        type=record.type,
        category=record.category,
        classification=record.classification or {},
        summary=record.summary or {},
        custom_fields=record.custom_fields or {},
        customer_id=record.customer_id,
        team_id=record.team_id,
        support_tier=record.support_tier,
        skills=tuple(record.skills or ()),
        assigned_at=record.assigned_at,
        assigned_by=record.assigned_by,
        merged_into=_number_of(record.merged_into),
        follow_up_of=_number_of(record.follow_up_of),
        sla=record.sla or {},
        due_at=record.due_at,
        breached_at=record.breached_at,
        triage_inputs=record.triage_inputs or {},
        hold=record.hold if record.stands is TicketState.ON_HOLD else None,
        tags=record.tags,
        watchers=record.watchers,
    )


def _number_of(number: int | None) -> str | None:
    return None if number is None else format_number(number)


def override_of(value: JsonObject | None) -> PriorityOverride | None:
    """Makes the override from its stored JSON."""
    if value is None:
        return None
    return PriorityOverride(
        level=int(str(value["level"])),
        reason=str(value["reason"]),
        agent_id=str(value["agent_id"]),
        # Overrides of earlier versions name the agent by id only.
        agent_name=str(value.get("agent_name", "")),
        at=datetime.fromisoformat(str(value["at"])),
        assessed=int(str(value["assessed"])),
    )


def event_values(view: EventView) -> dict[str, Any]:
    """Gives the row of an event."""
    return {
        "conversation_id": view.conversation_id,
        "seq": view.seq,
        "kind": view.kind,
        "author": view.author.value,
        "author_id": view.author_id,
        "author_name": view.author_name,
        "client_id": view.client_id,
        "text": view.text,
        "language": view.language,
        "payload": view.payload,
        "internal": view.internal or {},
        "agents_only": view.agents_only,
        "created_at": view.created_at,
    }


def event_of(row: Row[Any], *, internal: bool) -> EventView:
    """Makes an event from a row of `events`; evidence stays out unless `internal`."""
    values = dict(row._mapping)
    evidence = values.pop("internal")
    author = Author(values.pop("author"))
    return EventView(**values, author=author, internal=evidence if internal else None)


def events_of(rows: Sequence[Row[Any]], *, internal: bool) -> tuple[EventView, ...]:
    """Makes events from rows."""
    return tuple(event_of(row, internal=internal) for row in rows)


def select_events(conversation_id: str) -> Select[Any]:
    """Gives the query for a conversation's events, oldest first."""
    return select(events).where(events.c.conversation_id == conversation_id).order_by(events.c.seq)


def _reason_of(value: JsonObject) -> TicketReason:
    params = value.get("params")
    return TicketReason(
        code=str(value.get("code", "")),
        evidence=str(value.get("evidence", "")),
        params=params if isinstance(params, dict) else {},
    )
