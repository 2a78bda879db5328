"""Keeps the words of tickets where the search looks for them.

A change of a ticket writes a job beside it; the job adds what is not yet in the index. Running it
again, or two at once, is harmless. An hourly job takes up what has no job, such as tickets of an
earlier release.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Select, delete, exists, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.facts import Facts
from handoff.model import Json
from handoff.store.engine import Database, Transaction
from handoff.store.records import TicketRecord
from handoff.store.tables import events, tickets
from handoff.store.unit import fetch_ticket
from handoff.store.upsert import upsert_into
from handoff.ticket import parse_number
from handoff.tickets.search_text import cut_words, variants_of
from handoff.tickets.tables import search_places, search_progress, search_words
from handoff.work.apart import Apart
from handoff.work.model import LeasedJob, NewJob
from handoff.work.outbox import enqueue
from handoff.work.outcome import Done

INDEX: Final = "search.index"
CATCH_UP: Final = "search.catch_up"
# What people wrote to each other; notes are for agents, and so is the search.
_KINDS: Final = ("message", "note")
# Words of one message: a pasted log must not fill the index.
_MESSAGE_WORDS: Final = 400
_BATCH: Final = 100
# Databases take some ten thousand parameters; a long ticket may have more words.
_WORDS_AT_ONCE: Final = 500


async def note_changes(transaction: Transaction, facts: Facts) -> None:
    """Writes the job that indexes what one change added. A follow-up."""
    ticket = facts.ticket
    # What is said behind a ticket that is done is not of it: most talk with the bot, often.
    if ticket is None or not (
        facts.changes or any(event.seq <= ticket.seq_upto for event in facts.events)
    ):
        return
    number = parse_number(ticket.number)
    await enqueue(
        transaction,
        NewJob(
            kind=INDEX,
            key=f"search:{ticket.number}:{facts.conversation.cursor}:{ticket.version}",
            subject=f"conversation:{ticket.conversation_id}",
            payload={"number": number},
        ),
    )


class TicketIndexer:
    """The handlers of these jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def index(self, leased: LeasedJob) -> Done:
        """Indexes one ticket in the transaction that settles the job."""
        number: Json = leased.job.payload["number"]
        if not isinstance(number, int):
            raise TypeError("number")

        async def bring_up_to_date(transaction: Transaction) -> None:
            await index_ticket(transaction.connection, number)

        return Done(effect=bring_up_to_date)

    async def catch_up(self, _leased: LeasedJob) -> Done:
        """Indexes tickets that are behind, each in a transaction of its own."""
        n_indexed, last, apart = 0, 0, Apart()
        while numbers := await self._behind(last):
            last = numbers[-1]
            for number in numbers:
                done = await apart.tried(self._index_apart(number), f"indexing ticket {number}")
                n_indexed += done is True
        return Done(result={"indexed": n_indexed, "broken": apart.n_broken})

    async def _index_apart(self, number: int) -> bool:
        async with self._database.write() as transaction:
            await index_ticket(transaction.connection, number)
        return True

    async def _behind(self, after: int) -> list[int]:
        up_to_date = exists().where(
            search_progress.c.ticket_number == tickets.c.number,
            search_progress.c.indexed_seq >= tickets.c.seq_upto,
        )
        behind = (tickets.c.number > after, not_(up_to_date))
        query = select(tickets.c.number).where(*behind).order_by(tickets.c.number)
        async with self._database.read() as connection:
            return list((await connection.execute(query.limit(_BATCH))).scalars())


async def index_ticket(connection: AsyncConnection, number: int) -> None:
    """Brings the words of a ticket and its messages up to date; a ticket that is gone is left."""
    ticket, _ = await fetch_ticket(connection, number)
    if ticket is None:
        return
    query = select(search_progress.c.indexed_seq).where(search_progress.c.ticket_number == number)
    done = (await connection.execute(query)).scalar()
    places = _places(number, 0, ticket_text(ticket))
    for row in (await connection.execute(_new_messages(ticket, done))).all():
        places += _places(number, row.seq, row.text)
    own = {place["word"] for place in places if place["seq"] == 0}
    await _replace_own_words(connection, number, own)
    await _insert(connection, search_places, places)
    await add_words(connection, {place["word"] for place in places})
    values = {"indexed_seq": max(ticket.seq_upto, done or 0)}
    await connection.execute(
        upsert_into(connection, search_progress)
        .values(ticket_number=number, **values)
        .on_conflict_do_update(index_elements=["ticket_number"], set_=values)
    )


def ticket_text(ticket: TicketRecord) -> str:
    """Gives what is found of a ticket beside its messages."""
    own = (ticket.custom_fields or {}).values()
    return " \n".join(
        [
            ticket.ref.number,
            ticket.subject,
            ticket.contact_name or "",
            ticket.contact_email or "",
            *ticket.tags,
            *(str(value) for value in own),
        ]
    )


async def forget_words(connection: AsyncConnection, numbers: Sequence[int]) -> None:
    """Takes tickets out of the index, and words that stand nowhere else: they may be names."""
    mine = search_places.c.ticket_number.in_(numbers)
    query = select(search_places.c.word).where(mine).distinct()
    words = list((await connection.execute(query)).scalars())
    await connection.execute(delete(search_places).where(mine))
    await connection.execute(
        delete(search_progress).where(search_progress.c.ticket_number.in_(numbers))
    )
    await _drop_unused(connection, words)


async def add_words(connection: AsyncConnection, words: Iterable[str]) -> None:
    """Makes words findable with slips; in order, so that two writers cannot block each other."""
    wanted = sorted(words)
    known = await _known(connection, wanted)
    rows = [
        {"variant": variant, "word": word}
        for word in wanted
        if word not in known
        for variant in sorted(variants_of(word))
    ]
    await _insert(connection, search_words, rows)


async def _known(connection: AsyncConnection, words: Sequence[str]) -> set[str]:
    known: set[str] = set()
    for start in range(0, len(words), _WORDS_AT_ONCE):
        query = select(search_words.c.word).where(
            search_words.c.word.in_(words[start : start + _WORDS_AT_ONCE]),
            search_words.c.variant == search_words.c.word,
        )
        known.update((await connection.execute(query)).scalars())
    return known


async def _replace_own_words(
    connection: AsyncConnection, number: int, words: Collection[str]
) -> None:
    """Takes away what the ticket itself no longer says, such as an old subject."""
    mine = (search_places.c.ticket_number == number, search_places.c.seq == 0)
    query = select(search_places.c.word).where(*mine)
    gone = sorted(set((await connection.execute(query)).scalars()) - set(words))
    if gone:
        await connection.execute(delete(search_places).where(*mine, search_places.c.word.in_(gone)))
        await _drop_unused(connection, gone)


async def _drop_unused(connection: AsyncConnection, words: Sequence[str]) -> None:
    for start in range(0, len(words), _WORDS_AT_ONCE):
        some = words[start : start + _WORDS_AT_ONCE]
        used = exists().where(search_places.c.word == search_words.c.word)
        await connection.execute(
            delete(search_words).where(search_words.c.word.in_(some), not_(used))
        )


async def _insert(connection: AsyncConnection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(upsert_into(connection, table).on_conflict_do_nothing(), rows)


def _places(number: int, seq: int, text: str) -> list[dict[str, Any]]:
    words = sorted({token.word for token in cut_words(text)[:_MESSAGE_WORDS]})
    return [{"word": word, "ticket_number": number, "seq": seq} for word in words]


def _new_messages(ticket: TicketRecord, done: int | None) -> Select[Any]:
    return select(events.c.seq, events.c.text).where(
        events.c.conversation_id == ticket.conversation_id,
        events.c.seq > (ticket.seq_from - 1 if done is None else done),
        events.c.seq <= ticket.seq_upto,
        events.c.kind.in_(_KINDS),
    )
