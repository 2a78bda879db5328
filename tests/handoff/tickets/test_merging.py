"""Merging and splitting: nothing is lost or shown to the wrong person, and all of it is undone."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from handoff.conversation import Owner
from handoff.errors import FieldInvalid, InvalidTransition, NothingToUndo, TicketMergeRefused
from handoff.model import Author, ConversationView, TicketViewName
from handoff.store.engine import Database
from handoff.ticket import TicketState
from handoff.tickets.desk import TicketChange
from handoff.tickets.links import LinkKind, links_of
from handoff.tickets.merging import merged_numbers
from handoff.tickets.splitting import relay_replies
from tests.handoff.tickets.jobs import run_due
from tests.handoff.world import World

DAY = timedelta(days=1)


async def second_chat(world: World, first: ConversationView) -> ConversationView:
    """Another conversation of the same visitor."""
    return await world.services.visitors.open_session(
        visitor_id=first.visitor_id, conversation_id=None, locale="el-GR", page_url=None
    )


async def two_tickets(world: World) -> tuple[ConversationView, str, ConversationView, str, str]:
    one = await world.start()
    first = await world.hand_off(one, "broken lamp")
    other = await second_chat(world, one)
    second = await world.hand_off(other, "the lamp again")
    ann = await world.agent()
    return one, first, other, second, ann.id


async def test_the_source_goes_on_as_the_target(world: World) -> None:
    one, first, other, second, ann = await two_tickets(world)
    merging, desk = world.services.merging, world.services.desk

    act = await merging.merge(first, ann, into=second)

    source = await desk.find(first)
    assert act.ticket.number == second
    assert (source.state, source.merged_into, source.owner) == (
        TicketState.MERGED,
        second,
        Owner.CLOSED,
    )
    queue = await desk.list_tickets(TicketViewName.OPEN, ann)
    assert [ticket.number for ticket in queue.tickets] == [second]
    assert dict(queue.counts) == {"open": 1, "mine": 0, "unassigned": 1, "solved": 0}
    notice = (await world.log(one, internal=False))[-1]
    assert notice.text == f"[en] merged number={first} target={second}"
    assert notice.internal is None
    # The target's visitor is told nothing: for her nothing changes.
    assert all(event.kind != "merge" for event in await world.log(other, internal=False))


async def test_what_matters_most_goes_along(world: World) -> None:
    one, first, _other, second, ann = await two_tickets(world)
    bob = await world.agent("Bob")
    await world.services.tickets.change(first, ann, TicketChange(tags=["lamp"]))
    await world.services.links.watch(first, ann, user_id=bob.id, on=True)
    await world.say(one, "outage")
    waiting = (await world.services.desk.find(first)).waiting_since

    act = await world.services.merging.merge(first, ann, into=second)

    assert (act.ticket.priority, act.ticket.tags, act.ticket.watchers) == (1, ("lamp",), (bob.id,))
    assert act.ticket.waiting_since == waiting


async def test_taking_a_merge_back_restores_both(world: World) -> None:
    one, first, _other, second, ann = await two_tickets(world)
    await world.services.desk.take(first, ann)
    await world.services.tickets.change(first, ann, TicketChange(tags=["lamp"]))
    await world.services.links.watch(first, ann, user_id=ann, on=True)
    source = await world.services.desk.find(first)
    target = await world.services.desk.find(second)
    await world.services.merging.merge(first, ann, into=second)

    act = await world.services.merging.undo(first, ann)

    assert (act.ticket.state, act.ticket.owner) == (source.state, Owner.AGENT)
    assert (act.ticket.assignee, act.ticket.merged_into) == (source.assignee, None)
    assert (act.ticket.tags, act.ticket.resolved_at) == (source.tags, None)
    after = await world.services.desk.find(second)
    assert (after.tags, after.watchers, after.priority) == (
        target.tags,
        target.watchers,
        target.priority,
    )
    await world.say(one, "still broken")
    assert (await world.services.desk.find(first)).last_message == "still broken"


async def test_a_queued_source_goes_back_into_the_queue(world: World) -> None:
    _one, first, _other, second, ann = await two_tickets(world)
    await world.services.merging.merge(first, ann, into=second)

    act = await world.services.merging.undo(first, ann)

    assert (act.ticket.state, act.ticket.owner, act.ticket.assignee) == (
        TicketState.NEW,
        Owner.QUEUE,
        None,
    )


async def test_a_source_whose_visitor_went_on_is_solved_when_taken_back(world: World) -> None:
    one, first, _other, second, ann = await two_tickets(world)
    await world.services.merging.merge(first, ann, into=second)
    await world.say(one, "another matter")

    act = await world.services.merging.undo(first, ann)

    assert (act.ticket.state, act.ticket.owner) == (TicketState.SOLVED, Owner.BOT)


async def test_a_solved_ticket_of_the_same_conversation_is_merged_and_taken_back(
    world: World,
) -> None:
    chat = await world.start()
    first = await world.hand_off(chat)
    ann = await world.agent()
    await world.services.desk.resolve(first, ann.id)
    second = await world.hand_off(chat, "again")

    merged = await world.services.merging.merge(first, ann.id, into=second)
    assert (await world.services.desk.find(first)).state is TicketState.MERGED
    assert merged.ticket.owner is Owner.QUEUE
    act = await world.services.merging.undo(first, ann.id)

    assert act.ticket.state is TicketState.SOLVED
    assert (await world.services.desk.find(second)).state is TicketState.NEW


async def test_a_merge_can_be_taken_back_for_some_days(world: World) -> None:
    _one, first, _other, second, ann = await two_tickets(world)
    await world.services.merging.merge(first, ann, into=second)
    world.clock.advance(7 * DAY + timedelta(seconds=1))

    with pytest.raises(NothingToUndo):
        await world.services.merging.undo(first, ann)
    with pytest.raises(NothingToUndo):
        await world.services.merging.undo(second, ann)


async def test_tickets_of_different_customers_are_merged_by_force_only(world: World) -> None:
    first = await world.hand_off(await world.start())
    second = await world.hand_off(await world.start())
    ann = await world.agent()

    with pytest.raises(TicketMergeRefused) as caught:
        await world.services.merging.merge(first, ann.id, into=second)
    await world.services.merging.merge(first, ann.id, into=second, force=True)

    assert caught.value.reason == "other_customer"
    assert (await world.services.desk.find(first)).state is TicketState.MERGED


async def test_the_same_address_is_the_same_customer(world: World) -> None:
    first = await world.hand_off(await world.start(), "I am ana@shop.example")
    second = await world.hand_off(await world.start(), "ana@shop.example here")
    ann = await world.agent()

    await world.services.merging.merge(first, ann.id, into=second)

    assert (await world.services.desk.find(first)).merged_into == second


async def test_what_cannot_be_merged_is_refused_and_unchanged(world: World) -> None:
    _one, first, _other, second, ann = await two_tickets(world)
    merging = world.services.merging
    with pytest.raises(TicketMergeRefused, match="into itself"):
        await merging.merge(first, ann, into=first.lower())
    await world.services.desk.resolve(second, ann)
    with pytest.raises(TicketMergeRefused, match="is done"):
        await merging.merge(first, ann, into=second)
    await world.services.desk.reopen(second, ann)
    await merging.merge(first, ann, into=second)
    with pytest.raises(InvalidTransition):
        await merging.merge(first, ann, into=second)

    assert (await world.services.desk.find(second)).state is TicketState.OPEN


async def test_merges_of_merges_are_followed_to_the_end(world: World) -> None:
    one, first, _other, second, ann = await two_tickets(world)
    third = await world.hand_off(await second_chat(world, one), "and again")
    await world.services.merging.merge(first, ann, into=second)
    await world.services.merging.merge(second, ann, into=third)

    async with world.database.read() as connection:
        assert await merged_numbers(connection, int(third[3:])) == [
            int(first[3:]),
            int(second[3:]),
        ]
    fourth = await world.hand_off(one, "a new matter")
    assert (await world.services.desk.find(fourth)).follow_up_of == third


async def test_a_range_becomes_a_ticket_of_its_own(world: World) -> None:
    chat = await world.start()
    first = await world.hand_off(chat, "broken lamp")
    await world.say(chat, "Also I need an invoice")
    seq = (await world.log(chat))[-1].seq
    ann = await world.agent()
    await world.services.desk.note(first, ann.id, client_id="n", text="only for us")

    act = await world.services.splitting.split(
        first, ann.id, from_seq=seq, upto_seq=seq + 5, subject=None
    )

    new = act.ticket
    assert (new.subject, new.state, new.owner) == (
        "Also I need an invoice",
        TicketState.NEW,
        Owner.QUEUE,
    )
    copied = await world.services.visitors.events_after(new.conversation_id, after=0)
    assert [event.text for event in copied] == ["Also I need an invoice"]
    assert copied[0].payload["copied_from"]["ticket_number"] == first  # type: ignore[call-overload, index]
    assert new.summary["first_request"] == "Also I need an invoice"
    async with world.database.read() as connection:
        links = await links_of(connection, int(first[3:]))
    assert [(link.number, link.relation) for link in links] == [(new.number, "parent_of")]
    assert len(await world.log(chat)) == seq + 1


async def test_an_answer_in_the_new_ticket_reaches_the_visitors_chat_once(world: World) -> None:
    chat = await world.start()
    first = await world.hand_off(chat, "lamp and invoice")
    ann = await world.agent()
    new = await split_first(world, chat, first, ann.id)
    desk = world.build(Database(world.database.engine, follow_ups=(relay_replies,))).desk
    await desk.take(new, ann.id)
    await desk.note(new, ann.id, client_id="n", text="secret")
    await desk.reply(new, ann.id, client_id="a", text="Here is your invoice")

    await run_due(world)

    seen = await world.log(chat, internal=False)
    assert (seen[-1].author, seen[-1].text) == (Author.AGENT, "Here is your invoice")
    assert seen[-1].payload == {"ticket_number": new}
    assert all("secret" not in event.text for event in seen)
    # The chat itself stays where it was.
    assert (await world.view(chat)).owner is Owner.QUEUE


async def split_first(world: World, chat: ConversationView, number: str, agent_id: str) -> str:
    act = await world.services.splitting.split(
        number, agent_id, from_seq=1, upto_seq=1, subject="Invoice"
    )
    assert act.ticket.subject == "Invoice"
    return act.ticket.number


async def test_taking_a_split_back_makes_it_part_of_the_first_again(world: World) -> None:
    chat = await world.start()
    first = await world.hand_off(chat, "lamp and invoice")
    ann = await world.agent()
    new = await split_first(world, chat, first, ann.id)

    act = await world.services.splitting.undo(new, ann.id)

    assert act.ticket.number == first
    gone = await world.services.desk.find(new)
    assert (gone.state, gone.merged_into) == (TicketState.MERGED, first)
    with pytest.raises(NothingToUndo):
        await world.services.splitting.undo(new, ann.id)


@pytest.mark.parametrize(("from_seq", "upto_seq"), [(50, 60), (2, 1), (-5, 0)])
async def test_a_range_without_a_message_is_refused(
    world: World, from_seq: int, upto_seq: int
) -> None:
    number = await world.hand_off(await world.start())
    ann = await world.agent()

    with pytest.raises(FieldInvalid):
        await world.services.splitting.split(
            number, ann.id, from_seq=from_seq, upto_seq=upto_seq, subject=None
        )

    assert await world.scalar("SELECT count(*) FROM conversations") == 1


async def test_merges_and_links_are_in_the_history_of_both(world: World) -> None:
    _one, first, _other, second, ann = await two_tickets(world)
    await world.services.links.link(first, ann, other=second, kind=LinkKind.DUPLICATE_OF)
    await world.services.merging.merge(first, ann, into=second)

    for number, other, relation in (
        (first, second, "duplicate_of"),
        (second, first, "has_duplicate"),
    ):
        deeds = [
            (line.act, line.detail)
            for line in await world.services.history.read(number, ann)
            if line.act != "ticket_changed"
        ]
        assert deeds == [
            ("ticket_linked", {"relation": relation, "ticket": other}),
            ("ticket_merged", {"ticket": other}),
        ]


async def test_of_two_who_take_a_merge_back_at_once_one_does(world: World) -> None:
    _one, first, _other, second, ann = await two_tickets(world)
    await world.services.merging.merge(first, ann, into=second)
    undo = world.services.merging.undo

    outcomes = await asyncio.gather(undo(first, ann), undo(first, ann), return_exceptions=True)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NothingToUndo", "TicketAct"]
    ticket = await world.services.desk.find(first)
    assert (ticket.state, ticket.owner) == (TicketState.NEW, Owner.QUEUE)


async def test_a_solved_ticket_is_merged_while_its_visitor_asks_the_bot(world: World) -> None:
    one, first, _other, second, ann = await two_tickets(world)
    await world.services.desk.resolve(first, ann)
    await world.say(one, "another matter")

    await world.services.merging.merge(first, ann, into=second)

    assert (await world.services.desk.find(first)).state is TicketState.MERGED
    view = await world.view(one)
    assert (view.owner, view.bot_pending) == (Owner.BOT, True)


async def test_a_solved_ticket_becomes_spam_while_its_author_asks_the_bot(world: World) -> None:
    one, first, _other, _second, ann = await two_tickets(world)
    await world.services.desk.resolve(first, ann)
    await world.say(one, "another matter")

    change = TicketChange(state=TicketState.SPAM)
    act = await world.services.tickets.change(first, ann, change)

    assert act.ticket.state is TicketState.SPAM
    assert (await world.view(one)).bot_pending
