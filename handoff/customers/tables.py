"""Tables of `handoff.customers`; bot/migrations follows them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from handoff.store.tables import metadata
from handoff.store.types import JsonColumn, UtcDateTime

_ID = String(26)

customers = Table(
    "customers",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("name", String(200)),
    # As names are searched: words folded as `handoff.triage_words` folds them.
    Column("folded_name", String(400)),
    Column("tier", String(30)),
    Column("language", String(35)),
    Column("time_zone", String(64)),
    Column("notes", Text, nullable=False),
    # What -> {"given", "at", "source"}.
    Column("consent", JsonColumn, nullable=False),
    Column("attributes", JsonColumn, nullable=False),
    Column("version", Integer, nullable=False),
    # The record that took this one over; kept so that a merge can be undone.
    Column("merged_into", _ID, index=True),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    Column("updated_at", UtcDateTime, nullable=False, index=True),
)

# Several people may claim one address; only one can have shown that it is hers.
customer_identities = Table(
    "customer_identities",
    metadata,
    Column("customer_id", _ID, ForeignKey("customers.id"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("value", String(254), primary_key=True),
    Column("verified", Boolean, nullable=False),
    # Where it comes from, such as `form`, `message` or an agent's id.
    Column("source", String(40), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("verified_at", UtcDateTime),
)
Index("ix_customer_identities_kind_value", customer_identities.c.kind, customer_identities.c.value)
Index(
    "uq_customer_identities_verified",
    customer_identities.c.kind,
    customer_identities.c.value,
    unique=True,
    sqlite_where=text("verified"),
    postgresql_where=text("verified"),
)

# What each merge moved and filled in, so that undoing it restores exactly that.
customer_merges = Table(
    "customer_merges",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("kept_id", _ID, ForeignKey("customers.id"), nullable=False, index=True),
    Column("dropped_id", _ID, ForeignKey("customers.id"), nullable=False, index=True),
    Column("moved", JsonColumn, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_id", _ID),
    Column("undone_at", UtcDateTime),
    Column("undone_by", _ID),
)
