"""Writes down how tickets find their agents: who, what, when, where. For `routing explain`.

English, as all that support leads configure: the sentences stand beside the lines of the service
file, with the names that stand there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from handoff.routing.config import RoutingSettings
from handoff.routing.model import Mode, OrderPolicy, Share, base_language, speaks
from handoff.routing.people import StaffedAgent, Team
from handoff.sla.config import Service

_ORDERS: Final[Mapping[OrderPolicy, str]] = {
    OrderPolicy.PRIORITY: "priority first, then the least working time left, then age",
    OrderPolicy.FIFO: "first in, first out",
    OrderPolicy.QUICK_WINS: "the least estimated work first, then as by priority",
    OrderPolicy.VALUE: "the most valued customers first, then as by priority",
}
_SHARES: Final[Mapping[Share, str]] = {
    Share.LEAST_LOADED: "the one with the smallest share of her slots in use",
    Share.ROUND_ROBIN: "the one whose last assignment is longest ago",
}


def explain_routing(
    service: Service, teams: Sequence[Team], agents: Sequence[StaffedAgent]
) -> dict[str, Any]:
    """Gives {"mode", "lines", "warnings"}."""
    settings = service.routing
    return {
        "mode": settings.mode.value,
        "lines": [
            *_what(settings),
            *_who(settings),
            *_when(settings),
            *_where(settings, teams, agents),
        ],
        "warnings": _warnings(service, teams, agents),
    }


def _what(settings: RoutingSettings) -> list[str]:
    policy = settings.policy
    mode = {
        Mode.PULL: "Agents take tickets from the queue themselves; nothing is assigned.",
        Mode.PUSH: "Tickets are assigned to agents who are online, as slots are free.",
    }[settings.mode]
    lines = [f"WHAT: {mode}", f"WHAT: The order of the queue is: {_ORDERS[policy.order]}."]
    if policy.first_time_head_start:
        lines.append(
            "WHAT: A first request of a customer counts as "
            f"{_span(policy.first_time_head_start)} older."
        )
    if policy.order is OrderPolicy.VALUE and settings.value:
        weights = ", ".join(f"{tier} {weight:g}" for tier, weight in settings.value.items())
        lines.append(f"WHAT: Customers are valued by tier: {weights}; others 0.")
    return lines


def _who(settings: RoutingSettings) -> list[str]:
    policy = settings.policy
    widening = policy.widening
    steps = (
        ("speaks another language of the customer", widening.second_language),
        (f"speaks {policy.bridge_language}", widening.bridge_language),
        ("speaks neither and needs a translation", widening.any_language),
        ("lacks a skill", widening.skills),
        ("belongs to another team", widening.team),
        ("works at tier 2", widening.tier),
    )
    lines = [
        "WHO: A ticket goes to an agent who speaks its language, has its skills, belongs to its "
        "team and works at its tier."
    ]
    for words, after in steps:
        when = "never" if after is None else "at once" if not after else f"after {_span(after)}"
        lines.append(f"WHO: Somebody who {words} gets it {when}.")
    for level, share in sorted(policy.hurry.items()):
        lines.append(f"WHO: For P{level} these times are {share:.0%} as long.")
    lines.append(f"WHO: Of several who fit, it is {_SHARES[policy.share]}.")
    never = ", ".join(f"P{level}" for level in sorted(policy.never_sticky))
    lines.append(
        "WHO: Whoever helped the customer before comes first; while she is busy the ticket waits "
        f"up to {_span(policy.sticky_for)} for her"
        + (f", but {never} does not wait." if never else ".")
    )
    channels = "".join(f", {n} on {name}" for name, n in settings.channel_capacity.items())
    lines.append(f"WHO: An agent has {settings.capacity} slots{channels}, unless hers differ.")
    return lines


def _when(settings: RoutingSettings) -> list[str]:
    policy = settings.policy
    return [
        f"WHEN: An agent who does not answer within {_span(policy.answer_within)} loses the "
        f"ticket, which spares her for {_span(policy.cool_down)}.",
        f"WHEN: The work of an agent who is offline for {_span(policy.absent_for)} goes back, "
        "but for tickets that wait for their customer.",
        "WHEN: A ticket that has been waiting for its customer for "
        f"{_span(policy.slot_freed_after)} takes no slot.",
    ]


def _where(
    settings: RoutingSettings, teams: Sequence[Team], agents: Sequence[StaffedAgent]
) -> list[str]:
    names = {agent.state.id: agent.state.name for agent in agents}
    lines = []
    for team in teams:
        people = ", ".join(names.get(member, "?") for member in team.members) or "nobody"
        mode = (team.mode or settings.mode).value
        order = _ORDERS[team.order_policy or settings.policy.order]
        hours = f"works by the calendar {team.calendar}" if team.calendar else "keeps no hours"
        lines.append(
            f"WHERE: Team {team.name} ({mode}, tier {team.support_tier}) {hours}; its order is: "
            f"{order}. Members: {people}."
        )
    for agent in agents:
        state = agent.state
        languages = ", ".join(sorted(state.languages)) or settings.policy.bridge_language
        skills = ", ".join(sorted(state.skills)) or "no skills named"
        hours = agent.profile.calendar or "whenever she is online"
        lines.append(
            f"WHERE: {state.name} (tier {state.support_tier}) speaks {languages}; {skills}; "
            f"{state.capacity} slots; works: {hours}."
        )
    return lines


def _warnings(service: Service, teams: Sequence[Team], agents: Sequence[StaffedAgent]) -> list[str]:
    found = [
        f"{agent.state.name} has no languages: she gets tickets in "
        f"{service.routing.policy.bridge_language} only, others when filters give way."
        for agent in agents
        if not agent.state.languages
    ]
    by_id = {agent.state.id: agent for agent in agents}
    for team in teams:
        members = [by_id[member] for member in team.members if member in by_id]
        if not members:
            found.append(f"Team {team.name} has no members.")
        missing = [
            base_language(language)
            for language in team.languages
            if not any(speaks(member.state.languages, language) for member in members)
        ]
        if missing:
            found.append(f"Team {team.name} promises {', '.join(missing)}; nobody speaks it there.")
        if team.calendar is not None and team.calendar not in service.calendars:
            found.append(f"Team {team.name} names the unknown calendar {team.calendar}.")
    if agents and not any(agent.state.support_tier > 1 for agent in agents):
        found.append("Nobody works at tier 2: an escalated ticket waits until somebody does.")
    return found


def _span(span: timedelta) -> str:
    minutes = span.total_seconds() / 60
    if minutes >= 60 and minutes % 60 == 0:
        return f"{minutes / 60:g} hour" + ("s" if minutes != 60 else "")
    return f"{minutes:g} minute" + ("s" if minutes != 1 else "")
