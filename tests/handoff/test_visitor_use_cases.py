"""What a visitor can do: sessions, messages, reading, language, contact."""

from __future__ import annotations

import pytest

from handoff.conversation import Owner
from handoff.errors import (
    ClientIdInvalid,
    ClientIdReused,
    ContactInvalid,
    ConversationNotFound,
    LanguageInvalid,
    MessageEmpty,
    MessageTooLong,
    NotYours,
)
from handoff.model import Author, Choice, TurnLanguage
from handoff.ticket import TicketState
from tests.handoff.world import World


async def test_a_session_starts_with_the_bot_and_an_empty_log(world: World) -> None:
    chat = await world.start()

    assert (chat.owner, chat.epoch, chat.episode, chat.cursor) == (Owner.BOT, 1, 1, 0)
    assert chat.locale == "el-GR"
    assert chat.ticket is None
    assert not chat.bot_pending


async def test_a_known_pair_resumes_its_conversation(world: World) -> None:
    chat = await world.start()
    await world.say(chat)

    again = await world.services.visitors.open_session(
        visitor_id=chat.visitor_id,
        conversation_id=chat.id,
        locale="de-DE",
        page_url="https://shop.example/de",
    )

    assert (again.id, again.cursor) == (chat.id, 1)
    assert (again.locale, again.page_url) == ("de-DE", "https://shop.example/de")


async def test_a_known_visitor_never_gets_anothers_conversation(world: World) -> None:
    mine, other = await world.start(), await world.start()

    view = await world.services.visitors.open_session(
        visitor_id=mine.visitor_id, conversation_id=other.id, locale=None, page_url=None
    )

    assert view.id not in (mine.id, other.id)
    assert view.visitor_id == mine.visitor_id


async def test_unknown_ids_get_a_new_visitor(world: World) -> None:
    view = await world.services.visitors.open_session(
        visitor_id="01aaaaaaaaaaaaaaaaaaaaaaaa",
        conversation_id="01bbbbbbbbbbbbbbbbbbbbbbbb",
        locale="not a locale",
        page_url="javascript:alert(1)",
    )

    assert view.visitor_id != "01aaaaaaaaaaaaaaaaaaaaaaaa"
    assert (view.locale, view.page_url) == (None, None)


async def test_an_accepted_message_is_in_the_store(world: World) -> None:
    chat = await world.start()

    accepted = await world.say(chat, "  Where is\r\nmy order?\x00 ")

    assert not accepted.duplicate
    assert accepted.conversation.bot_pending
    stored = await world.scalar("SELECT text FROM events")
    assert stored == accepted.event.text == "Where is\nmy order?"


async def test_accepting_publishes_after_the_commit(world: World) -> None:
    chat = await world.start()
    world.publisher.topics.clear()

    await world.say(chat)

    assert sorted(world.publisher.topics) == [f"conversation:{chat.id}", f"turn:{chat.id}"]


async def test_a_failing_publisher_does_not_lose_the_message(world: World) -> None:
    chat = await world.start()

    def fail(topic: str) -> None:
        raise RuntimeError(topic)

    world.publisher.listeners.append(fail)

    accepted = await world.say(chat)

    assert accepted.event.seq == 1


async def test_the_same_client_id_gives_the_stored_event(world: World) -> None:
    chat = await world.start()
    send = world.services.visitors.accept_message

    first = await send(chat.id, visitor_id=chat.visitor_id, client_id="one", text="Hello")
    second = await send(chat.id, visitor_id=chat.visitor_id, client_id="one", text=" Hello\n")

    assert second.duplicate
    assert second.event == first.event
    assert await world.scalar("SELECT count(*) FROM events") == 1


@pytest.mark.parametrize(
    ("text", "choice"),
    [("Other", None), ("Hello", Choice(kind="human", value="yes"))],
)
async def test_a_client_id_cannot_carry_another_message(
    world: World, text: str, choice: Choice | None
) -> None:
    chat = await world.start()
    send = world.services.visitors.accept_message
    await send(chat.id, visitor_id=chat.visitor_id, client_id="one", text="Hello")

    with pytest.raises(ClientIdReused) as caught:
        await send(chat.id, visitor_id=chat.visitor_id, client_id="one", text=text, choice=choice)

    assert caught.value.code == "client_id_reused"


async def test_a_choice_travels_with_its_message(world: World) -> None:
    chat = await world.start()

    accepted = await world.services.visitors.accept_message(
        chat.id,
        visitor_id=chat.visitor_id,
        client_id="one",
        text="Where is my order?",
        choice=Choice(kind="article", value="order-track"),
    )

    assert accepted.event.payload == {"choice": {"kind": "article", "value": "order-track"}}


@pytest.mark.parametrize(
    ("text", "error"), [(" \u200b\n", MessageEmpty), ("x" * 4001, MessageTooLong)]
)
async def test_unusable_text_is_refused_and_not_stored(
    world: World, text: str, error: type[Exception]
) -> None:
    chat = await world.start()

    with pytest.raises(error):
        await world.say(chat, text)

    assert await world.scalar("SELECT count(*) FROM events") == 0


@pytest.mark.parametrize("client_id", ["", "x" * 101, "new\nline", "é", " padded "])
async def test_unusable_client_ids_are_refused(world: World, client_id: str) -> None:
    chat = await world.start()

    with pytest.raises(ClientIdInvalid):
        await world.services.visitors.accept_message(
            chat.id, visitor_id=chat.visitor_id, client_id=client_id, text="Hello"
        )


@pytest.mark.parametrize(
    "text", ["\ud83d broken", "😀👨‍👩‍👧", "שלום \u202eevil", "<script>alert(1)</script>", "'; DROP"]
)
async def test_any_text_round_trips(world: World, text: str) -> None:
    chat = await world.start()

    accepted = await world.say(chat, text)

    (stored,) = await world.log(chat)
    assert stored.text == accepted.event.text == text.replace("\ud83d", "\ufffd")


async def test_anothers_conversation_looks_like_an_unknown_one(world: World) -> None:
    mine, other = await world.start(), await world.start()
    visitors = world.services.visitors

    with pytest.raises(NotYours) as foreign:
        await visitors.accept_message(
            other.id, visitor_id=mine.visitor_id, client_id="one", text="Hello"
        )
    with pytest.raises(ConversationNotFound) as unknown:
        await visitors.accept_message(
            "nowhere", visitor_id=mine.visitor_id, client_id="one", text="Hello"
        )

    assert foreign.value.code == unknown.value.code == "conversation_not_found"
    with pytest.raises(ConversationNotFound):
        await visitors.page_after(other.id, visitor_id=mine.visitor_id, after=0)
    with pytest.raises(ConversationNotFound):
        await visitors.get(other.id, visitor_id=mine.visitor_id)
    with pytest.raises(ConversationNotFound):
        await visitors.get("nowhere", visitor_id=None)


async def test_pages_go_on_from_their_cursor(world: World) -> None:
    chat = await world.start()
    for _ in range(5):
        await world.say(chat)

    first = await world.services.visitors.page_after(chat.id, after=0, limit=3)
    second = await world.services.visitors.page_after(chat.id, after=first.cursor, limit=3)
    third = await world.services.visitors.page_after(chat.id, after=second.cursor, limit=3)

    assert [event.seq for event in first.events] == [1, 2, 3]
    assert first.more
    assert [event.seq for event in second.events] == [4, 5]
    assert not second.more
    assert (third.events, third.cursor) == ((), 5)


async def test_a_visitor_sees_neither_notes_nor_evidence(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()
    await world.services.desk.note(number, ann.id, client_id="n1", text="Be kind")

    page = await world.services.visitors.page_after(chat.id, visitor_id=chat.visitor_id, after=0)

    assert [event.kind for event in page.events] == ["message", "handoff"]
    assert all(event.internal is None for event in page.events)
    assert "internal" not in page.events[0].as_json()
    assert page.cursor == 3


async def test_choosing_a_language_is_an_event_without_a_turn(world: World) -> None:
    chat = await world.start()

    view = await world.services.visitors.choose_language(
        chat.id, visitor_id=chat.visitor_id, language="tr"
    )
    again = await world.services.visitors.choose_language(
        chat.id, visitor_id=chat.visitor_id, language="tr"
    )

    assert (view.language, view.language_choice, view.bot_pending) == ("tr", "tr", False)
    assert again.cursor == view.cursor == 1
    (event,) = await world.log(chat)
    assert (event.kind, event.payload) == ("language", {"language": "tr"})


async def test_a_language_choice_can_be_taken_back(world: World) -> None:
    chat = await world.start()
    choose = world.services.visitors.choose_language
    await choose(chat.id, visitor_id=chat.visitor_id, language="tr")

    view = await choose(chat.id, visitor_id=chat.visitor_id, language=None)

    assert (view.language, view.language_choice) == ("tr", None)


async def test_a_language_must_be_a_tag(world: World) -> None:
    chat = await world.start()

    with pytest.raises(LanguageInvalid):
        await world.services.visitors.choose_language(
            chat.id, visitor_id=chat.visitor_id, language="<b>"
        )


async def test_contact_is_kept_on_conversation_and_open_ticket(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)

    view = await world.services.visitors.leave_contact(
        chat.id, visitor_id=chat.visitor_id, name=" Maria\nP. ", email="maria@shop.example"
    )

    ticket = await world.services.desk.find(number)
    assert view.contact == ticket.contact
    assert (ticket.contact.name, ticket.contact.email) == ("Maria P.", "maria@shop.example")
    last = (await world.log(chat))[-1]
    assert (last.kind, last.agents_only, last.payload["source"]) == ("contact", True, "form")
    assert (await world.services.inbox.events_after(0))[-1].kind == "contact"


async def test_the_same_contact_again_writes_nothing(world: World) -> None:
    chat = await world.start()
    leave = world.services.visitors.leave_contact
    await leave(chat.id, visitor_id=chat.visitor_id, name=None, email="maria@shop.example")

    view = await leave(chat.id, visitor_id=chat.visitor_id, name="", email="maria@shop.example")

    assert view.cursor == 1


@pytest.mark.parametrize("email", ["", "no address", "a@b", "a@b.example\nBcc: c@d.example"])
async def test_an_unusable_contact_is_refused(world: World, email: str) -> None:
    chat = await world.start()

    with pytest.raises(ContactInvalid) as caught:
        await world.services.visitors.leave_contact(
            chat.id, visitor_id=chat.visitor_id, name="", email=email
        )

    assert caught.value.field == "email"


async def test_messages_in_the_queue_join_the_ticket_and_cause_no_turn(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    world.publisher.topics.clear()

    accepted = await world.say(chat, "It is still missing")

    ticket = await world.services.desk.find(number)
    assert accepted.conversation.owner is Owner.QUEUE
    assert not accepted.conversation.bot_pending
    assert sorted(world.publisher.topics) == [f"conversation:{chat.id}", "inbox"]
    assert (ticket.state, ticket.last_message) == (TicketState.NEW, "It is still missing")
    assert ticket.seq_upto == accepted.event.seq
    assert await world.services.turns.claim(chat.id, lease_s=30) is None
    assert await world.services.turns.waiting() == []


async def test_priority_rises_at_once_and_never_falls(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    before = await world.services.desk.find(number)

    await world.say(chat, "There is an outage")
    raised = await world.services.desk.find(number)
    world.triage.words = {}
    await world.say(chat, "Thank you, all is fine")
    later = await world.services.desk.find(number)

    assert (before.priority, raised.priority, later.priority) == (3, 1, 1)
    assert [reason.evidence for reason in later.reasons] == ["outage"]


async def test_waiting_counts_from_the_first_unanswered_message(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()
    await world.services.desk.take(number, ann.id)
    await world.services.desk.reply(number, ann.id, client_id="r1", text="Hello")
    answered = await world.services.desk.find(number)

    asked_at = world.clock.now()
    await world.say(chat, "And now?")
    world.clock.moment = asked_at.replace(hour=11)
    await world.say(chat, "Hello?")

    waiting = await world.services.desk.find(number)
    assert answered.waiting_since is None
    assert (waiting.waiting_since, waiting.state) == (asked_at, TicketState.OPEN)


async def test_an_email_written_to_people_is_noted_once(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)

    await world.say(chat, "Write to maria@shop.example please")
    await world.say(chat, "or to other@shop.example")

    ticket = await world.services.desk.find(number)
    assert ticket.contact.email == "maria@shop.example"
    notes = [event for event in await world.log(chat) if event.kind == "contact"]
    assert [note.payload["source"] for note in notes] == ["message"]


async def test_an_email_written_to_the_bot_is_left_to_the_bot(world: World) -> None:
    chat = await world.start()

    accepted = await world.say(chat, "I am maria@shop.example")

    assert accepted.conversation.contact.email is None


async def test_an_email_written_to_the_bot_is_on_the_ticket_of_the_handoff(world: World) -> None:
    world.presence.n_agents = 0
    chat = await world.start()
    await world.say(chat, "I am old@shop.example")
    await world.answer(chat)
    await world.say(chat, "No: maria@shop.example")
    await world.answer(chat)

    number = await world.hand_off(chat)

    assert (await world.services.desk.find(number)).contact.email == "maria@shop.example"
    log = await world.log(chat)
    notes = [event.payload for event in log if event.kind == "contact"]
    assert notes == [{"name": None, "email": "maria@shop.example", "source": "message"}]
    assert log[-1].payload["ask_contact"] is False


async def test_an_email_of_the_form_is_not_replaced_by_one_in_a_message(world: World) -> None:
    chat = await world.start()
    await world.services.visitors.leave_contact(
        chat.id, visitor_id=chat.visitor_id, name="Maria", email="maria@shop.example"
    )

    number = await world.hand_off(chat, "My husband is bob@shop.example")

    assert (await world.services.desk.find(number)).contact.email == "maria@shop.example"


@pytest.mark.parametrize("with_agent", [False, True])
async def test_the_tickets_language_follows_the_visitors_choice(
    world: World, with_agent: bool
) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()
    if with_agent:
        await world.services.desk.take(number, ann.id)
    before = await world.services.inbox.cursor()

    await world.services.visitors.choose_language(
        chat.id, visitor_id=chat.visitor_id, language="tr"
    )

    assert (await world.services.desk.find(number)).language == "tr"
    news = await world.services.inbox.events_after(before)
    assert [(event.kind, event.payload) for event in news] == [("language", {"language": "tr"})]


async def test_a_solved_tickets_language_stays(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()
    await world.services.desk.resolve(number, ann.id)

    await world.services.visitors.choose_language(
        chat.id, visitor_id=chat.visitor_id, language="tr"
    )

    assert (await world.services.desk.find(number)).language == "en"


async def test_the_tickets_language_follows_the_conversation(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()
    await world.services.desk.take(number, ann.id)
    await world.services.desk.hand_back(number, ann.id)
    await world.say(chat, "¿Dónde está mi pedido?")

    await world.answer(chat, language=TurnLanguage(message="es", conversation="es"))

    assert (await world.services.desk.find(number)).language == "es"


async def test_a_failing_triage_neither_loses_the_message_nor_the_ticket(world: World) -> None:
    def broken(*args: object, **kwargs: object) -> object:
        raise ZeroDivisionError

    world.services = world.build(world.database, triage=broken)
    chat = await world.start()

    number = await world.hand_off(chat)
    await world.say(chat, "Hello?")

    ticket = await world.services.desk.find(number)
    assert (ticket.priority, ticket.reasons[0].code) == (3, "triage_failed")


async def test_a_visitor_who_returns_after_the_resolution_meets_the_bot(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat)
    ann = await world.agent()
    await world.services.desk.resolve(number, ann.id)

    accepted = await world.say(chat, "Something else")

    view = accepted.conversation
    assert (view.owner, view.episode, view.ticket) == (Owner.BOT, 2, None)
    again = await world.services.visitors.accept_message(
        chat.id, visitor_id=chat.visitor_id, client_id="said-2", text="Something else"
    )
    assert (again.duplicate, again.conversation.episode) == (True, 2)
    claim = await world.claim(chat)
    assert claim.dialogue_events == ()
    assert claim.ticket is not None
    assert (claim.ticket.number, claim.ticket.state) == (number, TicketState.SOLVED)
    assert accepted.event.author is Author.VISITOR


async def test_a_message_sent_again_after_the_resolution_opens_nothing(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat, "A person, please")
    ann = await world.agent()
    await world.services.desk.resolve(number, ann.id)

    again = await world.services.visitors.accept_message(
        chat.id, visitor_id=chat.visitor_id, client_id="said-1", text="A person, please"
    )

    assert again.duplicate
    assert (again.conversation.owner, again.conversation.episode) == (Owner.CLOSED, 1)
    assert not again.conversation.bot_pending
