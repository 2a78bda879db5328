"""Reads the history of a ticket from the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import select

from handoff.access import access_agent, fetch_ticket_by_text
from handoff.model import Json, JsonObject, Person, iso
from handoff.store.engine import Database
from handoff.store.history import ticket_subject
from handoff.store.tables import audit_log, users

# What these did stands in the line of changes beside them.
_TOLD_BY_CHANGES: Final = (
    "ticket_taken",
    "ticket_released",
    "ticket_handed_back",
    "ticket_resolved",
    "ticket_reopened",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """What one act changed. `by` is None for visitors and the system.

    Attributes:
        id: Sorts by time; the cursor of the next page.
        act: `ticket_changed`, or a deed such as `ticket_merged`.
        detail: Of changes, field -> from and to.
        names: Ids of people in it -> their names.
    """

    id: str
    at: datetime
    act: str
    by: Person | None
    detail: JsonObject
    names: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        """Gives {"id", "at", "act", "by", "detail"}."""
        return {
            "id": self.id,
            "at": iso(self.at),
            "act": self.act,
            "by": self.by.as_json() if self.by else None,
            "detail": self.detail,
        }


class TicketHistory:
    """The history of tickets, for agents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(
        self, number: str, agent_id: str | None, *, after: str = "", limit: int = 100
    ) -> list[HistoryLine]:
        """Gives what happened to a ticket, oldest first.

        Args:
            number: The ticket.
            agent_id: Who asks; None for a caller that is authorised already.
            after: The last line's id that the caller has.
            limit: At most this many lines.

        Raises:
            TicketNotFound, UserNotFound, RoleNotAllowed: Number and user.
        """
        async with self._database.read() as connection:
            if agent_id is not None:
                await access_agent(connection, agent_id, act="read a ticket's history")
            ticket = await fetch_ticket_by_text(connection, number)
            query = (
                select(audit_log)
                .where(
                    audit_log.c.subject == ticket_subject(ticket.number),
                    audit_log.c.id > after,
                    audit_log.c.act.not_in(_TOLD_BY_CHANGES),
                    audit_log.c.act.not_like("ticket_set_%"),
                )
                .order_by(audit_log.c.id)
                .limit(limit)
            )
            rows = (await connection.execute(query)).all()
            known = {row.actor_id for row in rows if row.actor_id} | _people_in(
                [row.detail for row in rows]
            )
            people = select(users.c.id, users.c.name).where(users.c.id.in_(known))
            names = {row.id: row.name for row in (await connection.execute(people)).all()}
        return [
            HistoryLine(
                id=row.id,
                at=row.at,
                act=row.act,
                by=Person(id=row.actor_id, name=names.get(row.actor_id, ""))
                if row.actor_id
                else None,
                detail=row.detail,
                names=names,
            )
            for row in rows
        ]


def _people_in(details: list[JsonObject]) -> set[str]:
    found: set[str] = set()
    for detail in details:
        changes: Json = detail.get("changes")
        for name in ("assignee_id", "watchers"):
            change = changes.get(name) if isinstance(changes, dict) else None
            for value in change.values() if isinstance(change, dict) else ():
                listed = value if isinstance(value, list) else [value]
                found.update(str(item) for item in listed if item)
    return found
