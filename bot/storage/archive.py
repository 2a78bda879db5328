"""The back-up file: a ZIP of JSON lines per table, a few files, and a manifest with their sums.

    manifest.json          what is inside; carries a SHA-256 of itself
    tables/<name>.jsonl    one encoded row a line (`bot.storage.rows`)
    files/<name>           such as the signing key

The form does not depend on the database, so a back-up of SQLite restores into PostgreSQL as well.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from sqlalchemy import Connection, Table

from bot.storage.errors import StorageError
from bot.storage.rows import BATCH, Summing, TableSum, read_lines

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
_LEVEL: Final = 3
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableEntry:
    """One table of the back-up and the order of its columns."""

    name: str
    columns: tuple[str, ...]
    rows: int
    digest: str

    @property
    def sum(self) -> TableSum:
        """What the rows must add up to."""
        return TableSum(name=self.name, rows=self.rows, digest=self.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a back-up holds. `settings` are those that were set, without secrets."""

    format: int
    version: str
    revision: str
    made_at: str
    database: str
    index_id: str | None
    settings: Mapping[str, str]
    tables: tuple[TableEntry, ...]
    files: Mapping[str, str]

    @property
    def rows(self) -> int:
        """All rows together."""
        return sum(table.rows for table in self.tables)

    def as_json(self) -> dict[str, Any]:
        """The manifest as it is stored."""
        body = asdict(self)
        return {**body, "checksum": _checksum(body)}


class ArchiveWriter:
    """Writes beside the place and moves there at the end; nothing is left of a failure."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._handle: IO[bytes] | None = None
        self._zip: zipfile.ZipFile | None = None
        self.tables: list[TableEntry] = []
        self.files: dict[str, str] = {}

    def __enter__(self) -> Self:
        # Names and addresses of people and the signing key: for the owner's eyes only.
        handle = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._handle = os.fdopen(handle, "w+b")
        self._zip = zipfile.ZipFile(
            self._handle, "w", compression=zipfile.ZIP_DEFLATED, compresslevel=_LEVEL
        )
        return self

    def add_table(self, connection: Connection, table: Table) -> TableSum:
        """Copies a whole table."""
        summing = Summing(table.name)
        with self._open.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as member:
            for lines in read_lines(connection, table):
                for line in lines:
                    summing.add(line)
                member.write(b"\n".join(lines) + b"\n")
        total = summing.total()
        columns = tuple(column.name for column in table.columns)
        self.tables.append(
            TableEntry(name=table.name, columns=columns, rows=total.rows, digest=total.digest)
        )
        return total

    def add_file(self, name: str, content: bytes) -> None:
        """Copies a small file."""
        self._open.writestr(f"files/{name}", content)
        self.files[name] = hashlib.sha256(content).hexdigest()

    def finish(self, manifest: Manifest) -> None:
        """Writes the manifest; what stands at the path is complete and durable on return."""
        self._open.writestr(MANIFEST, json.dumps(manifest.as_json(), indent=2))
        self._open.close()
        handle = self._handle
        if handle is None:
            raise LookupError("the archive is not open")
        handle.flush()
        os.fsync(handle.fileno())
        handle.close()
        self._handle = None
        os.replace(self._part, self._path)
        sync_folder(self._path.parent)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            self._handle.close()
        self._part.unlink(missing_ok=True)

    @property
    def _open(self) -> zipfile.ZipFile:
        if self._zip is None:
            raise LookupError("the archive is not open")
        return self._zip


class ArchiveReader:
    """Reads a back-up; every wrong byte is found by `verify`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except OSError as error:
            raise StorageError(
                "backup_unreadable",
                happened=f"The back-up {path} cannot be read ({error.strerror or error}).",
                todo="Check the path and the rights.",
            ) from error
        except zipfile.BadZipFile as error:
            raise _damaged(path, "it is not a complete ZIP file") from error
        self.manifest = self._read_manifest()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def lines(self, table: TableEntry) -> Iterator[list[bytes]]:
        """The encoded rows of a table in batches.

        Raises:
            StorageError: `backup_damaged`.
        """
        batch: list[bytes] = []
        try:
            with self._zip.open(f"tables/{table.name}.jsonl") as member:
                for line in member:
                    if line.strip():
                        batch.append(line.rstrip(b"\n"))
                    if len(batch) >= BATCH:
                        yield batch
                        batch = []
        except _DAMAGE as error:
            raise _damaged(self._path, f"table {table.name}: {error}") from error
        if batch:
            yield batch

    def file(self, name: str) -> bytes:
        """A stored file, checked.

        Raises:
            StorageError: `backup_damaged`.
        """
        try:
            content = self._zip.read(f"files/{name}")
        except _DAMAGE as error:
            raise _damaged(self._path, f"file {name}: {error}") from error
        if hashlib.sha256(content).hexdigest() != self.manifest.files[name]:
            raise _damaged(self._path, f"file {name} has another content than was stored")
        return content

    def verify(self) -> None:
        """Reads everything and compares it with the manifest.

        Raises:
            StorageError: `backup_damaged`.
        """
        for table in self.manifest.tables:
            summing = Summing(table.name)
            for lines in self.lines(table):
                for line in lines:
                    summing.add(line)
            if summing.total() != table.sum:
                raise _damaged(self._path, f"table {table.name} has other rows than were stored")
        for name in self.manifest.files:
            self.file(name)

    def _read_manifest(self) -> Manifest:
        try:
            body = json.loads(self._zip.read(MANIFEST))
            checksum = body.pop("checksum")
            form = body["format"]
            if form == FORMAT:
                tables = [{**t, "columns": tuple(t["columns"])} for t in body["tables"]]
                manifest = Manifest(**{**body, "tables": tuple(TableEntry(**t) for t in tables)})
        except _DAMAGE as error:
            raise _damaged(self._path, "it has no readable manifest") from error
        if form != FORMAT:
            raise StorageError(
                "backup_newer",
                happened=f"The back-up {self._path} has form {form}, this release reads {FORMAT}.",
                todo="Install the release that made it, or a newer one.",
            )
        if _checksum(body) != checksum:
            raise _damaged(self._path, "its manifest was changed")
        return manifest


def sync_folder(folder: Path) -> None:
    """Makes renames in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _checksum(body: Mapping[str, Any]) -> str:
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _damaged(path: Path, reason: str) -> StorageError:
    return StorageError(
        "backup_damaged",
        happened=f"The back-up {path} is damaged: {reason}.",
        todo="Nothing was changed. Take another copy of it, or an older back-up.",
    )
