"""The store side of workers: take due jobs under a lease, keep the lease, settle the outcome.

What happens is decided in `rules`; here it is read under lock and written. Workers of any number of
processes share the table: PostgreSQL skips rows that another one looks at, SQLite lets one writer
in at a time. A lease is a token; whatever comes with an older token changes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.crash_points import crash_point
from handoff.ids import new_id
from handoff.ports import Publisher
from handoff.store.engine import Database, Transaction
from handoff.store.tables import JOB_IS_TODO, jobs
from handoff.work.clock import database_now
from handoff.work.model import LOWEST, FailureKind, Job, JobState, LeasedJob
from handoff.work.outbox import WORK_TOPIC
from handoff.work.outcome import Done, JobFailed, LeaseLost
from handoff.work.rules import (
    Again,
    GiveUp,
    Limits,
    Place,
    Room,
    Taking,
    choose,
    decide_failure,
    decide_taking,
    holds_lease,
    rank_of,
    room_left,
)

# More than fit, so that a full group at the head of the queue does not hide the others.
_LOOK_AHEAD: Final = 32
# How many of a group's waiting retries one success brings forward; each of them brings more.
_NUDGED: Final = 20
_ERROR_CHARS: Final = 500

# Built once: putting a statement together costs more than running it.
_UPDATE_BY_ID: Final = update(jobs).where(jobs.c.id == bindparam("job_id"))
_LOCKED: Final = select(jobs).where(jobs.c.id == bindparam("job_id")).with_for_update()
_LEASE_COLUMNS: Final = (
    "due_at", "rank_at", "attempts", "losses", "lease_token", "leased_by", "updated_at",
)  # fmt: skip
_LEASE: Final = _UPDATE_BY_ID.values({name: bindparam(name) for name in _LEASE_COLUMNS})
_SETTLED_COLUMNS: Final = ("state", "error", "result", "updated_at", "finished_at")
_SETTLE: Final = _UPDATE_BY_ID.values(
    {name: bindparam(name) for name in _SETTLED_COLUMNS} | {"lease_token": None}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What a worker got, and seconds until the next job is due; None if none is known."""

    jobs: tuple[LeasedJob, ...] = ()
    wait_s: float | None = None


# Without statistics SQLite would rather read all jobs of a state, or all that a receiver ever had.
_INDEXED: Final = "INDEXED BY ix_jobs_todo_"


class JobQueue:
    """What workers do with the table, each in one transaction."""

    def __init__(
        self,
        database: Database,
        *,
        publisher: Publisher | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Touches nothing.

        Args:
            database: Where the jobs are.
            publisher: Told of what effects and retries bring; None for nobody.
            chance: Uniform in [0, 1), for the jitter.
        """
        self._database = database
        self._publisher = publisher
        self._chance = chance

    async def claim(
        self,
        *,
        kinds: Collection[str],
        limits: Limits,
        running: Sequence[Place] = (),
        worker: str,
        lease_s: float,
        leases: Mapping[str, float] = {},
    ) -> Claimed:
        """Takes as many due jobs as there is room for, most urgent first.

        Args:
            kinds: What this worker can do; other kinds are left to those who can.
            limits: How much it does at once.
            running: What it does already.
            worker: Its name, for operators.
            lease_s: How long the jobs are its own unless it renews the lease.
            leases: The same for kinds with a lease of their own.
        """
        room = room_left(limits, running)
        if room.slots == 0 or not kinds:
            return Claimed()
        suitable = _suitable(kinds, room)
        # Looking costs no lock and, on SQLite, no write.
        wait_s = await self._wait_s(suitable)
        if wait_s is None or wait_s > 0:
            return Claimed(wait_s=wait_s)
        async with self._database.write(self._publisher) as transaction:
            now = await database_now(transaction.connection)
            found = await _look(transaction.connection, suitable, now)
            await self._bury_lost(transaction, found, now)
            takeable = [job for job in found if _taking(job, now) is Taking.TAKE]
            places = [Place(lane=job.lane, group=job.group) for job in takeable]
            chosen = [takeable[i] for i in choose(places, limits, running)]
            leased = [LeasedJob(job=job, token=new_id()) for job in chosen]
            until = {one.token: _until(now, one, lease_s, leases) for one in leased}
            await _write_leases(transaction, leased, worker=worker, now=now, until=until)
        return Claimed(jobs=tuple(leased), wait_s=0.0)

    async def renew(
        self,
        leased: Sequence[LeasedJob],
        *,
        lease_s: float,
        leases: Mapping[str, float] = {},
    ) -> frozenset[str]:
        """Prolongs leases; gives the tokens that no longer hold: those jobs are in other hands."""
        lost = set()
        async with self._database.write() as transaction:
            now = await database_now(transaction.connection)
            # In one order everywhere, so that two renewals cannot wait for each other.
            for one in sorted(leased, key=lambda one: one.job.id):
                until = _until(now, one, lease_s, leases)
                changed = await transaction.connection.execute(
                    update(jobs)
                    .where(
                        jobs.c.id == one.job.id,
                        jobs.c.lease_token == one.token,
                        jobs.c.state == JobState.TODO.value,
                    )
                    .values(due_at=until, rank_at=rank_of(until, one.job.priority))
                )
                if changed.rowcount == 0:
                    lost.add(one.token)
        return frozenset(lost)

    async def finish(self, leased: LeasedJob, done: Done) -> None:
        """Marks a job as done, together with its effect; both or neither.

        Raises:
            LeaseLost: The job is in other hands or settled; nothing was changed.
        """
        async with self._database.write(self._publisher) as transaction:
            job = await _held(transaction, leased)
            if done.effect is not None:
                await done.effect(transaction)
                crash_point("job.effect")
            now = await database_now(transaction.connection)
            await _settle(transaction, job, JobState.DONE, now, error=None, result=done.result)
            if job.group is not None:
                await _nudge_group(transaction, job.group, now)

    async def fail(self, leased: LeasedJob, failure: JobFailed) -> Again | GiveUp:
        """Notes a failed try; gives what becomes of the job.

        Raises:
            LeaseLost: As `finish`.
        """
        async with self._database.write(self._publisher) as transaction:
            job = await _held(transaction, leased)
            now = await database_now(transaction.connection)
            refusals = job.refusals + 1 if failure.kind is FailureKind.REFUSED else 0
            decided = decide_failure(
                failure.kind,
                attempts=job.attempts,
                refusals=refusals,
                now=now,
                give_up_at=job.give_up_at,
                chance=self._chance(),
                after_s=failure.after_s,
            )
            if isinstance(decided, GiveUp):
                error = f"{failure.reason} ({decided.why})"
                await _settle(
                    transaction, job, JobState.DEAD, now, error=error, result=failure.result
                )
                return decided
            await transaction.connection.execute(
                update(jobs)
                .where(jobs.c.id == job.id)
                .values(
                    due_at=decided.at,
                    rank_at=rank_of(decided.at, job.priority),
                    refusals=refusals,
                    losses=0,
                    lease_token=None,
                    error=failure.reason[:_ERROR_CHARS],
                    result=failure.result,
                    updated_at=now,
                )
            )
            return decided

    async def release(self, leased: LeasedJob) -> None:
        """Gives a job back untried, such as at the end of the process; harmless if it is lost."""
        async with self._database.write(self._publisher) as transaction:
            now = await database_now(transaction.connection)
            changed = await transaction.connection.execute(
                update(jobs)
                .where(
                    jobs.c.id == leased.job.id,
                    jobs.c.lease_token == leased.token,
                    jobs.c.state == JobState.TODO.value,
                )
                .values(
                    due_at=now,
                    rank_at=rank_of(now, leased.job.priority),
                    attempts=jobs.c.attempts - 1,
                    lease_token=None,
                    leased_by=None,
                )
            )
            if changed.rowcount:
                transaction.publish(WORK_TOPIC)

    async def trim(self, *, keep: timedelta, limit: int = 500) -> int:
        """Deletes what has been done or discarded for longer than `keep`; gives how many.

        Dead jobs stay until a person decides.
        """
        async with self._database.write() as transaction:
            before = await database_now(transaction.connection) - keep
            old = (
                select(jobs.c.id)
                .where(
                    jobs.c.state.in_((JobState.DONE.value, JobState.DISCARDED.value)),
                    jobs.c.finished_at < before,
                )
                .order_by(jobs.c.id)
                .limit(limit)
            )
            gone = await transaction.connection.execute(delete(jobs).where(jobs.c.id.in_(old)))
            return gone.rowcount

    async def _wait_s(self, suitable: Sequence[ColumnElement[bool]]) -> float | None:
        query = (
            select(jobs.c.due_at)
            .with_hint(jobs, f"{_INDEXED}due_at", "sqlite")
            .where(JOB_IS_TODO, *suitable)
            .order_by(jobs.c.due_at)
            .limit(1)
        )
        async with self._database.read() as connection:
            due_at: datetime | None = (await connection.execute(query)).scalar_one_or_none()
            if due_at is None:
                return None
            now = await database_now(connection)
        return max(0.0, (due_at - now).total_seconds())

    async def _bury_lost(
        self, transaction: Transaction, found: Sequence[Job], now: datetime
    ) -> None:
        for job in found:
            if _taking(job, now) is Taking.BURY:
                error = f"its worker was lost {job.losses + 1} times in a row"
                await _settle(transaction, job, JobState.DEAD, now, error=error, result=job.result)


def job_of(row: Row[Any]) -> Job:
    """Makes a job from a row of the table."""
    values = dict(row._mapping)
    del values["rank_at"]
    return Job(group=values.pop("group_id"), state=JobState(values.pop("state")), **values)


def _suitable(kinds: Collection[str], room: Room) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [jobs.c.kind.in_(sorted(kinds))]
    if room.full_lanes:
        conditions.append(jobs.c.lane.not_in(sorted(room.full_lanes)))
    if room.full_groups:
        free = jobs.c.group_id.not_in(sorted(room.full_groups))
        conditions.append(or_(jobs.c.group_id.is_(None), free))
    return conditions


async def _look(
    connection: AsyncConnection, suitable: Sequence[ColumnElement[bool]], now: datetime
) -> list[Job]:
    query = (
        select(jobs)
        .with_hint(jobs, f"{_INDEXED}rank_at", "sqlite")
        .where(JOB_IS_TODO, *suitable, jobs.c.due_at <= now, jobs.c.rank_at <= rank_of(now, LOWEST))
        .order_by(jobs.c.rank_at)
        .limit(_LOOK_AHEAD)
        .with_for_update(skip_locked=True)
    )
    return [job_of(row) for row in (await connection.execute(query)).all()]


def _taking(job: Job, now: datetime) -> Taking:
    return decide_taking(
        state=job.state,
        leased=job.lease_token is not None,
        due_at=job.due_at,
        losses=job.losses,
        now=now,
    )


async def _write_leases(
    transaction: Transaction,
    leased: Sequence[LeasedJob],
    *,
    worker: str,
    now: datetime,
    until: Mapping[str, datetime],
) -> None:
    if not leased:
        return
    rows = [
        {
            "job_id": one.job.id,
            "due_at": until[one.token],
            "rank_at": rank_of(until[one.token], one.job.priority),
            "attempts": one.job.attempts + 1,
            "losses": one.job.losses + 1 if one.job.lease_token is not None else 0,
            "lease_token": one.token,
            "leased_by": worker[:100],
            "updated_at": now,
        }
        for one in leased
    ]
    await transaction.connection.execute(_LEASE, rows)


def _until(
    now: datetime, leased: LeasedJob, lease_s: float, leases: Mapping[str, float]
) -> datetime:
    return now + timedelta(seconds=leases.get(leased.job.kind, lease_s))


async def _held(transaction: Transaction, leased: LeasedJob) -> Job:
    row = (await transaction.connection.execute(_LOCKED, {"job_id": leased.job.id})).first()
    if row is None:
        raise LeaseLost(leased.job.id)
    job = job_of(row)
    if not holds_lease(state=job.state, stored_token=job.lease_token, token=leased.token):
        raise LeaseLost(leased.job.id)
    return job


async def _settle(
    transaction: Transaction,
    job: Job,
    state: JobState,
    now: datetime,
    *,
    error: str | None,
    result: Any,
) -> None:
    await transaction.connection.execute(
        _SETTLE,
        {
            "job_id": job.id,
            "state": state.value,
            "error": None if error is None else error[:_ERROR_CHARS],
            "result": result,
            "updated_at": now,
            "finished_at": now,
        },
    )


async def _nudge_group(transaction: Transaction, group: str, now: datetime) -> None:
    """Brings the group's retries forward: their receiver answers again."""
    query = (
        select(jobs.c.id, jobs.c.priority)
        .with_hint(jobs, f"{_INDEXED}group_id", "sqlite")
        .where(
            JOB_IS_TODO,
            jobs.c.group_id == group,
            jobs.c.lease_token.is_(None),
            jobs.c.attempts > 0,
            jobs.c.due_at > now,
        )
        .order_by(jobs.c.due_at)
        .limit(_NUDGED)
        .with_for_update(skip_locked=True)
    )
    waiting = (await transaction.connection.execute(query)).all()
    if not waiting:
        return
    await transaction.connection.execute(
        _UPDATE_BY_ID.values(due_at=now, rank_at=bindparam("rank_at")),
        [{"job_id": row.id, "rank_at": rank_of(now, row.priority)} for row in waiting],
    )
    transaction.publish(WORK_TOPIC)
