"""`python -m tests.bench language`: what identifying a message's language costs.

CPU time of one thread, so that a busy machine does not count. Messages are those of the quality
tests, all lengths, and one text of many pages; memory and start are of a fresh process.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

MESSAGES = (
    "ok", "Hallo, wo bleibt meine Bestellung MT-204518?", "8elw na kanw epistrofh",
    "πού είναι το δέμα μου", "refund", "我的包裹在哪里", "注文確認", "أين طردي؟",
    "je n'ai toujours pas reçu ma commande, pouvez-vous vérifier s'il vous plaît",
    "Siparişim hala gelmedi, kargom nerede kaldı acaba", "de ce nu merge plata cu cardul",
    "Ich habe vor zwei Wochen drei Tassen und eine Vase bestellt. Die Vase kam heil an, aber zwei "
    "der Tassen waren zerbrochen. Ich hätte gern Ersatz oder mein Geld zurück.",
)  # fmt: skip
LONG = "Where is my parcel, it should have been here on Monday. " * 300
ROUNDS = 100


def measure() -> dict[str, Any]:
    """Gives the figures of this process; best called in a fresh one."""
    began = time.process_time()
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    from nlu.language import detect, warm_up

    warm_up()
    start_s = time.process_time() - began
    memory_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / 1024
    times: list[float] = []
    for _ in range(ROUNDS):
        for text in MESSAGES:
            started = time.thread_time()
            detect(text)
            times.append((time.thread_time() - started) * 1000)
    started = time.thread_time()
    detect(LONG)
    long_ms = (time.thread_time() - started) * 1000
    times.sort()
    return {
        "messages": len(times),
        "p50_ms": round(statistics.median(times), 3),
        "p99_ms": round(times[int(len(times) * 0.99) - 1], 3),
        "long_text_ms": round(long_ms, 3),
        "messages_per_s": round(1000 / statistics.mean(times)),
        "start_s": round(start_s, 2),
        "memory_mb": round(memory_mb, 1),
    }


def bench() -> dict[str, Any]:
    """Measures in a fresh process; gives its figures."""
    command = [sys.executable, "-m", "tests.bench.language"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def main(arguments: Sequence[str] = ()) -> int:
    """Measures in a fresh process and prints; `--json` for programs. Returns the exit status."""
    figures = bench()
    if "--json" in arguments:
        sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    else:
        sys.stdout.write("".join(f"{name}: {value}\n" for name, value in figures.items()))
    return 0


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()) + "\n")
