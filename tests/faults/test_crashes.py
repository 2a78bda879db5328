"""Killed between any two steps, once or twice, a desk loses and doubles nothing: short version."""

from __future__ import annotations

import pytest

from handoff.crash_points import crash_point, watch
from tests.faults.crashes import MOST_TELLING, SHORT_SEEDS, TELLING, play
from tests.faults.report import POSTGRES, SQLITE


# Some eighty lives; a busy machine needs its time.
@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", [SQLITE, pytest.param(POSTGRES, marks=pytest.mark.postgres)])
async def test_a_process_killed_between_two_steps_loses_and_doubles_nothing(kind: str) -> None:
    judgement = await play(kind, seeds=(), short=True)

    n_trials = len(SHORT_SEEDS) * len(MOST_TELLING) + len(TELLING)
    assert judgement.all_violations == []
    assert judgement.trials == n_trials
    # A moment's n-th coming is not in every seed's day.
    assert judgement.kills >= 0.8 * n_trials
    assert judgement.moments >= {*MOST_TELLING}


def test_points_are_told_to_a_watcher_only() -> None:
    seen: list[str] = []
    crash_point("unwatched")
    watch(seen.append)
    try:
        crash_point("a moment")
    finally:
        watch(None)
    crash_point("unwatched again")

    assert seen == ["a moment"]
