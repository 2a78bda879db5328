"""One agent's live view: the inbox, the conversations she watches, typing and who is there.

The inbox has its own numbered log; each watched conversation has its own cursor. As for visitors,
hints only say when to look and `bot.realtime.lookout` finds what was missed.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.realtime.conversation_stream import PING, Page, Tempo
from bot.realtime.hub import INBOX, PRESENCE, Frame, Hub, Subscription, Wake, conversation_topic
from bot.realtime.presence import Presence


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEntry:
    """One line of the inbox log with the ticket as it stands now."""

    seq: int
    ticket: Mapping[str, Any]


class DeskSource(Protocol):
    """Reads the inbox and conversations as an agent may see them."""

    async def inbox(self, *, after: int) -> Sequence[InboxEntry]:
        """The next inbox entries above the cursor, in order; none when it is the last."""

    async def events(self, conversation_id: str, *, after: int) -> Page:
        """Event views with the internal evidence."""


class DeskStream:
    """Frames for one agent connection; `watch` and `unwatch` may be called while it runs."""

    def __init__(
        self,
        source: DeskSource,
        hub: Hub,
        presence: Presence,
        *,
        after: int,
        tempo: Tempo = Tempo(),  # noqa: B008
    ) -> None:
        self._source = source
        self._hub = hub
        self._presence = presence
        self._inbox_cursor = after
        self._tempo = tempo
        self._cursors: dict[str, int] = {}
        self._subscription: Subscription = hub.subscribe(INBOX, PRESENCE)

    def watch(self, conversation_id: str, *, after: int) -> None:
        """Follows a conversation from a cursor; watching again moves the cursor."""
        self._cursors[conversation_id] = after
        self._subscription.add(conversation_topic(conversation_id))

    def unwatch(self, conversation_id: str) -> None:
        """Stops following a conversation."""
        self._cursors.pop(conversation_id, None)
        self._subscription.remove(conversation_topic(conversation_id))

    async def frames(self) -> AsyncIterator[Frame]:
        """Yields frames until the hub closes; the roster comes first."""
        sent_at = time.monotonic()
        with self._subscription as subscription:
            yield self._roster()
            wake = Wake(topics=frozenset({INBOX, *map(conversation_topic, self._cursors)}))
            while not self._hub.closed:
                frames = await self._collect(wake)
                for frame in frames:
                    yield frame
                now = time.monotonic()
                if frames:
                    sent_at = now
                elif now - sent_at >= self._tempo.heartbeat_s:
                    sent_at = now
                    yield PING
                wake = await subscription.wait(
                    timeout_s=max(0.0, sent_at + self._tempo.heartbeat_s - now)
                )

    async def _collect(self, wake: Wake) -> list[Frame]:
        frames: list[Frame] = []
        if PRESENCE in wake.topics:
            frames.append(self._roster())
        for conversation_id in tuple(self._cursors):
            if conversation_topic(conversation_id) in wake.topics:
                frames += await self._events(conversation_id)
        if INBOX in wake.topics:
            frames += await self._inbox()
        for topic, frame in wake.frames:
            if frame.get("author") == "visitor":
                frames.append({**frame, "conversation_id": topic.partition(":")[2]})
        return frames

    async def _events(self, conversation_id: str) -> list[Frame]:
        frames: list[Frame] = []
        while True:
            after = self._cursors.get(conversation_id)
            if after is None:
                return frames
            page = await self._source.events(conversation_id, after=after)
            if self._cursors.get(conversation_id) != after:
                continue  # watched anew, or no more, while the database was asked
            self._cursors[conversation_id] = page.cursor
            self._subscription.reached[conversation_topic(conversation_id)] = page.cursor
            frames += [
                {"type": "event", "conversation_id": conversation_id, "event": event}
                for event in page.events
            ]
            if not page.more:
                return frames

    async def _inbox(self) -> list[Frame]:
        latest: dict[str, InboxEntry] = {}
        while entries := await self._source.inbox(after=self._inbox_cursor):
            self._inbox_cursor = entries[-1].seq
            # Several changes of one ticket are one frame: each carries the ticket as it is now.
            latest.update({str(entry.ticket["number"]): entry for entry in entries})
        self._subscription.reached[INBOX] = self._inbox_cursor
        ordered = sorted(latest.values(), key=lambda entry: entry.seq)
        return [{"type": "inbox", "seq": entry.seq, "ticket": entry.ticket} for entry in ordered]

    def _roster(self) -> Frame:
        agents = [
            {"id": entry.agent_id, "name": entry.name, "state": entry.state}
            for entry in self._presence.roster()
        ]
        return {"type": "presence", "agents": agents}
