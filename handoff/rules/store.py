"""Use cases of rules: read, add, change, order, remove; and what they have done.

A rule that is stored makes sense: it was parsed, and what it names existed then. What has gone
since is refused step by step when the rule fires.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.audit import write_audit
from handoff.errors import RuleInvalid, RuleNotFound
from handoff.ids import new_id
from handoff.model import Json, JsonObject, iso
from handoff.ports import Ports
from handoff.routing.tables import teams
from handoff.rules.model import Rule, StoredRule, Trigger
from handoff.rules.parsing import Known, parse_rule
from handoff.rules.tables import canned_replies, rule_firings, rules
from handoff.store.engine import Database, Transaction
from handoff.store.tables import users, webhooks
from handoff.ticket import format_number
from handoff.versions import Versions, check_version

# Every event reads all active ones.
MOST_RULES: Final = 200
_STEP: Final = 10
_FIELDS: Final = ("name", "active", "events", "after", "when", "then", "stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class FiringRecord:
    """A firing that happened."""

    id: str
    rule_id: str
    rule_version: int
    ticket: str
    trigger: str
    steps: Sequence[Json]
    at: datetime

    def as_json(self) -> JsonObject:
        """Gives its JSON."""
        return {
            "id": self.id,
            "rule_id": self.rule_id,
            "rule_version": self.rule_version,
            "ticket": self.ticket,
            "trigger": self.trigger,
            "steps": [*self.steps],
            "at": iso(self.at),
        }


class Rules:
    """What whoever writes rules does with them, each in one transaction."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def list(self) -> list[StoredRule]:
        """Gives all rules in their order."""
        async with self._database.read() as connection:
            return await load_rules(connection)

    async def get(self, rule_id: str) -> StoredRule:
        """Gives a rule; raises RuleNotFound."""
        async with self._database.read() as connection:
            return await _load(connection, rule_id)

    async def create(self, data: JsonObject, *, actor_id: str | None) -> StoredRule:
        """Adds a rule behind all others.

        Raises:
            RuleInvalid: It makes no sense, or there are too many.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            known = await load_known(transaction.connection, self._ports)
            rule_id = await add_rule(
                transaction, parse_rule(data, where="rule", known=known), now=now
            )
            await write_audit(
                transaction, now, actor_id, "rule_created", f"rule:{rule_id}", {"rule": data}
            )
            return await _load(transaction.connection, rule_id)

    async def change(
        self, rule_id: str, data: JsonObject, *, actor_id: str | None, expected: Versions
    ) -> StoredRule:
        """Changes the fields that are given; None takes an optional one away.

        Raises:
            RuleNotFound: No such rule.
            RuleInvalid: What comes out makes no sense.
            VersionConflict: It was changed meanwhile.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            stored = await _locked(transaction, rule_id, expected)
            before = rule_data(stored.rule)
            given = {**before, **data}
            wanted: JsonObject = {name: value for name, value in given.items() if value is not None}
            known = await load_known(transaction.connection, self._ports)
            rule = parse_rule(wanted, where="rule", known=known)
            if rule_data(rule) != before:
                await transaction.connection.execute(
                    update(rules)
                    .where(rules.c.id == rule_id)
                    .values(**rule_columns(rule), version=stored.rule.version + 1, updated_at=now)
                )
                await write_audit(
                    transaction, now, actor_id, "rule_changed", f"rule:{rule_id}", {"rule": wanted}
                )
            return await _load(transaction.connection, rule_id)

    async def remove(self, rule_id: str, *, actor_id: str | None, expected: Versions) -> None:
        """Deletes a rule; what it did stays in the tickets' histories.

        Raises:
            RuleNotFound, VersionConflict: As `change`.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            await _locked(transaction, rule_id, expected)
            await transaction.connection.execute(delete(rules).where(rules.c.id == rule_id))
            await write_audit(transaction, now, actor_id, "rule_removed", f"rule:{rule_id}")

    async def order(self, ids: Sequence[str], *, actor_id: str | None) -> Sequence[StoredRule]:
        """Puts all rules into this order.

        Raises:
            RuleInvalid: Not exactly the rules that there are, each once.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            connection = transaction.connection
            query = select(rules.c.id).order_by(rules.c.id).with_for_update()
            there = set((await connection.execute(query)).scalars())
            if len(ids) != len(there) or set(ids) != there:
                raise RuleInvalid("ids", "must name every rule once")
            for place, rule_id in enumerate(ids, start=1):
                await connection.execute(
                    update(rules)
                    .where(rules.c.id == rule_id, rules.c.position != place * _STEP)
                    .values(position=place * _STEP, version=rules.c.version + 1, updated_at=now)
                )
            await write_audit(transaction, now, actor_id, "rules_ordered", "rules", {"ids": [*ids]})
            return await load_rules(connection)

    async def firings(
        self,
        *,
        rule_id: str | None = None,
        ticket_number: int | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Sequence[FiringRecord]:
        """Gives what rules did, newest first; `before` is the last id of the page before."""
        query = select(rule_firings).order_by(rule_firings.c.id.desc()).limit(limit)
        if rule_id is not None:
            query = query.where(rule_firings.c.rule_id == rule_id)
        if ticket_number is not None:
            query = query.where(rule_firings.c.ticket_number == ticket_number)
        if before is not None:
            query = query.where(rule_firings.c.id < before)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [
            FiringRecord(
                id=row.id,
                rule_id=row.rule_id,
                rule_version=row.rule_version,
                ticket=format_number(row.ticket_number),
                trigger=row.trigger,
                steps=row.steps,
                at=row.at,
            )
            for row in rows
        ]


async def load_rules(connection: AsyncConnection) -> list[StoredRule]:
    """Gives all rules in their order."""
    query = select(rules).order_by(rules.c.position, rules.c.id)
    return [_rule_of(row) for row in (await connection.execute(query)).all()]


async def load_events(connection: AsyncConnection) -> frozenset[Trigger]:
    """Gives the events that any active rule waits for; none of those of a later release."""
    query = select(rules.c.events).where(rules.c.active).distinct()
    found = (await connection.execute(query)).scalars()
    names = {name for listed in found for name in listed.split(",")}
    return frozenset(trigger for trigger in Trigger if trigger.value in names)


async def load_known(connection: AsyncConnection, ports: Ports) -> Known:
    """Gives what rules may name now."""

    async def names(query: Any) -> frozenset[str]:
        return frozenset((await connection.execute(query)).scalars())

    return Known(
        teams=await names(select(teams.c.name)),
        agents=await names(select(users.c.email).where(users.c.active, users.c.role != "editor")),
        replies=await names(select(canned_replies.c.shortcut)),
        webhooks=await names(select(webhooks.c.id)),
        tiers=ports.tiers or None,
        categories=frozenset(ports.classifier.categories) or None,
    )


async def add_rule(transaction: Transaction, rule: Rule, *, now: datetime) -> str:
    """Stores a parsed rule behind all others; gives its id.

    Raises:
        RuleInvalid: There are too many.
    """
    connection = transaction.connection
    query = select(func.count(), func.max(rules.c.position)).select_from(rules)
    n_rules, last = (await connection.execute(query)).one()
    if n_rules >= MOST_RULES:
        raise RuleInvalid("rules", f"are too many: {MOST_RULES} at most")
    rule_id = new_id()
    await connection.execute(
        insert(rules).values(
            id=rule_id,
            position=(last or 0) + _STEP,
            **rule_columns(rule),
            version=1,
            n_firings=0,
            created_at=now,
            updated_at=now,
        )
    )
    return rule_id


def rule_data(rule: Rule) -> JsonObject:
    """Gives a rule as it is written in a file."""
    return {"name": rule.name, "active": rule.active, **rule.definition}


async def _load(connection: AsyncConnection, rule_id: str) -> StoredRule:
    row = (await connection.execute(select(rules).where(rules.c.id == rule_id))).first()
    if row is None:
        raise RuleNotFound(rule_id)
    return _rule_of(row)


async def _locked(transaction: Transaction, rule_id: str, expected: Versions) -> StoredRule:
    query = select(rules.c.id).where(rules.c.id == rule_id).with_for_update()
    await transaction.connection.execute(query)
    stored = await _load(transaction.connection, rule_id)
    check_version(stored.rule.version, expected)
    return stored


def rule_columns(rule: Rule) -> Mapping[str, Any]:
    """Gives the columns that a rule's fields are stored in."""
    return {
        "name": rule.name,
        "active": rule.active,
        "events": ",".join(trigger.value for trigger in Trigger if trigger in rule.triggers),
        "definition": rule.definition,
    }


def _rule_of(row: Row[Any]) -> StoredRule:
    rule = parse_rule(
        {"name": row.name, "active": row.active, **row.definition},
        where=f"rule {row.id}",
        rule_id=row.id,
        position=row.position,
        version=row.version,
    )
    return StoredRule(
        rule=rule,
        n_firings=row.n_firings,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
