"""Opens the database and runs transactions on it, alike on SQLite and PostgreSQL.

Writes queue in this process first (`handoff.store.gate`), on SQLite for the only place; there they
start with BEGIN IMMEDIATE, so that a read never turns into a write half way. On PostgreSQL the
callers lock rows. A connection is held for one transaction only. Whatever makes the database unable
to work becomes StoreUnavailable.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from handoff.crash_points import crash_point
from handoff.errors import StoreUnavailable
from handoff.follow_ups import FollowUp, Keeper
from handoff.ports import Publisher
from handoff.store.gate import WriteGate
from handoff.store.sqlite import HintingCompiler, SqliteConnection
from handoff.store.types import dump_json

logger = logging.getLogger(__name__)

# PostgreSQL conditions after which the same work can succeed later: connection trouble (08), too
# many connections or out of disk or memory (53), shutdown (57P), deadlock and serialisation (40),
# lock not available (55P03), read-only server (25006), a transaction that was silent for too long
# (25P03).
_PASSING_SQLSTATES = ("08", "53", "57P", "40", "55P03", "25006", "25P03")
_WRITES = "handoff_writes"
_PRAGMAS = (
    "journal_mode = WAL",
    # Commits survive a power cut, not only a crash of the process.
    "synchronous = FULL",
    "foreign_keys = ON",
    "temp_store = MEMORY",
)


# Writes along in every transaction of the running task, last before its commit: durable with the
# rest or not at all. What it raises undoes the rest.
rider: Final[ContextVar[Callable[[AsyncConnection], Awaitable[None]] | None]] = ContextVar(
    "rider", default=None
)


class Transaction:
    """A running transaction: its connection, what belongs to changes in it, hints for afterwards.

    The hints are published once it is durable.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        *,
        follow_ups: tuple[FollowUp, ...] = (),
        keepers: tuple[Keeper, ...] = (),
    ) -> None:
        self.connection = connection
        self.follow_ups = follow_ups
        self.keepers = keepers
        self._topics: dict[str, None] = {}

    def publish(self, topic: str) -> None:
        """Notes a topic for after the commit; the same topic once."""
        self._topics[topic] = None

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics in the order they were noted."""
        return tuple(self._topics)


# Probes are public and come often; each check of SQLite costs a synchronous write.
CHECK_BELIEVED_S = 1.0


class Database:
    """An engine with the transaction rules of this project."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        writers: int = 1,
        writer_wait_s: float = 5.0,
        follow_ups: tuple[FollowUp, ...] = (),
        keepers: tuple[Keeper, ...] = (),
    ) -> None:
        self.engine = engine
        self.follow_ups = follow_ups
        self.keepers = keepers
        self.dialect = engine.dialect.name
        self._gate = WriteGate(writers)
        self._writer_wait_s = writer_wait_s
        self._good_at = -CHECK_BELIEVED_S

    def add_follow_up(self, follow_up: FollowUp) -> None:
        """Adds to what follows each change; for the assembly, before the first change."""
        self.follow_ups = (*self.follow_ups, follow_up)

    @asynccontextmanager
    async def write(self, publisher: Publisher | None = None) -> AsyncIterator[Transaction]:
        """Runs a transaction that may write; commits at the end and then publishes its topics.

        Raises:
            StoreUnavailable: Locked, full, unreachable; nothing was stored as far as is known.
        """
        with _as_store_unavailable():
            async with (
                self._gate.place(wait_s=self._writer_wait_s),
                self.engine.connect() as raw,
            ):
                connection = await raw.execution_options(**{_WRITES: True})
                async with connection.begin():
                    transaction = Transaction(
                        connection, follow_ups=self.follow_ups, keepers=self.keepers
                    )
                    yield transaction
                    along = rider.get()
                    if along is not None:
                        await along(connection)
                    crash_point("commit.before")
        crash_point("commit.after")
        if publisher is not None:
            _publish_all(publisher, transaction.topics)
            crash_point("commit.told")

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Runs a transaction that only reads, on one snapshot.

        Raises:
            StoreUnavailable: Locked or unreachable.
        """
        with _as_store_unavailable():
            async with self.engine.connect() as raw:
                if self.dialect == "postgresql":
                    raw = await raw.execution_options(isolation_level="REPEATABLE READ")
                async with raw.begin():
                    yield raw

    async def check(self) -> None:
        """Makes sure that messages can be taken; a success is believed for a second.

        Raises:
            StoreUnavailable: Locked, full or unreachable.
        """
        if time.monotonic() - self._good_at < CHECK_BELIEVED_S:
            return
        if self.dialect == "sqlite":
            # Reading works on a full disk and beside a foreign lock; only a write tells.
            async with self.write() as transaction:
                await transaction.connection.execute(text("PRAGMA user_version = 1"))
        else:
            async with self.read() as connection:
                await connection.execute(text("SELECT 1"))
        self._good_at = time.monotonic()

    async def dispose(self) -> None:
        """Closes every connection."""
        await self.engine.dispose()


def open_database(
    url: str | URL,
    *,
    busy_timeout_s: float = 5.0,
    pool_size: int = 8,
    statement_limit_s: float | None = 10.0,
    follow_ups: tuple[FollowUp, ...] = (),
    keepers: tuple[Keeper, ...] = (),
) -> Database:
    """Gives a database by URL; connects at first use.

    Args:
        url: `sqlite+aiosqlite:///file` or `postgresql+asyncpg://user@host/name`.
        busy_timeout_s: How long a statement waits for another process's lock, and a caller for a
            free connection or its turn to write.
        pool_size: Connections kept at most; twice as many may exist in a rush on PostgreSQL.
        statement_limit_s: How long the PostgreSQL server may take over one statement, and how long
            it keeps the locks of a transaction whose process has fallen silent; None for as long
            as it needs, such as for a migration.
        follow_ups: What follows each change of a conversation, in the same transaction.
        keepers: What keeps tickets up to date with each change, in the same transaction.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = _open_sqlite(parsed, busy_timeout_s, pool_size)
        return Database(
            engine, writer_wait_s=busy_timeout_s, follow_ups=follow_ups, keepers=keepers
        )
    engine = create_async_engine(
        parsed,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=busy_timeout_s,
        pool_pre_ping=True,
        json_serializer=dump_json,
        connect_args={
            "timeout": busy_timeout_s,
            "command_timeout": statement_limit_s,
            "server_settings": {
                "application_name": "babeldesk",
                "lock_timeout": str(int(busy_timeout_s * 1000)),
                # A process that hangs, or whose network is cut, would hold its locks for hours.
                "idle_in_transaction_session_timeout": str(int((statement_limit_s or 0) * 1000)),
                "timezone": "UTC",
            },
        },
    )
    # Reads find a connection even in a rush of writes.
    return Database(
        engine,
        writers=pool_size,
        writer_wait_s=busy_timeout_s,
        follow_ups=follow_ups,
        keepers=keepers,
    )


def _open_sqlite(url: URL, busy_timeout_s: float, pool_size: int) -> AsyncEngine:
    database = url.database or ":memory:"
    in_memory = database == ":memory:"
    if not in_memory:
        Path(database).parent.mkdir(parents=True, exist_ok=True)

    async def connect(*_: object, **__: object) -> SqliteConnection:
        connection = SqliteConnection(
            database, busy_timeout_s=busy_timeout_s, uri=database.startswith("file:")
        )
        try:
            for pragma in _PRAGMAS:
                await connection.cursor().execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.stop()
            raise
        return connection

    engine = create_async_engine(
        url,
        async_creator=connect,
        # An error's text must not hold the row that it was about.
        hide_parameters=True,
        json_serializer=dump_json,
        **(
            {"poolclass": StaticPool}
            if in_memory
            else {"pool_size": pool_size, "max_overflow": 0, "pool_timeout": busy_timeout_s}
        ),
    )
    engine.dialect.statement_compiler = HintingCompiler

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def _as_store_unavailable() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise StoreUnavailable("no free connection") from error
    except DBAPIError as error:
        if not _is_passing(error):
            raise
        raise StoreUnavailable(_reason(error)) from error
    except (OSError, sqlite3.OperationalError) as error:
        raise StoreUnavailable(str(error) or type(error).__name__) from error


def _is_passing(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return str(state).startswith(_PASSING_SQLSTATES)
    return isinstance(error, OperationalError | InterfaceError)


def _reason(error: DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0] or type(error).__name__


def _publish_all(publisher: Publisher, topics: tuple[str, ...]) -> None:
    for topic in topics:
        try:
            publisher.publish(topic)
        except Exception:
            # The change is durable; a lost hint costs its reader a few seconds.
            logger.exception("publishing %s failed", topic)
