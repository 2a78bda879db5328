"""The database under bad conditions, and the settings that promises rest on."""

from __future__ import annotations

import asyncio
import math
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from handoff.crash_points import watch
from handoff.errors import StoreUnavailable
from handoff.store.engine import CHECK_BELIEVED_S, Database, open_database
from handoff.store.tables import conversations, events, visitors
from handoff.store.types import dump_json
from handoff.transcript import MESSAGE_CHARS
from tests.handoff.world import World


def file_of(url: str) -> Path:
    return Path(str(make_url(url).database))


async def opened(url: str, **options: Any) -> World:
    return World(database=open_database(url, **options), url=url)


async def test_sqlite_is_durable_and_checks_references(sqlite_url: str) -> None:
    database = open_database(sqlite_url)

    async with database.write() as transaction:
        values = {
            name: (await transaction.connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }

    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    await database.dispose()


async def test_a_locked_database_is_unavailable_and_works_again_later(sqlite_url: str) -> None:
    world = await opened(sqlite_url, busy_timeout_s=0.1)
    chat = await world.start()
    other = sqlite3.connect(file_of(sqlite_url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable) as caught:
        await world.say(chat)
    log = await world.log(chat)
    other.execute("ROLLBACK")
    other.close()

    assert "locked" in caught.value.reason
    assert (caught.value.code, caught.value.retry_after_s) == ("store_unavailable", 2.0)
    assert log == []
    assert (await world.say(chat)).event.seq == 1
    await world.database.dispose()


async def test_a_writer_waits_for_another_process_without_stopping_the_loop(
    sqlite_url: str,
) -> None:
    world = await opened(sqlite_url, busy_timeout_s=10)
    chat = await world.start()
    other = sqlite3.connect(file_of(sqlite_url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    waiting = asyncio.create_task(world.say(chat))
    reading = await asyncio.wait_for(world.log(chat), 5)
    assert not waiting.done()
    other.execute("ROLLBACK")
    other.close()

    assert reading == []
    assert (await waiting).event.seq == 1
    await world.database.dispose()


async def test_a_full_disk_is_unavailable_and_nothing_is_half_stored(sqlite_url: str) -> None:
    world = await opened(sqlite_url, pool_size=1)
    chat = await world.start()
    async with world.database.write() as transaction:
        pages = (await transaction.connection.execute(text("PRAGMA page_count"))).scalar_one()
        await transaction.connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    n_accepted = 0
    with pytest.raises(StoreUnavailable) as caught:
        for _ in range(100):
            await world.say(chat, "x" * MESSAGE_CHARS)
            n_accepted += 1
    async with world.database.read() as connection:
        await connection.execute(text("PRAGMA max_page_count = 1000000"))

    assert "full" in caught.value.reason
    assert len(await world.log(chat)) == n_accepted
    assert (await world.say(chat)).event.seq == n_accepted + 1
    await world.database.dispose()


async def test_an_unreachable_server_is_unavailable() -> None:
    database = open_database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing", busy_timeout_s=1)

    with pytest.raises(StoreUnavailable):
        await database.check()

    await database.dispose()


@pytest.mark.postgres
async def test_a_server_that_takes_too_long_is_unavailable(postgres_url: str) -> None:
    database = open_database(postgres_url, statement_limit_s=0.2)

    with pytest.raises(StoreUnavailable):
        async with database.read() as connection:
            await connection.execute(text("SELECT pg_sleep(30)"))
    await database.check()

    await database.dispose()


@pytest.mark.postgres
async def test_a_silent_process_does_not_keep_its_locks(postgres_url: str) -> None:
    silent = await opened(postgres_url, statement_limit_s=0.3)
    other = await opened(postgres_url)
    chat = await silent.start()
    locking = select(conversations.c.id).with_for_update()

    with pytest.raises(StoreUnavailable):
        async with silent.database.write() as transaction:
            await transaction.connection.execute(locking)
            # As if this process hung: the other one waits for the lock and gets it.
            await other.say(chat)
            await transaction.connection.execute(locking)

    assert len(await other.log(chat)) == 1
    await silent.database.check()
    await silent.database.dispose()
    await other.database.dispose()


async def test_a_turn_to_write_is_not_waited_for_endlessly(sqlite_url: str) -> None:
    world = await opened(sqlite_url, busy_timeout_s=0.1)
    chat = await world.start()

    async with world.database.write():
        with pytest.raises(StoreUnavailable) as caught:
            await world.say(chat)

    assert "writers" in caught.value.reason
    assert (await world.say(chat)).event.seq == 1
    await world.database.dispose()


async def test_no_free_connection_is_unavailable(sqlite_url: str) -> None:
    database = open_database(sqlite_url, busy_timeout_s=0.05, pool_size=1)

    async with database.read():
        with pytest.raises(StoreUnavailable) as caught:
            await database.check()

    assert caught.value.reason == "no free connection"
    await database.dispose()


async def test_the_index_that_a_query_names_is_used(sqlite_url: str) -> None:
    query = select(visitors.c.id).with_hint(visitors, "INDEXED BY no_such_index", "sqlite")
    database = open_database(sqlite_url)
    try:
        with pytest.raises(StoreUnavailable, match="no_such_index"):
            async with database.read() as connection:
                await connection.execute(query)
    finally:
        await database.dispose()


async def test_a_broken_rule_is_an_error_of_ours_not_of_the_store(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.write() as transaction:
            await transaction.connection.execute(
                insert(events).values(
                    conversation_id="nowhere",
                    seq=1,
                    kind="message",
                    author="visitor",
                    text="x",
                    payload={},
                    internal={},
                    agents_only=False,
                    created_at=datetime.now(UTC),
                )
            )


async def test_a_failing_transaction_leaves_nothing_and_publishes_nothing(world: World) -> None:
    with pytest.raises(ZeroDivisionError):
        async with world.database.write(world.publisher) as transaction:
            now = world.clock.now()
            await transaction.connection.execute(
                insert(visitors).values(id="v", created_at=now, last_seen_at=now)
            )
            transaction.publish("inbox")
            raise ZeroDivisionError

    assert await world.scalar("SELECT count(*) FROM visitors") == 0
    assert world.publisher.topics == []


async def test_hints_go_out_when_what_they_tell_of_is_durable(world: World) -> None:
    order: list[str] = []
    world.publisher.listeners.append(order.append)
    watch(order.append)
    try:
        async with world.database.write(world.publisher) as transaction:
            transaction.publish("inbox")
            transaction.publish("inbox")
    finally:
        watch(None)

    assert order == ["commit.before", "commit.after", "inbox", "commit.told"]


async def test_a_cancelled_commit_leaves_the_connection_usable(sqlite_url: str) -> None:
    world = await opened(sqlite_url, pool_size=1)
    chat = await world.start()

    for n in range(10):
        task = asyncio.create_task(world.say(chat, f"message {n}"))
        for _ in range(n):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    log = await world.log(chat)
    assert [event.seq for event in log] == list(range(1, len(log) + 1))
    assert (await world.say(chat)).event.seq == len(log) + 1
    await world.database.dispose()


async def test_a_database_in_memory_works_for_trials() -> None:
    database = open_database("sqlite+aiosqlite:///:memory:")

    await database.check()

    await database.dispose()


async def test_moments_come_back_in_utc(world: World) -> None:
    moment = datetime(2026, 3, 29, 3, 30, tzinfo=timezone(timedelta(hours=3)))
    async with world.database.write() as transaction:
        await transaction.connection.execute(
            insert(visitors).values(id="v", created_at=moment, last_seen_at=moment)
        )

    async with world.database.read() as connection:
        stored = (await connection.execute(select(visitors.c.created_at))).scalar_one()

    assert stored == moment
    assert stored.tzinfo == UTC


async def test_a_moment_without_a_zone_is_refused(world: World) -> None:
    with pytest.raises(Exception, match="without a time zone"):
        async with world.database.write() as transaction:
            await transaction.connection.execute(
                insert(visitors).values(
                    id="v", created_at=datetime(2026, 1, 1), last_seen_at=world.clock.now()
                )
            )


def test_json_has_no_numbers_that_json_does_not_know() -> None:
    assert dump_json({"a": [math.nan, (math.inf, 1)]}) == '{"a":[null,[null,1]]}'
    assert dump_json({"a": "é\ud800\x00"}) == '{"a":"\\u00e9\\ud800\\u0000"}'


async def test_a_check_notices_that_nothing_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "held.db"
    database = open_database(f"sqlite+aiosqlite:///{path}", busy_timeout_s=0.1)
    await database.check()
    database._good_at = -CHECK_BELIEVED_S
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable):
        await database.check()
    holder.execute("ROLLBACK")
    await database.check()

    holder.close()
    await database.dispose()
