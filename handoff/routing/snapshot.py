"""Reads the situation as the pure engine wants it: waiting tickets, agents with their load.

A few statements whatever the number of tickets; nothing is locked, for every assignment is checked
again when it is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.access import TICKET_ROLES
from handoff.conversation import Owner
from handoff.customers.tables import customers
from handoff.routing.config import RoutingSettings
from handoff.routing.effort import Effort
from handoff.routing.facts import Facts, load_efforts, load_facts
from handoff.routing.model import (
    AgentState,
    Availability,
    Mode,
    OrderPolicy,
    WaitingTicket,
)
from handoff.routing.requests import is_pushed
from handoff.routing.tables import (
    agent_presence,
    agent_profiles,
    team_members,
    teams,
    ticket_waits,
)
from handoff.sla.calendars import BusinessCalendar
from handoff.sla.config import Service
from handoff.sla.policy import DEFAULT_CALENDAR
from handoff.store.tables import conversations, tickets, users

# More waiting tickets than this are not looked at in one go; the most urgent are.
MOST_WAITING: Final = 2000
# And in one view.
MOST_LISTED: Final = 10_000
_BUSY_STATES: Final = ("new", "open")


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team as routing needs it."""

    id: str
    name: str
    calendar: str | None
    order_policy: OrderPolicy | None
    mode: Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The situation at one moment.

    Attributes:
        now: The moment, on the clock that all processes share.
        tickets: That wait to be assigned, in no order.
        agents: Everybody who may have tickets.
        versions: Number -> the ticket's version, to notice that it changed since.
        conversations: Number -> id of the ticket's conversation.
        teams: By id.
        slot_freed_at: When the next ticket stops taking a slot by itself.
    """

    now: datetime
    tickets: tuple[WaitingTicket, ...] = ()
    agents: tuple[AgentState, ...] = ()
    versions: Mapping[int, int] = field(default_factory=dict)
    conversations: Mapping[int, str] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    slot_freed_at: datetime | None = None

    @property
    def team_policies(self) -> Mapping[str, OrderPolicy]:
        """The policies of teams that have their own."""
        return {
            team.id: team.order_policy
            for team in self.teams.values()
            if team.order_policy is not None
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Tickets in no order, and how their efforts are made up where that was asked for."""

    tickets: tuple[WaitingTicket, ...]
    efforts: Mapping[int, Effort]


async def load_snapshot(
    connection: AsyncConnection, service: Service, *, now: datetime, with_effort: bool = False
) -> Snapshot:
    """Reads the situation.

    Args:
        connection: In any transaction.
        service: The service file.
        now: The moment.
        with_effort: Whether the order needs the estimated work, which reads messages.
    """
    settings = service.routing
    known_teams = await load_teams(connection, settings)
    rows = (await connection.execute(_select_tickets(_WAITS, is_pushed(settings)))).all()
    lines = await _lines(connection, service, rows, known_teams, now, with_effort=with_effort)
    freed_after = settings.policy.slot_freed_after
    return Snapshot(
        now=now,
        tickets=lines.tickets,
        agents=await load_agents(connection, service, now=now),
        versions={row.number: row.version for row in rows},
        conversations={row.number: row.conversation_id for row in rows},
        teams=known_teams,
        slot_freed_at=await _next_slot(connection, now - freed_after, settings),
    )


async def load_lines(
    connection: AsyncConnection,
    service: Service,
    where: ColumnElement[bool],
    *,
    now: datetime,
    with_effort: bool = False,
    limit: int = MOST_LISTED,
) -> Lines:
    """Reads tickets as the orders see them, waiting or not; the most urgent if there are more.

    Args:
        connection: In any transaction.
        service: The service file.
        where: Which tickets; `customers` is joined to them.
        now: The moment from which slack counts.
        with_effort: Whether the order needs the estimated work, which reads messages.
        limit: At most so many.
    """
    rows = (await connection.execute(_select_tickets(where, limit=limit))).all()
    known_teams = await load_teams(connection, service.routing)
    return await _lines(connection, service, rows, known_teams, now, with_effort=with_effort)


async def _lines(
    connection: AsyncConnection,
    service: Service,
    rows: Sequence[Row[Any]],
    known_teams: Mapping[str, Team],
    now: datetime,
    *,
    with_effort: bool,
) -> Lines:
    settings = service.routing
    facts = await load_facts(connection, rows, settings, now)
    efforts = await load_efforts(connection, rows, settings) if with_effort else {}
    team_facts = _Teams(service, known_teams, now)
    return Lines(
        tickets=tuple(
            _ticket(row, facts, efforts.get(row.number), settings, team_facts) for row in rows
        ),
        efforts=efforts,
    )


async def load_agents(
    connection: AsyncConnection,
    service: Service,
    *,
    now: datetime,
    agent_id: str | None = None,
) -> tuple[AgentState, ...]:
    """Gives everybody who may have tickets, or one of them, with her load."""
    settings = service.routing
    query = (
        select(users.c.id, users.c.name, users.c.languages, *_PROFILE, *_PRESENCE)
        .select_from(
            users.join(agent_profiles, agent_profiles.c.user_id == users.c.id, isouter=True).join(
                agent_presence, agent_presence.c.user_id == users.c.id, isouter=True
            )
        )
        .where(users.c.active, users.c.role.in_([role.value for role in TICKET_ROLES]))
        .order_by(users.c.id)
    )
    if agent_id is not None:
        query = query.where(users.c.id == agent_id)
    rows = (await connection.execute(query)).all()
    memberships: dict[str, set[str]] = {}
    for row in await connection.execute(select(team_members)):
        memberships.setdefault(row.user_id, set()).add(row.team_id)
    loads = await load_loads(connection, settings, now=now, agent_id=agent_id)
    return tuple(
        AgentState(
            id=row.id,
            name=row.name,
            languages=frozenset(row.languages),
            skills=frozenset(row.skills or ()),
            teams=frozenset(memberships.get(row.id, ())),
            support_tier=row.support_tier or 1,
            capacity=settings.capacity if row.capacity is None else row.capacity,
            channel_capacity={**settings.channel_capacity, **(row.channel_capacity or {})},
            load=loads.get(row.id, {}),
            availability=Availability(row.state or Availability.OFFLINE),
            on_duty=_is_open(service, row.calendar, now),
            last_assigned_at=row.last_assigned_at,
        )
        for row in rows
    )


async def load_loads(
    connection: AsyncConnection,
    settings: RoutingSettings,
    *,
    now: datetime,
    agent_id: str | None = None,
) -> Mapping[str, Mapping[str, int]]:
    """Gives agent -> channel -> tickets that take a slot."""
    query = (
        select(tickets.c.assignee_id, tickets.c.channel, func.count())
        .where(takes_slot(now - settings.policy.slot_freed_after))
        .group_by(tickets.c.assignee_id, tickets.c.channel)
    )
    if agent_id is not None:
        query = query.where(tickets.c.assignee_id == agent_id)
    loads: dict[str, dict[str, int]] = {}
    for assignee_id, channel, count in await connection.execute(query):
        loads.setdefault(assignee_id, {})[channel or "widget"] = int(count)
    return loads


def takes_slot(quiet_since: datetime) -> Any:
    """The condition that a ticket takes one of its agent's slots."""
    return and_(
        tickets.c.assignee_id.is_not(None),
        or_(
            tickets.c.state.in_(_BUSY_STATES),
            and_(tickets.c.state == "pending", tickets.c.updated_at > quiet_since),
        ),
    )


_PROFILE: Final = (
    agent_profiles.c.skills,
    agent_profiles.c.capacity,
    agent_profiles.c.channel_capacity,
    agent_profiles.c.support_tier,
    agent_profiles.c.calendar,
)
_PRESENCE: Final = (agent_presence.c.state, agent_presence.c.last_assigned_at)


_WAITS: Final = and_(
    tickets.c.assignee_id.is_(None),
    tickets.c.state.in_(_BUSY_STATES),
    conversations.c.owner == Owner.QUEUE.value,
)
_COLUMNS: Final = (
    "number", "version", "conversation_id", "priority", "opened_at", "language", "skills",
    "team_id", "channel", "support_tier", "due_at", "type", "category", "customer_id", "seq_from",
    "seq_upto",
)  # fmt: skip


def _select_tickets(*where: ColumnElement[bool], limit: int = MOST_WAITING) -> Select[Any]:
    return (
        select(
            *(tickets.c[name] for name in _COLUMNS),
            conversations.c.visitor_id,
            conversations.c.locale,
            conversations.c.language.label("spoken"),
            customers.c.tier,
            customers.c.language.label("customer_language"),
            ticket_waits.c.queued_at,
        )
        .join(conversations, conversations.c.id == tickets.c.conversation_id)
        .join(ticket_waits, ticket_waits.c.ticket_number == tickets.c.number, isouter=True)
        .join(teams, teams.c.id == tickets.c.team_id, isouter=True)
        .join(customers, customers.c.id == tickets.c.customer_id, isouter=True)
        .where(*where)
        # NULL sorts last on one database and first on the other.
        .order_by(
            tickets.c.priority,
            tickets.c.due_at.is_(None),
            tickets.c.due_at,
            tickets.c.opened_at,
            tickets.c.number,
        )
        .limit(limit)
    )


def _ticket(
    row: Row[Any],
    facts: Facts,
    effort: Effort | None,
    settings: RoutingSettings,
    team_facts: _Teams,
) -> WaitingTicket:
    known = (row.spoken, row.customer_language, row.locale)
    spoken = dict.fromkeys(tag for tag in known if tag)
    return WaitingTicket(
        number=row.number,
        priority=row.priority,
        opened_at=row.opened_at,
        queued_at=row.queued_at or row.opened_at,
        language=row.language,
        other_languages=tuple(tag for tag in spoken if tag != row.language),
        skills=frozenset(row.skills or ()),
        # The tickets of a team that is gone belong to everybody.
        team_id=team_facts.team_id(row.team_id),
        channel=row.channel or "widget",
        support_tier=row.support_tier,
        slack_minutes=team_facts.slack_minutes(row.team_id, row.due_at),
        effort_minutes=0.0 if effort is None else effort.minutes,
        value=settings.value.get(row.tier or "", 0.0),
        is_first_time=row.number in facts.first_time,
        known_agents=facts.known_agents.get(row.number, ()),
        refused_until=facts.refused_until.get(row.number, {}),
        team_opens_at=team_facts.opens_at(row.team_id),
    )


class _Teams:
    """Teams and working time as tickets need them, each calendar asked once per question."""

    def __init__(self, service: Service, known: Mapping[str, Team], now: datetime) -> None:
        self._service = service
        self._teams = known
        self._now = now
        self._opens: dict[str, datetime | None] = {}
        self._slack: dict[tuple[str, datetime], float] = {}

    def team_id(self, team_id: str | None) -> str | None:
        """Gives the id of a team that exists."""
        return team_id if team_id in self._teams else None

    def opens_at(self, team_id: str | None) -> datetime | None:
        """Gives when a closed team opens; None while it is open, or keeps no hours."""
        team = self._teams.get(team_id or "")
        if team is None or team.calendar is None:
            return None
        if team.id not in self._opens:
            opens = self._calendar(team.calendar).next_opening(self._now)
            self._opens[team.id] = None if opens is None or opens <= self._now else opens
        return self._opens[team.id]

    def slack_minutes(self, team_id: str | None, due_at: datetime | None) -> float | None:
        """Gives the working minutes until a promise is broken, negative since it is."""
        if due_at is None:
            return None
        team = self._teams.get(team_id or "")
        name = (team.calendar if team else None) or DEFAULT_CALENDAR
        if (name, due_at) not in self._slack:
            calendar = self._calendar(name)
            seconds = calendar.working_seconds(self._now, due_at)
            if due_at < self._now:
                seconds = -calendar.working_seconds(due_at, self._now)
            self._slack[name, due_at] = seconds / 60.0
        return self._slack[name, due_at]

    def _calendar(self, name: str) -> BusinessCalendar:
        return self._service.calendars.get(name, self._service.calendars[DEFAULT_CALENDAR])


async def load_teams(connection: AsyncConnection, settings: RoutingSettings) -> Mapping[str, Team]:
    """Gives all teams by id."""
    return {
        row.id: Team(
            id=row.id,
            name=row.name,
            calendar=row.calendar,
            order_policy=None if row.order_policy is None else OrderPolicy(row.order_policy),
            mode=settings.mode if row.mode is None else Mode(row.mode),
        )
        for row in await connection.execute(select(teams))
    }


def _is_open(service: Service, calendar: str | None, now: datetime) -> bool:
    found = service.calendars.get(calendar or "")
    return found is None or found.is_open(now)


async def _next_slot(
    connection: AsyncConnection, quiet_since: datetime, settings: RoutingSettings
) -> datetime | None:
    query = select(func.min(tickets.c.updated_at)).where(
        tickets.c.state == "pending",
        tickets.c.assignee_id.is_not(None),
        tickets.c.updated_at > quiet_since,
    )
    first: datetime | None = (await connection.execute(query)).scalar_one()
    return None if first is None else first + settings.policy.slot_freed_after
