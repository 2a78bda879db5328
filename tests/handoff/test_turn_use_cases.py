"""Turns: claims, results, failures, and everything that comes too late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from handoff.conversation import Owner
from handoff.errors import ConversationNotFound
from handoff.model import Author, Completed, Contact, Reply, TurnLanguage, iso
from handoff.store.tables import tickets
from handoff.ticket import TicketState
from handoff.tickets.desk import TicketChange
from tests.handoff.world import World, answered, dropped


@dataclass(frozen=True)
class FixedHours:
    moment: datetime

    def opens_at(self, now: datetime) -> datetime | None:
        return self.moment


async def test_a_claim_carries_what_the_brain_needs(world: World) -> None:
    chat = await world.services.visitors.open_session(
        visitor_id=None,
        conversation_id=None,
        locale="el-GR",
        page_url="https://shop.example/el",
    )
    await world.services.visitors.leave_contact(
        chat.id, visitor_id=chat.visitor_id, name="Maria", email="maria@shop.example"
    )
    await world.services.visitors.choose_language(
        chat.id, visitor_id=chat.visitor_id, language="el"
    )
    await world.say(chat, "Πού είναι;")

    claim = await world.claim(chat)

    assert claim.message.text == "Πού είναι;"
    assert claim.message_id == f"{chat.id}-3"
    assert (claim.epoch, claim.episode, claim.attempt) == (1, 1, 1)
    assert (claim.language, claim.language_choice, claim.locale) == ("el", "el", "el-GR")
    assert claim.contact == Contact(name="Maria", email="maria@shop.example")
    assert (claim.choice, claim.ticket, claim.dialogue_events) == (None, None, ())
    assert claim.lease_until == world.clock.now() + timedelta(seconds=30)
    assert not claim.more_waiting


async def test_nothing_is_claimed_where_nothing_waits(world: World) -> None:
    chat = await world.start()

    assert await world.services.turns.claim(chat.id, lease_s=30) is None
    with pytest.raises(ConversationNotFound):
        await world.services.turns.claim("nowhere", lease_s=30)


async def test_a_leased_conversation_cannot_be_claimed_again(world: World) -> None:
    chat = await world.start()
    await world.say(chat)

    await world.claim(chat)

    assert await world.services.turns.claim(chat.id, lease_s=30) is None
    assert await world.services.turns.waiting() == []


async def test_an_expired_lease_is_claimed_again_and_the_first_result_dropped(
    world: World,
) -> None:
    chat = await world.start()
    await world.say(chat)
    first = await world.claim(chat)
    world.clock.advance(timedelta(seconds=30))

    assert await world.services.turns.waiting() == [chat.id]
    second = await world.claim(chat)
    late = await world.services.turns.complete(first, answered())
    done = await world.services.turns.complete(second, answered())

    assert (second.attempt, second.message_id) == (2, first.message_id)
    assert dropped(late) == "lease_lost"
    assert isinstance(done, Completed)
    assert [event.author for event in await world.log(chat)] == [Author.VISITOR, Author.BOT]


async def test_a_renewed_lease_holds_longer(world: World) -> None:
    chat = await world.start()
    await world.say(chat)
    claim = await world.claim(chat)
    world.clock.advance(timedelta(seconds=20))

    assert await world.services.turns.renew(claim, lease_s=30)
    world.clock.advance(timedelta(seconds=20))

    assert await world.services.turns.claim(chat.id, lease_s=30) is None
    await world.services.turns.release(claim)
    assert not await world.services.turns.renew(claim, lease_s=30)


async def test_a_released_claim_can_be_taken_at_once(world: World) -> None:
    chat = await world.start()
    await world.say(chat)
    claim = await world.claim(chat)
    world.publisher.topics.clear()

    await world.services.turns.release(claim)
    await world.services.turns.release(claim)

    assert world.publisher.topics == [f"turn:{chat.id}"]
    assert (await world.claim(chat)).attempt == 2


async def test_a_result_is_stored_once(world: World) -> None:
    chat = await world.start()
    await world.say(chat)
    claim = await world.claim(chat)

    first = await world.services.turns.complete(claim, answered())
    second = await world.services.turns.complete(claim, answered())

    assert isinstance(first, Completed)
    assert dropped(second) == "lease_lost"
    assert await world.scalar("SELECT count(*) FROM events WHERE author = 'bot'") == 1


async def test_an_answer_carries_its_payload_and_evidence(world: World) -> None:
    chat = await world.start()
    await world.say(chat)
    reply = Reply(
        kind="answer",
        text=" Track it **here**.\x00 ",
        language="el",
        sources=({"article_id": "order-track", "title": "Track", "url": "/help/el/order-track"},),
        buttons=({"title": "Yes", "choice": {"kind": "feedback", "value": "yes"}},),
        feedback=True,
    )
    decision = {"outcome": "answer", "confidence": 0.91, "hits": [{"article_id": "order-track"}]}

    await world.answer(
        chat,
        replies=(reply,),
        decision=decision,
        language=TurnLanguage(message="el", confidence=0.99, conversation="el", state={"el": 1}),
        model={"model_id": "m1"},
        timing_ms={"total": 4.2},
    )

    asked, told = await world.log(chat)
    assert (asked.language, asked.internal and asked.internal["decision"]) == ("el", decision)
    assert asked.internal is not None
    assert asked.internal["language"] == {
        "message": "el",
        "confidence": 0.99,
        "conversation": "el",
        "unsupported": None,
    }
    assert (asked.internal["model"], asked.internal["timing_ms"]) == (
        {"model_id": "m1"},
        {"total": 4.2},
    )
    assert (told.text, told.language) == ("Track it **here**.", "el")
    assert told.payload == {
        "reply_kind": "answer",
        "sources": list(reply.sources),
        "buttons": list(reply.buttons),
        "feedback": True,
        "in_reply_to": 1,
    }
    assert (await world.view(chat)).language == "el"


async def test_numbers_that_json_does_not_have_are_stored_as_null(world: World) -> None:
    chat = await world.start()
    await world.say(chat)

    await world.answer(chat, decision={"confidence": float("nan"), "hits": [float("inf"), 1.5]})

    asked, _ = await world.log(chat)
    assert asked.internal is not None
    assert asked.internal["decision"] == {"confidence": None, "hits": [None, 1.5]}


async def test_dialogue_events_grow_and_only_the_last_sixty_stay(world: World) -> None:
    chat = await world.start()
    for turn in range(4):
        await world.say(chat)
        await world.answer(chat, dialogue_events=tuple({"turn": turn, "n": n} for n in range(25)))
    await world.say(chat)

    claim = await world.claim(chat)

    assert len(claim.dialogue_events) == 60
    assert claim.dialogue_events[-1] == {"turn": 3, "n": 24}
    assert claim.dialogue_events[0] == {"turn": 1, "n": 15}
    assert claim.language_state == {"p": 1}


async def test_messages_that_arrive_during_a_turn_are_answered_in_order(world: World) -> None:
    chat = await world.start()
    await world.say(chat, "first")
    claim = await world.claim(chat)
    await world.say(chat, "second")
    await world.say(chat, "third")
    world.publisher.topics.clear()

    done = await world.services.turns.complete(claim, answered())

    assert isinstance(done, Completed)
    assert done.more_waiting
    assert f"turn:{chat.id}" in world.publisher.topics
    second = await world.claim(chat)
    assert (second.message.text, second.attempt, second.more_waiting) == ("second", 1, True)
    await world.services.turns.complete(second, answered())
    assert (await world.claim(chat)).message.text == "third"


async def test_a_handoff_is_state_ticket_notice_and_queue_event(world: World) -> None:
    world.presence.n_agents = 1
    chat = await world.start()
    await world.say(chat, "My lamp arrived broken, order MT-204518")
    await world.answer(
        chat,
        decision={"entities": [{"entity": "order_number", "value": "MT-204518"}]},
        language=TurnLanguage(message="en", conversation="en"),
    )
    await world.say(chat, "human")

    done = await world.answer(chat, replies=(), handoff="asked_for_person")

    ticket = done.ticket
    assert ticket is not None
    assert (ticket.number, ticket.state, ticket.owner) == (
        "BD-1001",
        TicketState.NEW,
        Owner.QUEUE,
    )
    assert (ticket.priority, ticket.reason) == (2, "asked_for_person")
    assert ticket.subject == "My lamp arrived broken, order MT-204518"
    assert (ticket.last_message, ticket.language) == ("human", "en")
    assert (ticket.seq_from, ticket.seq_upto) == (1, 4)
    (notice,) = done.events
    assert (notice.kind, notice.author) == ("handoff", Author.SYSTEM)
    assert notice.text == "[en] handoff-notice-online number=BD-1001"
    assert notice.payload == {
        "ticket_number": "BD-1001",
        "availability": "online",
        "opens_at": None,
        "expected": None,
        "ask_contact": False,
    }
    view = await world.view(chat)
    assert (view.owner, view.epoch, view.ticket_number) == (Owner.QUEUE, 2, "BD-1001")
    (queued,) = await world.services.inbox.events_after(0)
    assert (queued.seq, queued.kind, queued.ticket.number) == (1, "ticket_opened", "BD-1001")


async def test_replies_of_a_handoff_turn_come_before_the_notice(world: World) -> None:
    chat = await world.start()
    await world.say(chat)

    done = await world.answer(chat, handoff="complaint")

    assert [event.kind for event in done.events] == ["message", "handoff"]


async def test_contact_is_asked_once_and_only_when_nobody_is_there(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()
    await world.services.desk.take(number, ann.id)
    await world.services.desk.hand_back(number, ann.id)
    await world.hand_off(chat)

    notices = [event for event in await world.log(chat) if event.kind == "handoff"]

    assert [notice.payload["ask_contact"] for notice in notices] == [True, False]
    assert notices[0].payload["availability"] == "offline"


async def test_notices_speak_the_visitors_language(world: World) -> None:
    chat = await world.start(locale="tr-TR")
    await world.say(chat)
    claim = await world.claim(chat)

    done = await world.services.turns.fail(claim)

    assert isinstance(done, Completed)
    assert done.events[0].text.startswith("[tr] handoff-notice-offline")


async def test_a_closed_team_says_when_it_opens_in_the_visitors_zone(world: World) -> None:
    opens_at = world.clock.now() + timedelta(hours=9)
    services = world.build(world.database, hours=FixedHours(opens_at))
    for zone, told in (("Asia/Tokyo", "Asia/Tokyo"), ("Not/A_Zone", "unknown zone")):
        chat = await services.visitors.open_session(
            visitor_id=None, conversation_id=None, locale="tr", page_url=None, time_zone=zone
        )
        await world.say(chat)
        claim = await services.turns.claim(chat.id, lease_s=30)
        assert claim is not None

        done = await services.turns.fail(claim)

        assert isinstance(done, Completed)
        assert (
            f"[tr] handoff-opens-again opens={opens_at.isoformat()} {told}" in done.events[0].text
        )
        assert done.events[0].payload["opens_at"] == iso(opens_at)


async def test_who_is_there_outside_the_hours_answers_all_the_same(world: World) -> None:
    world.presence.n_agents = 1
    services = world.build(world.database, hours=FixedHours(world.clock.now() + timedelta(hours=9)))
    chat = await world.start()
    await world.say(chat)

    done = await services.turns.fail(await world.claim(chat))

    assert isinstance(done, Completed)
    assert "opens-again" not in done.events[0].text


async def test_a_resumed_session_keeps_the_zone_it_knew(world: World) -> None:
    services = world.services.visitors
    chat = await services.open_session(
        visitor_id=None, conversation_id=None, locale=None, page_url=None, time_zone="Asia/Tokyo"
    )
    for zone, kept in ((None, "Asia/Tokyo"), ("Europe/Oslo", "Europe/Oslo")):
        await services.open_session(
            visitor_id=chat.visitor_id,
            conversation_id=chat.id,
            locale=None,
            page_url=None,
            time_zone=zone,
        )
        assert await world.scalar("SELECT time_zone FROM conversations") == kept


async def test_unanswered_messages_go_to_the_ticket_with_the_handoff(world: World) -> None:
    chat = await world.start()
    await world.say(chat, "first")
    claim = await world.claim(chat)
    await world.say(chat, "second: outage!")

    done = await world.services.turns.complete(
        claim, answered(replies=(), handoff="low_confidence")
    )

    assert isinstance(done, Completed)
    assert not done.more_waiting
    assert done.ticket is not None
    assert (done.ticket.priority, done.ticket.last_message) == (1, "second: outage!")
    assert await world.services.turns.claim(chat.id, lease_s=30) is None


async def test_failing_hands_over_with_its_reason(world: World) -> None:
    chat = await world.start()
    await world.say(chat)
    claim = await world.claim(chat)

    done = await world.services.turns.fail(claim)
    again = await world.services.turns.fail(claim)

    assert isinstance(done, Completed)
    assert done.ticket is not None
    assert done.ticket.reason == "bot_unavailable"
    assert dropped(again) == "owner_changed"


@pytest.mark.parametrize("replies", [(), (Reply(kind="answer", text=" \x00 "),)])
async def test_silence_of_the_bot_becomes_a_handoff(
    world: World, replies: tuple[Reply, ...]
) -> None:
    chat = await world.start()
    await world.say(chat)

    done = await world.answer(chat, replies=replies)

    assert done.ticket is not None
    assert done.ticket.reason == "bot_unavailable"


async def test_a_late_result_after_a_handoff_is_dropped(world: World) -> None:
    chat = await world.start()
    await world.say(chat)
    claim = await world.claim(chat)
    world.clock.advance(timedelta(seconds=31))
    await world.services.turns.fail(await world.claim(chat))

    late = await world.services.turns.complete(claim, answered())

    assert dropped(late) == "owner_changed"
    assert await world.scalar("SELECT count(*) FROM events WHERE author = 'bot'") == 0


async def test_a_result_of_an_earlier_epoch_is_dropped(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()
    await world.services.desk.take(number, ann.id)
    await world.services.desk.hand_back(number, ann.id)
    await world.say(chat, "to the bot")
    claim = await world.claim(chat)
    await world.services.desk.take(number, ann.id)
    await world.services.desk.hand_back(number, ann.id)

    late = await world.services.turns.complete(claim, answered())

    assert dropped(late) == "stale_epoch"


async def test_a_second_handoff_of_an_episode_goes_to_the_same_ticket(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()
    await world.services.desk.take(number, ann.id)
    await world.services.desk.hand_back(number, ann.id)

    again = await world.hand_off(chat, "broken again, a person please")

    ticket = await world.services.desk.find(number)
    assert again == number
    assert (ticket.state, ticket.assignee, ticket.priority) == (TicketState.OPEN, None, 2)
    assert await world.scalar("SELECT count(*) FROM tickets") == 1
    assert (await world.services.inbox.events_after(0))[-1].kind == "ticket_requeued"


async def test_a_new_episode_gets_a_new_ticket_from_its_first_message(world: World) -> None:
    chat = await world.start()
    first = await world.hand_off(chat)
    ann = await world.agent()
    await world.services.desk.resolve(first, ann.id)

    second = await world.hand_off(chat, "Another matter")

    ticket = await world.services.desk.find(second)
    assert (first, second) == ("BD-1001", "BD-1002")
    assert (ticket.episode, ticket.seq_from, ticket.subject) == (2, 4, "Another matter")


async def test_the_database_refuses_a_second_ticket_of_an_episode(world: World) -> None:
    chat = await world.start()
    await world.hand_off(chat)
    others = ", ".join(column.name for column in tickets.c if column.name != "number")
    statement = f"INSERT INTO tickets (number, {others}) SELECT 2000, {others} FROM tickets"

    with pytest.raises(IntegrityError):
        async with world.database.write() as transaction:
            await transaction.connection.exec_driver_sql(statement)


async def test_facts_from_the_brain_are_kept(world: World) -> None:
    chat = await world.start()
    await world.say(chat)

    await world.answer(
        chat, contact=Contact(name="Maria", email="maria@shop.example"), language_choice="de"
    )

    view = await world.view(chat)
    assert view.contact == Contact(name="Maria", email="maria@shop.example")
    assert view.language_choice == "de"
    assert [event.kind for event in await world.log(chat)] == [
        "message",
        "contact",
        "language",
        "message",
    ]


async def test_an_unusable_email_from_the_brain_is_left_out(world: World) -> None:
    chat = await world.start()
    await world.say(chat)

    await world.answer(chat, contact=Contact(name=None, email="not an address"))

    assert (await world.view(chat)).contact == Contact()


class NoForecast:
    """A forecast that cannot be made."""

    def expected(self, now: datetime, *, priority: int, language: str | None) -> None:
        raise ZeroDivisionError("nobody has answered yet")


async def test_a_forecast_that_fails_keeps_nobody_from_people(world: World) -> None:
    world.services = world.build(world.database, forecast=NoForecast())
    chat = await world.start()

    number = await world.hand_off(chat)

    (notice,) = [event for event in await world.log(chat) if event.kind == "handoff"]
    assert notice.text and notice.payload["ticket_number"] == number
    assert (notice.payload["opens_at"], notice.payload["expected"]) == (None, None)


async def test_what_is_split_off_or_spam_is_not_one_more_contact(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat, "My parcel and my invoice")
    ann = await world.agent()
    services = world.services
    await services.splitting.split(number, ann.id, from_seq=1, upto_seq=1, subject="Invoice")
    other = await services.visitors.open_session(
        visitor_id=chat.visitor_id, conversation_id=None, locale=None, page_url=None
    )
    spam = await world.hand_off(other, "buy now")
    change = TicketChange(state=TicketState.SPAM)
    await services.tickets.change(spam, ann.id, change)

    await world.say(chat, "Hello?")
    told = (await services.desk.find(number)).triage_inputs

    assert told["repeat_contacts"] == 0
