"""Values that go in and out of the use cases: conversations, events, tickets, turns and users.

Plain frozen data with its public JSON shape; no behaviour, no storage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeAlias

from handoff.conversation import Owner
from handoff.ticket import TicketState

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"


class Author(StrEnum):
    """Who wrote an event."""

    VISITOR = "visitor"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class Role(StrEnum):
    """What a user of the console may do."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    EDITOR = "editor"
    ADMIN = "admin"


class TicketViewName(StrEnum):
    """The lists of the console's queue."""

    OPEN = "open"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    SOLVED = "solved"


def iso(moment: datetime | None) -> str | None:
    """Gives an aware moment as ISO 8601 in UTC with milliseconds and Z."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A pressed button: kind `article`, `human`, `feedback`, `language`, `rephrase`, `reopen`."""

    kind: str
    value: str

    def as_json(self) -> JsonObject:
        """Gives {"kind", "value"}."""
        return {"kind": self.kind, "value": self.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How to reach a visitor who left."""

    name: str | None = None
    email: str | None = None

    def as_json(self) -> JsonObject:
        """Gives {"name", "email"}."""
        return {"name": self.name, "email": self.email}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRef:
    """The little that a visitor and the bot know of a ticket."""

    number: str
    state: TicketState

    def as_json(self) -> JsonObject:
        """Gives {"number", "state"}."""
        return {"number": self.number, "state": self.state.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationView:
    """A conversation as its visitor may see it. `cursor` is the seq of its newest event."""

    id: str
    visitor_id: str
    owner: Owner
    epoch: int
    episode: int
    cursor: int
    language: str | None
    language_choice: str | None
    locale: str | None
    page_url: str | None
    channel: str
    contact: Contact
    agent_name: str | None
    ticket: TicketRef | None
    bot_pending: bool
    created_at: datetime
    updated_at: datetime

    @property
    def ticket_number(self) -> str | None:
        """Number of the current episode's ticket."""
        return self.ticket.number if self.ticket else None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """One numbered entry of a conversation's log.

    `internal` is None unless the caller asked for the agents' view. Kinds: message, handoff,
    agent_joined, agent_left, handed_back, resolved, language; for agents only: note, contact,
    priority, sla_warning, sla_breached.
    """

    conversation_id: str
    seq: int
    kind: str
    author: Author
    author_id: str | None
    author_name: str | None
    client_id: str | None
    text: str
    language: str | None
    payload: JsonObject
    internal: JsonObject | None
    agents_only: bool
    created_at: datetime

    def as_json(self, *, internal: bool = False) -> JsonObject:
        """Gives the event's JSON; with `internal` also evidence and author id, for agents only."""
        shape: JsonObject = {
            "seq": self.seq,
            "kind": self.kind,
            "author": self.author.value,
            "author_name": self.author_name,
            "text": self.text,
            "language": self.language,
            "client_id": self.client_id,
            "created_at": iso(self.created_at),
            "payload": self.payload,
        }
        if internal:
            shape["author_id"] = self.author_id
            shape["agents_only"] = self.agents_only
            shape["internal"] = self.internal or {}
        return shape


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """Events after a cursor, oldest first.

    `cursor` is the last seq looked at, hidden ones included: pass it as the next `after`. To a
    visitor the numbers may skip, because notes for agents are in the same log.
    """

    events: tuple[EventView, ...]
    cursor: int
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A visitor's message that is durable. `duplicate`: it had been stored before."""

    event: EventView
    duplicate: bool
    conversation: ConversationView


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One message of the bot as the brain proposes it."""

    kind: str
    text: str
    language: str | None = None
    sources: tuple[JsonObject, ...] = ()
    buttons: tuple[JsonObject, ...] = ()
    feedback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnLanguage:
    """What the brain found about language in one turn.

    `signals` are the triage prototypes that a message is like which no turn reads; those of a turn
    stand in its decision.
    """

    message: str | None = None
    confidence: float = 0.0
    conversation: str | None = None
    state: JsonObject | None = None
    unsupported: str | None = None
    signals: tuple[JsonObject, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnResult:
    """What a turn gives back; `dialogue_events` are the new ones only.

    `handoff` is a reason code or None. `decision`, `model` and `timing_ms` are kept as evidence
    on the visitor's message, for agents only.
    """

    replies: tuple[Reply, ...] = ()
    decision: JsonObject = field(default_factory=dict)
    language: TurnLanguage = TurnLanguage()
    handoff: str | None = None
    contact: Contact | None = None
    language_choice: str | None = None
    dialogue_events: tuple[JsonObject, ...] = ()
    model: JsonObject = field(default_factory=dict)
    timing_ms: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to answer one visitor message, the oldest unanswered one.

    `token` fences off late results; `attempt` is 1 for the first claim of this message, more
    after a crash or a released claim. `more_waiting`: other unanswered messages stand behind it.
    `message_id` is stable over attempts.
    """

    conversation_id: str
    visitor_id: str
    token: str
    turn_id: str
    epoch: int
    episode: int
    attempt: int
    lease_until: datetime
    message: EventView
    message_id: str
    choice: Choice | None
    more_waiting: bool
    dialogue_events: tuple[JsonObject, ...]
    language: str | None
    language_state: JsonObject | None
    language_choice: str | None
    locale: str | None
    page_url: str | None
    channel: str
    contact: Contact
    ticket: TicketRef | None

    @property
    def correlation_id(self) -> str | None:
        """Of the request that brought the message; None for messages of earlier releases."""
        found = (self.message.internal or {}).get("correlation_id")
        return found if isinstance(found, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A turn that was stored: the new events in order and, after a handoff, its ticket."""

    events: tuple[EventView, ...]
    ticket: TicketView | None
    more_waiting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A turn's result that came too late and was not stored.

    `reason`: lease_lost, stale_epoch, owner_changed.
    """

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user by id and name, as shown on tickets."""

    id: str
    name: str

    def as_json(self) -> JsonObject:
        """Gives {"id", "name"}."""
        return {"id": self.id, "name": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReason:
    """Why a ticket has its priority; the edge turns `code` and `params` into text."""

    code: str
    evidence: str
    params: Mapping[str, Json] = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        """Gives {"code", "evidence", "params"}."""
        return {"code": self.code, "evidence": self.evidence, "params": dict(self.params)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityOverride:
    """A priority set by a person. `assessed` is what triage said at that time."""

    level: int
    reason: str
    agent_id: str
    agent_name: str
    at: datetime
    assessed: int

    def as_json(self) -> JsonObject:
        """Gives {"level", "by", "reason", "at", "triage_level"}; `by` is the agent's name."""
        return {
            "level": self.level,
            "by": self.agent_name,
            "reason": self.reason,
            "at": iso(self.at),
            "triage_level": self.assessed,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """A ticket as agents see it. Priority 1 is the highest of 5.

    `locale` and `page_url` are the visitor's: what the browser says and where the chat was opened.
    `due_at` is the nearest promise that is still open, in the past once it is broken; `breached_at`
    is when the first one was broken. `sla` is what `handoff.sla.standing` keeps.
    """

    number: str
    conversation_id: str
    episode: int
    state: TicketState
    owner: Owner
    priority: int
    impact: int
    urgency: int
    reasons: tuple[TicketReason, ...]
    reason: str
    language: str | None
    subject: str
    last_message: str
    contact: Contact
    assignee: Person | None
    seq_from: int
    seq_upto: int
    opened_at: datetime
    updated_at: datetime
    waiting_since: datetime | None
    first_reply_at: datetime | None
    resolved_at: datetime | None
    triage_version: str
    override: PriorityOverride | None
    locale: str | None
    page_url: str | None
    version: int = 1
    channel: str | None = None
    type: str | None = None
    category: str | None = None
    classification: JsonObject = field(default_factory=dict)
    summary: JsonObject = field(default_factory=dict)
    custom_fields: JsonObject = field(default_factory=dict)
    customer_id: str | None = None
    team_id: str | None = None
    support_tier: int = 1
    skills: tuple[str, ...] = ()
    assigned_at: datetime | None = None
    assigned_by: str | None = None
    merged_into: str | None = None
    follow_up_of: str | None = None
    sla: JsonObject = field(default_factory=dict)
    due_at: datetime | None = None
    breached_at: datetime | None = None
    triage_inputs: JsonObject = field(default_factory=dict)
    hold: JsonObject | None = None
    tags: tuple[str, ...] = ()
    watchers: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        """Gives the ticket's JSON without the reasons' texts, which the edge adds."""
        return {
            "number": self.number,
            "state": self.state.value,
            "priority": self.priority,
            "impact": self.impact,
            "urgency": self.urgency,
            "reasons": [reason.as_json() for reason in self.reasons],
            "reason": self.reason,
            "language": self.language,
            "subject": self.subject,
            "visitor": self.contact.as_json(),
            "assignee": self.assignee.as_json() if self.assignee else None,
            "opened_at": iso(self.opened_at),
            "updated_at": iso(self.updated_at),
            "waiting_since": iso(self.waiting_since),
            "last_message": self.last_message,
            "conversation_id": self.conversation_id,
            "owner": self.owner.value,
            "override": self.override.as_json() if self.override else None,
            "locale": self.locale,
            "page_url": self.page_url,
            "version": self.version,
            "channel": self.channel,
            "type": self.type,
            "category": self.category,
            "classification": self.classification,
            "summary": self.summary,
            "custom_fields": self.custom_fields,
            "customer_id": self.customer_id,
            "team_id": self.team_id,
            "support_tier": self.support_tier,
            "skills": list(self.skills),
            "assigned_at": iso(self.assigned_at),
            "assigned_by": self.assigned_by,
            "merged_into": self.merged_into,
            "follow_up_of": self.follow_up_of,
            "sla": self.sla.get("readings", []),
            "due_at": iso(self.due_at),
            "breached_at": iso(self.breached_at),
            "triage": {"version": self.triage_version, "inputs": self.triage_inputs},
            "hold": self.hold,
            "tags": list(self.tags),
            "watchers": list(self.watchers),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketList:
    """One view of the queue. `cursor` is the inbox seq to follow from; `counts` per view."""

    tickets: tuple[TicketView, ...]
    cursor: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDetail:
    """A ticket with its conversation's log from `seq_from`, internals included."""

    ticket: TicketView
    events: tuple[EventView, ...]
    cursor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAct:
    """What an agent's act left behind: the ticket after it and the event it wrote, if any.

    `duplicate`: the act had been done before and nothing was written now.
    """

    ticket: TicketView
    event: EventView | None
    duplicate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEvent:
    """A numbered change of the queue with the ticket as it is now.

    Kinds: ticket_opened, ticket_requeued, ticket_taken, ticket_released, visitor_message,
    agent_reply, note, handed_back, resolved, ticket_reopened, visitor_returned, priority_changed,
    contact, language, customer, sla_warning, sla_breached.
    """

    seq: int
    kind: str
    ticket: TicketView
    payload: JsonObject
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who works in the console."""

    id: str
    email: str
    name: str
    role: Role
    languages: tuple[str, ...]
    active: bool
    has_password: bool
    created_at: datetime
    last_login_at: datetime | None

    def as_json(self) -> JsonObject:
        """Gives {"id", "name", "email", "role", "languages"}."""
        return {
            "id": self.id,
            "name": self.name,
            "email": self.email,
            "role": self.role.value,
            "languages": list(self.languages),
        }


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AgentSession:
    """A login. `token` goes into the cookie and is not stored; `csrf` into the page."""

    token: str
    csrf: str
    user: User
    expires_at: datetime

    def __repr__(self) -> str:
        return f"AgentSession(user={self.user.id!r}, token=***)"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LoginLink:
    """A one-time link's secret; `purpose` is `setup` or `reset`."""

    token: str
    purpose: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"LoginLink(purpose={self.purpose!r}, token=***)"
