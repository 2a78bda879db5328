"""Bad brains, wrong clocks, cut networks and full disks: the short versions of these parts.

Those that start servers and a dozen processes are for the slow suite.
"""

from __future__ import annotations

import shutil

import pytest

from tests.faults import brains, clocks, disk_full, network
from tests.faults.promises import Promise
from tests.faults.report import SQLITE, Row
from tests.servers import postgres_programs

SEED = 1
# A busy machine starts processes slowly, and coming to rest has a limit of its own.
pytestmark = pytest.mark.timeout(300)


def needs_servers() -> None:
    if postgres_programs() is None or not shutil.which("redis-server"):
        pytest.skip("PostgreSQL and Redis are not installed here")


def broken(rows: list[Row]) -> dict[str, str]:
    return {row.promise: row.details for row in rows if row.violations}


def checked(rows: list[Row], promise: Promise) -> int:
    return sum(row.checked for row in rows if row.promise is promise)


async def test_whatever_the_brain_does_a_message_is_answered_or_with_people_in_time() -> None:
    rows = await brains.suffer(SQLITE, seed=SEED, trouble=brains.SHORT)

    assert broken(rows) == {}
    scale = brains.SHORT.scale
    assert checked(rows, Promise.STORED) == scale.visitors * scale.messages
    assert checked(rows, Promise.TICKET) > 0


@pytest.mark.slow
@pytest.mark.postgres
async def test_wrong_clocks_make_nobody_do_anything_twice_or_call_anything_late() -> None:
    needs_servers()
    if clocks.LIBRARY is None:
        pytest.skip("faketime is not installed (Debian's package of that name)")

    rows = await clocks.disagree(("+1h", "-1h"), seed=SEED, scale=clocks.SHORT)

    assert broken(rows) == {}
    assert checked(rows, Promise.STORED) == clocks.SHORT.visitors * clocks.SHORT.messages


@pytest.mark.slow
@pytest.mark.postgres
async def test_a_gateway_that_is_cut_off_loses_and_doubles_nothing() -> None:
    needs_servers()
    if (reason := network.why_impossible()) is not None:
        pytest.skip(reason)

    rows = await network.cut_off(seed=SEED, scale=network.SHORT)

    assert broken(rows) == {}
    assert checked(rows, Promise.STORED) >= network.SHORT.visitors * network.SHORT.messages


async def test_a_full_disk_is_refused_and_forgotten_once_there_is_room() -> None:
    if (reason := disk_full.why_impossible()) is not None:
        pytest.skip(reason)

    outcome = await disk_full.fill_up(after=10)

    assert outcome.lost == [] and outcome.doubled == 0 and outcome.gaps == 0
    assert len(outcome.acknowledged) > 20
    assert outcome.refused >= disk_full.FULL_AFTER
    assert outcome.without_advice == 0 and outcome.wrong_answers == []
    assert outcome.not_ready == 1  # and the load balancer is told
    assert outcome.owed == 0 and outcome.integrity == "ok"
