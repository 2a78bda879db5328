"""The use cases for one command: database brought up to date, opened, closed again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.settings import Settings
from handoff.service import Services
from handoff.store.engine import Database


@asynccontextmanager
async def open_core(settings: Settings) -> AsyncIterator[Services]:
    """The use cases on a migrated database."""
    from bot.migrations.run import upgrade_async
    from bot.wiring import build_core

    await upgrade_async(settings.database_url)
    database, core = build_core(settings)
    try:
        yield core
    finally:
        await database.dispose()


@asynccontextmanager
async def open_database_of(settings: Settings) -> AsyncIterator[Database]:
    """The migrated database alone."""
    from bot.migrations.run import upgrade_async
    from handoff.store.engine import open_database

    await upgrade_async(settings.database_url)
    database = open_database(settings.database_url)
    try:
        yield database
    finally:
        await database.dispose()
