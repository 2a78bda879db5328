"""`babeldesk backup`: everything that must survive, in one file, while the desk goes on working."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from bot.migrations.errors import DatabaseForeign
from bot.migrations.run import check_async
from bot.settings import Settings, settings_given
from bot.storage.archive import FORMAT, ArchiveReader, ArchiveWriter, Manifest
from bot.storage.errors import StorageError
from bot.storage.rows import TableSum, reflect_tables
from bot.storage.sources import missing, sqlite_path, sqlite_snapshot
from bot.version import VERSION
from handoff.store.engine import open_database
from kb_index.files import load_pointer

SECRET_KEY_FILE: Final = "secret.key"
Told = Callable[[TableSum], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A finished back-up, read back and found whole."""

    path: Path
    size_bytes: int
    manifest: Manifest


async def back_up(
    settings: Settings, target: Path, *, force: bool = False, told: Told = lambda _sum: None
) -> Backup:
    """Writes a back-up of one moment and reads it back.

    Args:
        settings: Names the database and the data folder.
        target: A file, or a folder in which a file is named after the moment.
        force: Replace a file of that name.
        told: Called with each table's sum as it is done.

    Raises:
        StorageError: `backup_exists`, `backup_unreadable`, `no_database`.
        MigrationError: The database is broken, foreign or unreachable.
    """
    now = datetime.now(UTC)
    path = _file_for(target, now)
    if path.exists() and not force:
        raise StorageError(
            "backup_exists",
            happened=f"There is already a file {path}.",
            todo="Choose another name or a folder, or give --force to replace it.",
        )

    def write(connection: Connection) -> None:
        with ArchiveWriter(path) as archive:
            revision = MigrationContext.configure(connection).get_current_revision()
            if revision is None:
                raise DatabaseForeign(str(path), "its tables carry no revision")
            for table in reflect_tables(connection):
                told(archive.add_table(connection, table))
            key = settings.paths.secret_key
            if key.is_file():
                archive.add_file(SECRET_KEY_FILE, key.read_bytes())
            archive.finish(
                Manifest(
                    format=FORMAT,
                    version=VERSION,
                    revision=revision,
                    made_at=now.isoformat(timespec="seconds"),
                    database=connection.dialect.name,
                    index_id=load_pointer(settings.paths.kb),
                    settings=settings_given(),
                    tables=tuple(archive.tables),
                    files=archive.files,
                )
            )

    try:
        await _read_consistently(settings.database_url, write)
    except OSError as error:
        raise StorageError(
            "backup_unreadable",
            happened=f"The back-up {path} cannot be written ({error.strerror or error}).",
            todo="Choose a folder that exists, may be written and has space.",
        ) from error
    with ArchiveReader(path) as archive:
        archive.verify()
        return Backup(path=path, size_bytes=path.stat().st_size, manifest=archive.manifest)


async def _read_consistently(database_url: str, work: Callable[[Connection], None]) -> None:
    """Runs work on one snapshot: a read transaction of SQLite, repeatable read on PostgreSQL."""
    file = sqlite_path(database_url)
    if file is not None:
        if not file.is_file():
            raise missing(file)
        await check_async(database_url)
        with sqlite_snapshot(file) as connection:
            work(connection)
        return
    await check_async(database_url)
    database = open_database(database_url, statement_limit_s=None)
    try:
        async with database.read() as connection:
            await connection.run_sync(work)
    finally:
        await database.dispose()


def _file_for(target: Path, now: datetime) -> Path:
    if target.is_dir():
        return target / f"babeldesk-{now:%Y%m%dT%H%M%SZ}.zip"
    return target
