"""Slows down guessing of passwords: counts failures per e-mail and address, and per address."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.errors import LoginThrottled
from handoff.store.engine import Transaction
from handoff.store.tables import login_failures
from handoff.store.upsert import upsert_into

# Five tries in fifteen minutes are free for one person at one place; an office behind one address
# has more people, a guesser who tries one password on many accounts runs into this limit.
FREE_ATTEMPTS = 5
FREE_ATTEMPTS_PER_ADDRESS = 30
FORGET_AFTER = timedelta(minutes=15)
FIRST_BLOCK = timedelta(seconds=15)
LONGEST_BLOCK = timedelta(minutes=15)


def block_for(n_failures: int, *, free: int) -> timedelta | None:
    """Gives how long to block after so many failures: doubling, up to the longest block."""
    if n_failures < free:
        return None
    doublings = min(n_failures - free, 10)
    blocked: timedelta = FIRST_BLOCK * int(2**doublings)
    return min(blocked, LONGEST_BLOCK)


class LoginThrottle:
    """Keeps the counts in the database, so that restarting or another replica forgets nothing."""

    async def count_attempt(
        self, transaction: Transaction, *, email: str, address: str, now: datetime
    ) -> LoginThrottled | None:
        """Counts an attempt as failed until `forget` says otherwise.

        Returns:
            The refusal if a block is running, which is then not made longer; else None.
        """
        connection = transaction.connection
        keys = _keys(email, address)
        await connection.execute(
            delete(login_failures).where(login_failures.c.last_at < now - 4 * FORGET_AFTER)
        )
        # In one order, so that two transactions cannot wait for each other.
        rows = {key: await _lock(connection, key, now) for key in sorted(keys)}
        blocks = [
            (row.blocked_until - now).total_seconds()
            for row in rows.values()
            if row.blocked_until is not None and row.blocked_until > now
        ]
        if blocks:
            return LoginThrottled(retry_after_s=max(blocks))
        for key, row in rows.items():
            recent = row.last_at > now - FORGET_AFTER
            n_failures = (row.n_failures if recent else 0) + 1
            span = block_for(n_failures, free=keys[key])
            await connection.execute(
                update(login_failures)
                .where(login_failures.c.key == key)
                .values(
                    n_failures=n_failures,
                    last_at=now,
                    blocked_until=None if span is None else now + span,
                )
            )
        return None

    async def forget(self, transaction: Transaction, *, email: str, address: str) -> None:
        """Takes the attempt back after a right password."""
        pair, place = _keys(email, address)
        await transaction.connection.execute(
            delete(login_failures).where(login_failures.c.key == pair)
        )
        await transaction.connection.execute(
            update(login_failures)
            .where(login_failures.c.key == place)
            .values(n_failures=login_failures.c.n_failures - 1, blocked_until=None)
        )


async def _lock(connection: AsyncConnection, key: str, now: datetime) -> Row[Any]:
    """Gives the row of a key, made if missing, locked until the transaction ends."""
    statement = (
        upsert_into(connection, login_failures)
        .values(key=key, n_failures=0, last_at=now)
        .on_conflict_do_update(
            index_elements=[login_failures.c.key],
            set_={"n_failures": login_failures.c.n_failures},
        )
        .returning(login_failures)
    )
    row: Row[Any] = (await connection.execute(statement)).one()
    return row


def _keys(email: str, address: str) -> dict[str, int]:
    return {
        _digest(f"pair\n{email}\n{address}"): FREE_ATTEMPTS,
        _digest(f"address\n{address}"): FREE_ATTEMPTS_PER_ADDRESS,
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
