"""What an agent can do: the queue, taking, answering, giving back, resolving."""

from __future__ import annotations

import pytest

from handoff.conversation import Owner
from handoff.errors import (
    AlreadyTaken,
    ClientIdReused,
    InvalidTransition,
    MessageEmpty,
    NotAssignee,
    PriorityInvalid,
    RoleNotAllowed,
    TicketNotFound,
    UserNotFound,
)
from handoff.model import Author, Role, TicketViewName, iso
from handoff.ticket import TicketState
from tests.handoff.world import World, answered, dropped


async def test_taking_a_ticket_tells_the_visitor_who_is_there(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()

    act = await world.services.desk.take(number, ann.id)

    assert (act.ticket.state, act.ticket.owner) == (TicketState.OPEN, Owner.AGENT)
    assert act.ticket.assignee is not None
    assert act.ticket.assignee.name == "Ann"
    assert act.event is not None
    assert (act.event.kind, act.event.author_name) == ("agent_joined", "Ann")
    assert act.event.text == "[en] agent-joined name=Ann"
    view = await world.view(chat)
    assert (view.owner, view.agent_name, view.epoch) == (Owner.AGENT, "Ann", 3)


async def test_taking_twice_changes_nothing(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()
    await world.services.desk.take(number, ann.id)

    again = await world.services.desk.take(number, ann.id)

    assert again.duplicate
    assert (await world.view(chat)).epoch == 3


async def test_a_taken_ticket_names_who_has_it(world: World) -> None:
    number = await world.hand_off(await world.start())
    ann, bob = await world.agent("Ann"), await world.agent("Bob")
    await world.services.desk.take(number, ann.id)

    with pytest.raises(AlreadyTaken) as caught:
        await world.services.desk.take(number, bob.id)

    assert (caught.value.code, caught.value.agent_name) == ("already_taken", "Ann")


async def test_a_ticket_can_be_taken_over_on_purpose(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann, bob = await world.agent("Ann"), await world.agent("Bob")
    desk = world.services.desk
    await desk.take(number, ann.id)

    await desk.take(number, bob.id, force=True)

    assert (await world.view(chat)).agent_name == "Bob"
    with pytest.raises(NotAssignee) as caught:
        await desk.reply(number, ann.id, client_id="r1", text="Still me")
    assert caught.value.agent_name == "Bob"


async def test_a_reply_reaches_the_visitor(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()
    await world.services.desk.take(number, ann.id)

    act = await world.services.desk.reply(number, ann.id, client_id="r1", text=" Hello \r\n you")

    assert act.event is not None
    assert (act.event.author, act.event.author_name) == (Author.AGENT, "Ann")
    assert act.event.text == "Hello \n you"
    assert (act.ticket.state, act.ticket.waiting_since) == (TicketState.PENDING, None)
    assert act.ticket.first_reply_at == world.clock.now()
    assert (await world.log(chat, internal=False))[-1].text == "Hello \n you"


async def test_a_repeated_reply_is_stored_once_even_after_the_resolution(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()
    desk = world.services.desk
    await desk.take(number, ann.id)
    first = await desk.reply(number, ann.id, client_id="r1", text="Hello")
    await desk.resolve(number, ann.id)

    again = await desk.reply(number, ann.id, client_id="r1", text="Hello")

    assert again.duplicate
    assert first.event is not None and again.event is not None
    assert again.event.seq == first.event.seq


async def test_a_client_id_cannot_carry_another_reply(world: World) -> None:
    number = await world.hand_off(await world.start())
    ann, bob = await world.agent("Ann"), await world.agent("Bob")
    desk = world.services.desk
    await desk.take(number, ann.id)
    await desk.reply(number, ann.id, client_id="r1", text="Hello")

    with pytest.raises(ClientIdReused):
        await desk.reply(number, ann.id, client_id="r1", text="Other")
    with pytest.raises(ClientIdReused):
        await desk.note(number, ann.id, client_id="r1", text="Hello")
    with pytest.raises(ClientIdReused):
        await desk.reply(number, bob.id, client_id="r1", text="Hello")


async def test_only_the_agent_who_has_it_may_answer(world: World) -> None:
    number = await world.hand_off(await world.start())
    ann = await world.agent()
    desk = world.services.desk

    for act in (
        desk.reply(number, ann.id, client_id="r1", text="Hello"),
        desk.hand_back(number, ann.id),
        desk.release(number, ann.id),
    ):
        with pytest.raises(NotAssignee) as caught:
            await act
        assert caught.value.agent_name is None


async def test_an_empty_reply_is_refused(world: World) -> None:
    number = await world.hand_off(await world.start())
    ann = await world.agent()

    with pytest.raises(MessageEmpty):
        await world.services.desk.reply(number, ann.id, client_id="r1", text=" ")


async def test_a_note_is_for_agents_only(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    bob = await world.agent("Bob")
    desk = world.services.desk

    act = await desk.note(number, bob.id, client_id="n1", text="Asked before")
    again = await desk.note(number, bob.id, client_id="n1", text="Asked before")

    assert act.event is not None
    assert (act.event.kind, act.event.agents_only, again.duplicate) == ("note", True, True)
    assert "note" not in [event.kind for event in await world.log(chat, internal=False)]
    assert "note" in [event.kind for event in await world.log(chat)]


async def test_a_solved_ticket_takes_no_notes(world: World) -> None:
    number = await world.hand_off(await world.start())
    ann = await world.agent()
    await world.services.desk.resolve(number, ann.id)

    with pytest.raises(InvalidTransition) as caught:
        await world.services.desk.note(number, ann.id, client_id="n1", text="Late")

    assert (caught.value.act, caught.value.state) == ("note", "solved")


async def test_handing_back_gives_the_bot_a_fresh_dialogue(world: World) -> None:
    chat = await world.start()
    await world.say(chat)
    await world.answer(chat)
    number = await world.hand_off(chat)
    ann = await world.agent()
    desk = world.services.desk
    await desk.take(number, ann.id)
    await world.say(chat, "to the agent")

    act = await desk.hand_back(number, ann.id)

    view = await world.view(chat)
    assert (view.owner, view.bot_pending, view.agent_name) == (Owner.BOT, False, None)
    assert act.ticket.state is TicketState.PENDING
    assert act.event is not None
    assert act.event.kind == "handed_back"
    assert act.event.internal == {"agent_id": ann.id, "dialogue": "reset"}
    assert await world.services.turns.claim(chat.id, lease_s=30) is None
    await world.say(chat, "to the bot")
    claim = await world.claim(chat)
    assert (claim.message.text, claim.dialogue_events) == ("to the bot", ())


async def test_taking_from_the_bot_drops_its_running_turn(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()
    desk = world.services.desk
    await desk.take(number, ann.id)
    await desk.hand_back(number, ann.id)
    await world.say(chat, "to the bot")
    claim = await world.claim(chat)

    act = await desk.take(number, ann.id)

    late = await world.services.turns.complete(claim, answered())
    assert dropped(late) == "owner_changed"
    assert act.ticket.waiting_since == world.clock.now()


async def test_releasing_puts_the_ticket_back(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann, bob = await world.agent("Ann"), await world.agent("Bob")
    desk = world.services.desk
    await desk.take(number, ann.id)

    act = await desk.release(number, ann.id)

    assert (act.ticket.owner, act.ticket.assignee) == (Owner.QUEUE, None)
    assert act.event is not None
    assert act.event.kind == "agent_left"
    assert (await desk.take(number, bob.id)).ticket.assignee is not None


async def test_resolving_closes_the_conversation_once(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann, bob = await world.agent("Ann"), await world.agent("Bob")
    desk = world.services.desk
    await desk.take(number, ann.id)

    with pytest.raises(NotAssignee):
        await desk.resolve(number, bob.id)
    act = await desk.resolve(number, ann.id)
    again = await desk.resolve(number, bob.id)

    assert (act.ticket.state, act.ticket.owner) == (TicketState.SOLVED, Owner.CLOSED)
    assert act.ticket.resolved_at == world.clock.now()
    assert act.event is not None
    assert act.event.text == "[en] resolved number=BD-1001"
    assert (again.duplicate, again.event) == (True, None)
    with pytest.raises(InvalidTransition):
        await desk.take(number, ann.id, force=True)


async def test_an_old_ticket_cannot_be_acted_on_through_a_new_episode(world: World) -> None:
    chat = await world.start()
    first = await world.hand_off(chat)
    ann = await world.agent()
    desk = world.services.desk
    await desk.resolve(first, ann.id)
    second = await world.hand_off(chat, "Another matter")
    await desk.take(second, ann.id)

    with pytest.raises(InvalidTransition):
        await desk.reply(first, ann.id, client_id="r1", text="To the old one")
    with pytest.raises(InvalidTransition):
        await desk.take(first, ann.id)

    assert (await desk.resolve(first, ann.id)).ticket.number == first
    assert (await world.view(chat)).owner is Owner.AGENT


async def test_the_views_of_the_queue(world: World) -> None:
    ann = await world.agent()
    calm = await world.hand_off(await world.start(), "a question")
    urgent = await world.hand_off(await world.start(), "total outage")
    mine = await world.hand_off(await world.start(), "mine")
    done = await world.hand_off(await world.start(), "done")
    await world.services.desk.take(mine, ann.id)
    await world.services.desk.resolve(done, ann.id)

    async def numbers(view: TicketViewName) -> list[str]:
        listed = await world.services.desk.list_tickets(view, ann.id)
        assert listed.counts == {"open": 3, "mine": 1, "unassigned": 2, "solved": 1}
        assert listed.cursor == 6
        return [ticket.number for ticket in listed.tickets]

    assert await numbers(TicketViewName.OPEN) == [urgent, calm, mine]
    assert await numbers(TicketViewName.MINE) == [mine]
    assert await numbers(TicketViewName.UNASSIGNED) == [urgent, calm]
    assert await numbers(TicketViewName.SOLVED) == [done]


async def test_a_ticket_comes_with_its_full_transcript_and_evidence(world: World) -> None:
    chat = await world.start()
    await world.say(chat, "Where is it?")
    await world.answer(chat)
    number = await world.hand_off(chat)
    ann = await world.agent()

    detail = await world.services.desk.get_ticket(number.lower(), ann.id)

    assert [event.kind for event in detail.events] == ["message", "message", "message", "handoff"]
    assert detail.events[0].internal is not None
    assert detail.events[0].internal["decision"] == {"outcome": "answer", "confidence": 0.8}
    assert detail.cursor == detail.ticket.seq_upto == 4
    assert detail.ticket.as_json()["visitor"] == {"name": None, "email": None}


async def test_a_solved_ticket_shows_its_own_episode_only(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()
    await world.services.desk.resolve(number, ann.id)
    await world.say(chat, "Another matter")

    detail = await world.services.desk.get_ticket(number, ann.id)

    assert detail.events[-1].kind == "resolved"
    assert detail.cursor == 3


@pytest.mark.parametrize("number", ["BD-9999", "", "BD-x", "99999999999999"])
async def test_unknown_numbers_are_not_found(world: World, number: str) -> None:
    ann = await world.agent()

    with pytest.raises(TicketNotFound):
        await world.services.desk.get_ticket(number, ann.id)
    with pytest.raises(TicketNotFound):
        await world.services.desk.take(number, ann.id)
    with pytest.raises(TicketNotFound):
        await world.services.desk.find(number)


async def test_editors_and_strangers_stay_outside(world: World) -> None:
    number = await world.hand_off(await world.start())
    editor = await world.agent("Eve", Role.EDITOR)
    gone = await world.agent("Gus")
    await world.services.agents.set_active(gone.id, False)
    desk = world.services.desk

    for user_id, error in (
        (editor.id, RoleNotAllowed),
        (gone.id, UserNotFound),
        ("x", UserNotFound),
    ):
        with pytest.raises(error):
            await desk.list_tickets(TicketViewName.OPEN, user_id)
        with pytest.raises(error):
            await desk.get_ticket(number, user_id)
        with pytest.raises(error):
            await desk.take(number, user_id)


async def test_a_priority_set_by_a_person_stands_until_something_worse(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat, "It is broken")
    ann = await world.agent()
    desk = world.services.desk

    act = await desk.override_priority(number, ann.id, level=5, reason="Known, fixed today")
    await world.say(chat, "still broken")
    same = await desk.find(number)
    await world.say(chat, "now an outage")
    worse = await desk.find(number)

    assert act.ticket.override is not None
    assert (act.ticket.priority, act.ticket.override.reason) == (5, "Known, fixed today")
    assert (act.ticket.override.assessed, same.priority, worse.priority) == (2, 5, 1)
    assert (same.override, worse.override) == (act.ticket.override, None)


async def test_a_priority_set_by_a_person_is_explained_to_agents_only(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    maria = await world.agent("Maria")

    act = await world.services.desk.override_priority(number, maria.id, level=1, reason="VIP")

    ticket = (await world.services.desk.get_ticket(number, maria.id)).ticket
    assert ticket.as_json()["override"] == {
        "level": 1,
        "by": "Maria",
        "reason": "VIP",
        "at": iso(world.clock.now()),
        "triage_level": 3,
    }
    assert act.ticket == ticket
    assert act.event is not None
    assert (act.event.kind, act.event.author_name) == ("priority", "Maria")
    assert act.event.payload == {"from": 3, "to": 1, "reason": "VIP", "triage_level": 3}
    assert "VIP" not in str(await world.log(chat, internal=False))


async def test_a_ticket_says_where_its_visitor_is(world: World) -> None:
    chat = await world.services.visitors.open_session(
        visitor_id=None,
        conversation_id=None,
        locale="pt-BR",
        page_url="https://shop.example/cart",
    )
    number = await world.hand_off(chat)
    ann = await world.agent()

    taken = await world.services.desk.take(number, ann.id)
    found = await world.services.desk.find(number)

    shape = found.as_json()
    assert (shape["locale"], shape["page_url"]) == ("pt-BR", "https://shop.example/cart")
    assert (taken.ticket.locale, taken.ticket.page_url) == (found.locale, found.page_url)


async def test_a_reopened_ticket_is_with_the_agent_who_reopened_it(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann, bob = await world.agent("Ann"), await world.agent("Bob")
    desk = world.services.desk
    await desk.resolve(number, ann.id)

    act = await desk.reopen(number, bob.id)
    again = await desk.reopen(number, bob.id)

    assert (act.ticket.state, act.ticket.owner) == (TicketState.OPEN, Owner.AGENT)
    assert act.ticket.assignee is not None
    assert (act.ticket.assignee.name, act.ticket.resolved_at) == ("Bob", None)
    assert act.event is not None
    assert (act.event.kind, act.event.text) == ("agent_joined", "[en] agent-joined name=Bob")
    assert again.duplicate
    with pytest.raises(AlreadyTaken) as caught:
        await desk.reopen(number, ann.id)
    assert caught.value.agent_name == "Bob"
    assert (await world.services.inbox.events_after(2))[0].kind == "ticket_reopened"
    statement = "SELECT count(*) FROM audit_log WHERE act = 'ticket_reopened'"
    assert await world.scalar(statement) == 1
    await desk.reply(number, bob.id, client_id="r1", text="One more thing")
    await world.say(chat, "Yes?")
    assert (await desk.find(number)).state is TicketState.OPEN


async def test_a_ticket_is_not_reopened_behind_a_new_matter(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()
    desk = world.services.desk
    with pytest.raises(InvalidTransition):
        await desk.reopen(number, ann.id)
    await desk.resolve(number, ann.id)
    await world.say(chat, "Another matter")

    with pytest.raises(InvalidTransition):
        await desk.reopen(number, ann.id)

    second = await world.answer(chat, replies=(), handoff="asked_for_person")
    assert second.ticket is not None
    with pytest.raises(InvalidTransition):
        await desk.reopen(number, ann.id)


async def test_a_priority_needs_a_level_and_a_reason(world: World) -> None:
    number = await world.hand_off(await world.start())
    ann = await world.agent()
    desk = world.services.desk

    with pytest.raises(PriorityInvalid) as level:
        await desk.override_priority(number, ann.id, level=0, reason="x")
    with pytest.raises(PriorityInvalid) as reason:
        await desk.override_priority(number, ann.id, level=1, reason=" ")
    await desk.resolve(number, ann.id)
    with pytest.raises(InvalidTransition):
        await desk.override_priority(number, ann.id, level=1, reason="x")

    assert (level.value.field, reason.value.field) == ("level", "reason")


async def test_acts_are_in_the_audit_log(world: World) -> None:
    number = await world.hand_off(await world.start())
    ann = await world.agent()
    desk = world.services.desk

    await desk.take(number, ann.id)
    await desk.hand_back(number, ann.id)
    await desk.resolve(number, ann.id)

    deeds = f"subject = 'ticket:{number}' AND act <> 'ticket_changed'"
    assert await world.scalar(f"SELECT count(*) FROM audit_log WHERE {deeds}") == 3


async def test_the_inbox_is_numbered_and_resumes(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()
    desk, inbox = world.services.desk, world.services.inbox
    await desk.take(number, ann.id)
    await desk.reply(number, ann.id, client_id="r1", text="Hello")
    await world.say(chat, "Thanks")
    await desk.override_priority(number, ann.id, level=1, reason="VIP")
    await desk.note(number, ann.id, client_id="n1", text="Note")
    await desk.release(number, ann.id)
    await desk.resolve(number, ann.id)

    events = await inbox.events_after(0)
    rest = await inbox.events_after(6, limit=1)

    assert [(event.seq, event.kind) for event in events] == [
        (1, "ticket_opened"),
        (2, "ticket_taken"),
        (3, "agent_reply"),
        (4, "visitor_message"),
        (5, "priority_changed"),
        (6, "note"),
        (7, "ticket_released"),
        (8, "resolved"),
    ]
    assert [event.seq for event in rest] == [7]
    assert events[0].ticket.state is TicketState.SOLVED
    assert events[4].payload == {"from": 3, "to": 1}
    assert await inbox.cursor() == 8


async def test_the_newest_numbers_of_all_logs_are_told_at_once(world: World) -> None:
    assert await world.services.inbox.newest([]) == (0, {})
    one, other = await world.start(), await world.start()
    await world.hand_off(one)
    (last,) = (await world.services.visitors.events_after(one.id, after=0))[-1:]

    inbox, last_seqs = await world.services.inbox.newest(
        [*("nobody" for _ in range(2_000)), one.id, other.id]
    )

    assert inbox == await world.services.inbox.cursor() == 1
    assert last_seqs == {one.id: last.seq, other.id: 0}
