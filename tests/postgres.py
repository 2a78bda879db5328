"""Databases of their own on the tests' PostgreSQL server."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy.engine import make_url

# The shared conftest names a server here where one can be had.
POSTGRES_VARIABLE = "BABELDESK_TEST_POSTGRES_URL"


@asynccontextmanager
async def empty_postgres(*, synchronous: bool = False) -> AsyncIterator[str]:
    """The URL of a new database, dropped afterwards; skips where there is no server.

    `synchronous` commits to disk as in production, for measurements.
    """
    server = os.environ.get(POSTGRES_VARIABLE)
    if server is None:
        pytest.skip(
            f"no PostgreSQL server: none answers on 127.0.0.1:5432, {POSTGRES_VARIABLE} unset"
        )
    name = f"babeldesk_test_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    try:
        connection = await asyncpg.connect(server, timeout=5)
    except (OSError, asyncpg.PostgresError) as error:
        pytest.skip(f"the PostgreSQL server of {POSTGRES_VARIABLE} refuses: {error}")
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
        if not synchronous:
            # The server's disk is not under test; what a crash of a client leaves is the same.
            await connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        url = make_url(server).set(drivername="postgresql+asyncpg", database=name)
        try:
            yield url.render_as_string(hide_password=False)
        finally:
            await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()
