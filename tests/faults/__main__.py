"""`make faults`: attacks every promise and writes docs/faults.md.

`python -m tests.faults [--short] [--seeds 1,2,3] [--database both] [--only WORD ...]` runs the
parts whose name holds a word, prints promise -> faults -> violations and exits with 1 if there is
any.
"""

from __future__ import annotations

import argparse
import importlib
import shlex
import sys
import time
from collections.abc import Sequence

from tests.faults.report import (
    DATABASES,
    PAGE,
    RESULTS,
    Options,
    PartRun,
    Row,
    load_runs,
    machine,
    n_violations,
    now,
    page,
    save_run,
    table,
)

# Each has `run(options) -> Iterable[Row]`; the name is the file of its results.
PARTS: dict[str, str] = {
    "storms": "tests.faults.storm",
    "rolling": "tests.faults.rolling",
    "burst": "tests.faults.burst",
    "bus": "tests.faults.bus",
    "crashes": "tests.faults.crashes",
    "brains": "tests.faults.brains",
    "clocks": "tests.faults.clocks",
    "disk_full": "tests.faults.disk_full",
    "half_lost": "tests.faults.half_lost",
    "histories": "tests.faults.histories",
    "network": "tests.faults.network",
    "races": "tests.faults.races",
}
SEEDS = (1, 2, 3)


def main(arguments: Sequence[str]) -> int:
    """Runs what was asked for; gives the exit code."""
    asked = _parser().parse_args(arguments)
    databases = DATABASES if asked.database == "both" else (asked.database,)
    options = Options(short=asked.short, seeds=asked.seeds, databases=databases)
    wanted = [name for name in PARTS if not asked.only or any(word in name for word in asked.only)]
    command = shlex.join(["python", "-m", "tests.faults", *arguments])
    rows = [
        row
        for name in wanted
        for row in _run_part(name, options, command=command, beside=asked.beside)
    ]
    print()
    print(table(rows))
    if not options.short:
        print(f"\n{_write_page(partial=asked.partial_page)}")
    found = n_violations(rows)
    print(f"\n{found:,} violations." if rows else "\nNo part has such a name.")
    return 1 if found or not rows else 0


def _write_page(*, partial: bool) -> str:
    """Writes the page once every part has run here, or as far as it goes; says what was done."""
    runs = load_runs(RESULTS)
    missing = [name for name in PARTS if name not in {run.part for run in runs}]
    if missing and not partial:
        return f"docs/{PAGE.name} stays as it is: no results yet of {', '.join(missing)}."
    PAGE.write_text(page(runs, missing=missing), "utf-8")
    return f"Written: docs/{PAGE.name}"


def _run_part(name: str, options: Options, *, command: str, beside: str) -> list[Row]:
    print(f"{name} ...", flush=True)
    began, clock = now(), time.monotonic()
    rows: list[Row] = []
    for row in importlib.import_module(PARTS[name]).run(options):
        rows.append(row)
        verdict = "ok" if row.violations == 0 else f"{row.violations} VIOLATIONS"
        print(
            f"  {verdict:4}  {row.database:8}  {row.promise}: {row.checked:,} checked "
            f"under {row.injected:,} x {row.faults}. {row.details}".rstrip(),
            flush=True,
        )
    run = PartRun(
        part=name,
        began=began,
        command=command,
        short=options.short,
        machine=machine(),
        seconds=round(time.monotonic() - clock, 1),
        rows=tuple(rows),
    )
    save_run(run, folder=RESULTS, beside=beside)
    return rows


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="seconds instead of minutes; no page")
    parser.add_argument("--seeds", type=_seeds, default=SEEDS, help="such as 1,2,3")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--only", nargs="+", metavar="WORD", default=())
    parser.add_argument(
        "--partial-page", action="store_true", help="write the page though parts are missing"
    )
    parser.add_argument(
        "--beside", default="", metavar="NAME", help="keep the results beside those of other runs"
    )
    return parser


def _seeds(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
