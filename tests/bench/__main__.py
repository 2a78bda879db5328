"""`python -m tests.bench`: what a message costs, how long it takes, what it all weighs.

Starts the product in a fresh home and measures it from outside: CPU time of each process from the
operating system, latency from a visitor's POST until the bot's reply is in the event log. All runs
happen in one go on one machine, so the ratios between lines hold where the milliseconds do not.
The parts `search`, `language`, `load` and `sockets` have commands of their own, such as
`python -m tests.bench load`.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import itertools
import json
import os
import platform
import statistics
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.e2e.product import Product
from tests.servers import free_port

QUESTIONS = [
    ("en", "how do I send something back"),
    ("el", "πότε θα πάρω τα χρήματά μου πίσω"),
    ("tr", "kargom ne zaman gelir"),
    ("de", "ich habe mein passwort vergessen"),
    ("es", "cuánto cuesta el envío"),
    ("fr", "comment payer ma commande"),
    ("ar", "كيف أرجع منتجا"),
    ("en", "can I change my order"),
]
PARTS = ("search", "language", "load", "sockets")
CLIENTS = (1, 8, 32)
LENGTHS = (1, 50, 150, 300, 500)


@dataclass
class Run:
    """One line of the result."""

    name: str
    latencies_ms: list[float]
    brain_cpu_ms: float
    gateway_cpu_ms: float
    seconds: float

    def row(self) -> dict[str, Any]:
        """Gives the figures of the line."""
        ordered = sorted(self.latencies_ms)
        return {
            "run": self.name,
            "messages": len(ordered),
            "per_s": round(len(ordered) / self.seconds, 1),
            "p50_ms": round(statistics.median(ordered), 1),
            "p95_ms": round(ordered[int(len(ordered) * 0.95) - 1], 1),
            "p99_ms": round(ordered[int(len(ordered) * 0.99) - 1], 1),
            "brain_cpu_ms": round(self.brain_cpu_ms / len(ordered), 2),
            "gateway_cpu_ms": round(self.gateway_cpu_ms / len(ordered), 2),
        }


class Talker:
    """One simulated visitor that waits for each reply."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.headers: dict[str, str] = {}
        self.path = ""
        self.cursor = 0

    async def open(self, locale: str) -> None:
        """Starts a session."""
        answer = await self.http.post("/sessions", json={"locale": locale, "page_url": "/"})
        session = answer.raise_for_status().json()
        self.headers = {"Authorization": f"Bearer {session['token']}"}
        self.path = f"/conversations/{session['conversation_id']}"
        self.cursor = session["cursor"]

    async def ask(self, text: str, choice: dict[str, str] | None = None) -> float:
        """Sends a message; gives the milliseconds until the bot's reply was received."""
        began = time.perf_counter()
        body = {"client_id": uuid.uuid4().hex, "text": text, "choice": choice}
        sent = await self.http.post(f"{self.path}/messages", json=body, headers=self.headers)
        sent.raise_for_status()
        while True:
            page = await self.http.get(
                f"{self.path}/events",
                params={"after": self.cursor, "wait": 20},
                headers=self.headers,
            )
            answer = page.raise_for_status().json()
            self.cursor = answer["cursor"]
            if any(event["author"] != "visitor" for event in answer["events"]):
                return (time.perf_counter() - began) * 1000


def cpu_ms(process: psutil.Process) -> float:
    """Gives the CPU time a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system) * 1000


async def measure(
    product: Product, name: str, *, clients: int, each: int, choice: dict[str, str] | None = None
) -> Run:
    """Lets `clients` visitors ask `each` questions, a new conversation every five."""
    assert product.process is not None
    brain, gateway = product.brain(), psutil.Process(product.process.pid)
    limits = httpx.Limits(max_connections=clients + 4)
    base = f"{product.url}/api/v1"
    async with httpx.AsyncClient(base_url=base, timeout=60, limits=limits) as http:

        async def one(number: int) -> list[float]:
            questions = itertools.islice(itertools.cycle(QUESTIONS), number, None)
            times: list[float] = []
            talker = Talker(http)
            for i in range(each):
                language, text = next(questions)
                if i % 5 == 0:
                    talker = Talker(http)
                    await talker.open(language)
                times.append(await talker.ask(text, choice))
            return times

        before = cpu_ms(brain), cpu_ms(gateway)
        began = time.perf_counter()
        results = await asyncio.gather(*(one(i) for i in range(clients)))
        seconds = time.perf_counter() - began
        after = cpu_ms(brain), cpu_ms(gateway)
    return Run(
        name=name,
        latencies_ms=[value for part in results for value in part],
        brain_cpu_ms=after[0] - before[0],
        gateway_cpu_ms=after[1] - before[1],
        seconds=seconds,
    )


async def measure_growth(product: Product) -> list[dict[str, Any]]:
    """Measures the cost of a message late in one long conversation."""
    rows: list[dict[str, Any]] = []
    base = f"{product.url}/api/v1"
    async with httpx.AsyncClient(base_url=base, timeout=60) as http:
        talker = Talker(http)
        await talker.open("en")
        times: list[float] = []
        for i in range(max(LENGTHS)):
            times.append(await talker.ask(QUESTIONS[0 if i % 2 else 7][1]))
            if i + 1 in LENGTHS:
                # The median of up to 20 neighbours: a single message says little.
                part = times[-20:]
                rows.append({"message": i + 1, "median_ms": round(statistics.median(part), 1)})
    first = rows[1]["median_ms"]
    return [{**row, "ratio_to_50": round(row["median_ms"] / first, 2)} for row in rows]


def memory(product: Product) -> dict[str, float]:
    """Gives resident memory by process, in MB."""
    assert product.process is not None
    found = {"gateway": psutil.Process(product.process.pid).memory_info().rss / 1e6}
    for child in product.children():
        name = "brain" if "bot.brain" in " ".join(child.cmdline()) else child.name()
        found[name] = found.get(name, 0.0) + child.memory_info().rss / 1e6
    found["all"] = sum(found.values())
    return {name: round(value) for name, value in found.items()}


def table(rows: list[dict[str, Any]]) -> str:
    """Formats rows as a Markdown table."""
    head = list(rows[0])
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(row[key]) for key in head) + " |" for row in rows]
    return "\n".join(lines)


async def bench(product: Product, *, each: int) -> dict[str, Any]:
    """Runs everything against a started product."""
    await measure(product, "warm-up", clients=4, each=10)
    runs = [
        (await measure(product, f"{n} clients", clients=n, each=max(5, each // n))).row()
        for n in CLIENTS
    ]
    floor = await measure(
        product,
        "floor: button, no language, encoder or search",
        clients=1,
        each=each // 2,
        choice={"kind": "language", "value": "en"},
    )
    return {
        "machine": {"cores": os.cpu_count(), "system": platform.platform(terse=True)},
        "messages": [*runs, floor.row()],
        "growth": await measure_growth(product),
        "memory_mb": memory(product),
    }


def main() -> int:
    """Measures and prints; returns the exit status."""
    if sys.argv[1:2] and sys.argv[1] in PARTS:
        part = importlib.import_module(f"tests.bench.{sys.argv[1]}")
        status: int = part.main(sys.argv[2:])
        return status
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=240, help="messages per line, about")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        product = Product(
            home=Path(folder) / "home",
            port=free_port(),
            extra={"BABELDESK_RATE_VISITOR": "100000/10s"},
        )
        try:
            product.start()
            first = product.started_s
            product.stop()
            product.start()
            result = asyncio.run(bench(product, each=arguments.each))
            result["start_s"] = {
                "first": round(first, 1),
                "second": round(product.started_s, 1),
            }
        finally:
            if product.process is not None and product.process.poll() is None:
                product.kill()
    if arguments.json:
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
        return 0
    sys.stdout.write(f"{result['machine']}\n\n{table(result['messages'])}\n\n")
    sys.stdout.write(f"Long conversation\n\n{table(result['growth'])}\n\n")
    sys.stdout.write(f"Start to first answer, s: {result['start_s']}\n")
    sys.stdout.write(f"Resident memory, MB: {result['memory_mb']}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
