"""Who may speak: every act in every state."""

from __future__ import annotations

import pytest

from handoff.conversation import (
    Act,
    AgentAssigns,
    AgentReleases,
    AgentReplies,
    AgentTakes,
    BotReply,
    Dismiss,
    HandBack,
    HandOff,
    Owner,
    Refusal,
    RefusalCode,
    Reopen,
    Resolve,
    Revive,
    State,
    VisitorMessage,
    decide,
)

BOT = State(owner=Owner.BOT, epoch=4, episode=2)
BOT_AGAIN = State(owner=Owner.BOT, epoch=4, episode=2, has_ticket=True)
QUEUE = State(owner=Owner.QUEUE, epoch=4, episode=2, has_ticket=True)
ANN = State(owner=Owner.AGENT, epoch=4, episode=2, agent_id="ann", has_ticket=True)
CLOSED = State(owner=Owner.CLOSED, epoch=4, episode=2, has_ticket=True)
CLOSED_WITHOUT_TICKET = State(owner=Owner.CLOSED, epoch=4, episode=2)

MOVES: list[tuple[State, Act, Owner]] = [
    (BOT, HandOff(epoch=4), Owner.QUEUE),
    (BOT_AGAIN, HandOff(epoch=4), Owner.QUEUE),
    (BOT_AGAIN, AgentTakes(agent_id="ann"), Owner.AGENT),
    (BOT_AGAIN, Resolve(agent_id="bob"), Owner.CLOSED),
    (QUEUE, AgentTakes(agent_id="ann"), Owner.AGENT),
    (QUEUE, Resolve(agent_id="bob"), Owner.CLOSED),
    (ANN, AgentTakes(agent_id="bob", force=True), Owner.AGENT),
    (ANN, AgentAssigns(agent_id="ann", to="bob"), Owner.AGENT),
    (ANN, AgentAssigns(agent_id="cleo", to="bob", force=True), Owner.AGENT),
    (ANN, AgentAssigns(agent_id="bob", to="bob", force=True), Owner.AGENT),
    (QUEUE, AgentAssigns(agent_id="ann", to="ann"), Owner.AGENT),
    (ANN, AgentReleases(agent_id="ann"), Owner.QUEUE),
    (ANN, HandBack(agent_id="ann"), Owner.BOT),
    (ANN, Resolve(agent_id="ann"), Owner.CLOSED),
    (CLOSED, Reopen(agent_id="bob"), Owner.AGENT),
    (ANN, Dismiss(), Owner.CLOSED),
    (QUEUE, Dismiss(), Owner.CLOSED),
    (BOT_AGAIN, Dismiss(), Owner.CLOSED),
    (CLOSED, Revive(), Owner.QUEUE),
]

STAYS: list[tuple[State, Act]] = [
    (BOT, VisitorMessage()),
    (QUEUE, VisitorMessage()),
    (ANN, VisitorMessage()),
    (BOT, BotReply(epoch=4)),
    (ANN, AgentReplies(agent_id="ann")),
    (ANN, AgentTakes(agent_id="ann")),
    (ANN, AgentAssigns(agent_id="bob", to="ann")),
    (QUEUE, AgentAssigns(agent_id="ann", to="bob")),
    (BOT_AGAIN, AgentAssigns(agent_id="ann", to="bob")),
    (ANN, AgentTakes(agent_id="ann", force=True)),
    (CLOSED, Resolve(agent_id="bob")),
    (ANN, Reopen(agent_id="ann")),
    (CLOSED, Dismiss()),
]

REFUSALS: list[tuple[State, Act, RefusalCode, str | None]] = [
    (BOT, BotReply(epoch=3), RefusalCode.STALE_EPOCH, None),
    (BOT, HandOff(epoch=5), RefusalCode.STALE_EPOCH, None),
    (QUEUE, BotReply(epoch=4), RefusalCode.OWNER_CHANGED, None),
    (ANN, BotReply(epoch=4), RefusalCode.OWNER_CHANGED, "ann"),
    (CLOSED, HandOff(epoch=4), RefusalCode.OWNER_CHANGED, None),
    (BOT, AgentTakes(agent_id="ann"), RefusalCode.INVALID_TRANSITION, None),
    (CLOSED, AgentTakes(agent_id="ann", force=True), RefusalCode.INVALID_TRANSITION, None),
    (ANN, AgentTakes(agent_id="bob"), RefusalCode.ALREADY_TAKEN, "ann"),
    (ANN, AgentAssigns(agent_id="cleo", to="bob"), RefusalCode.ALREADY_TAKEN, "ann"),
    (ANN, AgentAssigns(agent_id="bob", to="bob"), RefusalCode.ALREADY_TAKEN, "ann"),
    (BOT, AgentAssigns(agent_id="ann", to="bob"), RefusalCode.INVALID_TRANSITION, None),
    (CLOSED, AgentAssigns(agent_id="ann", to="bob"), RefusalCode.INVALID_TRANSITION, None),
    (ANN, AgentReplies(agent_id="bob"), RefusalCode.NOT_ASSIGNEE, "ann"),
    (QUEUE, AgentReplies(agent_id="ann"), RefusalCode.NOT_ASSIGNEE, None),
    (BOT_AGAIN, AgentReplies(agent_id="ann"), RefusalCode.NOT_ASSIGNEE, None),
    (CLOSED, AgentReplies(agent_id="ann"), RefusalCode.INVALID_TRANSITION, None),
    (ANN, AgentReleases(agent_id="bob"), RefusalCode.NOT_ASSIGNEE, "ann"),
    (ANN, HandBack(agent_id="bob"), RefusalCode.NOT_ASSIGNEE, "ann"),
    (CLOSED, HandBack(agent_id="ann"), RefusalCode.INVALID_TRANSITION, None),
    (ANN, Resolve(agent_id="bob"), RefusalCode.NOT_ASSIGNEE, "ann"),
    (BOT, Resolve(agent_id="bob"), RefusalCode.INVALID_TRANSITION, None),
    (ANN, Reopen(agent_id="bob"), RefusalCode.ALREADY_TAKEN, "ann"),
    (QUEUE, Reopen(agent_id="ann"), RefusalCode.INVALID_TRANSITION, None),
    (CLOSED_WITHOUT_TICKET, Reopen(agent_id="ann"), RefusalCode.INVALID_TRANSITION, None),
    (BOT, Dismiss(), RefusalCode.INVALID_TRANSITION, None),
    (QUEUE, Revive(), RefusalCode.INVALID_TRANSITION, None),
    (CLOSED_WITHOUT_TICKET, Revive(), RefusalCode.INVALID_TRANSITION, None),
]


@pytest.mark.parametrize(("state", "act", "owner"), MOVES)
def test_a_change_of_speaker_raises_the_epoch(state: State, act: Act, owner: Owner) -> None:
    after = decide(state, act)

    assert isinstance(after, State)
    assert after.owner is owner
    assert after.epoch == state.epoch + 1
    assert after.episode == state.episode
    assert after.has_ticket
    assert (after.agent_id is not None) == (owner is Owner.AGENT)


@pytest.mark.parametrize(("state", "act"), STAYS)
def test_an_act_that_changes_nobody_keeps_the_state(state: State, act: Act) -> None:
    assert decide(state, act) == state


@pytest.mark.parametrize(("state", "act", "code", "agent_id"), REFUSALS)
def test_an_act_that_does_not_fit_is_refused(
    state: State, act: Act, code: RefusalCode, agent_id: str | None
) -> None:
    assert decide(state, act) == Refusal(code=code, agent_id=agent_id)


def test_a_visitor_who_returns_after_a_resolution_meets_the_bot_in_a_new_episode() -> None:
    after = decide(CLOSED, VisitorMessage())

    assert after == State(owner=Owner.BOT, epoch=5, episode=3, has_ticket=False)
