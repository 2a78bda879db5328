"""The lookout wakes whoever is behind, nobody else, and asks once for all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from bot.realtime.conversation_stream import Page, stream_conversation, wait_for_events
from bot.realtime.desk_stream import DeskStream, InboxEntry
from bot.realtime.hub import INBOX, Frame, Hub, Subscription, conversation_topic
from bot.realtime.lookout import Lookout
from bot.realtime.presence import Presence
from handoff.errors import StoreUnavailable

ONE, OTHER = conversation_topic("one"), conversation_topic("other")


class Numbers:
    """The newest numbers, as they were put."""

    def __init__(self, inbox: int, **last_seqs: int) -> None:
        self.inbox = inbox
        self.last_seqs = last_seqs
        self.asked: list[Sequence[str]] = []
        self.is_away = False
        self.asked_in_vain = asyncio.Event()

    async def newest(self, conversation_ids: Sequence[str]) -> tuple[int, Mapping[str, int]]:
        self.asked.append(sorted(conversation_ids))
        if self.is_away:
            self.asked_in_vain.set()
            raise StoreUnavailable("unreachable")
        return self.inbox, {
            one: self.last_seqs[one] for one in conversation_ids if one in self.last_seqs
        }


async def news_of(reader: Subscription) -> frozenset[str]:
    return (await reader.wait(timeout_s=0)).topics


async def test_only_those_behind_are_woken_and_one_question_is_asked() -> None:
    hub, numbers = Hub(), Numbers(5, one=3, other=8)
    with (
        hub.subscribe(ONE) as behind,
        hub.subscribe(ONE) as abreast,
        hub.subscribe(OTHER, INBOX) as desk,
        hub.subscribe(ONE) as follows_nothing,
    ):
        behind.reached[ONE] = 2
        abreast.reached[ONE] = 3
        desk.reached |= {OTHER: 8, INBOX: 4}

        await Lookout(hub, numbers).look()

        assert await news_of(behind) == {ONE}
        assert await news_of(abreast) == frozenset()
        assert await news_of(desk) == {INBOX}
        assert await news_of(follows_nothing) == frozenset()
    assert numbers.asked == [["one", "other"]]


async def test_the_readers_of_a_conversation_that_is_gone_hear_of_it() -> None:
    hub = Hub()
    with hub.subscribe(ONE) as reader:
        reader.reached[ONE] = 2

        await Lookout(hub, Numbers(0)).look()

        assert await news_of(reader) == {ONE}


async def test_nobody_is_asked_where_nobody_follows() -> None:
    hub, numbers = Hub(), Numbers(0)
    with hub.subscribe(ONE, OTHER) as reader:
        reader.reached[OTHER] = 1
        reader.remove(OTHER)

        await Lookout(hub, numbers).look()

    assert numbers.asked == []


async def test_readers_hear_when_the_database_stays_away() -> None:
    hub, numbers = Hub(), Numbers(0, one=3)
    numbers.is_away = True
    with hub.subscribe(ONE) as reader:
        reader.reached[ONE] = 3
        looking = asyncio.create_task(Lookout(hub, numbers, every_s=0).run())

        assert (await reader.wait(timeout_s=5)).topics == {ONE}

        assert len(numbers.asked) >= 2
        hub.close()
        await looking


@dataclass
class Log:
    """Logs that grow without a hint."""

    seq: int = 1
    inbox_seq: int = 1

    async def events(self, conversation_id: str, *, after: int) -> Page:
        new = range(after + 1, self.seq + 1)
        return Page(events=[{"seq": n} for n in new], cursor=max(after, self.seq), more=False)

    async def state(self, conversation_id: str) -> Mapping[str, Any]:
        return {"owner": "bot"}

    async def inbox(self, *, after: int) -> Sequence[InboxEntry]:
        new = range(after + 1, self.inbox_seq + 1)
        return [InboxEntry(seq=n, ticket={"number": "MT-1"}) for n in new]

    async def newest(self, conversation_ids: Sequence[str]) -> tuple[int, Mapping[str, int]]:
        return self.inbox_seq, dict.fromkeys(conversation_ids, self.seq)


def visitor_stream(log: Log, hub: Hub) -> AsyncIterator[Frame]:
    return stream_conversation(log, hub, "one", after=1)


async def long_poll(log: Log, hub: Hub) -> AsyncIterator[Frame]:
    page, _ = await wait_for_events(log, hub, "one", after=1, wait_s=60)
    yield {"type": "event", "event": page.events[0]}


def watching_agent(log: Log, hub: Hub) -> AsyncIterator[Frame]:
    stream = DeskStream(log, hub, Presence(hub), after=1)
    stream.watch("one", after=1)
    return stream.frames()


@pytest.mark.parametrize(
    ("reader", "n_first"), [(visitor_stream, 1), (long_poll, 0), (watching_agent, 1)]
)
async def test_what_no_hint_told_is_told_by_the_lookout(reader: Any, n_first: int) -> None:
    hub, log = Hub(), Log()
    frames = reader(log, hub)
    for _ in range(n_first):
        await anext(frames)
    waiting = asyncio.ensure_future(anext(frames))
    await asyncio.sleep(0)  # it waits now
    log.seq = 2

    await Lookout(hub, log).look()

    async with asyncio.timeout(5):
        assert (await waiting)["event"] == {"seq": 2}


async def test_an_agent_is_told_of_a_change_of_the_queue_without_its_hint() -> None:
    hub, log = Hub(), Log()
    frames = DeskStream(log, hub, Presence(hub), after=1).frames()
    await anext(frames)
    waiting = asyncio.ensure_future(anext(frames))
    await asyncio.sleep(0)
    log.inbox_seq = 2

    await Lookout(hub, log).look()

    async with asyncio.timeout(5):
        assert (await waiting)["seq"] == 2


async def test_it_goes_on_while_the_database_is_away_and_ends_with_the_hub() -> None:
    hub, numbers = Hub(), Numbers(0, one=3)
    numbers.is_away = True
    with hub.subscribe(ONE) as reader:
        reader.reached[ONE] = 2
        looking = asyncio.create_task(Lookout(hub, numbers, every_s=0).run())
        async with asyncio.timeout(5):
            await numbers.asked_in_vain.wait()
            numbers.is_away = False
            assert (await reader.wait(timeout_s=5)).topics == {ONE}
            hub.close()
            await looking
