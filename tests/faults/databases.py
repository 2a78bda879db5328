"""Migrated databases for parts of the fault report: a SQLite file, a PostgreSQL of one's own."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from bot.migrations.run import upgrade_async
from handoff.store.engine import Database, open_database
from handoff.store.schema import metadata
from tests.faults.report import SQLITE
from tests.postgres import POSTGRES_VARIABLE, empty_postgres

USUAL_SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"
# Memory instead of a disk that others use; power cuts are not among these faults.
MEMORY_FOLDER = Path("/dev/shm")


@contextlib.asynccontextmanager
async def migrated(kind: str) -> AsyncIterator[Database]:
    """An empty database of today's tables, gone afterwards.

    Args:
        kind: One of `tests.faults.report.DATABASES`.
    """
    async with _url(kind) as url:
        await upgrade_async(url)
        database = open_database(url, busy_timeout_s=20)
        try:
            yield database
        finally:
            await database.dispose()


async def empty(database: Database) -> None:
    """Deletes every row."""
    statements = [f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)]
    if database.dialect == "postgresql":
        # One round trip; deleting few rows is much quicker than truncating.
        statements = [f"DO $$ BEGIN {'; '.join(statements)}; END $$"]
    async with database.write() as transaction:
        for statement in statements:
            await transaction.connection.exec_driver_sql(statement)


@contextlib.asynccontextmanager
async def _url(kind: str) -> AsyncIterator[str]:
    if kind == SQLITE:
        usable = MEMORY_FOLDER if os.access(MEMORY_FOLDER, os.W_OK) else None
        folder = Path(tempfile.mkdtemp(prefix="babeldesk-faults-", dir=usable))
        try:
            yield f"sqlite+aiosqlite:///{folder}/desk.db"
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return
    os.environ.setdefault(POSTGRES_VARIABLE, USUAL_SERVER)
    async with empty_postgres() as url:
        yield url
