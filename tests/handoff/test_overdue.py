"""The last net: a message that nobody answered goes to people, whoever looks, and only once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.watchdog import BOT_UNAVAILABLE, Watchdog
from handoff.errors import StoreUnavailable
from handoff.overdue import Overdue
from tests.handoff.world import World

LIMIT = timedelta(seconds=28)


def overdue_of(world: World) -> Overdue:
    return Overdue(world.database, world.services.turns, shared_now=world.shared_now)


def watchdog_of(world: World) -> Watchdog:
    return Watchdog(overdue_of(world), answer_within_s=25, grace_s=3)


async def test_a_message_that_nobody_answered_becomes_a_ticket(world: World) -> None:
    chat = await world.start()
    await world.say(chat)
    world.clock.advance(timedelta(seconds=27))
    assert await watchdog_of(world).look() == 0
    world.clock.advance(timedelta(seconds=1))

    assert await watchdog_of(world).look() == 1

    view = await world.view(chat)
    assert view.owner.value == "queue" and view.ticket is not None
    assert (await world.log(chat))[-1].internal is not None
    assert (await world.log(chat))[-1].internal["reason"] == BOT_UNAVAILABLE  # type: ignore[index]
    assert await watchdog_of(world).look() == 0


async def test_of_many_that_look_one_acts(world: World) -> None:
    chats = [await world.start() for _ in range(5)]
    for chat in chats:
        await world.say(chat)
    world.clock.advance(LIMIT)

    handed_over = await asyncio.gather(*(watchdog_of(world).look() for _ in range(4)))

    assert sum(handed_over) == 5
    assert await world.scalar("SELECT count(*) FROM tickets") == 5


async def test_who_answers_or_is_at_it_is_left_alone(world: World) -> None:
    answered, in_hand, with_people = [await world.start() for _ in range(3)]
    for chat in (answered, in_hand):
        await world.say(chat)
    await world.answer(answered)
    await world.hand_off(with_people)
    world.clock.advance(LIMIT)
    claim = await world.claim(in_hand)

    assert await watchdog_of(world).look() == 0

    # The turn's process is gone: when its lease is over the conversation is found.
    world.clock.advance(claim.lease_until - world.clock.now())
    assert await overdue_of(world).find(older_than=LIMIT) == [in_hand.id]
    assert await watchdog_of(world).look() == 1


async def test_a_message_answered_between_the_look_and_the_act_is_left_alone(world: World) -> None:
    chat = await world.start()
    await world.say(chat, "old")
    world.clock.advance(LIMIT)
    overdue = overdue_of(world)
    found = await overdue.find(older_than=LIMIT)
    await world.say(chat, "new")
    await world.answer(chat)  # the old one

    async def as_found(**_: object) -> list[str]:
        return [*found, *found]

    overdue.find = as_found  # type: ignore[method-assign]
    assert await overdue.hand_over(older_than=LIMIT, reason=BOT_UNAVAILABLE) == 0

    assert (await world.view(chat)).owner.value == "bot"
    assert (await world.claim(chat)).message.text == "new"  # given back at once
    assert await overdue.hand_over(older_than=LIMIT, reason=BOT_UNAVAILABLE) == 0


async def test_a_look_that_breaks_is_not_the_last(world: World) -> None:
    chat = await world.start()
    await world.say(chat)
    world.clock.advance(LIMIT)
    overdue = overdue_of(world)
    find, errors = overdue.find, [StoreUnavailable("locked"), RuntimeError("unforeseen")]

    async def flaky(**wanted: timedelta) -> list[str]:
        if errors:
            raise errors.pop()
        return await find(older_than=wanted["older_than"])

    overdue.find = flaky  # type: ignore[method-assign, assignment]
    watchdog = Watchdog(overdue, answer_within_s=0.01, grace_s=0.01, look_s=0.01)
    task = asyncio.create_task(watchdog.run())
    async with asyncio.timeout(10):
        while (await world.view(chat)).owner.value != "queue":  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert errors == []
