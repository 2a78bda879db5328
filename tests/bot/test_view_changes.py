"""What a reader of a view is told between two looks at it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.realtime.view_changes import (
    Standing,
    digests_of,
    frames_between,
    resume_from,
    whole_frame,
)


def ticket(number: str, **more: Any) -> dict[str, Any]:
    return {"number": number, "priority": 3, **more}


def standing(*tickets: dict[str, Any], cursor: int = 7, count: int | None = None) -> Standing:
    return Standing(
        cursor=cursor, count=len(tickets) if count is None else count, tickets=list(tickets)
    )


def told(frames: list[dict[str, Any]]) -> list[str]:
    return [
        f"{frame['type']} {frame['ticket']['number'] if 'ticket' in frame else frame['number']}"
        for frame in frames[:-1]
    ]


def test_tickets_enter_change_and_leave() -> None:
    before = standing(ticket("A"), ticket("B"), ticket("C"))
    after = standing(ticket("B", priority=1), ticket("A"), ticket("D"), cursor=9)

    frames = frames_between(digests_of(before), after)

    assert told(frames) == ["changed B", "entered D", "left C"]
    assert frames[-1] == {
        "type": "standing", "mark": after.mark, "count": 3, "order": ["B", "A", "D"],
    }  # fmt: skip


def test_only_the_last_frame_carries_the_mark() -> None:
    frames = frames_between({}, standing(ticket("A"), ticket("B")))

    assert ["mark" in frame for frame in frames] == [False, False, True]


def test_without_news_only_the_standing_is_told() -> None:
    now = standing(ticket("A"))

    assert told(frames_between(digests_of(now), now)) == []
    assert told(frames_between(digests_of(now), now, changed={"A", "Z"})) == ["changed A"]


def test_a_new_reader_gets_everything() -> None:
    now = standing(ticket("A"), count=300)

    assert whole_frame(now) == {
        "type": "view", "mark": now.mark, "count": 300, "tickets": [ticket("A")],
    }  # fmt: skip


def test_a_reader_resumes_where_the_same_tickets_stand_in_the_same_order() -> None:
    left_at = standing(ticket("A"), ticket("B"), cursor=7).mark

    same = standing(ticket("A", priority=1), ticket("B"), cursor=9)
    assert resume_from(left_at, same) == 7
    for other in (
        standing(ticket("B"), ticket("A"), cursor=9),
        standing(ticket("A"), cursor=9),
        standing(ticket("A"), ticket("B"), cursor=6),
    ):
        assert resume_from(left_at, other) is None


@pytest.mark.parametrize("mark", [None, "", "7", "-", "x-y", "7-", "9" * 40 + "-0", "\u00b2-0"])
def test_marks_that_are_not_ours_begin_anew(mark: str | None) -> None:
    assert resume_from(mark, standing(ticket("A"))) is None
