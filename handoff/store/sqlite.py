"""SQLite connections for the event loop: statements run in place, only waiting goes to a thread.

A statement on a local file takes microseconds; handing each one to a thread, as aiosqlite does,
costs some 20 thread switches and 7 ms of processor time per stored message (measured on two shared
cores; here it is one switch). What can take long goes to a thread: the commit, which waits for the
disk, and a statement that has to wait for another process's lock.

The classes have the shape that SQLAlchemy's aiosqlite dialect expects of that library.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.sql.selectable import FromClause

Result = TypeVar("Result")

_threads = ThreadPoolExecutor(8, thread_name_prefix="sqlite")


class HintingCompiler(SQLiteCompiler):
    """Writes `Select.with_hint` behind a table's name, as in `INDEXED BY`; SQLAlchemy drops it."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:
        """Gives the hint as it is."""
        return text


class SqliteConnection:
    """A connection without a thread of its own; used by one task at a time."""

    def __init__(self, database: str, *, busy_timeout_s: float, uri: bool) -> None:
        # The commit runs in another thread than the statements, never at the same time.
        self._connection: sqlite3.Connection | None = sqlite3.connect(
            database, timeout=0, isolation_level=None, check_same_thread=False, uri=uri
        )
        self._busy_timeout_ms = int(busy_timeout_s * 1000)
        self._changes_before = 0

    @property
    def raw(self) -> sqlite3.Connection:
        """The driver's connection; raises ValueError once it is closed."""
        if self._connection is None:
            raise ValueError("connection closed")
        return self._connection

    def cursor(self) -> SqliteCursor:
        """Gives a cursor."""
        return SqliteCursor(self, self.raw.cursor())

    def begin_seen(self) -> None:
        """Remembers where a transaction began, to know at its end whether it wrote."""
        self._changes_before = self.raw.total_changes

    async def commit(self) -> None:
        """Makes the transaction durable; off the event loop if there is something to write."""
        raw = self.raw
        if not raw.in_transaction:
            return
        if raw.total_changes == self._changes_before:
            raw.execute("COMMIT")
            return
        try:
            await run_in_thread(partial(raw.execute, "COMMIT"))
        except sqlite3.OperationalError as error:
            if not _is_busy(error):
                raise
            await self.run_waiting(partial(raw.execute, "COMMIT"))

    async def rollback(self) -> None:
        """Takes the transaction back, if one is open."""
        if self._connection is not None and self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    async def close(self) -> None:
        """Closes the connection; again is fine."""
        self.stop()

    def stop(self) -> None:
        """Closes the connection at once."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    async def create_function(
        self, name: str, narg: int, func: Callable[..., Any], deterministic: bool = False
    ) -> None:
        """Makes a Python function known to SQL."""
        self.raw.create_function(name, narg, func, deterministic=deterministic)

    async def run_waiting(self, work: Callable[[], Result]) -> Result:
        """Runs work in a thread that may wait for the lock as long as the busy timeout."""
        raw = self.raw

        def wait() -> Result:
            raw.execute(f"PRAGMA busy_timeout = {self._busy_timeout_ms}")
            try:
                return work()
            finally:
                raw.execute("PRAGMA busy_timeout = 0")

        return await run_in_thread(wait)


class SqliteCursor:
    """A cursor whose methods are awaitable and, as a rule, done when called."""

    def __init__(self, connection: SqliteConnection, cursor: sqlite3.Cursor) -> None:
        self._connection = connection
        self._cursor = cursor

    async def __aenter__(self) -> SqliteCursor:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def description(self) -> Any:
        """Columns of the last query; None if it gave no rows."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """Rows changed by the last statement."""
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        """Row id of the last insert."""
        return self._cursor.lastrowid

    @property
    def arraysize(self) -> int:
        """Rows that `fetchmany` gives."""
        return int(self._cursor.arraysize)

    @arraysize.setter
    def arraysize(self, value: int) -> None:
        self._cursor.arraysize = value

    async def execute(self, operation: str, parameters: Sequence[Any] = ()) -> SqliteCursor:
        """Runs a statement in place; in a thread if it has to wait for a lock."""
        await self._run(partial(self._cursor.execute, operation, parameters))
        if operation.startswith("BEGIN"):
            self._connection.begin_seen()
        return self

    async def executemany(
        self, operation: str, parameters: Iterable[Sequence[Any]]
    ) -> SqliteCursor:
        """Runs a statement for each of several rows."""
        rows = list(parameters)
        await self._run(partial(self._cursor.executemany, operation, rows))
        return self

    async def fetchone(self) -> Any:
        """Gives the next row or None."""
        return self._cursor.fetchone()

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """Gives the next rows."""
        return self._cursor.fetchmany(self.arraysize if size is None else size)

    async def fetchall(self) -> list[Any]:
        """Gives the remaining rows."""
        return self._cursor.fetchall()

    async def close(self) -> None:
        """Lets the statement go."""
        self._cursor.close()

    async def _run(self, work: Callable[[], sqlite3.Cursor]) -> None:
        try:
            work()
        except sqlite3.OperationalError as error:
            if not _is_busy(error):
                raise
            await self._connection.run_waiting(work)


async def run_in_thread(work: Callable[[], Result]) -> Result:
    """Runs work in a thread and is there until it ends, even when cancelled meanwhile.

    Leaving earlier would give the connection to somebody else while the thread still uses it.
    """
    future = asyncio.get_running_loop().run_in_executor(_threads, work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait([future])
        raise


def _is_busy(error: sqlite3.OperationalError) -> bool:
    # The extended code SQLITE_BUSY_SNAPSHOT cannot be cured by waiting.
    code: int = error.sqlite_errorcode
    return code & 0xFF == sqlite3.SQLITE_BUSY and code != sqlite3.SQLITE_BUSY_SNAPSHOT
