"""Filters of views as conditions of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true

from handoff.customers.tables import customers
from handoff.routing.snapshot import Team
from handoff.routing.tables import team_members
from handoff.routing.views import ME, MINE, NONE, ViewFilter
from handoff.sla.config import Service
from handoff.sla.policy import DEFAULT_CALENDAR
from handoff.store.tables import tickets
from handoff.tickets.tables import ticket_tags, ticket_watchers


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who looks, and when: what `me`, `mine` and `within` mean."""

    user_id: str
    now: datetime
    service: Service
    teams: Sequence[Team] = ()


def condition_of(view: ViewFilter, reader: Reader) -> ColumnElement[bool]:
    """Gives the condition; needs `customers` joined to the tickets by an outer join."""
    now = reader.now
    parts: list[ColumnElement[bool]] = [true()]
    for allowed, value in (
        (view.states, tickets.c.state),
        (view.priorities, tickets.c.priority),
        (view.types, tickets.c.type),
        (view.categories, tickets.c.category),
        (view.channels, tickets.c.channel),
        (view.support_tiers, tickets.c.support_tier),
        (view.tiers, customers.c.tier),
    ):
        if allowed:
            parts.append(value.in_(allowed))
    if view.ended_as is not None:
        ended = tickets.c.closed_as
        parts.append(ended.is_(None) if view.ended_as == NONE else ended == view.ended_as)
    if view.assignee is not None:
        parts.append(_assignee(view.assignee, reader))
    if view.team is not None:
        parts.append(_team(view.team, reader))
    if view.languages:
        parts.append(or_(*map(_language, view.languages)))
    parts += [_tag(tag) for tag in view.tags]
    if view.breaching_within_minutes is not None:
        parts.append(_breaching(view.breaching_within_minutes, reader))
    if view.waiting_longer_than_minutes is not None:
        since = now - timedelta(minutes=view.waiting_longer_than_minutes)
        parts.append(tickets.c.waiting_since <= since)
    if view.watched_by_me:
        parts.append(_watched(reader.user_id))
    if view.created_since is not None:
        parts.append(tickets.c.opened_at >= view.created_since)
    if view.created_within_minutes is not None:
        since = now - timedelta(minutes=view.created_within_minutes)
        parts.append(tickets.c.opened_at >= since)
    return and_(*parts)


def _assignee(assignee: str, reader: Reader) -> ColumnElement[bool]:
    if assignee == NONE:
        return tickets.c.assignee_id.is_(None)
    return tickets.c.assignee_id == (reader.user_id if assignee == ME else assignee)


def _team(team: str, reader: Reader) -> ColumnElement[bool]:
    if team == NONE:
        return tickets.c.team_id.is_(None)
    if team != MINE:
        return tickets.c.team_id == team
    mine = select(team_members.c.team_id).where(team_members.c.user_id == reader.user_id)
    return tickets.c.team_id.in_(mine)


def _language(tag: str) -> ColumnElement[bool]:
    base = tag.partition("-")[0].lower()
    spoken = func.lower(tickets.c.language)
    return or_(spoken == base, spoken.startswith(f"{base}-", autoescape=True))


def _tag(tag: str) -> ColumnElement[bool]:
    return exists().where(
        ticket_tags.c.ticket_number == tickets.c.number,
        ticket_tags.c.tag == tag,
        ticket_tags.c.removed_at.is_(None),
    )


def _watched(user_id: str) -> ColumnElement[bool]:
    return exists().where(
        ticket_watchers.c.ticket_number == tickets.c.number,
        ticket_watchers.c.user_id == user_id,
    )


def _breaching(minutes: float, reader: Reader) -> ColumnElement[bool]:
    """Gives the condition in instants: each team counts in its own working time."""

    def until(calendar: str) -> ColumnElement[bool]:
        known = reader.service.calendars
        found = known.get(calendar, known[DEFAULT_CALENDAR])
        moment = found.add(reader.now, minutes * 60)
        # A calendar that does not open any more breaks no further promise.
        return tickets.c.due_at <= (reader.now if moment is None else moment)

    special = [team for team in reader.teams if team.calendar is not None]
    ids = [team.id for team in special]
    usual = and_(
        or_(tickets.c.team_id.is_(None), tickets.c.team_id.not_in(ids)), until(DEFAULT_CALENDAR)
    )
    return or_(
        usual,
        *(and_(tickets.c.team_id == team.id, until(str(team.calendar))) for team in special),
    )
