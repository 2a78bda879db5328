"""Says why a ticket went to an agent, and why another one still waits. Pure.

Codes with values; the edge turns them into sentences in the reader's language (`routing-<code>`
and `wait-<code>` in the catalogues).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from handoff.model import Json, TicketReason
from handoff.routing.fit import Fit, Patience, fit_of, is_past
from handoff.routing.model import AgentState, RoutingPolicy, Share, WaitingTicket

_LANGUAGE_CODES: Final = (
    "own_language", "second_language", "bridge_language", "no_common_language",
)  # fmt: skip
# All codes, for the catalogues.
ASSIGNMENT_CODES: Final = frozenset(
    {
        *_LANGUAGE_CODES, "has_skills", "lacks_skills", "own_team", "other_team", "tier",
        "knows_customer", "given", "given_because", "given_by_rule", *Share,
    }
)  # fmt: skip
WAIT_CODES: Final = frozenset(
    {
        "team_closed", "known_agent", "nobody_here", "tier", "language", "skills", "team",
        "cooling_down", "all_busy", "pull", "queued",
    }
)  # fmt: skip


def reasons_for(
    ticket: WaitingTicket,
    agent: AgentState,
    fit: Fit,
    *,
    load: int,
    is_sticky: bool,
    share: Share,
    waited: timedelta,
) -> tuple[TicketReason, ...]:
    """Gives why this agent, in order of weight.

    Args:
        ticket: The ticket.
        agent: Who gets it.
        fit: How well she fits.
        load: Slots that she has in use before it.
        is_sticky: Whether she gets it because she knows the customer.
        share: How work is shared out.
        waited: How long the ticket waited this time.
    """
    minutes = int(waited.total_seconds() // 60)
    reasons = []
    if ticket.language is not None:
        reasons.append(
            _reason(_LANGUAGE_CODES[fit.language], language=ticket.language, minutes=minutes)
        )
    if ticket.skills:
        code = "lacks_skills" if fit.lacks_skills else "has_skills"
        reasons.append(_reason(code, skills=", ".join(sorted(ticket.skills)), minutes=minutes))
    if ticket.team_id is not None:
        code = "other_team" if fit.other_team else "own_team"
        reasons.append(_reason(code, minutes=minutes))
    if ticket.support_tier > 1:
        reasons.append(_reason("tier", tier=ticket.support_tier))
    if is_sticky:
        reasons.append(_reason("knows_customer"))
    reasons.append(_reason(share.value, load=load, capacity=agent.capacity))
    return tuple(reasons)


def given_reason(by: str, because: str, *, by_rule: bool) -> TicketReason:
    """Gives why somebody has a ticket that a person, or a rule of that name, gave to her."""
    if by_rule:
        return _reason("given_by_rule", by=by)
    if because:
        return _reason("given_because", by=by, because=because)
    return _reason("given", by=by)


def why_waiting(
    ticket: WaitingTicket,
    agents: Sequence[AgentState],
    patience: Patience,
    policy: RoutingPolicy,
    *,
    now: datetime,
) -> TicketReason:
    """Gives the first filter that leaves nobody; `all_busy` if only free slots are missing."""
    bridge = policy.bridge_language
    fits = {agent.id: fit_of(ticket, agent, bridge=bridge) for agent in agents}
    filters: tuple[tuple[str, Callable[[AgentState], bool], dict[str, Json]], ...] = (
        ("nobody_here", lambda agent: agent.is_ready, {}),
        (
            "tier",
            lambda agent: (
                agent.support_tier >= ticket.support_tier
                and (fits[agent.id].tier_gap == 0 or is_past(patience.tier, now))
            ),
            {"tier": ticket.support_tier},
        ),
        (
            "language",
            lambda agent: patience.accepts_language(fits[agent.id].language, now),
            {"language": ticket.language},
        ),
        (
            "skills",
            lambda agent: not fits[agent.id].lacks_skills or is_past(patience.skills, now),
            {"skills": ", ".join(sorted(ticket.skills))},
        ),
        (
            "team",
            lambda agent: not fits[agent.id].other_team or is_past(patience.team, now),
            {},
        ),
        (
            "cooling_down",
            lambda agent: ticket.refused_until.get(agent.id, now) <= now,
            {},
        ),
    )
    left = list(agents)
    for code, accepts, params in filters:
        left = [agent for agent in left if accepts(agent)]
        if not left:
            return _reason(code, **params)
    return _reason("all_busy", agents=len(left))


def _reason(code: str, **params: Json) -> TicketReason:
    return TicketReason(code=code, evidence="", params=params)
