"""Plain connections to a SQLite file for reading it whole, beside a gateway or instead of one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import StaticPool

from bot.storage.errors import StorageError

WAIT_S: Final = 5.0
# Another process that merely looks in is gone after this; a gateway stays.
IN_USE_WAIT_S: Final = 1.0


def sqlite_path(database_url: str) -> Path | None:
    """The file of a SQLite URL, or None for another database."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return Path(url.database)


@contextmanager
def sqlite_snapshot(path: Path) -> Iterator[Connection]:
    """One consistent state of a file that others may be writing to.

    Raises:
        StorageError: `no_database`.
    """
    if not path.is_file():
        raise missing(path)
    # The first reading statement fixes what all later ones see.
    with _open(path, wait_s=WAIT_S) as raw, _transaction(raw, "BEGIN") as connection:
        yield connection


@contextmanager
def sole_sqlite(path: Path) -> Iterator[Connection]:
    """A file that nobody else has open, nor can open until the end.

    In write-ahead mode a file cannot leave that mode while another process has it open: the
    question is asked of SQLite itself and sees every gateway and every command.

    Raises:
        StorageError: `no_database`, `database_in_use`.
    """
    if not path.is_file():
        raise missing(path)
    with _open(path, wait_s=IN_USE_WAIT_S) as raw, ExitStack() as stack:
        try:
            raw.execute("PRAGMA locking_mode = EXCLUSIVE")
            raw.execute("PRAGMA journal_mode = DELETE")
            connection = stack.enter_context(_transaction(raw, "BEGIN EXCLUSIVE"))
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            raise in_use(str(path)) from error
        yield connection


@contextmanager
def new_sqlite(path: Path) -> Iterator[Connection]:
    """A new file that nobody knows yet, filled in one transaction."""
    with _open(path, wait_s=0) as raw:
        raw.execute("PRAGMA journal_mode = OFF")
        raw.execute("PRAGMA synchronous = OFF")
        with _transaction(raw, "BEGIN") as connection:
            yield connection


def missing(path: Path) -> StorageError:
    """There is no database yet."""
    return StorageError(
        "no_database",
        happened=f"There is no database {path}.",
        todo="Check BABELDESK_HOME and BABELDESK_DATABASE_URL; `babeldesk run` creates one.",
    )


def in_use(where: str) -> StorageError:
    """A gateway or another command works on the database."""
    return StorageError(
        "database_in_use",
        happened=f"The database {where} is in use by a running Babeldesk.",
        todo="Stop every gateway (and every other babeldesk command) and try again.",
    )


@contextmanager
def _open(path: Path, *, wait_s: float) -> Iterator[sqlite3.Connection]:
    with closing(
        sqlite3.connect(path, timeout=wait_s, isolation_level=None, check_same_thread=False)
    ) as raw:
        yield raw


@contextmanager
def _transaction(raw: sqlite3.Connection, begin: str) -> Iterator[Connection]:
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)

    @event.listens_for(engine, "begin")
    def _begin(_connection: Connection) -> None:
        raw.execute(begin)

    with engine.connect() as connection, connection.begin():
        yield connection
