"""How punctual timers are: `python -m tests.bench.timers [--timers N] [--postgres URL]`.

Ten thousand promises end within some minutes while worker processes are killed and replaced, one
after the other. Printed: how late each was told, how many were missed, how many told twice. SQLite
lies in a temporary folder with full synchronisation, as in production.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import uuid
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from bot.migrations.run import upgrade_async
from handoff.store.engine import open_database
from tests.handoff.sla.timer_storm import storm


async def measure(url: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Gives the figures of one database."""
    await upgrade_async(url)
    database = open_database(url)
    try:
        figures = await storm(
            database,
            url,
            n=arguments.timers,
            lead_s=20 + arguments.timers / 200,
            spread_s=arguments.timers / arguments.per_s,
            n_workers=arguments.workers,
            kill_every_s=arguments.kill_every,
        )
    finally:
        await database.dispose()
    return figures.as_json()


async def _on_postgres(server: str, arguments: argparse.Namespace) -> dict[str, Any]:
    name = f"babeldesk_bench_{uuid.uuid4().hex[:8]}"
    connection = await asyncpg.connect(server)
    await connection.execute(f'CREATE DATABASE "{name}"')
    url = make_url(server).set(drivername="postgresql+asyncpg", database=name)
    try:
        return await measure(url.render_as_string(hide_password=False), arguments)
    finally:
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await connection.close()


def main() -> None:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--timers", type=int, default=10_000)
    parser.add_argument("--per-s", type=float, default=60.0, help="timers due in a second")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kill-every", type=float, default=10.0, help="seconds")
    parser.add_argument("--postgres", help="such as postgresql://postgres@127.0.0.1/postgres")
    parser.add_argument("--sqlite", action=argparse.BooleanOptionalAction, default=True)
    arguments = parser.parse_args()
    figures = {}
    if arguments.sqlite:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}"
            figures["sqlite"] = asyncio.run(measure(url, arguments))
    if arguments.postgres:
        figures["postgresql"] = asyncio.run(_on_postgres(arguments.postgres, arguments))
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
