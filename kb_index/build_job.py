"""Builds and publishes the index from the articles in the database, as a process of its own.

    python -m kb_index.build_job [--database-url URL] --kb-dir DIR [--encoder NAME] [--force]

Without `--database-url` the address comes from the variable BABELDESK_DATABASE_URL: the gateway
hands it over in this way, because the list of processes shows arguments, and passwords in them.
The gateway starts it so that it never has to load the encoder or FAISS itself. Standard output
holds one JSON object per line: `{"event": "progress", "stage", "done", "total"}` and at the end
`{"event": "done", "changed", "snapshot_id", ...}` or `{"event": "failed", "code", "message"}`.
On failure one sentence goes to standard error and the exit code is 1. A second job for the same
folder waits for the first and then usually finds nothing to do.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from kb_index import files
from kb_index.article import Article
from kb_index.articles import ArticleStore
from kb_index.errors import KbError
from kb_index.ports import Encoder
from kb_index.versions import articles_digest

if TYPE_CHECKING:
    from kb_index.builder import SnapshotInfo

Result = TypeVar("Result")
Emit = Callable[[dict[str, Any]], None]
EncoderLoader = Callable[[str | None], Encoder]
PROGRESS_EVERY_S = 0.2
DATABASE_KEY = "BABELDESK_DATABASE_URL"
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


class JobError(KbError):
    """The job cannot start or go on; the text is one sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message


def main(argv: Sequence[str] | None = None, *, load_encoder: EncoderLoader | None = None) -> int:
    """Runs the job and gives the exit code.

    Args:
        argv: Arguments without the program's name; those of the process when None.
        load_encoder: Gives the encoder for a name (None is the default one); tests pass their own.
    """
    options = _parser().parse_args(argv)
    loader = load_encoder or _load_encoder
    try:
        run(options, emit=_print_line, load_encoder=loader)
    except Exception as error:
        code, message = _explained(error)
        _print_line({"event": "failed", "code": code, "message": message})
        sys.stderr.write(f"Building the knowledge base index failed: {message}\n")
        return 1
    return 0


def run(options: argparse.Namespace, *, emit: Emit, load_encoder: EncoderLoader) -> None:
    """Reads, builds if anything changed, publishes; reports through `emit`.

    Raises:
        KbError, SQLAlchemyError, OSError, ValueError: When it cannot.
    """
    started = time.monotonic()
    if not options.database_url:
        raise JobError("no_database_url", f"Give --database-url or set {DATABASE_KEY}.")
    url = async_url(options.database_url)
    kb_dir = Path(options.kb_dir)
    kb_dir.mkdir(parents=True, exist_ok=True)
    with _locked(kb_dir / files.LOCK, emit):
        _check_database_file(url)
        versions = asyncio.run(_with_store(url, ArticleStore.published_versions))
        emit({"event": "progress", "stage": "read", "done": len(versions), "total": len(versions)})
        result = _Job(kb_dir, url, load_encoder(options.encoder), emit).run(
            versions, force=options.force
        )
    emit({"event": "done", **result, "seconds": round(time.monotonic() - started, 3)})


def async_url(text: str) -> URL:
    """Accepts plain `sqlite:` and `postgresql:` addresses too and names the async driver.

    Raises:
        JobError: If it is no database address, or of another database.
    """
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise JobError("bad_database_url", "The database address is not a valid URL.") from error
    driver = _DRIVERS.get(url.get_backend_name())
    if driver is None:
        message = f"Databases of kind {url.get_backend_name()!r} are not supported."
        raise JobError("bad_database_url", message)
    return url.set(drivername=driver)


class _Job:
    """One look at the articles and what it leads to."""

    def __init__(self, kb_dir: Path, url: URL, encoder: Encoder, emit: Emit) -> None:
        self._kb_dir = kb_dir
        self._url = url
        self._encoder = encoder
        self._progress = _throttled(emit)
        self._emit = emit

    def run(self, versions: Sequence[tuple[str, str, str]], *, force: bool) -> dict[str, Any]:
        """Publishes a small change at once; builds everything when that is called for."""
        # Loads FAISS: kept out of the import so that a failed start stays quick.
        from kb_index import builder, delta
        from kb_index.snapshot import load_manifest

        digest = articles_digest(versions)
        path = builder.load_current_path(self._kb_dir)
        is_same = path is not None and load_manifest(path).content_digest == digest
        if force or is_same:
            fingerprint = self._encoder.fingerprint
            if not force and builder.is_up_to_date(
                self._kb_dir, content_digest=digest, fingerprint=fingerprint
            ):
                return {"changed": False, "snapshot_id": files.load_pointer(self._kb_dir)}
            return self._build()
        info = delta.build_delta(
            versions, self._load, self._encoder, folder=self._kb_dir, progress=self._progress
        )
        if info is None:
            return self._build()
        builder.publish(self._kb_dir, info.snapshot_id, is_delta=True)
        result = _told(info)
        self._emit({"event": "progress", "stage": "live", "done": 1, "total": 1})
        if delta.is_large(load_manifest(info.path)):
            return {**self._build(), "encoded": info.n_encoded}
        return result

    def _build(self) -> dict[str, Any]:
        from kb_index import builder

        info = builder.build_snapshot(
            asyncio.run(_with_store(self._url, ArticleStore.published)),
            self._encoder,
            folder=self._kb_dir,
            previous=builder.load_current_path(self._kb_dir),
            progress=self._progress,
        )
        builder.publish(self._kb_dir, info.snapshot_id)
        return _told(info)

    def _load(self, names: Sequence[tuple[str, str]]) -> Sequence[Article]:
        async def load(store: ArticleStore) -> Sequence[Article]:
            return [(await store.get(*name)).article for name in names]

        return asyncio.run(_with_store(self._url, load))


def _told(info: SnapshotInfo) -> dict[str, Any]:
    return {
        "changed": True,
        "snapshot_id": info.snapshot_id,
        "articles": info.n_articles,
        "passages": info.n_passages,
        "encoded": info.n_encoded,
    }


def _check_database_file(url: URL) -> None:
    # SQLite would make an empty database of a wrong path and then miss the tables.
    is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    if is_file and not Path(str(url.database)).is_file():
        message = f"The database file {url.database} does not exist; start the gateway once."
        raise JobError("no_database", message)


async def _with_store(url: URL, work: Callable[[ArticleStore], Awaitable[Result]]) -> Result:
    engine = create_async_engine(url)
    try:
        return await work(ArticleStore(engine))
    finally:
        await engine.dispose()


def _load_encoder(name: str | None) -> Encoder:
    from kb_index import encoder as encoders

    encoder: Encoder = encoders.load_encoder(name or encoders.DEFAULT_ENCODER)
    return encoder


@contextlib.contextmanager
def _locked(path: Path, emit: Emit) -> Iterator[None]:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            emit({"event": "progress", "stage": "wait", "done": 0, "total": 1})
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _throttled(emit: Emit) -> Callable[[str, int, int], None]:
    last: dict[str, float] = {}

    def progress(stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if 0 < done < total and now - last.get(stage, 0.0) < PROGRESS_EVERY_S:
            return
        last[stage] = now
        emit({"event": "progress", "stage": stage, "done": done, "total": total})

    return progress


def _explained(error: Exception) -> tuple[str, str]:
    if isinstance(error, KbError):
        return error.code, str(error)
    if isinstance(error, SQLAlchemyError):
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        return "database_failed", f"The articles cannot be read from the database ({cause})."
    if isinstance(error, OSError):
        what = f"{error.filename}: " if error.filename else ""
        return "file_failed", f"{what}{error.strerror or error}."
    first_line = (str(error).splitlines() or ["no details"])[0]
    return "build_failed", f"{type(error).__name__}: {first_line}."


def _print_line(data: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def database_url_from_environ() -> str | None:
    """The address in the environment, or None."""
    return os.environ.get(DATABASE_KEY) or None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kb_index.build_job", description=__doc__)
    parser.add_argument(
        "--database-url", default=database_url_from_environ(), help=f"default: {DATABASE_KEY}"
    )
    parser.add_argument("--kb-dir", required=True)
    parser.add_argument("--encoder", help="name or folder; the shipped encoder when left out")
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
