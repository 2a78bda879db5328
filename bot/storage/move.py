"""`babeldesk move`: everything from a SQLite file into an empty PostgreSQL database.

One transaction on the target: an interruption leaves it empty, and the command starts again. Every
table is read back there and must have the rows and the sum of its source before anything is
committed. The source is locked meanwhile, and never changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.migrations.run import check_async, upgrade_async, upgrade_connection
from bot.storage.errors import StorageError
from bot.storage.restore import check_sole_postgresql, holds_rows
from bot.storage.rows import (
    Summing,
    TableSum,
    count_rows,
    insert_lines,
    read_lines,
    reflect_tables,
    set_sequences,
    sum_table,
)
from bot.storage.sources import missing, sole_sqlite, sqlite_path
from handoff.store.engine import open_database

DRIVER: Final = "postgresql+asyncpg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the copy of one table is."""

    table: str
    done: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Sums that are the same on both sides; `was_done` if an earlier run had finished already."""

    tables: tuple[TableSum, ...]
    was_done: bool
    target: str

    @property
    def rows(self) -> int:
        """All rows together."""
        return sum(table.rows for table in self.tables)


Told = Callable[[Progress], None]


def target_url(text: str) -> URL:
    """The target as our driver wants it; `postgresql://` and `postgres://` are fine.

    Raises:
        StorageError: `wrong_target`.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        url = None
    if url is None or url.drivername not in {DRIVER, "postgresql", "postgres"} or not url.database:
        raise StorageError(
            "wrong_target",
            happened="The target is not a PostgreSQL database.",
            todo="Give it as postgresql://user:password@host/name.",
        )
    return url.set(drivername=DRIVER)


async def move(source_url: str, target: str, *, told: Told = lambda _progress: None) -> Moved:
    """Copies, compares and commits; a repetition after success only compares.

    Args:
        source_url: The configured database; must be SQLite.
        target: An empty PostgreSQL database.
        told: Called while rows are copied.

    Raises:
        StorageError: `wrong_target`, `no_database`, `database_in_use`, `target_not_empty`,
            `copy_mismatch`. The target is as it was.
        MigrationError: One of them is broken, foreign or unreachable.
    """
    url = target_url(target)
    shown = url.render_as_string(hide_password=True)
    reached = url.render_as_string(hide_password=False)
    file = sqlite_path(source_url)
    if file is None:
        raise StorageError(
            "wrong_target",
            happened="The configured database is not SQLite, so there is nothing to move.",
            todo="Use `babeldesk backup` and `babeldesk restore` between PostgreSQL servers.",
        )
    if not await asyncio.to_thread(file.is_file):
        raise missing(file)
    await check_async(reached)
    # Fails beside a running gateway, before anything is touched.
    await asyncio.to_thread(_check_sole, file)
    await upgrade_async(source_url)
    database = open_database(url, statement_limit_s=None)
    try:
        async with database.write() as transaction:
            with sole_sqlite(file) as source:
                return await transaction.connection.run_sync(_copy, source, shown, told)
    finally:
        await database.dispose()


def _check_sole(file: Path) -> None:
    with sole_sqlite(file):
        pass


def _copy(target: Connection, source: Connection, shown: str, told: Told) -> Moved:
    check_sole_postgresql(target, shown)
    originals = reflect_tables(source)
    if holds_rows(target):
        return _compare(target, source, originals, shown)
    upgrade_connection(target)
    copies = {table.name: table for table in reflect_tables(target)}
    sums = tuple(
        _copy_table(source, table, target, copies[table.name], told) for table in originals
    )
    set_sequences(target, copies.values())
    return Moved(tables=sums, was_done=False, target=shown)


def _copy_table(
    source: Connection, original: Table, target: Connection, copy: Table, told: Told
) -> TableSum:
    columns = list(original.columns.keys())
    rows = count_rows(source, original)
    summing = Summing(original.name)
    told(Progress(table=original.name, done=0, rows=rows))
    for lines in read_lines(source, original, columns):
        for line in lines:
            summing.add(line)
        insert_lines(target, copy, columns, lines)
        told(Progress(table=original.name, done=summing.rows, rows=rows))
    if sum_table(target, copy, columns) != summing.total():
        raise StorageError(
            "copy_mismatch",
            happened=f"Table {original.name} does not read back as it was written.",
            todo="Nothing was moved and SQLite is unchanged. Please report it.",
        )
    return summing.total()


def _compare(target: Connection, source: Connection, originals: list[Table], shown: str) -> Moved:
    """A target with rows is the result of an earlier move, or not ours to touch."""
    copies = {table.name: table for table in reflect_tables(target)}
    sums = []
    for table in originals:
        columns = list(table.columns.keys())
        expected = sum_table(source, table, columns)
        copy = copies.get(table.name)
        if copy is None or sum_table(target, copy, columns) != expected:
            raise StorageError(
                "target_not_empty",
                happened=f"The database {shown} already holds other data (table {table.name}).",
                todo="Nothing was changed. Give an empty database.",
            )
        sums.append(expected)
    return Moved(tables=tuple(sums), was_done=True, target=shown)
