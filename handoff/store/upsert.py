"""INSERT ... ON CONFLICT, which both databases have and SQLAlchemy names per database."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection


def upsert_into(connection: AsyncConnection, table: Table) -> PostgresqlInsert | SqliteInsert:
    """Gives an insert into a table that knows `on_conflict_do_update`."""
    if connection.dialect.name == "postgresql":
        return postgresql_insert(table)
    return sqlite_insert(table)
