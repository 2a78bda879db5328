"""The person behind visitors: when her record begins, what joins it, and what never does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handoff.customers.model import Customer, IdentityKind
from handoff.errors import (
    CustomerInvalid,
    CustomerNotFound,
    IdentityTaken,
    MergeNotFound,
    MergeRefused,
    VersionConflict,
)
from handoff.model import Choice, ConversationView
from handoff.ports import Ports
from handoff.retention import Retention
from tests.handoff.world import World

MONTH = timedelta(days=30)


@pytest.fixture
def world(world: World) -> World:
    build = world.build

    def with_tiers(database: Any, **replaced: Any) -> Any:
        return build(database, **{"tiers": ("gold", "standard"), **replaced})

    world.build = with_tiers  # type: ignore[method-assign]
    world.services = world.build(world.database)
    return world


async def customer_of(world: World, number: str) -> Customer:
    ticket = await world.services.desk.find(number)
    assert ticket.customer_id is not None
    return await world.services.customers.get(ticket.customer_id)


async def leave(world: World, chat: ConversationView, **contact: str | None) -> None:
    await world.services.visitors.leave_contact(
        chat.id,
        visitor_id=chat.visitor_id,
        name=contact.get("name"),
        email=contact.get("email"),
    )


async def rows(world: World, table: str) -> int:
    return int(await world.scalar(f"SELECT count(*) FROM {table}"))


async def test_a_record_begins_with_the_first_handoff_and_is_the_visitors_ever_after(
    world: World,
) -> None:
    chat = await world.start("el-GR")
    await world.say(chat, "hello")
    await world.answer(chat)
    assert await rows(world, "customers") == 0

    number = await world.hand_off(chat, "Γεια, eleni@shop.example")
    again = await world.services.visitors.open_session(
        visitor_id=chat.visitor_id, conversation_id=None, locale=None, page_url=None
    )
    second = await world.hand_off(again)

    customer = await customer_of(world, number)
    assert (await customer_of(world, second)).id == customer.id
    assert await rows(world, "customers") == 1
    assert [(one.kind.value, one.value, one.verified) for one in customer.identities] == [
        ("email", "eleni@shop.example", False),
        ("visitor", chat.visitor_id, True),
    ]
    assert customer.language == "en"


async def test_a_record_begins_when_somebody_leaves_her_address(world: World) -> None:
    chat = await world.start()

    await leave(world, chat, name="Ada", email="Ada@Shop.example")
    await leave(world, chat, name="Ada L.", email="ada@work.example")

    (customer,) = await world.services.customers.list()
    assert customer.name == "Ada"
    assert [one.value for one in customer.identities][:2] == [
        "ada@shop.example",
        "ada@work.example",
    ]
    assert customer.version == 2


async def test_tickets_from_before_the_record_belong_to_it(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    async with world.database.write() as transaction:
        for statement in (
            "UPDATE tickets SET customer_id = NULL",
            "UPDATE visitors SET customer_id = NULL",
        ):
            await transaction.connection.exec_driver_sql(statement)

    await leave(world, chat, name="Ada")

    assert (await customer_of(world, number)).name == "Ada"


async def test_two_conversations_of_one_visitor_make_one_record(world: World) -> None:
    first = await world.start()
    second = await world.services.visitors.open_session(
        visitor_id=first.visitor_id, conversation_id=None, locale=None, page_url=None
    )

    await asyncio.gather(leave(world, first, name="Ada"), leave(world, second, name="Ada"))

    assert await rows(world, "customers") == 1


async def test_a_claimed_address_joins_nobody_and_shows_who_may_be_one(world: World) -> None:
    first = await customer_of(world, await world.hand_off(await world.start(), "ada@shop.example"))
    second = await customer_of(world, await world.hand_off(await world.start(), "ada@shop.example"))

    assert first.id != second.id
    assert (await world.services.customers.get(first.id)).may_be == (second.id,)
    found = await world.services.customers.list(search="ADA@shop.example")
    assert [one.id for one in found] == [second.id, first.id]


async def test_only_one_can_verify_an_identity(world: World) -> None:
    customers = world.services.customers
    first = await customer_of(world, await world.hand_off(await world.start(), "ada@shop.example"))
    second = await customer_of(world, await world.hand_off(await world.start(), "ada@shop.example"))
    email: Any = {"kind": IdentityKind.EMAIL, "value": "ada@shop.example", "actor_id": None}

    outcomes = await asyncio.gather(
        *(
            customers.add_identity(one.id, verified=True, expected=None, **email)
            for one in (first, second)
        ),
        return_exceptions=True,
    )

    (taken,) = [one for one in outcomes if isinstance(one, IdentityTaken)]
    (verified,) = [one for one in outcomes if isinstance(one, Customer)]
    assert taken.customer_id == verified.id
    assert [one.verified for one in verified.identities] == [True, True]
    same = await customers.add_identity(verified.id, verified=False, expected=None, **email)
    assert same.version == verified.version


async def test_identities_are_added_and_removed(world: World) -> None:
    customers = world.services.customers
    one = await customer_of(world, await world.hand_off(await world.start()))
    phone: Any = {"kind": IdentityKind.PHONE, "value": "+30 210 1234567", "actor_id": None}

    added = await customers.add_identity(
        one.id, verified=False, expected=frozenset({one.version}), **phone
    )
    gone = await customers.remove_identity(one.id, expected=frozenset({added.version}), **phone)
    again = await customers.remove_identity(one.id, expected=frozenset({gone.version}), **phone)

    assert "+302101234567" in {identity.value for identity in added.identities}
    assert len(gone.identities) == 1
    assert again.version == gone.version == one.version + 2
    for n in range(50):
        added = (
            await customers.add_identity(
                one.id,
                kind=IdentityKind.EXTERNAL,
                value=f"k{n}",
                verified=True,
                actor_id=None,
                expected=None,
            )
            if n < 49
            else added
        )
    with pytest.raises(CustomerInvalid, match="too many"):
        await customers.add_identity(one.id, verified=False, expected=None, **phone)


async def test_a_change_needs_the_version_it_was_made_from(world: World) -> None:
    customers = world.services.customers
    one = await customer_of(world, await world.hand_off(await world.start()))

    changed = await customers.change(
        one.id, {"tier": "gold", "name": "Ada"}, actor_id="ann", expected=frozenset({one.version})
    )

    assert (changed.tier, changed.name, changed.version) == ("gold", "Ada", one.version + 1)
    with pytest.raises(VersionConflict) as caught:
        await customers.change(
            one.id, {"tier": None}, actor_id="ann", expected=frozenset({one.version})
        )
    assert caught.value.current == changed.version
    same = await customers.change(one.id, {"tier": "gold"}, actor_id="ann", expected=None)
    assert same.version == changed.version
    log = await world.scalar("SELECT detail FROM audit_log WHERE act = 'customer_changed'")
    assert "Ada" not in str(log)


async def test_records_are_listed_by_name_tier_and_page(world: World) -> None:
    customers = world.services.customers
    made = []
    for name in ("Ελένη Παπαδάκη", "Eleni K_", "Bob"):
        chat = await world.start()
        await leave(world, chat, name=name)
        made.append((await customers.list(limit=1))[0])
    await customers.change(made[2].id, {"tier": "gold"}, actor_id=None, expected=None)

    async def names(**query: Any) -> list[str | None]:
        return [one.name for one in await customers.list(**query)]

    assert await names(search="παπαδακη") == ["Ελένη Παπαδάκη"]
    assert await names(search="K_") == ["Eleni K_"]
    assert await names(search="%") == []
    assert await names(search="bob", kind=IdentityKind.EMAIL) == []
    assert await names(tier="gold") == ["Bob"]
    first = await customers.list(limit=2)
    assert [one.name for one in first] == ["Bob", "Eleni K_"]
    assert await names(before=first[-1].id) == ["Ελένη Παπαδάκη"]
    visitor = made[2].identities[0].value
    assert await names(search=visitor) == ["Bob"]


async def test_earlier_tickets_of_the_same_person_count_on_every_channel(world: World) -> None:
    seen: list[int] = []
    assess = world.triage

    def counting(messages: Any, *, repeat_contacts: int = 0, **rest: Any) -> Any:
        seen.append(repeat_contacts)
        return assess(messages, repeat_contacts=repeat_contacts, **rest)

    world.services = world.build(world.database, triage=counting)
    first = await customer_of(world, await world.hand_off(await world.start()))
    chat = await world.start()
    second = await customer_of(world, await world.hand_off(chat))
    await world.services.merges.merge(first.id, second.id, actor_id=None)

    await world.say(chat, "and another thing")

    assert seen == [0, 0, 1]


async def test_a_merge_moves_everything_and_undoing_restores_it(world: World) -> None:
    services = world.services
    chats = [await world.start() for _ in range(3)]
    numbers = [await world.hand_off(chat, "me: ada@shop.example") for chat in chats[:2]]
    kept, dropped = [await customer_of(world, number) for number in numbers]
    await services.customers.change(
        dropped.id, {"tier": "gold", "name": "Ada"}, actor_id=None, expected=None
    )
    await services.customers.add_identity(
        dropped.id,
        kind=IdentityKind.EMAIL,
        value="ada@shop.example",
        verified=True,
        actor_id=None,
        expected=None,
    )
    before = [await services.customers.get(one.id) for one in (kept, dropped)]
    version = (await services.desk.find(numbers[1])).version

    merge = await services.merges.merge(kept.id, dropped.id, actor_id="ann")

    merged = await services.customers.get(kept.id)
    assert (merged.tier, merged.name, merged.may_be) == ("gold", "Ada", ())
    assert {one.value: one.verified for one in merged.identities} == {
        "ada@shop.example": True,
        chats[0].visitor_id: True,
        chats[1].visitor_id: True,
    }
    moved = await services.desk.find(numbers[1])
    assert (moved.customer_id, moved.version) == (kept.id, version + 1)
    assert (await services.customers.get(dropped.id)).merged_into == kept.id
    assert [one.id for one in await services.customers.list()] == [kept.id]
    assert [one.id for one in await services.merges.of(kept.id)] == [merge.id]

    undone = await services.merges.undo(merge.id, actor_id="bob")

    assert undone.undone_at is not None
    after = [await services.customers.get(one.id) for one in (kept, dropped)]
    same = {"version": 0, "updated_at": world.clock.now()}
    assert [replace(one, **same) for one in after] == [replace(one, **same) for one in before]
    assert (await services.desk.find(numbers[1])).customer_id == dropped.id
    acts = await world.scalar("SELECT count(*) FROM audit_log WHERE act LIKE 'customer_merge%'")
    assert acts == 2


async def test_new_tickets_follow_their_visitor_when_a_merge_is_undone(world: World) -> None:
    services = world.services
    chat = await world.start()
    first = await world.hand_off(chat)
    other = await customer_of(world, await world.hand_off(await world.start()))
    mine = await customer_of(world, first)
    merge = await services.merges.merge(other.id, mine.id, actor_id=None)
    ann = await world.agent("Ann")
    await services.desk.resolve(first, ann.id)
    second = await world.hand_off(chat)
    assert (await services.desk.find(second)).customer_id == other.id

    await services.merges.undo(merge.id, actor_id=None)

    for number in (first, second):
        assert (await services.desk.find(number)).customer_id == mine.id


async def test_merges_that_make_no_sense_are_refused(world: World) -> None:
    merges = world.services.merges
    a, b, c = [await customer_of(world, await world.hand_off(await world.start())) for _ in "abc"]
    with pytest.raises(MergeRefused):
        await merges.merge(a.id, a.id, actor_id=None)
    with pytest.raises(CustomerNotFound):
        await merges.merge(a.id, "0" * 26, actor_id=None)
    with pytest.raises(MergeNotFound):
        await merges.undo("0" * 26, actor_id=None)
    with pytest.raises(VersionConflict):
        await merges.merge(a.id, b.id, actor_id=None, expected=frozenset({99}))
    first = await merges.merge(b.id, c.id, actor_id=None)
    with pytest.raises(MergeRefused, match="went into"):
        await merges.merge(a.id, c.id, actor_id=None)
    with pytest.raises(CustomerInvalid, match="went into"):
        await world.services.customers.change(c.id, {"name": "X"}, actor_id=None, expected=None)
    second = await merges.merge(a.id, b.id, actor_id=None)
    with pytest.raises(MergeRefused, match="undo that merge first"):
        await merges.undo(first.id, actor_id=None)
    await merges.undo(second.id, actor_id=None)
    await merges.undo(first.id, actor_id=None)
    with pytest.raises(MergeRefused, match="before"):
        await merges.undo(first.id, actor_id=None)


async def test_the_timeline_has_everything_newest_first_and_pages(world: World) -> None:
    services = world.services
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent("Ann")
    world.clock.advance(timedelta(minutes=1))
    await services.desk.note(number, ann.id, client_id="n1", text="Call her")
    world.clock.advance(timedelta(minutes=1))
    await services.desk.resolve(number, ann.id)
    world.clock.advance(timedelta(minutes=1))
    await services.visitors.accept_message(
        chat.id,
        visitor_id=chat.visitor_id,
        client_id="v",
        text="Yes",
        choice=Choice(kind="feedback", value="helpful"),
    )
    other = await customer_of(world, await world.hand_off(await world.start()))
    world.clock.advance(timedelta(minutes=1))
    customer = await customer_of(world, number)
    await services.merges.merge(customer.id, other.id, actor_id=None)

    whole = await services.timeline.page(customer.id)
    paged, cursor = [], None
    while True:
        page = await services.timeline.page(customer.id, after=cursor, limit=2)
        paged += page.entries[:2]
        if len(page.entries) <= 2:
            break
        cursor = page.cursors[1]

    assert [entry.kind for entry in whole.entries] == [
        "merge", "ticket", "rating", "conversation", "solved", "note", "ticket", "conversation",
    ]  # fmt: skip
    assert tuple(paged) == whole.entries
    note = whole.entries[5]
    assert (note.text, note.detail["by"]) == ("Call her", "Ann")
    assert whole.entries[6].ref == number
    with pytest.raises(CustomerNotFound):
        await services.timeline.page("nobody")


async def test_records_go_when_nobody_is_left_who_needs_them(world: World) -> None:
    services = world.services
    chat = await world.start()
    number = await world.hand_off(chat, "ada@shop.example")
    gone, kept = (
        await customer_of(world, number),
        await customer_of(world, await world.hand_off(await world.start())),
    )
    merged = await customer_of(world, await world.hand_off(await world.start()))
    await services.merges.merge(kept.id, merged.id, actor_id=None)
    ann = await world.agent("Ann")
    await services.desk.resolve(number, ann.id)
    world.clock.advance(MONTH + timedelta(seconds=1))
    retention = Retention(world.database, world.clock)
    assert await retention.trim_customers(keep=MONTH) == 1  # the one that went into another

    await retention.trim_conversations(keep=MONTH)
    assert await retention.trim_customers(keep=MONTH) == 1

    with pytest.raises(CustomerNotFound):
        await services.customers.get(gone.id)
    assert (await services.customers.get(kept.id)).may_be == ()
    assert await rows(world, "customer_merges") == 0
    assert await rows(world, "customer_identities") == 0
    await services.customers.change(kept.id, {"name": "B"}, actor_id=None, expected=None)
    assert await retention.trim_customers(keep=MONTH) == 0


def test_without_configuration_there_are_no_tiers() -> None:
    assert Ports().tiers == ()


async def test_a_name_that_folds_to_many_times_its_length_is_kept(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)

    await leave(world, chat, name="\ufdfa\ufdfb" * 100)

    assert (await customer_of(world, number)).name == "\ufdfa\ufdfb" * 100


async def test_a_ticket_s_history_says_who_merged_its_customer(world: World) -> None:
    numbers = [await world.hand_off(await world.start()) for _ in range(2)]
    kept, dropped = [await customer_of(world, number) for number in numbers]
    ann = await world.agent()

    merge = await world.services.merges.merge(kept.id, dropped.id, actor_id=ann.id)
    await world.services.merges.undo(merge.id, actor_id=ann.id)

    lines = await world.services.history.read(numbers[1], None)
    changes = [line for line in lines if "customer_id" in str(line.detail)]
    assert [line.by and line.by.id for line in changes] == [ann.id, ann.id]
