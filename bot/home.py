"""The data folder: created, checked for room, and the key that signs visitor tokens."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path
from typing import Final

from bot.errors import StartError
from bot.settings import PathSettings

# A first start writes a database, a model and an index: some 60 MB; below this a start would only
# half succeed.
NEEDED_BYTES: Final = 200 * 1024 * 1024
KEY_BYTES: Final = 48


def prepare_home(paths: PathSettings, *, needed_bytes: int = NEEDED_BYTES) -> None:
    """Creates the folders and checks that they can be written and that there is room.

    Raises:
        StartError: `home_unusable` or `no_disk_space`.
    """
    for folder in (paths.home, paths.kb, paths.logs):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(folder, error) from None
    try:
        probe = paths.home / f".probe-{os.getpid()}"
        probe.write_bytes(b"ok")
        probe.unlink()
    except OSError as error:
        raise _unusable(paths.home, error) from None
    free = shutil.disk_usage(paths.home).free
    if free < needed_bytes:
        raise StartError(
            "no_disk_space",
            happened=f"Only {free // 2**20} MB are free where {paths.home} lies.",
            todo=f"Free at least {needed_bytes // 2**20} MB, or move the data with BABELDESK_HOME.",
        )


def load_secret_key(path: Path) -> bytes:
    """The signing key, created once and readable by its owner only.

    Raises:
        StartError: `bad_secret_key` when the file cannot be read or is too short.
    """
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_urlsafe(KEY_BYTES).encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        # A link, not a rename: whoever comes first wins, and all processes use that one key.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise _bad_key(path, error.strerror or str(error)) from None
    if len(key) < 32:
        raise _bad_key(path, "it is too short")
    return key


def _unusable(folder: Path, error: OSError) -> StartError:
    return StartError(
        "home_unusable",
        happened=f"The folder {folder} cannot be used ({error.strerror or error}).",
        todo="Let this account write there, or choose another folder with BABELDESK_HOME.",
    )


def _bad_key(path: Path, why: str) -> StartError:
    return StartError(
        "bad_secret_key",
        happened=f"The signing key {path} cannot be used: {why}.",
        todo="Restore it from your back-up, or delete it; then every visitor starts a new session.",
    )
