"""A worker process for tests: does the timers of service levels until it is killed.

Arguments: database URL. Prints `ready` once it works.
"""

from __future__ import annotations

import asyncio
import os
import sys

from handoff.database_clock import DatabaseClock
from handoff.sla.keeper import TIMER, TIMER_LEASE_S, SlaKeeper, SlaTimers
from handoff.store.engine import Database, open_database
from handoff.work.queue import JobQueue
from handoff.work.worker import Handler, Worker
from tests.handoff.sla.conftest import engine


async def main(url: str) -> None:
    """Works until it is killed."""
    keeper = SlaKeeper(engine())
    database: Database = open_database(url, keepers=(keeper,))
    clock = DatabaseClock(database)
    await clock.measure()
    timers = SlaTimers(database, keeper, clock)
    worker = Worker(
        database,
        JobQueue(database),
        {TIMER: Handler(run=timers.fire, lease_s=TIMER_LEASE_S)},
        name=f"timers {os.getpid()}",
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.gather(worker.run(), clock.run())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
