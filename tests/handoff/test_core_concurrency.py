"""Races: many writers on one conversation through several engines, as several processes would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from handoff.errors import AlreadyTaken
from handoff.model import Accepted, Completed, Dropped, TicketAct
from handoff.service import Services
from handoff.store.engine import open_database
from tests.handoff.world import World, answered

N_ENGINES = 3


@pytest_asyncio.fixture(loop_scope="session")
async def replicas(world: World) -> AsyncIterator[list[Services]]:
    """Services over engines of their own on the same database."""
    databases = [open_database(world.url, busy_timeout_s=20) for _ in range(N_ENGINES)]
    yield [world.build(database) for database in databases]
    for database in databases:
        await database.dispose()


async def test_sequences_have_no_gaps_under_concurrent_writers(
    world: World, replicas: list[Services]
) -> None:
    chat = await world.start()

    accepted = await asyncio.gather(
        *(
            replicas[n % N_ENGINES].visitors.accept_message(
                chat.id, visitor_id=chat.visitor_id, client_id=f"c{n}", text=f"message {n}"
            )
            for n in range(24)
        )
    )

    log = await world.log(chat)
    assert [event.seq for event in log] == list(range(1, 25))
    assert sorted(event.client_id or "" for event in log) == sorted(f"c{n}" for n in range(24))
    assert {item.event.seq for item in accepted} == set(range(1, 25))


async def test_one_client_id_sent_at_once_is_stored_once(
    world: World, replicas: list[Services]
) -> None:
    chat = await world.start()

    accepted: list[Accepted] = await asyncio.gather(
        *(
            replicas[n % N_ENGINES].visitors.accept_message(
                chat.id, visitor_id=chat.visitor_id, client_id="same", text="Hello"
            )
            for n in range(9)
        )
    )

    assert sum(not item.duplicate for item in accepted) == 1
    assert {item.event.seq for item in accepted} == {1}
    assert len(await world.log(chat)) == 1


async def test_one_of_many_dispatchers_gets_the_claim(
    world: World, replicas: list[Services]
) -> None:
    chat = await world.start()
    await world.say(chat)

    claims = await asyncio.gather(
        *(replicas[n % N_ENGINES].turns.claim(chat.id, lease_s=30) for n in range(6))
    )

    assert sum(claim is not None for claim in claims) == 1


async def test_racing_results_leave_one_ticket(world: World, replicas: list[Services]) -> None:
    chat = await world.start()
    await world.say(chat)
    claim = await world.claim(chat)
    result = answered(replies=(), handoff="low_confidence")

    outcomes = await asyncio.gather(
        replicas[0].turns.complete(claim, result),
        replicas[1].turns.complete(claim, answered()),
        replicas[2].turns.fail(claim),
        replicas[0].turns.complete(claim, result),
    )

    assert sum(isinstance(outcome, Completed) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Dropped) for outcome in outcomes) == 3
    assert await world.scalar("SELECT count(*) FROM tickets") <= 1
    assert await world.scalar("SELECT count(*) FROM events") == 2


async def test_handoffs_of_many_conversations_get_their_own_numbers(
    world: World, replicas: list[Services]
) -> None:
    chats = [await world.start() for _ in range(8)]
    claims = []
    for chat in chats:
        await world.say(chat)
        claims.append(await world.claim(chat))

    outcomes = await asyncio.gather(
        *(replicas[n % N_ENGINES].turns.fail(claim) for n, claim in enumerate(claims))
    )

    numbers = {
        outcome.ticket.number
        for outcome in outcomes
        if isinstance(outcome, Completed) and outcome.ticket is not None
    }
    assert numbers == {f"BD-{number}" for number in range(1001, 1009)}
    assert [event.seq for event in await world.services.inbox.events_after(0)] == list(range(1, 9))


async def test_one_of_two_agents_gets_the_ticket(world: World, replicas: list[Services]) -> None:
    number = await world.hand_off(await world.start())
    agents = [await world.agent(name) for name in ("Ann", "Bob", "Cem")]

    outcomes = await asyncio.gather(
        *(replicas[n].desk.take(number, agent.id) for n, agent in enumerate(agents)),
        return_exceptions=True,
    )

    (winner,) = [outcome for outcome in outcomes if isinstance(outcome, TicketAct)]
    losers = [outcome for outcome in outcomes if isinstance(outcome, AlreadyTaken)]
    assert winner.ticket.assignee is not None
    assert [loser.agent_name for loser in losers] == [winner.ticket.assignee.name] * 2


async def test_a_message_racing_with_a_handoff_is_never_lost_between_bot_and_ticket(
    world: World, replicas: list[Services]
) -> None:
    for _ in range(5):
        chat = await world.start()
        await world.say(chat, "first")
        claim = await world.claim(chat)

        await asyncio.gather(
            replicas[0].turns.complete(claim, answered(replies=(), handoff="complaint")),
            replicas[1].visitors.accept_message(
                chat.id, visitor_id=chat.visitor_id, client_id="late", text="late words"
            ),
        )

        view = await world.view(chat)
        assert view.ticket is not None
        ticket = await world.services.desk.find(view.ticket.number)
        assert ticket.last_message == "late words"
        assert ticket.seq_upto == 3
        assert not view.bot_pending
