"""Keys that make repeated calls harmless, in the same database as what the calls change."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.errors import IdempotencyInProgress, IdempotencyKeyInvalid
from handoff.ids import new_id
from handoff.store.engine import Database
from handoff.store.upsert import upsert_into
from handoff.tokens.claims import (
    KEEP_FOR,
    LEASE_FOR,
    KeyRecord,
    StoredAnswer,
    decide_repeat,
)
from handoff.tokens.tables import idempotency_keys
from handoff.work.clock import database_now

LONGEST: Final = 255
BATCH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A key that a call holds while it works."""

    id: str
    lease_token: str

    async def ride(self, connection: AsyncConnection) -> None:
        """Marks the key in the transaction of the effect.

        Raises:
            IdempotencyInProgress: The lease is over and another call has the key: this one's
                effect must not happen.
        """
        marked = await connection.execute(
            update(idempotency_keys)
            .where(
                idempotency_keys.c.id == self.id,
                idempotency_keys.c.lease_token == self.lease_token,
            )
            .values(effect_at=await database_now(connection))
        )
        if marked.rowcount == 0:
            raise IdempotencyInProgress(retry_after_s=1)


class IdempotencyKeys:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, *, caller: str, key: str, fingerprint: str) -> Claim | StoredAnswer:
        """Claims a key for a call, or gives what the first call was answered.

        Raises:
            IdempotencyKeyInvalid: The key is not usable.
            IdempotencyKeyReused, IdempotencyInProgress, IdempotencyAnswerGone: See `claims`.
        """
        if not 1 <= len(key) <= LONGEST or not key.isascii() or not key.isprintable():
            raise IdempotencyKeyInvalid
        claim = Claim(id=new_id(), lease_token=new_id())
        async with self._database.write() as transaction:
            connection = transaction.connection
            now = await database_now(connection)
            lease = {"lease_token": claim.lease_token, "lease_until": now + LEASE_FOR}
            key_hash = hashlib.sha256(key.encode()).hexdigest()
            values = {
                "caller": caller,
                "key_hash": key_hash,
                "fingerprint": fingerprint,
                "created_at": now,
                **lease,
            }
            added = await connection.execute(
                upsert_into(connection, idempotency_keys)
                .values(id=claim.id, **values)
                .on_conflict_do_nothing(index_elements=["caller", "key_hash"])
                .returning(idempotency_keys.c.id)
            )
            if added.first() is not None:
                return claim
            row = await _locked(connection, caller=caller, key_hash=key_hash)
            stored = decide_repeat(_record_of(row), fingerprint=fingerprint, now=now)
            if stored is not None:
                return stored
            empty = {"effect_at": None, "answered_at": None, "status": None, "body": None}
            await connection.execute(
                update(idempotency_keys)
                .where(idempotency_keys.c.id == row.id)
                .values(**values, **empty, headers=None)
            )
        return Claim(id=row.id, lease_token=claim.lease_token)

    async def settle(self, claim: Claim, answer: StoredAnswer, *, keep_body: bool = True) -> None:
        """Notes how a call went; nothing happens if another call has the key by now.

        A refusal that changed nothing frees the key, so that the call can be mended and sent
        again. A failure after the effect keeps the key and no answer.
        """
        async with self._database.write() as transaction:
            connection = transaction.connection
            mine = (
                idempotency_keys.c.id == claim.id,
                idempotency_keys.c.lease_token == claim.lease_token,
            )
            if answer.status >= 400:
                await connection.execute(
                    delete(idempotency_keys).where(*mine, idempotency_keys.c.effect_at.is_(None))
                )
            now = await database_now(connection)
            kept = keep_body and answer.status < 500
            await connection.execute(
                update(idempotency_keys)
                .where(*mine)
                .values(
                    answered_at=now,
                    status=answer.status if kept else None,
                    headers=answer.headers if kept else None,
                    body=answer.body if kept else None,
                )
            )

    async def trim(self, *, limit: int = BATCH) -> int:
        """Deletes keys that were kept long enough, one batch; gives how many."""
        async with self._database.write() as transaction:
            before = await database_now(transaction.connection) - KEEP_FOR
            old = (
                select(idempotency_keys.c.id)
                .where(idempotency_keys.c.created_at <= before)
                .order_by(idempotency_keys.c.created_at)
                .limit(limit)
            )
            gone = await transaction.connection.execute(
                delete(idempotency_keys).where(idempotency_keys.c.id.in_(old))
            )
            return gone.rowcount


async def _locked(connection: AsyncConnection, *, caller: str, key_hash: str) -> Row[Any]:
    query = (
        select(idempotency_keys)
        .where(idempotency_keys.c.caller == caller, idempotency_keys.c.key_hash == key_hash)
        .with_for_update()
    )
    row = (await connection.execute(query)).first()
    if row is None:  # freed since it stood in the way: the next try will find it free
        raise IdempotencyInProgress(retry_after_s=1)
    return row


def _record_of(row: Row[Any]) -> KeyRecord:
    answer = None
    if row.status is not None:
        answer = StoredAnswer(status=row.status, headers=row.headers, body=row.body)
    answered_at: datetime | None = row.answered_at
    return KeyRecord(
        fingerprint=row.fingerprint,
        lease_until=row.lease_until,
        effect_at=row.effect_at,
        answered_at=answered_at,
        answer=answer,
        created_at=row.created_at,
    )
