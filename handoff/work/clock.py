"""The database's time: the one clock that all workers share.

On PostgreSQL it is the server's, so a worker with a wrong clock steals no leases. SQLite has no
clock of its own and all its users run on one host: there it is the host's, and never goes back
within a process.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Interval, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.types import UtcDateTime

_NOW_QUERY = select(func.clock_timestamp(type_=UtcDateTime))


class HostClock:
    """The host's time, which stands still instead of going back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest = datetime.min.replace(tzinfo=UTC)

    def now(self, *, host: datetime | None = None) -> datetime:
        """Gives the time. `host` is what the host says; None asks it."""
        with self._lock:
            self._latest = max(self._latest, host or datetime.now(UTC))
            return self._latest


_host_clock = HostClock()


async def database_now(connection: AsyncConnection) -> datetime:
    """Gives the database's time at this moment, aware, in UTC."""
    if connection.dialect.name == "postgresql":
        moment = (await connection.execute(_NOW_QUERY)).scalar_one()
        assert isinstance(moment, datetime)
        return moment
    return _host_clock.now()


def moment_from_now(connection: AsyncConnection, span: timedelta) -> ColumnElement[Any]:
    """Gives the database's time plus a span as a value for a statement; asks nothing."""
    if connection.dialect.name == "postgresql":
        return func.clock_timestamp() + literal(span, Interval())
    return literal(_host_clock.now() + span, UtcDateTime)
