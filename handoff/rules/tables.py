"""Tables of `handoff.rules`; bot/migrations follows them.

Firings carry no foreign key to tickets: the release before deletes old tickets without knowing of
them. `handoff.retention` deletes them with their conversations.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, UniqueConstraint

from handoff.store.tables import metadata
from handoff.store.types import JsonColumn, UtcDateTime

_ID = String(26)

rules = Table(
    "rules",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("position", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    # Names of the events with commas: what every change of a ticket asks for.
    Column("events", String(200), nullable=False),
    Column("definition", JsonColumn, nullable=False),
    Column("version", Integer, nullable=False),
    Column("n_firings", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

# What rules did, and why no rule does the same twice: `occasion` names the event.
rule_firings = Table(
    "rule_firings",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("rule_id", _ID, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("ticket_number", Integer, nullable=False),
    Column("conversation_id", _ID, nullable=False, index=True),
    Column("occasion", String(80), nullable=False),
    Column("trigger", String(20), nullable=False),
    Column("n_actions", Integer, nullable=False),
    Column("steps", JsonColumn, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("rule_id", "ticket_number", "occasion"),
)
Index("ix_rule_firings_ticket_number_at", rule_firings.c.ticket_number, rule_firings.c.at)

macros = Table(
    "macros",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("description", String(500), nullable=False),
    Column("actions", JsonColumn, nullable=False),
    Column("version", Integer, nullable=False),
    Column("n_used", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

canned_replies = Table(
    "canned_replies",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("shortcut", String(40), nullable=False, unique=True),
    Column("title", String(120), nullable=False),
    # Language tag -> text.
    Column("texts", JsonColumn, nullable=False),
    Column("version", Integer, nullable=False),
    Column("n_used", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
