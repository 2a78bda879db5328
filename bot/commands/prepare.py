"""The steps before serving, in a process of its own: `python -m bot.commands.prepare`.

Migrations, the import of articles and the encoder's identity need libraries that the gateway never
uses again; their memory goes back when this process ends. Standard output holds one JSON object
per line: first `{"event": "model", "name", "fits"}`, so that the brain can be started beside the
rest, then `said` and `complained` sentences, at the end `{"event": "done", "index"}`, where
`index` is "good", "stale", "unusable" or "none". A foreseen failure is
`{"event": "failed", "code", "happened", "todo"}` with exit code 1.
"""

from __future__ import annotations

import asyncio
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.commands.output import say_line
from bot.errors import BotError, StartError
from bot.settings import Settings, load_settings

if TYPE_CHECKING:
    from handoff.store.engine import Database
    from kb_index.articles import ArticleStore

# Articles are imported in about two seconds; only a slow machine needs the time said.
SHOWN_AFTER_S: Final = 1.0


class IndexState(StrEnum):
    """What the published index is worth for the present articles and encoder."""

    GOOD = "good"
    STALE = "stale"
    UNUSABLE = "unusable"
    NONE = "none"


def main() -> int:
    """Runs all steps; gives the exit code."""
    try:
        settings = load_settings()
        _tell_model(settings)
        asyncio.run(_prepare(settings))
    except Exception as error:
        if not _is_foreseen(error):
            raise
        happened, todo = (
            (error.happened, error.todo) if isinstance(error, StartError) else (str(error), "")
        )
        say_line(
            {
                "event": "failed",
                "code": str(getattr(error, "code", "start_failed")),
                "happened": happened,
                "todo": todo,
            }
        )
        return 1
    return 0


def index_state(kb_dir: Path, *, content_digest: str, fingerprint: str) -> IndexState:
    """Judges the published index by its manifest; its files are checked by whoever opens them."""
    import json

    from kb_index import files
    from kb_index.manifest import manifest_from_json

    if not (kb_dir / files.POINTER).is_file():
        return IndexState.NONE
    snapshot_id = files.load_pointer(kb_dir)
    if snapshot_id is None:
        return IndexState.UNUSABLE
    path = files.snapshot_folder(kb_dir, snapshot_id) / files.MANIFEST
    try:
        manifest = manifest_from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return IndexState.UNUSABLE
    if manifest.encoder != fingerprint:
        return IndexState.UNUSABLE
    return IndexState.GOOD if manifest.content_digest == content_digest else IndexState.STALE


def _tell_model(settings: Settings) -> None:
    from bot.model_store import find_model

    model = None
    if settings.brain.url is None:
        model = find_model(settings.paths.models, encoder=settings.brain.encoder)
    say_line(
        {
            "event": "model",
            "name": None if model is None else model.name,
            "fits": model is not None and model.fits,
        }
    )


async def _prepare(settings: Settings) -> None:
    from bot.migrations.run import upgrade_async
    from handoff.store.engine import open_database
    from kb_index.articles import ArticleStore
    from kb_index.encoder import DEFAULT_ENCODER, encoder_fingerprint

    report = await upgrade_async(settings.database_url)
    if report.changed:
        _said(f"  Database brought to revision {report.after}.")
    if settings.brain.url is not None:
        say_line({"event": "done", "index": IndexState.GOOD.value})
        return
    database = open_database(settings.database_url)
    try:
        store = ArticleStore(database.engine)
        if settings.paths.content.is_dir() and not await store.list():
            await _import_articles(store, settings.paths.content)
        await _load_desk(database)
        digest = await store.published_digest()
    finally:
        await database.dispose()
    state = index_state(
        settings.paths.kb,
        content_digest=digest,
        fingerprint=encoder_fingerprint(settings.brain.encoder or DEFAULT_ENCODER),
    )
    say_line({"event": "done", "index": state.value})


async def _import_articles(store: ArticleStore, folder: Path) -> None:
    """Fills an empty knowledge base with the demo articles; a used one is never touched."""
    _said("  Importing the demo articles ...")
    began = time.monotonic()
    report = await store.import_folder(folder)
    took = time.monotonic() - began
    after = f" in {took:.1f} s" if took >= SHOWN_AFTER_S else ""
    _said(f"    {len(report.added)} articles{after}")
    for problem in report.problems:
        say_line({"event": "complained", "text": f"    left out: {problem}"})


async def _load_desk(database: Database) -> None:
    """Fills an empty desk with the demo's canned replies, macros and rules, which are off."""
    from bot.rules_file import DEMO_DESK, read_desk_file
    from handoff.ports import Ports
    from handoff.rules.desk_file import DeskFiles

    if not DEMO_DESK.is_file():
        return
    data = read_desk_file(DEMO_DESK)
    await DeskFiles(database, Ports()).load(
        data, actor_id=None, only_if_empty=True, source=DEMO_DESK.name
    )


def _said(text: str) -> None:
    say_line({"event": "said", "text": text})


def _is_foreseen(error: Exception) -> bool:
    """Errors of our packages carry a sentence for people; anything else is a fault of ours."""
    return isinstance(error, BotError) or (
        hasattr(error, "code")
        and type(error).__module__.split(".")[0] in {"bot", "handoff", "kb_index", "nlu"}
    )


if __name__ == "__main__":
    sys.exit(main())
