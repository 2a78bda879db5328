"""What a person does with jobs, from the command line or the admin API: look, retry, discard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from handoff.audit import write_audit
from handoff.errors import JobNotFound, JobSettled
from handoff.ports import Publisher
from handoff.store.engine import Database, Transaction
from handoff.store.tables import JOB_IS_TODO, jobs
from handoff.work.clock import database_now
from handoff.work.model import KEEP_TRYING_S, Job, JobState
from handoff.work.outbox import WORK_TOPIC
from handoff.work.queue import job_of
from handoff.work.rules import rank_of

# One statement's worth; whoever has more dead letters calls again.
_REPLAYED_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkReport:
    """How work stands: jobs by state, and for how long the oldest due one has been waiting."""

    by_state: Mapping[str, int]
    overdue_s: float


class JobDesk:
    """Looks at jobs and changes their fate; every change is in the audit log."""

    def __init__(self, database: Database, *, publisher: Publisher | None = None) -> None:
        self._database = database
        self._publisher = publisher

    async def list(
        self,
        *,
        state: JobState | None = None,
        kind: str | None = None,
        group: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> list[Job]:
        """Gives jobs, newest first.

        Args:
            state: Only these.
            kind: Only these.
            group: Only these, such as one receiver's deliveries.
            before: Only older than this id, to go on with the next page.
            limit: At most so many.
        """
        query = select(jobs).order_by(jobs.c.id.desc()).limit(limit)
        if state is not None:
            query = query.where(jobs.c.state == state.value)
        if kind is not None:
            query = query.where(jobs.c.kind == kind)
        if group is not None:
            query = query.where(jobs.c.group_id == group)
        if before is not None:
            query = query.where(jobs.c.id < before)
        async with self._database.read() as connection:
            return [job_of(row) for row in (await connection.execute(query)).all()]

    async def get(self, job_id: str) -> Job:
        """Gives one job; raises JobNotFound."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(jobs).where(jobs.c.id == job_id))).first()
        if row is None:
            raise JobNotFound(job_id)
        return job_of(row)

    async def report(self) -> WorkReport:
        """Gives how work stands."""
        query = select(jobs.c.state, func.count()).group_by(jobs.c.state)
        oldest = select(func.min(jobs.c.due_at)).where(JOB_IS_TODO)
        async with self._database.read() as connection:
            by_state = {state: n for state, n in (await connection.execute(query)).all()}
            due_at = (await connection.execute(oldest)).scalar_one()
            now = await database_now(connection)
        overdue_s = 0.0 if due_at is None else max(0.0, (now - due_at).total_seconds())
        return WorkReport(
            by_state={state.value: by_state.get(state.value, 0) for state in JobState},
            overdue_s=overdue_s,
        )

    async def retry(self, job_id: str, *, actor_id: str | None) -> Job:
        """Makes a job due now: a dead, discarded or done one from the start, a waiting one early.

        A running one is left alone. Receivers see the same delivery id as before.

        Raises:
            JobNotFound: Unknown id.
        """
        async with self._database.write(self._publisher) as transaction:
            job = await _locked(transaction, job_id)
            if job.state is not JobState.TODO or job.lease_token is None:
                await _start_again(transaction, job)
                await self._audit(transaction, actor_id, "job_retried", job)
        return await self.get(job_id)

    async def retry_dead(
        self, *, kind: str | None = None, group: str | None = None, actor_id: str | None
    ) -> int:
        """Makes dead jobs due now, at most 500 in one go, oldest first; gives how many."""
        query = select(jobs).where(jobs.c.state == JobState.DEAD.value)
        if kind is not None:
            query = query.where(jobs.c.kind == kind)
        if group is not None:
            query = query.where(jobs.c.group_id == group)
        query = query.order_by(jobs.c.id).limit(_REPLAYED_AT_ONCE).with_for_update()
        async with self._database.write(self._publisher) as transaction:
            found = [job_of(row) for row in (await transaction.connection.execute(query)).all()]
            for job in found:
                await _start_again(transaction, job)
                await self._audit(transaction, actor_id, "job_retried", job)
        return len(found)

    async def discard(self, job_id: str, *, actor_id: str | None) -> Job:
        """Gives a job up for good; the result of a worker that has it now will not count.

        Raises:
            JobNotFound: Unknown id.
            JobSettled: It is done or discarded.
        """
        async with self._database.write() as transaction:
            job = await _locked(transaction, job_id)
            if job.state not in (JobState.TODO, JobState.DEAD):
                raise JobSettled(job_id, job.state.value)
            now = await database_now(transaction.connection)
            await transaction.connection.execute(
                update(jobs)
                .where(jobs.c.id == job_id)
                .values(
                    state=JobState.DISCARDED.value,
                    lease_token=None,
                    updated_at=now,
                    finished_at=now,
                )
            )
            await self._audit(transaction, actor_id, "job_discarded", job)
        return await self.get(job_id)

    async def _audit(
        self, transaction: Transaction, actor_id: str | None, act: str, job: Job
    ) -> None:
        now = await database_now(transaction.connection)
        detail: dict[str, Any] = {"kind": job.kind, "key": job.key, "state": job.state.value}
        await write_audit(transaction, now, actor_id, act, f"job:{job.id}", detail)


async def discard_group(transaction: Transaction, group: str) -> None:
    """Gives up whatever a group still has to do, in the caller's transaction."""
    now = await database_now(transaction.connection)
    await transaction.connection.execute(
        update(jobs)
        .where(jobs.c.group_id == group, JOB_IS_TODO)
        .values(state=JobState.DISCARDED.value, lease_token=None, updated_at=now, finished_at=now)
    )


async def _locked(transaction: Transaction, job_id: str) -> Job:
    query = select(jobs).where(jobs.c.id == job_id).with_for_update()
    row = (await transaction.connection.execute(query)).first()
    if row is None:
        raise JobNotFound(job_id)
    return job_of(row)


async def _start_again(transaction: Transaction, job: Job) -> None:
    now = await database_now(transaction.connection)
    await transaction.connection.execute(
        update(jobs)
        .where(jobs.c.id == job.id)
        .values(
            state=JobState.TODO.value,
            due_at=now,
            rank_at=rank_of(now, job.priority),
            give_up_at=now + timedelta(seconds=KEEP_TRYING_S),
            attempts=0,
            refusals=0,
            losses=0,
            lease_token=None,
            updated_at=now,
            finished_at=None,
        )
    )
    transaction.publish(WORK_TOPIC)
