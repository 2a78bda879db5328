"""A ticket's priority over time: rises at once, falls by a rule or a person, always on record."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from handoff.help_lines import CountryHelpLines
from handoff.message_languages import MessageLanguages
from handoff.model import Choice, ConversationView, EventView, TicketView, TurnLanguage
from handoff.ports import Help, HelpLine, Ports
from handoff.priority import signals_of
from handoff.ticket import REOPEN
from handoff.triage_lexicons import load_triage
from handoff.triage_rules import TriageSettings
from tests.handoff.world import World

TRIAGE = load_triage(settings=TriageSettings(raise_tiers=frozenset({"vip"})))
LINES = CountryHelpLines(
    countries={"GR": Help(emergency="112", lines=(HelpLine(name="Klimaka", number="1018"),))}
)


@pytest.fixture
def desk(world: World) -> World:
    """The world with the product's triage."""
    world.services = world.build(world.database, triage=TRIAGE, help_lines=LINES)
    return world


async def opened(desk: World, words: str) -> tuple[ConversationView, TicketView]:
    chat = await desk.start()
    await desk.say(chat, words)
    done = await desk.answer(chat, replies=(), handoff="asked_for_person")
    assert done.ticket is not None
    return chat, done.ticket


async def now(desk: World, ticket: TicketView) -> TicketView:
    return await desk.services.desk.find(ticket.number)


async def changes(desk: World) -> list[tuple[str, Any]]:
    statement = text("SELECT act, detail FROM audit_log WHERE act LIKE 'priority_%' ORDER BY id")
    async with desk.database.read() as connection:
        rows = (await connection.execute(statement)).all()
    return [
        (row.act, json.loads(row.detail) if isinstance(row.detail, str) else row.detail)
        for row in rows
    ]


def codes(ticket: TicketView) -> list[str]:
    return [reason.code for reason in ticket.reasons]


async def test_what_triage_was_told_stands_on_the_ticket(desk: World) -> None:
    _, ticket = await opened(desk, "Which size do I need?")

    assert ticket.as_json()["triage"] == {
        "version": TRIAGE.version,
        "inputs": {
            "handoff_reason": "asked_for_person",
            "tier": None,
            "repeat_contacts": 0,
            "reopened": False,
            "date": None,
            "n_messages": 1,
            "upto_seq": 1,
        },
    }


async def test_something_worse_raises_at_once_and_is_audited(desk: World) -> None:
    chat, ticket = await opened(desk, "Which size do I need?")

    await desk.say(chat, "By the way, my son is bleeding, the glass exploded")

    assert (await now(desk, ticket)).priority == 1
    assert await changes(desk) == [
        (
            "priority_raised",
            {"from": 5, "to": 1, "reasons": ["safety"], "version": TRIAGE.version},
        )
    ]
    assert (
        await desk.scalar("SELECT count(*) FROM inbox_events WHERE kind = 'priority_changed'") == 1
    )


async def test_a_milder_message_lowers_nothing(desk: World) -> None:
    chat, ticket = await opened(desk, "I cannot log in")

    await desk.say(chat, "Thank you, have a nice day")

    after = await now(desk, ticket)
    assert (after.priority, codes(after)) == (3, codes(ticket))
    assert await changes(desk) == []


async def test_taking_it_back_lowers_and_says_why(desk: World) -> None:
    chat, ticket = await opened(desk, "I cannot log in")

    await desk.say(chat, "It works again, never mind")

    after = await now(desk, ticket)
    assert (after.priority, codes(after)[-1]) == (5, "taken_back")
    assert [act for act, _ in await changes(desk)] == ["priority_lowered"]


async def test_money_and_danger_are_not_taken_back_by_a_sentence(desk: World) -> None:
    chat, ticket = await opened(desk, "I was charged twice")

    await desk.say(chat, "It is solved, forget it")

    assert (await now(desk, ticket)).priority == 2


async def test_a_priority_set_by_a_person_does_not_fall_by_itself(desk: World) -> None:
    chat, ticket = await opened(desk, "I cannot log in")
    agent = await desk.agent()
    await desk.services.desk.override_priority(ticket.number, agent.id, level=2, reason="VIP")

    await desk.say(chat, "It works again, never mind")

    assert (await now(desk, ticket)).priority == 2


async def test_a_second_message_after_a_day_raises(desk: World) -> None:
    chat, ticket = await opened(desk, "Which size do I need?")
    desk.clock.advance(timedelta(hours=25))

    await desk.say(chat, "Hello? Anybody there")

    after = await now(desk, ticket)
    assert (after.priority, codes(after)) == (4, ["one_person", "unanswered"])


async def test_what_raised_a_ticket_may_pass_without_lowering_it(desk: World) -> None:
    chat, ticket = await opened(desk, "Which size do I need?")
    agent = await desk.agent()
    desk.clock.advance(timedelta(hours=25))
    await desk.say(chat, "Hello? Anybody there")
    await desk.services.desk.take(ticket.number, agent.id)
    await desk.services.desk.reply(ticket.number, agent.id, client_id="reply", text="The large one")

    await desk.say(chat, "And which colour")

    after = await now(desk, ticket)
    assert (after.priority, codes(after)) == (4, ["one_person", "unanswered"])


async def test_a_reopened_ticket_is_raised_with_its_next_message(desk: World) -> None:
    chat, ticket = await opened(desk, "Which size do I need?")
    agent = await desk.agent()
    await desk.services.desk.resolve(ticket.number, agent.id)
    await desk.services.desk.reopen(ticket.number, agent.id)

    await desk.say(chat, "And which colour")

    assert codes(await now(desk, ticket))[-1] == "reopened"


async def test_a_visitor_who_says_not_solved_stands_one_step_higher(desk: World) -> None:
    chat, ticket = await opened(desk, "Which size do I need?")
    agent = await desk.agent()
    await desk.services.desk.resolve(ticket.number, agent.id)

    await desk.services.visitors.accept_message(
        chat.id,
        visitor_id=chat.visitor_id,
        client_id="not-solved",
        text="Not solved",
        choice=Choice(kind=REOPEN, value=ticket.number),
    )

    assert codes(await now(desk, ticket))[-1] == "reopened"


async def test_a_customers_tier_raises_by_one_step(desk: World) -> None:
    chat, ticket = await opened(desk, "Which size do I need?")
    async with desk.database.write() as transaction:
        await transaction.connection.execute(text("UPDATE customers SET tier = 'vip'"))

    await desk.say(chat, "And which colour")

    after = await now(desk, ticket)
    assert (after.priority, codes(after)[-1]) == (4, "tier")
    assert after.triage_inputs["tier"] == "vip"


async def test_the_language_read_later_is_followed(desk: World) -> None:
    chat, ticket = await opened(desk, "Hello")
    languages = MessageLanguages(desk.database, Ports(clock=desk.clock, triage=TRIAGE))
    accepted = await desk.say(chat, "Bonjour")
    signal = {"category": "blocked_now", "prototype": "Nothing works.", "similarity": 0.8}

    await languages.note(
        chat.id,
        accepted.event.seq,
        TurnLanguage(message="fr", confidence=0.9, conversation="fr", state={}, signals=(signal,)),
    )

    after = await now(desk, ticket)
    assert (after.priority, codes(after)) == (3, ["one_person", "blocked_now"])
    assert after.reasons[-1].params["prototype"] == "Nothing works."


async def safety_texts(desk: World, chat: ConversationView) -> list[EventView]:
    return [event for event in await desk.log(chat) if event.kind == "safety"]


async def test_who_speaks_of_ending_her_life_gets_help_lines_at_once(desk: World) -> None:
    chat, ticket = await opened(desk, "I want to kill myself")

    (given,) = await safety_texts(desk, chat)
    kinds = [event.kind for event in await desk.log(chat)]
    assert (ticket.priority, codes(ticket)) == (1, ["self_harm"])
    assert kinds.index("safety") < kinds.index("handoff")
    assert (given.author.value, given.agents_only) == ("system", False)
    assert "safety-help emergency=112" in given.text
    assert "safety-lines lines=Klimaka 1018" in given.text
    assert given.text.endswith("safety-person")


async def test_help_lines_are_given_once_in_an_episode(desk: World) -> None:
    chat, _ = await opened(desk, "Where is my parcel?")

    await desk.say(chat, "I want to kill myself")
    await desk.say(chat, "I really want to die")

    assert len(await safety_texts(desk, chat)) == 1


async def test_an_unknown_country_gets_the_emergency_number_alone(desk: World) -> None:
    chat = await desk.start(locale="es-AR")
    await desk.say(chat, "Quiero quitarme la vida")
    await desk.answer(chat, replies=(), handoff="risk_topic")

    (given,) = await safety_texts(desk, chat)
    assert "emergency=[" in given.text
    assert "safety-lines" not in given.text


async def test_ordinary_words_get_no_help_lines(desk: World) -> None:
    chat, _ = await opened(desk, "I am dying to see my towels")

    assert await safety_texts(desk, chat) == []


def test_signals_are_read_from_the_evidence_and_nonsense_is_left_out() -> None:
    good = {"category": "safety", "prototype": "It burns.", "similarity": 0.7}
    internal: Any = {
        "decision": {
            "signals": [good, {"category": "safety"}, "x", {**good, "similarity": "very"}]
        },
    }

    assert [signal.category for signal in signals_of(internal)] == ["safety"]
    assert signals_of({"decision": "x", "language": {"signals": {}}}) == ()
    assert signals_of({"language": {"signals": [good]}})[0].similarity == 0.7
