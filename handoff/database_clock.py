"""The database's time for whoever cannot wait for it: measured now and then, carried on meanwhile.

What gateways write beside messages, and what they count ages from, must not depend on one host's
clock: a message from a gateway that is an hour slow would look overdue to all the others. Leases
do not rely on this; they ask the database each time (`handoff/work/clock.py`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from handoff.errors import StoreUnavailable
from handoff.store.engine import Database
from handoff.work.clock import database_now

logger = logging.getLogger(__name__)

MEASURE_S: Final = 10.0
# An answer that took longer says too little about when it was given.
LONGEST_ASKED_S: Final = 1.0


class DatabaseClock:
    """A `Clock` on the database's time; on the host's until it has been measured once."""

    def __init__(
        self, database: Database, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Touches nothing. `monotonic` carries the time on between measurements."""
        self._database = database
        self._monotonic = monotonic
        self._measured: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        """Gives the moment, aware, in UTC."""
        if self._measured is None:
            return datetime.now(UTC)
        moment, at = self._measured
        return moment + timedelta(seconds=self._monotonic() - at)

    async def measure(self) -> None:
        """Asks the database; what is known stays when it is away or answers slowly."""
        try:
            async with self._database.read() as connection:
                asked = self._monotonic()
                moment = await database_now(connection)
                answered = self._monotonic()
        except StoreUnavailable as error:
            logger.warning("the database's clock was not read: %s", error)
            return
        if self._measured is None or answered - asked <= LONGEST_ASKED_S:
            self._measured = moment, (asked + answered) / 2

    async def run(self, *, every_s: float = MEASURE_S) -> None:
        """Measures until cancelled."""
        while True:
            await self.measure()
            await asyncio.sleep(every_s)
