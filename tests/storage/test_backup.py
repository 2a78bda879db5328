"""Back-ups hold everything of one moment, and restore wholly or not at all."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import stat
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.migrations.errors import DatabaseBroken, DatabaseForeign
from bot.migrations.run import head_revision, upgrade_async
from bot.settings import Settings
from bot.storage.archive import ArchiveReader, _checksum
from bot.storage.backup import back_up
from bot.storage.errors import StorageError
from bot.storage.restore import check_backup, restore
from bot.storage.rows import TableSum, reflect_tables, sum_table
from bot.storage.sources import sqlite_snapshot
from handoff.store.engine import open_database
from tests.bot.house import make_settings
from tests.handoff.world import World
from tests.storage.desk import fill, next_ticket, read_back

Change = Callable[[Path], None]


def on(home: Path, url: str) -> Settings:
    return make_settings(home, BABELDESK_DATABASE_URL=url)


async def refusal(settings: Settings, path: Path, *, force: bool = False) -> str:
    with pytest.raises(StorageError) as refused:
        await restore(settings, path, force=force)
    assert refused.value.todo in str(refused.value)
    return refused.value.code


async def test_a_restored_desk_shows_and_counts_as_before(
    desk: Settings, empty_home: Settings, tmp_path: Path
) -> None:
    made = await back_up(desk, tmp_path)
    done = await restore(empty_home, made.path)

    assert await read_back(empty_home.database_url) == await read_back(desk.database_url)
    assert done.manifest == made.manifest
    assert done.revision == head_revision()
    assert done.kept is None
    assert empty_home.paths.secret_key.read_text() == "k" * 64
    assert await next_ticket(empty_home.database_url) == "BD-1003"


async def test_every_table_is_counted_and_summed(desk: Settings, tmp_path: Path) -> None:
    told: list[TableSum] = []

    made = await back_up(desk, tmp_path / "one.zip", told=told.append)

    with sqlite_snapshot(desk.paths.home / "babeldesk.db") as connection:
        tables = reflect_tables(connection)
        expected = [sum_table(connection, table, table.columns.keys()) for table in tables]
    assert [entry.sum for entry in made.manifest.tables] == expected == told
    rows = {found.name: found.rows for found in expected}
    assert rows["conversations"] == 3
    assert rows["kb_revisions"] == 2
    assert made.manifest.rows == sum(rows.values())


async def test_a_backup_is_for_its_owner_only_and_names_no_secret(
    desk: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BABELDESK_BRAIN_SECRET", "sixteen-characters")
    monkeypatch.setenv("BABELDESK_BRAND", "Meltemi & Co")

    made = await back_up(desk, tmp_path)

    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert made.manifest.settings["BABELDESK_BRAND"] == "Meltemi & Co"
    assert made.manifest.settings["BABELDESK_BRAIN_SECRET"] == "(hidden)"
    assert [name for name in os.listdir(tmp_path) if name.endswith(".part")] == []


async def test_a_file_of_that_name_is_kept_unless_forced(desk: Settings, tmp_path: Path) -> None:
    path = tmp_path / "mine.zip"
    path.write_text("something else")

    with pytest.raises(StorageError) as refused:
        await back_up(desk, path)

    assert refused.value.code == "backup_exists"
    assert path.read_text() == "something else"
    assert (await back_up(desk, path, force=True)).path == path


async def test_a_folder_that_is_not_there_is_said(desk: Settings, tmp_path: Path) -> None:
    with pytest.raises(StorageError) as refused:
        await back_up(desk, tmp_path / "nowhere" / "one.zip")

    assert refused.value.code == "backup_unreadable"


async def test_a_home_without_a_database_is_said(empty_home: Settings, tmp_path: Path) -> None:
    with pytest.raises(StorageError) as refused:
        await back_up(empty_home, tmp_path)

    assert refused.value.code == "no_database"


async def test_a_backup_beside_writers_is_of_one_moment(
    desk: Settings, empty_home: Settings, tmp_path: Path
) -> None:
    """Every conversation's counter fits its log, though messages arrive while it is written."""
    database = open_database(desk.database_url)
    world = World(database=database, url=desk.database_url)
    chat = await world.start()
    loop = asyncio.get_running_loop()
    stored: list[int] = []

    async def write_one() -> None:
        stored.append((await world.say(chat, "again")).event.seq)

    def told(_sum: TableSum) -> None:
        # From another thread's loop's view: the copy runs here, the message is stored elsewhere.
        asyncio.run_coroutine_threadsafe(write_one(), loop).result(20)

    await write_one()
    made = await asyncio.to_thread(lambda: asyncio.run(back_up(desk, tmp_path, told=told)))
    await database.dispose()
    await restore(empty_home, made.path)

    assert len(stored) == len(made.manifest.tables) + 1
    copy = open_database(empty_home.database_url)
    there = World(database=copy, url=empty_home.database_url)
    log, view = await there.log(chat), await there.view(chat)
    await copy.dispose()
    assert view.cursor == len(log) == 1


async def test_a_desk_with_data_is_not_overwritten_unless_forced(
    desk: Settings, tmp_path: Path
) -> None:
    made = await back_up(desk, tmp_path)
    before = await read_back(desk.database_url)
    await next_ticket(desk.database_url)

    assert await refusal(desk, made.path) == "restore_would_overwrite"
    done = await restore(desk, made.path, force=True)

    assert await read_back(desk.database_url) == before
    assert done.kept is not None
    with sqlite_snapshot(done.kept) as kept:
        tickets = next(table for table in reflect_tables(kept) if table.name == "tickets")
        assert sum_table(kept, tickets, tickets.columns.keys()).rows == 3


async def test_a_desk_in_use_is_not_overwritten_even_when_forced(
    desk: Settings, tmp_path: Path
) -> None:
    made = await back_up(desk, tmp_path)
    gateway = open_database(desk.database_url)
    await gateway.check()

    code = await refusal(desk, made.path, force=True)

    await gateway.dispose()
    assert code == "database_in_use"


async def test_a_damaged_database_is_replaced_and_kept(desk: Settings, tmp_path: Path) -> None:
    made = await back_up(desk, tmp_path)
    before = await read_back(desk.database_url)
    file = desk.paths.home / "babeldesk.db"
    file.write_bytes(b"scrap" * 4000)
    file.with_name("babeldesk.db-wal").write_bytes(b"old log")

    assert await refusal(desk, made.path) == "restore_would_overwrite"
    done = await restore(desk, made.path, force=True)

    assert await read_back(desk.database_url) == before
    assert done.kept is not None
    assert done.kept.read_bytes() == b"scrap" * 4000
    assert done.kept.with_name(f"{done.kept.name}-wal").read_bytes() == b"old log"


async def test_a_damaged_database_cannot_be_backed_up(desk: Settings, tmp_path: Path) -> None:
    (desk.paths.home / "babeldesk.db").write_bytes(b"scrap" * 4000)

    with pytest.raises(DatabaseBroken):
        await back_up(desk, tmp_path / "one.zip")

    assert not (tmp_path / "one.zip").exists()


def flip(path: Path) -> None:
    """Flips a bit of what is stored; in a header, which nobody reads, it would change nothing."""
    with zipfile.ZipFile(path) as archive:
        member = max(archive.infolist(), key=lambda info: info.compress_size)
    content = bytearray(path.read_bytes())
    lengths = struct.unpack_from("<HH", content, member.header_offset + 26)
    data = member.header_offset + 30 + sum(lengths)
    content[data + member.compress_size // 2] ^= 0x40
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def no_zip(path: Path) -> None:
    path.write_text("a shopping list")


def rewrite(path: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """Another content under right ZIP checksums, as somebody with an editor would leave it."""
    with zipfile.ZipFile(path) as old:
        members = {member: old.read(member) for member in old.namelist()}
    members[name] = change(members[name])
    with zipfile.ZipFile(path, "w") as new:
        for member, content in members.items():
            new.writestr(member, content)


def edited_row(path: Path) -> None:
    rewrite(path, "tables/visitors.jsonl", lambda b: b.replace(b"el-GR", b"el-CY"))


def lost_row(path: Path) -> None:
    rewrite(path, "tables/events.jsonl", lambda b: b[b.index(b"\n") + 1 :])


def edited_key(path: Path) -> None:
    rewrite(path, "files/secret.key", lambda b: b.replace(b"k", b"j"))


def lost_table(path: Path) -> None:
    with zipfile.ZipFile(path) as old:
        members = {m: old.read(m) for m in old.namelist() if m != "tables/tickets.jsonl"}
    with zipfile.ZipFile(path, "w") as new:
        for member, content in members.items():
            new.writestr(member, content)


@pytest.mark.parametrize(
    "damage", [flip, cut, no_zip, edited_row, lost_row, edited_key, lost_table]
)
async def test_a_damaged_backup_changes_nothing(
    desk: Settings, empty_home: Settings, tmp_path: Path, damage: Change
) -> None:
    made = await back_up(desk, tmp_path)
    damage(made.path)

    assert await refusal(empty_home, made.path) == "backup_damaged"
    assert not (empty_home.paths.home / "babeldesk.db").exists()
    assert not empty_home.paths.secret_key.exists()


async def test_a_manifest_cannot_be_edited(desk: Settings, tmp_path: Path) -> None:
    made = await back_up(desk, tmp_path)
    rewrite(made.path, "manifest.json", lambda b: b.replace(b'"sqlite"', b'"sqlite3"', 1))

    with pytest.raises(StorageError) as refused:
        check_backup(made.path)

    assert refused.value.code == "backup_damaged"


@pytest.mark.parametrize("change", [{"revision": "9999"}, {"format": 2}])
async def test_a_backup_of_a_newer_release_is_refused(
    desk: Settings, empty_home: Settings, tmp_path: Path, change: dict[str, object]
) -> None:
    made = await back_up(desk, tmp_path)
    with ArchiveReader(made.path) as archive:
        newer = json.loads(json.dumps({**archive.manifest.as_json(), **change}))
    del newer["checksum"]
    newer["checksum"] = _checksum(newer)
    rewrite(made.path, "manifest.json", lambda _old: json.dumps(newer).encode())

    assert await refusal(empty_home, made.path) == "backup_newer"


async def test_the_way_back_from_a_newer_release(desk: Settings, tmp_path: Path) -> None:
    made = await back_up(desk, tmp_path)
    before = await read_back(desk.database_url)
    with closing(sqlite3.connect(desk.paths.home / "babeldesk.db")) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.commit()

    assert await refusal(desk, made.path) == "restore_would_overwrite"
    await restore(desk, made.path, force=True)

    assert await read_back(desk.database_url) == before


async def test_another_programs_file_is_never_replaced(
    desk: Settings, empty_home: Settings, tmp_path: Path
) -> None:
    made = await back_up(desk, tmp_path)
    with closing(sqlite3.connect(empty_home.paths.home / "babeldesk.db")) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")

    with pytest.raises(DatabaseForeign):
        await restore(empty_home, made.path, force=True)


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["recipes", "alembic_version"])
async def test_another_programs_database_is_never_replaced(
    desk: Settings, tmp_path: Path, postgres: str, table: str
) -> None:
    made = await back_up(desk, tmp_path)
    database = open_database(postgres)
    async with database.write() as transaction:
        for name in ("cooks", table):
            await transaction.connection.execute(text(f"CREATE TABLE {name} (name TEXT)"))
    await database.dispose()

    with pytest.raises(DatabaseForeign):
        await restore(on(tmp_path / "server", postgres), made.path, force=True)


async def test_a_backup_that_is_not_there_is_said(empty_home: Settings, tmp_path: Path) -> None:
    assert await refusal(empty_home, tmp_path / "nothing.zip") == "backup_unreadable"


_CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from bot.settings import build_settings
from bot.storage.restore import restore
home, source, last = sys.argv[1:]
def stage(name):
    if name == last:
        os.kill(os.getpid(), signal.SIGKILL)
settings = build_settings({"BABELDESK_HOME": home})
asyncio.run(restore(settings, Path(source), force=True, stage=stage))
"""


@pytest.mark.parametrize("last", ["checked", "events", "migrated", "kept", "replaced"])
async def test_a_restore_killed_anywhere_leaves_the_old_or_the_new_and_can_be_repeated(
    desk: Settings, tmp_path: Path, last: str
) -> None:
    made = await back_up(desk, tmp_path)
    backed_up = await read_back(desk.database_url)
    await next_ticket(desk.database_url)
    changed = await read_back(desk.database_url)

    home = str(desk.paths.home)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _CHILD, home, str(made.path), last
    )

    assert await child.wait() == -signal.SIGKILL
    found = await read_back(desk.database_url)
    assert found == (backed_up if last == "replaced" else changed)
    await restore(desk, made.path, force=True)
    assert await read_back(desk.database_url) == backed_up
    assert [p.name for p in desk.paths.home.iterdir() if "restoring" in p.name] == []


@pytest.mark.postgres
async def test_a_backup_of_sqlite_restores_into_postgresql_and_back(
    desk: Settings, empty_home: Settings, tmp_path: Path, postgres: str
) -> None:
    first = await back_up(desk, tmp_path / "first.zip")
    server = on(tmp_path / "server", postgres)

    await restore(server, first.path)
    second = await back_up(server, tmp_path / "second.zip")
    await restore(empty_home, second.path)

    expected = await read_back(desk.database_url)
    assert await read_back(postgres) == expected
    assert await read_back(empty_home.database_url) == expected
    assert {t.name: t.rows for t in second.manifest.tables} == {
        t.name: t.rows for t in first.manifest.tables
    }


@pytest.mark.postgres
async def test_postgresql_is_overwritten_only_when_forced_and_not_in_use(
    filled_postgres: str, tmp_path: Path
) -> None:
    server = on(tmp_path / "server", filled_postgres)
    made = await back_up(server, tmp_path)
    before = await read_back(filled_postgres)
    await next_ticket(filled_postgres)

    assert await refusal(server, made.path) == "restore_would_overwrite"
    gateway = open_database(filled_postgres)
    await gateway.check()
    assert await refusal(server, made.path, force=True) == "database_in_use"
    await gateway.dispose()
    await restore(server, made.path, force=True)

    assert await read_back(filled_postgres) == before


@pytest.mark.postgres
async def test_a_failed_restore_into_postgresql_leaves_it_as_it_was(
    filled_postgres: str, tmp_path: Path
) -> None:
    server = on(tmp_path / "server", filled_postgres)
    made = await back_up(server, tmp_path)
    await next_ticket(filled_postgres)
    changed = await read_back(filled_postgres)

    def stage(name: str) -> None:
        if name == "migrated":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await restore(server, made.path, force=True, stage=stage)

    assert await read_back(filled_postgres) == changed


async def test_a_migrated_but_empty_database_may_be_filled(
    desk: Settings, empty_home: Settings, tmp_path: Path
) -> None:
    made = await back_up(desk, tmp_path)
    await upgrade_async(empty_home.database_url)

    await restore(empty_home, made.path)

    assert await read_back(empty_home.database_url) == await read_back(desk.database_url)


def test_the_commands_speak_to_people_and_scripts(desk: Settings, tmp_path: Path) -> None:
    def babeldesk(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot.cli", *arguments],
            env={**os.environ, "BABELDESK_HOME": str(home)},
            capture_output=True,
            text=True,
        )

    path, home = tmp_path / "one.zip", tmp_path / "third"
    made = babeldesk(desk.paths.home, "backup", str(path))
    checked = babeldesk(home, "restore", "--check", "--json", str(path))
    done = babeldesk(home, "restore", str(path))
    refused = babeldesk(home, "restore", str(path))

    assert made.returncode == 0, made.stderr
    assert "read back and whole" in made.stdout
    assert json.loads(checked.stdout)["ok"] is True
    assert done.returncode == 0, done.stderr
    assert "Restored and compared" in done.stdout
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    with closing(sqlite3.connect(home / "babeldesk.db")) as found:
        assert found.execute("SELECT count(*) FROM conversations").fetchone() == (3,)


async def test_filling_twice_is_not_how_desks_differ(tmp_path: Path) -> None:
    """Sums see every change: two desks with the same use but other ids and times differ."""
    sums = []
    for name in ("a", "b"):
        url = f"sqlite+aiosqlite:///{tmp_path / name}.db"
        await upgrade_async(url)
        await fill(url)
        with sqlite_snapshot(tmp_path / f"{name}.db") as connection:
            tables = reflect_tables(connection)
            sums.append([sum_table(connection, t, t.columns.keys()) for t in tables])

    assert [found.rows for found in sums[0]] == [found.rows for found in sums[1]]
    assert sums[0] != sums[1]
