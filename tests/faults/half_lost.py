"""Replies that get lost after the deed: between client and gateway, and gateway and database.

A client that does not hear its answer sends again under the same id, for as long as it takes. Every
message must then stand in the log once, and no answer may have said more than was true.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import select
from sqlalchemy.engine import make_url

from handoff.store.tables import events
from tests.bot.conftest import maker
from tests.bot.house import House, Visitor
from tests.faults.promises import Promise
from tests.faults.proxy import Mode, Proxy, proxy_to
from tests.faults.quiet import quiet_logs
from tests.faults.report import SQLITE, Options, Row
from tests.postgres import POSTGRES_VARIABLE, empty_postgres

# What the server was asked by the time its reply is cut.
SENDS = b"/messages"
COMMITS = b"COMMIT"
CLIENT_LIMIT_S = 0.5
# Opening a connection to PostgreSQL takes a dozen of them.
DELAY_S = 0.01
# More than any of the faults lasts.
PATIENCE_S = 60.0


@dataclass
class Outcome:
    """What clients were told, and what is stored."""

    acknowledged: dict[str, int] = field(default_factory=dict)
    stored: Counter[str] = field(default_factory=Counter)
    seqs: list[int] = field(default_factory=list)
    refusals: Counter[int] = field(default_factory=Counter)
    without_advice: int = 0
    n_unheard: int = 0
    n_broken: int = 0

    @property
    def lost(self) -> list[str]:
        return [name for name in self.acknowledged if not self.stored[name]]

    @property
    def doubled(self) -> list[str]:
        return [name for name, n in self.stored.items() if n != 1]

    @property
    def gaps(self) -> int:
        return int(sorted(self.seqs) != list(range(1, len(self.seqs) + 1)))


async def behind_client_proxy(home: Path, *, kind: str, n: int, seed: int) -> Outcome:
    """Sends through a proxy that loses replies between client and gateway."""
    async with _house(home, kind=kind) as (house, _database_proxy):
        port = int(house.url.rpartition(":")[2])
        async with proxy_to("127.0.0.1", port) as proxy:
            proxy.marker, proxy.delay_s = SENDS, DELAY_S
            url = f"http://127.0.0.1:{proxy.port}"
            modes = (Mode.CUT, Mode.CUT, Mode.CUT, Mode.RESET, Mode.SLOW, Mode.BLACKHOLE)
            return await _send_all(house, proxy, url, modes, n=n, seed=seed)


async def behind_database_proxy(home: Path, *, kind: str, n: int, seed: int) -> Outcome:
    """Sends to a gateway whose own connection to PostgreSQL loses the replies to its commits."""
    async with _house(home, kind=kind, through_proxy=True) as (house, proxy):
        assert proxy is not None
        proxy.marker, proxy.delay_s = COMMITS, DELAY_S
        modes = (Mode.CUT, Mode.CUT, Mode.RESET, Mode.SLOW)
        return await _send_all(house, proxy, house.url, modes, n=n, seed=seed)


async def _send_all(
    house: House, proxy: Proxy, url: str, modes: tuple[Mode, ...], *, n: int, seed: int
) -> Outcome:
    chance, outcome = random.Random(seed), Outcome()
    visitor = await house.open()
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=CLIENT_LIMIT_S) as http:
        for number in range(n):
            # Also within the status line, the headers and the body.
            proxy.cut_after_bytes = chance.choice((0, 1, 12, 40, 150, 400))
            proxy.mode = chance.choice(modes)
            await _send(http, visitor, f"message {number}", proxy, outcome)
        proxy.mode = Mode.PASS
    outcome.n_broken = proxy.n_broken
    async with house.assembly.gateway.database.read() as connection:
        query = select(events.c.seq, events.c.client_id, events.c.author).where(
            events.c.conversation_id == visitor.id
        )
        rows = (await connection.execute(query)).all()
    outcome.stored.update(row.client_id for row in rows if row.author == "visitor")
    outcome.seqs += [row.seq for row in rows]
    return outcome


async def _send(
    http: httpx.AsyncClient, visitor: Visitor, name: str, proxy: Proxy, outcome: Outcome
) -> None:
    """Sends until it is acknowledged; the fault lasts for the first two tries."""
    body = {"client_id": name, "text": name}
    deadline = time.monotonic() + PATIENCE_S
    n_tries = 0
    while time.monotonic() < deadline:
        n_tries += 1
        if n_tries > 2:
            proxy.mode = Mode.PASS
        try:
            answer = await http.post(f"{visitor.path}/messages", json=body, headers=visitor.headers)
        except httpx.TransportError:
            outcome.n_unheard += 1
            continue
        if answer.is_success:
            outcome.acknowledged[name] = int(answer.json()["event"]["seq"])
            return
        outcome.refusals[answer.status_code] += 1
        outcome.without_advice += "Retry-After" not in answer.headers
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{name} was not taken: {outcome.refusals}")


@contextlib.asynccontextmanager
async def _house(
    home: Path, *, kind: str, through_proxy: bool = False
) -> AsyncIterator[tuple[House, Proxy | None]]:
    limits = {"RATE_VISITOR": "100000/10s", "RATE_ADDRESS": "100000/10s"}
    async with contextlib.AsyncExitStack() as stack:
        proxy = None
        if kind != SQLITE:
            url = make_url(await stack.enter_async_context(empty_postgres()))
            if through_proxy:
                upstream = (url.host or "127.0.0.1", url.port or 5432)
                proxy = await stack.enter_async_context(proxy_to(*upstream))
                url = url.set(host="127.0.0.1", port=proxy.port)
            limits["DATABASE_URL"] = url.render_as_string(hide_password=False)
        stack.enter_context(quiet_logs())
        house = await stack.enter_async_context(maker(home)(**limits))
        yield house, proxy


def run(options: Options) -> Iterable[Row]:
    """Loses replies on both ways; a row per promise, place and database."""
    os.environ.setdefault(POSTGRES_VARIABLE, "postgresql://postgres@127.0.0.1:5432/postgres")
    n = 30 if options.short else 500
    for kind in options.databases:
        ways = [("replies lost between client and gateway", behind_client_proxy)]
        if kind != SQLITE:
            ways.append(("replies lost between gateway and PostgreSQL", behind_database_proxy))
        for faults, way in ways:
            for seed in options.seeds:
                began = time.monotonic()
                with tempfile.TemporaryDirectory() as folder:
                    outcome = asyncio.run(way(Path(folder) / "home", kind=kind, n=n, seed=seed))
                yield from _rows(outcome, faults, kind, seed, time.monotonic() - began)


def _rows(outcome: Outcome, faults: str, kind: str, seed: int, seconds: float) -> Iterable[Row]:
    refused = sum(outcome.refusals.values())
    details = f"{outcome.n_unheard} answers never heard, {refused} refusals"
    found = (
        (Promise.STORED, len(outcome.acknowledged), len(outcome.lost)),
        (Promise.ONCE, len(outcome.stored), len(outcome.doubled)),
        (Promise.ORDER, len(outcome.seqs), outcome.gaps),
        (Promise.REFUSES, refused, outcome.without_advice),
    )
    for promise, checked, violations in found:
        yield Row(
            promise=promise,
            faults=faults,
            database=kind,
            injected=outcome.n_broken,
            checked=checked,
            violations=violations,
            seed=seed,
            seconds=round(seconds, 1),
            details=details,
        )
