"""Random histories of one conversation against the pure rules: many more than a test may play."""

from __future__ import annotations

import time
from collections.abc import Iterable

from tests.faults.promises import Promise
from tests.faults.report import Options, Row
from tests.handoff.test_core_machine import play_histories


def run(options: Options) -> Iterable[Row]:
    """Visitor, bot, watchdog and agents do anything in any order; store and rules must agree.

    Hypothesis chooses the histories; what it finds it makes small and prints.
    """
    examples = 10 if options.short else 300
    for kind in options.databases:
        began = time.monotonic()
        violations = 0
        try:
            n_steps = play_histories(kind, examples=examples)
        except AssertionError as error:
            violations, n_steps = 1, 0
            print(f"    {error}")
        yield Row(
            promise=Promise.TICKET,
            faults="histories in any order, late results and lost leases among them",
            database=kind,
            injected=examples,
            checked=n_steps,
            violations=violations,
            seconds=round(time.monotonic() - began, 1),
            details="owner, epoch, episode, numbering, ticket and priority after every step",
        )
