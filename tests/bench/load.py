"""Visitors and agents as on a busy day: `python -m tests.bench load [--postgres]`.

One `babeldesk run` (one gateway, one real brain) in a fresh home; this process plays everybody else
on the same machine, so it takes part of the processor. Arrivals are open: a visitor comes when her
time has come, whether or not the desk keeps up, and every latency counts from the moment at which a
message was meant to be sent, so waiting in line is not left out. The profile: sessions arrive at
random (Poisson), say 3 to 6 things with pauses of 20 s in the median (1,500 characters now and
then), languages by Zipf, a quarter ends with a person; 10 agents take what comes and answer. Pauses
are divided by `--compress`, so that minutes stand for an hour. The first line is the baseline: one
visitor alone on the same desk; ratios are to it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import os
import platform
import random
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from websockets.client import connect
from websockets.exceptions import ConnectionClosed

from tests.bench.__main__ import QUESTIONS, cpu_ms, memory, table
from tests.e2e.product import Agent, Product, free_port
from tests.postgres import empty_postgres

HUMAN = {
    "en": "I want to talk to a person",
    "el": "Θέλω να μιλήσω με άνθρωπο",
    "tr": "Bir temsilciyle görüşmek istiyorum",
    "de": "Ich möchte mit einem Menschen sprechen",
    "es": "Quiero hablar con una persona",
    "fr": "Je veux parler à une personne",
    "ar": "أريد التحدث مع موظف",
}
LANGUAGES = tuple(HUMAN)
HANDOFF_SHARE = 0.25
LONG_SHARE = 0.01
LONG_CHARS = 1500
PAUSE_MEDIAN_S, PAUSE_SIGMA = 20.0, 0.91  # p95 90 s
AGENTS = 10
AGENT_REPLY_S = 35.0
ANSWER_LIMIT_S = 60.0


@dataclass
class Seen:
    """What was measured, in milliseconds."""

    accept: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)
    ticket: list[float] = field(default_factory=list)
    lag: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    unanswered: int = 0
    n_sessions: int = 0


def quantile(values: Sequence[float], share: float) -> float | None:
    """Gives the smallest value that `share` of the values do not exceed; None without any."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, math.ceil(len(ordered) * share) - 1)], 1)


class Guest:
    """A visitor with a WebSocket; knows when each of her messages was answered."""

    def __init__(self, http: httpx.AsyncClient, seen: Seen, tickets: dict[str, float]) -> None:
        self._http = http
        self._seen = seen
        self._tickets = tickets
        self._answered = asyncio.Event()
        self._handed_over = False

    async def visit(self, language: str, texts: Sequence[str], pauses: Sequence[float]) -> None:
        """Says everything in its time and leaves; errors are counted, not raised."""
        try:
            await self._visit(language, texts, pauses)
        except (httpx.HTTPError, OSError, ConnectionClosed, TimeoutError) as error:
            self._seen.errors.append(type(error).__name__)

    async def _visit(self, language: str, texts: Sequence[str], pauses: Sequence[float]) -> None:
        answer = await self._http.post("/sessions", json={"locale": language, "page_url": "/"})
        session = answer.raise_for_status().json()
        self._headers = {"Authorization": f"Bearer {session['token']}"}
        self._path = f"/conversations/{session['conversation_id']}"
        url = str(self._http.base_url).replace("http", "ws", 1).rstrip("/")
        protocols: Any = ["babeldesk.v1", f"bearer.{session['token']}"]
        async with connect(
            f"{url}{self._path}/ws?after={session['cursor']}", subprotocols=protocols
        ) as socket:
            reading = asyncio.create_task(self._read(socket))
            try:
                meant_at = time.time()
                for text, pause in zip(texts, pauses, strict=True):
                    await self._say(session["conversation_id"], text, meant_at)
                    meant_at = max(meant_at + pause, time.time())
                    await asyncio.sleep(max(0.0, meant_at - time.time()))
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
        self._seen.n_sessions += 1

    async def _say(self, conversation_id: str, text: str, meant_at: float) -> None:
        self._answered.clear()
        if text in HUMAN.values():
            self._tickets[conversation_id] = meant_at
        body = {"client_id": uuid.uuid4().hex, "text": text}
        sent = await self._http.post(f"{self._path}/messages", json=body, headers=self._headers)
        if sent.status_code in (429, 503):
            self._seen.errors.append(str(sent.status_code))
            return
        sent.raise_for_status()
        self._seen.accept.append((time.time() - meant_at) * 1000)
        if self._handed_over:
            return  # a person answers, in her own time
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                await self._answered.wait()
        except TimeoutError:
            self._seen.unanswered += 1
            return
        self._seen.answer.append((time.time() - meant_at) * 1000)

    async def _read(self, socket: Any) -> None:
        async for text in socket:
            frame = json.loads(text)
            if frame.get("type") != "event" or frame["event"]["author"] == "visitor":
                continue
            made = frame["event"]["created_at"]
            self._seen.lag.append(max(0.0, (time.time() - _seconds(made)) * 1000))
            self._handed_over |= frame["event"]["kind"] == "handoff"
            self._answered.set()


def _seconds(moment: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()


async def watch_tickets(
    agent: Agent, base: str, tickets: dict[str, float], seen: Seen, work: asyncio.Queue[str]
) -> None:
    """Follows the inbox as a console does: notes when a ticket shows and passes it to the team."""
    cookie = "; ".join(f"{name}={value}" for name, value in agent.http.cookies.items())
    url = base.replace("http", "ws", 1)
    headers = {"Cookie": cookie}
    async with connect(f"{url}/agent/ws", extra_headers=headers, max_size=2**22) as socket:
        async for text in socket:
            frame = json.loads(text)
            ticket = frame.get("ticket")
            if frame.get("type") != "inbox" or ticket is None:
                continue
            meant_at = tickets.pop(ticket["conversation_id"], None)
            if meant_at is not None:
                seen.ticket.append((time.time() - meant_at) * 1000)
                work.put_nowait(ticket["number"])


async def serve_tickets(
    agent: Agent, base: str, work: asyncio.Queue[str], compress: float, seen: Seen
) -> None:
    """One agent: takes the next ticket, answers, resolves."""
    async with httpx.AsyncClient(
        base_url=f"{base}/agent", cookies=agent.http.cookies, headers=agent.http.headers, timeout=60
    ) as http:
        while True:
            number = await work.get()
            for verb, body in (
                ("take", {}),
                ("reply", {"client_id": uuid.uuid4().hex, "text": "Good morning, I am looking."}),
                ("resolve", {}),
            ):
                answer = await http.post(f"/tickets/{number}/{verb}", json=body)
                if answer.status_code >= 400:
                    seen.errors.append(f"agent {verb} {answer.status_code}")
                await asyncio.sleep(AGENT_REPLY_S / compress)


def make_visit(chance: random.Random, compress: float) -> tuple[str, list[str], list[float]]:
    """Draws language, texts and pauses in seconds of one visitor."""
    weights = [1 / (rank + 1) for rank in range(len(LANGUAGES))]
    language = chance.choices(LANGUAGES, weights)[0]
    own = [text for code, text in QUESTIONS if code == language]
    texts = [chance.choice(own) for _ in range(chance.randint(3, 6))]
    if chance.random() < LONG_SHARE * len(texts):
        texts[0] = (texts[0] + " ").ljust(LONG_CHARS, "x")
    if chance.random() < HANDOFF_SHARE:
        texts[-1] = HUMAN[language]
    pauses = [
        chance.lognormvariate(math.log(PAUSE_MEDIAN_S), PAUSE_SIGMA) / compress for _ in texts
    ]
    return language, texts, pauses


async def load(
    product: Product, agent: Agent, *, rate: float, seconds: float, compress: float, seed: int
) -> dict[str, Any]:
    """Lets visitors arrive at `rate` a second for `seconds`; gives the figures of the line."""
    chance, seen = random.Random(seed), Seen()
    tickets: dict[str, float] = {}
    work: asyncio.Queue[str] = asyncio.Queue()
    base = f"{product.url}/api/v1"
    assert product.process is not None
    brain, gateway = product.brain(), psutil.Process(product.process.pid)
    before, began = (cpu_ms(brain), cpu_ms(gateway)), time.monotonic()
    limits = httpx.Limits(max_connections=400, max_keepalive_connections=400)
    async with httpx.AsyncClient(base_url=base, timeout=60, limits=limits) as http:
        helpers = [asyncio.create_task(watch_tickets(agent, base, tickets, seen, work))]
        helpers += [
            asyncio.create_task(serve_tickets(agent, base, work, compress, seen))
            for _ in range(AGENTS)
        ]
        visits: list[asyncio.Task[None]] = []
        arrives_at = began
        while (arrives_at := arrives_at + chance.expovariate(rate)) < began + seconds:
            await asyncio.sleep(max(0.0, arrives_at - time.monotonic()))
            guest = Guest(http, seen, tickets)
            visits.append(asyncio.create_task(guest.visit(*make_visit(chance, compress))))
        await asyncio.gather(*visits)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(20):
                while tickets:  # noqa: ASYNC110 - the last tickets are on their way
                    await asyncio.sleep(0.1)
        spent = time.monotonic() - began
        for helper in helpers:
            helper.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)
    n = max(1, len(seen.accept))
    return {
        "run": f"{rate:g} sessions/s",
        "sessions": len(visits),
        "messages/s": round(len(seen.accept) / spent, 1),
        "accept p50": quantile(seen.accept, 0.5),
        "accept p99": quantile(seen.accept, 0.99),
        "accept p99.9": quantile(seen.accept, 0.999),
        "answer p50": quantile(seen.answer, 0.5),
        "answer p99": quantile(seen.answer, 0.99),
        "ticket p99": quantile(seen.ticket, 0.99),
        "lag p99": quantile(seen.lag, 0.99),
        "errors": len(seen.errors),
        "unanswered": seen.unanswered,
        "brain CPU": round((cpu_ms(brain) - before[0]) / n, 1),
        "gateway CPU": round((cpu_ms(gateway) - before[1]) / n, 1),
        **({"which": dict_of(seen.errors)} if seen.errors else {}),
    }


def dict_of(names: Sequence[str]) -> str:
    """Gives how often each name occurs."""
    return ", ".join(f"{name} x{names.count(name)}" for name in sorted(set(names)))


async def alone(product: Product, *, each: int) -> dict[str, Any]:
    """The baseline: one visitor who waits for each answer."""
    seen, chance = Seen(), random.Random(0)
    base = f"{product.url}/api/v1"
    async with httpx.AsyncClient(base_url=base, timeout=60) as http:
        for _ in range(max(1, each // 4)):
            language = chance.choice(LANGUAGES)
            texts = [text for code, text in QUESTIONS if code == language][:1] * 4
            await Guest(http, seen, {}).visit(language, texts, [0.0] * 4)
    return {
        "accept": statistics.median(seen.accept),
        "answer": statistics.median(seen.answer),
        "n": len(seen.answer),
    }


async def run(arguments: argparse.Namespace, url: str | None) -> dict[str, Any]:
    """Starts the desk, measures the baseline and each rate."""
    with tempfile.TemporaryDirectory() as folder:
        product = Product(
            home=Path(folder) / "home",
            port=free_port(),
            extra={
                "BABELDESK_RATE_VISITOR": "100000/10s",
                "BABELDESK_LOG_LEVEL": "error",
                **({"BABELDESK_DATABASE_URL": url} if url else {}),
            },
        )
        try:
            await asyncio.to_thread(product.start)
            agent = await asyncio.to_thread(
                lambda: Agent(product.url, setup_token=product.setup_token())
            )
            await alone(product, each=40)
            baseline = await alone(product, each=arguments.each)
            rows = [
                await load(
                    product, agent, rate=rate, seconds=arguments.seconds,
                    compress=arguments.compress, seed=arguments.seed,
                )
                for rate in arguments.rates
            ]  # fmt: skip
            weight = memory(product)
        finally:
            if product.process is not None and product.process.poll() is None:
                product.kill()
    for row in rows:
        row["accept x"] = round((row["accept p50"] or 0) / baseline["accept"], 1)
        row["answer x"] = round((row["answer p50"] or 0) / baseline["answer"], 1)
    return {
        "database": "PostgreSQL" if url else "SQLite",
        "machine": {"cores": os.cpu_count(), "system": platform.platform(terse=True)},
        "baseline_ms": {name: round(value, 1) for name, value in baseline.items()},
        "load": rows,
        "memory_mb": weight,
    }


async def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Runs on the wanted database."""
    if not arguments.postgres:
        return await run(arguments, None)
    async with empty_postgres(synchronous=True) as url:
        return await run(arguments, url)


def main(argv: Sequence[str]) -> int:
    """Measures and prints; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", action="store_true", help="on the tests' PostgreSQL server")
    parser.add_argument("--rates", type=float, nargs="+", default=[0.5, 1.0, 2.0, 4.0])
    parser.add_argument("--seconds", type=float, default=60.0, help="of arrivals, per rate")
    parser.add_argument("--compress", type=float, default=10.0, help="how much shorter pauses are")
    parser.add_argument("--each", type=int, default=80, help="messages of the baseline")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    if arguments.postgres:
        from tests.conftest import pytest_configure

        pytest_configure(None)  # type: ignore[arg-type]
    result = asyncio.run(measure(arguments))
    if arguments.json:
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
        return 0
    base = result["baseline_ms"]
    sys.stdout.write(
        f"{result['database']}, {result['machine']}, milliseconds\n"
        f"alone: accept {base['accept']}, answer {base['answer']} (medians of {base['n']})\n\n"
    )
    rows = [{key: row.get(key, "") for key in result["load"][0]} for row in result["load"]]
    sys.stdout.write(f"{table(rows)}\n\nResident memory, MB: {result['memory_mb']}\n")
    return 0
