"""The database's time: the one clock that all workers share.

On PostgreSQL it is the server's, so a worker with a wrong clock steals no leases. SQLite has no
clock of its own and all its users run on one host: there it is the host's, and never goes back
within a process.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Interval, bindparam, func, select
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


def moment_parameter(dialect: str, name: str) -> ColumnElement[Any]:
    """Gives a parameter of a statement for a moment counted from now; see `moment_value`."""
    if dialect == "postgresql":
        return func.clock_timestamp() + bindparam(name, type_=Interval())
    return bindparam(name, type_=UtcDateTime())


def moment_value(dialect: str, span: timedelta) -> timedelta | datetime:
    """Gives the value for such a parameter: `span` from the database's now. Asks nothing."""
    return span if dialect == "postgresql" else _host_clock.now() + span
