"""How promises were kept, and whether the stored clocks are what their events say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from sqlalchemy import select

from handoff.model import JsonObject
from handoff.sla.clocks import SlaEngine
from handoff.sla.policy import Metric, Traits
from handoff.sla.standing import Standing, event_of, standing_of
from handoff.sla.tables import sla_events
from handoff.store.engine import Database
from handoff.store.tables import tickets
from handoff.ticket import format_number

_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseLine:
    """Promises of one kind to one group of tickets; those that still run in time are `n_open`."""

    metric: Metric
    priority: int
    language: str | None
    n_met: int
    n_breached: int
    n_open: int

    def as_json(self) -> JsonObject:
        """Gives the line with `met_share`, None where nothing is decided yet."""
        decided = self.n_met + self.n_breached
        return {
            "metric": self.metric.value,
            "priority": self.priority,
            "language": self.language,
            "met": self.n_met,
            "breached": self.n_breached,
            "open": self.n_open,
            "met_share": round(self.n_met / decided, 4) if decided else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCheck:
    """Stored clocks against those counted anew; `differing` names tickets."""

    n_checked: int
    differing: tuple[str, ...]


class SlaReport:
    """Reads the clocks of tickets."""

    def __init__(self, database: Database, engine: SlaEngine) -> None:
        """Touches nothing."""
        self._database = database
        self._engine = engine

    async def lines(self, *, since: datetime, now: datetime) -> list[PromiseLine]:
        """Gives promises to tickets that were opened since then, by metric, priority, language."""
        counts: Counter[tuple[Metric, int, str, str]] = Counter()
        groups: set[tuple[Metric, int, str]] = set()
        for _, priority, language, standing in await self._standings(since):
            for reading in self._engine.read(standing.clocks, now):
                group = (reading.metric, priority, language or "")
                groups.add(group)
                counts[(*group, "met")] += reading.n_met
                counts[(*group, "breached")] += reading.n_breaches
                counts[(*group, "open")] += reading.is_open
        return [
            PromiseLine(
                metric=metric,
                priority=priority,
                language=language or None,
                n_met=counts[metric, priority, language, "met"],
                n_breached=counts[metric, priority, language, "breached"],
                n_open=counts[metric, priority, language, "open"],
            )
            for metric, priority, language in sorted(
                groups, key=lambda group: (list(Metric).index(group[0]), *group[1:])
            )
        ]

    async def check(self, *, since: datetime) -> ClockCheck:
        """Counts the clocks of tickets anew from their events.

        After a change of the service file clocks keep what was promised before it, so tickets that
        were opened before may differ.
        """
        found = await self._standings(since)
        differing = []
        for start in range(0, len(found), _PAGE):
            part = found[start : start + _PAGE]
            query = (
                select(sla_events)
                .where(sla_events.c.ticket_number.in_([number for number, *_ in part]))
                .order_by(sla_events.c.ticket_number, sla_events.c.seq)
            )
            async with self._database.read() as connection:
                rows = (await connection.execute(query)).all()
            logs = {
                number: [event_of(row.at, row.kind, row.traits) for row in of_ticket]
                for number, of_ticket in groupby(rows, key=lambda row: row.ticket_number)
            }
            differing += [
                format_number(number)
                for number, _, _, standing in part
                if self._engine.fold(logs.get(number, ())) != standing.clocks
            ]
        return ClockCheck(n_checked=len(found), differing=tuple(differing))

    async def _standings(self, since: datetime) -> list[tuple[int, int, str | None, Standing]]:
        query = (
            select(tickets.c.number, tickets.c.priority, tickets.c.language, tickets.c.sla)
            .where(tickets.c.sla.is_not(None), tickets.c.opened_at >= since)
            .order_by(tickets.c.number)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [(row.number, row.priority, row.language, standing_of(row.sla)) for row in rows]


def explain_policy(engine: SlaEngine, traits: Traits) -> list[JsonObject]:
    """Gives the rules in their order: which applies to such a ticket, and why others do not."""
    return list(_explained(engine, traits))


def _explained(engine: SlaEngine, traits: Traits) -> Iterator[JsonObject]:
    chosen = engine.policy.rule_for(traits)
    for rule in (*engine.policy.rules, engine.policy.default):
        minutes: JsonObject = {metric.value: value for metric, value in rule.minutes.items()}
        conditions: JsonObject = {
            "priority": [*sorted(rule.priorities)],
            "type": [*sorted(rule.types)],
            "tier": [*sorted(rule.tiers)],
            "channel": [*sorted(rule.channels)],
            "market": [*sorted(rule.markets)],
        }
        misfits = rule.misfits(traits)
        why = "applies" if rule is chosen else "misfit" if misfits else "later"
        yield {
            "name": rule.name,
            "why": why,
            "misfits": [*misfits],
            "conditions": conditions,
            "minutes": minutes,
            "warn_at": rule.warn_at,
            "calendar": engine.policy.calendar_for(rule, traits),
        }
