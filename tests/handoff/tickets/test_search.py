"""Tickets are found by their words in every language, by agents alone, and no longer when gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from handoff.errors import RoleNotAllowed
from handoff.model import Role
from handoff.retention import Retention
from handoff.store.engine import Database
from handoff.store.tables import tickets
from handoff.ticket import TicketState, parse_number
from handoff.tickets.desk import TicketChange
from handoff.tickets.filters import NOBODY, TicketFilter
from handoff.tickets.indexing import note_changes
from handoff.tickets.searching import score_key
from tests.handoff.tickets.jobs import run_due
from tests.handoff.world import World

# What was written, what is asked for it: another form of a word, a slip, no accents.
FORMS = {
    "en": ("My invoices are missing", "invoice misisng"),
    "el": ("Η παραγγελία μου δεν ήρθε στην οδό Ερμού", "παραγγελιες ΟΔΟΣ Ερμου"),
    "tr": ("Siparişim hâlâ İzmir'e gelmedi", "siparis izmir"),
    "de": ("Die Rechnung für die Straße 5 fehlt", "rechnungen strasse"),
    "es": ("El envío no llegó a Logroño", "envio logrono"),
    "fr": ("La commande n'est pas arrivée à l'hôtel", "commandes hotel"),
    "it": ("La città del mio ordine è sbagliata", "citta ordini"),
    "pt": ("A devolução da encomenda não chegou", "devolucao encomendas"),
    "nl": ("De bestelling is niet bezorgd in België", "bestellingen belgie"),
    "pl": ("Zamówienie nie dotarło do Łodzi", "zamowienia lodzi"),
    "ru": ("Посылка ещё не пришла в Королёв", "посылки еще королев"),
    "ar": ("لم تصل الفاتورة إلى أحمد", "فاتوره احمد"),
}


async def found(world: World, text: str, **wanted: Any) -> list[str]:
    hits = await world.services.search.search(text, None, wanted=TicketFilter(**wanted))
    return [hit.ticket.number for hit in hits]


async def index_all(world: World) -> None:
    await world.services.indexer.catch_up(None)  # type: ignore[arg-type]


async def ticket_of(world: World, text: str) -> str:
    return await world.hand_off(await world.start(), text)


async def test_a_ticket_that_cannot_be_indexed_does_not_hide_the_others(world: World) -> None:
    broken = await ticket_of(world, "A broken lamp")
    whole = await ticket_of(world, "A whole lamp")
    async with world.database.write() as transaction:
        await transaction.connection.execute(
            update(tickets)
            .where(tickets.c.number == parse_number(broken))
            .values(custom_fields=["of a newer release"])
        )

    await index_all(world)

    assert await found(world, "lamp") == [whole]


@pytest.mark.parametrize("language", FORMS)
async def test_other_forms_slips_and_missing_accents_find_it(world: World, language: str) -> None:
    written, asked = FORMS[language]
    number = await ticket_of(world, written)
    await ticket_of(world, "Something else entirely")
    await index_all(world)

    assert await found(world, asked) == [number]


async def test_messages_notes_and_answers_are_found_with_their_place(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat, "The lamp is broken")
    ann = await world.agent()
    await world.services.desk.take(number, ann.id)
    await world.services.desk.note(number, ann.id, client_id="n", text="Warehouse says Tuesday")
    await world.services.desk.reply(number, ann.id, client_id="r", text="It leaves on Tuesday")
    await index_all(world)

    hits = await world.services.search.search("tuesday", ann.id)

    assert [hit.ticket.number for hit in hits] == [number]
    shown = hits[0].snippets_json()
    assert [item["text"] for item in shown] == ["Warehouse says Tuesday", "It leaves on Tuesday"]
    assert shown[0]["ranges"] == [[15, 22]]


async def test_words_may_stand_in_different_messages_but_all_must_be_there(world: World) -> None:
    chat = await world.start()
    number = await world.hand_off(chat, "The lamp is broken")
    await world.say(chat, "I paid with PayPal")
    await index_all(world)

    assert await found(world, "lamp paypal") == [number]
    assert await found(world, "lamp visa") == []
    assert await found(world, "?!") == []


async def test_better_words_come_first(world: World) -> None:
    near = await ticket_of(world, "lambs")
    whole = await ticket_of(world, "lamps")
    longer = await ticket_of(world, "lampshade")
    exact = await ticket_of(world, "lamp")
    await index_all(world)

    assert await found(world, "lamp") == [exact, longer, whole]
    assert near not in await found(world, "lamp")


async def test_numbers_names_tags_and_own_words_of_a_ticket_are_found(world: World) -> None:
    number = await ticket_of(world, "Write to ana@shop.example about BD-48213")
    ann = await world.agent()
    await world.services.tickets.change(
        number, ann.id, TicketChange(subject="Glass vase", tags=["Fragile goods"])
    )
    await index_all(world)

    for asked in (number, "48213", "ana@shop.example", "vase", "fragile"):
        assert await found(world, asked) == [number], asked


async def test_a_job_written_with_the_change_brings_it_into_the_index(world: World) -> None:
    database = Database(world.database.engine, follow_ups=(note_changes,))
    world.services = world.build(database)
    chat = await world.start()
    number = await world.hand_off(chat, "The lamp is broken")
    await world.say(chat, "And the mirror too")
    await run_due(world)
    ann = await world.agent()

    await world.services.tickets.change(number, ann.id, TicketChange(subject="Furniture"))
    await run_due(world)

    assert await found(world, "mirror furniture") == [number]
    # The old subject still stands in a message.
    assert await found(world, "broken") == [number]


async def test_what_a_ticket_no_longer_says_is_no_longer_found(world: World) -> None:
    number = await ticket_of(world, "Hello there")
    ann = await world.agent()
    database = Database(world.database.engine, follow_ups=(note_changes,))
    tickets = world.build(database).tickets
    await tickets.change(number, ann.id, TicketChange(subject="Porcelain"))
    await run_due(world)
    assert await found(world, "porcelain") == [number]

    await tickets.change(number, ann.id, TicketChange(subject="Cutlery"))
    await run_due(world)

    assert await found(world, "porcelain") == []
    assert await world.scalar("SELECT count(*) FROM search_words WHERE word = 'porcelain'") == 0


async def test_filters_narrow_what_is_found_and_listed(world: World) -> None:
    first = await ticket_of(world, "broken lamp")
    world.clock.advance(timedelta(days=1))
    second = await ticket_of(world, "lamp")
    ann = await world.agent()
    await world.services.desk.take(first, ann.id)
    await world.services.tickets.change(first, ann.id, TicketChange(tags=["vip"], type="problem"))
    await world.services.links.watch(second, ann.id, user_id=ann.id, on=True)
    await index_all(world)
    noon = world.clock.now() - timedelta(hours=1)

    for wanted, numbers in (
        ({}, {first, second}),
        ({"states": [TicketState.OPEN]}, {first}),
        ({"states": [TicketState.NEW, TicketState.OPEN]}, {first, second}),
        ({"states": [TicketState.SPAM]}, set()),
        ({"assignee": ann.id}, {first}),
        ({"assignee": NOBODY}, {second}),
        ({"priority": 2}, {first}),
        ({"tag": "VIP"}, {first}),
        ({"tag": "other"}, set()),
        ({"type": "problem"}, {first}),
        ({"watcher": ann.id}, {second}),
        ({"channel": "web"}, {first, second}),
        ({"language": "xx"}, set()),
        ({"opened_from": noon}, {second}),
        ({"opened_before": noon}, {first}),
    ):
        assert set(await found(world, "lamp", **wanted)) == numbers, wanted
        listed = await world.services.reading.list(ann.id, wanted=TicketFilter(**wanted))
        assert {ticket.number for ticket in listed} == numbers, wanted


async def test_pages_go_on_where_the_last_one_ended(world: World) -> None:
    numbers = [await ticket_of(world, "lamp" if n % 2 else "lamps") for n in range(5)]
    await index_all(world)

    seen: list[str] = []
    after = None
    while hits := await world.services.search.search("lamp", None, after=after, limit=2):
        seen += [hit.ticket.number for hit in hits]
        after = score_key(hits[-1])

    exact, longer = numbers[1::2], numbers[0::2]
    assert seen == [*reversed(exact), *reversed(longer)]


async def test_a_merged_ticket_is_found_if_asked_for(world: World) -> None:
    first = await ticket_of(world, "unique words")
    second = await ticket_of(world, "other words")
    boss = await world.agent()
    await world.services.merging.merge(first, boss.id, into=second, force=True)
    await index_all(world)

    assert await found(world, "unique") == []
    assert await found(world, "unique", states=[TicketState.MERGED]) == [first]


async def test_deleted_conversations_leave_no_word_behind(world: World) -> None:
    number = await ticket_of(world, "I am Papadopoulos and my lamp is broken")
    ann = await world.agent()
    await world.services.desk.resolve(number, ann.id)
    world.clock.advance(timedelta(days=30))
    other = await ticket_of(world, "another lamp")
    await index_all(world)

    await Retention(world.database, world.clock).trim_conversations(keep=timedelta(days=20))

    assert await found(world, "papadopoulos") == []
    assert await found(world, "lamp") == [other]
    for table in ("search_words", "search_places"):
        assert await world.scalar(f"SELECT count(*) FROM {table} WHERE word = 'papadopoulos'") == 0
    assert await world.scalar(f"SELECT count(*) FROM audit_log WHERE subject LIKE '%{number}'") == 0


async def test_card_numbers_are_not_shown(world: World) -> None:
    await ticket_of(world, "My card 4111 1111 1111 1111 was charged")
    await index_all(world)

    hits = await world.services.search.search("charged", None)

    assert all("4111" not in snippet.text for snippet in hits[0].snippets.values())


async def test_only_who_may_read_tickets_may_search(world: World) -> None:
    editor = await world.agent("Eve", Role.EDITOR)

    with pytest.raises(RoleNotAllowed):
        await world.services.search.search("lamp", editor.id)


async def test_indexing_again_changes_nothing(world: World) -> None:
    number = await ticket_of(world, "lamp and mirror")
    await index_all(world)
    before = await world.scalar("SELECT count(*) FROM search_places")

    database = Database(world.database.engine, follow_ups=(note_changes,))
    await world.build(database).tickets.change(
        number, (await world.agent()).id, TicketChange(type="problem")
    )
    await run_due(world)

    assert await world.scalar("SELECT count(*) FROM search_places") == before


async def test_talk_with_the_bot_behind_a_solved_ticket_writes_no_job(world: World) -> None:
    database = Database(world.database.engine, follow_ups=(note_changes,))
    world.services = world.build(database)
    chat = await world.start()
    number = await world.hand_off(chat, "The lamp is broken")
    ann = await world.agent()
    await world.services.desk.resolve(number, ann.id)
    await world.say(chat, "Another matter")
    before = await world.scalar("SELECT count(*) FROM jobs")

    await world.answer(chat)
    await world.say(chat, "And one more")

    assert await world.scalar("SELECT count(*) FROM jobs") == before
