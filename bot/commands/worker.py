"""`babeldesk worker`: background jobs in a process of their own, beside any number of gateways."""

from __future__ import annotations

import asyncio
import signal
from typing import Final

from bot.commands.output import say
from bot.home import load_secret_key, prepare_home
from bot.logs import configure_logs
from bot.settings import Settings

# As long as a delivery may take, so that a stop interrupts none.
DRAIN_S: Final = 12.0


def run_worker(settings: Settings) -> None:
    """Works until SIGTERM or SIGINT, then ends the running jobs and gives the rest back.

    Raises:
        StartError, MigrationError: What cannot be used, and what to do.
    """
    configure_logs(settings.log)
    prepare_home(settings.paths)
    asyncio.run(_work(settings))
    say("The worker has stopped. Nothing was lost.")


async def _work(settings: Settings) -> None:
    from bot.migrations.run import upgrade_async
    from bot.realtime.hub import Hub
    from bot.realtime.join import join_gateways
    from bot.realtime.presence import Presence
    from bot.wiring import build_core, open_desk
    from bot.work import build_work
    from handoff.database_clock import DatabaseClock

    await upgrade_async(settings.database_url)
    hub = Hub()
    presence = Presence(hub)
    database = open_desk(settings)
    clock = DatabaseClock(database)
    _, core = build_core(settings, database=database, hub=hub, presence=presence, clock=clock)
    master_key = load_secret_key(settings.paths.secret_key)
    work = build_work(
        settings, database, core, hub=hub, clock=clock, master_key=master_key, role="worker"
    )
    # With a bus, gateways wake this worker at once, and it knows which agents are there.
    joined = join_gateways(settings.bus_url, hub=hub, presence=presence, database=database)
    asked = asyncio.Event()
    for sig in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sig, asked.set)
    await clock.measure()
    parts = {"clock": clock.run, "worker": work.run, "watchdog": work.watchdog.run, **joined}
    tasks = [asyncio.create_task(part(), name=name) for name, part in parts.items()]
    waiting = asyncio.create_task(asked.wait(), name="signal")
    say("The worker is at work. Stop it with Ctrl+C.")
    try:
        # No part ends by itself: one that does has broken, and whoever started us should know.
        await asyncio.wait({*tasks, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        hub.close()
        await work.drain(grace_s=DRAIN_S)
        for task in (*tasks, waiting):
            task.cancel()
        ended = await asyncio.gather(*tasks, waiting, return_exceptions=True)
        await database.dispose()
    for result in ended:
        if isinstance(result, Exception):
            raise result
