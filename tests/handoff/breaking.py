"""Tickets whose every change breaks, as those would that a newer release wrote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from handoff.facts import Facts
from handoff.store.engine import Database, Transaction


@contextmanager
def breaking(database: Database, *numbers: str) -> Iterator[None]:
    """Has changes of these tickets fail in their transaction, with an error that nobody expects."""

    async def fail(_transaction: Transaction, facts: Facts) -> None:
        if facts.ticket is not None and facts.ticket.number in numbers:
            raise RuntimeError("this ticket is broken")

    before = database.follow_ups
    database.follow_ups = (*before, fail)
    try:
        yield
    finally:
        database.follow_ups = before
