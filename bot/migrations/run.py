"""Brings a database to the newest revision, or says clearly why that is not possible.

All migrations run in one transaction under a lock: two processes that start together do it once,
and a failure leaves the database as it was.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from bot.migrations.errors import (
    DatabaseBroken,
    DatabaseForeign,
    DatabaseNewer,
    DatabaseUnreachable,
    UrlNotUsable,
)
from handoff.errors import StoreUnavailable
from handoff.store.engine import Database, open_database

DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")
FOLDER = Path(__file__).parent
# Any number, the same in every release: PostgreSQL's advisory locks are named by numbers.
ADVISORY_LOCK = 7_215_330_148
# A larger file is not read from end to end at every start.
_QUICK_CHECK_BYTES = 64 * 1024 * 1024
_BROKEN_WORDS = ("not a database", "malformed", "file is encrypted", "disk image")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeReport:
    """Revisions before and after; `before` is None for an empty database."""

    before: str | None
    after: str

    @property
    def changed(self) -> bool:
        """Whether anything was done."""
        return self.before != self.after


def upgrade(database_url: str) -> UpgradeReport:
    """Brings a database to the newest revision; for callers without a running event loop.

    Raises:
        MigrationError: Unreachable, broken, foreign or newer; nothing was changed.
    """
    return asyncio.run(upgrade_async(database_url))


async def upgrade_async(database_url: str) -> UpgradeReport:
    """Does the same inside a running event loop."""
    return await _with_database(database_url, migrate=True)


async def check_async(database_url: str) -> UpgradeReport:
    """Gives what an upgrade would do, without doing it; raises the same errors."""
    return await _with_database(database_url, migrate=False)


def head_revision() -> str:
    """Gives the newest revision that this release knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise LookupError("there are no migrations")
    return head


def upgrade_connection(connection: Connection, revision: str = "head") -> None:
    """Brings the database behind a connection to a revision, inside its transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def known_revisions() -> list[str]:
    """Every revision that this release knows, oldest first."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return [script.revision for script in scripts][::-1]


async def _with_database(database_url: str, *, migrate: bool) -> UpgradeReport:
    url = _usable_url(database_url)
    where = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and url.database:
        await asyncio.to_thread(_peek_into_file, Path(url.database), where)
    try:
        database = open_database(url, statement_limit_s=None)
    except OSError as error:
        raise DatabaseUnreachable(where, str(error)) from error
    try:
        return await _run(database, where, migrate=migrate)
    except StoreUnavailable as error:
        if any(word in error.reason for word in _BROKEN_WORDS):
            raise DatabaseBroken(where, error.reason) from error
        raise DatabaseUnreachable(where, error.reason) from error
    except DBAPIError as error:
        reason = str(error.orig).partition("\n")[0]
        if any(word in reason for word in _BROKEN_WORDS):
            raise DatabaseBroken(where, reason) from error
        raise DatabaseUnreachable(where, reason) from error
    finally:
        await database.dispose()


async def _run(database: Database, where: str, *, migrate: bool) -> UpgradeReport:
    async with database.write() as transaction:
        connection = transaction.connection
        if database.dialect == "postgresql":
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK}
            )
        before = await connection.run_sync(_checked_revision, where)
        head = head_revision()
        if migrate and before != head:
            await connection.run_sync(upgrade_connection)
        return UpgradeReport(before=before, after=head)


def _peek_into_file(path: Path, where: str) -> None:
    """Looks into an existing file read-only: opening it for use would already write to it."""
    if not path.is_file() or path.stat().st_size == 0:
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as peek:
            query = "SELECT name FROM sqlite_master WHERE type = 'table'"
            tables = {name for (name,) in peek.execute(query)}
            checked = "ok"
            if path.stat().st_size <= _QUICK_CHECK_BYTES:
                (checked,) = peek.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if any(word in str(error) for word in _BROKEN_WORDS):
            raise DatabaseBroken(where, str(error)) from error
        raise DatabaseUnreachable(where, str(error)) from error
    if checked != "ok":
        raise DatabaseBroken(where, str(checked).replace("\n", " "))
    _check_ours(tables, where)


def _check_ours(tables: set[str], where: str) -> None:
    if tables and "alembic_version" not in tables:
        names = ", ".join(sorted(tables)[:5])
        raise DatabaseForeign(where, f"it has tables that are not ours: {names}")


def _checked_revision(connection: Connection, where: str) -> str | None:
    tables = set(inspect(connection).get_table_names())
    _check_ours(tables, where)
    if "alembic_version" not in tables:
        return None
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        if tables != {"alembic_version"}:
            raise DatabaseForeign(where, "its tables carry no revision")
        return None
    if revision in known_revisions():
        return revision
    if "conversations" in tables and "inbox_events" in tables:
        raise DatabaseNewer(where, f"revision {revision} is unknown to this release")
    raise DatabaseForeign(where, f"revision {revision} is not one of ours")


def _usable_url(database_url: str) -> URL:
    try:
        url = make_url(database_url)
    except ArgumentError as error:
        raise UrlNotUsable("(unreadable)", "it is not a URL") from error
    if url.drivername not in DRIVERS:
        raise UrlNotUsable(
            url.render_as_string(hide_password=True), f"{url.drivername} is not supported"
        )
    return url


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
