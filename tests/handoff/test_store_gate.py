"""The line of writers: what was begun goes first, nobody is shut out and no place is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from handoff.store.gate import FIRST_IN_A_ROW, WriteGate, going_first


async def _write(gate: WriteGate, name: str, log: list[str]) -> None:
    """Holds the place for a moment; a name in capitals goes first."""
    if name.isupper():
        with going_first():
            await _hold(gate, name, log)
    else:
        await _hold(gate, name, log)


async def _hold(gate: WriteGate, name: str, log: list[str], *, wait_s: float = 5.0) -> None:
    async with gate.place(wait_s=wait_s):
        log.append(name)
        await asyncio.sleep(0)


async def _order_of(names: Sequence[str]) -> str:
    """The order in which writers had the only place who came one after the other."""
    gate, log = WriteGate(1), []
    async with asyncio.TaskGroup() as group, gate.place(wait_s=5.0):
        for name in names:
            group.create_task(_write(gate, name, log))
            await asyncio.sleep(0)
        assert log == []
    return "".join(log)


@pytest.mark.parametrize(
    ("came", "went"),
    [
        ("abc", "abc"),
        ("ABC", "ABC"),
        ("abAcB", "ABabc"),
        ("aABCDEFGbc", "ABCaDEFbGc"),
    ],
    ids=["fair", "fair among the first", "first", "the others have their turn"],
)
async def test_what_was_begun_goes_first_and_nobody_is_shut_out(came: str, went: str) -> None:
    assert FIRST_IN_A_ROW == 3

    assert await _order_of(came) == went


async def test_as_many_as_there_are_places_write_at_once() -> None:
    gate, log, leave = WriteGate(2), [], asyncio.Event()

    async def stay(name: str) -> None:
        async with gate.place(wait_s=5.0):
            log.append(name)
            await leave.wait()

    async with asyncio.TaskGroup() as group:
        for name in "abc":
            group.create_task(stay(name))
        await asyncio.sleep(0.01)
        assert log == ["a", "b"]
        leave.set()
    assert log == ["a", "b", "c"]


async def test_who_waits_too_long_is_told_and_leaves_the_line() -> None:
    gate, log = WriteGate(1), []
    async with gate.place(wait_s=5.0):
        with pytest.raises(TimeoutError, match="too many writers wait"):
            await _hold(gate, "late", log, wait_s=0.01)

    await _hold(gate, "next", log)

    assert log == ["next"]


async def test_who_was_cancelled_in_line_is_passed_over() -> None:
    gate, log = WriteGate(1), []
    async with gate.place(wait_s=5.0):
        gone = asyncio.create_task(_hold(gate, "gone", log))
        behind = asyncio.create_task(_hold(gate, "behind", log))
        await asyncio.sleep(0)
        gone.cancel()
        # She has not run since: her place in line is still there.
    await asyncio.wait_for(behind, timeout=1.0)
    await _hold(gate, "next", log)

    assert log == ["behind", "next"]


async def test_who_is_cancelled_when_called_leaves_the_place_to_the_next() -> None:
    gate, log = WriteGate(1), []
    async with gate.place(wait_s=5.0):
        called = asyncio.create_task(_hold(gate, "called", log))
        behind = asyncio.create_task(_hold(gate, "behind", log))
        await asyncio.sleep(0)
    # The place was given to her in this very moment; she has not run since.
    called.cancel()
    await asyncio.wait_for(behind, timeout=1.0)

    assert log == ["behind"]
    assert called.cancelled()


async def test_an_error_inside_gives_the_place_back() -> None:
    gate, log = WriteGate(1), []
    with pytest.raises(LookupError):
        async with gate.place(wait_s=5.0):
            raise LookupError

    await _hold(gate, "next", log)

    assert log == ["next"]
