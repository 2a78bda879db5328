"""A ticket's subject is what the visitor's trouble is, not her manners."""

from __future__ import annotations

from tests.handoff.world import World


async def _subject_after(world: World, *written: tuple[str, str], last: str) -> str:
    chat = await world.start()
    for text, outcome in written:
        await world.say(chat, text)
        await world.answer(chat, decision={"outcome": outcome})
    await world.say(chat, last)
    done = await world.answer(chat, replies=(), handoff="asked_for_person")
    assert done.ticket is not None
    return done.ticket.subject


async def test_a_courtesy_gives_way_to_a_shorter_question(world: World) -> None:
    courtesy = ("Thank you so very much for all of your help", "smalltalk")

    assert await _subject_after(world, courtesy, ("lamp broken", "answer"), last="human") == (
        "lamp broken"
    )


async def test_a_wall_of_emoji_gives_way_to_words(world: World) -> None:
    assert await _subject_after(world, ("😀" * 90, "answer"), last="lamp broken") == "lamp broken"


async def test_signs_alone_are_no_subject(world: World) -> None:
    assert await _subject_after(world, last="?!?!?!") == ""
