"""An agent's live view: one socket for inbox, watched conversations, typing and presence."""

from __future__ import annotations

import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, WebSocket
from starlette.requests import HTTPConnection
from starlette.responses import Response

from bot.api.bodies import EVENT_STREAM, READ_ERRORS
from bot.api.callers import locale_of
from bot.api.security import may_connect
from bot.api.sending import FrameStream, refuse_socket, serve_socket
from bot.api.staff import StaffDoor
from bot.api.views import AgentSource
from bot.errors import AccessError, BotError
from bot.gateway import Gateway
from bot.realtime.desk_stream import DeskStream
from bot.realtime.hub import Frame
from handoff.errors import HandoffError
from handoff.ids import new_id
from handoff.model import User

SCOPE = "tickets:read"
# A console shows one conversation at a time; a few more may be open in tabs of one page.
WATCHED_AT_ONCE = 20
# Heartbeats come every 25 s, so whoever is locked out loses her stream within about a minute.
SESSION_CHECK_S = 30.0


def agent_stream_router(gateway: Gateway) -> APIRouter:
    """`/agent/ws` and `/agent/stream`."""
    router = APIRouter(prefix="/api/v1/agent", tags=["agent"])
    public_url = gateway.settings.web.public_url
    door = StaffDoor(gateway)

    def desk_stream(connection: HTTPConnection, *, after: int) -> DeskStream:
        return DeskStream(
            AgentSource(
                gateway.core.visitors,
                gateway.core.inbox,
                gateway.texts,
                language=locale_of(connection),
            ),
            gateway.hub,
            gateway.presence,
            after=after,
            tempo=gateway.tempo,
        )

    @router.get("/stream", response_class=Response, responses=EVENT_STREAM | READ_ERRORS)
    async def stream(
        request: Request,
        after: Annotated[int, Query(ge=0)] = 0,
        watch: Annotated[str | None, Query(max_length=64)] = None,
        watch_after: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        """Server-sent events for consoles whose proxy refuses WebSockets."""
        user = (await door.reading(request, SCOPE)).user
        resumed = request.headers.get("last-event-id", "")
        ours = desk_stream(
            request, after=int(resumed) if resumed.isdecimal() and len(resumed) < 16 else after
        )
        if watch is not None:
            ours.watch(watch, after=watch_after)
        connection_id = new_id()
        still_open = functools.partial(door.still_open, request, SCOPE)
        return FrameStream(
            _present(gateway, user, ours, connection_id, still_open),
            on_end=lambda: gateway.presence.leave(connection_id),
            counted=functools.partial(gateway.metrics.open_stream, reader="agent", transport="sse"),
        )

    @router.websocket("/ws")
    async def socket(websocket: WebSocket, after: Annotated[int, Query(ge=0)] = 0) -> None:
        """Frames both ways for cookie or API token; the Origin must be the console's own."""
        try:
            if not may_connect(websocket.headers, origins=(), public_url=public_url):
                raise AccessError("bad_origin")
            user = (await door.reading(websocket, SCOPE)).user
        except (BotError, HandoffError) as error:
            await refuse_socket(websocket, error)
            return
        await websocket.accept()
        ours = desk_stream(websocket, after=after)
        connection_id = new_id()
        still_open = functools.partial(door.still_open, websocket, SCOPE)
        watched: set[str] = set()

        async def on_frame(frame: dict[str, Any]) -> None:
            gateway.rates.check_frame(connection_id=connection_id)
            match frame:
                case {"type": "watch", "conversation_id": str(conversation_id)}:
                    if len(watched) < WATCHED_AT_ONCE or conversation_id in watched:
                        watched.add(conversation_id)
                        ours.watch(conversation_id, after=_number(frame.get("after")))
                case {"type": "unwatch", "conversation_id": str(conversation_id)}:
                    watched.discard(conversation_id)
                    ours.unwatch(conversation_id)
                case {"type": "presence", "state": "online" | "away" as state}:
                    gateway.presence.set_state(connection_id, state)
                case _:
                    pass  # pong, and whatever a newer console may say

        try:
            await serve_socket(
                websocket,
                _present(gateway, user, ours, connection_id, still_open),
                on_frame=on_frame,
                counted=functools.partial(
                    gateway.metrics.open_stream, reader="agent", transport="websocket"
                ),
            )
        finally:
            gateway.presence.leave(connection_id)

    return router


async def _present(
    gateway: Gateway,
    user: User,
    stream: DeskStream,
    connection_id: str,
    still_open: Callable[[], Awaitable[bool]],
) -> AsyncIterator[Frame]:
    """The stream of an agent who counts as present while it runs and what let her in lasts."""
    checked_at = time.monotonic()
    gateway.presence.enter(connection_id, agent_id=user.id, name=user.name)
    try:
        async for frame in stream.frames():
            if time.monotonic() - checked_at > SESSION_CHECK_S:
                checked_at = time.monotonic()
                if not await still_open():
                    return
            yield frame
    finally:
        gateway.presence.leave(connection_id)


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
