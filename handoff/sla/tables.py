"""Tables of `handoff.sla`; bot/migrations follows them."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table

from handoff.store.tables import metadata
from handoff.store.types import JsonColumn, UtcDateTime

# What moved the clocks of each ticket: the stored clocks can be counted anew from it at any time.
sla_events = Table(
    "sla_events",
    metadata,
    Column("ticket_number", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(20), nullable=False),
    # With the opening and with every change of what rules look at.
    Column("traits", JsonColumn),
)
