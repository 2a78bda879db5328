"""Decides which waiting ticket goes to which agent, and why the others wait. Pure.

Tickets are placed one by one, the first one first, each with the best fit that has a free slot.
Where the only fitting agent is full of tickets that somebody else could have as well, those move
over: so the order is kept and no slot is wasted. In exact words, for every result:

- a ticket never waits while an agent that it accepts holds a new ticket of lower rank,
- a ticket goes to an agent without its language only after its time for that has passed, and only
  when nobody who speaks it better could be given it,
- no agent gets more than her slots, in total and per channel.

The set of tickets that can be placed together is a matroid (the agents' slots are nested limits),
which is why placing one by one with moves gives the best set for the order; source: Edmonds 1971,
"Matroids and the greedy algorithm".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from handoff.model import TicketReason
from handoff.routing.fit import Fit, Patience, fit_of, is_past, patience_of
from handoff.routing.model import (
    AgentState,
    Assignment,
    Plan,
    RoutingPolicy,
    Share,
    Wait,
    WaitingTicket,
)
from handoff.routing.reasons import reasons_for, why_waiting

_NEVER = datetime.min.replace(tzinfo=UTC)


def choose(
    tickets: Sequence[WaitingTicket],
    agents: Sequence[AgentState],
    policy: RoutingPolicy,
    *,
    now: datetime,
) -> Plan:
    """Gives who gets what now.

    Args:
        tickets: Those that nobody has, in their order.
        agents: Everybody, ready or not: who is not ready still explains why a ticket waits.
        policy: The rules.
        now: Aware.
    """
    board = _Board(agents, policy, now)
    waits = [wait for ticket in tickets if (wait := board.place(ticket)) is not None]
    return Plan(
        assignments=board.assignments(tickets),
        waits=tuple(waits),
        look_again_at=min((wait.until for wait in waits if wait.until is not None), default=None),
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    agent: AgentState
    fit: Fit
    knows_customer: bool


@dataclass(slots=True, eq=False)
class _Placed:
    ticket: WaitingTicket
    agent: AgentState
    fit: Fit
    turn: int
    # Whom else it may move to: never to a worse fit than it has.
    others: tuple[_Candidate, ...] = ()
    is_sticky: bool = False


@dataclass(slots=True)
class _Slots:
    """What an agent has and may have."""

    agent: AgentState
    new: list[_Placed] = field(default_factory=list)

    def total(self) -> int:
        return self.agent.total_load + len(self.new)

    def on_channel(self, channel: str) -> int:
        placed = sum(one.ticket.channel == channel for one in self.new)
        return self.agent.load.get(channel, 0) + placed

    def has_room_on(self, channel: str) -> bool:
        limit = self.agent.channel_capacity.get(channel)
        return limit is None or self.on_channel(channel) < limit

    def is_free_for(self, channel: str) -> bool:
        return self.total() < self.agent.capacity and self.has_room_on(channel)

    def movable_for(self, channel: str) -> list[_Placed]:
        """Gives the new tickets of which one would have to go; those placed last go first."""
        same_only = not self.has_room_on(channel)
        return [one for one in reversed(self.new) if not same_only or one.ticket.channel == channel]


@dataclass(slots=True)
class _Search:
    """What one search for a slot has looked at: (agent, channel), and tickets by number."""

    seen: set[tuple[str, str]]
    tried: set[int] = field(default_factory=set)


class _Board:
    """Slots while tickets are placed."""

    def __init__(self, agents: Sequence[AgentState], policy: RoutingPolicy, now: datetime) -> None:
        self._agents = agents
        self._policy = policy
        self._now = now
        self._slots = {agent.id: _Slots(agent) for agent in agents if agent.is_ready}
        self._saturated: set[tuple[str, str]] = set()
        self._n_placed = 0

    def place(self, ticket: WaitingTicket) -> Wait | None:
        """Places a ticket; gives why it waits when it cannot be placed."""
        patience = patience_of(ticket, self._policy)
        opens_at = ticket.team_opens_at
        if opens_at is not None and not self._may_pass_team_by(opens_at, patience):
            moments = [moment for moment in (opens_at, patience.team) if moment is not None]
            reason = TicketReason(code="team_closed", evidence="")
            return Wait(number=ticket.number, reason=reason, until=min(moments))
        candidates = self._candidates(ticket, patience)
        sticky = self._sticky(ticket, candidates)
        if sticky is not None:
            if self._place_with(ticket, (sticky,), is_sticky=True):
                return None
            if self._waits_for_known(ticket):
                return self._wait_for_known(ticket, sticky.agent)
        for fit in sorted({candidate.fit for candidate in candidates}):
            group = [candidate for candidate in candidates if candidate.fit == fit]
            if self._place_with(ticket, self._by_share(group)):
                return None
        return self._wait(ticket, patience)

    def _may_pass_team_by(self, opens_at: datetime, patience: Patience) -> bool:
        return opens_at <= self._now or is_past(patience.team, self._now)

    def assignments(self, tickets: Sequence[WaitingTicket]) -> tuple[Assignment, ...]:
        """Gives what was placed, in the order of the tickets."""
        placed = {one.ticket.number: one for slots in self._slots.values() for one in slots.new}
        loads = {agent_id: slots.agent.total_load for agent_id, slots in self._slots.items()}
        found = []
        for ticket in tickets:
            one = placed.get(ticket.number)
            if one is None:
                continue
            reasons = reasons_for(
                ticket,
                one.agent,
                one.fit,
                load=loads[one.agent.id],
                is_sticky=one.is_sticky,
                share=self._policy.share,
                waited=self._now - ticket.queued_at,
            )
            loads[one.agent.id] += 1
            found.append(
                Assignment(
                    number=ticket.number,
                    agent_id=one.agent.id,
                    reasons=reasons,
                    language_level=one.fit.language,
                )
            )
        return tuple(found)

    def _candidates(self, ticket: WaitingTicket, patience: Patience) -> list[_Candidate]:
        return [
            _Candidate(slots.agent, fit, slots.agent.id in ticket.known_agents)
            for slots in self._slots.values()
            if slots.agent.support_tier >= ticket.support_tier
            and not self._is_spared(ticket, slots.agent)
            and patience.accepts(fit := self._fit(ticket, slots.agent), self._now)
        ]

    def _fit(self, ticket: WaitingTicket, agent: AgentState) -> Fit:
        return fit_of(ticket, agent, bridge=self._policy.bridge_language)

    def _is_spared(self, ticket: WaitingTicket, agent: AgentState) -> bool:
        return ticket.refused_until.get(agent.id, _NEVER) > self._now

    def _sticky(
        self, ticket: WaitingTicket, candidates: Collection[_Candidate]
    ) -> _Candidate | None:
        """Gives the agent who knew the customer, if she speaks as well as anybody who is here."""
        best = min((candidate.fit.language for candidate in candidates), default=0)
        known = {candidate.agent.id: candidate for candidate in candidates}
        found = (known.get(agent_id) for agent_id in ticket.known_agents)
        return next((one for one in found if one is not None and one.fit.language == best), None)

    def _waits_for_known(self, ticket: WaitingTicket) -> bool:
        return (
            ticket.priority not in self._policy.never_sticky
            and ticket.queued_at + self._policy.sticky_for > self._now
        )

    def _wait_for_known(self, ticket: WaitingTicket, agent: AgentState) -> Wait:
        return Wait(
            number=ticket.number,
            reason=TicketReason(code="known_agent", evidence="", params={"agent": agent.name}),
            until=ticket.queued_at + self._policy.sticky_for,
        )

    def _by_share(self, group: Iterable[_Candidate]) -> list[_Candidate]:
        """Gives equally fitting agents in the order in which they are asked."""

        def last_turn(agent: AgentState) -> tuple[int, datetime]:
            placed = self._slots[agent.id].new
            return (max((one.turn for one in placed), default=0), agent.last_assigned_at or _NEVER)

        def key(candidate: _Candidate) -> tuple[bool, float, tuple[int, datetime], str]:
            agent = candidate.agent
            load = self._slots[agent.id].total() / agent.capacity if agent.capacity else 1.0
            weight = load if self._policy.share is Share.LEAST_LOADED else 0.0
            return (not candidate.knows_customer, weight, last_turn(agent), agent.id)

        return sorted(group, key=key)

    def _place_with(
        self, ticket: WaitingTicket, group: Sequence[_Candidate], *, is_sticky: bool = False
    ) -> bool:
        """Places a ticket with the first of the group that is free or can be made free."""
        chosen = self._first_with_room(ticket.channel, group)
        if chosen is None:
            return False
        self._n_placed += 1
        placed = _Placed(ticket, chosen.agent, chosen.fit, self._n_placed, is_sticky=is_sticky)
        placed.others = () if is_sticky else self._equal_or_better(placed)
        self._slots[chosen.agent.id].new.append(placed)
        return True

    def _equal_or_better(self, placed: _Placed) -> tuple[_Candidate, ...]:
        patience = patience_of(placed.ticket, self._policy)
        return tuple(
            candidate
            for candidate in self._candidates(placed.ticket, patience)
            if candidate.fit <= placed.fit and candidate.agent.id != placed.agent.id
        )

    def _first_with_room(self, channel: str, group: Sequence[_Candidate]) -> _Candidate | None:
        search = _Search(seen=set(self._saturated))
        found = self._find_room(channel, group, search)
        if found is None:
            # Nobody reached here can be freed by any later move either: slots only fill up.
            self._saturated |= search.seen
        return found

    def _find_room(
        self, channel: str, group: Sequence[_Candidate], search: _Search
    ) -> _Candidate | None:
        """Gives the first of the group with a free slot, else the first that can be freed."""
        for candidate in group:
            if self._slots[candidate.agent.id].is_free_for(channel):
                return candidate
        return next((one for one in group if self._make_room(one.agent, channel, search)), None)

    def _make_room(self, agent: AgentState, channel: str, search: _Search) -> bool:
        """Moves one of the agent's new tickets to somebody else, who may have to do the same."""
        if (agent.id, channel) in search.seen:
            return False
        search.seen.add((agent.id, channel))
        slots = self._slots[agent.id]
        for placed in slots.movable_for(channel):
            if placed.ticket.number in search.tried:
                continue
            search.tried.add(placed.ticket.number)
            target = self._find_room(placed.ticket.channel, self._by_share(placed.others), search)
            if target is not None:
                slots.new.remove(placed)
                self._move(placed, target)
                return True
        return False

    def _move(self, placed: _Placed, target: _Candidate) -> None:
        placed.agent, placed.fit = target.agent, target.fit
        placed.others = self._equal_or_better(placed)
        self._slots[target.agent.id].new.append(placed)

    def _wait(self, ticket: WaitingTicket, patience: Patience) -> Wait:
        reason = why_waiting(ticket, self._agents, patience, self._policy, now=self._now)
        moments = [*patience.moments(), *ticket.refused_until.values()]
        until = min((moment for moment in moments if moment > self._now), default=None)
        return Wait(number=ticket.number, reason=reason, until=until)
