"""How much background work one process does: `python -m tests.bench.work [--postgres URL]`.

Jobs without an effect, so that what is measured is the queue: writing a job with a message, taking
and settling it. Wall and processor time; on a machine that others use, the latter is the one to
compare. SQLite lies in a temporary folder with full synchronisation, as in production.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from bot.migrations.run import upgrade_async
from handoff.facts import Facts
from handoff.ports import CodeNotices, Ports
from handoff.service import build_services
from handoff.store.engine import Transaction, open_database
from handoff.webhooks.store import announce
from handoff.work.model import LeasedJob, NewJob
from handoff.work.outbox import enqueue
from handoff.work.outcome import Done
from handoff.work.queue import JobQueue
from handoff.work.rules import Limits
from handoff.work.worker import Handler, Worker

N_JOBS = 2000
N_MESSAGES = 500
AT_ONCE = 8


async def measure(url: str) -> dict[str, Any]:
    """Gives the figures of one database."""
    await upgrade_async(url)
    return {
        "jobs": await _jobs(url),
        "messages_without_follow_ups": await _messages(url, ()),
        "messages_without_receivers": await _messages(url, (announce,)),
        "messages_with_a_job_each": await _messages(url, (announce, _one_job)),
    }


async def _one_job(transaction: Transaction, facts: Facts) -> None:
    event = facts.events[0]
    key = f"{event.conversation_id}:{event.seq}"
    await enqueue(transaction, NewJob(kind="other", key=key, payload={"text": event.text}))


async def _jobs(url: str) -> dict[str, float]:
    database = open_database(url)
    async with database.write() as transaction:
        for start in range(0, N_JOBS, 500):
            keys = range(start, start + 500)
            await enqueue(transaction, *(NewJob(kind="bench", key=f"bench-{n}") for n in keys))
    n_done = 0
    finished = asyncio.Event()

    async def work(_leased: LeasedJob) -> Done:
        nonlocal n_done
        n_done += 1
        if n_done == N_JOBS:
            finished.set()
        return Done()

    handlers = {"bench": Handler(run=work)}
    limits = Limits(total=AT_ONCE + 1)
    worker = Worker(database, JobQueue(database), handlers, name="bench", limits=limits)
    wall, cpu = time.perf_counter(), time.process_time()
    task = asyncio.create_task(worker.run())
    await finished.wait()
    await worker.drain(grace_s=10)
    await task
    found = _rates(N_JOBS, wall, cpu)
    await database.dispose()
    return found


async def _messages(url: str, follow_ups: tuple[Any, ...]) -> dict[str, float]:
    database = open_database(url, follow_ups=follow_ups)
    visitors = build_services(database, Ports(notices=CodeNotices())).visitors
    chat = await visitors.open_session(
        visitor_id=None, conversation_id=None, locale="en", page_url=None
    )
    wall, cpu = time.perf_counter(), time.process_time()
    for n in range(N_MESSAGES):
        await visitors.accept_message(
            chat.id, visitor_id=chat.visitor_id, client_id=f"c{n}", text="Where is my order?"
        )
    found = _rates(N_MESSAGES, wall, cpu)
    await database.dispose()
    return found


def _rates(n: int, wall: float, cpu: float) -> dict[str, float]:
    return {
        "per_s": round(n / (time.perf_counter() - wall)),
        "cpu_ms_each": round((time.process_time() - cpu) / n * 1000, 2),
    }


async def _postgres(server: str) -> dict[str, Any]:
    name = f"babeldesk_bench_{uuid.uuid4().hex[:8]}"
    connection = await asyncpg.connect(server)
    await connection.execute(f'CREATE DATABASE "{name}"')
    url = make_url(server).set(drivername="postgresql+asyncpg", database=name)
    try:
        return await measure(url.render_as_string(hide_password=False))
    finally:
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await connection.close()


def main() -> None:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", help="such as postgresql://postgres@127.0.0.1/postgres")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}"
        figures = {"sqlite": asyncio.run(measure(url))}
    if arguments.postgres:
        figures["postgresql"] = asyncio.run(_postgres(arguments.postgres))
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
