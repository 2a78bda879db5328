"""How promises were kept, told from real tickets; and clocks that were tampered with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from handoff.sla.policy import Traits
from handoff.sla.report import SlaReport, explain_policy
from handoff.store.tables import tickets
from tests.handoff.sla.conftest import SlaDesk, engine


async def test_kept_broken_and_open_promises_are_counted(desk: SlaDesk) -> None:
    started = desk.world.clock.now()
    _, first, agent = await desk.opened()
    chat, second, _ = await desk.opened()
    use = desk.services.desk
    desk.world.clock.advance(timedelta(minutes=30))
    await use.take(first, agent.id)
    await use.reply(first, agent.id, client_id="a", text="Hello")
    await use.take(second, agent.id)
    desk.world.clock.advance(timedelta(minutes=40))
    await use.reply(second, agent.id, client_id="b", text="Hello")
    await desk.world.say(chat)
    desk.world.clock.advance(timedelta(minutes=10))
    report = SlaReport(desk.database, desk.keeper.engine)

    lines = await report.lines(since=started, now=desk.world.clock.now())
    later = await report.lines(since=desk.world.clock.now(), now=desk.world.clock.now())

    assert [
        (line.metric.value, line.priority, line.n_met, line.n_breached, line.n_open)
        for line in lines
    ] == [
        ("first_response", 3, 1, 1, 0),
        ("next_response", 3, 0, 0, 1),
        ("resolution", 3, 0, 0, 2),
    ]
    assert lines[0].as_json()["met_share"] == 0.5
    assert lines[1].as_json()["met_share"] is None
    assert later == []


async def test_clocks_that_are_not_what_their_events_say_are_named(desk: SlaDesk) -> None:
    started = desk.world.clock.now()
    _, sound, _ = await desk.opened()
    _, broken, _ = await desk.opened()
    report = SlaReport(desk.database, desk.keeper.engine)
    assert (await report.check(since=started)).differing == ()
    ticket = await desk.ticket(broken)
    stored: Any = ticket.sla
    stored["clocks"]["first_response"]["used"] = 17.0
    async with desk.database.write() as transaction:
        await transaction.connection.execute(
            update(tickets).where(tickets.c.number == ticket.number).values(sla=stored)
        )

    found = await report.check(since=started)

    assert (found.n_checked, found.differing) == (2, (broken,))
    assert sound not in found.differing


def test_the_policy_says_what_applies_and_why_the_others_do_not() -> None:
    gold = explain_policy(engine(), Traits(priority=3, tier="gold"))
    urgent = explain_policy(engine(), Traits(priority=1, tier="gold"))

    assert [(rule["name"], rule["why"], rule["misfits"]) for rule in gold] == [
        ("fast", "misfit", ["priority"]),
        ("gold", "applies", []),
        ("usual", "later", []),
        ("default", "later", []),
    ]
    assert [rule["why"] for rule in urgent] == ["applies", "later", "later", "later"]
    assert gold[1]["minutes"] == {"first_response": 5}
