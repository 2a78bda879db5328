"""Routing through the database: what is assigned, returned, refused and asked for."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from handoff.conversation import Owner
from handoff.errors import AlreadyTaken, NotAssignee, RoleNotAllowed
from handoff.model import Role
from handoff.retention import Retention
from handoff.routing.config import RoutingSettings
from handoff.routing.errors import EscalationRefused
from handoff.routing.model import Availability
from handoff.ticket import TicketState
from tests.handoff.breaking import breaking
from tests.handoff.routing.desk import RoutedDesk


async def test_a_ticket_goes_to_whoever_speaks_its_language(desk: RoutedDesk) -> None:
    await desk.agent("Ben", "en")
    await desk.agent("Anna", "el", "en")
    number = await desk.ask(locale="el-GR")

    looked = await desk.look()

    assert (looked.assigned, looked.waiting) == (1, 0)
    ticket = await desk.world.services.desk.find(number)
    assert ticket.assignee is not None and ticket.assignee.name == "Anna"
    assert (ticket.assigned_by, ticket.assigned_at) == ("routing", desk.world.clock.now())
    # The conversation stays with the queue until she answers.
    assert (ticket.owner, ticket.state) == (Owner.QUEUE, TicketState.NEW)


async def test_a_ticket_that_breaks_keeps_no_place_from_the_others(desk: RoutedDesk) -> None:
    await desk.agent("Anna", "en", capacity=1)
    *broken, last, _waits = [await desk.ask() for _ in range(9)]
    asked = await desk.requests()

    with breaking(desk.world.database, *broken):
        looked = await desk.look()

    assert (looked.assigned, looked.broken, looked.waiting) == (1, 7, 1)
    assert await desk.holder(last) == "Anna"
    # Soon, but not at once again and again.
    assert await desk.requests() <= asked + 2
    await desk.agent("Ben", "en", capacity=1)
    assert (await desk.look()).assigned == 1
    assert await desk.holder(broken[0]) == "Ben"


async def test_a_ticket_that_breaks_keeps_no_other_from_coming_back(desk: RoutedDesk) -> None:
    await desk.agent("Anna", "en")
    numbers = [await desk.ask() for _ in range(2)]
    await desk.look()
    desk.wait(3)

    with breaking(desk.world.database, numbers[0]):
        looked = await desk.look()

    assert looked.returned == 1
    assert [await desk.holder(number) for number in numbers] == ["Anna", None]


async def test_taking_it_answers_the_offer(desk: RoutedDesk) -> None:
    anna = await desk.agent("Anna", "en")
    number = await desk.ask()
    await desk.look()

    act = await desk.world.services.desk.take(number, anna.id)

    assert (act.ticket.owner, act.ticket.assigned_by) == (Owner.AGENT, "routing")
    assert await desk.history(number) == ["taken"]
    desk.wait(60)
    assert (await desk.look()).returned == 0


async def test_a_colleague_cannot_take_what_is_offered_to_somebody(desk: RoutedDesk) -> None:
    await desk.agent("Anna", "el")
    ben = await desk.agent("Ben", "en")
    number = await desk.ask(locale="el-GR")
    await desk.look()
    services = desk.world.services.desk

    with pytest.raises(AlreadyTaken) as taken:
        await services.take(number, ben.id)
    with pytest.raises(NotAssignee):
        await services.resolve(number, ben.id)

    assert taken.value.agent_name == "Anna"
    forced = await services.take(number, ben.id, force=True)
    assert forced.ticket.assigned_by == "agent"
    assert await desk.history(number) == ["withdrawn"]


async def test_who_does_not_answer_loses_it_and_is_spared_for_a_while(desk: RoutedDesk) -> None:
    await desk.agent("Anna", "en")
    number = await desk.ask()
    await desk.look()

    desk.wait(2.9)
    assert (await desk.look()).returned == 0
    desk.wait(0.1)
    looked = await desk.look()

    assert (looked.returned, looked.assigned) == (1, 0)
    assert await desk.holder(number) is None
    assert await desk.history(number) == ["no_answer"]
    await desk.agent("Ben", "en")
    assert (await desk.look()).assigned == 1
    assert await desk.holder(number) == "Ben"


async def test_alone_she_gets_it_again_after_the_pause(desk: RoutedDesk) -> None:
    await desk.agent("Anna", "en")
    number = await desk.ask()
    await desk.look()
    desk.wait(3)
    await desk.look()

    desk.wait(9.9)
    assert (await desk.look()).assigned == 0
    desk.wait(0.1)
    assert (await desk.look()).assigned == 1
    assert await desk.holder(number) == "Anna"


async def test_the_timer_of_an_assignment_returns_it_by_itself(desk: RoutedDesk) -> None:
    await desk.agent("Anna", "en")
    number = await desk.ask()
    await desk.look()
    assignment_id = await desk.world.scalar("SELECT id FROM assignments")
    returning = desk.routing.returning

    assert not await returning.return_unanswered(assignment_id)
    desk.wait(3)
    assert await returning.return_unanswered(assignment_id)
    assert not await returning.return_unanswered(assignment_id)
    assert await desk.holder(number) is None
    timers = "SELECT count(*) FROM jobs WHERE kind = 'routing.answer'"
    assert await desk.world.scalar(timers) == 1


async def test_the_work_of_somebody_who_is_gone_goes_back(desk: RoutedDesk) -> None:
    anna = await desk.agent("Anna", "en")
    taken, pending, offered = [await desk.ask() for _ in range(3)]
    await desk.look()
    services = desk.world.services.desk
    await services.take(taken, anna.id)
    await services.take(pending, anna.id)
    await services.reply(pending, anna.id, client_id="r1", text="Which order?")
    desk.wait(1)
    assert await desk.holder(offered) is None  # her two slots are in use
    await desk.go(anna)

    desk.wait(4.9)
    assert (await desk.look()).returned == 0
    desk.wait(0.1)
    assert (await desk.look()).returned == 1

    assert [await desk.holder(number) for number in (taken, pending)] == [None, "Anna"]
    ticket = await services.find(taken)
    assert (ticket.owner, ticket.state) == (Owner.QUEUE, TicketState.OPEN)
    log = await desk.world.log(desk.chats[taken], internal=False)
    assert log[-1].kind == "agent_left"
    # The visitor writes to somebody who is gone.
    await desk.world.say(desk.chats[pending], "Order 12345")
    assert (await desk.look()).returned == 1
    assert await desk.holder(pending) is None


async def test_capacity_frees_when_the_visitor_has_had_the_word_for_long(
    desk: RoutedDesk,
) -> None:
    anna = await desk.agent("Anna", "en", capacity=1)
    first, second = await desk.ask(), await desk.ask()
    await desk.look()
    await desk.world.services.desk.take(first, anna.id)
    await desk.world.services.desk.reply(first, anna.id, client_id="r1", text="Which order?")

    desk.wait(9.9)
    assert (await desk.look()).assigned == 0
    desk.wait(0.1)
    assert (await desk.look()).assigned == 1
    assert await desk.holder(second) == "Anna"


async def test_the_backlog_drains_highest_first_as_slots_free(desk: RoutedDesk) -> None:
    anna = await desk.agent("Anna", "en", capacity=1)
    running = await desk.ask()
    await desk.look()
    await desk.world.services.desk.take(running, anna.id)
    ordinary = await desk.ask()
    desk.wait(1)
    urgent = await desk.ask("Total outage for everybody")
    assert (await desk.look()).assigned == 0

    await desk.world.services.desk.resolve(running, anna.id)
    assert (await desk.look()).assigned == 1

    assert [await desk.holder(number) for number in (urgent, ordinary)] == ["Anna", None]


async def test_every_change_asks_for_a_look_in_its_own_transaction(desk: RoutedDesk) -> None:
    async def asked(act: str) -> bool:
        before = await desk.requests()
        match act:
            case "online":
                await desk.agent("Ben", "en")
            case "opened":
                numbers.append(await desk.ask())
            case "resolved":
                await desk.world.services.desk.resolve(numbers[0], anna.id)
            case "note":
                await desk.world.services.desk.note(
                    numbers[1], anna.id, client_id="n", text="Careful"
                )
            case "team":
                await desk.routing.staffing.create_team(name="Returns")
        return await desk.requests() > before

    numbers: list[str] = []
    anna = await desk.agent("Anna", "en")

    assert await asked("online")
    assert await asked("opened")
    assert await asked("opened")
    assert await asked("resolved")
    assert await asked("team")
    assert not await asked("note")


async def test_a_look_that_a_later_one_has_covered_is_skipped(desk: RoutedDesk) -> None:
    await desk.ask()
    seq = await desk.world.scalar("SELECT max(seq) FROM inbox_events")
    router = desk.routing.router

    assert not (await router.look(seq=seq)).covered
    assert (await router.look(seq=seq)).covered
    await desk.ask()
    assert not (await router.look(seq=seq + 1)).covered


async def test_without_push_nothing_is_assigned_and_nothing_asked_for(desk: RoutedDesk) -> None:
    pull = desk.build(RoutingSettings())
    desk.world.database.follow_ups = (*desk.world.database.follow_ups[:-1], pull.requests)
    desk.routing = pull
    await desk.agent("Anna", "en")
    number = await desk.ask()

    assert await desk.requests() == 0
    assert (await desk.look()).assigned == 0
    assert await desk.holder(number) is None


async def test_a_team_may_push_while_all_others_pull(desk: RoutedDesk) -> None:
    pull = desk.build(RoutingSettings())
    desk.world.database.follow_ups = (*desk.world.database.follow_ups[:-1], pull.requests)
    desk.routing = pull
    anna = await desk.agent("Anna", "en")
    team = await pull.staffing.create_team(name="Chat", mode="push", members=[anna.id])
    everybodys, teams = await desk.ask(), await desk.ask()
    async with desk.world.database.write() as transaction:
        await transaction.connection.exec_driver_sql(
            f"UPDATE tickets SET team_id = '{team.id}' WHERE number = {teams[3:]}"
        )

    assert (await desk.look()).assigned == 1
    assert [await desk.holder(one) for one in (everybodys, teams)] == [None, "Anna"]


async def test_looks_at_the_same_time_assign_nothing_twice(desk: RoutedDesk) -> None:
    for name in ("Anna", "Ben", "Cleo"):
        await desk.agent(name, "en", capacity=2)
    numbers = [await desk.ask() for _ in range(10)]
    other = desk.build(desk.routing.service.routing)

    looked = await asyncio.gather(
        *(router.look() for router in (desk.routing.router, other.router) * 3)
    )

    assert sum(one.assigned for one in looked) == 6
    holders = [await desk.holder(number) for number in numbers]
    assert sorted(name for name in holders if name) == ["Anna"] * 2 + ["Ben"] * 2 + ["Cleo"] * 2
    assert holders[6:] == [None] * 4
    assert await desk.world.scalar("SELECT count(*) FROM assignments") == 6


async def test_a_released_ticket_spares_who_put_it_back(desk: RoutedDesk) -> None:
    anna = await desk.agent("Anna", "en")
    number = await desk.ask()
    await desk.world.services.desk.take(number, anna.id)

    await desk.world.services.desk.release(number, anna.id)

    assert (await desk.look()).assigned == 0
    assert await desk.history(number) == ["released"]
    assert "cooling_down" in str(await desk.world.scalar("SELECT reason FROM ticket_waits"))


async def test_the_agent_who_knew_the_customer_is_asked_first(desk: RoutedDesk) -> None:
    anna = await desk.agent("Anna", "en")
    first = await desk.ask()
    await desk.world.services.desk.take(first, anna.id)
    await desk.world.services.desk.resolve(first, anna.id)
    for name in ("Ben", "Cleo"):
        await desk.agent(name, "en")
    chat = desk.chats[first]

    await desk.world.say(chat, "One more thing")
    done = await desk.world.answer(chat, replies=(), handoff="asked_for_person")
    await desk.look()

    assert done.ticket is not None
    assert await desk.holder(done.ticket.number) == "Anna"
    reasons = await desk.world.scalar("SELECT reasons FROM assignments")
    assert "knows_customer" in str(reasons)


async def test_an_escalation_goes_to_tier_two_with_its_reason(desk: RoutedDesk) -> None:
    anna = await desk.agent("Anna", "en")
    await desk.agent("Eve", "en", support_tier=2)
    number = await desk.ask()
    await desk.world.services.desk.take(number, anna.id)
    await desk.look()

    act = await desk.routing.returning.escalate(number, anna.id, reason=" Needs the database ")

    assert (act.ticket.support_tier, act.ticket.assignee) == (2, None)
    assert act.event is not None and act.event.agents_only
    assert act.event.payload["reason"] == "Needs the database"
    assert (await desk.look()).assigned == 1
    assert await desk.holder(number) == "Eve"
    with pytest.raises(EscalationRefused, match="highest tier"):
        await desk.routing.returning.escalate(number, anna.id, reason="Again")


async def test_escalations_need_a_reason_and_the_right_hands(desk: RoutedDesk) -> None:
    anna, ben = await desk.agent("Anna", "en"), await desk.agent("Ben", "en")
    editor = await desk.world.agent("Ed", Role.EDITOR)
    number = await desk.ask()
    await desk.world.services.desk.take(number, anna.id)
    returning = desk.routing.returning

    with pytest.raises(EscalationRefused, match="a reason is needed"):
        await returning.escalate(number, anna.id, reason="  ")
    with pytest.raises(NotAssignee):
        await returning.escalate(number, ben.id, reason="Mine is better")
    with pytest.raises(RoleNotAllowed):
        await returning.escalate(number, editor.id, reason="No")
    await desk.world.services.desk.resolve(number, anna.id)
    with pytest.raises(EscalationRefused, match="solved"):
        await returning.escalate(number, anna.id, reason="Too late")


async def test_old_assignments_go_with_their_tickets(desk: RoutedDesk) -> None:
    anna = await desk.agent("Anna", "en")
    number = await desk.ask()
    await desk.look()
    await desk.world.services.desk.resolve(number, anna.id)
    retention = Retention(desk.world.database, desk.world.clock)

    desk.wait(60 * 24 * 31)
    assert await retention.trim_conversations(keep=timedelta(days=30)) == 1

    assert await desk.world.scalar("SELECT count(*) FROM assignments") == 0


async def test_an_agent_who_changed_since_the_plan_gets_nothing(desk: RoutedDesk) -> None:
    anna = await desk.agent("Anna", "en")
    number = await desk.ask()
    router = desk.routing.router
    snapshot, plan, _ = await router._plan()

    await desk.routing.attendance.choose(anna.id, Availability.BUSY)

    assert not await router._assign(snapshot, plan.assignments[0])
    assert await desk.holder(number) is None


async def test_a_ticket_that_changed_since_the_plan_is_left_alone(desk: RoutedDesk) -> None:
    await desk.agent("Anna", "en")
    number = await desk.ask()
    router = desk.routing.router
    snapshot, plan, _ = await router._plan()

    await desk.world.say(desk.chats[number], "Are you there?")

    assert not await router._assign(snapshot, plan.assignments[0])
    assert (await desk.look()).assigned == 1


async def test_a_look_arranges_the_next_one_for_when_patience_ends(desk: RoutedDesk) -> None:
    await desk.agent("Nell", "nl")
    await desk.ask(locale="el-GR")

    await desk.look()

    due = await desk.world.scalar("SELECT count(*) FROM jobs WHERE key LIKE 'routing.pass:at:%'")
    assert due == 1
    until = await desk.world.scalar("SELECT until FROM ticket_waits")
    assert str(until).startswith(str(desk.world.clock.now() + timedelta(minutes=5))[:16])
