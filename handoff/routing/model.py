"""Values of queues and routing: waiting tickets, agents with their load, and what is decided. Pure.

Everything that a decision needs stands in these values, so that the database, a preview and a
simulation with a made-up clock decide by the same code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from handoff.model import JsonObject, TicketReason, iso

DEFAULT_CAPACITY: Final = 5
# Emergencies never wait for one person.
_NO_PATIENCE: Final = frozenset({1})


class Availability(StrEnum):
    """Whether an agent can be given work; only `online` agents are."""

    ONLINE = "online"
    AWAY = "away"
    BUSY = "busy"
    OFFLINE = "offline"


class Mode(StrEnum):
    """How tickets find their agents: agents take them, or routing assigns them."""

    PULL = "pull"
    PUSH = "push"


class OrderPolicy(StrEnum):
    """Which ticket is first; `handoff.routing.order` says exactly how."""

    PRIORITY = "priority"
    FIFO = "fifo"
    QUICK_WINS = "quick_wins"
    VALUE = "value"


class Share(StrEnum):
    """Which of several equally fitting agents gets the next ticket."""

    LEAST_LOADED = "least_loaded"
    ROUND_ROBIN = "round_robin"


class ReturnReason(StrEnum):
    """Why a ticket leaves its agent and goes back into the queue."""

    NO_ANSWER = "no_answer"
    ABSENT = "absent"
    RELEASED = "released"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingTicket:
    """A ticket that nobody has.

    Attributes:
        number: Its number; the last tie-breaker of every order.
        priority: 1 (highest) to 5.
        opened_at: Its age counts from here.
        queued_at: Since when it waits for an agent this time; all patience counts from here.
        language: In which the visitor is to be answered; None when nobody knows.
        other_languages: What else the customer is known to understand.
        skills: What its agent must be able to do.
        team_id: Whose it is; None for everybody's.
        channel: Where the visitor writes.
        support_tier: 1, or 2 after an escalation.
        slack_minutes: Working minutes until the next promise is broken, negative when it is; None
            without a promise.
        effort_minutes: Estimated work, see `handoff.routing.effort`.
        value: Weight of the customer's plan; 0 for no plan.
        is_first_time: The customer never had a ticket before.
        known_agents: Who knew the customer, newest first.
        refused_until: Agents who gave it back or let it lie, and how long they are spared.
        team_opens_at: Its team is closed until then; None while it is open. Until the filter of
            the team gives way, the ticket waits for the opening.
    """

    number: int
    priority: int
    opened_at: datetime
    queued_at: datetime
    language: str | None = None
    other_languages: tuple[str, ...] = ()
    skills: frozenset[str] = frozenset()
    team_id: str | None = None
    channel: str = "widget"
    support_tier: int = 1
    slack_minutes: float | None = None
    effort_minutes: float = 0.0
    value: float = 0.0
    is_first_time: bool = False
    known_agents: tuple[str, ...] = ()
    refused_until: Mapping[str, datetime] = field(default_factory=dict)
    team_opens_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentState:
    """An agent as routing sees her.

    Attributes:
        languages: Language tags; without any she counts as speaking the bridge language only.
        capacity: Tickets at once.
        channel_capacity: Tickets at once per channel, where it is less than `capacity`.
        load: Tickets that take a slot now, per channel.
        availability: What she and her connections say.
        on_duty: Whether her own working hours include this moment.
        last_assigned_at: When routing last gave her something.
    """

    id: str
    name: str = ""
    languages: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    support_tier: int = 1
    capacity: int = DEFAULT_CAPACITY
    channel_capacity: Mapping[str, int] = field(default_factory=dict)
    load: Mapping[str, int] = field(default_factory=dict)
    availability: Availability = Availability.ONLINE
    on_duty: bool = True
    last_assigned_at: datetime | None = None

    @property
    def is_ready(self) -> bool:
        """Whether she can be given work at all."""
        return self.availability is Availability.ONLINE and self.on_duty

    @property
    def total_load(self) -> int:
        """Tickets that take a slot now."""
        return sum(self.load.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Widening:
    """After how long a ticket may go to somebody who fits less; None for never.

    Attributes:
        second_language: Somebody who speaks another language of the customer.
        bridge_language: Somebody who speaks the bridge language, usually English.
        any_language: Anybody; she will need a translation.
        skills: Somebody without the skills.
        team: Somebody of another team.
        tier: Somebody of tier 2, for a ticket of tier 1.
    """

    second_language: timedelta | None = timedelta(minutes=5)
    bridge_language: timedelta | None = timedelta(minutes=15)
    any_language: timedelta | None = timedelta(minutes=30)
    skills: timedelta | None = timedelta(minutes=20)
    team: timedelta | None = timedelta(minutes=30)
    tier: timedelta | None = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingPolicy:
    """How tickets find agents.

    Attributes:
        order: Which ticket is first.
        share: Which of several equally fitting agents.
        first_time_head_start: How much older a first-time requester's ticket counts.
        widening: When the filters give way.
        hurry: Priority -> share of the widening times that it waits, 1 where nothing is said.
        sticky_for: How long a ticket waits for the agent who knew the customer while she is busy.
        never_sticky: Priorities that never wait for one person.
        bridge_language: Spoken where the customer's own language is not.
        answer_within: An agent who has not answered by then loses the assignment.
        absent_for: How long an agent may be gone before her work goes back.
        cool_down: For how long a returned ticket spares the agent it came from.
        slot_freed_after: A ticket that has been waiting for its visitor for so long takes no slot.
    """

    order: OrderPolicy = OrderPolicy.PRIORITY
    share: Share = Share.LEAST_LOADED
    first_time_head_start: timedelta = timedelta(0)
    widening: Widening = field(default_factory=Widening)
    hurry: Mapping[int, float] = field(default_factory=lambda: {1: 0.25, 2: 0.5})
    sticky_for: timedelta = timedelta(minutes=5)
    never_sticky: frozenset[int] = _NO_PATIENCE
    bridge_language: str = "en"
    answer_within: timedelta = timedelta(minutes=3)
    absent_for: timedelta = timedelta(minutes=5)
    cool_down: timedelta = timedelta(minutes=10)
    slot_freed_after: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A ticket that found an agent, with the reasons in order of weight.

    Attributes:
        language_level: 0 her language, 1 another of the customer's, 2 the bridge, 3 none.
    """

    number: int
    agent_id: str
    reasons: tuple[TicketReason, ...]
    language_level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A ticket that goes on waiting, and why.

    Attributes:
        reason: Codes: team_closed, known_agent, nobody_here, tier, language, skills, team,
            cooling_down, all_busy.
        until: When that may change by itself; None if only an agent can change it.
    """

    number: int
    reason: TicketReason
    until: datetime | None = None

    def as_json(self) -> JsonObject:
        """Gives {"code", "params", "until"}."""
        return {
            "code": self.reason.code,
            "params": dict(self.reason.params),
            "until": iso(self.until),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one look at the queue decided.

    Attributes:
        assignments: In the order of the tickets.
        waits: The others, in the order of the tickets.
        look_again_at: When the next filter gives way or the next pause ends; None if nothing
            changes without an agent or a ticket.
    """

    assignments: tuple[Assignment, ...] = ()
    waits: tuple[Wait, ...] = ()
    look_again_at: datetime | None = None


def base_language(tag: str) -> str:
    """Gives the language of a tag without its region: `pt` for `pt-BR`."""
    return tag.replace("_", "-").partition("-")[0].lower()


def speaks(languages: Sequence[str] | frozenset[str], tag: str) -> bool:
    """Tells whether one of the languages is that of the tag, regions aside."""
    wanted = base_language(tag)
    return any(base_language(language) == wanted for language in languages)
