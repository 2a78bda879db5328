"""Values of rules, macros and canned replies, and of the ticket that they look at. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias

from handoff.conversation import Owner
from handoff.model import Json, JsonObject, iso
from handoff.ticket import ACTIVE_STATES, TicketState

NONE: Final = "none"
"""Stands in a condition for a field that has no value."""

ME: Final = "me"
"""Whom a macro assigns to: the agent who applies it."""


class Trigger(StrEnum):
    """What makes a rule look at a ticket."""

    TICKET_OPENED = "ticket_opened"
    VISITOR_MESSAGE = "visitor_message"
    AGENT_REPLY = "agent_reply"
    STATE_CHANGED = "state_changed"
    PRIORITY_CHANGED = "priority_changed"
    SLA_WARNING = "sla_warning"
    SLA_BREACHED = "sla_breached"
    TIME = "time"


class Since(StrEnum):
    """From which moment a time rule counts."""

    OPENED = "opened"
    WAITING = "waiting"  # the visitor waits for a person
    QUIET = "quiet"  # neither the visitor nor an agent wrote
    SOLVED = "solved"


class ActionKind(StrEnum):
    """What rules and macros do."""

    SET_PRIORITY = "set_priority"
    ADD_TAG = "add_tag"
    REMOVE_TAG = "remove_tag"
    SET_TEAM = "set_team"
    SET_CATEGORY = "set_category"
    ASSIGN = "assign"
    NOTIFY = "notify"
    WEBHOOK = "webhook"
    REPLY = "reply"
    ADD_NOTE = "add_note"
    SET_STATE = "set_state"


# Fields with values from a set, as conditions name them.
CHOICES: Final = frozenset(
    {
        "state", "priority", "type", "category", "tags", "language", "channel", "tier", "team",
        "assignee", "owner", "reason",
    }
)  # fmt: skip
MINUTES: Final = frozenset({"waiting_minutes", "age_minutes", "idle_minutes"})
WORDS: Final = frozenset({"message", "text"})
HOURS_OPEN: Final = "hours_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFacts:
    """A ticket as conditions see it.

    Attributes:
        team, assignee: The team's name and the agent's e-mail.
        owner: Who has the conversation.
        reason: Why the bot handed over.
        waiting_minutes: Since the visitor waits for a person; None if she does not.
        message: Her newest message.
        text: All that she wrote in this ticket, one message a line.
        hours_open: Whether the team is there by its business hours.
        priority_by_person: Somebody chose the priority; rules leave it alone.
    """

    number: str
    state: TicketState
    priority: int
    owner: Owner
    type: str | None = None
    category: str | None = None
    tags: frozenset[str] = frozenset()
    language: str | None = None
    channel: str | None = None
    tier: str | None = None
    team: str | None = None
    assignee: str | None = None
    reason: str = ""
    waiting_minutes: float | None = None
    age_minutes: float = 0.0
    idle_minutes: float = 0.0
    message: str = ""
    text: str = ""
    hours_open: bool = True
    priority_by_person: bool = False

    @property
    def is_active(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state in ACTIVE_STATES


@dataclass(frozen=True, slots=True)
class Choice:
    """The field has one of the values; `none` stands for no value."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Minutes:
    """A length of time lies between two bounds, both inclusive."""

    field: str
    at_least: float = 0.0
    at_most: float = float("inf")


@dataclass(frozen=True, slots=True)
class Words:
    """One of the phrases stands in the words; `*` at the end of a word lets it go on."""

    field: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HoursOpen:
    """The team is there now, or is not."""

    open: bool


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every condition holds; true without any."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one condition holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: Condition


Condition: TypeAlias = Choice | Minutes | Words | HoursOpen | AllOf | AnyOf | Not


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do.

    Attributes:
        value: The level, tag, team, category, e-mail, receiver, shortcut or state; whom to notify;
            the words of a note.
        text: The reason of a priority, or the words of a notification.
    """

    kind: ActionKind
    value: str
    text: str = ""

    def as_json(self) -> JsonObject:
        """Gives the action as it is written in a file."""
        match self.kind:
            case ActionKind.SET_PRIORITY:
                return {self.kind.value: {"level": int(self.value), "reason": self.text}}
            case ActionKind.NOTIFY:
                return {self.kind.value: {"to": self.value, "text": self.text}}
            case _:
                return {self.kind.value: self.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """When a time rule is due."""

    since: Since
    minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Conditions and what follows from them.

    Attributes:
        position: Rules are looked at in this order.
        when: None holds for every ticket.
        after: For the trigger `time`.
        stop: No later rule is looked at for the same event once this one has fired.
        definition: What the rule was parsed from: `events`, `after`, `when`, `then`, `stop`.
    """

    id: str
    name: str
    position: int
    active: bool
    triggers: frozenset[Trigger]
    when: Condition
    actions: tuple[Action, ...]
    after: After | None = None
    stop: bool = False
    version: int = 1
    definition: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRule:
    """A rule with what administrators want to know of it."""

    rule: Rule
    n_firings: int
    created_at: datetime
    updated_at: datetime

    def as_json(self) -> JsonObject:
        """Gives its JSON."""
        return {
            "id": self.rule.id,
            "name": self.rule.name,
            "position": self.rule.position,
            "active": self.rule.active,
            **self.rule.definition,
            "version": self.rule.version,
            "n_firings": self.n_firings,
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Macro:
    """Actions that an agent does with one call."""

    id: str
    name: str
    description: str
    actions: tuple[Action, ...]
    version: int
    n_used: int
    created_at: datetime
    updated_at: datetime

    def as_json(self) -> JsonObject:
        """Gives its JSON."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "then": [action.as_json() for action in self.actions],
            "version": self.version,
            "n_used": self.n_used,
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedReply:
    """A text that is kept ready, in several languages.

    Attributes:
        shortcut: How agents and rules name it, such as `refund_started`.
        texts: Language tag -> text with variables such as `{ticket.number}`.
    """

    id: str
    shortcut: str
    title: str
    texts: Mapping[str, str]
    version: int
    n_used: int
    created_at: datetime
    updated_at: datetime

    def as_json(self) -> JsonObject:
        """Gives its JSON."""
        texts: dict[str, Json] = dict(self.texts)
        return {
            "id": self.id,
            "shortcut": self.shortcut,
            "title": self.title,
            "texts": texts,
            "version": self.version,
            "n_used": self.n_used,
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
        }


def actions_json(actions: Sequence[Action]) -> list[Json]:
    """Gives actions as they are written in a file."""
    return [action.as_json() for action in actions]
