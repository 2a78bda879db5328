"""Breaks one promise of the code at a time and shows that the tests notice.

`python -m tests.faults.mutants [WORD ...]` copies the tree aside, applies each mutant (those whose
name holds one of the words) to the copy, runs the tests that should fail, and prints a table. The
exit code is 1 when a mutant survives. The tree itself is never changed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("actions", "bot", "data", "docs", "handoff", "kb_index", "nlu", "tests")
LIMIT_S = 300


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One broken promise: `old` becomes `new` in `path`; one of `tests` must fail."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


WORK = "tests/handoff/work/test_work_queue.py"
PROCESSES = "tests/handoff/work/test_work_processes.py"
DELIVERY = "tests/handoff/webhooks/test_webhook_delivery.py"
LEASES = '''            "due_at": until,
            "rank_at": rank_of(until, one.job.priority),
            "attempts"'''

MUTANTS = (
    Mutant(
        name="a job's lease is not checked when it is settled",
        path="handoff/work/rules.py",
        old="stored_token is not None and stored_token == token",
        new="True",
        tests=(WORK,),
    ),
    Mutant(
        name="a job's lease has no end",
        path="handoff/work/queue.py",
        old=LEASES,
        new=LEASES.replace("until", "now"),
        tests=(WORK,),
    ),
    Mutant(
        name="a job's effect is committed before it is settled",
        path="handoff/work/queue.py",
        old='                crash_point("job.effect")\n',
        new=(
            '                crash_point("job.effect")\n'
            "                await transaction.connection.commit()\n"
        ),
        tests=(WORK,),
    ),
    Mutant(
        name="a job's key is not unique",
        path="handoff/work/outbox.py",
        old='"key": job.key,',
        new='"key": job.key + new_id(),',
        tests=(WORK,),
    ),
    Mutant(
        name="workers look at one row together",
        path="handoff/work/queue.py",
        old="        .with_for_update(skip_locked=True)\n    )\n    return [job_of",
        new="    )\n    return [job_of",
        tests=(WORK, PROCESSES),
    ),
    Mutant(
        name="leases follow the worker's clock",
        path="handoff/work/clock.py",
        old='if connection.dialect.name == "postgresql":\n        moment',
        new='if connection.dialect.name == "nothing":\n        moment',
        tests=(PROCESSES,),
    ),
    Mutant(
        name="dead letters are deleted",
        path="handoff/work/queue.py",
        old="(JobState.DONE.value, JobState.DISCARDED.value)",
        new="(JobState.DONE.value, JobState.DISCARDED.value, JobState.DEAD.value)",
        tests=(WORK,),
    ),
    Mutant(
        name="a stopping worker keeps what it has not done",
        path="handoff/work/worker.py",
        old="                await asyncio.shield(self._queue.release(leased))\n",
        new="                await asyncio.sleep(0)\n",
        tests=("tests/handoff/work/test_worker.py",),
    ),
    Mutant(
        name="a change of a ticket is told to nobody",
        path="handoff/store/unit.py",
        old="        if self._new_events or changes:\n",
        new="        if self._new_events and not changes:\n",
        tests=("tests/handoff/webhooks/test_webhook_store.py",),
    ),
    Mutant(
        name="a webhook's address is not checked",
        path="bot/webhook_delivery.py",
        old="        _refuse_forbidden(target, found, self._allowed)\n",
        new="",
        tests=(DELIVERY,),
    ),
    Mutant(
        name="a webhook's host is looked up twice",
        path="bot/webhook_delivery.py",
        old='f"{target.scheme}://{shown}:{target.port}{target.path}"',
        new='f"{target.scheme}://{target.host}:{target.port}{target.path}"',
        tests=(DELIVERY,),
    ),
    Mutant(
        name="each try of a webhook has an id of its own",
        path="bot/webhook_delivery.py",
        old='str(payload["event_id"])\n',
        new='str(payload["event_id"]) + str(time.monotonic())\n',
        tests=(DELIVERY,),
    ),
)


def try_mutant(mutant: Mutant, copy: Path) -> bool:
    """Applies a mutant to the copy and takes it back; gives whether a test failed.

    Raises:
        ValueError: The code that it changes is not there any more.
    """
    file = copy / mutant.path
    source = file.read_text("utf-8")
    if source.count(mutant.old) != 1:
        raise ValueError(f"{mutant.path} has changed: mend the mutant {mutant.name!r}")
    file.write_text(source.replace(mutant.old, mutant.new), "utf-8")
    try:
        return not run_tests(mutant.tests, copy)
    finally:
        file.write_text(source, "utf-8")


def run_tests(tests: tuple[str, ...], copy: Path) -> bool:
    """Whether the tests pass in the copy.

    Raises:
        RuntimeError: They did not come to an end.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--timeout", "60"]
    ran = subprocess.run(
        [*command, "-p", "no:cacheprovider", *tests],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    if ran.returncode > 1 or (ran.returncode == 1 and "\nFAILED " not in ran.stdout):
        raise RuntimeError(ran.stdout[-2000:] + ran.stderr[-2000:])
    return ran.returncode == 0


def main(words: list[str]) -> int:
    """Prints what became of each mutant; gives the exit code."""
    wanted = [one for one in MUTANTS if not words or any(word in one.name for word in words)]
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            ignored = shutil.ignore_patterns("node_modules", "__pycache__")
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        shutil.copy(ROOT / "pyproject.toml", copy)
        tests = tuple(dict.fromkeys(test for mutant in wanted for test in mutant.tests))
        if not run_tests(tests, copy):
            print("The tests fail without any mutant: mend them first.")
            return 1
        for mutant in wanted:
            began = time.monotonic()
            caught = try_mutant(mutant, copy)
            survivors += not caught
            shown = "caught  " if caught else "SURVIVED"
            print(f"{shown}  {time.monotonic() - began:4.0f} s  {mutant.name}", flush=True)
    print(f"{len(wanted) - survivors} of {len(wanted)} mutants are caught.")
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
