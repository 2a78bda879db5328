"""Dry runs: what rules would do to tickets now, decided by the same code, without doing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from handoff.access import fetch_ticket_by_text
from handoff.model import Json, JsonObject
from handoff.ports import Ports
from handoff.rules.conditions import reads_words, why_not
from handoff.rules.engine import Plan, decide_rules
from handoff.rules.facts import load_facts, load_names, load_surroundings
from handoff.rules.model import Rule, TicketFacts, Trigger
from handoff.rules.parsing import parse_rule
from handoff.rules.store import load_known, load_rules
from handoff.store.engine import Database
from handoff.store.records import (
    CONVERSATION_COLUMNS,
    conversation_of,
    select_tickets,
    ticket_of,
)
from handoff.store.tables import conversations, tickets
from handoff.ticket import ACTIVE_STATES

MOST_TICKETS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What rules would do to one ticket.

    Attributes:
        missed: Rule id -> the place of the condition that does not hold, for rules that would have
            looked.
    """

    before: TicketFacts
    plan: Plan
    missed: dict[str, str]

    def as_json(self) -> JsonObject:
        """Gives its JSON."""
        missed: dict[str, Json] = dict(self.missed)
        return {
            "ticket": self.before.number,
            "firings": [firing.as_json() for firing in self.plan.firings],
            "missed": missed,
            "stopped_by": self.plan.stopped_by,
            "cut": self.plan.cut,
        }


class RuleTrials:
    """Tries rules on tickets."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def try_out(
        self,
        *,
        events: Sequence[Trigger] = (),
        number: str | None = None,
        last: int = 20,
        draft: JsonObject | None = None,
    ) -> list[Trial]:
        """Gives what would happen if something happened to tickets now.

        Args:
            events: What happens; everything that a rule can wait for by default.
            number: One ticket; None for the newest ones.
            last: How many of those.
            draft: A rule that is not stored: only this one is tried.

        Raises:
            TicketNotFound: No such ticket.
            RuleInvalid: The draft makes no sense.
        """
        triggers = frozenset(events or Trigger)
        async with self._database.read() as connection:
            query = select_tickets().order_by(tickets.c.number.desc())
            if number is not None:
                found = await fetch_ticket_by_text(connection, number)
                query = query.where(tickets.c.number == found.number)
            query = query.limit(min(last, MOST_TICKETS))
            rows = [ticket_of(row) for row in (await connection.execute(query)).all()]
            if draft is None:
                rules = [stored.rule for stored in await load_rules(connection)]
            else:
                known = await load_known(connection, self._ports)
                given = {**draft, "active": True}
                rules = [parse_rule(given, where="rule", rule_id="draft", known=known)]
            names = await load_names(connection)
            now = await self._ports.shared_now(connection)
            words = any(reads_words(rule.when) for rule in rules)
            seen = await load_facts(connection, self._ports, rows, names, now=now, words=words)
            trials = []
            for (ticket, _), facts in zip(rows, seen, strict=True):
                query = select(*CONVERSATION_COLUMNS).where(
                    conversations.c.id == ticket.conversation_id
                )
                record = conversation_of((await connection.execute(query)).one())
                around = await load_surroundings(
                    connection, self._ports, ticket, record, names, now=now
                )
                due = frozenset(rule.id for rule in rules if _would_be_due(rule, facts))
                plan = decide_rules(rules, triggers, facts, around, due=due)
                trials.append(
                    Trial(before=facts, plan=plan, missed=_missed(rules, triggers, facts, plan))
                )
        return trials


def _would_be_due(rule: Rule, facts: TicketFacts) -> bool:
    """Tells whether a time rule could look at the ticket: its time is taken to have come."""
    if rule.after is None:
        return False
    return (facts.state in ACTIVE_STATES) == (rule.after.since.value != "solved")


def _missed(
    rules: Sequence[Rule], triggers: frozenset[Trigger], facts: TicketFacts, plan: Plan
) -> dict[str, str]:
    fired = {firing.rule.id for firing in plan.firings}
    places = {
        rule.id: why_not(rule.when, facts)
        for rule in rules
        if rule.active and rule.id not in fired and rule.triggers & triggers
    }
    return {rule_id: place for rule_id, place in places.items() if place is not None}
