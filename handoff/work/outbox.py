"""Writes jobs inside the transaction of the fact that causes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.ids import new_id
from handoff.store.engine import Transaction
from handoff.store.tables import jobs
from handoff.store.upsert import upsert_into
from handoff.work.clock import moment_parameter, moment_value
from handoff.work.model import JobState, NewJob
from handoff.work.rules import rank_of

# The hint that wakes the workers of this process; others find the job when they look.
WORK_TOPIC: Final = "work"
_NOTHING: Final = timedelta(0)
_PLAIN: Final = ("id", "kind", "key", "lane", "group_id", "subject", "priority", "payload")
_TIMES: Final = ("due_at", "rank_at", "give_up_at")
_STAMPS: Final = ("created_at", "updated_at")
_STATEMENTS: Final[dict[tuple[str, bool], Any]] = {}


async def enqueue(transaction: Transaction, *new: NewJob) -> frozenset[str]:
    """Stores jobs that are not stored yet; they exist exactly if the transaction commits.

    Returns:
        The keys that are new. The others name work that is known already, done or not.
    """
    connection = transaction.connection
    stored: set[str] = set()
    for job in new:
        statement = _statement(connection, from_now=job.at is None)
        values = _values(connection.dialect.name, job)
        stored.update((await connection.execute(statement, values)).scalars())
    if stored:
        transaction.publish(WORK_TOPIC)
    return frozenset(stored)


def _statement(connection: AsyncConnection, *, from_now: bool) -> Any:
    """Gives the statement, built once: putting it together costs more than running it.

    Args:
        connection: Says for which database.
        from_now: Whether the job's times are counted from now, or moments.
    """
    dialect = connection.dialect.name
    known = _STATEMENTS.get((dialect, from_now))
    if known is not None:
        return known
    values: dict[str, Any] = {name: moment_parameter(dialect, name) for name in _STAMPS}
    for name in _TIMES:
        values[name] = moment_parameter(dialect, name) if from_now else bindparam(name)
    statement = (
        upsert_into(connection, jobs)
        .values(
            {name: bindparam(name) for name in _PLAIN}
            | values
            | {"state": JobState.TODO.value, "attempts": 0, "refusals": 0, "losses": 0}
        )
        .on_conflict_do_nothing(index_elements=[jobs.c.key])
        .returning(jobs.c.key)
    )
    return _STATEMENTS.setdefault((dialect, from_now), statement)


def _values(dialect: str, job: NewJob) -> dict[str, Any]:
    delay = timedelta(seconds=job.delay_s)

    def moment(plus: timedelta) -> timedelta | datetime:
        return moment_value(dialect, delay + plus) if job.at is None else job.at + plus

    return {
        "id": new_id(),
        "kind": job.kind,
        "key": job.key,
        "lane": job.lane,
        "group_id": job.group,
        "subject": job.subject,
        "priority": job.priority,
        "payload": job.payload,
        "due_at": moment(_NOTHING),
        "rank_at": moment(rank_of(datetime.min, job.priority) - datetime.min),
        "give_up_at": moment(timedelta(seconds=job.keep_trying_s)),
        "created_at": moment_value(dialect, _NOTHING),
        "updated_at": moment_value(dialect, _NOTHING),
    }
