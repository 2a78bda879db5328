"""Who is there, when several gateways say so and some of them die."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from handoff.errors import UserNotFound
from handoff.routing.attendance import VALID_FOR, Attendance, effective
from handoff.routing.errors import StaffingInvalid
from handoff.routing.model import Availability
from tests.handoff.routing.desk import RoutedDesk

ONLINE, AWAY = Availability.ONLINE, Availability.AWAY
BUSY, OFFLINE = Availability.BUSY, Availability.OFFLINE


@pytest.mark.parametrize(
    ("chosen", "connected", "expected"),
    [
        (ONLINE, [], OFFLINE),
        (BUSY, [], OFFLINE),
        (ONLINE, [ONLINE], ONLINE),
        (ONLINE, [AWAY], AWAY),
        (ONLINE, [AWAY, ONLINE], ONLINE),
        (BUSY, [ONLINE], BUSY),
        (AWAY, [ONLINE], AWAY),
    ],
)
def test_the_less_available_of_both_counts(
    chosen: Availability, connected: list[Availability], expected: Availability
) -> None:
    assert effective(chosen, connected) is expected


async def state(desk: RoutedDesk, user_id: str) -> Availability:
    found = {one.user_id: one.state for one in await desk.routing.attendance.list()}
    return found.get(user_id, OFFLINE)


async def test_an_agent_is_there_while_any_gateway_says_so(desk: RoutedDesk) -> None:
    anna = await desk.agent("Anna", "en", online=False)
    attendance = desk.routing.attendance

    await attendance.beat("one", {anna.id: ONLINE})
    await attendance.beat("two", {anna.id: AWAY})
    assert await state(desk, anna.id) is ONLINE
    await attendance.beat("one", {})
    assert await state(desk, anna.id) is AWAY
    await attendance.leave("two")
    assert await state(desk, anna.id) is OFFLINE


async def test_the_agents_of_a_dead_gateway_run_out_for_all_others(desk: RoutedDesk) -> None:
    anna, ben = [await desk.agent(name, "en", online=False) for name in ("Anna", "Ben")]
    attendance = desk.routing.attendance
    await attendance.beat("dies", {anna.id: ONLINE})
    began = desk.world.clock.now()

    desk.wait((VALID_FOR / 2).total_seconds() / 60)
    await attendance.beat("lives", {ben.id: ONLINE})
    assert await state(desk, anna.id) is ONLINE
    desk.wait((VALID_FOR / 2).total_seconds() / 60)
    requests = await desk.requests()
    await attendance.sweep()

    (gone,) = [one for one in await attendance.list() if one.user_id == anna.id]
    assert (gone.state, gone.since) == (OFFLINE, began + VALID_FOR)
    assert await state(desk, ben.id) is ONLINE
    assert await desk.requests() == requests + 1
    await attendance.sweep()  # finds nothing more
    assert await desk.requests() == requests + 1


async def test_beating_on_changes_nothing_and_asks_for_nothing(desk: RoutedDesk) -> None:
    anna = await desk.agent("Anna", "en", online=False)
    attendance = desk.routing.attendance
    await attendance.beat("one", {anna.id: ONLINE})
    (first,) = await attendance.list()
    requests = await desk.requests()

    for _ in range(5):
        desk.wait(0.2)
        await attendance.beat("one", {anna.id: ONLINE})

    assert await attendance.list() == [first]
    assert await desk.requests() == requests


async def test_what_she_says_holds_until_she_is_gone(desk: RoutedDesk) -> None:
    anna = await desk.agent("Anna", "en", online=False)
    attendance = desk.routing.attendance
    await attendance.beat("one", {anna.id: ONLINE})

    assert (await attendance.choose(anna.id, BUSY)).state is BUSY
    await attendance.beat("one", {anna.id: ONLINE})
    assert await state(desk, anna.id) is BUSY
    await attendance.leave("one")
    await attendance.beat("one", {anna.id: ONLINE})
    assert await state(desk, anna.id) is ONLINE  # nobody stays busy from yesterday


async def test_a_heartbeat_stands_for_a_console(desk: RoutedDesk) -> None:
    anna = await desk.agent("Anna", "en", online=False)
    attendance = desk.routing.attendance

    assert (await attendance.heartbeat(anna.id, source="phone")).state is ONLINE
    desk.wait(1.5)
    await attendance.sweep()
    assert await state(desk, anna.id) is OFFLINE


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda attendance, anna: attendance.choose(anna, OFFLINE), StaffingInvalid),
        (lambda attendance, _: attendance.choose("nobody", BUSY), UserNotFound),
        (lambda attendance, _: attendance.heartbeat("nobody", source="x"), UserNotFound),
    ],
)
async def test_what_makes_no_sense_is_refused(
    desk: RoutedDesk, call: Any, error: type[Exception]
) -> None:
    anna = await desk.agent("Anna", "en", online=False)

    with pytest.raises(error):
        await call(desk.routing.attendance, anna.id)


async def test_many_gateways_beat_at_once(desk: RoutedDesk) -> None:
    people = [await desk.agent(f"P{number}", "en", online=False) for number in range(4)]
    attendances: list[Attendance] = [
        desk.build(desk.routing.service.routing).attendance for _ in range(4)
    ]

    async def gateway(position: int) -> None:
        for _ in range(5):
            await attendances[position].beat(
                f"g{position}",
                {person.id: ONLINE for person in people[position:]},
                valid_for=timedelta(minutes=1),
            )

    await asyncio.gather(*map(gateway, range(4)))

    assert {one.state for one in await desk.routing.attendance.list()} == {ONLINE}
    assert len(await desk.routing.attendance.list()) == 4
