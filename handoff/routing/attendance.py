"""Who is there, over all gateways: connections that beat, and what agents say of themselves.

Every gateway renews a row per agent that is connected to it, on the database's clock. When it dies
its rows run out, and any other gateway's next look says so. A change of an agent's state is
written once, with its moment, and asks for a look at the queue in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.errors import UserNotFound
from handoff.model import JsonObject, iso
from handoff.ports import Publisher, SharedNow
from handoff.routing.config import RoutingSettings
from handoff.routing.errors import StaffingInvalid
from handoff.routing.model import Availability
from handoff.routing.requests import is_pushing, request_pass
from handoff.routing.tables import agent_connections, agent_presence
from handoff.store.engine import Database, Transaction
from handoff.store.tables import users
from handoff.store.upsert import upsert_into
from handoff.work.clock import database_now

BEAT_S: Final = 10.0
# Two beats may be lost.
VALID_FOR: Final = timedelta(seconds=3 * BEAT_S)
# A program that speaks for an agent (a softphone, a mobile client) beats less often.
HEARTBEAT_VALID_FOR: Final = timedelta(seconds=90)
_CHOOSABLE: Final = frozenset({Availability.ONLINE, Availability.AWAY, Availability.BUSY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attending:
    """How an agent is, and since when."""

    user_id: str
    state: Availability
    since: datetime

    def as_json(self) -> JsonObject:
        """Gives {"agent_id", "state", "since"}."""
        return {"agent_id": self.user_id, "state": self.state.value, "since": iso(self.since)}


def effective(chosen: Availability, connected: Iterable[Availability]) -> Availability:
    """Gives what an agent is: gone without a connection, else the less available of both."""
    live = set(connected)
    if not live:
        return Availability.OFFLINE
    if chosen is not Availability.ONLINE:
        return chosen
    return Availability.ONLINE if Availability.ONLINE in live else Availability.AWAY


class Attendance:
    """The shared list of who is there."""

    def __init__(
        self,
        database: Database,
        settings: RoutingSettings,
        *,
        now: SharedNow = database_now,
        publisher: Publisher | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._now = now
        self._publisher = publisher

    async def beat(
        self,
        source: str,
        agents: Mapping[str, Availability],
        *,
        valid_for: timedelta = VALID_FOR,
    ) -> None:
        """Says who is connected to a source now; whoever is not named is not any more.

        Args:
            source: Such as a gateway's id.
            agents: Agent -> online or away.
            valid_for: For how long this is believed without another beat.

        Raises:
            StoreUnavailable: The database is away.
        """
        async with self._database.write(self._publisher) as transaction:
            await _lock(transaction.connection)
            now = await self._now(transaction.connection)
            await transaction.connection.execute(
                delete(agent_connections).where(
                    agent_connections.c.source == source,
                    agent_connections.c.user_id.not_in(sorted(agents)),
                )
            )
            for user_id in sorted(agents):
                await _connect(transaction, source, user_id, agents[user_id], now + valid_for)
            await self._settle(transaction, now)

    async def heartbeat(self, user_id: str, *, source: str) -> Attending:
        """Says that one agent is there, for a client without a live stream.

        Raises:
            UserNotFound: No active user.
        """
        async with self._database.write(self._publisher) as transaction:
            await _check_user(transaction.connection, user_id)
            await _lock(transaction.connection)
            now = await self._now(transaction.connection)
            until = now + HEARTBEAT_VALID_FOR
            await _connect(transaction, source, user_id, Availability.ONLINE, until)
            await self._settle(transaction, now)
            return await _attending(transaction.connection, user_id, now)

    async def leave(self, source: str, user_id: str | None = None) -> None:
        """Takes out a source that ends in order, or one agent of it."""
        async with self._database.write(self._publisher) as transaction:
            await _lock(transaction.connection)
            gone = delete(agent_connections).where(agent_connections.c.source == source)
            if user_id is not None:
                gone = gone.where(agent_connections.c.user_id == user_id)
            await transaction.connection.execute(gone)
            await self._settle(transaction, await self._now(transaction.connection))

    async def choose(self, user_id: str, state: Availability) -> Attending:
        """Notes what an agent says of herself; it holds until she says else or is gone.

        Raises:
            StaffingInvalid: `offline` cannot be chosen, only be.
            UserNotFound: No active user.
        """
        if state not in _CHOOSABLE:
            raise StaffingInvalid("state", "must be online, away or busy")
        async with self._database.write(self._publisher) as transaction:
            connection = transaction.connection
            await _check_user(connection, user_id)
            await _lock(connection)
            now = await self._now(connection)
            await connection.execute(
                upsert_into(connection, agent_presence)
                .values(
                    user_id=user_id,
                    chosen=state.value,
                    state=Availability.OFFLINE.value,
                    since=now,
                )
                .on_conflict_do_update(
                    index_elements=[agent_presence.c.user_id], set_={"chosen": state.value}
                )
            )
            await self._settle(transaction, now)
            return await _attending(connection, user_id, now)

    async def sweep(self) -> None:
        """Notes whose connections have run out; writes only if there are any."""
        async with self._database.read() as connection:
            now = await self._now(connection)
            query = select(exists().where(agent_connections.c.expires_at <= now))
            if not (await connection.execute(query)).scalar_one():
                return
        async with self._database.write(self._publisher) as transaction:
            await self._settle(transaction, await self._now(transaction.connection))

    async def list(self) -> Sequence[Attending]:
        """Gives everybody who was ever there, by id."""
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(agent_presence).order_by(agent_presence.c.user_id)
            )
            return [
                Attending(user_id=row.user_id, state=Availability(row.state), since=row.since)
                for row in rows
            ]

    async def _settle(self, transaction: Transaction, now: datetime) -> None:
        """Brings every agent's state up to date; a change asks for a look at the queue."""
        connection = transaction.connection
        await connection.execute(
            delete(agent_connections).where(agent_connections.c.expires_at <= now)
        )
        live: dict[str, list[Availability]] = {}
        for row in await connection.execute(select(agent_connections)):
            live.setdefault(row.user_id, []).append(Availability(row.state))
        known = {row.user_id: row for row in await _lock(connection)}
        changed = False
        for user_id in sorted(known.keys() | live.keys()):
            there = live.get(user_id, [])
            changed |= await _settle_one(connection, user_id, known.get(user_id), there, now)
        if changed and await is_pushing(connection, self._settings):
            await request_pass(transaction)


async def _lock(connection: AsyncConnection) -> Sequence[Row[Any]]:
    """Locks everybody's state, in one order: two gateways cannot wait for each other."""
    query = select(agent_presence).order_by(agent_presence.c.user_id).with_for_update()
    return (await connection.execute(query)).all()


async def _settle_one(
    connection: AsyncConnection,
    user_id: str,
    row: Row[Any] | None,
    live: Sequence[Availability],
    now: datetime,
) -> bool:
    chosen = Availability.ONLINE if row is None else Availability(row.chosen)
    was = Availability.OFFLINE if row is None else Availability(row.state)
    state = effective(chosen, live)
    if row is None:
        await connection.execute(
            upsert_into(connection, agent_presence)
            .values(user_id=user_id, chosen=chosen.value, state=state.value, since=now)
            .on_conflict_do_nothing(index_elements=[agent_presence.c.user_id])
        )
        return True
    if state is was:
        return False
    values = {"state": state.value, "since": now}
    if state is Availability.OFFLINE:
        # Whoever comes back is there again; nobody stays `busy` from yesterday.
        values["chosen"] = Availability.ONLINE.value
    await connection.execute(
        update(agent_presence).where(agent_presence.c.user_id == user_id).values(**values)
    )
    return True


async def _connect(
    transaction: Transaction, source: str, user_id: str, state: Availability, until: datetime
) -> None:
    connection = transaction.connection
    values = {"state": state.value, "expires_at": until}
    await connection.execute(
        upsert_into(connection, agent_connections)
        .values(source=source, user_id=user_id, **values)
        .on_conflict_do_update(
            index_elements=[agent_connections.c.source, agent_connections.c.user_id], set_=values
        )
    )


async def _check_user(connection: AsyncConnection, user_id: str) -> None:
    query = select(users.c.id).where(users.c.id == user_id, users.c.active)
    if (await connection.execute(query)).first() is None:
        raise UserNotFound(user_id)


async def _attending(connection: AsyncConnection, user_id: str, now: datetime) -> Attending:
    query = select(agent_presence).where(agent_presence.c.user_id == user_id)
    row = (await connection.execute(query)).first()
    if row is None:
        return Attending(user_id=user_id, state=Availability.OFFLINE, since=now)
    return Attending(user_id=user_id, state=Availability(row.state), since=row.since)
