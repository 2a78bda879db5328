"""Reads what a fleet has stored, for the judge, and waits until it has come to rest."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from bot.home import load_secret_key
from bot.settings import build_settings
from bot.wiring import build_core
from handoff.errors import StoreUnavailable
from handoff.model import Role
from handoff.passwords import Passwords
from handoff.service import Services
from handoff.store.engine import Database
from handoff.store.tables import conversations, events, inbox_events, jobs, tickets
from handoff.webhooks.model import SUBSCRIBABLE
from handoff.webhooks.store import Webhooks
from handoff.work.clock import database_now
from tests.bot.house import QUICK_HASHER
from tests.faults.crowd import PASSWORD
from tests.faults.fleet import Fleet
from tests.faults.judge import (
    Desk,
    InboxEntry,
    StoredConversation,
    StoredEvent,
    StoredJob,
    StoredTicket,
)

LOOK_S: Final = 0.25


@contextlib.asynccontextmanager
async def opened(fleet: Fleet) -> AsyncIterator[tuple[Database, Services]]:
    """The fleet's database and use cases, from this process."""
    settings = build_settings(
        {"BABELDESK_HOME": str(fleet.home), "BABELDESK_DATABASE_URL": fleet.database_url}
    )
    database, services = build_core(settings, passwords=Passwords(QUICK_HASHER))
    try:
        yield database, services
    finally:
        await database.dispose()


async def add_people(services: Services, names: list[str]) -> None:
    """Creates an agent per name, with an address made of it."""
    for name in names:
        await services.agents.create_user(
            email=email_of(name), name=name.title(), role=Role.AGENT, password=PASSWORD
        )


def email_of(name: str) -> str:
    """An agent's address."""
    return f"{name}@shop.example"


async def add_receiver(database: Database, fleet: Fleet, url: str) -> None:
    """Subscribes a receiver to everything."""
    master_key = load_secret_key(fleet.home / "secret.key")
    await Webhooks(database, master_key=master_key).create(url=url, events=SUBSCRIBABLE)


async def until_quiet(database: Database, *, stuck_s: float) -> bool:
    """Waits until no answer is owed and no begun work is left.

    Gives False when nothing has become less for `stuck_s` seconds: how long it all takes is the
    machine's affair, but it must go on.
    """
    least, since = await _n_unfinished(database), time.monotonic()
    while least > 0:
        await asyncio.sleep(LOOK_S)
        left = await _n_unfinished(database)
        if left < least:
            least, since = left, time.monotonic()
        elif time.monotonic() - since > stuck_s:
            return False
    return True


async def hurry(database: Database) -> bool:
    """Lets the time of running leases and of pauses between tries pass at once.

    Gives False when the database is away or locked by a process that sleeps.
    """
    overdue = (
        update(jobs)
        .where(jobs.c.state == "todo", jobs.c.attempts > 0)
        .values(due_at=jobs.c.created_at, rank_at=jobs.c.created_at)
    )
    leased = conversations.c.lease_token.is_not(None)
    over = update(conversations).where(leased).values(lease_until=conversations.c.created_at)
    try:
        async with database.write() as transaction:
            for statement in (overdue, over):
                await transaction.connection.execute(statement)
    except StoreUnavailable:
        return False
    return True


async def load_desk(database: Database, *, has_webhook: bool = True) -> Desk:
    """Everything that the judge looks at, on one snapshot."""
    async with database.read() as connection:

        async def rows(table: Any, *order: Any, where: Any = True) -> list[Any]:
            query = select(table).order_by(*order)
            if where is not True:
                query = query.where(where)
            return list((await connection.execute(query)).all())

        now = await database_now(connection)
        due = or_(jobs.c.state != "todo", _begun_or_due(now))
        return Desk(
            conversations=[
                StoredConversation(
                    id=row.id,
                    owner=row.owner,
                    episode=row.episode,
                    last_seq=row.last_seq,
                    pending_seq=row.pending_seq,
                    answered_seq=row.answered_seq,
                )
                for row in await rows(conversations, conversations.c.id)
            ],
            events=[
                _event(row) for row in await rows(events, events.c.conversation_id, events.c.seq)
            ],
            tickets=[
                StoredTicket(
                    number=row.number,
                    conversation_id=row.conversation_id,
                    episode=row.episode,
                    seq_from=row.seq_from,
                    seq_upto=row.seq_upto,
                )
                for row in await rows(tickets, tickets.c.number)
            ],
            jobs=[
                StoredJob(key=row.key, kind=row.kind, state=row.state)
                for row in await rows(jobs, jobs.c.id, where=due)
            ],
            inbox=[
                InboxEntry(
                    seq=row.seq, conversation_id=row.conversation_id, ticket=row.ticket_number
                )
                for row in await rows(inbox_events, inbox_events.c.seq)
            ],
            has_webhook=has_webhook,
        )


async def _n_unfinished(database: Database) -> float:
    """Counts owed answers and begun work; without end while the database is away."""
    table = conversations.c
    owed = and_(table.owner == "bot", table.pending_seq > table.answered_seq)
    try:
        async with database.read() as connection:
            left = and_(jobs.c.state == "todo", _begun_or_due(await database_now(connection)))
            n_owed = await connection.scalar(select(func.count()).where(owed))
            n_left = await connection.scalar(select(func.count()).where(left))
    except StoreUnavailable:
        return math.inf
    return int(n_owed or 0) + int(n_left or 0)


def _begun_or_due(now: Any) -> ColumnElement[bool]:
    """What somebody has tried or should: timers of later days are no leftovers."""
    return or_(jobs.c.attempts > 0, jobs.c.due_at <= now)


def _event(row: Any) -> StoredEvent:
    return StoredEvent(
        conversation_id=row.conversation_id,
        seq=row.seq,
        kind=row.kind,
        author=row.author,
        text=row.text,
        author_id=row.author_id,
        client_id=row.client_id,
        answers=row.payload.get("in_reply_to"),
        agents_only=row.agents_only,
    )
