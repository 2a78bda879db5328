"""A small desk with everything in it: what back-ups, moves and migrations must carry over."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import text

from handoff.model import Contact, Role
from handoff.store.engine import open_database
from kb_index.article import Article
from kb_index.articles import ArticleStore
from tests.handoff.world import World

# What databases like to spoil: quotes, astral characters, escapes, right-to-left, line ends.
WORDS = (
    'Where is "my" order? It\'s \\n 50 % late',
    "Πού είναι η παραγγελία μου; 📦🇬🇷",
    "أين طلبي؟ \u200f\r\nline two",
    "{not json} [\\u0000] '; DROP TABLE events; --",
)


async def fill(url: str) -> None:
    """Visitors, answers, a ticket with an agent and a solved one, people and articles."""
    database = open_database(url)
    try:
        world = World(database=database, url=url)
        ann = await world.agent("Ann", Role.SUPERVISOR)
        chat = await world.start()
        for words in WORDS:
            await world.say(chat, words)
            await world.answer(chat)
        number = await world.hand_off(chat, "A person please, outage! ada@shop.example")
        await world.services.desk.take(number, ann.id)
        await world.services.desk.reply(number, ann.id, client_id="r1", text="Hello, I am Ann.")
        await world.services.desk.note(number, ann.id, client_id="n1", text="Nice person.")
        await world.services.desk.override_priority(number, ann.id, level=2, reason="VIP")
        other = await world.start("de-DE")
        solved = await world.hand_off(other, "Mensch bitte")
        await world.services.desk.take(solved, ann.id)
        await world.services.desk.resolve(solved, ann.id)
        third = await world.start(None)
        await world.say(third, "still waiting")
        await world.answer(third, contact=Contact(name="Zoë", email=None))
        articles = ArticleStore(database.engine)
        for revision in ("first", "second"):
            await articles.save(_article(revision), author="eva")
    finally:
        await database.dispose()


async def read_back(url: str) -> dict[str, object]:
    """What a person would look at: conversations, the queue, an article's history."""
    database = open_database(url)
    try:
        world = World(database=database, url=url)
        async with database.read() as connection:
            query = text("SELECT id FROM conversations ORDER BY created_at, id")
            ids = list((await connection.execute(query)).scalars())
        return {
            "log": [
                [
                    (e.seq, e.author.value, e.text, e.payload)
                    for e in await world.services.visitors.events_after(
                        one, after=0, internal=True, limit=1000
                    )
                ]
                for one in ids
            ],
            "tickets": [
                (t.number, t.priority, t.subject, t.opened_at, t.contact)
                for number in ("BD-1001", "BD-1002")
                for t in [await world.services.desk.find(number)]
            ],
            "article": (
                await ArticleStore(database.engine).get("order-track", "en", revision=1)
            ).article,
        }
    finally:
        await database.dispose()


async def next_ticket(url: str) -> str:
    """Opens one more ticket; its number tells whether counting goes on where it stopped."""
    database = open_database(url)
    try:
        world = World(database=database, url=url)
        return await world.hand_off(await world.start())
    finally:
        await database.dispose()


def _article(words: str) -> Article:
    return Article(
        id="order-track",
        language="en",
        title="Track an order",
        questions=("Where is my order?",),
        body=f"Open *Orders* — {words}.",
        category="orders",
        audience="public",
        markets=(),
        keywords=("parcel",),
        updated=dt.date(2026, 11, 1),
    )
