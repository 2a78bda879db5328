"""Writes the audit log: who did what to what, in the same transaction as the deed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert

from handoff.access import TicketAccess
from handoff.ids import new_id
from handoff.model import JsonObject
from handoff.store.engine import Transaction
from handoff.store.history import through_token
from handoff.store.tables import audit_log


async def write_audit(
    transaction: Transaction,
    now: datetime,
    actor_id: str | None,
    act: str,
    subject: TicketAccess | str,
    detail: JsonObject | None = None,
) -> None:
    """Adds one line. `subject` is a ticket or such as `user:<id>`; details hold no secrets."""
    name = subject if isinstance(subject, str) else f"ticket:{subject.ticket.ref.number}"
    await transaction.connection.execute(
        insert(audit_log).values(
            id=new_id(),
            at=now,
            actor_id=actor_id,
            act=act,
            subject=name,
            detail={**(detail or {}), **through_token()},
        )
    )
