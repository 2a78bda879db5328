"""Decides who speaks in a conversation: the bot, the queue, an agent or nobody.

A pure state machine. `decide` takes a state and an act and gives the next state or a typed
refusal; it never raises and stores nothing. Two numbers guard against late work: `epoch` grows
with every change of who speaks, `episode` with every return of the visitor after a resolution.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias, assert_never


class Owner(StrEnum):
    """Who may speak next to the visitor."""

    BOT = "bot"
    QUEUE = "queue"
    AGENT = "agent"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Who speaks. `has_ticket`: the current episode has one. `agent_id` is set with AGENT only."""

    owner: Owner = Owner.BOT
    epoch: int = 1
    episode: int = 1
    agent_id: str | None = None
    has_ticket: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorMessage:
    """The visitor writes; after a resolution this opens a new episode with the bot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotReply:
    """The bot answers a turn that was claimed in `epoch`."""

    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff:
    """The bot, or the failure of the bot, passes the conversation claimed in `epoch` to people."""

    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTakes:
    """An agent takes over; `force` takes it from another agent."""

    agent_id: str
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAssigns:
    """An agent gives the ticket to a colleague; `force` also one that a third agent has."""

    agent_id: str
    to: str
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReplies:
    """An agent writes to the visitor."""

    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReleases:
    """The agent puts the conversation back into the queue."""

    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBack:
    """The agent gives the conversation back to the bot."""

    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve:
    """An agent ends the episode."""

    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """An agent goes on with an episode that was ended, and has the conversation then."""

    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismiss:
    """An agent ends an episode that is not worth an answer, or is answered elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revive:
    """An ended episode goes back into the queue: it was not solved, or not to be ended."""


Act: TypeAlias = (
    VisitorMessage
    | BotReply
    | HandOff
    | AgentTakes
    | AgentAssigns
    | AgentReplies
    | AgentReleases
    | HandBack
    | Resolve
    | Reopen
    | Dismiss
    | Revive
)


class RefusalCode(StrEnum):
    """Why an act is refused."""

    STALE_EPOCH = "stale_epoch"
    OWNER_CHANGED = "owner_changed"
    ALREADY_TAKEN = "already_taken"
    NOT_ASSIGNEE = "not_assignee"
    INVALID_TRANSITION = "invalid_transition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An act that the state does not allow; `agent_id` is the agent who has the conversation."""

    code: RefusalCode
    agent_id: str | None = None


def decide(state: State, act: Act) -> State | Refusal:
    """Gives the state after an act, or why the act is refused.

    An act that changes nothing (taking what one has, resolving what is resolved) gives the same
    state back, so that a repeated request is harmless.
    """
    match act:
        case VisitorMessage():
            return _after_visitor_message(state)
        case BotReply(epoch=epoch):
            return _bot_refusal(state, epoch) or state
        case HandOff(epoch=epoch):
            return _bot_refusal(state, epoch) or _moved(state, Owner.QUEUE, has_ticket=True)
        case AgentTakes(agent_id=agent_id, force=force):
            return _after_take(state, agent_id, force=force)
        case AgentAssigns():
            return _after_assignment(state, act)
        case AgentReplies(agent_id=agent_id):
            return _agent_refusal(state, agent_id) or state
        case AgentReleases(agent_id=agent_id):
            return _agent_refusal(state, agent_id) or _moved(state, Owner.QUEUE)
        case HandBack(agent_id=agent_id):
            return _agent_refusal(state, agent_id) or _moved(state, Owner.BOT)
        case Resolve(agent_id=agent_id):
            return _after_resolve(state, agent_id)
        case Reopen(agent_id=agent_id):
            return _after_reopen(state, agent_id)
        case Dismiss():
            return _after_dismissal(state)
        case Revive():
            return _after_revival(state)
        case _:  # pragma: no cover
            assert_never(act)


def _after_visitor_message(state: State) -> State:
    if state.owner is not Owner.CLOSED:
        return state
    return _moved(replace(state, episode=state.episode + 1), Owner.BOT, has_ticket=False)


def _after_take(state: State, agent_id: str, *, force: bool) -> State | Refusal:
    if state.owner is Owner.CLOSED or not state.has_ticket:
        return Refusal(code=RefusalCode.INVALID_TRANSITION)
    if state.owner is Owner.AGENT:
        if state.agent_id == agent_id:
            return state
        if not force:
            return Refusal(code=RefusalCode.ALREADY_TAKEN, agent_id=state.agent_id)
    return _moved(state, Owner.AGENT, agent_id=agent_id)


def _after_assignment(state: State, act: AgentAssigns) -> State | Refusal:
    if act.to == act.agent_id:
        return _after_take(state, act.to, force=act.force)
    if state.owner is Owner.CLOSED or not state.has_ticket:
        return Refusal(code=RefusalCode.INVALID_TRANSITION)
    # Nobody speaks yet, or the assistant does: that stays until the colleague takes it.
    if state.owner is not Owner.AGENT or state.agent_id == act.to:
        return state
    if state.agent_id != act.agent_id and not act.force:
        return Refusal(code=RefusalCode.ALREADY_TAKEN, agent_id=state.agent_id)
    return _moved(state, Owner.AGENT, agent_id=act.to)


def _after_resolve(state: State, agent_id: str) -> State | Refusal:
    if state.owner is Owner.CLOSED:
        return state
    if not state.has_ticket:
        return Refusal(code=RefusalCode.INVALID_TRANSITION)
    if state.owner is Owner.AGENT and state.agent_id != agent_id:
        return Refusal(code=RefusalCode.NOT_ASSIGNEE, agent_id=state.agent_id)
    return _moved(state, Owner.CLOSED)


def _after_reopen(state: State, agent_id: str) -> State | Refusal:
    if state.owner is Owner.AGENT:
        # Somebody was quicker.
        return _after_take(state, agent_id, force=False)
    if state.owner is not Owner.CLOSED or not state.has_ticket:
        return Refusal(code=RefusalCode.INVALID_TRANSITION)
    return _moved(state, Owner.AGENT, agent_id=agent_id)


def _after_dismissal(state: State) -> State | Refusal:
    if state.owner is Owner.CLOSED:
        return state
    if not state.has_ticket:
        return Refusal(code=RefusalCode.INVALID_TRANSITION)
    return _moved(state, Owner.CLOSED)


def _after_revival(state: State) -> State | Refusal:
    if state.owner is not Owner.CLOSED or not state.has_ticket:
        return Refusal(code=RefusalCode.INVALID_TRANSITION)
    return _moved(state, Owner.QUEUE)


def _bot_refusal(state: State, epoch: int) -> Refusal | None:
    if state.owner is not Owner.BOT:
        return Refusal(code=RefusalCode.OWNER_CHANGED, agent_id=state.agent_id)
    if state.epoch != epoch:
        return Refusal(code=RefusalCode.STALE_EPOCH)
    return None


def _agent_refusal(state: State, agent_id: str) -> Refusal | None:
    if state.owner is Owner.CLOSED:
        return Refusal(code=RefusalCode.INVALID_TRANSITION)
    if state.owner is not Owner.AGENT or state.agent_id != agent_id:
        return Refusal(code=RefusalCode.NOT_ASSIGNEE, agent_id=state.agent_id)
    return None


def _moved(
    state: State, owner: Owner, *, agent_id: str | None = None, has_ticket: bool | None = None
) -> State:
    return replace(
        state,
        owner=owner,
        epoch=state.epoch + 1,
        agent_id=agent_id,
        has_ticket=state.has_ticket if has_ticket is None else has_ticket,
    )
