"""Breaks one promise of the code at a time and shows that the tests notice.

`python -m tests.faults.mutants [WORD ...]` copies the tree aside, applies each mutant (those whose
name holds one of the words) to the copy, runs the tests that should fail, and prints a table. The
exit code is 1 when a mutant survives. The tree itself is never changed.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("actions", "bot", "data", "docs", "handoff", "kb_index", "nlu", "tests")
LIMIT_S = 300
_late: set[asyncio.Task[None]] = set()


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One broken promise: `old` becomes `new` in `path`; one of `tests` must fail."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


TURNS = "tests/handoff/test_turn_use_cases.py"
CRASHES = "tests/faults/test_crashes.py"
RACES = "tests/faults/test_races.py"
SHARED_CLOCK = "tests/handoff/test_shared_clock.py"
WORK = "tests/handoff/work/test_work_queue.py"
PROCESSES = "tests/handoff/work/test_work_processes.py"
DELIVERY = "tests/handoff/webhooks/test_webhook_delivery.py"
LEASES = '''            "due_at": until[one.token],
            "rank_at": rank_of(until[one.token], one.job.priority),
            "attempts"'''
BEGIN = """            async with (
                self._gate.place(wait_s=self._writer_wait_s),
                self.engine.connect() as raw,
            ):
                connection = await raw.execution_options(**{_WRITES: True})
                async with connection.begin():
"""
COMMIT_LATER = """            from tests.faults.mutants import committed_late
            late = publisher is not None
            async with (
                self._gate.place(wait_s=self._writer_wait_s),
                committed_late(self.engine, {_WRITES: True}, late=late) as connection,
            ):
                if connection:
"""
PUBLISH = """                    crash_point("commit.before")
        crash_point("commit.after")
        if publisher is not None:
            _publish_all(publisher, transaction.topics)
"""
PUBLISH_EARLY = """                    if publisher is not None:
                        _publish_all(publisher, transaction.topics)
        crash_point("commit.after")
        if publisher is not None:
"""
OWN_TRANSACTION = """        await self.connection.exec_driver_sql("COMMIT")
        await self.connection.exec_driver_sql("BEGIN")
"""

MUTANTS = (
    Mutant(
        name="a message's client id is not kept",
        path="handoff/visitors.py",
        old="            text,\n            client_id=client_id,\n",
        new="            text,\n",
        tests=("tests/handoff/test_visitor_use_cases.py",),
    ),
    Mutant(
        name="a message is acknowledged before it is committed",
        path="handoff/store/engine.py",
        old=BEGIN,
        new=COMMIT_LATER,
        tests=("tests/handoff/test_core_crash.py",),
    ),
    Mutant(
        name="commits may be lost with the power",
        path="handoff/store/engine.py",
        old="synchronous = FULL",
        new="synchronous = NORMAL",
        tests=("tests/handoff/test_store_engine.py",),
    ),
    Mutant(
        name="new messages are written before answers to old ones",
        path="handoff/store/gate.py",
        old="self._first if _goes_first.get() else self._others",
        new="self._others",
        tests=("tests/handoff/test_store_gate.py",),
    ),
    Mutant(
        name="hints go out before the commit",
        path="handoff/store/engine.py",
        old=PUBLISH,
        new=PUBLISH_EARLY,
        tests=("tests/handoff/test_store_engine.py",),
    ),
    Mutant(
        name="a conversation is not locked while it is numbered",
        path="handoff/store/unit.py",
        old='.where(conversations.c.id == bindparam("id")).with_for_update()',
        new='.where(conversations.c.id == bindparam("id"))',
        tests=("tests/handoff/test_core_concurrency.py",),
    ),
    Mutant(
        name="the ticket is written in a transaction of its own",
        path="handoff/store/unit.py",
        old="        await self._flush_ticket()\n",
        new=OWN_TRANSACTION + "        await self._flush_ticket()\n",
        tests=(CRASHES,),
    ),
    Mutant(
        name="a ticket's range of the log stands still",
        path="handoff/store/unit.py",
        old="            self.change_ticket(seq_upto=self.record.last_seq)\n",
        new="            self.change_ticket()\n",
        tests=("tests/handoff/test_core_machine.py",),
    ),
    Mutant(
        name="an episode gets a ticket with every handoff",
        path="handoff/episodes.py",
        old="    opened = unit.episode_ticket is None\n",
        new="    opened = True\n",
        tests=("tests/handoff/test_core_machine.py",),
    ),
    Mutant(
        name="the epoch of an answer is not checked",
        path="handoff/conversation.py",
        old="    if state.epoch != epoch:\n",
        new="    if state.epoch < 0:\n",
        tests=("tests/handoff/test_conversation_states.py",),
    ),
    Mutant(
        name="an answer is stored whoever has the conversation",
        path="handoff/turns.py",
        old="        return decided.code.value\n    return None if",
        new="        return None\n    return None if",
        tests=(RACES,),
    ),
    Mutant(
        name="a turn's lease is not checked when its answer is stored",
        path="handoff/turns.py",
        old='return None if unit.record.lease_token == claim.token else "lease_lost"',
        new="return None",
        tests=(TURNS,),
    ),
    Mutant(
        name="a turn is claimed by the host's clock",
        path="handoff/turns.py",
        old="            shared_now = await self._ports.shared_now(transaction.connection)\n",
        new="            shared_now = now\n",
        tests=(SHARED_CLOCK,),
    ),
    Mutant(
        name="gateways write their own clock's time",
        path="handoff/database_clock.py",
        old="        if self._measured is None:\n            return",
        new="        if True:\n            return",
        tests=(SHARED_CLOCK,),
    ),
    Mutant(
        name="an answer does not say what it answered",
        path="handoff/turns.py",
        old="        answered_seq=claim.message.seq,\n",
        new="",
        tests=(TURNS,),
    ),
    Mutant(
        name="any agent may write in a colleague's conversation",
        path="handoff/conversation.py",
        old="    if state.owner is not Owner.AGENT or state.agent_id != agent_id:\n",
        new="    if state.owner is not Owner.AGENT:\n",
        tests=("tests/handoff/test_desk_use_cases.py",),
    ),
    Mutant(
        name="who takes a ticket last has it",
        path="handoff/conversation.py",
        old="        if not force:\n",
        new="        if force is None:\n",
        tests=(RACES,),
    ),
    Mutant(
        name="the watchdog finds nothing late",
        path="handoff/overdue.py",
        old="events.c.created_at <= now - older_than",
        new="events.c.created_at <= now - 1000 * older_than",
        tests=("tests/handoff/test_overdue.py",),
    ),
    Mutant(
        name="a worker keeps a try whose lease is over",
        path="handoff/work/worker.py",
        old="                self._tasks[other.token].cancel()",
        new="                continue",
        tests=("tests/handoff/work/test_worker.py",),
    ),
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
        new=LEASES.replace("until[one.token]", "now"),
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
    Mutant(
        name="a call with a key is not marked with its effect",
        path="handoff/store/engine.py",
        old="                        await along(connection)\n",
        new="                        pass\n",
        tests=("tests/handoff/tokens/test_idempotency_store.py",),
    ),
    Mutant(
        name="a token keeps what its owner's role no longer allows",
        path="bot/api/staff.py",
        old="SCOPES_OF[token.owner.role] & frozenset(token.scopes)",
        new="frozenset(token.scopes)",
        tests=("tests/bot/test_token_api.py",),
    ),
    Mutant(
        name="an older version overwrites a newer one",
        path="handoff/versions.py",
        old="if expected is not None and current not in expected:",
        new="if False:",
        tests=("tests/handoff/tokens/test_token_rules.py",),
    ),
    Mutant(
        name="a rule fires again because of a change by rules",
        path="handoff/rules/engine.py",
        old="if trigger is None or rule.id in done or not holds(rule.when, facts):",
        new="if trigger is None or not holds(rule.when, facts):",
        tests=("tests/handoff/rules/test_engine.py",),
    ),
    Mutant(
        name="rules wake rules in chains without end",
        path="handoff/rules/running.py",
        old="if facts.ticket is None or any(event.kind == EVENT for event in facts.events):",
        new="if facts.ticket is None:",
        tests=("tests/handoff/rules/test_running.py",),
    ),
    Mutant(
        name="a rule talks over whoever talks",
        path="handoff/rules/engine.py",
        old="if surroundings.actor is None and facts.owner not in (Owner.QUEUE, Owner.CLOSED):",
        new="if False:",
        tests=("tests/handoff/rules/test_engine.py",),
    ),
    Mutant(
        name="a claimed address joins two people",
        path="handoff/customers/store.py",
        old="        customer_identities.c.verified,\n",
        new="",
        tests=("tests/handoff/customers/test_customers.py",),
    ),
    Mutant(
        name="likeness alone makes an emergency",
        path="handoff/triage.py",
        old="priority=max(priority, HIGHEST_BY_PROTOTYPE) if limits else priority,",
        new="priority=priority,",
        tests=("tests/handoff/test_triage.py",),
    ),
    Mutant(
        name="a milder message lowers a priority",
        path="handoff/ticket.py",
        old="    return assessed if may_fall else min(current, assessed)\n",
        new="    return assessed\n",
        tests=("tests/handoff/test_priority.py",),
    ),
    Mutant(
        name="money is taken off the table by a sentence",
        path="handoff/triage_reading.py",
        old="            if at >= retracted or code in LASTING or code in STEERING:\n",
        new="            if at >= retracted or code in STEERING:\n",
        tests=("tests/handoff/test_triage.py",),
    ),
    Mutant(
        name="who speaks of suicide is not told whom to call",
        path="handoff/priority.py",
        old="    if LIFE_IN_DANGER not in spoken or LIFE_IN_DANGER in known:\n",
        new="    if LIFE_IN_DANGER in known or LIFE_IN_DANGER in spoken:\n",
        tests=("tests/handoff/test_priority.py",),
    ),
    Mutant(
        name="a change of priority by triage is not audited",
        path="handoff/priority.py",
        old="    if priority != ticket.priority:\n        await _note_change",
        new="    if priority > ticket.priority:\n        await _note_change",
        tests=("tests/handoff/test_priority.py",),
    ),
    Mutant(
        name="lost hints stay lost",
        path="bot/realtime/lookout.py",
        old="reader.reached.get(topic, head) < head",
        new="reader.reached.get(topic, head) > head",
        tests=("tests/bot/test_lookout.py",),
    ),
)


@asynccontextmanager
async def committed_late(
    engine: AsyncEngine, options: Mapping[str, Any], *, late: bool
) -> AsyncIterator[AsyncConnection]:
    """What a mutant does instead of a transaction: whoever waits is told a moment too early.

    Not so in migrations and the like, or nothing would work at all.
    """
    connection = await engine.connect().start()
    await connection.execution_options(**options)
    transaction = await connection.begin()
    try:
        yield connection
    except BaseException:
        await transaction.rollback()
        await connection.close()
        raise

    async def commit() -> None:
        await transaction.commit()
        await connection.close()

    async def commit_later() -> None:
        await asyncio.sleep(0.01)
        await commit()

    if not late:
        await commit()
        return
    _late.add(task := asyncio.create_task(commit_later()))
    task.add_done_callback(_late.discard)


def stale_mutants() -> list[str]:
    """Gives the names of the mutants whose code is not there any more, or not once."""
    return [
        mutant.name
        for mutant in MUTANTS
        if (ROOT / mutant.path).read_text("utf-8").count(mutant.old) != 1
    ]


def try_mutant(mutant: Mutant, copy: Path) -> bool:
    """Applies a mutant to the copy and takes it back; gives whether a test failed."""
    file = copy / mutant.path
    source = file.read_text("utf-8")
    file.write_text(source.replace(mutant.old, mutant.new), "utf-8")
    try:
        return not run_tests(mutant.tests, copy)
    finally:
        file.write_text(source, "utf-8")


def run_tests(tests: tuple[str, ...], copy: Path, *, limit_s: float = LIMIT_S) -> bool:
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
        timeout=limit_s,
        check=False,
    )
    if ran.returncode > 1 or (ran.returncode == 1 and "\nFAILED " not in ran.stdout):
        raise RuntimeError(ran.stdout[-2000:] + ran.stderr[-2000:])
    return ran.returncode == 0


def main(words: list[str]) -> int:
    """Prints what became of each mutant; gives the exit code."""
    wanted = [one for one in MUTANTS if not words or any(word in one.name for word in words)]
    if stale := stale_mutants():
        print("The code has changed, mend these mutants: " + "; ".join(stale))
        return 1
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            ignored = shutil.ignore_patterns("node_modules", "__pycache__")
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        shutil.copy(ROOT / "pyproject.toml", copy)
        tests = tuple(dict.fromkeys(test for mutant in wanted for test in mutant.tests))
        if not run_tests(tests, copy, limit_s=LIMIT_S * len(tests)):
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
