"""When a stream of a view looks again: at hints, and now and then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass

from bot.realtime.conversation_stream import Tempo
from bot.realtime.hub import INBOX, Frame, Hub
from bot.realtime.view_changes import Standing
from bot.realtime.view_stream import stream_view

QUICK = Tempo(heartbeat_s=0.2)


@dataclass
class Desk:
    """A view that stands as it was put; counts how often somebody looked."""

    cursor: int = 1
    count: int = 0
    n_looks: int = 0

    async def standing(self) -> Standing:
        self.n_looks += 1
        return Standing(cursor=self.cursor, count=self.count, tickets=[])

    async def changed_since(self, cursor: int) -> Collection[str] | None:
        return None


async def next_of(frames: AsyncIterator[Frame]) -> Frame:
    async with asyncio.timeout(5):
        return await anext(frames)


async def test_a_change_is_told_at_its_hint() -> None:
    desk, hub = Desk(), Hub()
    frames = stream_view(desk, hub, mark=None, tempo=QUICK, look_every_s=0, look_anyway_s=60)
    assert (await next_of(frames))["type"] == "view"
    desk.cursor, desk.count = 2, 1
    hub.publish(INBOX)

    frame = await next_of(frames)

    assert (frame["type"], frame["count"]) == ("standing", 1)


async def test_an_idle_view_is_not_read_again_and_again() -> None:
    desk, hub = Desk(), Hub()
    frames = stream_view(desk, hub, mark=None, tempo=QUICK, look_every_s=0, look_anyway_s=60)
    await next_of(frames)

    assert (await next_of(frames))["type"] == "ping"

    assert desk.n_looks == 1


async def test_a_reader_says_how_far_it_is() -> None:
    desk, hub = Desk(cursor=7), Hub()
    frames = stream_view(desk, hub, mark=None, tempo=QUICK, look_every_s=0, look_anyway_s=60)
    await next_of(frames)
    desk.cursor, desk.count = 9, 1
    hub.publish(INBOX)
    await next_of(frames)

    (reader,) = hub.followed()[INBOX]

    assert reader.reached == {INBOX: 9}


async def test_what_only_time_changes_is_told_in_the_end() -> None:
    desk, hub = Desk(), Hub()
    frames = stream_view(desk, hub, mark=None, tempo=QUICK, look_every_s=0, look_anyway_s=0.05)
    await next_of(frames)
    desk.count = 3

    assert (await next_of(frames))["count"] == 3
