"""A worker process for tests: does jobs of four kinds until it is killed.

Arguments: database URL, a file that stands for the outside world, lease in seconds. An `effect` job
raises a counter in the transaction that settles it; an `outside` job appends its key to the file;
`pause` stops the process at its first try; `hang` never ends. Prints `ready`, then one line per
started job.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from handoff.store.engine import Transaction, open_database
from handoff.store.tables import counters
from handoff.store.upsert import upsert_into
from handoff.work.model import LeasedJob
from handoff.work.outcome import Done, Effect
from handoff.work.queue import JobQueue
from handoff.work.rules import Limits
from handoff.work.worker import Handler, Worker


async def main(url: str, outside: str, lease_s: str) -> None:
    """Works until SIGKILL, or drains on SIGTERM."""
    database = open_database(url)
    file = os.open(outside, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def effect(leased: LeasedJob) -> Done:
        say(leased.job.key)
        return Done(effect=count_of(leased))

    async def deliver(leased: LeasedJob) -> Done:
        say(leased.job.key)
        os.write(file, f"{leased.job.key}\n".encode())
        return Done()

    async def pause(leased: LeasedJob) -> Done:
        say(leased.job.key)
        if leased.job.attempts == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
            say("awake")
        return Done(effect=count_of(leased))

    async def hang(leased: LeasedJob) -> Done:
        say(leased.job.key)
        await asyncio.sleep(3600)
        return Done()

    handlers = {"effect": effect, "outside": deliver, "pause": pause, "hang": hang}
    worker = Worker(
        database,
        JobQueue(database),
        {kind: Handler(run=run, limit_s=4000) for kind, run in handlers.items()},
        name=f"child {os.getpid()}",
        limits=Limits(total=4),
        lease_s=float(lease_s),
        poll_s=0.1,
    )
    draining: list[asyncio.Task[None]] = []

    def stop() -> None:
        draining.append(asyncio.create_task(worker.drain(grace_s=0.1)))

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    say("ready")
    await worker.run()
    await asyncio.gather(*draining)
    await database.dispose()
    say("drained")


def count_of(leased: LeasedJob) -> Effect:
    """Gives an effect that can be counted: a number raised by one."""

    async def count(transaction: Transaction) -> None:
        raised = {"value": counters.c.value + 1}
        await transaction.connection.execute(
            upsert_into(transaction.connection, counters)
            .values(name=f"n-{leased.job.key}", value=1)
            .on_conflict_do_update(index_elements=[counters.c.name], set_=raised)
        )

    return count


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
