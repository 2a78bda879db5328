"""`babeldesk worker`: background jobs in a process of their own, beside any number of gateways."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import Final

import structlog

from bot.commands.output import say
from bot.home import load_secret_key, prepare_home
from bot.logs import configure_logs
from bot.settings import Settings

log = structlog.get_logger("bot.worker")

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
    from bot.wiring import build_core
    from bot.work import build_work
    from handoff.ports import SystemClock

    await upgrade_async(settings.database_url)
    hub, clock = Hub(), SystemClock()
    database, core = build_core(settings, hub=hub, clock=clock)
    master_key = load_secret_key(settings.paths.secret_key)
    work = build_work(
        settings, database, core, hub=hub, clock=clock, master_key=master_key, role="worker"
    )
    asked = asyncio.Event()
    for sig in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sig, asked.set)
    running = asyncio.create_task(work.run(), name="worker")
    watching = asyncio.create_task(work.watchdog.run(), name="watchdog")
    say("The worker is at work. Stop it with Ctrl+C.")
    waiting = asyncio.create_task(asked.wait())
    try:
        # Neither ends by itself: whichever does has broken, and the caller should know.
        await asyncio.wait({running, watching, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        hub.close()
        await work.drain(grace_s=DRAIN_S)
        for task in (watching, waiting):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await running
        await database.dispose()
