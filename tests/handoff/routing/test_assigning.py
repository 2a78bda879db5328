"""Tickets that a person, or a rule, gives to a colleague: who may, who is told, what comes back."""

from __future__ import annotations

import asyncio

import pytest

from handoff.conversation import Owner
from handoff.errors import (
    AlreadyTaken,
    HandoffError,
    InvalidTransition,
    NotAssignee,
    RoleNotAllowed,
    UserNotFound,
    VersionConflict,
)
from handoff.model import Role, TicketAct
from handoff.routing.config import RoutingSettings
from handoff.store.engine import open_database
from handoff.ticket import TicketState
from handoff.tickets.desk import TicketChange
from tests.handoff.routing.desk import RoutedDesk


@pytest.fixture
def pulled(desk: RoutedDesk) -> RoutedDesk:
    """A desk where agents take tickets themselves."""
    desk.routing = desk.build(RoutingSettings())
    database = desk.world.database
    database.follow_ups = (*database.follow_ups[:-1], desk.routing.requests)
    return desk


async def test_in_the_queue_it_is_an_offer_to_the_colleague(pulled: RoutedDesk) -> None:
    anna, ben = await pulled.agent("Anna", "en"), await pulled.agent("Ben", "en")
    cleo = await pulled.agent("Cleo", "en")
    number = await pulled.ask()
    services, assigning = pulled.world.services.desk, pulled.routing.assigning

    act = await assigning.assign(number, anna.id, to=ben.id, reason=" He speaks Greek ")

    ticket = act.ticket
    assert (ticket.assignee and ticket.assignee.id, ticket.assigned_by) == (ben.id, "agent")
    assert (ticket.owner, ticket.state) == (Owner.QUEUE, TicketState.NEW)
    assert act.event is not None and act.event.agents_only
    assert act.event.payload == {"from": None, "to": "Ben", "reason": "He speaks Greek"}
    assert [event.kind for event in await pulled.world.log(pulled.chats[number], internal=False)][
        -1
    ] == "handoff"
    shown = await pulled.routing.whys.explain(number)
    assert shown.offered
    assert shown.history[0].reasons[0].params == {"by": "Anna", "because": "He speaks Greek"}
    for colleague in (anna, cleo):
        with pytest.raises(AlreadyTaken, match="Ben"):
            await services.take(number, colleague.id)
        with pytest.raises(NotAssignee):
            await services.resolve(number, colleague.id)

    assert (await services.take(number, ben.id)).ticket.owner is Owner.AGENT
    assert await pulled.history(number) == ["taken"]


async def test_ones_own_conversation_is_the_colleagues_at_once(pulled: RoutedDesk) -> None:
    anna, ben = await pulled.agent("Anna", "en"), await pulled.agent("Ben", "en")
    number = await pulled.ask()
    services = pulled.world.services.desk
    await services.take(number, anna.id)

    act = await pulled.routing.assigning.assign(number, anna.id, to=ben.id)

    assert (act.ticket.owner, act.ticket.assignee and act.ticket.assignee.name) == (
        Owner.AGENT,
        "Ben",
    )
    log = await pulled.world.log(pulled.chats[number], internal=False)
    assert (log[-1].kind, log[-1].author_name) == ("agent_joined", "Ben")
    assert "Ben" in log[-1].text
    with pytest.raises(NotAssignee):
        await services.reply(number, anna.id, client_id="r1", text="Still here")
    await services.reply(number, ben.id, client_id="r1", text="Hello")
    assert await pulled.history(number) == ["taken"]


async def test_to_oneself_it_is_taking_over(pulled: RoutedDesk) -> None:
    anna, ben = await pulled.agent("Anna", "en"), await pulled.agent("Ben", "en")
    number = await pulled.ask()
    assigning = pulled.routing.assigning

    act = await assigning.assign(number, anna.id, to=anna.id)
    again = await assigning.assign(number, anna.id, to=anna.id)

    assert (act.ticket.owner, act.duplicate, again.duplicate) == (Owner.AGENT, False, True)
    with pytest.raises(AlreadyTaken):
        await assigning.assign(number, ben.id, to=ben.id)
    forced = await assigning.assign(number, ben.id, to=ben.id, force=True)
    assert forced.ticket.assignee is not None and forced.ticket.assignee.name == "Ben"


async def test_only_force_gives_away_what_a_third_agent_has(pulled: RoutedDesk) -> None:
    anna, ben = await pulled.agent("Anna", "en"), await pulled.agent("Ben", "en")
    cleo = await pulled.agent("Cleo", "en")
    offered, taken = await pulled.ask(), await pulled.ask()
    assigning = pulled.routing.assigning
    await assigning.assign(offered, anna.id, to=ben.id)
    await pulled.world.services.desk.take(taken, ben.id)

    for number in (offered, taken):
        with pytest.raises(AlreadyTaken, match="Ben"):
            await assigning.assign(number, anna.id, to=cleo.id)
        assert (await assigning.assign(number, anna.id, to=ben.id)).duplicate
        await assigning.assign(number, anna.id, to=cleo.id, force=True)

    assert [await pulled.holder(number) for number in (offered, taken)] == ["Cleo", "Cleo"]
    assert await pulled.history(offered) == ["withdrawn", None]
    # Whoever was given it may pass it on, too.
    await assigning.assign(offered, cleo.id, to=anna.id)
    assert await pulled.holder(offered) == "Anna"


async def test_what_the_assistant_answers_stays_with_it_until_taken(pulled: RoutedDesk) -> None:
    anna, ben = await pulled.agent("Anna", "en"), await pulled.agent("Ben", "en")
    cleo = await pulled.agent("Cleo", "en")
    number = await pulled.ask()
    services = pulled.world.services.desk
    await services.take(number, anna.id)
    await services.hand_back(number, anna.id)

    assigning = pulled.routing.assigning
    with pytest.raises(AlreadyTaken):
        await assigning.assign(number, ben.id, to=cleo.id)
    act = await assigning.assign(number, anna.id, to=ben.id)

    assert (act.ticket.owner, await pulled.holder(number)) == (Owner.BOT, "Ben")
    assert await pulled.history(number) == []
    assert (await assigning.assign(number, cleo.id, to=cleo.id)).ticket.owner is Owner.AGENT


async def test_an_assignment_needs_people_with_tickets_and_a_ticket_in_work(
    pulled: RoutedDesk,
) -> None:
    anna, ben = await pulled.agent("Anna", "en"), await pulled.agent("Ben", "en")
    editor = await pulled.world.agent("Ed", Role.EDITOR)
    number = await pulled.ask()
    assigning = pulled.routing.assigning

    with pytest.raises(UserNotFound):
        await assigning.assign(number, anna.id, to="nobody")
    for giver, receiver in ((anna, editor), (editor, anna)):
        with pytest.raises(RoleNotAllowed):
            await assigning.assign(number, giver.id, to=receiver.id)
    with pytest.raises(VersionConflict):
        await assigning.assign(number, anna.id, to=ben.id, expected=frozenset({99}))
    await pulled.world.services.agents.set_active(ben.id, False)
    with pytest.raises(UserNotFound):
        await assigning.assign(number, anna.id, to=ben.id)
    await pulled.world.services.desk.resolve(number, anna.id)
    with pytest.raises(InvalidTransition):
        await assigning.assign(number, anna.id, to=anna.id)
    assert await pulled.history(number) == []


async def test_who_does_not_answer_loses_the_offer(desk: RoutedDesk) -> None:
    anna, ben = await desk.agent("Anna", "en"), await desk.agent("Ben", "en")
    number = await desk.ask()
    await desk.routing.assigning.assign(number, anna.id, to=ben.id)
    assignment_id = await desk.world.scalar("SELECT id FROM assignments")
    timers = "SELECT count(*) FROM jobs WHERE kind = 'routing.answer'"
    assert await desk.world.scalar(timers) == 1

    desk.wait(2.9)
    assert not await desk.routing.returning.return_unanswered(assignment_id)
    desk.wait(0.1)
    assert await desk.routing.returning.return_unanswered(assignment_id)

    assert await desk.history(number) == ["no_answer"]
    assert (await desk.look()).assigned == 1
    assert await desk.holder(number) == "Anna"


async def test_who_does_not_write_loses_the_conversation(desk: RoutedDesk) -> None:
    anna, ben = await desk.agent("Anna", "en"), await desk.agent("Ben", "en")
    silent, answered = await desk.ask(), await desk.ask()
    services = desk.world.services.desk
    for number in (silent, answered):
        await services.take(number, anna.id)
        await desk.routing.assigning.assign(number, anna.id, to=ben.id)
    await services.note(answered, ben.id, client_id="n1", text="I look it up")
    await desk.world.say(desk.chats[silent], "Hello?")

    desk.wait(3)
    assert (await desk.look()).returned == 1

    assert await desk.history(silent) == ["no_answer", None]
    assert await desk.history(answered) == ["taken"]
    log = await desk.world.log(desk.chats[silent], internal=False)
    assert log[-1].kind == "agent_left"
    assert (await services.find(silent)).owner is Owner.QUEUE
    assert await desk.holder(answered) == "Ben"


async def test_what_waits_for_its_visitor_owes_no_answer(desk: RoutedDesk) -> None:
    anna, ben = await desk.agent("Anna", "en"), await desk.agent("Ben", "en")
    number = await desk.ask()
    services = desk.world.services.desk
    await services.take(number, anna.id)
    await services.reply(number, anna.id, client_id="r1", text="Which order?")

    act = await desk.routing.assigning.assign(number, anna.id, to=ben.id)

    assert act.ticket.state is TicketState.PENDING
    desk.wait(30)
    assert (await desk.look()).returned == 0
    await desk.world.say(desk.chats[number], "Order 12345")
    assert (await desk.look()).returned == 0
    assert await desk.holder(number) == "Ben"


async def test_a_lead_who_lets_it_wait_takes_the_duty_to_answer_away(desk: RoutedDesk) -> None:
    anna, ben = await desk.agent("Anna", "en"), await desk.agent("Ben", "en")
    number = await desk.ask()
    await desk.world.services.desk.take(number, anna.id)
    await desk.routing.assigning.assign(number, anna.id, to=ben.id)
    waits = TicketChange(state=TicketState.PENDING)

    await desk.world.services.tickets.change(number, anna.id, waits)

    assert await desk.history(number) == ["taken"]
    desk.wait(3)
    await desk.world.say(desk.chats[number], "Hello?")
    assert (await desk.look()).returned == 0


async def test_given_to_somebody_who_is_gone_it_comes_back(desk: RoutedDesk) -> None:
    anna, ben = await desk.agent("Anna", "en"), await desk.agent("Ben", "en", online=False)
    number = await desk.ask()
    await desk.routing.assigning.assign(number, anna.id, to=ben.id)

    desk.wait(3)
    assert (await desk.look()).returned == 1
    assert await desk.holder(number) == "Anna"


async def test_of_two_assignments_and_a_take_at_once_one_wins(desk: RoutedDesk) -> None:
    pull = desk.build(RoutingSettings())
    world = desk.world
    world.database.follow_ups = (*world.database.follow_ups[:-1], pull.requests)
    anna, ben, cleo, dora, eve = [
        await desk.agent(name, "en") for name in ("Anna", "Ben", "Cleo", "Dora", "Eve")
    ]
    databases = [open_database(world.url, busy_timeout_s=20) for _ in range(3)]
    replicas = [world.build(database) for database in databases]
    for database in databases:
        database.add_follow_up(pull.requests)
    try:
        for _round in range(4):
            number = await desk.ask()
            outcomes = await asyncio.gather(
                replicas[0].routing.assigning.assign(number, anna.id, to=cleo.id),
                replicas[1].routing.assigning.assign(number, ben.id, to=dora.id),
                replicas[2].desk.take(number, eve.id),
                return_exceptions=True,
            )
            done = [one for one in outcomes if isinstance(one, TicketAct)]
            refused = [one for one in outcomes if isinstance(one, HandoffError)]

            assert (len(done), len(refused)) == (1, 2)
            assert all(isinstance(one, AlreadyTaken) for one in refused)
            ticket = await world.services.desk.find(number)
            assert ticket.assignee == done[0].ticket.assignee
            query = (
                "SELECT count(*) FROM assignments WHERE ended_at IS NULL "
                f"AND ticket_number = {number[3:]}"
            )
            assert await world.scalar(query) == (0 if done == [outcomes[2]] else 1)
    finally:
        for database in databases:
            await database.dispose()
