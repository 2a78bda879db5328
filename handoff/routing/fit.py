"""How well an agent fits a ticket at a moment, and when the filters give way. Pure.

Language and skills are hard filters. After a while they widen, one step after the other, so that
nobody waits for ever for a perfect agent; a ticket still goes to the best fit that is free.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from handoff.routing.model import AgentState, RoutingPolicy, WaitingTicket, speaks

OWN_LANGUAGE, SECOND_LANGUAGE, BRIDGE_LANGUAGE, NO_LANGUAGE = range(4)


@dataclass(frozen=True, slots=True, order=True)
class Fit:
    """How far an agent is from a ticket's wishes; smaller is better, in order of weight.

    Attributes:
        language: 0 her language, 1 another of the customer's, 2 the bridge, 3 none.
        lacks_skills: Whether a skill is missing.
        other_team: Whether she belongs to another team.
        tier_gap: How much higher her tier is.
    """

    language: int
    lacks_skills: bool
    other_team: bool
    tier_gap: int


def language_level(ticket: WaitingTicket, agent: AgentState, *, bridge: str) -> int:
    """Gives which language the agent and the customer have in common."""
    spoken = agent.languages or frozenset({bridge})
    if ticket.language is None or speaks(spoken, ticket.language):
        return OWN_LANGUAGE
    if any(speaks(spoken, language) for language in ticket.other_languages):
        return SECOND_LANGUAGE
    return BRIDGE_LANGUAGE if speaks(spoken, bridge) else NO_LANGUAGE


def fit_of(ticket: WaitingTicket, agent: AgentState, *, bridge: str) -> Fit:
    """Gives the distance of an agent whose tier is high enough."""
    return Fit(
        language=language_level(ticket, agent, bridge=bridge),
        lacks_skills=not ticket.skills <= agent.skills,
        other_team=ticket.team_id is not None and ticket.team_id not in agent.teams,
        tier_gap=agent.support_tier - ticket.support_tier,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The moments from which a ticket accepts less; None for never."""

    languages: tuple[datetime | None, ...]
    skills: datetime | None
    team: datetime | None
    tier: datetime | None

    def accepts(self, fit: Fit, now: datetime) -> bool:
        """Tells whether such an agent may have the ticket now."""
        return (
            self.accepts_language(fit.language, now)
            and (not fit.lacks_skills or is_past(self.skills, now))
            and (not fit.other_team or is_past(self.team, now))
            and (fit.tier_gap == 0 or is_past(self.tier, now))
        )

    def accepts_language(self, level: int, now: datetime) -> bool:
        """Tells whether a common language of that level is enough now."""
        return level == OWN_LANGUAGE or is_past(self.languages[level - 1], now)

    def moments(self) -> tuple[datetime, ...]:
        """Gives all moments at which something gives way."""
        all_of_them = (*self.languages, self.skills, self.team, self.tier)
        return tuple(moment for moment in all_of_them if moment is not None)


def patience_of(ticket: WaitingTicket, policy: RoutingPolicy) -> Patience:
    """Gives when the filters of a ticket give way; urgent ones hurry."""
    share = policy.hurry.get(ticket.priority, 1.0)

    def after(span: timedelta | None) -> datetime | None:
        return None if span is None else ticket.queued_at + span * share

    widening = policy.widening
    return Patience(
        languages=(
            after(widening.second_language),
            after(widening.bridge_language),
            after(widening.any_language),
        ),
        skills=after(widening.skills),
        team=after(widening.team),
        tier=after(widening.tier),
    )


def is_past(moment: datetime | None, now: datetime) -> bool:
    """Tells whether a moment has come; None never comes."""
    return moment is not None and moment <= now
