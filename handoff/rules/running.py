"""Runs rules: after a change of a ticket, and when a time has come.

A change leaves one job behind, in its own transaction; the job looks at the ticket under its lock,
decides, acts and settles in one transaction. So nothing is lost or done twice, whatever is killed.
What rules write carries an event of the kind `rule`: by it the follow-up knows its own work and
starts no new chain.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.conversation import Owner
from handoff.facts import Facts
from handoff.ids import new_id
from handoff.model import Author, Json, JsonObject
from handoff.ports import Ports
from handoff.rules.acting import Acting, Doer
from handoff.rules.conditions import holds, reads_words
from handoff.rules.engine import ACTIONS_AN_HOUR, Firing, Plan, Step, decide_rules
from handoff.rules.facts import Names, load_facts, load_names, load_surroundings
from handoff.rules.model import ActionKind, Rule, Since, Trigger
from handoff.rules.store import load_events, load_rules
from handoff.rules.tables import rule_firings, rules
from handoff.store.engine import Database, Transaction
from handoff.store.records import TicketRecord, select_tickets, ticket_of
from handoff.store.tables import events, tickets
from handoff.store.unit import ConversationUnit, fetch_ticket, load_unit
from handoff.ticket import ACTIVE_STATES, TicketState, parse_number
from handoff.webhooks.model import EventType, OutgoingEvent
from handoff.webhooks.store import announce_to
from handoff.work.model import LeasedJob, NewJob
from handoff.work.outbox import enqueue
from handoff.work.outcome import Done

logger = logging.getLogger(__name__)

RUN: Final = "rules.run"
LOOK: Final = "rules.look"
LANE: Final = "rules"
EVENT: Final = "rule"
"""Kind of the line in a ticket's history that a firing leaves."""
# Solved tickets older than this are left alone by time rules.
SOLVED_FOR: Final = timedelta(days=100)
_AN_HOUR: Final = timedelta(hours=1)
_BATCH: Final = 200
_CHANGES: Final = {
    "ticket_opened": Trigger.TICKET_OPENED,
    "visitor_message": Trigger.VISITOR_MESSAGE,
    "agent_reply": Trigger.AGENT_REPLY,
    "sla_warning": Trigger.SLA_WARNING,
    "sla_breached": Trigger.SLA_BREACHED,
}
_LAST_WORD: Final = (
    select(events.c.created_at)
    .where(
        events.c.conversation_id == tickets.c.conversation_id,
        events.c.kind == "message",
        events.c.author.in_((Author.VISITOR.value, Author.AGENT.value)),
    )
    .order_by(events.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
_MOMENTS: Final[Mapping[Since, ColumnElement[Any]]] = {
    Since.OPENED: tickets.c.opened_at,
    Since.WAITING: tickets.c.waiting_since,
    Since.QUIET: _LAST_WORD,
    Since.SOLVED: tickets.c.resolved_at,
}


def triggers_of(facts: Facts) -> frozenset[Trigger]:
    """Gives what happened to a ticket in one transaction; nothing if rules did it."""
    if facts.ticket is None or any(event.kind == EVENT for event in facts.events):
        return frozenset()
    found = {_CHANGES[one.kind] for one in facts.changes if one.kind in _CHANGES}
    if facts.state_before not in (None, facts.ticket.state):
        found.add(Trigger.STATE_CHANGED)
    if facts.priority_before not in (None, facts.ticket.priority):
        found.add(Trigger.PRIORITY_CHANGED)
    return frozenset(found)


async def plan_rules(transaction: Transaction, facts: Facts) -> None:
    """Writes the job that looks at the rules, if any rule waits for what happened. A follow-up."""
    happened = triggers_of(facts)
    if not happened or facts.ticket is None:
        return
    wanted = happened & await load_events(transaction.connection)
    if not wanted:
        return
    ticket = facts.ticket
    names: list[Json] = [trigger.value for trigger in Trigger if trigger in wanted]
    # The version rises with each change: it names this one.
    occasion = f"v{ticket.version}"
    await enqueue(
        transaction,
        NewJob(
            kind=RUN,
            key=f"{RUN}:{ticket.number}:{occasion}",
            lane=LANE,
            group=ticket.number,
            subject=f"conversation:{ticket.conversation_id}",
            payload={"ticket": ticket.number, "events": names, "occasion": occasion},
        ),
    )


class RuleRunner:
    """The handlers of the jobs of rules; each may run again without harm."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def run(self, leased: LeasedJob) -> Done:
        """Lets the rules look at a ticket; decides and acts in the transaction that settles."""
        payload = leased.job.payload
        number = parse_number(str(payload["ticket"]))
        triggers = frozenset(Trigger(str(name)) for name in _list(payload["events"]))
        occasion = str(payload["occasion"])
        due = frozenset(str(one) for one in _list(payload.get("due", [])))

        async def act(transaction: Transaction) -> None:
            if number is not None:
                await self._run(transaction, number, triggers, occasion, due)

        return Done(effect=act)

    async def look(self, leased: LeasedJob) -> Done:
        """Finds tickets whose time has come for a rule, and has the rule look at each."""
        async with self._database.read() as connection:
            stored = await load_rules(connection)
        timed = [one.rule for one in stored if one.rule.active and one.rule.after is not None]
        n_due = 0
        for rule in timed:
            last = 0
            while batch := await self._load_batch(rule, behind=last):
                last = max(batch)
                due = await self._find_due(rule, batch)
                async with self._database.write(self._ports.publisher) as transaction:
                    await enqueue(
                        transaction,
                        *(_due_job(rule, one, batch[one.number], leased.job.id) for one in due),
                    )
                n_due += len(due)
        return Done(result={"rules": len(timed), "due": n_due})

    async def _load_batch(self, rule: Rule, *, behind: int) -> dict[int, str]:
        """Gives tickets whose time has come, each with the occasion; the next behind a number."""
        if rule.after is None:
            return {}
        moment = _MOMENTS[rule.after.since]
        async with self._database.read() as connection:
            now = await self._ports.shared_now(connection)
            until = now - timedelta(minutes=rule.after.minutes)
            query = select(tickets.c.number, moment.label("moment")).where(
                tickets.c.number > behind, moment <= until
            )
            if rule.after.since is Since.SOLVED:
                solved = tickets.c.state == TicketState.SOLVED.value
                query = query.where(solved, moment > until - SOLVED_FOR)
            else:
                query = query.where(tickets.c.state.in_([state.value for state in ACTIVE_STATES]))
            rows = (await connection.execute(query.order_by(tickets.c.number).limit(_BATCH))).all()
        return {row.number: _occasion(rule, row.moment) for row in rows}

    async def _find_due(self, rule: Rule, batch: Mapping[int, str]) -> list[TicketRecord]:
        """Gives the tickets that fit and for which the rule has not fired on this occasion."""
        async with self._database.read() as connection:
            now = await self._ports.shared_now(connection)
            query = select(rule_firings.c.ticket_number, rule_firings.c.occasion).where(
                rule_firings.c.rule_id == rule.id, rule_firings.c.ticket_number.in_(batch)
            )
            fired = {tuple(row) for row in (await connection.execute(query)).all()}
            wanted = [number for number in batch if (number, batch[number]) not in fired]
            rows = (
                await connection.execute(select_tickets().where(tickets.c.number.in_(wanted)))
            ).all()
            found = [ticket_of(row) for row in rows]
            names = await load_names(connection)
            words = reads_words(rule.when)
            seen = await load_facts(connection, self._ports, found, names, now=now, words=words)
        return [
            ticket
            for (ticket, _), facts in zip(found, seen, strict=True)
            if holds(rule.when, facts)
        ]

    async def _run(
        self,
        transaction: Transaction,
        number: int,
        triggers: frozenset[Trigger],
        occasion: str,
        due: frozenset[str],
    ) -> None:
        connection = transaction.connection
        found, _ = await fetch_ticket(connection, number)
        if found is None:
            return
        now = await self._ports.shared_now(connection)
        unit = await load_unit(transaction, found.conversation_id, now=now)
        if unit is None or unit.ticket is None or unit.ticket.number != number:
            return  # the visitor has begun another matter: rules leave the old one alone
        plan, names = await decide_now(
            unit, self._ports, triggers=triggers, occasion=occasion, due=due
        )
        if not plan.firings:
            return
        for firing in plan.firings:
            await self._fire(transaction, unit, names, firing, occasion)
        unit.notify_inbox("rules_fired", {"rules": [firing.rule.id for firing in plan.firings]})
        await unit.flush()
        for firing in plan.firings:
            rule = firing.rule
            by: JsonObject = {"rule_id": rule.id, "name": rule.name, "version": rule.version}
            await send_webhooks(transaction, unit, firing.steps, by=by)

    async def _fire(
        self,
        transaction: Transaction,
        unit: ConversationUnit,
        names: Names,
        firing: Firing,
        occasion: str,
    ) -> None:
        rule, ticket = firing.rule, unit.ticket
        if ticket is None:
            raise LookupError("the conversation has no ticket")
        steps: list[Json] = [step.as_json() for step in firing.steps]
        unit.append(
            EVENT,
            Author.SYSTEM,
            "",
            author_name=rule.name,
            payload=firing.as_json(),
            agents_only=True,
        )
        doer = Doer(name=rule.name, key=f"rule-{rule.id}-{occasion}"[:90], rule_id=rule.id)
        await Acting(transaction, unit, self._ports, names, doer).do_all(firing.steps)
        await transaction.connection.execute(
            insert(rule_firings).values(
                id=new_id(),
                rule_id=rule.id,
                rule_version=rule.version,
                ticket_number=ticket.number,
                conversation_id=unit.record.id,
                occasion=occasion,
                trigger=firing.trigger.value,
                n_actions=sum(step.changes for step in firing.steps),
                steps=steps,
                at=unit.now,
            )
        )
        await transaction.connection.execute(
            update(rules).where(rules.c.id == rule.id).values(n_firings=rules.c.n_firings + 1)
        )


async def decide_now(
    unit: ConversationUnit,
    ports: Ports,
    *,
    triggers: frozenset[Trigger],
    occasion: str,
    due: frozenset[str],
) -> tuple[Plan, Names]:
    """Gives what the stored rules do to a locked ticket, and the names that they use."""
    connection, ticket = unit.connection, unit.ticket
    if ticket is None:
        raise LookupError("the conversation has no ticket")
    fired = (
        await connection.execute(
            select(rule_firings.c.rule_id).where(
                rule_firings.c.ticket_number == ticket.number,
                rule_firings.c.occasion == occasion,
            )
        )
    ).scalars()
    over = frozenset(fired)
    wanted = [one.rule for one in await load_rules(connection) if one.rule.id not in over]
    still_due = frozenset(
        [
            rule.id
            for rule in wanted
            if rule.id in due and await _is_due(connection, rule, ticket.number, occasion)
        ]
    )
    names = await load_names(connection)
    words = any(reads_words(rule.when) for rule in wanted)
    found = [(ticket, Owner(unit.record.owner))]
    (facts,) = await load_facts(connection, ports, found, names, now=unit.now, words=words)
    budget = ACTIONS_AN_HOUR - await _n_actions(connection, ticket.number, unit.now)
    if budget <= 0:
        logger.warning("ticket %s has had its share of rules for now", ticket.ref.number)
        return Plan(firings=(), after=facts, cut=True), names
    around = await load_surroundings(connection, ports, ticket, unit.record, names, now=unit.now)
    plan = decide_rules(wanted, triggers, facts, around, due=still_due, budget=budget)
    return plan, names


async def send_webhooks(
    transaction: Transaction, unit: ConversationUnit, steps: Sequence[Step], *, by: JsonObject
) -> None:
    """Writes the deliveries that steps ask for, with the ticket as it is in the end.

    Args:
        transaction: Of the change.
        unit: The conversation, flushed.
        steps: Of a rule or macro.
        by: Its id, name and version, for the receiver.
    """
    wanted = [step for step in steps if step.changes and step.action.kind is ActionKind.WEBHOOK]
    for step in wanted:
        event = OutgoingEvent(
            id=f"evt_{new_id()}",
            type=EventType.RULE_FIRED,
            at=unit.now,
            data={"by": by, "ticket": unit.ticket_view().as_json()},
        )
        await announce_to(transaction, step.action.value, event, conversation_id=unit.record.id)


def _occasion(rule: Rule, moment: datetime | None) -> str:
    """Names the moment that a time rule counts from: it fires once for each."""
    if rule.after is None or moment is None:
        return ""
    return f"{rule.after.since.value}:{moment.timestamp():.3f}"


async def _is_due(connection: AsyncConnection, rule: Rule, number: int, occasion: str) -> bool:
    """Tells whether a ticket still stands as it did when the time was found to have come."""
    if rule.after is None:
        return False
    moment = _MOMENTS[rule.after.since]
    query = select(moment.label("moment")).where(tickets.c.number == number)
    return _occasion(rule, (await connection.execute(query)).scalar_one_or_none()) == occasion


def _due_job(rule: Rule, ticket: TicketRecord, occasion: str, slot: str) -> NewJob:
    number = ticket.ref.number
    return NewJob(
        kind=RUN,
        # A try that found the ticket changed may be made again by a later look.
        key=f"{RUN}:{number}:{rule.id}:{slot}",
        lane=LANE,
        group=number,
        subject=f"conversation:{ticket.conversation_id}",
        payload={
            "ticket": number,
            "events": [Trigger.TIME.value],
            "occasion": occasion,
            "due": [rule.id],
        },
    )


async def _n_actions(connection: AsyncConnection, number: int, now: datetime) -> int:
    query = select(func.coalesce(func.sum(rule_firings.c.n_actions), 0)).where(
        rule_firings.c.ticket_number == number, rule_firings.c.at > now - _AN_HOUR
    )
    return int((await connection.execute(query)).scalar_one())


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
