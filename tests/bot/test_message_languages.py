"""Language of messages that a person answers: read beside the conversation, never in its way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from handoff.model import EventView
from tests.bot.house import House, MakeHouse, Visitor, is_handoff

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def own_house(make_house: MakeHouse) -> AsyncIterator[House]:
    async with make_house() as running:
        yield running


async def handed_over(house: House) -> Visitor:
    visitor = await house.open()
    await visitor.send("handoff please")
    await visitor.until(is_handoff)
    return visitor


async def messages(house: House, visitor: Visitor) -> list[EventView]:
    visitors = house.assembly.gateway.core.visitors
    log = await visitors.events_after(visitor.id, after=0, internal=True)
    return [event for event in log if event.author.value == "visitor"]


async def until_read(house: House, visitor: Visitor, *, n: int) -> list[EventView]:
    """Waits until the language of the first `n` messages is noted."""
    async with asyncio.timeout(20):
        while True:
            found = await messages(house, visitor)
            if sum("language" in event.internal for event in found) >= n:
                return found
            await asyncio.sleep(0.02)


async def test_language_of_a_message_to_a_person_is_noted(own_house: House) -> None:
    visitor = await handed_over(own_house)
    await visitor.send("Wo bleibt mein Paket?")

    found = await until_read(own_house, visitor, n=2)

    assert [event.language for event in found] == ["en", "de"]
    view = await own_house.assembly.gateway.core.visitors.get(visitor.id, visitor_id=None)
    assert view.language == "de"
    asked = own_house.brain.languages_asked[-1]
    assert asked["text"] == "Wo bleibt mein Paket?"
    assert asked["context"]["languages"][0] == "en"


async def test_what_the_brain_could_not_read_comes_along_with_the_next_message(
    own_house: House,
) -> None:
    visitor = await handed_over(own_house)
    own_house.brain.broken_languages = 1
    await visitor.send("Wo bleibt mein Paket?")
    async with asyncio.timeout(20):
        while not own_house.brain.languages_asked:  # noqa: ASYNC110 - the brain has no event
            await asyncio.sleep(0.02)
    unread = await messages(own_house, visitor)

    await visitor.send("thank you")
    found = await until_read(own_house, visitor, n=3)

    assert unread[-1].language is None
    assert [event.language for event in found] == ["en", "de", "en"]


async def test_nonsense_of_the_brain_is_not_stored(own_house: House) -> None:
    visitor = await handed_over(own_house)
    await visitor.send("nonsense")
    async with asyncio.timeout(20):
        while not own_house.brain.languages_asked:  # noqa: ASYNC110 - the brain has no event
            await asyncio.sleep(0.02)

    assert (await messages(own_house, visitor))[-1].language is None
