"""The database's time: the one clock that all processes share.

On PostgreSQL it is the server's, so a process with a wrong clock steals no leases. SQLite has no
clock of its own and all its users run on one host: there it is the host's, and never goes back
within a process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Interval, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.types import UtcDateTime

_NOW_QUERY = select(func.clock_timestamp(type_=UtcDateTime))


class HostClock:
    """The host's time, which goes on at its pace when the host's clock is put back.

    Standing still instead would keep leases and timers from ending for as long as the step.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._monotonic = monotonic
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._latest_at = monotonic()

    def now(self, *, host: datetime | None = None) -> datetime:
        """Gives the time. `host` is what the host says; None asks it."""
        with self._lock:
            at = self._monotonic()
            passed = timedelta(seconds=at - self._latest_at)
            self._latest = max(self._latest + passed, host or datetime.now(UTC))
            self._latest_at = at
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
