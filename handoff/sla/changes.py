"""From a ticket before and after a change to the events that move its clocks. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handoff.sla.clocks import SlaEvent, SlaEventKind
from handoff.sla.policy import Traits
from handoff.ticket import ACTIVE_STATES, TicketState


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFacts:
    """What the clocks look at.

    Attributes:
        state: Merged tickets and spam are closed ones here: nobody is owed anything.
        waiting: Whether the visitor waits for an answer of a person.
        answered: Whether a person has ever answered.
        traits: What rules look at.
    """

    state: TicketState
    waiting: bool
    answered: bool
    traits: Traits

    @property
    def is_active(self) -> bool:
        """Whether something is still owed."""
        return self.state in ACTIVE_STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPast:
    """What an existing ticket tells of its past, for clocks that begin late."""

    opened_at: datetime
    first_reply_at: datetime | None
    waiting_since: datetime | None


def opening_events(past: TicketPast, facts: TicketFacts, *, at: datetime) -> tuple[SlaEvent, ...]:
    """Gives the events of a ticket that has no clocks yet, as far as its columns remember them.

    For a new ticket this is its opening alone. One that was opened by an earlier release had no
    clocks: its opening, its first answer and the message that waits now are known.

    Args:
        past: Its moments.
        facts: How it stands.
        at: Now; dates what left no moment behind.
    """
    opened = _event(SlaEventKind.OPENED, past.opened_at, facts.traits)
    events = [opened]
    if past.first_reply_at is not None:
        events.append(_event(SlaEventKind.AGENT_REPLIED, past.first_reply_at))
        if past.waiting_since is not None:
            since = max(past.waiting_since, past.first_reply_at)
            events.append(_event(SlaEventKind.VISITOR_WROTE, since))
    elif not facts.waiting:
        events.append(_event(SlaEventKind.AGENT_REPLIED, at))
    events += _pauses(TicketState.OPEN, facts.state, at)
    if not facts.is_active:
        events.append(_event(SlaEventKind.SOLVED, at))
    return tuple(events)


def events_between(
    before: TicketFacts, after: TicketFacts, *, at: datetime
) -> tuple[SlaEvent, ...]:
    """Gives what happened between two looks at a ticket, in the order in which it counts.

    Whoever stops waiting while the ticket is active has been answered: by a message, or by an
    agent who came and gave the conversation back to the assistant.

    Args:
        before: As the clocks last saw it.
        after: As it is.
        at: When it changed.
    """
    events = []
    if after.traits != before.traits:
        events.append(_event(SlaEventKind.TRAITS_CHANGED, at, after.traits))
    newly_answered = after.answered and not before.answered
    if not after.is_active:
        if newly_answered:
            events.append(_event(SlaEventKind.AGENT_REPLIED, at))
        if before.is_active:
            events.append(_event(SlaEventKind.SOLVED, at))
        return tuple(events)
    if not before.is_active:
        events.append(_event(SlaEventKind.REOPENED, at))
        # Closing ended the wait, whatever the columns kept of it.
        waited, state = False, TicketState.OPEN
    else:
        waited, state = before.waiting, before.state
    if newly_answered or (waited and not after.waiting):
        events.append(_event(SlaEventKind.AGENT_REPLIED, at))
        waited = False
    if after.waiting and not waited:
        events.append(_event(SlaEventKind.VISITOR_WROTE, at))
        # Her word wakes a resting ticket; one that rests all the same does so from now on.
        state = TicketState.OPEN if after.state in _RESTING else state
    return (*events, *_pauses(state, after.state, at))


_RESTING = {
    TicketState.PENDING: SlaEventKind.PENDING,
    TicketState.ON_HOLD: SlaEventKind.HELD,
}


def _pauses(before: TicketState, after: TicketState, at: datetime) -> list[SlaEvent]:
    if after in _RESTING:
        return [] if before in _RESTING else [_event(_RESTING[after], at)]
    return [_event(SlaEventKind.CONTINUED, at)] if before in _RESTING else []


def _event(kind: SlaEventKind, at: datetime, traits: Traits | None = None) -> SlaEvent:
    return SlaEvent(at=at, kind=kind, traits=traits)
