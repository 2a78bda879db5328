"""A ticket's service levels as they are stored with it, and how a change moves them on. Pure.

The clocks are those after the last event; what time passes since then is never stored but counted
by whoever looks. `marks` names the warnings and breaches that were told, so that each is told once
however often, and by however many processes, the ticket is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from handoff.model import Json, JsonObject, iso
from handoff.sla.changes import TicketFacts, TicketPast, events_between, opening_events
from handoff.sla.clocks import Clock, Clocks, Phase, Reading, SlaEngine, SlaEvent, SlaEventKind
from handoff.sla.policy import MINUTE, Metric, Traits
from handoff.ticket import TicketState

FORMAT: Final = 1


class Crossing(StrEnum):
    """What a clock passes."""

    WARNING = "warning"
    BREACH = "breach"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Mark:
    """One crossing of one round of one clock."""

    metric: Metric
    round: int
    crossing: Crossing


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A crossing that has to be told now.

    Attributes:
        at: When the clock passed it, not when somebody looked.
        target_minutes: Working minutes promised.
        due_at: When the target is reached; for a breach, when it was.
    """

    mark: Mark
    at: datetime
    rule: str
    target_minutes: float
    due_at: datetime | None

    def as_json(self) -> JsonObject:
        """Gives {"metric", "round", "at", "rule", "target_minutes", "due_at"}."""
        return {
            "metric": self.mark.metric.value,
            "round": self.mark.round,
            "at": iso(self.at),
            "rule": self.rule,
            "target_minutes": self.target_minutes,
            "due_at": iso(self.due_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """The next crossing, if nothing changes until then."""

    mark: Mark
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is stored: the clocks, the ticket as they last saw it, and what was told.

    Attributes:
        n_events: How many events moved the clocks; the next one in the ticket's list is after it.
    """

    clocks: Clocks
    facts: TicketFacts
    marks: frozenset[Mark] = frozenset()
    n_events: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A standing moved on.

    Attributes:
        events: What moved the clocks; empty when only time passed.
        announcements: What has to be told, in the order of time.
        readings: The clocks at the moment of the step.
        alarm: When to look again.
    """

    standing: Standing
    events: tuple[SlaEvent, ...]
    announcements: tuple[Announcement, ...]
    readings: tuple[Reading, ...]
    alarm: Alarm | None

    @property
    def due_at(self) -> datetime | None:
        """The nearest promise that is still open; in the past once it is broken."""
        return min((r.open_until for r in self.readings if r.open_until), default=None)


def begin(engine: SlaEngine, past: TicketPast, facts: TicketFacts, *, at: datetime) -> Step:
    """Starts the clocks of a ticket; what it passed before somebody counted is not told."""
    events = opening_events(past, facts, at=at)
    clocks = engine.advance(None, events[0])
    for event in events[1:]:
        clocks = engine.advance(clocks, event)
    marks = frozenset(found.mark for found in _crossings(engine, engine.tick(clocks, at)))
    standing = Standing(clocks=clocks, facts=facts, marks=marks, n_events=len(events))
    return _step(engine, standing, events, (), at)


def move_on(engine: SlaEngine, standing: Standing, facts: TicketFacts, *, at: datetime) -> Step:
    """Takes the clocks to how the ticket is now; also finds what only time has brought."""
    events = events_between(standing.facts, facts, at=at)
    clocks, marks = standing.clocks, set(standing.marks)
    told: list[Announcement] = []

    def tell(passed: Clocks) -> None:
        for found in _crossings(engine, passed):
            if found.mark not in marks:
                marks.add(found.mark)
                told.append(found)

    for event in events:
        clocks = engine.advance(clocks, event)
        tell(clocks)
    tell(engine.tick(clocks, at))
    live = {(metric, clock.round) for metric, clock in clocks.clocks.items()}
    kept = frozenset(mark for mark in marks if (mark.metric, mark.round) in live)
    told.sort(key=lambda one: one.at)
    moved = Standing(
        clocks=clocks, facts=facts, marks=kept, n_events=standing.n_events + len(events)
    )
    return _step(engine, moved, events, tuple(told), at)


def _step(
    engine: SlaEngine,
    standing: Standing,
    events: tuple[SlaEvent, ...],
    announcements: tuple[Announcement, ...],
    at: datetime,
) -> Step:
    readings = engine.read(standing.clocks, at)
    alarms = [
        Alarm(mark=Mark(metric=reading.metric, round=reading.round, crossing=crossing), at=when)
        for reading in readings
        for crossing, when in (
            (Crossing.WARNING, reading.warn_at), (Crossing.BREACH, reading.due_at),
        )
        if when is not None
    ]  # fmt: skip
    return Step(
        standing=standing,
        events=events,
        announcements=announcements,
        readings=readings,
        alarm=min(alarms, key=lambda alarm: (alarm.at, alarm.mark), default=None),
    )


def _crossings(engine: SlaEngine, clocks: Clocks) -> Iterator[Announcement]:
    """Yields what the clocks have passed. A warning is worth telling only before the breach."""
    readings = {reading.metric: reading for reading in engine.read(clocks, clocks.at)}
    for metric, clock in clocks.clocks.items():
        reading = readings.get(metric)
        crossing, at = Crossing.BREACH, clock.breached_at
        if at is None and clock.phase is Phase.RUNNING:
            crossing, at = Crossing.WARNING, clock.warned_at
        # A clock without a reading is one that the present rule does not promise.
        if at is None or reading is None:
            continue
        yield Announcement(
            mark=Mark(metric=metric, round=clock.round, crossing=crossing),
            at=at,
            rule=clocks.rule,
            target_minutes=reading.target / MINUTE,
            due_at=clock.breached_at or reading.due_at,
        )


def reading_json(reading: Reading) -> JsonObject:
    """Gives one clock for agents: working seconds, and moments in UTC."""
    return {
        "metric": reading.metric.value,
        "phase": reading.phase.value,
        "used_s": round(reading.used, 3),
        "target_s": reading.target,
        "slack_s": round(reading.slack, 3),
        "due_at": iso(reading.open_until),
        "warn_at": iso(reading.warn_at),
        "warned_at": iso(reading.warned_at),
        "breached_at": iso(reading.breached_at),
        "n_breaches": reading.n_breaches,
    }


def standing_json(standing: Standing) -> JsonObject:
    """Gives a standing as the ticket keeps it; moments to the microsecond, so nothing drifts."""
    clocks, facts = standing.clocks, standing.facts
    return {
        "format": FORMAT,
        "at": clocks.at.isoformat(),
        "n_events": standing.n_events,
        "rule": clocks.rule,
        "visitor_waits": clocks.visitor_waits,
        "answered": clocks.answered,
        "traits": traits_json(clocks.traits),
        "clocks": {metric.value: _clock_json(clock) for metric, clock in clocks.clocks.items()},
        "seen": {
            "state": facts.state.value,
            "waiting": facts.waiting,
            "answered": facts.answered,
        },
        "marks": [[m.metric.value, m.round, m.crossing.value] for m in sorted(standing.marks)],
    }


def standing_of(data: Mapping[str, Json]) -> Standing:
    """Reads what `standing_json` wrote."""
    traits = traits_of(_object(data["traits"]))
    clocks, seen, marks = _object(data["clocks"]), _object(data["seen"]), data["marks"]
    known = {metric: _clock_of(_object(clocks[metric.value])) for metric in Metric}
    return Standing(
        clocks=Clocks(
            at=datetime.fromisoformat(str(data["at"])),
            traits=traits,
            rule=str(data["rule"]),
            visitor_waits=bool(data["visitor_waits"]),
            answered=bool(data["answered"]),
            clocks=known,
        ),
        facts=TicketFacts(
            state=TicketState(str(seen["state"])),
            waiting=bool(seen["waiting"]),
            answered=bool(seen["answered"]),
            traits=traits,
        ),
        marks=frozenset(_mark_of(mark) for mark in (marks if isinstance(marks, list) else [])),
        n_events=int(str(data["n_events"])),
    )


def event_of(at: datetime, kind: str, traits: Mapping[str, Json] | None) -> SlaEvent:
    """Makes an event from its stored row."""
    return SlaEvent(
        at=at, kind=SlaEventKind(kind), traits=None if traits is None else traits_of(traits)
    )


def traits_json(traits: Traits) -> JsonObject:
    """Gives the traits by name."""
    return {
        "priority": traits.priority,
        "type": traits.type,
        "tier": traits.tier,
        "channel": traits.channel,
        "market": traits.market,
    }


def traits_of(data: Mapping[str, Json]) -> Traits:
    """Reads what `traits_json` wrote."""
    words = {name: str(data[name]) for name in ("type", "tier", "channel", "market")}
    return Traits(priority=int(str(data["priority"])), **words)


def _clock_json(clock: Clock) -> JsonObject:
    return {
        "phase": clock.phase.value,
        "used": clock.used,
        "since": _exact(clock.since),
        "warned_at": _exact(clock.warned_at),
        "breached_at": _exact(clock.breached_at),
        "n_breaches": clock.n_breaches,
        "round": clock.round,
    }


def _clock_of(data: Mapping[str, Json]) -> Clock:
    return Clock(
        phase=Phase(str(data["phase"])),
        used=float(str(data["used"])),
        since=_moment(data["since"]),
        warned_at=_moment(data["warned_at"]),
        breached_at=_moment(data["breached_at"]),
        n_breaches=int(str(data["n_breaches"])),
        round=int(str(data["round"])),
    )


def _mark_of(data: Json) -> Mark:
    metric, number, crossing = data if isinstance(data, list) else ("", 0, "")
    return Mark(
        metric=Metric(str(metric)), round=int(str(number)), crossing=Crossing(str(crossing))
    )


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _exact(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(value: Json) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value))
