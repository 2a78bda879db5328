"""The history of a ticket: what changed from what to what, written with the change itself.

Lines stand in the audit log under the ticket's number, so that nothing changes unseen, whichever
use case changes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.ids import new_id
from handoff.model import JsonObject
from handoff.store.tables import audit_log
from handoff.ticket import TicketState, format_number

if TYPE_CHECKING:
    from handoff.store.records import TicketRecord

# The API token through which the running call acts; the door sets it, every line names it.
acting_token: Final[ContextVar[str | None]] = ContextVar("acting_token", default=None)
CHANGED: Final = "ticket_changed"
# Not the texts and stamps that go along with every message.
WATCHED: Final = (
    "priority", "assignee_id", "team_id", "support_tier", "language", "subject", "type",
    "category", "tags", "watchers", "custom_fields", "skills", "customer_id", "merged_into",
    "follow_up_of",
)  # fmt: skip


def ticket_subject(number: int) -> str:
    """Gives the name under which a ticket stands in the audit log."""
    return f"ticket:{format_number(number)}"


def ticket_changes(before: TicketRecord | None, after: TicketRecord) -> JsonObject:
    """Gives field -> {"from", "to"} of what differs; of a new ticket, its state and priority."""
    changes: JsonObject = {}
    if before is None or before.stands is not after.stands:
        was = None if before is None else before.stands.value
        changes["state"] = {"from": was, "to": after.stands.value}
    if after.stands is TicketState.ON_HOLD and (before is None or before.hold != after.hold):
        changes["hold"] = {"from": before.hold if before else None, "to": after.hold}
    for name in WATCHED if before is not None else ("priority",):
        was, now = getattr(before, name, None), getattr(after, name)
        if was != now:
            changes[name] = {"from": _plain(was), "to": _plain(now)}
    return changes


async def write_history(
    connection: AsyncConnection,
    number: int,
    changes: Mapping[str, Any],
    *,
    actor_id: str | None,
    at: datetime,
) -> None:
    """Adds one line for the changes of one transaction; none if nothing changed."""
    if not changes:
        return
    await connection.execute(
        insert(audit_log).values(
            id=new_id(),
            at=at,
            actor_id=actor_id,
            act=CHANGED,
            subject=ticket_subject(number),
            detail={"changes": dict(changes), **through_token()},
        )
    )


def through_token() -> JsonObject:
    """Gives {"token"} for the audit log when the running call acts through one."""
    token_id = acting_token.get()
    return {} if token_id is None else {"token": token_id}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
