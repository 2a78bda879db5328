"""Which ticket is first: four policies, each an exact order. Pure.

`priority`: priority, then least slack in working minutes (no promise comes last), then age.
`fifo`: age alone. `quick_wins`: least estimated work, then as `priority`. `value`: the most valued
plan, then as `priority`. Ties end at the ticket's number, so an order is the same everywhere. A
head start makes tickets of first-time requesters count as older, and their slack as smaller.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeAlias, assert_never

from handoff.routing.model import OrderPolicy, WaitingTicket

SortKey: TypeAlias = tuple[float, ...]

_MINUTE = 60.0
_NO_HEAD_START = timedelta(0)


def order_tickets(
    tickets: Sequence[WaitingTicket],
    policy: OrderPolicy,
    *,
    first_time_head_start: timedelta = _NO_HEAD_START,
) -> list[WaitingTicket]:
    """Gives the tickets with the first one first."""
    return sorted(
        tickets,
        key=lambda ticket: sort_key(ticket, policy, first_time_head_start=first_time_head_start),
    )


def sort_key(
    ticket: WaitingTicket,
    policy: OrderPolicy,
    *,
    first_time_head_start: timedelta = _NO_HEAD_START,
) -> SortKey:
    """Gives the key by which a policy sorts; smaller comes first.

    Args:
        ticket: The ticket.
        policy: The policy.
        first_time_head_start: How much older a first-time requester's ticket counts.
    """
    head_start = first_time_head_start if ticket.is_first_time else _NO_HEAD_START
    opened = (ticket.opened_at - head_start).timestamp()
    slack = math.inf
    if ticket.slack_minutes is not None:
        slack = ticket.slack_minutes - head_start.total_seconds() / _MINUTE
    by_priority = (float(ticket.priority), slack, opened, float(ticket.number))
    match policy:
        case OrderPolicy.PRIORITY:
            return by_priority
        case OrderPolicy.FIFO:
            return (opened, float(ticket.number))
        case OrderPolicy.QUICK_WINS:
            return (ticket.effort_minutes, *by_priority)
        case OrderPolicy.VALUE:
            return (-ticket.value, *by_priority)
        case _:  # pragma: no cover
            assert_never(policy)


def arrange(
    tickets: Sequence[WaitingTicket],
    policy: OrderPolicy,
    *,
    by_team: Mapping[str, OrderPolicy],
    first_time_head_start: timedelta = _NO_HEAD_START,
) -> list[WaitingTicket]:
    """Gives one order for several teams, of which some have their own policy.

    The places of a team's tickets in the line come from the common policy; which of them stands
    in which of these places is up to the team's own.
    """

    def order(some: Sequence[WaitingTicket], by: OrderPolicy) -> list[WaitingTicket]:
        return order_tickets(some, by, first_time_head_start=first_time_head_start)

    line = order(tickets, policy)
    for team_id, own_policy in by_team.items():
        places = [place for place, one in enumerate(line) if one.team_id == team_id]
        own_order = order([line[place] for place in places], own_policy)
        for place, one in zip(places, own_order, strict=True):
            line[place] = one
    return line


def compare_policies(
    tickets: Sequence[WaitingTicket], *, first_time_head_start: timedelta = _NO_HEAD_START
) -> Mapping[OrderPolicy, tuple[int, ...]]:
    """Gives the ticket numbers in the order of each policy, to be looked at side by side."""
    return {
        policy: tuple(
            ticket.number
            for ticket in order_tickets(
                tickets, policy, first_time_head_start=first_time_head_start
            )
        )
        for policy in OrderPolicy
    }
