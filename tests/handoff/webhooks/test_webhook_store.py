"""Receivers and the deliveries that changes leave behind, on both databases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from handoff.errors import WebhookInvalid, WebhookNotFound
from handoff.facts import Facts
from handoff.model import Role
from handoff.store.engine import Database, Transaction
from handoff.store.tables import audit_log, jobs, webhooks
from handoff.webhooks.model import SUBSCRIBABLE, EventType
from handoff.webhooks.store import MOST_RECEIVERS, Webhooks, announce, delivery_json
from handoff.work.desk import JobDesk
from handoff.work.model import JobState
from tests.handoff.world import World

URL = "https://crm.example/hook"
MASTER = b"installation" * 4


@pytest.fixture
def telling(world: World) -> World:
    """The world with webhooks: every change tells the receivers."""
    world.services = world.build(Database(world.database.engine, follow_ups=(announce,)))
    return world


@pytest.fixture
def hooks(world: World) -> Webhooks:
    return Webhooks(world.database, master_key=MASTER, publisher=world.publisher)


async def told(world: World) -> list[dict[str, Any]]:
    """The bodies of all deliveries, in order."""
    async with world.database.read() as connection:
        rows = (await connection.execute(select(jobs).order_by(jobs.c.id))).all()
    return [json.loads(row.payload["body"]) for row in rows]


def kinds(events: Sequence[dict[str, Any]]) -> list[str]:
    return [
        event["type"] + (f"({event['data']['change']})" if "change" in event["data"] else "")
        for event in events
    ]


async def test_a_conversation_is_told_from_the_first_word_to_the_last(
    telling: World, hooks: Webhooks
) -> None:
    await hooks.create(url=URL, events=SUBSCRIBABLE)
    chat = await telling.start()
    ann = await telling.agent("Ann")
    desk = telling.services.desk

    await telling.say(chat, "Where is my order?")
    await telling.answer(chat)
    number = await telling.hand_off(chat, "A person, please")
    await desk.take(number, ann.id)
    await desk.note(number, ann.id, client_id="n", text="secret note")
    await desk.reply(number, ann.id, client_id="r", text="Here I am")
    await desk.override_priority(number, ann.id, level=1, reason="VIP")
    await desk.resolve(number, ann.id)

    events = await told(telling)
    assert kinds(events) == [
        "message.created",
        "message.created",
        "message.created",
        "ticket.created(ticket_opened)",
        "ticket.assigned(ticket_taken)",
        "ticket.updated(note)",
        "message.created",
        "ticket.updated(agent_reply)",
        "ticket.priority_changed(priority_changed)",
        "ticket.resolved(resolved)",
    ]
    assert "secret note" not in json.dumps(events)
    assert len({event["id"] for event in events}) == len(events)
    spoken = [event["data"] for event in events if event["type"] == "message.created"]
    assert [one["message"]["author"] for one in spoken] == ["visitor", "bot", "visitor", "agent"]
    assert [one["ticket_number"] for one in spoken] == [None, None, None, number]
    assert "internal" not in spoken[1]["message"]
    created, assigned = events[3]["data"]["ticket"], events[4]["data"]["ticket"]
    assert (created["number"], created["assignee"]) == (number, None)
    assert assigned["assignee"] == {"id": ann.id, "name": "Ann"}
    assert events[-1]["data"]["ticket"]["state"] == "solved"


async def test_a_change_that_is_taken_back_tells_nobody(world: World, hooks: Webhooks) -> None:
    async def break_down(_transaction: Transaction, facts: Facts) -> None:
        if facts.ticket is not None:
            raise RuntimeError("after the deliveries were written")

    database = Database(world.database.engine, follow_ups=(announce, break_down))
    world.services = world.build(database)
    await hooks.create(url=URL, events=SUBSCRIBABLE)
    chat = await world.start()

    with pytest.raises(RuntimeError):
        await world.hand_off(chat)

    assert kinds(await told(world)) == ["message.created"]
    assert (await world.view(chat)).owner.value == "bot"


async def test_each_receiver_gets_what_it_wants_while_it_is_on(
    telling: World, hooks: Webhooks
) -> None:
    tickets = await hooks.create(url=URL, events=[EventType.TICKET_CREATED])
    words = await hooks.create(url=URL, events=[EventType.MESSAGE_CREATED])
    off = await hooks.create(url=URL, events=SUBSCRIBABLE)
    await hooks.change(off.webhook.id, active=False)
    chat = await telling.start()
    await telling.hand_off(chat)

    found = await JobDesk(telling.database).list()

    assert {(job.group, job.payload["event_type"]) for job in found} == {
        (tickets.webhook.id, "ticket.created"),
        (words.webhook.id, "message.created"),
    }
    assert {job.subject for job in found} == {f"conversation:{chat.id}"}
    shape = delivery_json(found[0])
    assert shape["state"] == "todo" and shape["next_try_at"] is not None and "payload" not in shape


async def test_whoever_subscribed_before_an_event_had_its_own_name_gets_it_by_the_wider_one(
    telling: World, hooks: Webhooks
) -> None:
    await hooks.create(url=URL, events=[EventType.TICKET_UPDATED])
    await hooks.create(url=URL, events=[EventType.TICKET_RESOLVED, EventType.TICKET_UPDATED])
    await hooks.create(url=URL, events=[EventType.TICKET_MERGED])
    number = await telling.hand_off(await telling.start())
    await telling.services.desk.resolve(number, (await telling.agent()).id)

    assert kinds(await told(telling)) == ["ticket.updated(resolved)", "ticket.resolved(resolved)"]


async def test_without_receivers_nothing_is_written(telling: World) -> None:
    await telling.hand_off(await telling.start())

    assert await told(telling) == []


async def test_a_secret_is_shown_once_and_stored_nowhere(world: World, hooks: Webhooks) -> None:
    made = await hooks.create(url=URL, events=SUBSCRIBABLE, description="CRM")

    async with world.database.read() as connection:
        rows = (await connection.execute(select(webhooks))).all()
        lines = (await connection.execute(select(audit_log))).all()
    bare = made.secret.removeprefix("whsec_")
    assert bare not in str(rows) and bare not in str(lines)
    assert made.secret not in json.dumps(made.webhook.as_json())
    webhook = await hooks.get(made.webhook.id)
    assert hooks.live_secrets(webhook, datetime.now(UTC)) == [(made.key_id, made.secret)]


async def test_with_another_installations_key_nothing_is_signed(
    world: World, hooks: Webhooks
) -> None:
    made = await hooks.create(url=URL, events=SUBSCRIBABLE)
    other = Webhooks(world.database, master_key=b"another installation")

    assert other.live_secrets(await other.get(made.webhook.id), datetime.now(UTC)) == []


async def test_two_secrets_sign_while_one_is_replaced(hooks: Webhooks) -> None:
    first = await hooks.create(url=URL, events=SUBSCRIBABLE)
    second = await hooks.rotate(first.webhook.id, overlap=timedelta(hours=1))

    now = datetime.now(UTC)
    both = [(second.key_id, second.secret), (first.key_id, first.secret)]
    assert hooks.live_secrets(second.webhook, now) == both
    assert hooks.live_secrets(second.webhook, now + timedelta(hours=2)) == both[:1]
    third = await hooks.rotate(first.webhook.id, overlap=timedelta(0))
    assert hooks.live_secrets(third.webhook, now + timedelta(minutes=1)) == [
        (third.key_id, third.secret)
    ]
    for overlap in (timedelta(seconds=-1), timedelta(days=31)):
        with pytest.raises(WebhookInvalid, match="overlap"):
            await hooks.rotate(first.webhook.id, overlap=overlap)


async def test_what_is_changed_is_changed_and_the_rest_stays(world: World, hooks: Webhooks) -> None:
    admin = await world.agent("Root", role=Role.ADMIN)
    made = await hooks.create(url=URL, events=SUBSCRIBABLE, description="one", actor_id=admin.id)
    webhook_id = made.webhook.id

    await hooks.switch_off(webhook_id, "gone")
    assert (await hooks.get(webhook_id)).disabled_reason == "gone"
    changed = await hooks.change(
        webhook_id,
        url="https://other.example/",
        events=[EventType.TICKET_CREATED, EventType.TICKET_CREATED],
        description="two",
        active=True,
    )

    assert (changed.url, changed.description) == ("https://other.example/", "two")
    assert changed.events == (EventType.TICKET_CREATED,)
    assert (changed.active, changed.disabled_reason) == (True, None)
    assert changed.keys == made.webhook.keys
    assert (await hooks.change(webhook_id)).url == "https://other.example/"
    assert [one.id for one in await hooks.list()] == [webhook_id]


async def test_a_removed_receiver_gets_nothing_more(telling: World, hooks: Webhooks) -> None:
    made = await hooks.create(url=URL, events=SUBSCRIBABLE)
    await telling.hand_off(await telling.start())

    await hooks.remove(made.webhook.id)

    found = await JobDesk(telling.database).list()
    assert {job.state for job in found} == {JobState.DISCARDED}
    assert delivery_json(found[0])["next_try_at"] is None
    await hooks.switch_off(made.webhook.id, "gone")  # it is gone already, and that is fine
    for act in (hooks.get, hooks.remove, hooks.rotate, hooks.send_test, hooks.change):
        with pytest.raises(WebhookNotFound):
            await act(made.webhook.id)


async def test_a_test_event_can_be_sent_as_often_as_one_likes(
    world: World, hooks: Webhooks
) -> None:
    made = await hooks.create(url=URL, events=[EventType.TICKET_CREATED])

    sent = {await hooks.send_test(made.webhook.id) for _ in range(2)}

    assert {event["id"] for event in await told(world)} == sent and len(sent) == 2
    assert "work" in world.publisher.topics


async def test_what_cannot_be_is_refused(hooks: Webhooks) -> None:
    for wrong in ([], [EventType.TEST]):
        with pytest.raises(WebhookInvalid, match=r"events must be some of: ticket\.created"):
            await hooks.create(url=URL, events=wrong)
    with pytest.raises(WebhookInvalid, match="url must begin"):
        await hooks.create(url="gopher://x", events=SUBSCRIBABLE)
    made = [await hooks.create(url=URL, events=SUBSCRIBABLE) for _ in range(MOST_RECEIVERS)]
    with pytest.raises(WebhookInvalid, match="list is full"):
        await hooks.create(url=URL, events=SUBSCRIBABLE)
    with pytest.raises(WebhookInvalid, match="url must begin"):
        await hooks.change(made[0].webhook.id, url="gopher://x")


async def test_a_ticket_given_to_a_colleague_is_told_as_assigned(
    telling: World, hooks: Webhooks
) -> None:
    await hooks.create(url=URL, events=SUBSCRIBABLE)
    ann, ben = await telling.agent("Ann"), await telling.agent("Ben")
    number = await telling.hand_off(await telling.start(), "A person, please")

    await telling.services.routing.assigning.assign(number, ann.id, to=ben.id, reason="Busy")

    events = await told(telling)
    assert kinds(events)[-1] == "ticket.assigned(ticket_assigned)"
    assert events[-1]["data"]["ticket"]["assignee"]["name"] == "Ben"
    assert "Busy" not in json.dumps(events)
