"""The pure decisions of durable work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.work.model import HIGHEST, KEEP_TRYING_S, LOWEST, FailureKind, JobState, NewJob
from handoff.work.rules import (
    LONGEST_RETRY_S,
    LOSSES_IN_A_ROW,
    REFUSALS_IN_A_ROW,
    REFUSED_RETRY_S,
    STEP,
    Again,
    GiveUp,
    Limits,
    Place,
    Taking,
    choose,
    decide_failure,
    decide_taking,
    holds_lease,
    rank_of,
    retry_ceiling_s,
    room_left,
    slot_key,
    slot_start,
)

NOW = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
priorities = st.integers(HIGHEST, LOWEST)
chances = st.floats(0, 1, exclude_max=True)
places = st.lists(
    st.builds(
        Place,
        lane=st.sampled_from(["default", "webhooks", "maintenance"]),
        group=st.sampled_from([None, "a", "b"]),
    ),
    max_size=20,
)
limits = st.builds(
    Limits,
    total=st.integers(1, 6),
    per_lane=st.dictionaries(st.sampled_from(["webhooks", "maintenance"]), st.integers(1, 6)),
    per_group=st.integers(1, 3),
)


def failed(kind: FailureKind = FailureKind.PASSING, **changed: object) -> Again | GiveUp:
    values: dict[str, object] = {
        "attempts": 1,
        "refusals": 0,
        "now": NOW,
        "give_up_at": NOW + timedelta(hours=72),
        "chance": 0.5,
        **changed,
    }
    return decide_failure(kind, **values)  # type: ignore[arg-type]


def test_the_ceiling_of_the_pauses_triples_up_to_an_hour() -> None:
    assert [retry_ceiling_s(n) for n in range(8)] == [5, 5, 15, 45, 135, 405, 1215, 3600]
    assert retry_ceiling_s(10_000) == LONGEST_RETRY_S


@given(chances, st.integers(1, 1000))
def test_a_retry_lies_below_the_ceiling_and_never_in_the_past(chance: float, attempts: int) -> None:
    again = failed(chance=chance, attempts=attempts)

    assert isinstance(again, Again)
    assert NOW < again.at <= NOW + timedelta(seconds=retry_ceiling_s(attempts))


@given(st.lists(chances, min_size=1), st.floats(0, KEEP_TRYING_S))
def test_trying_ends_with_one_try_when_the_time_is_over(draws: list[float], keep_s: float) -> None:
    give_up_at, now, attempts = NOW + timedelta(seconds=keep_s), NOW, 0
    while True:
        attempts += 1
        decided = failed(
            attempts=attempts, now=now, give_up_at=give_up_at, chance=draws[attempts % len(draws)]
        )
        if isinstance(decided, GiveUp):
            break
        assert now < decided.at <= give_up_at
        # As a slow machine would: time goes on beside the pauses.
        now = max(decided.at, now + timedelta(minutes=30) if attempts > 8 else decided.at)

    assert now >= give_up_at
    assert decided.why.removesuffix("tries").removesuffix("try") == f"no success in {attempts} "


def test_in_three_days_some_hundred_tries_are_made() -> None:
    now, attempts = NOW, 1
    while isinstance(again := failed(attempts=attempts, now=now), Again):
        now, attempts = again.at, attempts + 1

    assert now == NOW + timedelta(hours=72)
    assert 100 < attempts < 200


def test_clear_refusals_end_within_a_minute() -> None:
    now, refusals = NOW, 0
    while True:
        refusals += 1
        decided = failed(FailureKind.REFUSED, refusals=refusals, attempts=50, now=now, chance=0.999)
        if isinstance(decided, GiveUp):
            break
        now = decided.at

    assert decided.why == f"refused {REFUSALS_IN_A_ROW} times in a row"
    assert now - NOW < timedelta(seconds=60)
    assert REFUSED_RETRY_S * (REFUSALS_IN_A_ROW - 1) < 60


def test_the_hopeless_is_given_up_at_once() -> None:
    assert failed(FailureKind.HOPELESS) == GiveUp(why="can never succeed")


@pytest.mark.parametrize(
    ("after_s", "pause_s"), [(0.0, 2.5), (120.0, 120.0), (7 * 86400.0, LONGEST_RETRY_S)]
)
def test_what_the_other_side_asks_for_is_heeded_up_to_an_hour(
    after_s: float, pause_s: float
) -> None:
    assert failed(after_s=after_s) == Again(at=NOW + timedelta(seconds=pause_s))


@given(moments, priorities, moments, priorities)
def test_waiting_makes_up_for_priority(
    one_due: datetime, one: int, other_due: datetime, other: int
) -> None:
    first = rank_of(one_due, one) < rank_of(other_due, other)

    assert first == (other_due - one_due > (one - other) * STEP)


@given(moments, moments)
def test_the_least_urgent_waits_nine_minutes_longer_at_most(low: datetime, high: datetime) -> None:
    if high - low > (LOWEST - HIGHEST) * STEP:
        assert rank_of(low, LOWEST) < rank_of(high, HIGHEST)


@pytest.mark.parametrize(
    ("state", "leased", "due_in_s", "losses", "expected"),
    [
        (JobState.TODO, False, 0, 0, Taking.TAKE),
        (JobState.TODO, False, 1, 0, Taking.LEAVE),
        (JobState.DONE, False, 0, 0, Taking.LEAVE),
        (JobState.DEAD, False, -9, 0, Taking.LEAVE),
        (JobState.TODO, True, 5, 0, Taking.LEAVE),
        (JobState.TODO, True, -1, 0, Taking.TAKE),
        (JobState.TODO, True, -1, LOSSES_IN_A_ROW - 2, Taking.TAKE),
        (JobState.TODO, True, -1, LOSSES_IN_A_ROW - 1, Taking.BURY),
        # A failed try between has ended the row: only a lease that ran out counts.
        (JobState.TODO, False, -1, LOSSES_IN_A_ROW, Taking.TAKE),
    ],
)
def test_which_job_may_be_taken(
    state: JobState, leased: bool, due_in_s: int, losses: int, expected: Taking
) -> None:
    taking = decide_taking(
        state=state,
        leased=leased,
        due_at=NOW + timedelta(seconds=due_in_s),
        losses=losses,
        now=NOW,
    )

    assert taking is expected


@pytest.mark.parametrize(
    ("state", "stored", "holds"),
    [
        (JobState.TODO, "mine", True),
        (JobState.TODO, "newer", False),
        (JobState.TODO, None, False),
        (JobState.DONE, "mine", False),
        (JobState.DISCARDED, "mine", False),
    ],
)
def test_only_the_newest_token_counts(state: JobState, stored: str | None, holds: bool) -> None:
    assert holds_lease(state=state, stored_token=stored, token="mine") is holds


@given(places, limits, places)
def test_what_is_chosen_fits_and_nothing_that_fits_is_passed_over(
    candidates: list[Place], bounds: Limits, running: list[Place]
) -> None:
    chosen = choose(candidates, bounds, running)

    assert chosen == sorted(set(chosen))
    now_running = [*running, *(candidates[i] for i in chosen)]
    room = room_left(bounds, now_running)
    if chosen:
        assert len(now_running) <= bounds.total
    for position, place in enumerate(candidates):
        if position not in chosen:
            assert (
                room.slots == 0
                or place.lane in room.full_lanes
                or place.group in (room.full_groups)
            )


@given(places, limits)
def test_no_lane_and_no_group_gets_more_than_its_share(
    candidates: list[Place], bounds: Limits
) -> None:
    chosen = [candidates[i] for i in choose(candidates, bounds, [])]

    for lane in {place.lane for place in chosen}:
        assert sum(place.lane == lane for place in chosen) <= bounds.of_lane(lane)
    for group in {place.group for place in chosen} - {None}:
        assert sum(place.group == group for place in chosen) <= bounds.per_group


def test_one_lane_leaves_a_slot_to_the_others() -> None:
    assert Limits(total=4).of_lane("webhooks") == 3
    assert Limits(total=1).of_lane("webhooks") == 1
    assert Limits(total=8, per_lane={"webhooks": 4}).of_lane("webhooks") == 4


@given(moments, st.sampled_from([timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)]))
def test_every_moment_lies_in_one_slot(now: datetime, every: timedelta) -> None:
    start = slot_start(now, every)

    assert start <= now < start + every
    assert slot_start(start, every) == start
    assert slot_key("trim", now, every) == slot_key("trim", start, every)
    assert slot_key("trim", now, every) != slot_key("trim", start + every, every)


def test_a_slot_is_named_in_utc() -> None:
    assert slot_key("trim", NOW, timedelta(hours=1)) == "schedule:trim:2026-03-29T00:00:00Z"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": ""},
        {"kind": "k" * 61},
        {"key": ""},
        {"key": "k" * 201},
        {"priority": -1},
        {"priority": 10},
        {"delay_s": -1.0},
        {"keep_trying_s": -1.0},
        {"at": datetime(2026, 1, 1)},
    ],
)
def test_a_job_that_cannot_be_stored_as_given_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        NewJob(**{"kind": "k", "key": "k", **wrong})  # type: ignore[arg-type]
