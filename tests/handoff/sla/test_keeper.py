"""Clocks on real tickets: kept with every change, told once, counted anew from their log."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.errors import HandoffError
from handoff.facts import Facts
from handoff.model import ConversationView
from handoff.sla.keeper import KINDS, OVERDUE, SlaKeeper, recount_for
from handoff.sla.standing import standing_of
from handoff.store.engine import Database, Transaction
from handoff.store.tables import events, inbox_events, jobs, tickets
from handoff.store.unit import load_unit
from handoff.webhooks.facts import outgoing_events
from handoff.work.model import LeasedJob
from tests.handoff.sla.conftest import SlaDesk, engine


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


async def test_a_new_ticket_carries_clocks_and_one_timer(desk: SlaDesk) -> None:
    _, number, _ = await desk.opened()

    ticket = await desk.ticket(number)
    (timer,) = await desk.waiting_timers()
    assert ticket.due_at == ticket.opened_at + minutes(60)
    assert ticket.sla_alarm_at == timer.job.due_at == ticket.opened_at + minutes(45)
    assert timer.job.key.startswith(f"sla:{ticket.number}:first_response:1:warning:")
    (event,) = await desk.log(number)
    assert event.traits is not None
    assert (event.traits.priority, event.traits.channel) == (3, "web")
    assert event.traits.market == "gr"


async def test_a_desk_without_service_levels_has_no_clocks(desk: SlaDesk) -> None:
    desk.world.services = desk.world.build(desk.world.database)
    _, number, _ = await desk.opened()

    ticket = await desk.ticket(number)

    assert (ticket.sla, ticket.due_at) == (None, None)
    assert await desk.waiting_timers() == []


async def test_a_warning_comes_before_and_exactly_one_event_at_the_breach(desk: SlaDesk) -> None:
    chat, number, _ = await desk.opened()
    opened_at = (await desk.ticket(number)).opened_at

    desk.world.clock.advance(minutes(45))
    await desk.run_timers()
    desk.world.clock.advance(minutes(15))
    await desk.run_timers()
    desk.world.clock.advance(minutes(100))
    await desk.run_timers()

    told = await desk.told()
    assert [(kind, payload["metric"]) for kind, payload in told] == [
        ("sla_warning", "first_response"),
        ("sla_breached", "first_response"),
    ]
    assert told[1][1] | {"at": "", "due_at": ""} == {
        "metric": "first_response", "round": 1, "at": "", "rule": "usual",
        "target_minutes": 60, "due_at": "",
    }  # fmt: skip
    assert Counter(row.act for row in await desk.audited()) == {
        "sla_warning": 1,
        "sla_breached": 1,
    }
    assert {row.subject for row in await desk.audited()} == {f"ticket:{number}"}
    log = await desk.world.log(chat)
    assert [e.kind for e in log if e.agents_only] == ["sla_warning", "sla_breached"]
    assert [e.kind for e in await desk.world.log(chat, internal=False)] == ["message", "handoff"]
    ticket = await desk.ticket(number)
    assert ticket.breached_at == ticket.due_at == opened_at + minutes(60)


async def test_a_timer_whose_target_moved_does_nothing(desk: SlaDesk) -> None:
    _, number, agent = await desk.opened()
    await desk.services.desk.take(number, agent.id)
    await desk.services.desk.reply(number, agent.id, client_id="r1", text="Hello")

    desk.world.clock.advance(minutes(45))
    version = (await desk.ticket(number)).version
    n_run = await desk.run_timers()

    assert n_run == 1
    assert await desk.told() == []
    ticket = await desk.ticket(number)
    assert (ticket.version, ticket.sla_alarm_at) == (version, None)


async def test_a_higher_priority_brings_the_target_forward(desk: SlaDesk) -> None:
    _, number, agent = await desk.opened()
    desk.world.clock.advance(minutes(5))
    await desk.services.desk.override_priority(number, agent.id, level=1, reason="VIP")

    ticket = await desk.ticket(number)
    assert ticket.due_at == ticket.opened_at + minutes(15)
    desk.world.clock.advance(minutes(10))
    await desk.run_timers()

    assert [(kind, payload["rule"]) for kind, payload in await desk.told()] == [
        ("sla_breached", "fast")
    ]


async def test_a_late_answer_tells_of_the_breach_that_no_timer_told(desk: SlaDesk) -> None:
    _, number, agent = await desk.opened()
    opened_at = (await desk.ticket(number)).opened_at
    await desk.services.desk.take(number, agent.id)
    desk.world.clock.advance(minutes(61))
    await desk.services.desk.reply(number, agent.id, client_id="r1", text="Hello")

    assert [kind for kind, _ in await desk.told()] == ["sla_breached"]
    await desk.run_timers()
    assert [kind for kind, _ in await desk.told()] == ["sla_breached"]
    assert (await desk.ticket(number)).breached_at == opened_at + minutes(60)


async def test_what_is_told_goes_to_receivers_of_webhooks(desk: SlaDesk) -> None:
    seen: list[Facts] = []

    async def note(_transaction: Transaction, facts: Facts) -> None:
        seen.append(facts)

    desk.database = Database(desk.world.database.engine, keepers=(desk.keeper,), follow_ups=(note,))
    desk.world.services = desk.services = desk.world.build(desk.database)
    await desk.opened()
    desk.world.clock.advance(minutes(60))
    await desk.run_timers()

    sent = [event for facts in seen for event in outgoing_events(facts)]
    assert [event.type.value for event in sent][-1] == "ticket.sla_breached"
    assert sent[-1].data["detail"] == (await desk.told())[0][1]


async def test_a_customers_tier_counts_and_its_change_moves_the_target(desk: SlaDesk) -> None:
    tiers = {"c1": "gold"}

    async def find_tier(_connection: AsyncConnection, customer_id: str) -> str:
        return tiers.get(customer_id, "")

    desk.use(SlaKeeper(desk.keeper.engine, find_tier=find_tier))
    chat, number, _ = await desk.opened()
    async with desk.database.write() as transaction:
        unit = await load_unit(transaction, chat.id, now=desk.world.clock.now())
        assert unit is not None
        unit.change_ticket(customer_id="c1")
        await unit.flush()

    ticket = await desk.ticket(number)
    assert ticket.due_at == ticket.opened_at + minutes(5)
    assert [event.kind for event in await desk.log(number)] == ["opened", "traits_changed"]
    tiers["c1"] = "silver"
    async with desk.database.write() as transaction:
        await recount_for(transaction, "c1")
    await desk.timers.renew(_any_job())
    assert (await desk.ticket(number)).due_at == ticket.opened_at + minutes(60)


@pytest.mark.parametrize("closed_as", ["merged", "spam"])
async def test_merged_tickets_and_spam_stop_their_clocks(desk: SlaDesk, closed_as: str) -> None:
    chat, number, _ = await desk.opened()
    async with desk.database.write() as transaction:
        unit = await load_unit(transaction, chat.id, now=desk.world.clock.now())
        assert unit is not None
        unit.change_ticket(state="closed", closed_as=closed_as)
        await unit.flush()

    desk.world.clock.advance(minutes(1000))
    await desk.run_timers()

    ticket = await desk.ticket(number)
    assert (ticket.due_at, ticket.sla_alarm_at) == (None, None)
    assert await desk.told() == []


async def test_new_promises_reach_open_tickets(desk: SlaDesk) -> None:
    _, number, _ = await desk.opened()
    (timer,) = await desk.waiting_timers()
    desk.use(SlaKeeper(engine(first_response=20), market="gr"))

    renewed = await desk.timers.renew(timer)
    again = await desk.timers.renew(timer)

    ticket = await desk.ticket(number)
    assert (renewed.result, again.result) == ({"tickets": 1}, {"tickets": 0})
    assert ticket.due_at == ticket.opened_at + minutes(20)
    assert (await desk.waiting_timers())[0].job.due_at == ticket.opened_at + minutes(15)


async def test_a_ticket_of_an_earlier_release_gets_clocks_without_old_news(desk: SlaDesk) -> None:
    desk.world.services = desk.world.build(desk.world.database)
    _, number, _ = await desk.opened()
    desk.world.services = desk.services
    desk.world.clock.advance(minutes(70))

    await desk.timers.renew(_any_job())

    ticket = await desk.ticket(number)
    assert ticket.breached_at == ticket.opened_at + minutes(60)
    assert await desk.told() == []
    assert [event.kind for event in await desk.log(number)] == ["opened"]


async def test_a_timer_that_never_came_is_made_up_for(desk: SlaDesk) -> None:
    await desk.opened()
    async with desk.database.write() as transaction:
        await transaction.connection.execute(update(jobs).values(state="discarded"))
    desk.world.clock.advance(minutes(60) + OVERDUE)

    await desk.timers.renew(_any_job())

    assert [kind for kind, _ in await desk.told()] == ["sla_breached"]


async def test_a_timer_of_a_deleted_conversation_is_harmless(desk: SlaDesk) -> None:
    await desk.opened()
    (timer,) = await desk.waiting_timers()
    payload = {**timer.job.payload, "conversation_id": "gone"}

    done = await desk.timers.fire(replace(timer, job=replace(timer.job, payload=payload)))

    assert done.effect is not None
    async with desk.database.write() as transaction:
        await done.effect(transaction)
    assert await desk.told() == []


ACTS = ("say", "take", "reply", "release", "resolve", "reopen", "hand_back", "priority", "ask")


@pytest.mark.parametrize("seed", range(6))
async def test_stored_clocks_equal_their_log_after_random_histories(
    desk: SlaDesk, seed: int
) -> None:
    chance = random.Random(seed)
    chat, number, agent = await desk.opened()
    first_reply_at = None
    for n in range(30):
        desk.world.clock.advance(timedelta(seconds=chance.uniform(1, 1500)))
        if chance.random() < 0.5:
            await desk.run_timers()
        with contextlib.suppress(HandoffError):  # an act that does not fit the state
            await _act(desk, chat, number, agent.id, chance.choice(ACTS), n)
        ticket = await desk.ticket(number)
        assert ticket.sla is not None
        standing = standing_of(ticket.sla)
        assert desk.keeper.engine.fold(await desk.log(number)) == standing.clocks
        first_reply_at = first_reply_at or ticket.first_reply_at
    desk.world.clock.advance(minutes(600))
    await desk.run_timers()

    ticket = await desk.ticket(number)
    replies = [e.at for e in await desk.log(number) if e.kind == "agent_replied"]
    assert first_reply_at is None or first_reply_at in replies
    told = await desk.told()
    of_tickets = await desk.rows(select(inbox_events.c.ticket_number, inbox_events.c.kind))
    log = await desk.rows(select(events.c.kind).where(events.c.kind.in_(KINDS.values())))
    assert Counter(row.kind for row in log) == Counter(kind for kind, _ in told)
    for row in await desk.rows(select(tickets.c.number, tickets.c.breached_at, tickets.c.sla)):
        clocks = desk.keeper.engine.tick(standing_of(row.sla).clocks, desk.world.clock.now())
        counted = sum(clock.n_breaches for clock in clocks.clocks.values())
        assert of_tickets.count((row.number, "sla_breached")) == counted
        assert (row.breached_at is not None) == (counted > 0)


async def _act(
    desk: SlaDesk, chat: ConversationView, number: str, agent_id: str, act: str, n: int
) -> None:
    use = desk.services.desk
    match act:
        case "say" | "ask":
            await desk.world.say(chat, f"Message {n}")
            view = await desk.world.view(chat)
            if view.owner.value == "bot":
                await desk.world.answer(chat, handoff="asked_for_person" if act == "ask" else None)
        case "reply":
            await use.reply(number, agent_id, client_id=f"r{n}", text="Hello")
        case "priority":
            await use.override_priority(number, agent_id, level=1 + n % 5, reason="because")
        case _:
            await getattr(use, act)(number, agent_id)


def _any_job() -> LeasedJob:
    return None  # type: ignore[return-value]


async def test_clocks_that_cannot_be_read_lose_no_message(desk: SlaDesk) -> None:
    chat, number, _ = await desk.opened()
    _, other, _ = await desk.opened()
    odd = {"format": 99, "marks": "?"}
    async with desk.database.write() as transaction:
        await transaction.connection.execute(
            update(tickets)
            .where(tickets.c.number == int(number.removeprefix("BD-")))
            .values(sla=odd, sla_version=None, priority=1)
        )
        await transaction.connection.execute(update(tickets).values(sla_version=None))

    said = await desk.world.say(chat, "Is anybody there?")
    await desk.timers.renew(LeasedJob(job=(await desk.waiting_timers())[0].job, token=""))

    ticket = await desk.ticket(number)
    assert (ticket.last_message, ticket.sla) == ("Is anybody there?", odd)
    assert [event.seq for event in await desk.world.log(chat)][-1] == said.event.seq
    # The ticket behind it was looked at all the same.
    assert (await desk.ticket(other)).sla_version == desk.keeper.engine.version
