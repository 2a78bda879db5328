"""Brings every waiting visitor message to the brain, or to a person when the brain does not answer.

At most one turn is in flight per conversation: inside this process by a table of running tasks,
between processes by the lease in the database. Hints start work at once; a sweep every second finds
what a lost hint or a killed process left behind. What to do is decided in `dispatch_rules`; this
module waits, calls and stores.

A message's age counts from when it was sent, but no further back than this gateway's start: after
an outage the brain gets its chance before a person is called.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol, get_args

import structlog

from bot.brain.contract import HandoffReason
from bot.dispatch_rules import BrainCondition, Patience, Step, choose_step, try_limit_s
from bot.errors import BrainError, BrainNonsense, BrainUnreachable
from bot.metrics import Metrics
from bot.realtime.hub import Hub, conversation_topic, turn_topic
from bot.settings import TurnSettings
from bot.turn_mapping import TurnSurroundings, turn_request, turn_result
from handoff.crash_points import crash_point
from handoff.errors import StoreUnavailable
from handoff.model import Claim, Completed, Dropped, TurnResult
from handoff.store.gate import going_first

log = structlog.get_logger("bot.dispatcher")

SWEEP_S: Final = 1.0
# After an error that nobody foresaw: rather slow than a loop that does nothing but fail.
BACKOFF_LAST_S: Final = 10.0
# Conversations in hand per slot; the sweep finds the others, oldest first.
QUEUED_PER_SLOT: Final = 8
BOT_UNAVAILABLE: Final = "bot_unavailable"
KNOWN_REASONS: Final = frozenset({*get_args(HandoffReason), BOT_UNAVAILABLE})


class TurnStore(Protocol):
    """The part of `handoff.turns.Turns` that a dispatcher needs."""

    async def claim(self, conversation_id: str, *, lease_s: float) -> Claim | None:
        """Claims the oldest unanswered message, or None when there is nothing to do."""

    async def complete(self, claim: Claim, result: TurnResult) -> Completed | Dropped:
        """Stores a turn in one transaction."""

    async def fail(self, claim: Claim, *, reason: str = BOT_UNAVAILABLE) -> Completed | Dropped:
        """Hands the conversation to people."""

    async def release(self, claim: Claim) -> None:
        """Gives the claim back unanswered."""

    async def waiting(self, *, limit: int) -> list[str]:
        """Conversations with unanswered messages and no running lease."""


class BrainCaller(Protocol):
    """The part of `BrainClient` or `BrainPool` that a dispatcher needs."""

    def admits(self) -> bool:
        """Whether a call would be made at all."""

    async def turn(
        self, request: Mapping[str, Any], *, limit_s: float, correlation_id: str | None = None
    ) -> Mapping[str, Any]:
        """Asks for one turn; raises a BrainError."""


class Readiness(Protocol):
    """What is known about the brain."""

    def condition(self) -> BrainCondition:
        """The present condition."""

    def suspect(self, error: BrainError) -> None:
        """A call failed: look again now."""


class Dispatcher:
    """One per gateway; `run` until cancelled, then `drain`."""

    def __init__(
        self,
        *,
        turns: TurnStore,
        brain: BrainCaller,
        readiness: Readiness,
        hub: Hub,
        settings: TurnSettings,
        surroundings: Callable[[], TurnSurroundings],
        monotonic: Callable[[], float] = time.monotonic,
        sweep_s: float = SWEEP_S,
        metrics: Metrics | None = None,
    ) -> None:
        self._turns = turns
        self._brain = brain
        self._readiness = readiness
        self._hub = hub
        self._settings = settings
        self._surroundings = surroundings
        self._monotonic = monotonic
        self._sweep_s = sweep_s
        self._metrics = metrics or Metrics()
        self._most_tasks = settings.at_once * QUEUED_PER_SLOT
        self._patience = Patience(answer_within_s=settings.answer_within_s, tries=settings.tries)
        self._slots = asyncio.Semaphore(settings.at_once)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._seen: dict[str, float] = {}
        # By conversation: the message in hand and how often the brain was asked about it.
        self._tries: dict[str, tuple[str, int]] = {}
        # Claims that could not be given back because the database was away.
        self._owed: dict[str, Claim] = {}
        self._running = False
        self._broken_passes = 0
        self._started_at = monotonic()
        self._stopping = False

    @property
    def in_flight(self) -> int:
        """How many conversations are being served now."""
        return len(self._tasks)

    @property
    def is_serving(self) -> bool:
        """Whether `run` takes new work and its last look at the database did not break."""
        stopping = self._stopping or self._hub.closed
        return self._running and not stopping and self._broken_passes == 0

    async def run(self) -> None:
        """Serves hints and sweeps until cancelled or the hub closes; no error ends it."""
        self._started_at = self._monotonic()
        self._running = True
        next_sweep = self._started_at
        try:
            with going_first(), self._hub.subscribe(turn_topic("*")) as subscription:
                while not self._stopping and not self._hub.closed:
                    if self._monotonic() >= next_sweep:
                        pause_s = await self._sweep_safely()
                        next_sweep = self._monotonic() + pause_s
                    left_s = next_sweep - self._monotonic()
                    wake = await subscription.wait(timeout_s=max(0.01, left_s))
                    for topic in wake.topics:
                        conversation_id = topic.partition(":")[2]
                        if conversation_id == "*":
                            next_sweep = 0.0
                        else:
                            self._start(conversation_id)
        finally:
            self._running = False

    async def drain(self, *, grace_s: float) -> None:
        """Takes no new work and lets running turns end; what is left is released."""
        self._stopping = True
        running = tuple(self._tasks.values())
        if running:
            _done, late = await asyncio.wait(running, timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _sweep_safely(self) -> float:
        """Sweeps; gives the seconds until the next time, more of them after unknown errors."""
        try:
            await self._sweep()
        except StoreUnavailable as error:
            log.warning("sweep_failed", code=error.code, reason=error.reason)
        except Exception:
            # The rim: without this loop messages would be taken and never answered.
            self._broken_passes += 1
            log.exception("sweep_broke", in_a_row=self._broken_passes)
            return min(self._sweep_s * 2.0 ** min(self._broken_passes, 10), BACKOFF_LAST_S)
        self._broken_passes = 0
        return self._sweep_s

    async def _sweep(self) -> None:
        for claim in tuple(self._owed.values()):
            await self._give_back(claim)
        known = (self._seen.keys() | self._tries.keys()) - self._tasks.keys()
        waiting = await self._turns.waiting(limit=self._most_tasks)
        for conversation_id in waiting:
            self._start(conversation_id)
        for conversation_id in known - set(waiting) - self._tasks.keys():
            self._forget(conversation_id)

    def _forget(self, conversation_id: str) -> None:
        self._seen.pop(conversation_id, None)
        self._tries.pop(conversation_id, None)

    def _start(self, conversation_id: str) -> None:
        if self._stopping:
            return
        if conversation_id in self._tasks:
            self._again.add(conversation_id)
            return
        if len(self._tasks) >= self._most_tasks:
            return  # a burst waits in the database, not in this process's memory
        self._seen.setdefault(conversation_id, self._monotonic())
        task = asyncio.create_task(self._serve(conversation_id), name=f"turn:{conversation_id}")
        self._tasks[conversation_id] = task
        task.add_done_callback(lambda _task: self._ended(conversation_id))

    def _ended(self, conversation_id: str) -> None:
        del self._tasks[conversation_id]
        if conversation_id in self._again:
            self._again.discard(conversation_id)
            self._start(conversation_id)

    async def _serve(self, conversation_id: str) -> None:
        """Answers one conversation's messages until none is left or the brain is away."""
        bound = log.bind(conversation_id=conversation_id)
        try:
            while not self._stopping and not self._must_wait(conversation_id):
                async with self._slots:
                    claim = await self._turns.claim(conversation_id, lease_s=self._settings.lease_s)
                    if claim is None:
                        self._forget(conversation_id)
                        return
                    crash_point("turn.claimed")
                    more = await self._take_or_give_back(claim)
                if not more:
                    return
        except StoreUnavailable as error:
            bound.warning("turn_not_stored", code=error.code, reason=error.reason)
            await self._back_off()
        except Exception:
            # The rim: the message stays unanswered in the log, so the next sweep takes it up again.
            bound.exception("turn_broke")
            await self._back_off()

    async def _take_or_give_back(self, claim: Claim) -> bool:
        """One claim; whatever breaks, the visitor does not wait until its lease is over."""
        try:
            return await self._take_turn(claim)
        except Exception:
            with contextlib.suppress(StoreUnavailable):
                await self._give_back(claim)
            raise

    async def _give_back(self, claim: Claim) -> None:
        """Releases a claim; while the database is away it stays owed, and the sweep tries again."""
        self._owed.pop(claim.token, None)
        try:
            await self._turns.release(claim)
        except StoreUnavailable:
            self._owed[claim.token] = claim
            raise

    async def _back_off(self) -> None:
        """Keeps the conversation in hand for a moment: giving a claim back is a hint as well."""
        if not self._stopping:
            await asyncio.sleep(self._sweep_s)

    def _must_wait(self, conversation_id: str) -> bool:
        """Whether to leave the conversation for now, without spending a claim on it."""
        waited_s = self._monotonic() - self._seen.setdefault(conversation_id, self._monotonic())
        step = choose_step(
            age_s=waited_s,
            tries_made=0,
            brain=self._readiness.condition(),
            breaker_admits=True,
            patience=self._patience,
        )
        return step is Step.WAIT

    async def _take_turn(self, claim: Claim) -> bool:
        """One claim, used up or given back. Says whether to look for more work at once."""
        tries_made = self._tries_made(claim)
        age_s = self._age_s(claim.message.created_at)
        step = choose_step(
            age_s=age_s,
            tries_made=tries_made,
            brain=self._readiness.condition(),
            breaker_admits=self._brain.admits(),
            patience=self._patience,
        )
        if step is Step.HAND_OFF:
            return await self._hand_off(claim, tries_made=tries_made, age_s=age_s)
        if step is Step.WAIT:
            await self._turns.release(claim)
            return False
        self._hub.send(
            conversation_topic(claim.conversation_id),
            {"type": "typing", "author": "bot", "active": True},
        )
        limit_s = try_limit_s(
            age_s=age_s, limit_s=self._settings.try_limit_s, patience=self._patience
        )
        return await self._ask(claim, limit_s=limit_s)

    def _tries_made(self, claim: Claim) -> int:
        message_id, tries = self._tries.get(claim.conversation_id, ("", 0))
        if message_id == claim.message_id:
            return tries
        self._tries[claim.conversation_id] = (claim.message_id, claim.attempt - 1)
        return claim.attempt - 1

    def _count_try(self, claim: Claim, change: int) -> None:
        tries = self._tries_made(claim) + change
        self._tries[claim.conversation_id] = (claim.message_id, tries)

    async def _ask(self, claim: Claim, *, limit_s: float) -> bool:
        bound = _log_of(claim)
        self._count_try(claim, +1)
        began = self._monotonic()
        crash_point("turn.asking")
        try:
            answer = await self._brain.turn(
                turn_request(claim, self._surroundings()),
                limit_s=limit_s,
                correlation_id=claim.correlation_id,
            )
            answered = self._monotonic()
            crash_point("turn.answered")
            result = turn_result(answer, turn_id=claim.turn_id)
            self._metrics.observe_turn(result.timing_ms, call_s=answered - began)
            outcome = await self._complete(claim, result)
        except BrainError as error:
            if isinstance(error, BrainUnreachable):
                self._count_try(claim, -1)  # nothing was started
            bound.warning(
                "turn_failed", code=error.code, detail=error.detail, attempt=claim.attempt
            )
            self._metrics.count_turn_failure(error.code)
            self._readiness.suspect(error)
            await self._give_back(claim)
            return True
        except asyncio.CancelledError:
            await asyncio.shield(self._turns.release(claim))
            raise
        crash_point("turn.stored")
        self._observe_ticket(outcome, reason=result.handoff, decided_at=answered)
        return self._settled(claim, outcome, took_s=self._monotonic() - began)

    async def _complete(self, claim: Claim, result: TurnResult) -> Completed | Dropped:
        try:
            return await self._turns.complete(claim, result)
        except (ValueError, TypeError) as error:
            raise BrainNonsense(f"the core refused the result: {type(error).__name__}") from error

    async def _hand_off(self, claim: Claim, *, tries_made: int, age_s: float) -> bool:
        _log_of(claim).warning(
            "turn_given_up",
            tries=tries_made,
            age_s=round(age_s, 1),
            brain=self._readiness.condition().value,
        )
        decided_at = self._monotonic()
        outcome = await self._turns.fail(claim, reason=BOT_UNAVAILABLE)
        self._observe_ticket(outcome, reason=BOT_UNAVAILABLE, decided_at=decided_at)
        return self._settled(claim, outcome, took_s=0.0)

    def _observe_ticket(
        self, outcome: Completed | Dropped, *, reason: str | None, decided_at: float
    ) -> None:
        if isinstance(outcome, Completed) and outcome.ticket is not None:
            took_s = self._monotonic() - decided_at
            # Reasons are a closed set of the contract; whatever else comes is one value.
            known = reason if reason is not None and reason in KNOWN_REASONS else "other"
            self._metrics.observe_ticket(reason=known, seconds=took_s)

    def _settled(self, claim: Claim, outcome: Completed | Dropped, *, took_s: float) -> bool:
        self._forget(claim.conversation_id)
        self._hub.send(
            conversation_topic(claim.conversation_id),
            {"type": "typing", "author": "bot", "active": False},
        )
        bound = _log_of(claim).bind(ms=round(took_s * 1000))
        waited_s = (self._surroundings().now - claim.message.created_at).total_seconds()
        if isinstance(outcome, Dropped):
            self._metrics.observe_answer(outcome="dropped", seconds=waited_s)
            bound.info("turn_dropped", reason=outcome.reason)
            return True
        handed_over = outcome.ticket is not None
        self._metrics.observe_answer(
            outcome="handed_over" if handed_over else "answered", seconds=waited_s
        )
        bound.info("turn_done", ticket=outcome.ticket.number if outcome.ticket else None)
        return outcome.more_waiting

    def _age_s(self, sent_at: datetime) -> float:
        since_start = self._monotonic() - self._started_at
        since_sent = (self._surroundings().now - sent_at).total_seconds()
        return max(0.0, min(since_start, since_sent))


def _log_of(claim: Claim) -> Any:
    """The log with what names this turn and the request it came from."""
    return log.bind(
        conversation_id=claim.conversation_id,
        turn_id=claim.turn_id,
        correlation_id=claim.correlation_id,
    )
