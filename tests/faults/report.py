"""Rows of the fault report, how parts keep them, and the page that is made of them.

A part is a module with `run(options) -> Iterable[Row]`. What it gives is kept in a file of its own
as JSON lines, a header first, so that parts can be run apart and the page always shows the newest
run of each.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil

from tests.faults.promises import MEANING, Promise
from tests.servers import postgres_programs

ROOT: Final = Path(__file__).resolve().parents[2]
RESULTS: Final = ROOT / "var" / "faults"
PAGE: Final = ROOT / "docs" / "faults.md"
SQLITE: Final = "sqlite"
POSTGRES: Final = "postgres"
DATABASES: Final = (SQLITE, POSTGRES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a run is asked for.

    Attributes:
        short: The version for every change: seconds instead of minutes.
        seeds: Each part runs once per seed, or says in its rows which it used.
        databases: Some of `DATABASES`.
    """

    short: bool = False
    seeds: tuple[int, ...] = (1,)
    databases: tuple[str, ...] = DATABASES


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One promise under one kind of fault.

    Attributes:
        promise: What must hold.
        faults: What was done, in words: "SIGKILL and SIGSTOP of gateways".
        database: One of `DATABASES`, or "-" where none is concerned.
        injected: How many faults; 0 for a row that only checks.
        checked: How many things were looked at (messages, tickets, trials).
        violations: How many of them broke the promise.
        seed: What the part was seeded with, if anything.
        seconds: How long it took.
        details: Further figures in words.
    """

    promise: Promise
    faults: str
    database: str
    injected: int
    checked: int
    violations: int
    seed: int | None = None
    seconds: float = 0.0
    details: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRun:
    """One run of one part."""

    part: str
    began: str
    command: str
    short: bool
    machine: str
    seconds: float
    rows: tuple[Row, ...]


def save_run(run: PartRun, *, folder: Path = RESULTS, beside: str = "") -> Path:
    """Writes a part's newest run in place of the one before, but no short one over a full one.

    Args:
        run: The run.
        folder: Where runs are kept.
        beside: A name for a run that replaces only the run of this name, such as with other seeds.

    Returns:
        The file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    header = {**asdict(run), "rows": len(run.rows)}
    lines = [json.dumps(header), *(json.dumps(asdict(row)) for row in run.rows)]
    path = folder / (f"{run.part}.{beside}.jsonl" if beside else f"{run.part}.jsonl")
    if run.short and path.exists() and not _load(path).short:
        return path
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def load_runs(folder: Path = RESULTS) -> list[PartRun]:
    """Gives the newest runs of every part, in the order of their names."""
    return [_load(path) for path in sorted(folder.glob("*.jsonl"))]


def machine() -> str:
    """Says in one line where this runs."""
    memory_gib = psutil.virtual_memory().total / 2**30
    programs = postgres_programs()
    parts = [
        f"{os.cpu_count()} cores",
        f"{memory_gib:.0f} GiB memory",
        f"{platform.system()} {platform.release().split('-')[0]}",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        _version("PostgreSQL", None if programs is None else str(programs / "postgres")),
        _version("Redis", shutil.which("redis-server")),
    ]
    return ", ".join(part for part in parts if part)


def now() -> str:
    """The present moment, to the minute."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def totals(rows: Iterable[Row]) -> list[Row]:
    """Gives one row per promise and database, in the order of the promises."""
    found: dict[tuple[Promise, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row.promise, row.database), []).append(row)
    order = list(Promise)
    keys = sorted(found, key=lambda key: (order.index(key[0]), _place(key[1])))
    return [_sum(found[key]) for key in keys]


def n_violations(rows: Iterable[Row]) -> int:
    """Counts broken promises."""
    return sum(row.violations for row in rows)


def table(rows: Sequence[Row]) -> str:
    """Shows totals for a terminal: promise, database, faults, checks, violations."""
    summed = totals(rows)
    width = max((len(row.promise) for row in summed), default=7)
    head = f"{'promise':{width}}  {'database':8}  {'faults':>7}  {'checked':>8}  violations"
    lines = [
        f"{row.promise:{width}}  {row.database:8}  {row.injected:>7,}  {row.checked:>8,}  "
        f"{row.violations:>10,}{'' if row.violations == 0 else '  <--'}"
        for row in summed
    ]
    return "\n".join([head, "-" * len(head), *lines])


def page(runs: Sequence[PartRun], *, missing: Sequence[str] = ()) -> str:
    """Gives docs/faults.md; `missing` names the parts that were not run."""
    rows = [row for run in runs for row in run.rows]
    return "\n".join(
        [
            _INTRODUCTION,
            _total_line(runs),
            *([f"\nNot run here: {', '.join(missing)}."] if missing else []),
            "",
            "## Promise by promise",
            "",
            *_totals_table(rows),
            "",
            "## Every row",
            "",
            *_rows_table(rows),
            "",
            "## Runs",
            "",
            *_runs_table(runs),
            "",
            "## What each promise means and how it is attacked",
            "",
            *_meanings({row.promise for row in rows}),
            _LIMITS,
        ]
    )


_INTRODUCTION: Final = """\
# Faults

<!-- Written by `make faults`; change tests/faults/report.py instead. -->

What Babeldesk promises ([design](../ARCHITECTURE.md#promises)), how often we tried to break it,
and how often that succeeded. The processes are real: gateways, brains and workers as an operator
starts them, PostgreSQL and Redis servers of their own, killed by real signals while simulated
visitors and agents talk through the public API. A judge then compares what clients were told with
what is stored and shown.

`make faults` runs everything and writes this page; `python -m tests.faults --only storm --seeds
4,5` runs a part with other seeds. `make test` contains a short version.
"""

_LIMITS: Final = """
## What is not proved here

- **Power loss.** Processes die by signals, so what the operating system has taken is safe. That a
  disk keeps what it was told to keep rests on SQLite's `synchronous=FULL` and PostgreSQL's
  `fsync`, which are on by default and stay on in the servers that the storms kill.
- **Several machines.** All processes share one. The network between them is cut, slowed down and
  broken by a proxy and by network namespaces, not by real cables.
- **Speed.** The machines of these runs are small and do other work; times say how long a run took,
  nothing else.
- **Being served on an overloaded machine.** A client that gives a call up after its patience was
  told nothing, so no promise is broken, but nobody would call it service: the rows say how many. On
  two cores that did other work as well, other storms than these gave up more, up to 257 calls on
  PostgreSQL.
- **What a short run leaves out.** Where the table of runs says `short`, the part ran for seconds
  with few clients; `make faults` on a machine of its own runs them whole.
- **What no seed met.** A storm is a sample. A seed fixes what the clients say and when the faults
  come, not how the operating system schedules the processes.
"""


def _total_line(runs: Sequence[PartRun]) -> str:
    rows = [row for run in runs for row in run.rows]
    # The rows of one storm share its faults: count them once.
    faults = {
        (run.part, row.faults, row.database, row.seed): row.injected
        for run in runs
        for row in run.rows
    }
    return (
        f"**{sum(faults.values()):,} faults, {sum(row.checked for row in rows):,} checks, "
        f"{n_violations(rows):,} violations.**"
    )


def _totals_table(rows: Sequence[Row]) -> list[str]:
    lines = [
        f"| {row.promise} | {row.database} | {row.injected:,} | {row.checked:,} "
        f"| {_marked(row.violations)} |"
        for row in totals(rows)
    ]
    head = "| promise | database | faults injected | checked | violations |"
    return [head, "|---|---|--:|--:|--:|", *lines]


def _rows_table(rows: Sequence[Row]) -> list[str]:
    order = list(Promise)
    ordered = sorted(
        rows, key=lambda row: (order.index(row.promise), _place(row.database), row.faults)
    )
    lines = [
        f"| {row.promise} | {row.faults} | {row.database} "
        f"| {'-' if row.seed is None else row.seed} | {row.injected:,} | {row.checked:,} "
        f"| {_marked(row.violations)} | {row.details} |"
        for row in ordered
    ]
    head = "| promise | faults | database | seed | injected | checked | violations | figures |"
    return [head, "|---|---|---|--:|--:|--:|--:|---|", *lines]


def _runs_table(runs: Sequence[PartRun]) -> list[str]:
    lines = [
        f"| {run.part} | {'short' if run.short else 'full'} | {run.began} | {run.seconds:,.0f} s "
        f"| {', '.join(_seeds(run)) or '-'} | `{run.command}` | {run.machine} |"
        for run in runs
    ]
    head = "| part | version | began | took | seeds | command | machine |"
    return [head, "|---|---|---|--:|---|---|---|", *lines]


def _seeds(run: PartRun) -> list[str]:
    return [str(seed) for seed in sorted({row.seed for row in run.rows if row.seed is not None})]


def _meanings(shown: set[Promise]) -> list[str]:
    return [
        f"- **{promise}.** {MEANING[promise][0]} *Attack*: {MEANING[promise][1]}"
        for promise in Promise
        if promise in shown
    ]


def _sum(rows: Sequence[Row]) -> Row:
    # Two rows of one run, such as the judge's and the part's own, share their faults.
    injected = {(row.faults, row.seed): row.injected for row in rows}
    return replace(
        rows[0],
        faults="; ".join(dict.fromkeys(row.faults for row in rows)),
        injected=sum(injected.values()),
        checked=sum(row.checked for row in rows),
        violations=sum(row.violations for row in rows),
        seed=None,
        seconds=sum(row.seconds for row in rows),
        details="",
    )


def _marked(violations: int) -> str:
    return "0" if violations == 0 else f"**{violations:,}**"


def _place(database: str) -> int:
    return DATABASES.index(database) if database in DATABASES else len(DATABASES)


def _load(path: Path) -> PartRun:
    header, *lines = path.read_text("utf-8").splitlines()
    rows = tuple(_row(json.loads(line)) for line in lines)
    return PartRun(**{**json.loads(header), "rows": rows})


def _row(shape: dict[str, Any]) -> Row:
    return Row(**{**shape, "promise": Promise(shape["promise"])})


def _version(name: str, program: str | None) -> str:
    """Such as "Redis 7.0.15"; empty where the program is not installed."""
    if program is None:
        return ""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    words = said.stdout.replace("v=", "").split()
    number = next((word for word in words if word[0].isdigit()), "")
    return f"{name} {number}"
