"""What breaks one change does not stop the others, unless the store itself is away."""

from __future__ import annotations

import pytest

from handoff.errors import StoreUnavailable
from handoff.work.apart import Apart


async def gives(value: bool) -> bool:
    return value


async def breaks(error: Exception) -> bool:
    raise error


async def test_what_breaks_is_counted_and_told_and_the_others_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    apart = Apart()

    done = [
        await apart.tried(gives(True), "one"),
        await apart.tried(breaks(ValueError("odd")), "closing ticket 2"),
        await apart.tried(gives(False), "three"),
    ]

    assert (done, apart.n_broken) == ([True, None, False], 1)
    assert "closing ticket 2 broke" in caplog.text


async def test_a_store_that_refuses_one_change_may_take_the_next() -> None:
    apart = Apart()

    for _ in range(2):
        assert await apart.tried(breaks(StoreUnavailable("locked")), "one") is None
        assert await apart.tried(gives(True), "another") is True

    assert apart.n_broken == 2


async def test_a_store_that_refuses_two_in_a_row_is_away() -> None:
    apart = Apart()
    await apart.tried(breaks(StoreUnavailable("unreachable")), "one")

    with pytest.raises(StoreUnavailable):
        await apart.tried(breaks(StoreUnavailable("unreachable")), "another")


async def test_another_error_in_between_is_not_the_store() -> None:
    apart = Apart()
    await apart.tried(breaks(StoreUnavailable("locked")), "one")
    await apart.tried(breaks(ValueError("odd")), "another")

    assert await apart.tried(breaks(StoreUnavailable("locked")), "a third") is None
