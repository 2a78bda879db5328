"""The live stream of one view of the queue: what entered, changed and left, and how many stand.

Hints say when to look, and `bot.realtime.lookout` makes up for lost ones. Now and then the stream
looks all the same: a deadline comes near without any change. Many changes become one look; nothing
waits in memory but digests of the tickets that are followed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from typing import Any, Final, Protocol

from bot.realtime.conversation_stream import PING, Tempo
from bot.realtime.hub import INBOX, Frame, Hub
from bot.realtime.view_changes import (
    Standing,
    digests_of,
    frames_between,
    resume_from,
    whole_frame,
)

# A busy desk changes many times a second; people read more slowly.
LOOK_EVERY_S: Final = 0.5
# What only time changes, and the view's own filter, may be so late.
LOOK_ANYWAY_S: Final = 15.0


class ViewSource(Protocol):
    """Reads a view as its reader may see it."""

    async def standing(self) -> Standing:
        """How the view stands now."""

    async def changed_since(self, cursor: int) -> Collection[str] | None:
        """Numbers of the tickets that changed behind a cursor; None when it is too long ago."""


async def stream_view(
    source: ViewSource,
    hub: Hub,
    *,
    mark: str | None,
    tempo: Tempo = Tempo(),  # noqa: B008 - frozen
    look_every_s: float = LOOK_EVERY_S,
    look_anyway_s: float = LOOK_ANYWAY_S,
) -> AsyncIterator[Frame]:
    """Yields frames until the hub closes.

    First the whole view, or only what changed where the mark still fits; then what happens. The
    standing comes behind the changes that lead to it; `ping` when nothing was sent for a heartbeat.
    """
    with hub.subscribe(INBOX) as subscription:
        standing = await source.standing()
        known = digests_of(standing)
        missed = resume_from(mark, standing)
        changed = None if missed is None else await source.changed_since(missed)
        # Nothing, where something was, is kept no longer.
        if changed is None or (not changed and missed != standing.cursor):
            yield whole_frame(standing)
        else:
            for frame in frames_between(known, standing, changed=changed):
                yield frame
        subscription.reached[INBOX] = standing.cursor
        sent_at = looked_at = time.monotonic()
        before = standing.mark, standing.count
        while not hub.closed:
            until = min(looked_at + look_anyway_s, sent_at + tempo.heartbeat_s)
            wake = await subscription.wait(timeout_s=max(0.0, until - time.monotonic()))
            # Those who come close together are seen together.
            await asyncio.sleep(max(0.0, looked_at + look_every_s - time.monotonic()))
            if hub.closed:
                return
            now = time.monotonic()
            frames: list[dict[str, Any]] = []
            if wake.topics or now - looked_at >= look_anyway_s:
                looked_at = now
                standing = await source.standing()
                subscription.reached[INBOX] = standing.cursor
                frames = frames_between(known, standing)
                known = digests_of(standing)
            if len(frames) > 1 or (standing.mark, standing.count) != before:
                before = standing.mark, standing.count
                sent_at = now
                for frame in frames:
                    yield frame
            elif now - sent_at >= tempo.heartbeat_s:
                sent_at = now
                yield PING
