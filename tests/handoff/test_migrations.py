"""Bringing databases up to date, and refusing those that are not ours to touch."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from bot.migrations.errors import (
    DatabaseBroken,
    DatabaseForeign,
    DatabaseNewer,
    DatabaseUnreachable,
    MigrationError,
    UrlNotUsable,
)
from bot.migrations.run import check_async, head_revision, upgrade, upgrade_async
from handoff.store.engine import Database
from handoff.store.schema import metadata as handoff_metadata
from kb_index.tables import metadata as kb_metadata


def url_of(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def test_the_migrated_tables_are_those_the_code_uses(database: Database) -> None:
    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, [handoff_metadata, kb_metadata]))  # type: ignore[arg-type]

    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


def test_an_empty_place_gets_a_database_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    url = url_of(tmp_path / "new" / "babeldesk.db")

    first, second = upgrade(url), upgrade(url)

    assert (first.before, first.after, first.changed) == (None, head_revision(), True)
    assert (second.before, second.changed) == (head_revision(), False)


async def test_checking_changes_nothing(tmp_path: Path) -> None:
    url = url_of(tmp_path / "babeldesk.db")

    assert (await check_async(url)).before is None
    assert (await check_async(url)).before is None


async def test_two_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    url = url_of(tmp_path / "babeldesk.db")

    reports = await asyncio.gather(*(upgrade_async(url) for _ in range(3)))

    assert sorted(report.changed for report in reports) == [False, False, True]


@pytest.mark.parametrize("content", [b"this is a shopping list, not a database" * 40])
def test_a_file_that_is_no_database_is_broken_and_untouched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "babeldesk.db"
    path.write_bytes(content)

    with pytest.raises(DatabaseBroken) as caught:
        upgrade(url_of(path))

    assert path.read_bytes() == content
    assert "Nothing was changed" in str(caught.value)


def test_a_damaged_database_is_broken(sqlite_url: str) -> None:
    path = Path(str(make_url(sqlite_url).database))
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size // 2))

    with pytest.raises(DatabaseBroken):
        upgrade(sqlite_url)


def test_another_programs_database_is_foreign_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    before = path.read_bytes()

    with pytest.raises(DatabaseForeign) as caught:
        upgrade(url_of(path))

    assert "recipes" in str(caught.value)
    assert path.read_bytes() == before


def test_another_alembic_programs_database_is_foreign(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        other.execute("INSERT INTO alembic_version VALUES ('a1b2c3')")
        other.commit()

    with pytest.raises(DatabaseForeign):
        upgrade(url_of(path))


def test_a_newer_database_is_not_touched(sqlite_url: str) -> None:
    path = Path(str(make_url(sqlite_url).database))
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()

    with pytest.raises(DatabaseNewer) as caught:
        upgrade(sqlite_url)

    assert caught.value.code == "database_newer"
    assert "9999" in caught.value.reason


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("postgresql+asyncpg://nobody@127.0.0.1:1/nothing", DatabaseUnreachable),
        ("sqlite+aiosqlite:////proc/nowhere/babeldesk.db", DatabaseUnreachable),
        ("sqlite:///babeldesk.db", UrlNotUsable),
        ("gibberish", UrlNotUsable),
    ],
)
def test_unusable_urls_say_what_to_do(url: str, error: type[MigrationError]) -> None:
    with pytest.raises(error) as caught:
        upgrade(url)

    assert caught.value.advice in str(caught.value)


def test_a_password_is_not_repeated_in_the_error() -> None:
    with pytest.raises(DatabaseUnreachable) as caught:
        upgrade("postgresql+asyncpg://nobody:hunter2@127.0.0.1:1/nothing")

    assert "hunter2" not in str(caught.value)
