"""Fixtures of the knowledge base tests: an encoder, a built index, databases of both kinds."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from kb_index.builder import SnapshotInfo, build_snapshot, publish
from kb_index.index import Snapshot
from kb_index.tables import metadata
from tests.kb_index.factory import shop
from tests.kb_index.hashing_encoder import HashingEncoder

POSTGRES_URL = os.environ.get(
    "BABELDESK_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
)


@pytest.fixture
def encoder() -> HashingEncoder:
    """A fresh encoder that counts its work."""
    return HashingEncoder()


@pytest.fixture(scope="session")
def shop_info(tmp_path_factory: pytest.TempPathFactory) -> SnapshotInfo:
    """The small shop, built and published once."""
    folder = tmp_path_factory.mktemp("kb")
    info = build_snapshot(shop(), HashingEncoder(), folder=folder)
    publish(folder, info.snapshot_id)
    return info


@pytest.fixture(scope="session")
def shop_snapshot(shop_info: SnapshotInfo) -> Snapshot:
    """The small shop, opened."""
    return Snapshot.open(shop_info.path, fingerprint="hashing-256")


@pytest_asyncio.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """An engine on an empty database with the article tables."""
    if request.param == "sqlite":
        engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'kb.db'}")
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        yield engine
        await engine.dispose()
        return
    name = f"kb_test_{uuid.uuid4().hex}"
    await _run_on_server(f'CREATE DATABASE "{name}"')
    url = POSTGRES_URL.replace("postgresql://", "postgresql+asyncpg://").rsplit("/", 1)[0]
    engine = create_async_engine(f"{url}/{name}")
    try:
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        yield engine
    finally:
        await engine.dispose()
        await _run_on_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _run_on_server(statement: str) -> None:
    try:
        connection = await asyncpg.connect(POSTGRES_URL, timeout=3)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        pytest.skip(f"No PostgreSQL server answers at {POSTGRES_URL}: {error}")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
