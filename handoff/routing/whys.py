"""Says of one ticket who has it and why, what came before, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.access import fetch_ticket_by_text
from handoff.errors import TicketNotFound
from handoff.model import Person, TicketReason
from handoff.routing.config import RoutingSettings
from handoff.routing.model import Mode
from handoff.routing.requests import is_offered, is_waiting
from handoff.routing.tables import assignments, teams, ticket_waits
from handoff.store.engine import Database
from handoff.store.records import TicketRecord, ticket_view
from handoff.store.tables import users
from handoff.store.unit import fetch_ticket

MOST_PAST: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAssignment:
    """One assignment; `ended_as` is None while it is not answered."""

    agent: Person
    reasons: tuple[TicketReason, ...]
    made_at: datetime
    ended_at: datetime | None
    ended_as: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRouting:
    """Why a ticket is where it is.

    Attributes:
        number: As people see it.
        assignee: Who has it.
        assigned_by: `routing`, `agent` or `rule`.
        offered: Whether it was given to her and she has not taken the conversation yet.
        wait: Why nobody has it; None when somebody has, or nobody needs to.
        waits_until: When that may change by itself.
        queued_at: Since when it waits.
        history: What routing, people and rules gave to whom, newest first.
    """

    number: str
    assignee: Person | None
    assigned_by: str | None
    offered: bool
    wait: TicketReason | None
    waits_until: datetime | None
    queued_at: datetime | None
    history: tuple[PastAssignment, ...]


class Whys:
    """Reads explanations."""

    def __init__(self, database: Database, settings: RoutingSettings) -> None:
        self._database = database
        self._settings = settings

    async def explain(self, number: str) -> TicketRouting:
        """Gives the explanation of a ticket; raises TicketNotFound."""
        async with self._database.read() as connection:
            found = await fetch_ticket_by_text(connection, number)
            ticket, owner = await fetch_ticket(connection, found.number)
            if ticket is None or owner is None:
                raise TicketNotFound(number)
            view = ticket_view(ticket, owner)
            row = (await connection.execute(_select_wait(ticket.number))).first()
            reason = await self._wait(connection, ticket, row) if is_waiting(view) else None
            history = (await connection.execute(_select_history(ticket.number))).all()
        return TicketRouting(
            number=view.number,
            assignee=view.assignee,
            assigned_by=view.assigned_by,
            offered=is_offered(view),
            wait=reason,
            waits_until=row.until if row is not None and reason is not None else None,
            queued_at=row.queued_at if row is not None else None,
            history=tuple(map(_past, history)),
        )

    async def _wait(
        self, connection: AsyncConnection, ticket: TicketRecord, row: Row[Any] | None
    ) -> TicketReason:
        query = select(teams.c.mode).where(teams.c.id == ticket.team_id)
        own_mode = (await connection.execute(query)).scalar_one_or_none()
        if Mode(own_mode or self._settings.mode) is Mode.PULL:
            return TicketReason(code="pull", evidence="")
        if row is None or row.reason is None:
            return TicketReason(code="queued", evidence="")
        return _reason_of(row.reason)


def _select_wait(number: int) -> Any:
    return select(ticket_waits).where(ticket_waits.c.ticket_number == number)


def _select_history(number: int) -> Any:
    return (
        select(assignments, users.c.name)
        .join(users, users.c.id == assignments.c.user_id)
        .where(assignments.c.ticket_number == number)
        .order_by(assignments.c.made_at.desc(), assignments.c.id.desc())
        .limit(MOST_PAST)
    )


def _past(row: Row[Any]) -> PastAssignment:
    return PastAssignment(
        agent=Person(id=row.user_id, name=row.name),
        reasons=tuple(map(_reason_of, row.reasons)),
        made_at=row.made_at,
        ended_at=row.ended_at,
        ended_as=row.ended_as,
    )


def _reason_of(stored: dict[str, Any]) -> TicketReason:
    return TicketReason(
        code=str(stored["code"]), evidence="", params=dict(stored.get("params") or {})
    )
