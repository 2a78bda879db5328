"""Ticket states, priority over time, numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.ticket import (
    ACTIVE_STATES,
    Happened,
    TicketState,
    decide_priority,
    decide_state,
    format_number,
    may_transition,
    parse_number,
    read_state,
    stored_state,
)

PRIORITIES = st.integers(min_value=1, max_value=5)


@pytest.mark.parametrize(
    ("before", "happened", "after"),
    [
        (TicketState.NEW, Happened.VISITOR_WROTE, TicketState.NEW),
        (TicketState.PENDING, Happened.VISITOR_WROTE, TicketState.OPEN),
        (TicketState.ON_HOLD, Happened.VISITOR_WROTE, TicketState.OPEN),
        (TicketState.NEW, Happened.TAKEN, TicketState.OPEN),
        (TicketState.OPEN, Happened.RELEASED, TicketState.OPEN),
        (TicketState.PENDING, Happened.REQUEUED, TicketState.OPEN),
        (TicketState.OPEN, Happened.AGENT_REPLIED, TicketState.PENDING),
        (TicketState.OPEN, Happened.HANDED_BACK, TicketState.PENDING),
        (TicketState.NEW, Happened.RESOLVED, TicketState.SOLVED),
        (TicketState.SOLVED, Happened.REOPENED, TicketState.OPEN),
        (TicketState.CLOSED, Happened.REOPENED, None),
        (TicketState.OPEN, Happened.REOPENED, None),
        (TicketState.SOLVED, Happened.TAKEN, None),
        (TicketState.CLOSED, Happened.VISITOR_WROTE, None),
    ],
)
def test_what_happens_decides_the_state(
    before: TicketState, happened: Happened, after: TicketState | None
) -> None:
    assert decide_state(before, happened) is after


@pytest.mark.parametrize("before", list(TicketState))
@pytest.mark.parametrize("happened", list(Happened))
def test_every_decided_state_is_an_allowed_transition(
    before: TicketState, happened: Happened
) -> None:
    after = decide_state(before, happened)

    assert after is None or may_transition(before, after)


@pytest.mark.parametrize("before", list(TicketState))
def test_what_happens_to_open_tickets_does_not_happen_to_others(before: TicketState) -> None:
    fits = {happened for happened in Happened if decide_state(before, happened) is not None}

    assert (
        fits
        == {
            **dict.fromkeys(
                ACTIVE_STATES,
                set(Happened)
                - {Happened.REOPENED, Happened.EXPIRED, Happened.NOT_SPAM, Happened.CLEARED},
            ),
            TicketState.SOLVED: {
                Happened.REOPENED,
                Happened.EXPIRED,
                Happened.MERGED,
                Happened.MARKED_SPAM,
            },
            TicketState.CLOSED: set(),
            TicketState.MERGED: set(),
            TicketState.SPAM: {Happened.NOT_SPAM, Happened.CLEARED},
        }[before]
    )


@pytest.mark.parametrize("state", [TicketState.CLOSED, TicketState.MERGED])
def test_what_has_ended_stays_so(state: TicketState) -> None:
    assert not any(may_transition(state, other) for other in TicketState if other is not state)


@pytest.mark.parametrize("state", list(TicketState))
def test_the_stored_state_reads_back_and_suits_the_release_before(state: TicketState) -> None:
    column, closed_as = stored_state(state)

    assert read_state(column, closed_as) is state
    assert column in {"new", "open", "pending", "on_hold", "solved", "closed"}


def test_an_end_that_nobody_knows_is_simply_closed() -> None:
    assert read_state("closed", "abducted") is TicketState.CLOSED
    assert read_state("open", "spam") is TicketState.OPEN


@given(current=PRIORITIES, assessed=PRIORITIES, at_override=st.none() | PRIORITIES)
def test_priority_never_falls_by_itself(
    current: int, assessed: int, at_override: int | None
) -> None:
    after = decide_priority(current=current, assessed=assessed, assessed_at_override=at_override)

    assert after <= current


def test_priority_rises_at_once() -> None:
    assert decide_priority(current=4, assessed=1, assessed_at_override=None) == 1


def test_a_persons_priority_stands_against_what_was_known_then() -> None:
    assert decide_priority(current=5, assessed=2, assessed_at_override=2) == 5


def test_something_worse_overrules_a_persons_priority() -> None:
    assert decide_priority(current=5, assessed=1, assessed_at_override=2) == 1


@pytest.mark.parametrize(
    ("text", "number"),
    [("BD-1001", 1001), ("bd-1001", 1001), (" 1001 ", 1001), ("BD-", None), ("BD-١", None)],
)
def test_numbers_are_read_as_people_write_them(text: str, number: int | None) -> None:
    assert parse_number(text) == number


def test_a_number_reads_back() -> None:
    assert parse_number(format_number(1234)) == 1234
