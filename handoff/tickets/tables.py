"""Tables of `handoff.tickets`; bot/migrations follows them.

None of them refers to `tickets` by a foreign key: the release before deletes old tickets without
knowing these rows. `handoff.retention` deletes them with their tickets.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, String, Table, UniqueConstraint

from handoff.store.tables import metadata
from handoff.store.types import JsonColumn, UtcDateTime

_ID = String(26)
TAG_CHARS = 40
# Compared byte by byte on both databases, so that a range of words is the same on both.
_WORD = String(40).with_variant(String(40, collation="C"), "postgresql")

ticket_tags = Table(
    "ticket_tags",
    metadata,
    Column("ticket_number", Integer, primary_key=True, autoincrement=False),
    Column("tag", String(TAG_CHARS), primary_key=True, index=True),
    # `auto` or `agent`; what an agent took away stays as a row with `removed`.
    Column("source", String(10), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("removed_at", UtcDateTime),
    Column("actor_id", _ID),
    Column("at", UtcDateTime, nullable=False),
)

# People who are told of every change, beside the assignee.
ticket_watchers = Table(
    "ticket_watchers",
    metadata,
    Column("ticket_number", Integer, primary_key=True, autoincrement=False),
    Column("user_id", _ID, primary_key=True, index=True),
    Column("at", UtcDateTime, nullable=False),
)

# Kinds: related, duplicate_of, blocks, parent_of; read from the first ticket to the second.
ticket_links = Table(
    "ticket_links",
    metadata,
    Column("from_number", Integer, primary_key=True, autoincrement=False),
    Column("to_number", Integer, primary_key=True, autoincrement=False, index=True),
    Column("kind", String(20), primary_key=True),
    Column("actor_id", _ID),
    Column("at", UtcDateTime, nullable=False),
)

# Merges and splits that can be taken back. `before` holds what taking back restores.
ticket_moves = Table(
    "ticket_moves",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("source_number", Integer, nullable=False, index=True),
    Column("target_number", Integer, nullable=False, index=True),
    Column("before", JsonColumn, nullable=False),
    Column("actor_id", _ID),
    Column("at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime),
    Column("undone_by", _ID),
)

# The words of every ticket: which stand where. `seq` 0 is the ticket itself, others its messages.
search_places = Table(
    "search_places",
    metadata,
    Column("word", _WORD, primary_key=True),
    Column("ticket_number", Integer, primary_key=True, autoincrement=False, index=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
)
# Every word with each of its forms that lack one letter: how slips of the keyboard are found.
search_words = Table(
    "search_words",
    metadata,
    Column("variant", _WORD, primary_key=True),
    Column("word", _WORD, primary_key=True),
    UniqueConstraint("word", "variant"),
)
# How far each ticket is in the index.
search_progress = Table(
    "search_progress",
    metadata,
    Column("ticket_number", Integer, primary_key=True, autoincrement=False),
    Column("indexed_seq", Integer, nullable=False),
)
