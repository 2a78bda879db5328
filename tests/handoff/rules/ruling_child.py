"""A worker process for tests: does the jobs of rules and kills itself at a named moment.

Arguments: database URL, and the name of the moment, or `never`. Ends with 0 when nothing is to do.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from handoff.crash_points import watch
from handoff.ports import Ports
from handoff.rules.running import RUN, RuleRunner, plan_rules
from handoff.store.engine import open_database
from handoff.work.queue import JobQueue
from handoff.work.rules import Limits


async def main(url: str, moment: str) -> None:
    """Works until there is nothing to do, or dies at the moment."""

    def die(name: str) -> None:
        if name == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    watch(die)
    database = open_database(url, follow_ups=(plan_rules,))
    queue, runner = JobQueue(database), RuleRunner(database, Ports())
    limits = Limits(total=10)
    while jobs := (
        await queue.claim(kinds=(RUN,), limits=limits, running=(), worker="child", lease_s=0.05)
    ).jobs:
        for leased in jobs:
            await queue.finish(leased, await runner.run(leased))
    await database.dispose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
