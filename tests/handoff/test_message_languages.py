"""Languages of messages that people answer, on real databases."""

from __future__ import annotations

import pytest

from handoff.errors import ConversationNotFound
from handoff.model import TurnLanguage
from tests.handoff.world import World

GERMAN = TurnLanguage(message="de", confidence=0.97, conversation="de", state={"de": 1.0})


async def test_a_message_to_people_waits_to_be_read(world: World) -> None:
    chat = await world.start()
    await world.hand_off(chat)
    sent = await world.say(chat, "Wo bleibt mein Paket?")

    unread = await world.services.languages.unread(chat.id)

    assert sent.event.language is None
    assert unread is not None
    assert (unread.seq, unread.text) == (sent.event.seq, "Wo bleibt mein Paket?")
    assert (unread.language, unread.language_state) == ("en", {"p": 1})
    assert (unread.language_choice, unread.locale) == (None, "el-GR")
    assert await world.services.languages.unread(chat.id, after=unread.seq) is None


async def test_nothing_is_unread_while_the_bot_answers(world: World) -> None:
    chat = await world.start()
    await world.say(chat)

    assert await world.services.languages.unread(chat.id) is None
    assert await world.services.languages.unread("nowhere") is None


async def test_what_was_read_stands_on_message_conversation_and_ticket(world: World) -> None:
    chat = await world.start(locale=None)
    await world.hand_off(chat)
    sent = await world.say(chat, "Wo bleibt mein Paket?")

    assert await world.services.languages.note(chat.id, sent.event.seq, GERMAN)

    event = (await world.log(chat))[-1]
    assert event.language == "de"
    assert event.internal["language"] == {
        "message": "de",
        "confidence": 0.97,
        "conversation": "de",
        "unsupported": None,
        "signals": [],
    }
    assert (await world.view(chat)).language == "de"
    assert await world.scalar("SELECT language FROM tickets") == "de"
    assert await world.services.languages.unread(chat.id) is None


async def test_what_tells_no_language_is_read_as_well(world: World) -> None:
    chat = await world.start()
    await world.hand_off(chat)
    sent = await world.say(chat, "ok")

    await world.services.languages.note(
        chat.id, sent.event.seq, TurnLanguage(message=None, conversation=None)
    )

    assert (await world.log(chat))[-1].language is None
    assert (await world.view(chat)).language == "en"
    assert await world.services.languages.unread(chat.id) is None


async def test_a_message_that_the_bot_could_not_take_is_unread(world: World) -> None:
    chat = await world.start()
    sent = await world.say(chat, "Wo bleibt mein Paket?")
    await world.services.turns.fail(await world.claim(chat))

    unread = await world.services.languages.unread(chat.id)

    assert unread is not None
    assert unread.seq == sent.event.seq


async def test_nothing_is_noted_once_the_bot_has_the_conversation(world: World) -> None:
    chat = await world.start()
    sent = await world.say(chat)

    assert not await world.services.languages.note(chat.id, sent.event.seq, GERMAN)
    assert (await world.log(chat))[-1].language is None
    with pytest.raises(ConversationNotFound):
        await world.services.languages.note("nowhere", 1, GERMAN)
