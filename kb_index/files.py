"""Durable files: checksums, writing that survives a power cut, and the layout of the index folder.

<kb-dir>/current                 text: id of the published snapshot
<kb-dir>/snapshots/<id>/...      one immutable folder each
<kb-dir>/build.lock              held by the one running build
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

POINTER = "current"
SNAPSHOTS = "snapshots"
LOCK = "build.lock"
MANIFEST = "manifest.json"
_BLOCK_BYTES = 1 << 20


def snapshot_folder(kb_dir: Path, snapshot_id: str) -> Path:
    """Where a snapshot lives."""
    return kb_dir / SNAPSHOTS / snapshot_id


def load_pointer(kb_dir: Path) -> str | None:
    """Id of the published snapshot; None when nothing was published or the text is no id."""
    try:
        text = (kb_dir / POINTER).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        return None
    is_name = bool(text) and not text.startswith(".") and "/" not in text and "\\" not in text
    return text if is_name and len(text) <= 120 and text.isprintable() else None


def save_text(path: Path, text: str) -> None:
    """Replaces a file so that a reader, or a power cut, sees the old text or the new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    sync_folder(path.parent)


def save_json(path: Path, data: object) -> None:
    """As `save_text`, with sorted keys."""
    save_text(path, json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


def sync_folder(folder: Path) -> None:
    """Makes renames inside a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Makes a written file durable."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def link_file(source: Path, target: Path) -> None:
    """Gives a file a second name; copies it where the file system knows no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        sync_file(target)


class Entry(Protocol):
    """What is promised of a file."""

    @property
    def n_bytes(self) -> int:
        """Its size."""
        ...

    @property
    def sha256(self) -> str:
        """Its checksum, hex."""
        ...


@dataclass(frozen=True, slots=True)
class Stamp:
    """Identity of a file with its promised checksum; equal stamps mean equal contents.

    Attributes:
        place: Device and inode: hard links share it.
    """

    place: tuple[int, int]
    n_bytes: int
    changed_ns: int
    sha256: str


def stamp(path: Path, entry: Entry) -> Stamp:
    """Looks at a file without reading it.

    Raises:
        OSError: If it is not there.
    """
    found = path.stat()
    return Stamp((found.st_dev, found.st_ino), found.st_size, found.st_mtime_ns, entry.sha256)


def stamps(folder: Path, entries: Mapping[str, Entry]) -> dict[str, Stamp]:
    """Stamps of several files of a folder."""
    return {name: stamp(folder / name, entry) for name, entry in entries.items()}


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
