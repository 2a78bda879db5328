"""Writes jobs inside the transaction of the fact that causes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.ids import new_id
from handoff.store.engine import Transaction
from handoff.store.tables import jobs
from handoff.store.upsert import upsert_into
from handoff.work.clock import moment_from_now
from handoff.work.model import JobState, NewJob
from handoff.work.rules import rank_of

# The hint that wakes the workers of this process; others find the job when they look.
WORK_TOPIC: Final = "work"
_NOTHING: Final = timedelta(0)


async def enqueue(transaction: Transaction, *new: NewJob) -> frozenset[str]:
    """Stores jobs that are not stored yet; they exist exactly if the transaction commits.

    Returns:
        The keys that are new. The others name work that is known already, done or not.
    """
    if not new:
        return frozenset()
    connection = transaction.connection
    statement = (
        upsert_into(connection, jobs)
        .values([_values(connection, job) for job in new])
        .on_conflict_do_nothing(index_elements=[jobs.c.key])
        .returning(jobs.c.key)
    )
    stored = frozenset((await connection.execute(statement)).scalars())
    if stored:
        transaction.publish(WORK_TOPIC)
    return stored


def _values(connection: AsyncConnection, job: NewJob) -> dict[str, Any]:
    delay = timedelta(seconds=job.delay_s)

    def moment(plus: timedelta) -> Any:
        return moment_from_now(connection, delay + plus) if job.at is None else job.at + plus

    now = moment_from_now(connection, _NOTHING)
    return {
        "id": new_id(),
        "kind": job.kind,
        "key": job.key,
        "lane": job.lane,
        "group_id": job.group,
        "subject": job.subject,
        "priority": job.priority,
        "payload": job.payload,
        "state": JobState.TODO.value,
        "due_at": moment(_NOTHING),
        "rank_at": moment(rank_of(datetime.min, job.priority) - datetime.min),
        "give_up_at": moment(timedelta(seconds=job.keep_trying_s)),
        "attempts": 0,
        "refusals": 0,
        "losses": 0,
        "created_at": now,
        "updated_at": now,
    }
