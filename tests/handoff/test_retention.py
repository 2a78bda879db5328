"""What has been kept long enough goes, whole and in small batches; what is still needed stays."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from handoff.model import ConversationView
from handoff.retention import Retention
from handoff.store.engine import Database
from handoff.store.tables import login_failures, login_links
from handoff.work.model import NewJob
from handoff.work.outbox import enqueue
from tests.handoff.world import World

MONTH = timedelta(days=30)


def retention_of(world: World) -> Retention:
    return Retention(world.database, world.clock)


async def solved(world: World) -> ConversationView:
    chat = await world.start()
    number = await world.hand_off(chat)
    agent = await world.agent(f"Ann{world.n_said}")
    await world.services.desk.resolve(number, agent.id)
    return chat


async def count(world: World, table: str) -> int:
    return int(await world.scalar(f"SELECT count(*) FROM {table}"))


async def test_old_changes_of_the_queue_go_and_its_numbers_go_on(world: World) -> None:
    for _ in range(3):
        await world.hand_off(await world.start())
    world.clock.advance(MONTH)
    await world.hand_off(await world.start())
    cursor = await world.services.inbox.cursor()
    retention = retention_of(world)

    assert await retention.trim_inbox(keep=MONTH - timedelta(seconds=1), limit=2) == 2
    assert await retention.trim_inbox(keep=MONTH - timedelta(seconds=1), limit=2) == 1
    assert await retention.trim_inbox(keep=MONTH - timedelta(seconds=1), limit=2) == 0

    left = await world.services.inbox.events_after(0)
    assert [event.seq for event in left] == [cursor]
    await world.hand_off(await world.start())
    assert await world.services.inbox.cursor() == cursor + 1


async def test_a_conversation_goes_with_all_that_is_of_it(world: World) -> None:
    old = await solved(world)
    async with world.database.write() as transaction:
        job = NewJob(kind="k", key="k", subject=f"conversation:{old.id}")
        await enqueue(transaction, job)
    unanswered, open_ticket, answered = [await world.start() for _ in range(3)]
    await world.say(unanswered)
    await world.hand_off(open_ticket)
    await world.say(answered)
    await world.answer(answered)
    world.clock.advance(MONTH + timedelta(seconds=1))
    young = await solved(world)

    assert await retention_of(world).trim_conversations(keep=MONTH, limit=10) == 2
    assert await retention_of(world).trim_conversations(keep=MONTH, limit=10) == 0

    for chat in (unanswered, open_ticket, young):
        assert len(await world.log(chat)) >= 1
    assert await count(world, "conversations") == 3
    assert await count(world, "visitors") == 3
    assert await count(world, "tickets") == 2
    assert await count(world, "jobs") == 0
    gone = f"('{old.id}', '{answered.id}')"
    for table in ("events", "inbox_events", "tickets"):
        assert await count(world, f"{table} WHERE conversation_id IN {gone}") == 0


async def test_a_visitor_with_another_conversation_stays(world: World) -> None:
    old = await solved(world)
    world.clock.advance(MONTH)
    again = await world.services.visitors.open_session(
        visitor_id=old.visitor_id, conversation_id=None, locale=None, page_url=None
    )
    world.clock.advance(timedelta(days=1))

    assert await retention_of(world).trim_conversations(keep=MONTH) == 1

    assert again.visitor_id == old.visitor_id
    assert await count(world, "visitors") == 1


async def test_traces_of_logins_go(world: World, database: Database) -> None:
    ann = await world.agent("Ann")
    await world.services.agents.reset_link(ann.email)
    async with database.write() as transaction:
        await transaction.connection.execute(
            login_failures.insert().values(key="a" * 64, n_failures=1, last_at=world.clock.now())
        )
    world.clock.advance(timedelta(days=2))
    assert await retention_of(world).trim_logins() == 0
    async with database.write() as transaction:
        await transaction.connection.execute(
            update(login_links).values(expires_at=world.clock.now())
        )
    world.clock.advance(timedelta(days=8))

    assert await retention_of(world).trim_logins() == 2
    assert await count(world, "login_links") == await count(world, "login_failures") == 0
