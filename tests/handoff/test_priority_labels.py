"""Priorities set by hand come out as labelled conversations."""

from __future__ import annotations

from datetime import timedelta

from handoff.priority_labels import load_priority_labels
from tests.handoff.world import World


async def test_the_last_decision_on_a_ticket_is_its_label_with_what_was_written_before(
    world: World,
) -> None:
    chat = await world.start()
    number = await world.hand_off(chat, "My chair is broken")
    agent = await world.agent()
    await world.services.desk.override_priority(number, agent.id, level=1, reason="First thought")
    await world.services.desk.override_priority(number, agent.id, level=4, reason="Only a scratch")
    world.clock.advance(timedelta(minutes=1))
    await world.say(chat, "Written after the decision")

    (label,) = await load_priority_labels(world.database)

    assert (label["id"], label["expected"], label["said"]) == (number, 4, 1)
    assert label["why"] == "Only a scratch"
    messages = label["messages"]
    assert isinstance(messages, list)
    assert len(messages) == 1
    assert "My chair is broken" in str(messages)


async def test_without_decisions_there_are_no_labels(world: World) -> None:
    await world.hand_off(await world.start())

    assert await load_priority_labels(world.database) == []
