"""What agents change of a ticket, what changes by itself, and what a visitor can reopen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from handoff.conversation import Owner
from handoff.errors import FieldInvalid, InvalidTransition, RoleNotAllowed, VersionConflict
from handoff.model import Choice, ConversationView, JsonObject, Role, iso
from handoff.ticket import REOPEN, TicketState
from handoff.tickets.desk import TicketChange
from handoff.tickets.rules import CustomField, FieldType, TicketRules
from handoff.tickets.timers import END_HOLD
from handoff.work.model import JobState
from tests.handoff.breaking import breaking
from tests.handoff.tickets.jobs import run_due
from tests.handoff.world import World

DAY = timedelta(days=1)


async def handed_off(world: World) -> tuple[ConversationView, str, str]:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()
    return chat, number, ann.id


async def change(world: World, number: str, agent_id: str, **values: Any) -> Any:
    return await world.services.tickets.change(number, agent_id, TicketChange(**values))


async def press_unsolved(world: World, chat: ConversationView, number: str) -> None:
    world.n_said += 1
    await world.services.visitors.accept_message(
        chat.id,
        visitor_id=chat.visitor_id,
        client_id=f"said-{world.n_said}",
        text="It is not solved",
        choice=Choice(kind=REOPEN, value=number),
    )


async def test_a_ticket_waits_for_the_customer_until_she_writes(world: World) -> None:
    chat, number, ann = await handed_off(world)

    act = await change(world, number, ann, state=TicketState.PENDING)
    await world.say(chat, "Here is the photo")

    assert (act.ticket.state, act.ticket.waiting_since) == (TicketState.PENDING, None)
    after = await world.services.desk.find(number)
    assert (after.state, after.owner) == (TicketState.OPEN, Owner.QUEUE)


async def test_a_held_ticket_says_why_and_opens_at_its_time(world: World) -> None:
    _chat, number, ann = await handed_off(world)
    until = world.clock.now() + DAY

    act = await change(
        world, number, ann, state=TicketState.ON_HOLD, reason="Parts ordered", until=until
    )
    world.clock.advance(DAY)
    await run_due(world)

    assert act.ticket.state is TicketState.ON_HOLD
    assert act.ticket.hold == {
        "reason": "Parts ordered",
        "until": iso(until),
        "by": "Ann",
        "since": iso(until - DAY),
    }
    after = await world.services.desk.find(number)
    assert (after.state, after.hold) == (TicketState.OPEN, None)


async def test_a_timer_of_a_hold_that_ended_early_does_nothing(world: World) -> None:
    _chat, number, ann = await handed_off(world)
    until = world.clock.now() + DAY
    await change(world, number, ann, state=TicketState.ON_HOLD, reason="Parts", until=until)
    await change(world, number, ann, state=TicketState.ON_HOLD, reason="Strike", until=None)
    before = await world.services.inbox.cursor()
    world.clock.advance(DAY)

    done = await run_due(world)

    assert done == [END_HOLD]
    assert (await world.services.desk.find(number)).state is TicketState.ON_HOLD
    assert await world.services.inbox.cursor() == before


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"reason": "Parts", "until": timedelta(0)}, "until"),
        ({"reason": "Parts", "until": -DAY}, "until"),
    ],
)
async def test_a_hold_needs_a_reason_and_a_time_to_come(
    world: World, values: dict[str, Any], field: str
) -> None:
    _chat, number, ann = await handed_off(world)
    if "until" in values:
        values = {**values, "until": world.clock.now() + values["until"]}

    with pytest.raises(FieldInvalid) as caught:
        await change(world, number, ann, state=TicketState.ON_HOLD, **values)

    assert caught.value.field == field
    assert (await world.services.desk.find(number)).state is TicketState.NEW


async def test_spam_leaves_the_queue_and_its_author_hears_nothing(world: World) -> None:
    chat, number, ann = await handed_off(world)
    seen = await world.log(chat, internal=False)

    act = await change(world, number, ann, state=TicketState.SPAM)

    assert act.ticket.state is TicketState.SPAM
    assert await world.log(chat, internal=False) == seen
    for view in ("open", "unassigned", "solved"):
        found = await world.services.desk.list_tickets(view, ann)  # type: ignore[arg-type]
        assert (found.tickets, set(found.counts.values())) == ((), {0})
    stored = await world.scalar("SELECT state FROM tickets")
    assert stored == "closed"
    # To the visitor and the bot it is closed; nobody tells her what she is taken for.
    view = await world.view(chat)
    assert view.ticket is not None
    assert view.ticket.state is TicketState.CLOSED


async def test_what_was_no_spam_goes_back_into_the_queue(world: World) -> None:
    chat, number, ann = await handed_off(world)
    await change(world, number, ann, state=TicketState.SPAM)

    act = await change(world, number, ann, state=TicketState.OPEN)

    assert (act.ticket.state, act.ticket.owner) == (TicketState.OPEN, Owner.QUEUE)
    await world.say(chat, "Are you there?")
    assert (await world.services.desk.find(number)).last_message == "Are you there?"


async def test_what_was_no_spam_is_closed_if_the_visitor_went_on(world: World) -> None:
    chat, number, ann = await handed_off(world)
    await change(world, number, ann, state=TicketState.SPAM)
    await world.say(chat, "Something else")

    act = await change(world, number, ann, state=TicketState.OPEN)

    assert (act.ticket.state, act.ticket.owner) == (TicketState.CLOSED, Owner.BOT)


async def test_solved_and_reopened_by_hand(world: World) -> None:
    _chat, number, ann = await handed_off(world)

    solved = await change(world, number, ann, state=TicketState.SOLVED)
    again = await change(world, number, ann, state=TicketState.SOLVED)
    opened = await change(world, number, ann, state=TicketState.OPEN)

    assert (solved.ticket.state, again.duplicate) == (TicketState.SOLVED, True)
    assert (opened.ticket.state, opened.ticket.owner) == (TicketState.OPEN, Owner.AGENT)


@pytest.mark.parametrize("state", [TicketState.NEW, TicketState.CLOSED, TicketState.MERGED])
async def test_states_that_are_not_set_by_hand(world: World, state: TicketState) -> None:
    _chat, number, ann = await handed_off(world)
    await change(world, number, ann, state=TicketState.PENDING)

    with pytest.raises(InvalidTransition):
        await change(world, number, ann, state=state)


async def test_not_solved_reopens_the_ticket_in_its_episode(world: World) -> None:
    chat, number, ann = await handed_off(world)
    await world.services.desk.take(number, ann)
    solved = await world.services.desk.resolve(number, ann)
    world.clock.advance(6 * DAY)

    await press_unsolved(world, chat, number)

    assert solved.event is not None
    assert solved.event.payload["buttons"] == [
        {"title": "[en] not-solved", "choice": {"kind": REOPEN, "value": number}}
    ]
    ticket = await world.services.desk.find(number)
    assert (ticket.state, ticket.owner) == (TicketState.OPEN, Owner.QUEUE)
    assert (ticket.assignee, ticket.resolved_at) == (None, None)
    assert ticket.waiting_since == world.clock.now()
    assert await world.scalar("SELECT count(*) FROM tickets") == 1


async def test_not_solved_comes_too_late_after_the_window(world: World) -> None:
    chat, number, ann = await handed_off(world)
    await world.services.desk.resolve(number, ann)
    world.clock.advance(7 * DAY + timedelta(seconds=1))

    await press_unsolved(world, chat, number)

    # Words to the bot, which does not know the button.
    claim = await world.claim(chat)
    assert (claim.message.text, claim.choice) == ("It is not solved", None)
    assert (await world.services.desk.find(number)).state is TicketState.SOLVED


async def test_not_solved_of_another_ticket_reopens_nothing(world: World) -> None:
    chat, number, ann = await handed_off(world)
    await world.services.desk.resolve(number, ann)

    await press_unsolved(world, chat, "BD-9999")

    assert (await world.services.desk.find(number)).state is TicketState.SOLVED
    assert (await world.view(chat)).owner is Owner.BOT


async def test_a_new_matter_after_solved_is_a_new_ticket_that_names_the_old_one(
    world: World,
) -> None:
    chat, number, ann = await handed_off(world)
    await world.services.desk.resolve(number, ann)
    world.clock.advance(30 * DAY)

    second = await world.hand_off(chat, "It is broken again")

    assert second != number
    assert (await world.services.desk.find(second)).follow_up_of == number
    assert (await world.services.desk.find(number)).state is TicketState.SOLVED


async def test_long_after_the_end_nothing_is_followed(world: World) -> None:
    chat, number, ann = await handed_off(world)
    await world.services.desk.resolve(number, ann)
    world.clock.advance(61 * DAY)

    second = await world.hand_off(chat, "Something new")

    assert (await world.services.desk.find(second)).follow_up_of is None


async def test_nobody_follows_spam(world: World) -> None:
    chat, number, ann = await handed_off(world)
    await change(world, number, ann, state=TicketState.SPAM)

    second = await world.hand_off(chat, "Buy now")

    assert (await world.services.desk.find(second)).follow_up_of is None


async def test_solved_tickets_are_closed_after_their_time(world: World) -> None:
    chat, number, ann = await handed_off(world)
    await world.services.desk.resolve(number, ann)
    # The older of two tickets of one conversation is closed as well.
    second = await world.hand_off(chat, "Another matter")
    await world.services.desk.resolve(second, ann)
    world.clock.advance(6 * DAY)
    assert (await world.services.timers.close_solved(None)).result == {"closed": 0, "broken": 0}  # type: ignore[arg-type]
    world.clock.advance(DAY)

    done = await world.services.timers.close_solved(None)  # type: ignore[arg-type]

    assert done.result == {"closed": 2, "broken": 0}
    for closed in (number, second):
        assert (await world.services.desk.find(closed)).state is TicketState.CLOSED
    with pytest.raises(InvalidTransition):
        await world.services.desk.reopen(second, ann)


async def test_a_ticket_that_cannot_be_closed_does_not_keep_the_others_open(world: World) -> None:
    ann = await world.agent()
    numbers = [await world.hand_off(await world.start()) for _ in range(3)]
    for number in numbers:
        await world.services.desk.resolve(number, ann.id)
    world.clock.advance(7 * DAY)

    with breaking(world.database, numbers[1]):
        done = await world.services.timers.close_solved(None)  # type: ignore[arg-type]

    assert done.result == {"closed": 2, "broken": 1}
    states = [(await world.services.desk.find(number)).state for number in numbers]
    assert states == [TicketState.CLOSED, TicketState.SOLVED, TicketState.CLOSED]


async def test_several_fields_change_together_or_not_at_all(world: World) -> None:
    _chat, number, ann = await handed_off(world)

    with pytest.raises(FieldInvalid):
        await change(world, number, ann, subject="New subject", type="nonsense")

    assert (await world.services.desk.find(number)).subject != "New subject"


async def test_what_an_agent_sets_is_kept_from_the_machine(world: World) -> None:
    chat, number, ann = await handed_off(world)

    act = await change(world, number, ann, type="feedback", language="tr", tags=["VIP client"])
    await world.say(chat, "This is a complaint, it does not work?")

    after = await world.services.desk.find(number)
    assert (after.type, after.language, after.tags) == ("feedback", "tr", ("vip-client",))
    assert after.classification["type"] == {
        "value": "feedback",
        "confidence": 1.0,
        "source": "agent",
    }
    assert act.ticket.version < after.version


async def test_a_change_of_what_somebody_else_changed_is_refused(world: World) -> None:
    _chat, number, ann = await handed_off(world)
    seen = (await world.services.desk.find(number)).version
    tickets = world.services.tickets
    await tickets.change(number, ann, TicketChange(subject="Mine"), expected=frozenset({seen}))

    with pytest.raises(VersionConflict) as caught:
        await tickets.change(number, ann, TicketChange(subject="Yours"), expected=frozenset({seen}))

    assert caught.value.current == seen + 1
    assert (await world.services.desk.find(number)).subject == "Mine"


async def test_changing_nothing_writes_nothing(world: World) -> None:
    _chat, number, ann = await handed_off(world)
    before = await world.services.desk.find(number)

    act = await change(world, number, ann, subject=before.subject, tags=[])

    assert act.duplicate
    assert (await world.services.desk.find(number)).version == before.version


async def test_own_fields_are_checked_and_required_ones_asked_for(world: World) -> None:
    fields = {
        "order": CustomField(slug="order", required=True),
        "amount": CustomField(slug="amount", type=FieldType.NUMBER),
    }
    world.services = world.build(world.database, tickets=TicketRules(fields=fields))
    _chat, number, ann = await handed_off(world)
    own: JsonObject = {"amount": 12.5}

    act = await change(world, number, ann, custom_fields=own)
    with pytest.raises(FieldInvalid) as caught:
        await world.services.desk.resolve(number, ann)
    both = await change(
        world, number, ann, custom_fields={"order": "A-1"}, state=TicketState.SOLVED
    )

    assert act.ticket.custom_fields == own
    assert caught.value.field == "order"
    assert both.ticket.custom_fields == {"amount": 12.5, "order": "A-1"}
    assert both.ticket.state is TicketState.SOLVED


async def test_editors_may_not_change_tickets(world: World) -> None:
    _chat, number, _ann = await handed_off(world)
    editor = await world.agent("Eve", Role.EDITOR)

    with pytest.raises(RoleNotAllowed):
        await change(world, number, editor.id, subject="Mine")


async def test_the_history_tells_every_change_with_its_author(world: World) -> None:
    chat, number, ann = await handed_off(world)
    await world.services.desk.take(number, ann)
    await change(world, number, ann, state=TicketState.ON_HOLD, reason="Parts")
    await world.say(chat, "Any news?")
    await change(world, number, ann, category=None, tags=["parts"])
    await world.services.desk.override_priority(number, ann, level=2, reason="Regular")

    lines = await world.services.history.read(number, ann)

    told = [(line.act, line.by.name if line.by else None) for line in lines]
    assert told == [
        ("ticket_changed", None),
        ("ticket_changed", "Ann"),
        ("ticket_changed", "Ann"),
        ("ticket_changed", None),
        ("ticket_changed", "Ann"),
        ("priority_set", "Ann"),
        ("ticket_changed", "Ann"),
    ]
    opened, taken, held, written, tagged, _, urgent = [line.detail.get("changes") for line in lines]
    assert opened == {
        "state": {"from": None, "to": "new"},
        "priority": {"from": None, "to": 3},
    }
    assert isinstance(taken, dict)
    assert taken["assignee_id"] == {"from": None, "to": ann}
    assert isinstance(held, dict)
    assert held["state"] == {"from": "open", "to": "on_hold"}
    assert written == {"state": {"from": "on_hold", "to": "open"}}
    assert tagged == {"tags": {"from": [], "to": ["parts"]}}
    assert urgent == {"priority": {"from": 3, "to": 2}}
    assert lines[1].names == {ann: "Ann"}
    rest = await world.services.history.read(number, None, after=lines[4].id, limit=1)
    assert [line.act for line in rest] == ["priority_set"]


async def test_a_timer_is_one_job_however_often_it_is_set(world: World) -> None:
    _chat, number, ann = await handed_off(world)
    until = world.clock.now() + DAY
    for reason in ("Parts", "Still parts"):
        await change(world, number, ann, state=TicketState.ON_HOLD, reason=reason, until=until)

    jobs = await world.scalar(f"SELECT count(*) FROM jobs WHERE state = '{JobState.TODO.value}'")

    assert jobs == 1
