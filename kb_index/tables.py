"""Tables of the article store, as SQLAlchemy Core; the application's migrations follow them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

kb_articles = Table(
    "kb_articles",
    metadata,
    Column("article_id", String(120), nullable=False),
    Column("language", String(35), nullable=False),
    Column("current_revision", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("published", Boolean, nullable=False),
    Column("helpful_votes", Integer, nullable=False, default=0, server_default="0"),
    Column("unhelpful_votes", Integer, nullable=False, default=0, server_default="0"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("saved_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("article_id", "language"),
)

kb_revisions = Table(
    "kb_revisions",
    metadata,
    Column("article_id", String(120), nullable=False),
    Column("language", String(35), nullable=False),
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("questions", JSON, nullable=False),
    Column("body", Text, nullable=False),
    Column("category", String(120), nullable=False),
    Column("audience", String(10), nullable=False),
    Column("markets", JSON, nullable=False),
    Column("keywords", JSON, nullable=False),
    # ISO date as the editor wrote it: it has no time zone.
    Column("updated", String(10), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("author", String(120), nullable=False),
    Column("note", Text, nullable=False),
    Column("saved_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("article_id", "language", "number"),
    ForeignKeyConstraint(
        ["article_id", "language"], ["kb_articles.article_id", "kb_articles.language"]
    ),
)
