"""Rules at work on real tickets: woken by changes and by time, once each, whatever breaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from handoff.ids import new_id
from handoff.model import Author
from handoff.ports import Ports
from handoff.retention import Retention
from handoff.routing.config import RoutingSettings
from handoff.routing.model import Mode
from handoff.routing.requests import QueueRequests
from handoff.routing.returning import Returning
from handoff.routing.tables import teams
from handoff.routing.whys import Whys
from handoff.rules.model import Trigger
from handoff.rules.running import SOLVED_FOR
from handoff.rules.tables import rules
from handoff.store.tables import audit_log, jobs
from handoff.ticket import TicketState
from handoff.webhooks.model import EventType
from handoff.webhooks.store import Webhooks
from handoff.work.model import LeasedJob
from tests.handoff.rules.conftest import Desk

TEXTS = {"en": "Hello, {ticket.number}", "el": "Γεια, {ticket.number}"}
HELLO: dict[str, Any] = {"shortcut": "hello", "texts": TEXTS}


async def test_a_rule_fires_after_the_change_that_wakes_it_and_leaves_its_history(
    desk: Desk,
) -> None:
    rule_id = await desk.rule(
        "refunds",
        {"add_tag": "refund"},
        {"set_priority": {"level": 1, "reason": "Money"}},
        {"add_note": "Check the payment"},
        when={"text": "refund*"},
    )
    other = await desk.world.hand_off(await desk.world.start(), "Where is my parcel?")
    number = await desk.world.hand_off(await desk.world.start(), "I want my refunds")
    assert (await desk.services.desk.find(number)).tags == ()

    assert await desk.work() == 2

    ticket = await desk.services.desk.find(number)
    assert (ticket.tags, ticket.priority) == (("refund",), 1)
    assert ticket.override is not None and ticket.override.agent_name == "refunds"
    assert (await desk.services.desk.find(other)).tags == ()
    (fired,) = await desk.log(number, "rule")
    assert fired.agents_only and fired.author_name == "refunds"
    assert (fired.payload["rule_id"], fired.payload["version"]) == (rule_id, 1)
    (note,) = await desk.log(number, "note")
    assert (note.text, note.author, note.agents_only) == ("Check the payment", Author.SYSTEM, True)
    (record,) = await desk.services.rules.firings(ticket_number=int(number[3:]))
    assert (record.rule_id, record.trigger, len(record.steps)) == (rule_id, "ticket_opened", 3)
    assert (await desk.services.rules.get(rule_id)).n_firings == 1
    assert await desk.work() == 0


async def test_without_a_rule_that_waits_for_it_a_change_leaves_no_job(desk: Desk) -> None:
    await desk.rule("other", events=["agent_reply"])
    await desk.rule("off", active=False)

    await desk.world.hand_off(await desk.world.start())

    assert await desk.world.scalar("SELECT count(*) FROM jobs") == 0


async def test_every_event_wakes_its_rules(desk: Desk) -> None:
    world, ann = desk.world, await desk.world.agent("Ann")
    for event in ("visitor_message", "agent_reply", "state_changed", "priority_changed"):
        await desk.rule(event, events=[event])
    chat = await world.start()
    number = await world.hand_off(chat)
    await desk.work()

    async def tags() -> tuple[str, ...]:
        await desk.work()
        return (await desk.services.desk.find(number)).tags

    assert await tags() == ()
    await world.say(chat, "still there?")
    assert await tags() == ("visitor_message",)
    await desk.services.desk.override_priority(number, ann.id, level=1, reason="x")
    assert await tags() == ("priority_changed", "visitor_message")
    await desk.services.desk.take(number, ann.id)
    assert await tags() == ("priority_changed", "state_changed", "visitor_message")
    await desk.services.desk.reply(number, ann.id, client_id="r", text="Yes")
    assert "agent_reply" in await tags()


async def test_a_rule_speaks_the_visitors_language_only_where_nobody_talks(desk: Desk) -> None:
    world = desk.world
    await desk.services.replies.create(dict(HELLO), actor_id=None)
    await desk.rule("greet", {"reply": "hello"}, events=["ticket_opened", "visitor_message"])
    chat = await world.start("el-GR")
    await desk.services.visitors.choose_language(chat.id, visitor_id=chat.visitor_id, language="el")
    number = await world.hand_off(chat)
    await desk.work()
    ann = await world.agent("Ann")
    await desk.services.desk.take(number, ann.id)
    await world.say(chat, "hello?")
    await desk.work()

    said = [event for event in await desk.log(number, "message") if event.author is Author.SYSTEM]
    assert [(event.text, event.language) for event in said] == [(f"Γεια, {number}", "el")]
    assert said[0].author_name is None
    steps: Any = [event.payload["steps"] for event in await desk.log(number, "rule")]
    assert [one[0]["refused"] for one in steps] == [None, "somebody_talks"]
    (reply,) = await desk.services.replies.list()
    assert reply.n_used == 1


async def test_what_a_rule_assigned_comes_back_when_nobody_answers(desk: Desk) -> None:
    settings, world = RoutingSettings(mode=Mode.PUSH), desk.world
    desk.database.add_follow_up(QueueRequests(settings))
    ports = Ports(clock=world.clock, shared_now=world.shared_now)
    returning = Returning(desk.database, ports, settings)
    await world.agent("Ann")
    await desk.rule("Greek", {"assign": "ann@shop.example"})
    number = await world.hand_off(await world.start())
    await desk.work()

    ticket = await desk.services.desk.find(number)
    assert ticket.assignee is not None and ticket.assigned_by == "rule"
    shown = await Whys(desk.database, settings).explain(number)
    assert shown.offered
    assert [(why.code, why.params) for why in shown.history[0].reasons] == [
        ("given_by_rule", {"by": "Greek"})
    ]
    world.clock.advance(settings.policy.answer_within)
    assert await returning.return_stuck() == 1
    assert (await desk.services.desk.find(number)).assignee is None


async def test_teams_agents_states_and_receivers_are_reached(desk: Desk) -> None:
    world, ann = desk.world, await desk.world.agent("Ann")
    hooks = Webhooks(desk.database, master_key=b"k" * 48)
    hook = await hooks.create(
        url="https://crm.example/hook", events=[EventType.TICKET_CREATED], actor_id=None
    )
    async with desk.database.write() as transaction:
        await transaction.connection.execute(
            insert(teams).values(
                id=new_id(),
                name="Billing",
                languages=[],
                support_tier=1,
                version=1,
                created_at=world.clock.now(),
                updated_at=world.clock.now(),
            )
        )
    await desk.rule(
        "all",
        {"set_team": "Billing"},
        {"assign": "ann@shop.example"},
        {"notify": {"to": "team:Billing", "text": "Look"}},
        {"webhook": hook.webhook.id},
        {"set_state": "on_hold"},
    )
    number = await world.hand_off(await world.start())

    await desk.work()

    ticket = await desk.services.desk.find(number)
    assert ticket.team_id is not None
    assert (ticket.assignee and ticket.assignee.id, ticket.assigned_by) == (ann.id, "rule")
    assert (ticket.state, ticket.owner.value) == (TicketState.ON_HOLD, "queue")
    told = await desk.services.inbox.events_after(0)
    (notified,) = [event for event in told if event.kind == "notification"]
    assert notified.payload == {"to": "team:Billing", "text": "Look", "by": "all"}
    async with desk.database.read() as connection:
        bodies = (
            (
                await connection.execute(
                    select(jobs.c.payload)
                    .where(jobs.c.kind == "webhook.deliver")
                    .order_by(jobs.c.id)
                )
            )
            .scalars()
            .all()
        )
    assert [body["event_type"] for body in bodies] == ["ticket.created", "rule.fired"]
    assert '"state":"on_hold"' in str(bodies[1]["body"])


async def test_a_rule_solves_a_ticket_that_waits_for_nobody(desk: Desk) -> None:
    await desk.rule("spam", {"set_state": "solved"}, when={"text": "casino"})
    chat = await desk.world.start()
    number = await desk.world.hand_off(chat, "Best casino")

    await desk.work()

    assert (await desk.services.desk.find(number)).state is TicketState.SOLVED
    assert (await desk.world.view(chat)).owner.value == "closed"
    await desk.world.say(chat, "another matter")


async def test_what_a_person_decided_stays(desk: Desk) -> None:
    ann = await desk.world.agent("Ann")
    level = {"set_priority": {"level": 5, "reason": "calm"}}
    await desk.rule("calm", level, events=["visitor_message"])
    chat = await desk.world.start()
    number = await desk.world.hand_off(chat)
    await desk.services.desk.override_priority(number, ann.id, level=2, reason="VIP")
    await desk.world.say(chat, "hello")

    await desk.work()

    ticket = await desk.services.desk.find(number)
    assert (ticket.priority, ticket.override and ticket.override.agent_name) == (2, "Ann")


async def test_rules_do_not_wake_rules_again(desk: Desk) -> None:
    await desk.rule("up", {"set_priority": {"level": 1, "reason": "x"}})
    loop = {"set_priority": {"level": 2, "reason": "x"}}
    back = {"set_priority": {"level": 1, "reason": "x"}}
    await desk.rule("loop", loop, events=["priority_changed"], when={"priority": 1})
    await desk.rule("back", back, events=["priority_changed"], when={"priority": 2})
    number = await desk.world.hand_off(await desk.world.start())

    assert await desk.work() == 1

    names = [event.author_name for event in await desk.log(number, "rule")]
    assert names == ["up", "loop", "back"]
    assert (await desk.services.desk.find(number)).priority == 1


async def test_a_ticket_takes_only_its_share_of_changes_by_rules_an_hour(desk: Desk) -> None:
    # Each message puts on and takes off: two changes, whatever was before.
    await desk.rule(
        "blink", *({"add_tag": "x"}, {"remove_tag": "x"}) * 10, events=["visitor_message"]
    )
    chat = await desk.world.start()
    number = await desk.world.hand_off(chat)
    for _ in range(5):
        await desk.world.say(chat)
        await desk.work()

    assert len(await desk.log(number, "rule")) == 3

    desk.world.clock.advance(timedelta(hours=1, seconds=1))
    await desk.world.say(chat)
    await desk.work()
    assert len(await desk.log(number, "rule")) == 4


async def test_a_rule_about_time_fires_once_for_each_wait(desk: Desk) -> None:
    world, ann = desk.world, await desk.world.agent("Ann")
    await desk.rule(
        "long",
        {"add_note": "She waits"},
        events=["time"],
        after={"since": "waiting", "minutes": 60},
        when={"hours_open": True},
    )
    chat = await world.start()
    number = await world.hand_off(chat)
    assert await desk.look() == 0
    world.clock.advance(timedelta(minutes=61))

    await desk.look()
    await desk.look()
    assert len(await desk.log(number, "note")) == 1

    await desk.services.desk.take(number, ann.id)
    await desk.services.desk.reply(number, ann.id, client_id="r", text="Sorry")
    await world.say(chat, "and now?")
    await desk.look()
    world.clock.advance(timedelta(minutes=61))
    await desk.look()
    assert len(await desk.log(number, "note")) == 2


@dataclass
class Shut:
    opens: datetime | None

    def opens_at(self, now: datetime) -> datetime | None:
        return self.opens if self.opens and now < self.opens else None


async def test_a_rule_about_time_waits_until_its_conditions_hold(desk: Desk) -> None:
    world = desk.world
    opens = world.clock.now() + timedelta(hours=3)
    world.services = world.build(desk.database, hours=Shut(opens))
    after = {"since": "opened", "minutes": 60}
    await desk.rule("late", events=["time"], after=after, when={"hours_open": True})
    number = await world.hand_off(await world.start())
    world.clock.advance(timedelta(hours=2))
    await desk.look()
    assert (await desk.services.desk.find(number)).tags == ()

    world.clock.advance(timedelta(hours=2))
    await desk.look()

    assert (await desk.services.desk.find(number)).tags == ("late",)


async def test_silence_and_solved_tickets_are_counted(desk: Desk) -> None:
    world, ann = desk.world, await desk.world.agent("Ann")
    day = {"minutes": 60 * 24}
    await desk.rule("quiet", events=["time"], after={"since": "quiet", **day})
    await desk.rule("rate", events=["time"], after={"since": "solved", **day})
    silent, solved = [await world.hand_off(await world.start()) for _ in range(2)]
    await desk.services.desk.resolve(solved, ann.id)
    world.clock.advance(timedelta(hours=25))

    await desk.look()
    await desk.look()

    assert (await desk.services.desk.find(silent)).tags == ("quiet",)
    assert (await desk.services.desk.find(solved)).tags == ("rate",)
    assert len(await desk.log(silent, "rule")) == 1
    late = await world.hand_off(await world.start())
    await desk.services.desk.resolve(late, ann.id)
    world.clock.advance(SOLVED_FOR + timedelta(days=2))
    await desk.look()
    assert (await desk.services.desk.find(late)).tags == ()


async def test_a_time_that_is_over_when_the_job_is_done_is_left_alone(desk: Desk) -> None:
    world, ann = desk.world, await desk.world.agent("Ann")
    await desk.rule("long", events=["time"], after={"since": "waiting", "minutes": 60})
    number = await world.hand_off(await world.start())
    world.clock.advance(timedelta(minutes=61))
    await desk.look_only()
    await desk.services.desk.take(number, ann.id)
    await desk.services.desk.reply(number, ann.id, client_id="r", text="Here")

    await desk.work()

    assert (await desk.services.desk.find(number)).tags == ()


async def test_a_try_that_breaks_before_it_is_settled_is_made_again_once(desk: Desk) -> None:
    await desk.services.replies.create(dict(HELLO), actor_id=None)
    await desk.rule("greet", {"reply": "hello"}, {"add_tag": "greeted"})
    number = await desk.world.hand_off(await desk.world.start())
    (leased,) = await desk.claim()
    done = await desk.services.rule_runner.run(leased)
    with pytest.raises(RuntimeError):
        async with desk.database.write() as transaction:
            assert done.effect is not None
            await done.effect(transaction)
            raise RuntimeError("power cut")
    assert await desk.log(number, "rule") == []

    await desk.until_leases_end()
    assert await desk.work() == 1

    assert len(await desk.log(number, "rule")) == 1
    said = [event for event in await desk.log(number, "message") if event.author is Author.SYSTEM]
    assert len(said) == 1


async def test_a_job_that_two_workers_hold_acts_once(desk: Desk) -> None:
    await desk.rule("tag")
    number = await desk.world.hand_off(await desk.world.start())
    (leased,) = await desk.claim()
    again = LeasedJob(job=leased.job, token=leased.token)
    runner = desk.services.rule_runner
    await desk.queue.finish(leased, await runner.run(leased))

    done = await runner.run(again)
    async with desk.database.write() as transaction:
        assert done.effect is not None
        await done.effect(transaction)

    assert len(await desk.log(number, "rule")) == 1


async def test_a_ticket_whose_visitor_has_begun_another_matter_is_left_alone(desk: Desk) -> None:
    world, ann = desk.world, await desk.world.agent("Ann")
    await desk.rule("tag")
    chat = await world.start()
    first = await world.hand_off(chat)
    await desk.services.desk.resolve(first, ann.id)
    second = await world.hand_off(chat)

    await desk.work()

    assert (await desk.services.desk.find(first)).tags == ()
    assert (await desk.services.desk.find(second)).tags == ("tag",)


async def test_a_dry_run_says_exactly_what_a_real_run_does(desk: Desk) -> None:
    await desk.services.replies.create(dict(HELLO), actor_id=None)
    await desk.rule("a", {"set_priority": {"level": 1, "reason": "x"}}, {"reply": "hello"})
    await desk.rule("b", {"set_state": "pending"}, events=["priority_changed"])
    await desk.rule("never", when={"tags": "never"})
    number = await desk.world.hand_off(await desk.world.start())
    before = await desk.services.desk.find(number)

    (trial,) = await desk.services.rule_trials.try_out(
        events=[Trigger.TICKET_OPENED], number=number
    )
    assert await desk.services.desk.find(number) == before
    await desk.work()

    fired = [event.payload for event in await desk.log(number, "rule")]
    assert fired == [firing.as_json() for firing in trial.plan.firings]
    ticket = await desk.services.desk.find(number)
    assert (ticket.priority, ticket.state) == (trial.plan.after.priority, trial.plan.after.state)
    assert list(trial.missed.values()) == ["when > tags"]
    (whole,) = await desk.services.rule_trials.try_out(last=5)
    assert whole.as_json()["ticket"] == number


async def test_a_draft_is_tried_alone_and_on_the_newest_tickets(desk: Desk) -> None:
    await desk.rule("stored")
    numbers = [await desk.world.hand_off(await desk.world.start()) for _ in range(3)]
    draft: Any = {
        "name": "draft",
        "events": ["time"],
        "after": {"since": "waiting", "minutes": 60},
        "then": [{"add_tag": "x"}],
    }

    trials = await desk.services.rule_trials.try_out(last=2, draft=draft)

    assert [trial.before.number for trial in trials] == [numbers[2], numbers[1]]
    assert all([f.rule.name for f in trial.plan.firings] == ["draft"] for trial in trials)


async def test_old_firings_go_with_their_conversation(desk: Desk) -> None:
    ann = await desk.world.agent("Ann")
    await desk.rule("tag")
    number = await desk.world.hand_off(await desk.world.start())
    await desk.work()
    await desk.services.desk.resolve(number, ann.id)
    desk.world.clock.advance(timedelta(days=31))

    await Retention(desk.database, desk.world.clock).trim_conversations(keep=timedelta(days=30))

    assert await desk.world.scalar("SELECT count(*) FROM rule_firings") == 0


async def test_rules_leave_lines_in_the_audit_log(desk: Desk) -> None:
    rule_id = await desk.rule("a")
    async with desk.database.read() as connection:
        query = select(audit_log.c.act).where(audit_log.c.subject == f"rule:{rule_id}")
        assert (await connection.execute(query)).scalars().all() == ["rule_created"]


async def test_events_of_a_later_release_keep_nobody_from_writing(desk: Desk) -> None:
    await desk.rule("tag")
    async with desk.database.write() as transaction:
        await transaction.connection.execute(update(rules).values(events="sentiment_changed"))

    number = await desk.world.hand_off(await desk.world.start())

    assert await desk.work() == 0
    assert (await desk.services.desk.find(number)).tags == ()
