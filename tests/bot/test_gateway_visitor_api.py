from __future__ import annotations

import pytest

from tests.bot.house import House, is_bot, is_handoff

pytestmark = pytest.mark.asyncio


async def test_a_question_is_answered(house: House) -> None:
    visitor = await house.open()

    sent = await visitor.send("Where is my parcel?")

    assert sent.status_code == 201
    assert sent.json()["duplicate"] is False
    answer = await visitor.until(is_bot)
    assert answer["text"] == "You said: Where is my parcel?"


async def test_asking_for_a_person_opens_one_ticket(house: House) -> None:
    visitor = await house.open()

    await visitor.send("handoff please")

    notice = await visitor.until(is_handoff)
    assert notice["payload"]["ticket_number"]
