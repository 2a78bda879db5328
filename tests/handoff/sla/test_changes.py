"""From a ticket before and after a change to what moves its clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from handoff.sla.changes import TicketFacts, TicketPast, events_between, opening_events
from handoff.sla.clocks import SlaEventKind
from handoff.sla.policy import Traits
from handoff.ticket import TicketState

AT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
S = TicketState
OPENED = TicketFacts(
    state=S.NEW, waiting=True, answered=False, traits=Traits(priority=3, channel="widget")
)
TAKEN = replace(OPENED, state=S.OPEN)
ANSWERED = replace(OPENED, state=S.PENDING, waiting=False, answered=True)
ASKED_AGAIN = replace(ANSWERED, state=S.OPEN, waiting=True)
HELD = replace(ASKED_AGAIN, state=S.ON_HOLD)
SOLVED = replace(ANSWERED, state=S.SOLVED)
CLOSED = replace(SOLVED, state=S.CLOSED)


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (OPENED, OPENED, ""),
        (OPENED, TAKEN, ""),
        (OPENED, replace(OPENED, traits=Traits(priority=1)), "traits_changed"),
        (OPENED, ANSWERED, "agent_replied pending"),
        (OPENED, replace(SOLVED, answered=False), "solved"),
        (OPENED, SOLVED, "agent_replied solved"),
        (OPENED, replace(OPENED, state=S.ON_HOLD), "held"),
        # Given back to the assistant: she does not wait for a person any more.
        (TAKEN, replace(TAKEN, state=S.PENDING, waiting=False), "agent_replied pending"),
        (ANSWERED, ANSWERED, ""),
        (ANSWERED, ASKED_AGAIN, "visitor_wrote continued"),
        (ANSWERED, replace(ANSWERED, state=S.OPEN), "continued"),
        (ANSWERED, replace(ANSWERED, state=S.ON_HOLD), ""),
        (ANSWERED, HELD, "visitor_wrote held"),
        (ASKED_AGAIN, HELD, "held"),
        (HELD, ASKED_AGAIN, "continued"),
        (HELD, ANSWERED, "agent_replied"),
        (ASKED_AGAIN, SOLVED, "solved"),
        (ASKED_AGAIN, CLOSED, "solved"),
        (SOLVED, CLOSED, ""),
        (SOLVED, replace(SOLVED, state=S.OPEN), "reopened"),
        (SOLVED, ASKED_AGAIN, "reopened visitor_wrote"),
        (SOLVED, ANSWERED, "reopened pending"),
        (replace(CLOSED, waiting=True), HELD, "reopened visitor_wrote held"),
        (replace(CLOSED, answered=False), OPENED, "reopened visitor_wrote"),
    ],
)
def test_what_happened_between_two_looks(
    before: TicketFacts, after: TicketFacts, kinds: str
) -> None:
    events = events_between(before, after, at=AT)

    assert " ".join(event.kind for event in events) == kinds
    assert all(event.at == AT for event in events)


def test_new_traits_come_with_their_event() -> None:
    after = replace(OPENED, traits=replace(OPENED.traits, tier="gold"))

    (event,) = events_between(OPENED, after, at=AT)

    assert event.traits == Traits(priority=3, channel="widget", tier="gold")


@pytest.mark.parametrize(
    ("facts", "replied", "waiting", "events"),
    [
        (OPENED, None, 0, [(0, "opened")]),
        (replace(TAKEN, waiting=False), None, None, [(0, "opened"), (90, "agent_replied")]),
        (ANSWERED, 10, None, [(0, "opened"), (10, "agent_replied"), (90, "pending")]),
        (ASKED_AGAIN, 10, 40, [(0, "opened"), (10, "agent_replied"), (40, "visitor_wrote")]),
        (ASKED_AGAIN, 50, 40, [(0, "opened"), (50, "agent_replied"), (50, "visitor_wrote")]),
        (SOLVED, 10, None, [(0, "opened"), (10, "agent_replied"), (90, "solved")]),
    ],
)
def test_a_ticket_of_an_earlier_release_tells_what_it_remembers(
    facts: TicketFacts,
    replied: int | None,
    waiting: int | None,
    events: list[tuple[int, str]],
) -> None:
    def moment(minutes: int | None) -> datetime | None:
        return None if minutes is None else AT + timedelta(minutes=minutes)

    past = TicketPast(opened_at=AT, first_reply_at=moment(replied), waiting_since=moment(waiting))

    found = opening_events(past, facts, at=AT + timedelta(minutes=90))

    assert [(e.at, e.kind.value) for e in found] == [(moment(m), kind) for m, kind in events]
    assert found[0].traits == facts.traits
    assert SlaEventKind.OPENED not in [event.kind for event in found[1:]]
