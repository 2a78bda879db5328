"""Tables of `handoff.tokens`; bot/migrations follows them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from handoff.store.tables import metadata
from handoff.store.types import JsonColumn, UtcDateTime

_ID = String(26)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", _ID, primary_key=True),
    # SHA-256 of the token: reading the database does not give a way in.
    Column("token_hash", String(64), nullable=False, unique=True),
    # Its first letters, by which people recognise it.
    Column("prefix", String(16), nullable=False),
    Column("name", String(100), nullable=False),
    Column("scopes", JsonColumn, nullable=False),
    Column("user_id", _ID, ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", _ID),
    Column("expires_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

# What became of calls that carried an Idempotency-Key.
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("caller", String(60), nullable=False),
    # SHA-256 of the key, which may be anything.
    Column("key_hash", String(64), nullable=False),
    # SHA-256 of method, address and body.
    Column("fingerprint", String(64), nullable=False),
    # Who works on it and until when; whoever comes later takes over and the other one's work fails.
    Column("lease_token", _ID, nullable=False),
    Column("lease_until", UtcDateTime, nullable=False),
    # Written in the transaction of the effect itself.
    Column("effect_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("status", Integer),
    Column("headers", JsonColumn),
    Column("body", Text),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    UniqueConstraint("caller", "key_hash"),
)
