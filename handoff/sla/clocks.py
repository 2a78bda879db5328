"""Service-level clocks of one ticket, folded over its events. Pure.

`advance` takes the clocks from one event to the next; `read` says how they stand at a later
instant. Both are deterministic and the state is plain data, so clocks that are stored and carried
on equal clocks that are counted anew from the first event. A breach is written down once, at the
instant at which the working time used reached the target that was then in force; what comes later,
a lower priority for instance, moves the target and never takes the breach back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from handoff.sla.calendars import BusinessCalendar
from handoff.sla.policy import DEFAULT_CALENDAR, MINUTE, Metric, SlaPolicy, SlaRule, Traits


class SlaEventKind(StrEnum):
    """What moves the clocks."""

    OPENED = "opened"
    VISITOR_WROTE = "visitor_wrote"
    AGENT_REPLIED = "agent_replied"
    PENDING = "pending"
    HELD = "held"
    CONTINUED = "continued"
    SOLVED = "solved"
    REOPENED = "reopened"
    TRAITS_CHANGED = "traits_changed"


class Phase(StrEnum):
    """What a clock does."""

    IDLE = "idle"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaEvent:
    """Something that happened to a ticket; `traits` come with the opening and with each change."""

    at: datetime
    kind: SlaEventKind
    traits: Traits | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One metric's clock.

    Attributes:
        used: Working seconds until `since`, or in all while it does not run.
        since: Start of the stretch that is still being counted.
        warned_at: When the warning of the present round was due.
        breached_at: When the target of the present round was passed.
        n_breaches: Rounds that were breached; only `next_response` has several rounds.
        round: Number of the present round, 1 for the first.
    """

    phase: Phase = Phase.IDLE
    used: float = 0.0
    since: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    n_breaches: int = 0
    round: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """All clocks of a ticket as of the last event; `answered`: a person has answered by then."""

    at: datetime
    traits: Traits
    rule: str
    visitor_waits: bool = True
    answered: bool = False
    clocks: Mapping[Metric, Clock] = field(
        default_factory=lambda: {metric: Clock() for metric in Metric}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one clock stands.

    Attributes:
        used: Working seconds used.
        target: Working seconds promised.
        due_at: When the target will be reached if nothing changes; None while it does not run, or
            if the calendar never opens.
        warn_at: The same for the warning; None once it is past.
        slack: Working seconds left; negative after a breach.
    """

    metric: Metric
    phase: Phase
    used: float
    target: float
    slack: float
    due_at: datetime | None
    warn_at: datetime | None
    warned_at: datetime | None
    breached_at: datetime | None
    n_breaches: int
    round: int

    @property
    def open_until(self) -> datetime | None:
        """When the target is, or was, due while the clock runs; None if nothing is owed."""
        return (self.breached_at or self.due_at) if self.phase is Phase.RUNNING else None

    @property
    def is_open(self) -> bool:
        """Whether the present round is not decided yet."""
        return self.breached_at is None and self.phase in (Phase.RUNNING, Phase.PAUSED)

    @property
    def n_met(self) -> int:
        """Rounds whose promise was kept."""
        return self.round - self.n_breaches - self.is_open


class SlaEngine:
    """Policy and calendars; knows nothing of tickets but their events."""

    def __init__(self, policy: SlaPolicy, calendars: Mapping[str, BusinessCalendar]) -> None:
        """Checks that every rule's calendar exists.

        Raises:
            ValueError: If one is missing.
        """
        for rule in (*policy.rules, policy.default):
            named = rule.calendar or DEFAULT_CALENDAR
            if named not in calendars:
                raise ValueError(f"Rule {rule.name!r} names an unknown calendar {named!r}.")
        for market, named in policy.markets.items():
            if named not in calendars:
                raise ValueError(f"Market {market!r} names an unknown calendar {named!r}.")
        self._policy = policy
        self._calendars = calendars
        self.version = _fingerprint(policy, calendars)

    @property
    def policy(self) -> SlaPolicy:
        """The table that it goes by."""
        return self._policy

    def calendar_for(self, traits: Traits) -> BusinessCalendar:
        """Gives the calendar that counts a ticket's time."""
        rule = self._policy.rule_for(traits)
        return self._calendars[self._policy.calendar_for(rule, traits)]

    def fold(self, events: Iterable[SlaEvent]) -> Clocks | None:
        """Gives the clocks after all events, in the order of their time; None without any."""
        clocks: Clocks | None = None
        for event in sorted(events, key=lambda event: event.at):
            clocks = self.advance(clocks, event)
        return clocks

    def advance(self, clocks: Clocks | None, event: SlaEvent) -> Clocks:
        """Gives the clocks after one more event.

        An event that is dated before the last one counts as simultaneous with it: clocks of
        machines differ, and these clocks never run backwards.

        Raises:
            ValueError: If the first event is no opening with traits.
        """
        if clocks is None:
            if event.kind is not SlaEventKind.OPENED or event.traits is None:
                raise ValueError("The first event must be the opening, with the ticket's traits.")
            clocks = Clocks(at=event.at, traits=event.traits, rule="")
        at = max(event.at, clocks.at)
        clocks = self._count(clocks, at)
        traits = event.traits or clocks.traits
        rule = self._policy.rule_for(traits)
        changed = replace(clocks, traits=traits, rule=rule.name)
        changed = _apply(changed, event.kind, at)
        # A new target may lie behind the time already used.
        return self._count(changed, at)

    def tick(self, clocks: Clocks, now: datetime) -> Clocks:
        """Gives the clocks counted up to an instant, with what was passed on the way.

        For looking only: what is stored are the clocks after the last event, so that counting on
        and counting anew cannot differ by the rounding of more additions.
        """
        return self._count(clocks, max(now, clocks.at))

    def read(self, clocks: Clocks, now: datetime) -> tuple[Reading, ...]:
        """Gives the promised clocks at an instant, which counts as no earlier than the last event.

        A clock that never ran is left out.
        """
        now = max(now, clocks.at)
        counted = self._count(clocks, now)
        rule = self._policy.rule_for(clocks.traits)
        return tuple(
            self._reading(metric, counted.clocks[metric], clocks.traits, now)
            for metric in Metric
            if metric in rule.minutes and counted.clocks[metric].phase is not Phase.IDLE
        )

    def _reading(self, metric: Metric, clock: Clock, traits: Traits, now: datetime) -> Reading:
        rule = self._policy.rule_for(traits)
        target, warn = _target(rule, metric)
        calendar = self.calendar_for(traits)
        runs = clock.phase is Phase.RUNNING
        return Reading(
            metric=metric,
            phase=clock.phase,
            used=clock.used,
            target=target,
            slack=_exact(target - clock.used),
            due_at=calendar.add(now, target - clock.used)
            if runs and clock.breached_at is None
            else None,
            warn_at=calendar.add(now, warn - clock.used)
            if runs and clock.warned_at is None
            else None,
            warned_at=clock.warned_at,
            breached_at=clock.breached_at,
            n_breaches=clock.n_breaches,
            round=clock.round,
        )

    def _count(self, clocks: Clocks, now: datetime) -> Clocks:
        """Counts the running clocks up to `now` and writes down what they passed on the way."""
        rule = self._policy.rule_for(clocks.traits)
        calendar = self.calendar_for(clocks.traits)
        counted = {
            metric: _counted(clock, rule, metric, calendar, now)
            for metric, clock in clocks.clocks.items()
        }
        return replace(clocks, at=now, clocks=counted)


def _counted(
    clock: Clock, rule: SlaRule, metric: Metric, calendar: BusinessCalendar, now: datetime
) -> Clock:
    if clock.phase is not Phase.RUNNING or clock.since is None:
        return clock
    used = _exact(clock.used + calendar.working_seconds(clock.since, now))
    warned_at, breached_at, n_breaches = clock.warned_at, clock.breached_at, clock.n_breaches
    if metric in rule.minutes:
        target, warn = _target(rule, metric)
        if warned_at is None and used >= warn:
            warned_at = calendar.add(clock.since, warn - clock.used)
        if breached_at is None and used >= target:
            breached_at = calendar.add(clock.since, target - clock.used)
            n_breaches += 1
    return Clock(
        phase=Phase.RUNNING,
        used=used,
        since=now,
        warned_at=warned_at,
        breached_at=breached_at,
        n_breaches=n_breaches,
        round=clock.round,
    )


def _target(rule: SlaRule, metric: Metric) -> tuple[float, float]:
    """Gives the seconds promised, and those after which the warning comes."""
    target = rule.minutes[metric] * MINUTE
    return _exact(target), _exact(target * rule.warn_at)


def _exact(seconds: float) -> float:
    """Gives whole microseconds, whose sums are exact: a clock is due when it was said to be."""
    return round(seconds, 6)


def _apply(clocks: Clocks, kind: SlaEventKind, at: datetime) -> Clocks:
    """Starts, stops and pauses the clocks; they are counted up to `at` already."""
    first, following, resolution = (clocks.clocks[metric] for metric in Metric)
    visitor_waits, answered = clocks.visitor_waits, clocks.answered
    match kind:
        case SlaEventKind.OPENED:
            first, resolution = _start(first, at), _start(resolution, at)
        case SlaEventKind.VISITOR_WROTE:
            visitor_waits = True
            resolution = _resume(resolution, at)
            if not answered:
                # Solved and opened again without a word to her: it is still the first answer.
                first = _restart(first, at)
            elif following.phase is not Phase.RUNNING:
                following = _start(following, at)
        case SlaEventKind.AGENT_REPLIED:
            visitor_waits, answered = False, True
            first, following = _stop(first), _stop(following)
        case SlaEventKind.PENDING | SlaEventKind.HELD:
            # Who has not had a first answer waits for it, whatever the ticket's state says.
            resolution, following = _pause(resolution), _pause(following)
        case SlaEventKind.CONTINUED:
            resolution = _resume(resolution, at)
            following = _resume(following, at) if visitor_waits else following
        case SlaEventKind.SOLVED:
            first, following, resolution = _stop(first), _stop(following), _stop(resolution)
        case SlaEventKind.REOPENED:
            # The time already used counts: a reopened ticket was not solved.
            resolution = _restart(resolution, at)
        case SlaEventKind.TRAITS_CHANGED:
            pass
    together = dict(zip(Metric, (first, following, resolution), strict=True))
    return replace(clocks, clocks=together, visitor_waits=visitor_waits, answered=answered)


def _start(clock: Clock, at: datetime) -> Clock:
    """Begins a round; what earlier rounds used and breached is history."""
    return Clock(phase=Phase.RUNNING, since=at, n_breaches=clock.n_breaches, round=clock.round + 1)


def _resume(clock: Clock, at: datetime) -> Clock:
    return replace(clock, phase=Phase.RUNNING, since=at) if clock.phase is Phase.PAUSED else clock


def _restart(clock: Clock, at: datetime) -> Clock:
    stands = clock.phase in (Phase.PAUSED, Phase.STOPPED)
    return replace(clock, phase=Phase.RUNNING, since=at) if stands else clock


def _pause(clock: Clock) -> Clock:
    runs = clock.phase is Phase.RUNNING
    return replace(clock, phase=Phase.PAUSED, since=None) if runs else clock


def _stop(clock: Clock) -> Clock:
    goes = clock.phase in (Phase.RUNNING, Phase.PAUSED)
    return replace(clock, phase=Phase.STOPPED, since=None) if goes else clock


def _fingerprint(policy: SlaPolicy, calendars: Mapping[str, BusinessCalendar]) -> str:
    """Gives a short name for what is promised: another one when a target or an hour differs.

    Public holidays are left out: processes that were started in different years know others.
    """
    promised = [
        (
            rule.name, rule.calendar, rule.warn_at,
            sorted((metric.value, minutes) for metric, minutes in rule.minutes.items()),
            sorted(rule.priorities), sorted(rule.types), sorted(rule.tiers),
            sorted(rule.channels), sorted(rule.markets),
        )
        for rule in (*policy.rules, policy.default)
    ]  # fmt: skip
    worked = [
        (
            name, calendar.zone.key, [list(map(str, day)) for day in calendar.week],
            sorted((str(day), list(map(str, hours))) for day, hours in calendar.special.items()),
        )
        for name, calendar in sorted(calendars.items())
    ]  # fmt: skip
    everything = repr((promised, sorted(policy.markets.items()), worked))
    return hashlib.sha256(everything.encode()).hexdigest()[:16]
