"""Moving from SQLite to PostgreSQL: everything, verified, or nothing."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select, text

from bot.migrations.run import upgrade_async, upgrade_connection
from bot.settings import Settings
from bot.storage import move as moving
from bot.storage.errors import StorageError
from bot.storage.move import Progress, move, target_url
from bot.storage.rows import TableSum, set_sequences
from bot.storage.sources import new_sqlite
from handoff.store.engine import open_database
from tests.bot.house import make_settings
from tests.storage.desk import next_ticket, read_back

pytestmark = pytest.mark.postgres


async def refusal(source: str, target: str) -> str:
    with pytest.raises(StorageError) as refused:
        await move(source, target)
    return refused.value.code


async def tables_of(url: str) -> set[str]:
    database = open_database(url)
    async with database.read() as connection:
        query = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = set((await connection.execute(query)).scalars())
    await database.dispose()
    return found


async def test_everything_is_there_and_counting_goes_on(desk: Settings, postgres: str) -> None:
    told: list[Progress] = []

    moved = await move(desk.database_url, postgres, told=told.append)

    assert await read_back(postgres) == await read_back(desk.database_url)
    assert not moved.was_done
    rows = {table.name: table.rows for table in moved.tables}
    assert rows["conversations"] == 3
    assert moved.rows == sum(rows.values())
    assert {p.table: p.done for p in told if p.done == p.rows} == rows
    assert await next_ticket(postgres) == "BD-1003"


async def test_a_second_run_compares_and_says_that_it_was_done(
    desk: Settings, postgres: str
) -> None:
    first = await move(desk.database_url, postgres)

    second = await move(desk.database_url, postgres)

    assert second.was_done
    assert second.tables == first.tables


async def test_a_target_that_went_on_is_not_touched(desk: Settings, postgres: str) -> None:
    await move(desk.database_url, postgres)
    await next_ticket(postgres)
    before = await read_back(postgres)

    assert await refusal(desk.database_url, postgres) == "target_not_empty"
    assert await read_back(postgres) == before


async def test_a_source_that_went_on_after_the_move_is_said(desk: Settings, postgres: str) -> None:
    await move(desk.database_url, postgres)
    await next_ticket(desk.database_url)

    assert await refusal(desk.database_url, postgres) == "target_not_empty"


async def test_a_migrated_but_empty_target_is_filled(desk: Settings, postgres: str) -> None:
    await upgrade_async(postgres)

    await move(desk.database_url, postgres)

    assert await read_back(postgres) == await read_back(desk.database_url)


async def test_nothing_is_moved_beside_a_running_gateway(desk: Settings, postgres: str) -> None:
    gateway = open_database(desk.database_url)
    await gateway.check()

    code = await refusal(desk.database_url, postgres)

    await gateway.dispose()
    assert code == "database_in_use"
    assert await tables_of(postgres) == set()


async def test_nothing_is_moved_into_a_target_in_use(desk: Settings, postgres: str) -> None:
    await upgrade_async(postgres)
    gateway = open_database(postgres)
    await gateway.check()

    code = await refusal(desk.database_url, postgres)

    await gateway.dispose()
    assert code == "database_in_use"


async def test_no_gateway_can_start_meanwhile(desk: Settings, postgres: str) -> None:
    file = desk.paths.home / "babeldesk.db"
    refused: list[str] = []

    def told(progress: Progress) -> None:
        if progress.table != "events" or progress.done:
            return
        with closing(sqlite3.connect(file, timeout=0)) as gateway:
            try:
                gateway.execute("PRAGMA journal_mode = WAL")  # what every start begins with
            except sqlite3.OperationalError as error:
                refused.append(str(error))

    await move(desk.database_url, postgres, told=told)

    assert refused == ["database is locked"]


_CHILD = """
import asyncio, os, signal, sys
from bot.storage.move import move
source, target, table = sys.argv[1:]
def told(progress):
    if progress.table == table:
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(move(source, target, told=told))
"""


@pytest.mark.parametrize("table", ["users", "inbox_events"])
async def test_a_killed_move_leaves_nothing_behind_and_can_be_repeated(
    desk: Settings, postgres: str, table: str
) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _CHILD, desk.database_url, postgres, table
    )

    assert await child.wait() == -signal.SIGKILL
    assert await tables_of(postgres) == set()
    await move(desk.database_url, postgres)
    assert await read_back(postgres) == await read_back(desk.database_url)


async def test_rows_that_do_not_read_back_alike_are_not_committed(
    desk: Settings, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = moving.sum_table

    def wrong(*arguments: object) -> TableSum:
        found = real(*arguments)  # type: ignore[arg-type]
        return TableSum(name=found.name, rows=found.rows, digest="0" * 64)

    monkeypatch.setattr(moving, "sum_table", wrong)

    assert await refusal(desk.database_url, postgres) == "copy_mismatch"
    assert await tables_of(postgres) == set()


@pytest.mark.parametrize(
    "target", ["sqlite+aiosqlite:///x.db", "gibberish", "postgresql://host", "mysql://h/x"]
)
def test_a_target_that_is_no_postgresql_is_said(target: str) -> None:
    with pytest.raises(StorageError) as refused:
        target_url(target)

    assert refused.value.code == "wrong_target"
    assert "postgresql://" in str(refused.value)


def test_the_usual_spellings_of_a_target_are_understood() -> None:
    for spelling in ("postgresql://u@h/x", "postgres://u@h/x", "postgresql+asyncpg://u@h/x"):
        assert target_url(spelling).drivername == "postgresql+asyncpg"


async def test_a_desk_that_is_on_postgresql_already_is_said(postgres: str) -> None:
    assert await refusal(postgres, postgres) == "wrong_target"


async def test_a_home_without_a_database_is_said(empty_home: Settings, postgres: str) -> None:
    assert await refusal(empty_home.database_url, postgres) == "no_database"


async def test_an_older_source_is_brought_up_to_date_first(tmp_path: Path, postgres: str) -> None:
    settings = make_settings(tmp_path / "old")
    with new_sqlite(settings.paths.home / "babeldesk.db") as old:
        upgrade_connection(old, "0001")
        row = {"id": "v1", "created_at": "2026-01-01 00:00:00"}
        old.execute(text("INSERT INTO visitors VALUES (:id, NULL, :created_at, :created_at)"), row)

    moved = await move(settings.database_url, postgres)

    assert moved.rows == 1
    assert "kb_articles" in await tables_of(postgres)


async def test_sequences_go_on_after_the_highest_number(postgres: str) -> None:
    table = Table(
        "numbered", MetaData(), Column("id", Integer, primary_key=True), Column("word", String)
    )
    database = open_database(postgres)
    async with database.write() as transaction:
        connection = transaction.connection
        await connection.run_sync(table.create)
        await connection.execute(insert(table), [{"id": 7, "word": "a"}, {"id": 41, "word": "b"}])

        await connection.run_sync(set_sequences, [table])

        await connection.execute(insert(table), [{"word": "c"}])
        query = select(table.c.id).where(table.c.word == "c")
        assert (await connection.execute(query)).scalar_one() == 42
    await database.dispose()


async def test_the_command_says_how_to_cut_over(desk: Settings, postgres: str) -> None:
    async def babeldesk(*arguments: str) -> str:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot.cli",
            *arguments,
            env={**os.environ, "BABELDESK_HOME": str(desk.paths.home)},
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await child.communicate()
        assert child.returncode == 0
        return out.decode()

    plain = await babeldesk("move", "--to", postgres)
    lines = (await babeldesk("move", "--to", postgres, "--json")).splitlines()

    assert "the same on both sides" in plain
    assert "BABELDESK_DATABASE_URL=postgresql+asyncpg://" in plain
    assert json.loads(lines[-1])["was_done"] is True
