"""A worker: takes jobs, runs their handlers, keeps their leases, and ends in order.

One per process. Hints (`wake`) start work at once; without them the table is read every second, and
exactly when the next job is due. Any error of a handler is a failed try, never the worker's end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from handoff.crash_points import crash_point
from handoff.errors import StoreUnavailable
from handoff.store.engine import Database
from handoff.work.clock import database_now
from handoff.work.model import LeasedJob, NewJob
from handoff.work.outbox import enqueue
from handoff.work.outcome import Done, JobFailed, LeaseLost
from handoff.work.queue import JobQueue
from handoff.work.rules import Limits, Place, room_left, slot_key, slot_start

logger = logging.getLogger(__name__)

LEASE_S: Final = 30.0
POLL_S: Final = 1.0
# After a look that found nothing: in a busy minute every change is a hint that there is more.
LOOK_GAP_S: Final = 0.02
# How often a worker looks whether a new slot of a schedule has begun.
SCHEDULE_LOOK_S: Final = 20.0
# After errors in a row: rather slow than a loop that does nothing but fail.
LONGEST_BACK_OFF_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """How one kind of job is done.

    Attributes:
        run: Does it; gives `Done`, or raises `JobFailed`. Anything else it raises is a passing
            failure.
        limit_s: Longer is a passing failure as well.
        lease_s: How soon another worker takes over when this one is lost; None for the worker's
            usual lease. Short for what must not be late.
    """

    run: Callable[[LeasedJob], Awaitable[Done]]
    limit_s: float = 60.0
    lease_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Work that comes back: once in each slot of `every`, over all processes.

    Slots that passed while nothing ran are not made up for.
    """

    kind: str
    every: timedelta
    lane: str = "maintenance"


class Worker:
    """`run` until cancelled or drained; `wake` may be called from anywhere in the loop's thread."""

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        handlers: Mapping[str, Handler],
        *,
        name: str,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        schedules: Sequence[Schedule] = (),
        lease_s: float = LEASE_S,
        poll_s: float = POLL_S,
    ) -> None:
        """Touches nothing.

        Args:
            database: For schedules.
            queue: The jobs.
            handlers: By kind; other kinds are left to other workers.
            name: Shown to operators beside the jobs it has.
            limits: How much it does at once.
            schedules: Recurring work that it writes into the table.
            lease_s: How soon another worker takes over when this one is lost.
            poll_s: How long a hint from another process may cost.
        """
        self._database = database
        self._queue = queue
        self._handlers = dict(handlers)
        self._name = name
        self._limits = limits
        self._schedules = tuple(schedules)
        self._lease_s = lease_s
        self._leases = {
            kind: handler.lease_s
            for kind, handler in self._handlers.items()
            if handler.lease_s is not None
        }
        self._poll_s = poll_s
        self._awake = asyncio.Event()
        # By token: a job whose lease ran out here may come back while its last try still runs.
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._leased: dict[str, LeasedJob] = {}
        self._slots_made: set[str] = set()
        self._look_at_schedules = 0.0
        self._broken_passes = 0
        self._running = False
        self._stopping = False

    @property
    def in_flight(self) -> int:
        """How many jobs it has now."""
        return len(self._tasks)

    @property
    def is_working(self) -> bool:
        """Whether `run` is at work and its last look at the database did not break."""
        return self._running and self._broken_passes == 0

    def wake(self) -> None:
        """Makes it look for work now."""
        self._awake.set()

    async def run(self) -> None:
        """Works until `drain` or cancellation; no error ends it."""
        self._running = True
        renewing = asyncio.create_task(self._keep_leases(), name="leases")
        try:
            while not self._stopping:
                self._awake.clear()
                pause_s = await self._pass_safely()
                if pause_s > 0 and not self._stopping:
                    await asyncio.sleep(LOOK_GAP_S)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(pause_s):
                            await self._awake.wait()
        finally:
            self._running = False
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def drain(self, *, grace_s: float) -> None:
        """Takes nothing new, lets running jobs end, and gives the rest back untried."""
        self._stopping = True
        self.wake()
        running = tuple(self._tasks.values())
        if running:
            _done, late = await asyncio.wait(running, timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _pass_safely(self) -> float:
        """One look at the table; gives the seconds until the next one."""
        try:
            pause_s = await self._pass()
        except StoreUnavailable as error:
            self._broken_passes += 1
            logger.warning("looking for work failed: %s", error)
        except Exception:
            # The rim: without this loop jobs would be stored and never done.
            self._broken_passes += 1
            logger.exception("looking for work broke")
        else:
            self._broken_passes = 0
            return pause_s
        return min(self._poll_s * 2.0 ** min(self._broken_passes, 10), LONGEST_BACK_OFF_S)

    async def _pass(self) -> float:
        await self._make_slots()
        running = [_place(leased) for leased in self._leased.values()]
        if room_left(self._limits, running).slots == 0:
            return self._poll_s
        claimed = await self._queue.claim(
            kinds=self._handlers.keys(),
            limits=self._limits,
            running=running,
            worker=self._name,
            lease_s=self._lease_s,
            leases=self._leases,
        )
        for leased in claimed.jobs:
            self._start(leased)
        if claimed.jobs:
            return 0.0
        # A due job that did not fit, or that somebody else was looking at, is tried again soon.
        wait_s = self._poll_s if claimed.wait_s is None else max(claimed.wait_s, 0.02)
        return min(wait_s, self._poll_s)

    async def _make_slots(self) -> None:
        """Writes the running slot of each schedule, once per slot and process."""
        if not self._schedules or time.monotonic() < self._look_at_schedules:
            return
        async with self._database.read() as connection:
            now = await database_now(connection)
        wanted = {
            slot_key(schedule.kind, now, schedule.every): schedule for schedule in self._schedules
        }
        if wanted.keys() - self._slots_made:
            crash_point("timer.due")
            async with self._database.write() as transaction:
                await enqueue(
                    transaction,
                    *(
                        NewJob(
                            kind=schedule.kind,
                            key=key,
                            lane=schedule.lane,
                            at=slot_start(now, schedule.every),
                            # The next slot does it again; an old one must not run beside it.
                            keep_trying_s=schedule.every.total_seconds(),
                        )
                        for key, schedule in wanted.items()
                    ),
                )
            self._slots_made = set(wanted)
        self._look_at_schedules = time.monotonic() + SCHEDULE_LOOK_S

    def _start(self, leased: LeasedJob) -> None:
        job, token = leased.job, leased.token
        for other in self._leased.values():
            if other.job.id == job.id:
                self._tasks[other.token].cancel()  # its lease is over: what it does counts no more
        self._leased[token] = leased
        task = asyncio.create_task(self._work(leased), name=f"job:{job.kind}:{job.id}")
        self._tasks[token] = task
        task.add_done_callback(lambda _task: self._ended(token))

    def _ended(self, token: str) -> None:
        del self._tasks[token], self._leased[token]
        self.wake()

    async def _work(self, leased: LeasedJob) -> None:
        crash_point("job.leased")
        try:
            outcome = await self._try(leased)
            crash_point("job.tried")
            try:
                await self._settle(leased, outcome)
            except (LeaseLost, StoreUnavailable):
                raise
            except Exception as error:
                # Its effect broke and was taken back with everything else: a failed try.
                logger.exception("job %s of kind %s broke", leased.job.id, leased.job.kind)
                await self._settle(leased, _broken(error))
            crash_point("job.settled")
        except LeaseLost:
            logger.warning("job %s went to another worker; its result is dropped", leased.job.id)
        except StoreUnavailable as error:
            # The lease ends by itself and the job is tried again.
            logger.warning("job %s was not settled: %s", leased.job.id, error)
        except asyncio.CancelledError:
            with contextlib.suppress(StoreUnavailable):
                await asyncio.shield(self._queue.release(leased))
            raise
        except Exception:
            logger.exception("settling job %s broke", leased.job.id)

    async def _try(self, leased: LeasedJob) -> Done | JobFailed:
        handler = self._handlers[leased.job.kind]
        try:
            async with asyncio.timeout(handler.limit_s):
                return await handler.run(leased)
        except JobFailed as failure:
            return failure
        except TimeoutError:
            return JobFailed(f"took longer than {handler.limit_s:g} s")
        except StoreUnavailable as error:
            return JobFailed(error.code)
        except Exception as error:
            # Its text may hold a visitor's words: the log has the trace, the job only the type.
            logger.exception("job %s of kind %s broke", leased.job.id, leased.job.kind)
            return _broken(error)

    async def _settle(self, leased: LeasedJob, outcome: Done | JobFailed) -> None:
        """Stores the outcome; while the database is away, again and again for as long as a lease.

        What was done outside would otherwise be done a second time.
        """
        deadline = time.monotonic() + self._lease_s
        pause_s = 0.1
        while True:
            try:
                if isinstance(outcome, Done):
                    await self._queue.finish(leased, outcome)
                else:
                    await self._queue.fail(leased, outcome)
                return
            except StoreUnavailable:
                if time.monotonic() + pause_s > deadline:
                    raise
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, 2.0)

    async def _keep_leases(self) -> None:
        """Prolongs the leases of what takes long; stops what has gone to another worker."""
        while True:
            await asyncio.sleep(min((self._lease_s, *self._leases.values())) / 3)
            held = tuple(self._leased.values())
            if not held:
                continue
            try:
                lost = await self._queue.renew(held, lease_s=self._lease_s, leases=self._leases)
            except StoreUnavailable as error:
                logger.warning("leases were not prolonged: %s", error)
                continue
            except Exception:
                logger.exception("prolonging leases broke")
                continue
            for token in lost & self._tasks.keys():
                self._tasks[token].cancel()


def _broken(error: Exception) -> JobFailed:
    return JobFailed(f"broke with {type(error).__name__}")


def _place(leased: LeasedJob) -> Place:
    return Place(lane=leased.job.lane, group=leased.job.group)
