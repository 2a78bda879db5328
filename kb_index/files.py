"""Durable files: checksums, writing that survives a power cut, and the layout of the index folder.

<kb-dir>/current                 text: id of the published snapshot
<kb-dir>/snapshots/<id>/...      one immutable folder each
<kb-dir>/build.lock              held by the one running build
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

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


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
