"""When a ticket leaves its agent again."""

from __future__ import annotations

import pytest

from handoff.routing.model import Availability, ReturnReason, RoutingPolicy
from handoff.routing.returns import Held, decide_return
from tests.handoff.routing.values import NOW, minutes

ONLINE, OFFLINE = Availability.ONLINE, Availability.OFFLINE


@pytest.mark.parametrize(
    ("held_for", "answered", "visitor_waits", "state", "state_for", "expected"),
    [
        (2.9, False, True, ONLINE, 60, None),
        (3, False, True, ONLINE, 60, ReturnReason.NO_ANSWER),
        (3, False, True, Availability.BUSY, 60, ReturnReason.NO_ANSWER),
        (600, True, True, ONLINE, 600, None),
        (600, True, True, Availability.AWAY, 600, None),
        (1, False, True, OFFLINE, 4.9, None),
        (1, False, False, OFFLINE, 5, ReturnReason.ABSENT),
        (60, True, True, OFFLINE, 4.9, None),
        (60, True, True, OFFLINE, 5, ReturnReason.ABSENT),
        (60, True, False, OFFLINE, 500, None),
    ],
)
def test_a_ticket_goes_back(
    held_for: float,
    answered: bool,
    visitor_waits: bool,
    state: Availability,
    state_for: float,
    expected: ReturnReason | None,
) -> None:
    held = Held(
        assigned_at=NOW - minutes(held_for),
        is_answered=answered,
        visitor_waits=visitor_waits,
        availability=state,
        available_since=NOW - minutes(state_for),
    )

    assert decide_return(held, RoutingPolicy(), now=NOW) is expected
