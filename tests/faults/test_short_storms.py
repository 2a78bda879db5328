"""The short version of the fault suite: one storm per database, judged as the long ones are."""

from __future__ import annotations

import shutil

import pytest

from tests.faults.report import POSTGRES, SQLITE, Row
from tests.faults.storm import rage
from tests.servers import postgres_programs

SEED = 4


# A busy machine starts processes slowly, and coming to rest has a limit of its own.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", [SQLITE, pytest.param(POSTGRES, marks=pytest.mark.postgres)])
async def test_no_promise_breaks_in_a_short_storm(database: str) -> None:
    if database == POSTGRES and (postgres_programs() is None or not shutil.which("redis-server")):
        pytest.skip("PostgreSQL and Redis are not installed here")

    rows = await rage(database, seed=SEED, short=True)

    assert _broken(rows) == {}
    assert sum(row.checked for row in rows) > 500
    assert rows[0].injected > 0


def _broken(rows: list[Row]) -> dict[str, str]:
    return {row.promise: row.details for row in rows if row.violations}
