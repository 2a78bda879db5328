"""Desks on both databases for the tests of back-up, restore and move."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.migrations.run import upgrade, upgrade_async
from bot.settings import Settings
from tests.bot.house import make_settings
from tests.postgres import empty_postgres
from tests.storage.desk import fill


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("desk") / "babeldesk.db"
    upgrade(sqlite_url(path))
    asyncio.run(fill(sqlite_url(path)))
    return path


@pytest.fixture
def desk(tmp_path: Path, filled_file: Path) -> Settings:
    """A home of SQLite with a desk in it and a signing key."""
    settings = make_settings(tmp_path / "home")
    shutil.copy(filled_file, settings.paths.home / "babeldesk.db")
    settings.paths.secret_key.write_text("k" * 64)
    return settings


@pytest.fixture
def empty_home(tmp_path: Path) -> Settings:
    """Another home, in which nothing was ever started."""
    return make_settings(tmp_path / "other")


@pytest_asyncio.fixture
async def postgres() -> AsyncIterator[str]:
    async with empty_postgres() as url:
        yield url


@pytest_asyncio.fixture
async def filled_postgres(postgres: str) -> str:
    await upgrade_async(postgres)
    await fill(postgres)
    return postgres
