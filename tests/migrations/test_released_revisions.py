"""Desks of every released revision reach today's, and yesterday's code works on today's tables."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, inspect

from bot.migrations.run import known_revisions, upgrade_connection
from bot.migrations.run import upgrade_async as upgrade_to_head
from bot.storage.archive import ArchiveReader
from bot.storage.restore import restore
from bot.storage.rows import insert_lines, reflect_tables, sum_table
from handoff.store.engine import open_database
from tests.bot.house import make_settings
from tests.handoff.world import World
from tests.migrations.freeze import RELEASED
from tests.postgres import empty_postgres
from tests.storage.desk import WORDS, next_ticket, read_back

REVISIONS = known_revisions()
FROZEN = sorted(path.stem for path in RELEASED.glob("*.zip"))
# What a contract migration took away, `table` or `table.column`, one release after the code stopped
# using it. Everything else stays.
CONTRACTED: dict[str, frozenset[str]] = {}


@pytest_asyncio.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """A database in which nothing was ever made."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'babeldesk.db'}"
    else:
        async with empty_postgres() as url:
            yield url


async def with_connection(url: str, work: Callable[[Connection], Any]) -> Any:
    database = open_database(url, statement_limit_s=None)
    try:
        async with database.write() as transaction:
            return await transaction.connection.run_sync(work)
    finally:
        await database.dispose()


def shape_of(connection: Connection) -> dict[str, dict[str, Any]]:
    """Table -> column -> what old code relies on."""
    found = inspect(connection)
    return {
        table: {
            column["name"]: {
                "type": str(column["type"]),
                "nullable": column["nullable"],
                "default": column["default"],
            }
            for column in found.get_columns(table)
        }
        for table in found.get_table_names()
        if table != "alembic_version"
    }


def test_every_revision_before_the_newest_has_a_desk_in_the_suite() -> None:
    assert set(REVISIONS[:-1]) <= set(FROZEN) <= set(REVISIONS)


@pytest.mark.parametrize("revision", FROZEN)
async def test_a_released_desk_is_read_and_worked_on_by_todays_code(
    empty_url: str, revision: str, tmp_path: Path
) -> None:
    settings = make_settings(tmp_path / "home", BABELDESK_DATABASE_URL=empty_url)

    # Every row is compared at its own revision first; then the migrations run over them.
    await restore(settings, RELEASED / f"{revision}.zip")

    database = open_database(empty_url)
    world = World(database=database, url=empty_url)
    try:
        await check_conversations(world)
    finally:
        await database.dispose()
    assert await next_ticket(empty_url) == "BD-1003"
    if revision != "0001":
        found = await read_back(empty_url)
        assert found["article"].body == "Open *Orders* — first."  # type: ignore[attr-defined]


async def check_conversations(world: World) -> None:
    """The talk, the ticket, its transcript and the waiting visitor are as they were left."""
    ticket = await world.services.desk.find("BD-1001")
    solved = await world.services.desk.find("BD-1002")
    log = await world.services.visitors.events_after(
        ticket.conversation_id, after=0, internal=True, limit=1000
    )
    said = [event.text for event in log if event.author.value == "visitor"]
    assert said[: len(WORDS)] == [words.replace("\r\n", "\n") for words in WORDS]
    assert [event.seq for event in log] == list(range(1, len(log) + 1))
    assert (ticket.priority, ticket.assignee and ticket.assignee.name) == (2, "Ann")
    assert ticket.contact.email == "ada@shop.example"
    assert ticket.override is not None
    assert solved.state.value == "solved"
    back = await world.services.visitors.get(solved.conversation_id, visitor_id=None)
    again = await world.services.visitors.open_session(
        visitor_id=back.visitor_id, conversation_id=back.id, locale=None, page_url=None
    )
    await world.say(again, "one more thing")
    assert (await world.answer(again)).events[-1].text == "It is on its way."


@pytest.mark.parametrize("revision", FROZEN)
async def test_rows_as_older_code_writes_them_go_into_todays_tables(
    empty_url: str, revision: str
) -> None:
    """While releases change one by one, the older gateway goes on writing its own columns."""
    await upgrade_to_head(empty_url)

    def write_as_before(connection: Connection) -> None:
        with ArchiveReader(RELEASED / f"{revision}.zip") as archive:
            entries = {entry.name: entry for entry in archive.manifest.tables}
            for table in reflect_tables(connection):
                entry = entries.pop(table.name, None)
                if entry is None:
                    continue
                for lines in archive.lines(entry):
                    insert_lines(connection, table, entry.columns, lines)
                assert sum_table(connection, table, entry.columns) == entry.sum
            assert not entries

    await with_connection(empty_url, write_as_before)


async def test_no_step_takes_away_what_the_release_before_uses(empty_url: str) -> None:
    shapes: dict[str, dict[str, dict[str, Any]]] = {}

    def climb(connection: Connection) -> None:
        for revision in REVISIONS:
            upgrade_connection(connection, revision)
            shapes[revision] = shape_of(connection)

    await with_connection(empty_url, climb)

    problems = [
        f"{after}: {problem}"
        for before, after in itertools.pairwise(REVISIONS)
        for problem in problems_between(shapes[before], shapes[after])
        if problem.split(" ")[0] not in CONTRACTED.get(after, frozenset())
    ]
    assert problems == []


def problems_between(
    before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]
) -> list[str]:
    """What code of the revision before could no longer do."""
    problems = []
    for table, columns in before.items():
        if table not in after:
            problems.append(f"{table} is gone")
            continue
        for name, column in columns.items():
            new = after[table].get(name)
            if new is None:
                problems.append(f"{table}.{name} is gone")
            elif not takes_as_much(old=column["type"], new=new["type"]):
                problems.append(f"{table}.{name} has another type")
            elif column["nullable"] and not new["nullable"]:
                problems.append(f"{table}.{name} no longer takes NULL")
        problems += [
            f"{table}.{name} is new and old code does not fill it"
            for name, column in after[table].items()
            if name not in columns and not column["nullable"] and column["default"] is None
        ]
    return problems


def takes_as_much(*, old: str, new: str) -> bool:
    """The same type, the same text type with more room, or a larger integer."""
    if old == new or (old, new) == ("INTEGER", "BIGINT"):
        return True
    lengths = [re.fullmatch(r"VARCHAR\((\d+)\)", kind) for kind in (old, new)]
    if lengths[0] is None:
        return False
    return new == "TEXT" or (lengths[1] is not None and int(lengths[1][1]) >= int(lengths[0][1]))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, []),
        ({"t": None}, ["t is gone"]),
        ({"t.a": None}, ["t.a is gone"]),
        ({"t.a": ("INTEGER", False, None)}, ["t.a has another type"]),
        ({"t.a": ("VARCHAR(10)", False, None)}, ["t.a has another type"]),
        ({"t.a": ("VARCHAR(30)", False, None)}, []),
        ({"t.a": ("TEXT", False, None)}, []),
        ({"t.b": ("BIGINT", True, None)}, []),
        ({"t.b": ("TEXT", True, None)}, ["t.b has another type"]),
        ({"t.b": ("INTEGER", False, None)}, ["t.b no longer takes NULL"]),
        ({"t.c": ("INTEGER", True, None)}, []),
        ({"t.c": ("INTEGER", False, "0")}, []),
        ({"t.c": ("INTEGER", False, None)}, ["t.c is new and old code does not fill it"]),
    ],
)
def test_the_comparison_sees_each_way_to_break_old_code(
    change: dict[str, Any], problem: list[str]
) -> None:
    def column(kind: str, nullable: bool, default: str | None) -> dict[str, Any]:
        return {"type": kind, "nullable": nullable, "default": default}

    before = {"t": {"a": column("VARCHAR(20)", False, None), "b": column("INTEGER", True, None)}}
    after: dict[str, dict[str, Any]] = {"t": dict(before["t"])}
    for place, new in change.items():
        table, _, name = place.partition(".")
        if not name:
            del after[table]
        elif new is None:
            del after[table][name]
        else:
            after[table][name] = column(*new)

    assert problems_between(before, after) == problem


async def test_a_failing_migration_leaves_revision_and_rows_as_they_were(empty_url: str) -> None:
    """The last step breaks half way: nothing of it, or of the steps before it, is kept."""
    await with_connection(empty_url, lambda c: upgrade_connection(c, REVISIONS[0]))
    before = await with_connection(empty_url, shape_of)

    def half_way(connection: Connection) -> None:
        upgrade_connection(connection)
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        await with_connection(empty_url, half_way)

    assert await with_connection(empty_url, shape_of) == before
    assert (await upgrade_to_head(empty_url)).before == REVISIONS[0]
