"""All rows of a database in a form that is the same on SQLite and PostgreSQL, with a sum per table.

Tables are read as the database describes them, not as the code does, so that data of any revision
can be read and written. A row is a JSON list of its columns; moments are UTC in ISO form; JSON
columns are kept as the text that is stored. A table's sum does not depend on the order of its rows,
because two databases sort text differently.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Integer,
    MetaData,
    Table,
    Text,
    cast,
    event,
    func,
    insert,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSON as PostgresqlJson
from sqlalchemy.types import TypeDecorator

from handoff.store.types import UtcDateTime

BATCH: Final = 500
REVISION_TABLE: Final = "alembic_version"
_MODULUS: Final = 1 << 256


class _StoredJson(TypeDecorator[str]):
    """PostgreSQL's JSON as the text that was stored, key order and spelling included."""

    impl = Text
    cache_ok = True

    def bind_expression(self, bindvalue: Any) -> Any:
        """Gives the server text to take as JSON."""
        return cast(bindvalue, PostgresqlJson)

    def column_expression(self, column: Any) -> Any:
        """Asks for the text and not for what it means."""
        return cast(column, Text)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSum:
    """How many rows a table has, and a 256-bit sum of their content as 64 hexadecimal digits."""

    name: str
    rows: int
    digest: str


@dataclass(slots=True)
class Summing:
    """Adds rows up to a `TableSum`."""

    name: str
    rows: int = 0
    _sum: int = field(default=0, repr=False)

    def add(self, line: bytes) -> None:
        """Counts one encoded row."""
        self.rows += 1
        self._sum += int.from_bytes(hashlib.sha256(line).digest(), "big")

    def total(self) -> TableSum:
        """What was added so far."""
        return TableSum(name=self.name, rows=self.rows, digest=f"{self._sum % _MODULUS:064x}")


def reflect_tables(connection: Connection) -> list[Table]:
    """Every table with data, parents before children."""
    metadata = MetaData()
    stored_json = _StoredJson() if connection.dialect.name == "postgresql" else Text()

    @event.listens_for(metadata, "column_reflect")
    def _plain_types(_inspector: Any, _table: Any, column: Any) -> None:
        if isinstance(column["type"], JSON):
            column["type"] = stored_json
        elif isinstance(column["type"], DateTime):
            column["type"] = UtcDateTime()

    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != REVISION_TABLE]


def count_rows(connection: Connection, table: Table) -> int:
    """How many rows a table has."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def read_lines(
    connection: Connection, table: Table, columns: Sequence[str] | None = None
) -> Iterator[list[bytes]]:
    """Encoded rows in the order of their key, in batches; `columns` in the table's order if None.

    Two databases of one revision may keep a table's columns in different orders. No cursor stays
    open: PostgreSQL refuses to alter a table under one.
    """
    wanted = [table.c[name] for name in columns or table.columns.keys()]
    key = list(table.primary_key.columns)
    page = select(*wanted).order_by(*key).limit(BATCH)
    query = page
    while rows := connection.execute(query).all():
        yield [encode_row(row) for row in rows]
        last = [literal(rows[-1]._mapping[column], column.type) for column in key]
        query = page.where(tuple_(*key) > tuple_(*last))


def sum_table(connection: Connection, table: Table, columns: Sequence[str]) -> TableSum:
    """Reads a whole table and adds it up, each row's columns in the given order."""
    summing = Summing(table.name)
    for lines in read_lines(connection, table, columns):
        for line in lines:
            summing.add(line)
    return summing.total()


def insert_lines(
    connection: Connection, table: Table, columns: Sequence[str], lines: Iterable[bytes]
) -> None:
    """Writes encoded rows; `columns` names their values in order."""
    moments = {column.name for column in table.columns if isinstance(column.type, UtcDateTime)}
    rows = [
        {
            name: datetime.fromisoformat(value) if name in moments and value is not None else value
            for name, value in zip(columns, json.loads(line), strict=True)
        }
        for line in lines
    ]
    if rows:
        connection.execute(insert(table), rows)


def set_sequences(connection: Connection, tables: Iterable[Table]) -> None:
    """Moves PostgreSQL's sequences behind the highest number in use; SQLite has none to move."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        for column in table.primary_key.columns:
            if not isinstance(column.type, Integer):
                continue
            owned = func.pg_get_serial_sequence(table.fullname, column.name)
            name = connection.execute(select(owned)).scalar_one()
            highest = connection.execute(select(func.max(column))).scalar_one()
            if name is not None and highest is not None:
                connection.execute(
                    text("SELECT setval(CAST(:name AS regclass), :highest)"),
                    {"name": name, "highest": highest},
                )


def encode_row(row: Sequence[Any]) -> bytes:
    """One row as a line of ASCII JSON."""
    return json.dumps([_plain(value) for value in row], separators=(",", ":")).encode("ascii")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value
