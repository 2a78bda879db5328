"""Lets a drawn day happen: the product's own engines decide by a made-up clock.

Routing (`handoff.routing`) decides who gets what and what returns from agents who are gone, the
order policy who is first, `handoff.sla` what is late. What is made up is only what people do: an
agent works on one answer at a time, the visitor takes a while and writes again or does not.
"""

from __future__ import annotations

import heapq
from bisect import insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Final

from bot.simulation.people import Request, Worker
from handoff.routing.engine import choose
from handoff.routing.fit import OWN_LANGUAGE, Fit, Patience, fit_of, patience_of
from handoff.routing.model import AgentState, Availability, RoutingPolicy, WaitingTicket
from handoff.routing.order import SortKey, sort_key
from handoff.routing.returns import Held, decide_return
from handoff.sla.clocks import Clocks, SlaEngine, SlaEvent, SlaEventKind
from handoff.sla.policy import MINUTE, Traits

# Whoever has gone home finishes what she has, for so long; then it goes to others.
OVERTIME: Final = timedelta(minutes=30)
CHANNEL: Final = "widget"
# As many tickets as there are free slots are chosen at a time, and a few that may not fit.
LOOK_AHEAD: Final = 4
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True, eq=False)
class Case:
    """A ticket while it lives."""

    request: Request
    waiting: WaitingTicket
    key: SortKey = ()
    clocks: Clocks | None = None
    accepted_from: dict[str, datetime] = field(default_factory=dict)
    agent: str | None = None
    assigned_at: datetime | None = None
    waits_since: datetime | None = None
    language_level: int = OWN_LANGUAGE
    n_answers: int = 0
    n_returns: int = 0
    first_answer_at: datetime | None = None
    solved_at: datetime | None = None


@dataclass(slots=True, eq=False)
class Desk:
    """An agent while she works."""

    worker: Worker
    cases: list[Case] = field(default_factory=list)
    is_here: bool = False
    takes_new: bool = False
    gone_since: datetime | None = None
    busy_with: Case | None = None
    # Raised when what she was doing does not count any more.
    turn: int = 0
    worked_s: float = 0.0
    here_s: float = 0.0
    here_since: datetime | None = None
    last_assigned_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day that has happened.

    Attributes:
        cases: In the order in which they came.
        desks: The agents.
        backlog: (moment, tickets that nobody has), at each quarter of an hour.
    """

    cases: tuple[Case, ...]
    desks: tuple[Desk, ...]
    backlog: tuple[tuple[datetime, int], ...]


def live(
    requests: Sequence[Request],
    workers: Sequence[Worker],
    *,
    engine: SlaEngine,
    policy: RoutingPolicy,
    values: Mapping[str, float],
    capacity: int,
    until: datetime,
) -> Day:
    """Gives the day after it has happened.

    Args:
        requests: Who writes.
        workers: Who works.
        engine: What is promised.
        policy: How tickets find agents, with the order.
        values: Customer tier -> weight, for the order by value.
        capacity: Tickets at once per agent.
        until: When the clock stops; what is not answered by then stays so.
    """
    running = _Running(engine, policy, capacity, workers)
    for worker in workers:
        running.plan_shifts(worker)
    for request in requests:
        running.at(request.at, partial(running.arrive, request, values))
    begins = min(request.at for request in requests)
    for quarter in range(int((until - begins) / timedelta(minutes=15))):
        running.at(begins + quarter * timedelta(minutes=15), running.note_backlog)
    running.run(until)
    return Day(
        cases=tuple(running.cases),
        desks=tuple(running.desks.values()),
        backlog=tuple(running.backlog),
    )


class _Running:
    """The clock with what stands in the queue and in the agents' hands."""

    def __init__(
        self, engine: SlaEngine, policy: RoutingPolicy, capacity: int, workers: Sequence[Worker]
    ) -> None:
        self._engine = engine
        self._policy = policy
        self._capacity = capacity
        self.desks = {worker.id: Desk(worker) for worker in workers}
        self.cases: list[Case] = []
        self.backlog: list[tuple[datetime, int]] = []
        self._queue: list[tuple[SortKey, int, Case]] = []
        self._agenda: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._order = count()

    def at(self, moment: datetime, act: Callable[[datetime], None]) -> None:
        """Puts something on the agenda."""
        heapq.heappush(self._agenda, (moment, next(self._order), act))

    def run(self, until: datetime) -> None:
        """Goes from event to event."""
        while self._agenda and self._agenda[0][0] <= until:
            now = self._agenda[0][0]
            while self._agenda and self._agenda[0][0] == now:
                heapq.heappop(self._agenda)[2](now)
            self._assign(now)
        for desk in self.desks.values():
            self._leave(desk, until)

    def plan_shifts(self, worker: Worker) -> None:
        """Puts an agent's day and her next one on the agenda."""
        desk = self.desks[worker.id]
        for day in (timedelta(0), timedelta(days=1)):
            self.at(worker.starts_at + day, lambda now: self._come(desk, now))
            self.at(worker.ends_at + day, lambda _now: self._take_no_more(desk))
            self.at(worker.ends_at + day + OVERTIME, lambda now: self._vanish(desk, now))
            for start, stop in worker.absences:
                self.at(start + day, lambda now: self._leave(desk, now))
                self.at(stop + day, lambda now: self._come(desk, now))
        if worker.vanishes is not None:
            gone, back = worker.vanishes
            self.at(gone, lambda now: self._vanish(desk, now))
            self.at(back, lambda now: self._come(desk, now))

    def note_backlog(self, now: datetime) -> None:
        """Writes down how many tickets nobody has."""
        self.backlog.append((now, len(self._queue)))

    def arrive(self, request: Request, values: Mapping[str, float], now: datetime) -> None:
        """A ticket comes."""
        traits = Traits(
            priority=request.priority, type=request.type, tier=request.tier, channel=CHANNEL
        )
        opened = SlaEvent(at=now, kind=SlaEventKind.OPENED, traits=traits)
        clocks = self._engine.advance(None, opened)
        waiting = WaitingTicket(
            number=request.number,
            priority=request.priority,
            opened_at=now,
            queued_at=now,
            language=request.language,
            channel=CHANNEL,
            effort_minutes=request.effort_minutes,
            value=values.get(request.tier, 0.0),
            is_first_time=request.is_first_time,
        )
        case = Case(request=request, waiting=waiting, clocks=clocks, waits_since=now)
        self.cases.append(case)
        self._queue_up(case, now)

    def _queue_up(self, case: Case, now: datetime) -> None:
        """Puts a ticket in its place. Due times of equal promises sort as their slack does."""
        due = [r.open_until for r in self._engine.read(_clocks(case), now) if r.open_until]
        begins = case.request.at.replace(hour=0, minute=0, second=0, microsecond=0)
        slack = (min(due) - begins).total_seconds() / MINUTE if due else None
        case.waiting = replace(case.waiting, queued_at=now, slack_minutes=slack)
        case.key = sort_key(
            case.waiting,
            self._policy.order,
            first_time_head_start=self._policy.first_time_head_start,
        )
        case.agent = None
        patience = patience_of(case.waiting, self._policy)
        for agent_id, desk in self.desks.items():
            fit = fit_of(case.waiting, self._state(desk), bridge=self._policy.bridge_language)
            accepted = _accepted_from(fit, patience, now)
            if accepted is not None:
                case.accepted_from[agent_id] = accepted
        for moment in {m for m in case.accepted_from.values() if m > now}:
            self.at(moment, lambda _now: None)
        insort(self._queue, (case.key, case.request.number, case))

    def _assign(self, now: datetime) -> None:
        """Gives waiting tickets to free agents, as routing decides."""
        while self._queue:
            free = [desk for desk in self.desks.values() if self._is_free(desk)]
            if not free:
                return
            wanted = sum(self._capacity - len(desk.cases) for desk in free) + LOOK_AHEAD
            able = [desk.worker.id for desk in free]
            head = []
            for _, _, case in self._queue:
                if any(case.accepted_from.get(agent_id, _NEVER) <= now for agent_id in able):
                    head.append(case)
                    if len(head) == wanted:
                        break
            # Who is full cannot be given anything, so only the free ones are asked about.
            plan = choose(
                [case.waiting for case in head],
                [self._state(desk) for desk in free],
                self._policy,
                now=now,
            )
            if not plan.assignments:
                return
            by_number = {case.request.number: case for case in head}
            for assigned in plan.assignments:
                case, desk = by_number[assigned.number], self.desks[assigned.agent_id]
                self._queue.remove((case.key, case.request.number, case))
                case.agent, case.assigned_at = assigned.agent_id, now
                case.language_level = max(case.language_level, assigned.language_level)
                desk.cases.append(case)
                desk.last_assigned_at = now
                self._go_on(desk, now)

    def _is_free(self, desk: Desk) -> bool:
        return desk.takes_new and desk.is_here and len(desk.cases) < self._capacity

    def _state(self, desk: Desk) -> AgentState:
        return AgentState(
            id=desk.worker.id,
            languages=desk.worker.languages,
            capacity=self._capacity,
            load={CHANNEL: len(desk.cases)},
            availability=Availability.ONLINE if desk.is_here else Availability.OFFLINE,
            last_assigned_at=desk.last_assigned_at,
        )

    def _come(self, desk: Desk, now: datetime) -> None:
        if not desk.is_here:
            desk.here_since = now
        desk.is_here, desk.takes_new, desk.gone_since = True, self._on_shift(desk, now), None
        self._go_on(desk, now)

    def _on_shift(self, desk: Desk, now: datetime) -> bool:
        days = (timedelta(0), timedelta(days=1))
        return any(desk.worker.starts_at + d <= now < desk.worker.ends_at + d for d in days)

    def _take_no_more(self, desk: Desk) -> None:
        desk.takes_new = False

    def _vanish(self, desk: Desk, now: datetime) -> None:
        """Gone without a word: the answer that she was at is lost, and soon her tickets return."""
        self._leave(desk, now)
        desk.turn += 1
        desk.busy_with, desk.takes_new, desk.gone_since = None, False, now
        self.at(now + self._policy.absent_for, lambda later: self._return_work(desk, later))

    def _leave(self, desk: Desk, now: datetime) -> None:
        if desk.is_here and desk.here_since is not None:
            desk.here_s += (now - desk.here_since).total_seconds()
        desk.is_here, desk.here_since = False, None

    def _return_work(self, desk: Desk, now: datetime) -> None:
        if desk.gone_since is None:
            return
        for case in list(desk.cases):
            held = Held(
                assigned_at=case.assigned_at or now,
                is_answered=True,
                visitor_waits=case.waits_since is not None,
                availability=Availability.OFFLINE,
                available_since=desk.gone_since,
            )
            if decide_return(held, self._policy, now=now) is not None:
                desk.cases.remove(case)
                case.n_returns += 1
                self._queue_up(case, now)

    def _go_on(self, desk: Desk, now: datetime) -> None:
        """Starts her next answer: the most urgent one, then who has waited longest."""
        if not desk.is_here or desk.busy_with is not None:
            return
        owed = [case for case in desk.cases if case.waits_since is not None]
        if not owed:
            return
        case = min(owed, key=lambda one: (one.request.priority, one.waits_since, one.key))
        seconds = case.request.work_s[case.n_answers]
        desk.busy_with = case
        turn = desk.turn
        done_at = now + timedelta(seconds=seconds)
        self.at(done_at, lambda later: self._answer(desk, case, turn, seconds, later))

    def _answer(self, desk: Desk, case: Case, turn: int, seconds: float, now: datetime) -> None:
        if desk.turn != turn:
            return
        desk.busy_with = None
        desk.worked_s += seconds
        case.n_answers += 1
        case.waits_since = None
        case.first_answer_at = case.first_answer_at or now
        self._clock(case, SlaEventKind.AGENT_REPLIED, now)
        if case.n_answers == len(case.request.work_s):
            desk.cases.remove(case)
            case.solved_at = now
            self._clock(case, SlaEventKind.SOLVED, now)
        else:
            self._clock(case, SlaEventKind.PENDING, now)
            after = timedelta(seconds=case.request.reply_s[case.n_answers - 1])
            self.at(now + after, lambda later: self._write(case, later))
        self._go_on(desk, now)

    def _write(self, case: Case, now: datetime) -> None:
        """The visitor writes again, to whoever has her ticket now."""
        case.waits_since = now
        self._clock(case, SlaEventKind.VISITOR_WROTE, now)
        desk = self.desks[case.agent or ""]
        self._return_work(desk, now)
        self._go_on(desk, now)

    def _clock(self, case: Case, kind: SlaEventKind, now: datetime) -> None:
        case.clocks = self._engine.advance(case.clocks, SlaEvent(at=now, kind=kind))


def _accepted_from(fit: Fit, patience: Patience, now: datetime) -> datetime | None:
    """Gives from when a ticket may go to such an agent; None for never."""
    if patience.accepts(fit, now):
        return now
    moments = sorted(patience.moments())
    return next((moment for moment in moments if patience.accepts(fit, moment)), None)


def _clocks(case: Case) -> Clocks:
    if case.clocks is None:
        raise LookupError("a ticket has clocks from its arrival on")
    return case.clocks
