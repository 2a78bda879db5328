"""Deletes what has been kept long enough, a little at a time so that nobody waits for a lock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, and_, delete, exists, not_, select

from handoff.customers.tables import customer_identities, customer_merges, customers
from handoff.ports import Clock
from handoff.routing.tables import assignments, ticket_waits
from handoff.rules.tables import rule_firings
from handoff.sla.tables import sla_events
from handoff.store.engine import Database
from handoff.store.tables import (
    agent_sessions,
    conversations,
    events,
    inbox_events,
    jobs,
    login_failures,
    login_links,
    tickets,
    visitors,
)
from handoff.ticket import ACTIVE_STATES
from handoff.tickets.forgetting import forget_tickets

BATCH: Final = 200
# A failed login counts for minutes; a used or expired link is of no use.
LOGIN_TRACES_FOR: Final = timedelta(days=7)


class Retention:
    """Each method is one transaction, deletes one batch and gives how much; 0 when it is done."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def trim_inbox(self, *, keep: timedelta, limit: int = BATCH) -> int:
        """Deletes old changes of the queue. Consoles need them only to catch up."""
        before = self._clock.now() - keep
        old = (
            select(inbox_events.c.seq)
            .where(inbox_events.c.created_at < before)
            .order_by(inbox_events.c.seq)
            .limit(limit)
        )
        async with self._database.write() as transaction:
            gone = await transaction.connection.execute(
                delete(inbox_events).where(inbox_events.c.seq.in_(old))
            )
            return gone.rowcount

    async def trim_logins(self) -> int:
        """Deletes sessions that are over and old traces of logins."""
        now = self._clock.now()
        before = now - LOGIN_TRACES_FOR
        n_gone = 0
        async with self._database.write() as transaction:
            for statement in (
                delete(agent_sessions).where(agent_sessions.c.expires_at < now),
                delete(login_links).where(login_links.c.expires_at < before),
                delete(login_failures).where(login_failures.c.last_at < before),
            ):
                n_gone += (await transaction.connection.execute(statement)).rowcount
        return n_gone

    async def trim_conversations(self, *, keep: timedelta, limit: int = BATCH) -> int:
        """Deletes whole conversations that nobody touched for so long, with all that is of them.

        One whose ticket is still to be done, or in which an answer is owed, stays.
        """
        before = self._clock.now() - keep
        async with self._database.write() as transaction:
            connection = transaction.connection
            found = (await connection.execute(_old_conversations(before, limit))).all()
            ids = [row.id for row in found]
            if not ids:
                return 0
            numbers = select(tickets.c.number).where(tickets.c.conversation_id.in_(ids))
            await forget_tickets(connection, list((await connection.execute(numbers)).scalars()))
            subjects = [f"conversation:{conversation_id}" for conversation_id in ids]
            for statement in (
                delete(jobs).where(jobs.c.subject.in_(subjects)),
                delete(inbox_events).where(inbox_events.c.conversation_id.in_(ids)),
                delete(sla_events).where(sla_events.c.ticket_number.in_(numbers)),
                delete(rule_firings).where(rule_firings.c.conversation_id.in_(ids)),
                delete(assignments).where(assignments.c.ticket_number.in_(numbers)),
                delete(ticket_waits).where(ticket_waits.c.ticket_number.in_(numbers)),
                delete(tickets).where(tickets.c.conversation_id.in_(ids)),
                delete(events).where(events.c.conversation_id.in_(ids)),
                delete(conversations).where(conversations.c.id.in_(ids)),
                delete(visitors).where(
                    visitors.c.id.in_([row.visitor_id for row in found]),
                    visitors.c.last_seen_at < before,
                    not_(exists().where(conversations.c.visitor_id == visitors.c.id)),
                ),
            ):
                await connection.execute(statement)
        return len(ids)

    async def trim_customers(self, *, keep: timedelta, limit: int = BATCH) -> int:
        """Deletes records that nobody touched for so long and of whom no visitor is left.

        Records that went into another one go the same way, and with them the way back.
        """
        before = self._clock.now() - keep
        old = (
            select(customers.c.id)
            .where(
                customers.c.updated_at < before,
                not_(exists().where(visitors.c.customer_id == customers.c.id)),
            )
            .order_by(customers.c.updated_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        async with self._database.write() as transaction:
            connection = transaction.connection
            ids = list((await connection.execute(old)).scalars())
            for statement in (
                delete(customer_merges).where(
                    customer_merges.c.kept_id.in_(ids) | customer_merges.c.dropped_id.in_(ids)
                ),
                delete(customer_identities).where(customer_identities.c.customer_id.in_(ids)),
                delete(customers).where(customers.c.id.in_(ids)),
            ):
                await connection.execute(statement)
        return len(ids)


def _old_conversations(before: datetime, limit: int) -> Select[tuple[str, str]]:
    to_do = and_(
        tickets.c.conversation_id == conversations.c.id,
        tickets.c.state.in_([state.value for state in ACTIVE_STATES]),
    )
    return (
        select(conversations.c.id, conversations.c.visitor_id)
        .where(
            conversations.c.updated_at < before,
            conversations.c.owner.in_(("bot", "closed")),
            conversations.c.pending_seq <= conversations.c.answered_seq,
            not_(exists().where(to_do)),
        )
        .order_by(conversations.c.updated_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=conversations)
    )
