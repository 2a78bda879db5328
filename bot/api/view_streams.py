"""Views of the queue as they change, as server-sent events."""

from __future__ import annotations

import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection

from fastapi import APIRouter, Request
from starlette.responses import Response

from bot.api.agent_streams import SESSION_CHECK_S
from bot.api.bodies import EVENT_STREAM, READ_ERRORS
from bot.api.callers import client_address, locale_of
from bot.api.sending import FrameStream
from bot.api.staff import StaffDoor
from bot.api.views import ticket_json
from bot.gateway import Gateway
from bot.realtime.hub import Frame
from bot.realtime.view_changes import Standing
from bot.realtime.view_stream import stream_view

SCOPE = "tickets:read"
# As many as people scroll through; the count tells of the rest.
FOLLOWED = 200
# Whoever was away for more changes of the queue gets the whole view again.
MOST_MISSED = 500
MARK_CHARS = 64


def view_stream_router(gateway: Gateway) -> APIRouter:
    """`/api/v1/views/{view_id}/stream`."""
    router = APIRouter(prefix="/api/v1/views", tags=["views"])
    door = StaffDoor(gateway)

    @router.get("/{view_id}/stream", response_class=Response, responses=EVENT_STREAM | READ_ERRORS)
    async def stream(view_id: str, request: Request) -> Response:
        """Follows the first 200 tickets of a view, with its count.

        Frames: `view` (everything), then `entered`, `changed`, `left`, and behind them `standing`
        with `count` and `order`; `ping` in between. `Last-Event-ID` resumes: where the same tickets
        stand in the same order only those that changed are sent. It ends when the session or
        token does.
        """
        staff = await door.reading(request, SCOPE)
        source = QueueSource(gateway, view_id, staff.user.id, locale_of(request))
        await source.standing()  # a refusal must come before the stream begins
        close = gateway.rates.open_stream(
            conversation_id=staff.caller, address=client_address(request)
        )
        mark = request.headers.get("last-event-id", "")[:MARK_CHARS]
        frames = stream_view(source, gateway.hub, mark=mark, tempo=gateway.tempo)
        return FrameStream(
            while_open(frames, functools.partial(door.still_open, request, SCOPE)),
            on_end=close,
            counted=functools.partial(gateway.metrics.open_stream, reader="agent", transport="sse"),
        )

    return router


class QueueSource:
    """Reads one view for one person; the port of `bot.realtime.view_stream`."""

    def __init__(self, gateway: Gateway, view_id: str, user_id: str, language: str) -> None:
        self._gateway = gateway
        self._view_id = view_id
        self._user_id = user_id
        self._language = language

    async def standing(self) -> Standing:
        """How the view stands now, by the filter and order that it has now.

        Raises:
            ViewNotFound: It was removed, or is no longer shared.
            RoleNotAllowed, UserNotFound: The reader may not look any more.
        """
        queues, texts = self._gateway.core.routing.queues, self._gateway.texts
        # First: what happens while the rest is read is then told once more rather than not at all.
        cursor = await self._gateway.core.inbox.cursor()
        view = await queues.get_view(self._view_id, self._user_id)
        found = await queues.page(view.filter, view.order, self._user_id, limit=FOLLOWED)
        return Standing(
            cursor=cursor,
            count=await queues.size(view.filter, self._user_id),
            tickets=[ticket_json(ticket, texts, self._language) for ticket in found.tickets],
        )

    async def changed_since(self, cursor: int) -> Collection[str] | None:
        """Numbers of the tickets that changed behind a cursor; None when there are too many."""
        events = await self._gateway.core.inbox.events_after(cursor, limit=MOST_MISSED + 1)
        if len(events) > MOST_MISSED or (events and events[0].seq > cursor + 1):
            return None  # or when the first of them are kept no longer
        return {event.ticket.number for event in events}


async def while_open(
    frames: AsyncIterator[Frame], still_open: Callable[[], Awaitable[bool]]
) -> AsyncIterator[Frame]:
    """The frames until what let their reader in is over."""
    checked_at = time.monotonic()
    async for frame in frames:
        if time.monotonic() - checked_at > SESSION_CHECK_S:
            checked_at = time.monotonic()
            if not await still_open():
                return
        yield frame
