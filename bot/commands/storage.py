"""`babeldesk backup`, `restore` and `move`, for people and for scripts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.commands.output import say, say_json, say_line
from bot.settings import load_settings

if TYPE_CHECKING:
    from bot.storage.archive import Manifest
    from bot.storage.move import Moved, Progress
    from bot.storage.rows import TableSum


def back_up(target: Path, *, force: bool, as_json: bool) -> None:
    """Writes a back-up and says what is in it."""
    from bot.storage.backup import back_up as write

    made = asyncio.run(write(load_settings(), target, force=force))
    if as_json:
        say_json({"path": str(made.path), "bytes": made.size_bytes, **made.manifest.as_json()})
        return
    _say_manifest(made.manifest)
    say(f"{made.path}: {made.size_bytes / 1024:,.0f} KB, read back and whole.")
    say("It holds the signing key and what visitors wrote: keep it where only you can read it.")


def restore(source: Path, *, force: bool, check: bool, as_json: bool) -> None:
    """Restores a back-up, or with `check` only reads it."""
    from bot.storage.restore import check_backup
    from bot.storage.restore import restore as put_back

    if check:
        manifest = check_backup(source)
        if as_json:
            say_json({"ok": True, **manifest.as_json()})
        else:
            _say_manifest(manifest)
            say(f"{source} is whole and can be restored.")
        return
    done = asyncio.run(put_back(load_settings(), source, force=force))
    if as_json:
        kept = str(done.kept) if done.kept else None
        say_json({"revision": done.revision, "kept": kept, **done.manifest.as_json()})
        return
    _say_manifest(done.manifest)
    if done.revision != done.manifest.revision:
        say(f"Brought from revision {done.manifest.revision} to {done.revision}.")
    if done.kept is not None:
        say(f"The former database is kept as {done.kept}.")
    say("Restored and compared. Start Babeldesk; the search index is brought up to date by itself.")


def move(target: str, *, as_json: bool) -> None:
    """Moves from SQLite to PostgreSQL and says how to cut over."""
    from bot.storage.move import move as copy

    def told(progress: Progress) -> None:
        if as_json:
            say_line({"event": "progress", "table": progress.table, "done": progress.done})
        elif progress.rows and progress.done in {0, progress.rows}:
            done = f"{progress.done:,} of {progress.rows:,}"
            say(f"  {progress.table:16} {done} rows")

    moved = asyncio.run(copy(load_settings().database_url, target, told=told))
    if as_json:
        say_line(_moved_json(moved))
        return
    say()
    _say_sums(moved.tables)
    if moved.was_done:
        say("The target has exactly these rows already: an earlier run had finished.")
    say(f"{moved.rows:,} rows are the same on both sides.")
    say()
    say("To cut over:")
    say(f"  1. set BABELDESK_DATABASE_URL={moved.target} with its password, for every gateway;")
    say("  2. start Babeldesk and look at `babeldesk doctor` and at a few tickets;")
    say("  3. put the SQLite file away. Until you start, you can still go back to it unchanged.")


def _moved_json(moved: Moved) -> dict[str, Any]:
    tables = [{"name": t.name, "rows": t.rows, "digest": t.digest} for t in moved.tables]
    return {"event": "moved", "was_done": moved.was_done, "rows": moved.rows, "tables": tables}


def _say_manifest(manifest: Manifest) -> None:
    _say_sums(entry.sum for entry in manifest.tables)
    say(
        f"{manifest.rows:,} rows, {len(manifest.files)} file(s); release {manifest.version}, "
        f"revision {manifest.revision}, {manifest.database}, {manifest.made_at}"
    )


def _say_sums(sums: Iterable[TableSum]) -> None:
    for found in sums:
        say(f"  {found.name:16} {found.rows:>10,} rows  {found.digest[:12]}")
