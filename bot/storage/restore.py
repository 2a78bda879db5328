"""`babeldesk restore`: a back-up becomes the database, wholly or not at all.

SQLite: a new file is filled, checked and migrated aside, then renamed over the old one, which stays
as `<name>.before-<moment>`. PostgreSQL: everything is one transaction. A kill at any point leaves
the old database or the new one; running the command again finishes the work.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, MetaData, text
from sqlalchemy.engine import make_url

from bot.migrations.errors import DatabaseBroken, DatabaseForeign, DatabaseNewer
from bot.migrations.run import (
    ADVISORY_LOCK,
    check_async,
    head_revision,
    known_revisions,
    upgrade_connection,
)
from bot.settings import Settings
from bot.storage.archive import ArchiveReader, Manifest, sync_folder
from bot.storage.backup import SECRET_KEY_FILE
from bot.storage.errors import StorageError
from bot.storage.rows import (
    REVISION_TABLE,
    count_rows,
    insert_lines,
    reflect_tables,
    set_sequences,
    sum_table,
)
from bot.storage.sources import in_use, new_sqlite, sole_sqlite, sqlite_path
from handoff.store.engine import open_database

# Called with a stage as it begins: a table's name, or one of the words below.
Stage = Callable[[str], None]
CHECKED: Final = "checked"
FILLED: Final = "filled"
MIGRATED: Final = "migrated"
KEPT: Final = "kept"
REPLACED: Final = "replaced"
SERVER_LOOKS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did; `kept` is where the former SQLite file lies."""

    manifest: Manifest
    revision: str
    kept: Path | None


def check_backup(path: Path) -> Manifest:
    """Reads a back-up from end to end and says what is in it; changes nothing.

    Raises:
        StorageError: `backup_unreadable`, `backup_damaged`, `backup_newer`.
    """
    with ArchiveReader(path) as archive:
        archive.verify()
        if archive.manifest.revision not in known_revisions():
            raise StorageError(
                "backup_newer",
                happened=f"The back-up was made by release {archive.manifest.version} with "
                f"revision {archive.manifest.revision}, which this release does not know.",
                todo="Install that release or a newer one, then restore.",
            )
        return archive.manifest


async def restore(
    settings: Settings, path: Path, *, force: bool = False, stage: Stage = lambda _stage: None
) -> Restored:
    """Makes a back-up the database and puts its signing key in place.

    Args:
        settings: Names the database and the data folder.
        path: The back-up.
        force: Replace a database that holds data.
        stage: Told how far it is.

    Raises:
        StorageError: See `check_backup`; also `restore_would_overwrite`, `database_in_use`,
            `restore_mismatch`. Nothing was changed.
    """
    manifest = check_backup(path)
    stage(CHECKED)
    settings.paths.home.mkdir(parents=True, exist_ok=True)
    with ArchiveReader(path) as archive:
        key = archive.file(SECRET_KEY_FILE) if SECRET_KEY_FILE in manifest.files else None
        file = sqlite_path(settings.database_url)
        if file is not None:
            damaged = await _is_damaged(settings.database_url, file)
            if damaged and not force:
                raise _would_overwrite(str(file))
            held = nullcontext() if damaged else _held(file, force=force)
            with held:
                kept = _into_sqlite(file, archive, stage)
        else:
            await _into_postgresql(settings.database_url, archive, force=force, stage=stage)
            kept = None
    if key is not None:
        _put_key(settings.paths.secret_key, key)
    return Restored(manifest=manifest, revision=head_revision(), kept=kept)


async def _is_damaged(database_url: str, file: Path) -> bool:
    """Looks without touching: SQLite itself would throw away what lies beside a damaged file.

    Raises:
        DatabaseForeign: If it is another program's.
    """
    if not await asyncio.to_thread(file.is_file):
        return False
    try:
        await check_async(database_url)
    except DatabaseBroken:
        # A damaged file is what back-ups are for; it is kept all the same.
        return True
    except DatabaseNewer:
        # The way back from an upgrade.
        return False
    return False


def _into_sqlite(file: Path, archive: ArchiveReader, stage: Stage) -> Path | None:
    file.parent.mkdir(parents=True, exist_ok=True)
    for leftover in file.parent.glob(f".{file.name}.*.restoring*"):
        leftover.unlink()
    fresh = file.with_name(f".{file.name}.{os.getpid()}.restoring")
    try:
        with new_sqlite(fresh) as connection:
            _fill(connection, archive, stage)
        _sync_file(fresh)
        kept = _keep(file)
        stage(KEPT)
        os.replace(fresh, file)
        sync_folder(file.parent)
        stage(REPLACED)
        return kept
    finally:
        fresh.unlink(missing_ok=True)


async def _into_postgresql(
    database_url: str, archive: ArchiveReader, *, force: bool, stage: Stage
) -> None:
    where = make_url(database_url).render_as_string(hide_password=True)
    database = open_database(database_url, statement_limit_s=None)

    def replace(connection: Connection) -> None:
        check_sole_postgresql(connection, where)
        drop_for_refill(connection, where, force=force)
        _fill(connection, archive, stage)

    try:
        async with database.write() as transaction:
            await transaction.connection.run_sync(replace)
    finally:
        await database.dispose()


def check_sole_postgresql(connection: Connection, where: str) -> None:
    """Takes the lock of the migrations and makes sure that no gateway is connected.

    Raises:
        StorageError: `database_in_use`.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = 'babeldesk' AND pid <> pg_backend_pid()"
    )
    # The server takes a moment to notice that a killed client is gone.
    for _ in range(SERVER_LOOKS):
        if not connection.execute(others).scalar_one():
            return
        connection.execute(text("SELECT pg_stat_clear_snapshot(), pg_sleep(0.2)"))
    raise in_use(where)


def drop_for_refill(connection: Connection, where: str, *, force: bool) -> None:
    """Drops our tables.

    Raises:
        StorageError: `restore_would_overwrite` if they hold rows and `force` is not given.
        DatabaseForeign: If the tables are not ours.
    """
    metadata = MetaData()
    metadata.reflect(connection)
    others = metadata.tables.keys() - {REVISION_TABLE}
    if others and not {REVISION_TABLE, "conversations"} <= metadata.tables.keys():
        raise DatabaseForeign(where, "it has tables that are not ours")
    if not force and holds_rows(connection):
        raise _would_overwrite(where)
    metadata.drop_all(connection)


def holds_rows(connection: Connection) -> bool:
    """Whether any table has a row."""
    return any(count_rows(connection, table) for table in reflect_tables(connection))


def _fill(connection: Connection, archive: ArchiveReader, stage: Stage) -> None:
    """The schema of the back-up's revision, its rows, the comparison, then the way to today."""
    manifest = archive.manifest
    upgrade_connection(connection, manifest.revision)
    tables = {table.name: table for table in reflect_tables(connection)}
    entries = {entry.name: entry for entry in manifest.tables}
    for name, table in tables.items():
        entry = entries.get(name)
        if entry is None or set(entry.columns) != set(table.columns.keys()):
            raise _mismatch(name, f"has other columns than revision {manifest.revision}")
        stage(name)
        for lines in archive.lines(entry):
            insert_lines(connection, table, entry.columns, lines)
        if sum_table(connection, table, entry.columns) != entry.sum:
            raise _mismatch(name, "does not read back as it was stored")
    if unknown := entries.keys() - tables.keys():
        raise _mismatch(", ".join(sorted(unknown)), f"is unknown to revision {manifest.revision}")
    set_sequences(connection, tables.values())
    stage(FILLED)
    upgrade_connection(connection)
    stage(MIGRATED)


@contextmanager
def _held(file: Path, *, force: bool) -> Iterator[None]:
    """Keeps everybody else from the old file, which must be empty or given up by `--force`."""
    if not file.exists() or file.stat().st_size == 0:
        yield
        return
    with sole_sqlite(file) as connection:
        if not force and holds_rows(connection):
            raise _would_overwrite(str(file))
        yield


def _keep(file: Path) -> Path | None:
    """Gives the old file a second name; what it still had in its log is in it or beside it."""
    if not file.exists():
        return None
    kept = file.with_name(f"{file.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")
    os.link(file, kept)
    for suffix in ("-wal", "-shm"):
        beside = file.with_name(file.name + suffix)
        with suppress(FileNotFoundError):
            # Left by a damaged file only: it must never meet the new one.
            os.replace(beside, kept.with_name(kept.name + suffix))
    return kept


def _put_key(path: Path, key: bytes) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
    sync_folder(path.parent)


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _would_overwrite(where: str) -> StorageError:
    return StorageError(
        "restore_would_overwrite",
        happened=f"The database {where} already holds data, or cannot be read.",
        todo="Nothing was changed. Back it up, then give --force to replace it.",
    )


def _mismatch(table: str, reason: str) -> StorageError:
    return StorageError(
        "restore_mismatch",
        happened=f"Table {table} {reason}.",
        todo="Nothing was changed. Take another back-up; report it if it happens again.",
    )
