"""One visitor's live view of a conversation, the same for WebSocket, SSE and long poll.

Events come from the database in order of their number, after a cursor; hints only say when to look.
Each stream says how far it is, and `bot.realtime.lookout` finds what a lost hint would have told.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bot.realtime.hub import Frame, Hub, Subscription, conversation_topic
from bot.realtime.lookout import LOOK_EVERY_S

# Below the usual 30-60 s after which proxies cut a silent connection.
HEARTBEAT_S: Final = 25.0
PING: Final[Frame] = {"type": "ping"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Event views above a cursor; `cursor` is where to read on, hidden events included."""

    events: Sequence[Mapping[str, Any]]
    cursor: int
    more: bool


class ConversationSource(Protocol):
    """Reads a conversation as the visitor may see it."""

    async def events(self, conversation_id: str, *, after: int) -> Page:
        """Public event views with `seq` above `after`."""

    async def state(self, conversation_id: str) -> Mapping[str, Any]:
        """The state frame: owner, language, cursor, ticket_number, agent_name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """The clocks of the live streams, in seconds; tests make them short.

    Attributes:
        look_s: How often somebody looks for what hints did not tell.
        heartbeat_s: After so long a silence a stream pings.
    """

    look_s: float = LOOK_EVERY_S
    heartbeat_s: float = HEARTBEAT_S


async def stream_conversation(
    source: ConversationSource,
    hub: Hub,
    conversation_id: str,
    *,
    after: int,
    tempo: Tempo = Tempo(),
) -> AsyncIterator[Frame]:
    """Yields frames until the hub closes: events after the cursor, then whatever happens.

    The state frame comes first and after each change; `ping` when nothing was sent for a heartbeat.
    """
    cursor = after
    known_state: Mapping[str, Any] | None = None
    sent_at = time.monotonic()
    topic = conversation_topic(conversation_id)
    with hub.subscribe(topic) as subscription:
        look_at_state = True
        while not hub.closed:
            frames: list[Frame] = []
            more = True
            while more:
                page = await source.events(conversation_id, after=cursor)
                frames += [{"type": "event", "event": event} for event in page.events]
                look_at_state = look_at_state or page.cursor > cursor
                cursor, more = page.cursor, page.more
                subscription.reached[topic] = cursor
            if look_at_state:
                state = await source.state(conversation_id)
                if _without_cursor(state) != known_state:
                    known_state = _without_cursor(state)
                    frames.append({"type": "state", **state, "cursor": cursor})
            for frame in frames:
                yield frame
            if frames:
                sent_at = time.monotonic()
            silent_until = sent_at + tempo.heartbeat_s
            wake = await subscription.wait(timeout_s=max(0.0, silent_until - time.monotonic()))
            look_at_state = topic in wake.topics
            if look_at_state and any(frame.get("active") is False for _topic, frame in wake.frames):
                # The answer and the end of typing arrived together: show the answer first.
                page = await source.events(conversation_id, after=cursor)
                cursor = page.cursor
                for event in page.events:
                    yield {"type": "event", "event": event}
            for _topic, frame in wake.frames:
                if frame.get("author") != "visitor":
                    sent_at = time.monotonic()
                    yield frame
            if time.monotonic() - sent_at >= tempo.heartbeat_s:
                sent_at = time.monotonic()
                yield PING


async def wait_for_events(
    source: ConversationSource,
    hub: Hub,
    conversation_id: str,
    *,
    after: int,
    wait_s: float,
) -> tuple[Page, Mapping[str, Any]]:
    """Long poll: the next page after the cursor (empty after `wait_s` seconds) and the state."""
    deadline = time.monotonic() + wait_s
    topic = conversation_topic(conversation_id)
    with hub.subscribe(topic) as subscription:
        while True:
            page = await source.events(conversation_id, after=after)
            left = deadline - time.monotonic()
            if page.events or left <= 0 or hub.closed:
                return page, await source.state(conversation_id)
            subscription.reached[topic] = page.cursor
            await _wait_for_hint(subscription, left)


async def _wait_for_hint(subscription: Subscription, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while (left := deadline - time.monotonic()) > 0 and not subscription.hub.closed:
        if (await subscription.wait(timeout_s=left)).topics:
            return


def _without_cursor(state: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in state.items() if key != "cursor"}
