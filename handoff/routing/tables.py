"""Tables of `handoff.routing`; bot/migrations follows them.

Rows about tickets carry no foreign key: the release before deletes old tickets without knowing of
them. `handoff.retention` deletes them with their tickets.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, text

from handoff.store.tables import metadata
from handoff.store.types import JsonColumn, UtcDateTime

_ID = String(26)
NAME_CHARS = 80

teams = Table(
    "teams",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("name", String(NAME_CHARS), nullable=False, unique=True),
    Column("languages", JsonColumn, nullable=False),
    # Name of a calendar of the service file; None for the default one.
    Column("calendar", String(60)),
    Column("support_tier", Integer, nullable=False),
    # None for what the service file says.
    Column("order_policy", String(20)),
    Column("mode", String(10)),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

team_members = Table(
    "team_members",
    metadata,
    Column("team_id", _ID, ForeignKey("teams.id"), primary_key=True),
    Column("user_id", _ID, ForeignKey("users.id"), primary_key=True, index=True),
)

# What routing knows of a user beside her languages; a user without a row has the defaults.
agent_profiles = Table(
    "agent_profiles",
    metadata,
    Column("user_id", _ID, ForeignKey("users.id"), primary_key=True),
    Column("skills", JsonColumn, nullable=False),
    Column("capacity", Integer),
    Column("channel_capacity", JsonColumn, nullable=False),
    Column("support_tier", Integer, nullable=False),
    Column("market", String(30)),
    Column("time_zone", String(64)),
    Column("calendar", String(60)),
    Column("version", Integer, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

# Whether an agent is there, over all gateways. `chosen` is what she says while she is connected,
# `state` what follows from it and her connections; assignments lock this row.
agent_presence = Table(
    "agent_presence",
    metadata,
    Column("user_id", _ID, ForeignKey("users.id"), primary_key=True),
    Column("chosen", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("last_assigned_at", UtcDateTime),
)

# Where an agent is connected: a gateway or a program that beats for her. A row that is not renewed
# in time is a connection that died, with its gateway or alone.
agent_connections = Table(
    "agent_connections",
    metadata,
    Column("source", String(60), primary_key=True),
    Column("user_id", _ID, ForeignKey("users.id"), primary_key=True, index=True),
    Column("state", String(10), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

# Every assignment by routing, and by people and rules to somebody else, with reasons and end.
assignments = Table(
    "assignments",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("ticket_number", Integer, nullable=False, index=True),
    Column("user_id", _ID, ForeignKey("users.id"), nullable=False, index=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("reasons", JsonColumn, nullable=False),
    Column("ended_at", UtcDateTime),
    # `taken`, a reason of `handoff.routing.model.ReturnReason`, or `withdrawn` when it was over
    # for the ticket before the agent answered.
    Column("ended_as", String(20)),
)
# A ticket is offered to one agent at a time: the database itself refuses a second.
Index(
    "uq_assignments_open",
    assignments.c.ticket_number,
    unique=True,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)

# Tickets in the queue: since when, and why the last look left them there.
ticket_waits = Table(
    "ticket_waits",
    metadata,
    Column("ticket_number", Integer, primary_key=True, autoincrement=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("reason", JsonColumn),
    Column("until", UtcDateTime),
)

# One row: up to which change of the queue routing has looked.
routing_progress = Table(
    "routing_progress",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("inbox_seq", Integer, nullable=False),
)

# Saved views of the queue: `owner_id` made it, `shared` shows it to everybody.
ticket_views = Table(
    "ticket_views",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("name", String(NAME_CHARS), nullable=False),
    Column("owner_id", _ID, ForeignKey("users.id"), nullable=False, index=True),
    Column("shared", Boolean, nullable=False),
    Column("filter", JsonColumn, nullable=False),
    Column("order_policy", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
