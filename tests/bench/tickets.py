"""How long the search for tickets takes: `python -m tests.bench.tickets [--postgres URL]`.

20,000 tickets with five messages each, in twelve languages, made of the sentences of the tests and
of rarer made-up words, as a real vocabulary has many. Each kind of query is asked of the product's
search and of the usual scan (`LIKE '%word%'` over all messages, for each word), whose ratio holds
where the milliseconds do not. A search is the whole call: words, hits, tickets and snippets. `cpu`
is this process's processor time, which others on the machine do not change; SQLite works in it,
PostgreSQL does not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import insert, select
from sqlalchemy.engine import make_url

from bot.migrations.run import upgrade_async
from handoff.store.engine import Database, open_database
from handoff.store.tables import conversations, events, tickets, visitors
from handoff.ticket import FIRST_NUMBER
from handoff.tickets.filters import TicketFilter
from handoff.tickets.indexing import add_words
from handoff.tickets.search_text import cut_words
from handoff.tickets.searching import TicketSearch
from handoff.tickets.tables import search_places, search_progress

ROOT = Path(__file__).parents[2]
N_TICKETS = 20_000
MESSAGES_EACH = 5
RUNS = 25
START = datetime(2026, 1, 1, tzinfo=UTC)
RAREST = "quixotic"
QUERIES = {
    "rare word": RAREST,
    "common word": "παραγγελία",
    "two common words": "order invoice",
    "slip of the finger": "invioce",
    "other form": "zamowieniami",
    "beginning": "rech",
    "number": "BD-11001",
    "not there": "xylophone",
}


async def measure(url: str) -> dict[str, Any]:
    """Gives the figures of one database."""
    await upgrade_async(url)
    database = open_database(url, statement_limit_s=None)
    began = time.perf_counter()
    n_words = await _fill(database)
    filled_s = time.perf_counter() - began
    search = TicketSearch(database)
    result: dict[str, Any] = {
        "messages": N_TICKETS * MESSAGES_EACH,
        "words": n_words,
        "fill_s": round(filled_s, 1),
    }
    rows = []
    for name, text in QUERIES.items():
        hits = await search.search(text, None)
        rows.append(
            {
                "query": name,
                "hits": len(hits),
                **await _timed("search", lambda text=text: search.search(text, None)),
                **await _timed("scan", lambda text=text: _scan(database, text), runs=3),
            }
        )
    narrow = TicketFilter(language="el", priority=3)
    rows.append(
        {
            "query": "common word, filtered",
            **await _timed("search", lambda: search.search("παραγγελία", None, wanted=narrow)),
        }
    )
    for row in rows:
        if "scan_p50_ms" in row:
            row["scan_to_search"] = round(row["scan_p50_ms"] / row["search_p50_ms"], 1)
    result["queries"] = rows
    result["slowest_p95_ms"] = max(row["search_p95_ms"] for row in rows)
    await database.dispose()
    return result


async def _timed(
    name: str, call: Callable[[], Awaitable[Any]], *, runs: int = RUNS
) -> dict[str, float]:
    took, worked = [], []
    for _ in range(runs):
        began, began_cpu = time.perf_counter(), time.process_time()
        await call()
        took.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - began_cpu) * 1000)
    took.sort()
    return {
        f"{name}_cpu_ms": round(statistics.median(worked), 1),
        f"{name}_p50_ms": round(statistics.median(took), 1),
        f"{name}_p95_ms": round(took[max(0, int(len(took) * 0.95) - 1)], 1),
    }


async def _scan(database: Database, text: str) -> list[Any]:
    """The usual way: every word in some message of the conversation, no slips, no accents."""
    query = select(events.c.conversation_id).distinct()
    for token in cut_words(text):
        has = select(events.c.conversation_id).where(events.c.text.ilike(f"%{token.word}%"))
        query = query.where(events.c.conversation_id.in_(has))
    async with database.read() as connection:
        return list((await connection.execute(query.limit(20))).all())


async def _fill(database: Database) -> int:
    randomly = random.Random(1)
    path = ROOT / "tests/handoff/tickets/situations.jsonl"
    written = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    sentences = [(row["lang"], row["text"]) for row in written]
    words: set[str] = set()
    for start in range(0, N_TICKETS, 500):
        rows: dict[Any, list[dict[str, Any]]] = {
            table: []
            for table in (visitors, conversations, events, tickets, search_places, search_progress)
        }
        for position in range(start, start + 500):
            _add_ticket(rows, position, randomly, sentences)
        words |= {row["word"] for row in rows[search_places]}
        async with database.write() as transaction:
            for table, values in rows.items():
                await transaction.connection.execute(insert(table), values)
    async with database.write() as transaction:
        ordered = sorted(words)
        for start in range(0, len(ordered), 2000):
            await add_words(transaction.connection, ordered[start : start + 2000])
    async with database.write() as transaction:
        # As a server does by itself after a while.
        await transaction.connection.exec_driver_sql("ANALYZE")
    return len(words)


def _add_ticket(
    rows: dict[Any, list[dict[str, Any]]],
    position: int,
    randomly: random.Random,
    sentences: list[tuple[str, str]],
) -> None:
    number, name = FIRST_NUMBER + position, f"{position:026d}"
    at = START + timedelta(minutes=position)
    language, first = randomly.choice(sentences)
    rows[visitors].append({"id": name, "locale": None, "created_at": at, "last_seen_at": at})
    rows[conversations].append(
        {
            "id": name, "visitor_id": name, "owner": "queue", "epoch": 2, "episode": 1,
            "episode_seq": 1, "last_seq": MESSAGES_EACH, "pending_seq": 0, "answered_seq": 0,
            "ticket_number": number, "ticket_episode": 1, "dialogue_events": [],
            "turn_attempts": 0, "contact_asked": False, "channel": "web", "created_at": at,
            "updated_at": at,
        }
    )  # fmt: skip
    rows[tickets].append(
        {
            "number": number, "conversation_id": name, "episode": 1, "state": "new",
            "priority": 3, "impact": 2, "urgency": 2, "reasons": [], "reason": "low_confidence",
            "language": language, "subject": first[:120], "last_message": first[:160],
            "seq_from": 1, "seq_upto": MESSAGES_EACH, "opened_at": at, "updated_at": at,
            "triage_version": "none",
        }
    )  # fmt: skip
    for seq in range(1, MESSAGES_EACH + 1):
        _, sentence = randomly.choice(sentences)
        # As in a real vocabulary, most words are rare.
        rare = f"rare-{int(randomly.paretovariate(0.4)) % 60_000}"
        text = f"{sentence} {rare}" if seq > 1 else f"{first} BD-{10_000 + position}"
        if (position, seq) == (777, 1):
            text += f" {RAREST}"
        rows[events].append(
            {
                "conversation_id": name, "seq": seq, "kind": "message", "author": "visitor",
                "text": text, "payload": {}, "internal": {}, "agents_only": False,
                "created_at": at,
            }
        )  # fmt: skip
        for word in {token.word for token in cut_words(text)}:
            rows[search_places].append({"word": word, "ticket_number": number, "seq": seq})
    rows[search_progress].append({"ticket_number": number, "indexed_seq": MESSAGES_EACH})


async def _with_postgres(server: str) -> dict[str, Any]:
    name = f"babeldesk_bench_{uuid.uuid4().hex[:8]}"
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
        url = make_url(server).set(drivername="postgresql+asyncpg", database=name)
        try:
            return await measure(url.render_as_string(hide_password=False))
        finally:
            await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()


def main() -> None:
    """Measures and prints JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", help="a server that may get a database for a while")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = {"sqlite": asyncio.run(measure(f"sqlite+aiosqlite:///{folder}/bench.db"))}
    if asked.postgres:
        figures["postgresql"] = asyncio.run(_with_postgres(asked.postgres))
    print(json.dumps(figures, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
