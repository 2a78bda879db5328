"""Databases for the tests of the handoff core: SQLite always, PostgreSQL where one answers."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url

from bot.migrations.run import upgrade
from handoff.store.engine import Database, open_database
from handoff.store.schema import metadata
from tests.handoff.world import World

# The shared conftest names a server here where one can be had.
POSTGRES_VARIABLE = "BABELDESK_TEST_POSTGRES_URL"
# Memory instead of a disk that others use: the same file calls, without waiting for the platter.
MEMORY_FOLDER = Path("/dev/shm")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs the tests of this folder in one event loop: opening an engine per test costs most."""
    for item in items:
        if Path(__file__).parent in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.db"
    upgrade(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A migrated database of its own on the tests' server; skips where there is no server."""
    server = os.environ.get(POSTGRES_VARIABLE)
    if server is None:
        pytest.skip(
            f"no PostgreSQL server: none answers on 127.0.0.1:5432, {POSTGRES_VARIABLE} unset"
        )
    name = f"babeldesk_test_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    try:
        asyncio.run(_execute(server, f'CREATE DATABASE "{name}"'))
    except (OSError, asyncpg.PostgresError) as error:
        pytest.skip(f"the PostgreSQL server of {POSTGRES_VARIABLE} refuses: {error}")
    # The server's disk is not under test; what a crash of a client leaves is the same.
    asyncio.run(_execute(server, f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    url = make_url(server).set(drivername="postgresql+asyncpg", database=name)
    upgrade(url.render_as_string(hide_password=False))
    yield url.render_as_string(hide_password=False)
    asyncio.run(_execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _execute(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server, timeout=5)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for the databases of this run."""
    if not os.access(MEMORY_FOLDER, os.W_OK):
        yield tmp_path_factory.mktemp("databases")
        return
    with tempfile.TemporaryDirectory(prefix="babeldesk-test-", dir=MEMORY_FOLDER) as folder:
        yield Path(folder)


@pytest.fixture
def sqlite_url(sqlite_template: Path, session_folder: Path) -> str:
    """A SQLite file for one test alone."""
    path = session_folder / f"{uuid.uuid4().hex}.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(
    scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def database_url(
    request: pytest.FixtureRequest, sqlite_template: Path, session_folder: Path
) -> str:
    """The database that all tests of one kind share, one after the other."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    shutil.copy(sqlite_template, session_folder / "shared.db")
    return f"sqlite+aiosqlite:///{session_folder}/shared.db"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_database(database_url: str) -> AsyncIterator[Database]:
    database = open_database(database_url)
    yield database
    await database.dispose()


@pytest_asyncio.fixture(loop_scope="session")
async def database(shared_database: Database) -> Database:
    """The shared database without any rows."""
    statements = [f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)]
    if shared_database.dialect == "postgresql":
        # One round trip; deleting few rows is much quicker than truncating.
        statements = [f"DO $$ BEGIN {'; '.join(statements)}; END $$"]
    async with shared_database.write() as transaction:
        for statement in statements:
            await transaction.connection.exec_driver_sql(statement)
    return shared_database


@pytest_asyncio.fixture(loop_scope="session")
async def world(database: Database, database_url: str) -> World:
    return World(database=database, url=database_url)
