"""The hub of one process: hints that something changed, and short-lived frames such as typing.

A hint carries only a topic; whoever gets it reads the truth from the database. A lost hint is
found by `bot.realtime.lookout`: it costs seconds, never an event. Frames are ephemeral: kept for
connected subscribers only, and dropped when a subscriber is slow. All calls come from the event
loop's own thread. With several gateways, `bot.realtime.bus` carries both to the other hubs.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

Frame = Mapping[str, Any]

# Typing changes a few times per minute; a subscriber that has not taken 32 of them is not reading
# at all.
FRAMES_KEPT: Final = 32


def conversation_topic(conversation_id: str) -> str:
    """The topic of one conversation's events."""
    return f"conversation:{conversation_id}"


def turn_topic(conversation_id: str) -> str:
    """The topic that says a conversation may need a turn of the bot."""
    return f"turn:{conversation_id}"


INBOX: Final = "inbox"
PRESENCE: Final = "presence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """What came in: topics that changed, and frames in order. Both empty after a time-out."""

    topics: frozenset[str] = frozenset()
    frames: tuple[tuple[str, Frame], ...] = ()


@dataclass(eq=False)
class Subscription:
    """One reader's place in the hub; use it as a context manager."""

    hub: Hub
    topics: set[str]
    # How far this reader is in the numbered log of a topic; others are not looked after.
    reached: dict[str, int] = field(default_factory=dict)
    _changed: set[str] = field(default_factory=set)
    _frames: deque[tuple[str, Frame]] = field(default_factory=lambda: deque(maxlen=FRAMES_KEPT))
    _event: asyncio.Event = field(default_factory=asyncio.Event)

    def __enter__(self) -> Self:
        self.hub.attach(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hub.detach(self)
        self.reached.clear()

    def add(self, topic: str) -> None:
        """Listens to one more topic and wakes at once, so that the reader catches up."""
        self.hub.add_topic(self, topic)
        self.hint(topic)

    def remove(self, topic: str) -> None:
        """Stops listening to a topic."""
        self.reached.pop(topic, None)
        self.hub.remove_topic(self, topic)

    def hint(self, topic: str) -> None:
        """Notes a change; many changes before the next `wait` become one."""
        self._changed.add(topic)
        self._event.set()

    def push(self, topic: str, frame: Frame) -> None:
        """Keeps an ephemeral frame; the oldest goes when too many wait."""
        self._frames.append((topic, frame))
        self._event.set()

    def wake(self) -> None:
        """Ends a `wait` without news."""
        self._event.set()

    async def wait(self, *, timeout_s: float) -> Wake:
        """Waits for news, at most `timeout_s` seconds."""
        if not self.hub.closed:
            try:
                async with asyncio.timeout(timeout_s):
                    await self._event.wait()
            except TimeoutError:
                return Wake()
        self._event.clear()
        wake = Wake(topics=frozenset(self._changed), frames=tuple(self._frames))
        self._changed.clear()
        self._frames.clear()
        return wake


class Hub:
    """Publishes hints and frames by topic; a topic ending in `:*` hears all of its kind."""

    def __init__(self) -> None:
        self._by_topic: defaultdict[str, set[Subscription]] = defaultdict(set)
        self.closed = False
        self.relay: Callable[[str, Frame | None], None] | None = None

    def subscribe(self, *topics: str) -> Subscription:
        """A subscription that listens once it is entered."""
        return Subscription(hub=self, topics=set(topics))

    def publish(self, topic: str) -> None:
        """Hints everywhere that a topic changed; the port of the handoff core."""
        self.hint(topic)
        if self.relay is not None:
            self.relay(topic, None)

    def send(self, topic: str, frame: Frame) -> None:
        """Sends an ephemeral frame to whoever is connected now, to any gateway."""
        self.push(topic, frame)
        if self.relay is not None:
            self.relay(topic, frame)

    def hint(self, topic: str) -> None:
        """Hints in this process that a topic changed."""
        for subscription in self._listeners(topic):
            subscription.hint(topic)

    def push(self, topic: str, frame: Frame) -> None:
        """Sends an ephemeral frame to whoever is connected to this process."""
        for subscription in self._listeners(topic):
            subscription.push(topic, frame)

    def close(self) -> None:
        """Ends every stream; later subscriptions end at once."""
        self.closed = True
        for subscription in {one for group in self._by_topic.values() for one in group}:
            subscription.wake()

    def count(self, topic: str) -> int:
        """How many subscribers listen to exactly this topic."""
        return len(self._by_topic.get(topic, ()))

    def followed(self) -> dict[str, list[Subscription]]:
        """Readers of numbered logs by topic, those that said how far they are."""
        return {
            topic: readers
            for topic, group in self._by_topic.items()
            if (readers := [one for one in group if topic in one.reached])
        }

    def attach(self, subscription: Subscription) -> None:
        """Registers a subscription; called by its context manager."""
        for topic in subscription.topics:
            self._by_topic[topic].add(subscription)

    def detach(self, subscription: Subscription) -> None:
        """Forgets a subscription; called by its context manager."""
        for topic in tuple(subscription.topics):
            self.remove_topic(subscription, topic)

    def add_topic(self, subscription: Subscription, topic: str) -> None:
        """Adds a topic to a registered subscription."""
        subscription.topics.add(topic)
        self._by_topic[topic].add(subscription)

    def remove_topic(self, subscription: Subscription, topic: str) -> None:
        """Removes a topic from a registered subscription."""
        subscription.topics.discard(topic)
        group = self._by_topic.get(topic)
        if group is not None:
            group.discard(subscription)
            if not group:
                del self._by_topic[topic]

    def _listeners(self, topic: str) -> tuple[Subscription, ...]:
        kind = f"{topic.partition(':')[0]}:*"
        return (*self._by_topic.get(topic, ()), *self._by_topic.get(kind, ()))
