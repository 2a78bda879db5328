"""Which gateways run on this database, and which agents are connected to each.

Every gateway writes one row every few seconds, on the database's clock. A row that is not renewed
is a gateway that died: its agents count as gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select

from handoff.model import JsonObject
from handoff.store.engine import Database
from handoff.store.tables import gateways
from handoff.store.upsert import upsert_into
from handoff.work.clock import database_now

BEAT_S: Final = 5.0
# Two beats may be lost.
ALIVE_S: Final = 3 * BEAT_S
FORGET: Final = timedelta(days=1)


class Gateways:
    """The table of running gateways."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def beat(self, gateway_id: str, agents: Sequence[JsonObject]) -> list[JsonObject]:
        """Says that a gateway lives and who is connected to it.

        Args:
            gateway_id: Unique per process.
            agents: Plain data per connection.

        Returns:
            The connections of all other gateways that live.

        Raises:
            StoreUnavailable: The database is away.
        """
        async with self._database.write() as transaction:
            connection = transaction.connection
            now = await database_now(connection)
            values = {"agents": list(agents), "seen_at": now}
            await connection.execute(
                upsert_into(connection, gateways)
                .values(id=gateway_id, started_at=now, **values)
                .on_conflict_do_update(index_elements=[gateways.c.id], set_=values)
            )
            await connection.execute(delete(gateways).where(gateways.c.seen_at < now - FORGET))
            others = select(gateways.c.agents).where(
                gateways.c.id != gateway_id,
                gateways.c.seen_at > now - timedelta(seconds=ALIVE_S),
            )
            rows = (await connection.execute(others.order_by(gateways.c.id))).scalars()
            return [entry for agents in rows for entry in agents]

    async def leave(self, gateway_id: str) -> None:
        """Takes a gateway out that ends in order.

        Raises:
            StoreUnavailable: The database is away; the row then ages.
        """
        async with self._database.write() as transaction:
            await transaction.connection.execute(
                delete(gateways).where(gateways.c.id == gateway_id)
            )
