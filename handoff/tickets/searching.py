"""Finds tickets by words of theirs and of their messages, forgiving slips and endings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, case, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.access import access_agent
from handoff.model import JsonObject, TicketView
from handoff.store.engine import Database
from handoff.store.records import TicketRecord, select_tickets, ticket_of, ticket_view
from handoff.store.tables import events, tickets
from handoff.ticket import parse_number
from handoff.tickets.filters import TicketFilter, conditions_of
from handoff.tickets.indexing import ticket_text
from handoff.tickets.search_text import (
    EXACT,
    Snippet,
    beginnings_of,
    make_snippet,
    query_words,
    rank_words,
    variants_of,
)
from handoff.tickets.tables import search_places, search_words
from handoff.transcript import mask_numbers

# Words of tickets that one word of a query may stand for.
_WORDS_EACH: Final = 40
_LOOKED_AT: Final = 400
_SNIPPETS: Final = 3
# Places of a word that is rare enough to look the others up in its tickets alone.
_FEW: Final = 500
_LAST_CHARACTER: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketHit:
    """A ticket that was found. `score` is higher for better words; equal scores are by number.

    `snippets`: message's seq (0 for the ticket itself) -> where its words are.
    """

    ticket: TicketView
    score: int
    snippets: Mapping[int, Snippet]

    def snippets_json(self) -> list[JsonObject]:
        """Gives {"seq", "text", "ranges"} each; ranges are [start, end) in characters."""
        return [
            {
                "seq": seq,
                "text": snippet.text,
                "ranges": [[start, end] for start, end in snippet.ranges],
            }
            for seq, snippet in self.snippets.items()
        ]


class TicketSearch:
    """Searches in one reading transaction; for agents only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(
        self,
        text: str,
        agent_id: str | None,
        *,
        wanted: TicketFilter = TicketFilter(),  # noqa: B008 - frozen
        after: tuple[int, int] | None = None,
        limit: int = 20,
    ) -> list[TicketHit]:
        """Gives tickets in which every word of the query is found, the best first.

        Args:
            text: The query; without a word that counts, nothing is found.
            agent_id: Who asks; None for a caller that is authorised already.
            wanted: What the tickets must be like.
            after: Score and number of the last hit that the caller has.
            limit: At most this many hits.

        Raises:
            UserNotFound, RoleNotAllowed: The user may not read tickets.
        """
        async with self._database.read() as connection:
            if agent_id is not None:
                await access_agent(connection, agent_id, act="search tickets")
            meant = [await _meant_by(connection, word) for word in query_words(text)]
            if not meant or not all(meant):
                return []
            found = await _find(connection, meant, wanted, after=after, limit=limit)
            if not found:
                return []
            query = select_tickets().where(tickets.c.number.in_(found))
            rows = (await connection.execute(query)).all()
            records = {record.number: (record, owner) for record, owner in map(ticket_of, rows)}
            words = {word for options in meant for word in options}
            snippets = await _snippets(
                connection, {n: records[n][0] for n in found}, meant, words=words
            )
        return [
            TicketHit(ticket=ticket_view(*records[number]), score=score, snippets=snippets[number])
            for number, score in found.items()
        ]


async def _meant_by(connection: AsyncConnection, asked: str) -> dict[str, int]:
    """Gives word -> weight of the words of tickets that a word of the query may mean."""
    near = select(search_words.c.word).where(search_words.c.variant.in_(variants_of(asked)))
    candidates = set((await connection.execute(near.limit(_LOOKED_AT))).scalars())
    for beginning in beginnings_of(asked):
        column = search_words.c.word
        going_on = (
            select(column)
            .where(column >= beginning, column < beginning + _LAST_CHARACTER)
            .distinct()
            .order_by(column)
            .limit(_LOOKED_AT)
        )
        candidates.update((await connection.execute(going_on)).scalars())
    return rank_words(asked, sorted(candidates), limit=_WORDS_EACH)


async def _find(
    connection: AsyncConnection,
    meant: Sequence[Mapping[str, int]],
    wanted: TicketFilter,
    *,
    after: tuple[int, int] | None,
    limit: int,
) -> dict[int, int]:
    """Gives number -> score, the best first.

    If one word of the query is rare, the others are only looked up in its tickets.
    """
    places = search_places.c
    few = await _fewest(connection, meant)
    within = () if few is None else (places.ticket_number.in_(few),)
    hits = union_all(
        *(
            select(
                literal(position).label("position"),
                places.ticket_number,
                func.max(_weight(options)).label("weight"),
            )
            .where(places.word.in_(options), *within)
            .group_by(places.ticket_number)
            for position, options in enumerate(meant)
        )
    ).subquery()
    total = (
        select(hits.c.ticket_number, func.sum(hits.c.weight).label("score"))
        .group_by(hits.c.ticket_number)
        .having(func.count() == len(meant))
        .subquery()
    )
    query = (
        select(total)
        .join(tickets, tickets.c.number == total.c.ticket_number)
        .where(*conditions_of(wanted))
        .order_by(total.c.score.desc(), total.c.ticket_number.desc())
        .limit(limit)
    )
    if after is not None:
        same = and_(total.c.score == after[0], total.c.ticket_number < after[1])
        query = query.where(or_(total.c.score < after[0], same))
    rows = (await connection.execute(query)).all()
    return {row.ticket_number: int(row.score) for row in rows}


async def _fewest(
    connection: AsyncConnection, meant: Sequence[Mapping[str, int]]
) -> list[int] | None:
    """Gives the tickets of the first word of the query that stands in few; None if none does."""
    if len(meant) == 1:
        return None
    for options in meant:
        query = (
            select(search_places.c.ticket_number)
            .where(search_places.c.word.in_(options))
            .limit(_FEW + 1)
        )
        numbers = (await connection.execute(query)).scalars().all()
        if len(numbers) <= _FEW:
            return sorted(set(numbers))
    return None


def _weight(options: Mapping[str, int]) -> Any:
    """Gives the weight of a place's word; the best are asked for first."""
    if set(options.values()) == {EXACT}:
        return literal(EXACT)
    return case(options, value=search_places.c.word, else_=0)


async def _snippets(
    connection: AsyncConnection,
    found: Mapping[int, TicketRecord],
    meant: Sequence[Mapping[str, int]],
    *,
    words: set[str],
) -> dict[int, dict[int, Snippet]]:
    """Gives number -> seq -> snippet, the messages with the most words of the query first."""
    places = search_places.c
    query = select(places.ticket_number, places.seq, places.word).where(
        places.ticket_number.in_(found), places.word.in_(words)
    )
    spoken: dict[int, dict[int, set[str]]] = {number: {} for number in found}
    for row in (await connection.execute(query)).all():
        spoken[row.ticket_number].setdefault(row.seq, set()).add(row.word)

    def worth(there: set[str]) -> int:
        return sum(max((o.get(word, 0) for word in there), default=0) for o in meant)

    chosen = {
        number: sorted(by_seq, key=lambda seq: (-worth(by_seq[seq]), seq))[:_SNIPPETS]
        for number, by_seq in spoken.items()
    }
    texts = await _texts(connection, found, chosen)
    return {
        number: {
            seq: make_snippet(mask_numbers(texts[number, seq]), words.__contains__)
            for seq in seqs
            if (number, seq) in texts
        }
        for number, seqs in chosen.items()
    }


async def _texts(
    connection: AsyncConnection,
    found: Mapping[int, TicketRecord],
    chosen: Mapping[int, Sequence[int]],
) -> dict[tuple[int, int], str]:
    texts = {(number, 0): ticket_text(record) for number, record in found.items()}
    wanted = [
        and_(events.c.conversation_id == found[number].conversation_id, events.c.seq.in_(seqs))
        for number, seqs in chosen.items()
        if any(seqs)
    ]
    if wanted:
        query = select(events.c.conversation_id, events.c.seq, events.c.text).where(or_(*wanted))
        by_place = {
            (row.conversation_id, row.seq): row.text
            for row in (await connection.execute(query)).all()
        }
        for number, seqs in chosen.items():
            for seq in seqs:
                text = by_place.get((found[number].conversation_id, seq))
                if text is not None:
                    texts[number, seq] = text
    return texts


def score_key(hit: TicketHit) -> tuple[int, int]:
    """Gives what a cursor holds of a hit."""
    return hit.score, parse_number(hit.ticket.number) or 0
