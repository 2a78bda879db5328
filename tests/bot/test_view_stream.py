"""When a stream of a view looks again: at hints, at lost ones, and now and then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field

import pytest

from bot.realtime.conversation_stream import Tempo
from bot.realtime.hub import INBOX, Frame, Hub
from bot.realtime.view_changes import Standing
from bot.realtime.view_stream import stream_view

QUICK = Tempo(poll_s=0.01, heartbeat_s=0.2)


@dataclass
class Desk:
    """A view that stands as it was put; counts how often somebody looked and asked."""

    cursor: int = 1
    count: int = 0
    n_looks: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def standing(self) -> Standing:
        self.n_looks += 1
        return Standing(cursor=self.cursor, count=self.count, tickets=[])

    async def newest(self) -> int:
        self.asked.set()
        return self.cursor

    async def changed_since(self, cursor: int) -> Collection[str] | None:
        return None


async def next_of(frames: AsyncIterator[Frame]) -> Frame:
    async with asyncio.timeout(5):
        return await anext(frames)


@pytest.mark.parametrize("hinted", [True, False])
async def test_a_change_is_told_with_and_without_its_hint(hinted: bool) -> None:
    desk, hub = Desk(), Hub()
    frames = stream_view(desk, hub, mark=None, tempo=QUICK, look_every_s=0, look_anyway_s=60)
    assert (await next_of(frames))["type"] == "view"
    desk.cursor, desk.count = 2, 1
    if hinted:
        hub.publish(INBOX)

    frame = await next_of(frames)

    assert (frame["type"], frame["count"]) == ("standing", 1)


async def test_an_idle_view_is_not_read_again_and_again() -> None:
    desk, hub = Desk(), Hub()
    frames = stream_view(desk, hub, mark=None, tempo=QUICK, look_every_s=0, look_anyway_s=60)
    await next_of(frames)

    assert (await next_of(frames))["type"] == "ping"

    assert desk.asked.is_set()
    assert desk.n_looks == 1


async def test_what_only_time_changes_is_told_in_the_end() -> None:
    desk, hub = Desk(), Hub()
    frames = stream_view(desk, hub, mark=None, tempo=QUICK, look_every_s=0, look_anyway_s=0.05)
    await next_of(frames)
    desk.count = 3

    assert (await next_of(frames))["count"] == 3
