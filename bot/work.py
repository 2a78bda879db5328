"""The background work of Babeldesk: which jobs there are, who does them, what comes back hourly."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.realtime.hub import Hub
from bot.settings import Settings
from bot.votes import COUNT, VoteCounter, note_presses
from bot.watchdog import Watchdog
from bot.webhook_delivery import WebhookDelivery
from handoff.follow_ups import FollowUp
from handoff.overdue import Overdue
from handoff.ports import Clock
from handoff.retention import BATCH, Retention
from handoff.routing.requests import ANSWER, PASS
from handoff.routing.requests import LANE as ROUTING_LANE
from handoff.rules.running import LOOK as LOOK_FOR_RULES
from handoff.rules.running import RUN as RUN_RULES
from handoff.rules.running import plan_rules
from handoff.service import Services
from handoff.sla.keeper import RENEW, TIMER, TIMER_LEASE_S, SlaTimers
from handoff.store.engine import Database
from handoff.store.gate import going_first
from handoff.tickets.indexing import CATCH_UP, INDEX, note_changes
from handoff.tickets.splitting import RELAY, relay_replies
from handoff.tickets.timers import CLOSE_SOLVED, END_HOLD
from handoff.tokens.idempotency import IdempotencyKeys
from handoff.webhooks.model import DELIVER, LANE
from handoff.webhooks.store import Webhooks, announce
from handoff.work.model import LeasedJob
from handoff.work.outbox import WORK_TOPIC
from handoff.work.outcome import Done
from handoff.work.queue import JobQueue
from handoff.work.rules import Limits
from handoff.work.worker import Handler, Schedule, Worker

TRIM: Final = "retention.trim"
TRIM_EVERY: Final = timedelta(hours=1)
RENEW_EVERY: Final = timedelta(minutes=1)
CLOSE_EVERY: Final = timedelta(hours=1)
CATCH_UP_EVERY: Final = timedelta(hours=1)
# One slot's trimming; what is left after that waits for the next hour.
TRIM_LIMIT_S: Final = 300.0
# Everything asks for a look at the queue by itself; this one finds what nobody was left to ask for.
ROUTING_EVERY: Final = timedelta(minutes=1)
ROUTING_LIMIT_S: Final = 60.0
# How late a rule about time may be, beside the work that is due before it.
RULES_EVERY: Final = timedelta(minutes=1)
RULES_LIMIT_S: Final = 120.0
USUAL_AT_ONCE: Final = 8
# Whatever may change a conversation writes these jobs beside the change.
FOLLOW_UPS: Final[tuple[FollowUp, ...]] = (
    note_presses,
    announce,
    relay_replies,
    plan_rules,
    note_changes,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackgroundWork:
    """A process's worker and watchdog with what they hold open."""

    worker: Worker
    watchdog: Watchdog
    delivery: WebhookDelivery
    hub: Hub

    async def run(self) -> None:
        """Works until `drain` or cancellation."""
        listening = asyncio.create_task(self._listen(), name="work-hints")
        try:
            with going_first():
                await self.worker.run()
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def drain(self, *, grace_s: float) -> None:
        """Takes nothing new, lets running jobs end, gives the rest back."""
        await self.worker.drain(grace_s=grace_s)
        await self.delivery.close()

    async def _listen(self) -> None:
        with self.hub.subscribe(WORK_TOPIC) as subscription:
            while not self.hub.closed:
                wake = await subscription.wait(timeout_s=60.0)
                if wake.topics:
                    self.worker.wake()


def build_work(
    settings: Settings,
    database: Database,
    core: Services,
    *,
    hub: Hub,
    clock: Clock,
    master_key: bytes,
    role: str,
) -> BackgroundWork:
    """Assembles the background work of one process; touches nothing.

    Args:
        settings: The whole configuration.
        database: Where the jobs are.
        core: The use cases.
        hub: Hints of this process.
        clock: The time, for the core.
        master_key: The installation's key, from which webhook secrets are derived.
        role: Such as `gateway` or `worker`; part of the name that operators see.
    """
    work = settings.work
    delivery = WebhookDelivery(
        Webhooks(database, master_key=master_key), allowed=work.webhook_private
    )
    queue = JobQueue(database, publisher=hub)
    retention = Retention(database, clock)
    trimming = Trimming(settings, retention, queue, IdempotencyKeys(database))
    handlers = {
        COUNT: Handler(run=VoteCounter(core.visitors).run),
        DELIVER: Handler(run=delivery.run),
        PASS: Handler(run=core.routing.router.run, limit_s=ROUTING_LIMIT_S),
        ANSWER: Handler(run=core.routing.router.run_answer),
        TRIM: Handler(run=trimming.run, limit_s=TRIM_LIMIT_S * 1.5),
        INDEX: Handler(run=core.indexer.index),
        CATCH_UP: Handler(run=core.indexer.catch_up, limit_s=TRIM_LIMIT_S),
        RELAY: Handler(run=core.relay.run),
        RUN_RULES: Handler(run=core.rule_runner.run),
        LOOK_FOR_RULES: Handler(run=core.rule_runner.look, limit_s=RULES_LIMIT_S),
        END_HOLD: Handler(run=core.timers.end_hold),
        CLOSE_SOLVED: Handler(run=core.timers.close_solved, limit_s=TRIM_LIMIT_S),
    }
    schedules = [
        Schedule(kind=TRIM, every=TRIM_EVERY),
        Schedule(kind=CLOSE_SOLVED, every=CLOSE_EVERY),
        Schedule(kind=CATCH_UP, every=CATCH_UP_EVERY),
        Schedule(kind=PASS, every=ROUTING_EVERY, lane=ROUTING_LANE),
        Schedule(kind=LOOK_FOR_RULES, every=RULES_EVERY),
    ]
    if core.sla is not None:
        timers = SlaTimers(database, core.sla, clock)
        handlers |= {
            TIMER: Handler(run=timers.fire, lease_s=TIMER_LEASE_S),
            RENEW: Handler(run=timers.renew),
        }
        schedules.append(Schedule(kind=RENEW, every=RENEW_EVERY))
    # 0 turns a gateway's worker off; a process that is nothing else works all the same.
    at_once = work.jobs_at_once or USUAL_AT_ONCE
    worker = Worker(
        database,
        queue,
        handlers,
        name=f"{role} {socket.gethostname()[:60]} {os.getpid()}",
        # A receiver that answers slowly holds a slot for seconds; the others go on.
        limits=Limits(total=at_once, per_lane={LANE: max(1, at_once * 3 // 4), ROUTING_LANE: 1}),
        schedules=schedules,
    )
    return BackgroundWork(
        worker=worker,
        watchdog=Watchdog(
            Overdue(database, core.turns), answer_within_s=settings.turns.answer_within_s
        ),
        delivery=delivery,
        hub=hub,
    )


class Trimming:
    """The hourly handler: deletes what has been kept long enough."""

    def __init__(
        self,
        settings: Settings,
        retention: Retention,
        queue: JobQueue,
        idempotency: IdempotencyKeys,
    ) -> None:
        self._work = settings.work
        self._retention = retention
        self._queue = queue
        self._idempotency = idempotency

    async def run(self, _leased: LeasedJob) -> Done:
        """Deletes batch by batch; running it again is harmless."""
        work, deadline = self._work, time.monotonic() + TRIM_LIMIT_S

        async def all_of(trim: Callable[[], Awaitable[int]]) -> int:
            n_gone = 0
            while time.monotonic() < deadline and (n := await trim()):
                n_gone += n
                # Writers waited for this batch; let them go first.
                await asyncio.sleep(0)
            return n_gone

        inbox = timedelta(days=work.keep_inbox_days)
        done = timedelta(days=work.keep_jobs_days)
        result = {
            "inbox": await all_of(lambda: self._retention.trim_inbox(keep=inbox)),
            "jobs": await all_of(lambda: self._queue.trim(keep=done, limit=BATCH)),
            "logins": await self._retention.trim_logins(),
            "idempotency_keys": await all_of(self._idempotency.trim),
            "conversations": 0,
            "customers": 0,
        }
        if work.keep_conversations_days:
            keep = timedelta(days=work.keep_conversations_days)
            result["conversations"] = await all_of(
                lambda: self._retention.trim_conversations(keep=keep)
            )
            result["customers"] = await all_of(lambda: self._retention.trim_customers(keep=keep))
        return Done(result=dict(result))
