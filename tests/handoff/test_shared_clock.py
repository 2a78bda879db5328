"""One clock for all: a gateway whose own is wrong steals no turn and calls no message late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from handoff.database_clock import DatabaseClock
from handoff.errors import StoreUnavailable
from handoff.overdue import Overdue
from handoff.ports import ManualClock
from handoff.service import Services
from handoff.store.engine import open_database
from handoff.work.clock import database_now
from tests.handoff.world import World, answered

WRONG = [timedelta(hours=1), timedelta(hours=-1)]
LATE = timedelta(seconds=28)
on_postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


def services_with_wrong_clock(world: World, wrong: timedelta) -> Services:
    """As in a gateway that could not measure the database's clock and whose own is wrong."""
    return world.build(
        world.database, clock=ManualClock(datetime.now(UTC) + wrong), shared_now=database_now
    )


@pytest.mark.parametrize("wrong", WRONG)
async def test_leases_of_turns_go_by_the_databases_clock(world: World, wrong: timedelta) -> None:
    right, other = (
        world.build(world.database, shared_now=database_now),
        services_with_wrong_clock(world, wrong),
    )
    chat = await world.start()
    await world.say(chat)
    claim = await right.turns.claim(chat.id, lease_s=30)
    assert claim is not None

    assert await other.turns.waiting() == []
    assert await other.turns.claim(chat.id, lease_s=30) is None
    await right.turns.release(claim)
    lease = await other.turns.claim(chat.id, lease_s=30)
    assert lease is not None
    async with world.database.read() as connection:
        left = lease.lease_until - await database_now(connection)
    assert timedelta(seconds=20) < left <= timedelta(seconds=30)
    assert await right.turns.claim(chat.id, lease_s=30) is None
    assert await other.turns.renew(lease, lease_s=0)
    assert await right.turns.waiting() == [chat.id]


@pytest.mark.postgres
@on_postgres
@pytest.mark.parametrize("wrong", WRONG)
async def test_a_clock_that_follows_the_database_ignores_the_hosts(
    world: World, wrong: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + wrong

    monkeypatch.setattr("handoff.database_clock.datetime", Wrong)
    clock = DatabaseClock(world.database)
    assert abs(clock.now() - datetime.now(UTC) - wrong) < timedelta(minutes=1)

    await clock.measure()

    async with world.database.read() as connection:
        assert abs(clock.now() - await database_now(connection)) < timedelta(seconds=2)


async def test_the_time_goes_on_between_measurements_and_while_the_database_is_away(
    world: World,
) -> None:
    seconds = [0.0]
    clock = DatabaseClock(world.database, monotonic=lambda: seconds[0])
    await clock.measure()
    first = clock.now()
    seconds[0] = 2.5
    assert clock.now() == first + timedelta(seconds=2.5)

    clock._database = open_database("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    with pytest.raises(StoreUnavailable):
        await clock._database.check()
    await clock.measure()

    assert clock.now() == first + timedelta(seconds=2.5)
    await clock._database.dispose()


@pytest.mark.parametrize("wrong", WRONG)
async def test_the_watchdog_of_a_host_with_a_wrong_clock_calls_nothing_late(
    world: World, wrong: timedelta
) -> None:
    clock = DatabaseClock(world.database)
    await clock.measure()
    right = world.build(world.database, clock=clock, shared_now=database_now)
    other = services_with_wrong_clock(world, wrong)
    chat = await right.visitors.open_session(
        visitor_id=None, conversation_id=None, locale="en", page_url=None
    )
    await right.visitors.accept_message(
        chat.id, visitor_id=chat.visitor_id, client_id="c1", text="Hello"
    )

    overdue = Overdue(world.database, other.turns)

    assert await overdue.hand_over(older_than=LATE, reason="bot_unavailable") == 0
    claim = await other.turns.claim(chat.id, lease_s=30)
    assert claim is not None
    await other.turns.complete(claim, answered())
    assert await world.scalar("SELECT count(*) FROM tickets") == 0
