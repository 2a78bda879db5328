"""The store against the pure rules: random histories of visitor, bot and agents must agree."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from handoff.conversation import (
    Act,
    AgentReleases,
    AgentReplies,
    AgentTakes,
    HandBack,
    HandOff,
    Owner,
    Refusal,
    Reopen,
    Resolve,
    State,
    VisitorMessage,
    decide,
)
from handoff.errors import TransitionRefused
from handoff.model import Claim, Completed, Dropped
from handoff.overdue import Overdue
from handoff.ticket import Happened, TicketState, decide_state
from tests.faults.databases import migrated
from tests.faults.report import POSTGRES, SQLITE
from tests.handoff.world import World, answered

Result = TypeVar("Result")
# Mostly the one who has the conversation: refused acts alone do not get a history far.
AGENTS = st.sampled_from(["holder", "holder", "holder", "Ann", "Bob"])
LATE = timedelta(seconds=28)


class Loop:
    """An event loop in a thread of its own, for a machine whose rules are plain functions."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclass
class Expected:
    """What the pure rules say of one conversation."""

    state: State = field(default_factory=State)
    n_events: int = 0
    n_said: int = 0
    unanswered: list[str] = field(default_factory=list)
    tickets: dict[int, TicketState] = field(default_factory=dict)
    priorities: dict[int, int] = field(default_factory=dict)
    outage_in_episode: bool = False

    def try_act(self, act: Act) -> bool:
        """Applies an act if the rules allow it and says whether they do."""
        after = decide(self.state, act)
        if isinstance(after, Refusal):
            return False
        self.state = after
        return True

    def happened(self, what: Happened) -> None:
        after = decide_state(self.tickets[self.state.episode], what)
        assert after is not None
        self.tickets[self.state.episode] = after

    def assess(self) -> None:
        episode = self.state.episode
        worst = 1 if self.outage_in_episode else 3
        self.priorities[episode] = min(worst, self.priorities.get(episode, 5))


class CoreMachine(RuleBasedStateMachine):
    """One conversation, two agents, any order of events, late results included."""

    loop: ClassVar[Loop]
    world: ClassVar[World]
    agent_ids: ClassVar[dict[str, str]]
    n_steps: ClassVar[int] = 0

    @initialize()
    def start(self) -> None:
        self.chat = self.loop.run(self.world.start())
        self.expected = Expected()
        self.numbers: list[str] = []
        self.claims: list[Claim] = []
        self.given_back: set[str] = set()
        self.current: Claim | None = None

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        """Draws one of the things that can happen now; separate rules rarely get a history far."""
        type(self).n_steps += 1
        expected = self.expected
        things: list[Callable[[], None]] = [self.dispatcher_claims, self.lease_expires]
        if len(expected.unanswered) < 3:
            things += [self.visitor_writes, lambda: self.visitor_writes(outage=True)]
        if expected.n_said:
            things.append(self.visitor_repeats_the_last_message)
        if expected.unanswered and self.current is None:
            things += [
                partial(self.bot_takes_its_turn, outcome)
                for outcome in ("answer", "hand_off", "hand_off")
            ]
        if self.claims:
            things += [
                lambda: self.a_result_arrives(data),
                lambda: self.a_claim_is_prolonged(data),
                lambda: self.a_claim_is_given_back(data),
            ]
        if expected.unanswered and self.current is None:
            things.append(self.watchdog_looks)
        if self.numbers:
            agent = data.draw(AGENTS)
            things += [
                partial(self.agent_takes, agent, force=agent == "Bob"),
                partial(self.agent_replies, agent),
                partial(self.agent_releases, agent),
                partial(self.agent_hands_back, agent),
                partial(self.agent_resolves, agent),
                partial(self.agent_reopens, agent),
            ]
        data.draw(st.sampled_from(things))()

    def visitor_writes(self, outage: bool = False) -> None:
        expected = self.expected
        expected.n_said += 1
        words = f"{'outage' if outage else 'question'} {expected.n_said}"
        accepted = self.loop.run(self._send(expected.n_said, words))

        was_closed = expected.state.owner is Owner.CLOSED
        assert expected.try_act(VisitorMessage())
        expected.outage_in_episode = outage or (expected.outage_in_episode and not was_closed)
        expected.n_events += 1
        assert not accepted.duplicate
        assert accepted.event.seq == expected.n_events
        if expected.state.owner is Owner.BOT:
            expected.unanswered.append(words)
        else:
            expected.happened(Happened.VISITOR_WROTE)
            expected.assess()
        self.last_words = words

    def visitor_repeats_the_last_message(self) -> None:
        accepted = self.loop.run(self._send(self.expected.n_said, self.last_words))

        assert accepted.duplicate

    def dispatcher_claims(self) -> None:
        claim = self.loop.run(self.world.services.turns.claim(self.chat.id, lease_s=30))

        if self.current is None and self.expected.unanswered:
            assert claim is not None
            assert claim.message.text == self.expected.unanswered[0]
            assert claim.epoch == self.expected.state.epoch
            assert claim.more_waiting == (len(self.expected.unanswered) > 1)
            self.current = claim
            self.claims.append(claim)
        else:
            assert claim is None

    def bot_takes_its_turn(self, outcome: str) -> None:
        self.dispatcher_claims()
        self._result(self.claims[-1], outcome)

    def lease_expires(self) -> None:
        self.world.clock.advance(timedelta(seconds=31))
        self.current = None

    def a_result_arrives(self, data: st.DataObject) -> None:
        outcome = data.draw(st.sampled_from(["answer", "hand_off", "fail", "silence"]))
        self._result(data.draw(st.sampled_from(self.claims)), outcome)

    def a_claim_is_prolonged(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.claims))

        prolonged = self.loop.run(self.world.services.turns.renew(claim, lease_s=30))

        assert prolonged == self._holds(claim)
        if prolonged:
            # Nobody has taken it over: from now on it is good again.
            self.current = claim

    def a_claim_is_given_back(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        held = self._holds(claim)

        self.loop.run(self.world.services.turns.release(claim))

        if held:
            self.current = None
            self.given_back.add(claim.token)

    def watchdog_looks(self) -> None:
        """Nobody answered for too long: the conversation goes to people, claimed or not before."""
        self.world.clock.advance(LATE)
        watchdog = Overdue(
            self.world.database, self.world.services.turns, shared_now=self.world.shared_now
        )

        handed_over = self.loop.run(watchdog.hand_over(older_than=LATE, reason="bot_unavailable"))

        # Other histories left conversations behind in which the bot owes an answer.
        assert handed_over >= 1
        view = self.loop.run(self.world.view(self.chat))
        assert view.owner is Owner.QUEUE and view.ticket is not None
        self._expect_handoff(view.ticket.number)

    def _holds(self, claim: Claim) -> bool:
        """Whether a claim is still the one that counts, its lease over or not."""
        return (
            claim is self.claims[-1]
            and claim.token not in self.given_back
            and claim.epoch == self.expected.state.epoch
            and bool(self.expected.unanswered)
            and claim.message.text == self.expected.unanswered[0]
        )

    def _result(self, claim: Claim, outcome: str) -> None:
        turns = self.world.services.turns
        if outcome == "fail":
            done = self.loop.run(turns.fail(claim))
        else:
            results: dict[str, dict[str, Any]] = {
                "answer": {},
                "hand_off": {"replies": (), "handoff": "low_confidence"},
                "silence": {"replies": ()},
            }
            changes = results[outcome]
            done = self.loop.run(turns.complete(claim, answered(**changes)))

        # An expired lease that nobody took meanwhile is still good.
        if not self._holds(claim):
            assert isinstance(done, Dropped)
            return
        assert isinstance(done, Completed)
        self.current = None
        if outcome == "answer":
            self.expected.unanswered.pop(0)
            self.expected.n_events += 1
        else:
            assert done.ticket is not None
            self._expect_handoff(done.ticket.number)

    def agent_takes(self, agent: str, force: bool) -> None:
        before = self.expected.state
        allowed = self._act(
            AgentTakes(agent_id=self._id_of(agent), force=force),
            lambda number: self.world.services.desk.take(number, self._id_of(agent), force=force),
        )
        if allowed and self.expected.state != before:
            self._changed_hands(Happened.TAKEN)

    def agent_replies(self, agent: str) -> None:
        client_id = f"reply-{self.expected.n_events}"
        allowed = self._act(
            AgentReplies(agent_id=self._id_of(agent)),
            lambda number: self.world.services.desk.reply(
                number, self._id_of(agent), client_id=client_id, text="Hello"
            ),
        )
        if allowed:
            self.expected.n_events += 1
            self.expected.happened(Happened.AGENT_REPLIED)

    def agent_releases(self, agent: str) -> None:
        if self._act(
            AgentReleases(agent_id=self._id_of(agent)),
            lambda number: self.world.services.desk.release(number, self._id_of(agent)),
        ):
            self._changed_hands(Happened.RELEASED)

    def agent_hands_back(self, agent: str) -> None:
        if self._act(
            HandBack(agent_id=self._id_of(agent)),
            lambda number: self.world.services.desk.hand_back(number, self._id_of(agent)),
        ):
            self._changed_hands(Happened.HANDED_BACK)

    def agent_resolves(self, agent: str) -> None:
        already = self.expected.state.owner is Owner.CLOSED
        if (
            self._act(
                Resolve(agent_id=self._id_of(agent)),
                lambda number: self.world.services.desk.resolve(number, self._id_of(agent)),
            )
            and not already
        ):
            self._changed_hands(Happened.RESOLVED)

    def agent_reopens(self, agent: str) -> None:
        before = self.expected.state
        allowed = self._act(
            Reopen(agent_id=self._id_of(agent)),
            lambda number: self.world.services.desk.reopen(number, self._id_of(agent)),
        )
        if allowed and self.expected.state != before:
            self._changed_hands(Happened.REOPENED)

    @invariant()
    def store_and_rules_agree(self) -> None:
        if not hasattr(self, "expected"):
            return
        view = self.loop.run(self.world.view(self.chat))
        state = self.expected.state
        assert (view.owner, view.epoch, view.episode) == (state.owner, state.epoch, state.episode)
        assert view.cursor == self.expected.n_events
        assert view.bot_pending == bool(self.expected.unanswered)
        assert (view.ticket is not None) == state.has_ticket
        if view.ticket is not None:
            ticket = self.loop.run(self.world.services.desk.find(view.ticket.number))
            assert ticket.state is self.expected.tickets[state.episode]
            assert ticket.priority == self.expected.priorities[state.episode]
            assert ticket.seq_upto == self.expected.n_events
        assert len(self.numbers) == len(self.expected.tickets)

    def teardown(self) -> None:
        if hasattr(self, "expected"):
            log = self.loop.run(self.world.log(self.chat))
            assert [event.seq for event in log] == list(range(1, self.expected.n_events + 1))

    def _expect_handoff(self, number: str) -> None:
        expected = self.expected
        requeued = expected.state.has_ticket
        assert expected.try_act(HandOff(epoch=expected.state.epoch))
        expected.unanswered.clear()
        expected.n_events += 1
        if requeued:
            assert number == self.numbers[-1]
            expected.happened(Happened.REQUEUED)
        else:
            assert number not in self.numbers
            self.numbers.append(number)
            expected.tickets[expected.state.episode] = TicketState.NEW
        expected.assess()

    def _changed_hands(self, what: Happened) -> None:
        self.expected.happened(what)
        self.expected.n_events += 1
        self.expected.unanswered.clear()
        self.current = None

    def _act(self, act: Act, call: Any) -> bool:
        """Tries an act on the newest ticket; rules and store must agree whether it is allowed."""
        if not self.numbers:
            return False
        try:
            self.loop.run(call(self.numbers[-1]))
        except TransitionRefused:
            assert not self._is_allowed(act)
            return False
        if not self.expected.state.has_ticket:
            # A new episode without a ticket: resolving the old ticket again was harmless.
            assert isinstance(act, Resolve)
            return False
        assert self.expected.try_act(act)
        return True

    def _id_of(self, agent: str) -> str:
        if agent == "holder":
            return self.expected.state.agent_id or self.agent_ids["Ann"]
        return self.agent_ids[agent]

    def _is_allowed(self, act: Act) -> bool:
        return not isinstance(decide(self.expected.state, act), Refusal)

    async def _send(self, number: int, words: str) -> Any:
        return await self.world.services.visitors.accept_message(
            self.chat.id,
            visitor_id=self.chat.visitor_id,
            client_id=f"said-{number}",
            text=words,
        )


def play_histories(kind: str, *, examples: int) -> int:
    """Plays random histories on an empty database; gives how many things happened in them."""
    loop, stack = Loop(), contextlib.AsyncExitStack()
    try:
        database = loop.run(stack.enter_async_context(migrated(kind)))
        CoreMachine.loop, CoreMachine.n_steps = loop, 0
        CoreMachine.world = World(database=database, url=str(database.engine.url))
        CoreMachine.agent_ids = {
            name: loop.run(CoreMachine.world.agent(name)).id for name in ("Ann", "Bob")
        }
        run_state_machine_as_test(
            CoreMachine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=50,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        loop.run(stack.aclose())
        loop.stop()
    return CoreMachine.n_steps


@pytest.mark.parametrize(
    ("kind", "examples"),
    [(SQLITE, 8), pytest.param(POSTGRES, 3, marks=pytest.mark.postgres)],
)
def test_random_histories_agree_with_the_rules(kind: str, examples: int) -> None:
    assert play_histories(kind, examples=examples) >= examples * 10
