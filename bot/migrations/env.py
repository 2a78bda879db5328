"""Alembic's entry: runs migrations on a connection handed over by `run.py`, or on a URL."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from handoff.store.engine import open_database
from handoff.store.schema import metadata as handoff_metadata
from handoff.store.types import UtcDateTime
from kb_index.tables import metadata as kb_metadata


def run() -> None:
    """Runs on the given connection, or opens the database of `-x database_url=` or the ini file."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        migrate(connection)
        return
    given = context.get_x_argument(as_dictionary=True).get("database_url")
    asyncio.run(_migrate_url(given or context.config.get_main_option("sqlalchemy.url", "")))


def migrate(connection: Connection) -> None:
    """Runs the migrations inside the connection's transaction, all of them or none."""
    context.configure(
        connection=connection,
        target_metadata=[handoff_metadata, kb_metadata],
        render_item=_render_item,
        transactional_ddl=True,
        # SQLite changes a table by copying it.
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


async def _migrate_url(url: str) -> None:
    database = open_database(url, statement_limit_s=None)
    try:
        async with database.write() as transaction:
            await transaction.connection.run_sync(migrate)
    finally:
        await database.dispose()


def _render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    # A migration must not change when the application's classes do.
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


run()
