"""A visitor's conversation as it happens, over WebSocket and as server-sent events."""

from __future__ import annotations

import functools
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, WebSocket
from starlette.responses import Response

from bot.api.bodies import EVENT_STREAM, READ_ERRORS
from bot.api.callers import PROTOCOL, client_address, current_visitor, socket_visitor
from bot.api.security import may_connect
from bot.api.sending import FrameStream, refuse_socket, serve_socket
from bot.api.views import VisitorSource
from bot.errors import AccessError, BotError
from bot.gateway import Gateway
from bot.realtime.conversation_stream import stream_conversation
from bot.realtime.hub import conversation_topic
from handoff.errors import HandoffError
from handoff.ids import new_id


def visitor_stream_router(gateway: Gateway) -> APIRouter:
    """`/stream` and `/ws` of one conversation."""
    router = APIRouter(prefix="/api/v1/conversations/{conversation_id}", tags=["visitor"])
    source = VisitorSource(gateway.core.visitors)
    web = gateway.settings.web

    @router.get("/stream", response_class=Response, responses=EVENT_STREAM | READ_ERRORS)
    async def stream(
        conversation_id: str, request: Request, after: Annotated[int, Query(ge=0)] = 0
    ) -> Response:
        """Server-sent events from a cursor; `Last-Event-ID` wins over `after`."""
        visitor = current_visitor(request.headers, gateway.signer, conversation_id)
        reader = source.of(visitor)
        await reader.state(conversation_id)  # a refusal must come before the stream begins
        resumed = request.headers.get("last-event-id", "")
        close = gateway.rates.open_stream(
            conversation_id=conversation_id, address=client_address(request)
        )
        return FrameStream(
            stream_conversation(
                reader,
                gateway.hub,
                conversation_id,
                after=int(resumed) if resumed.isdecimal() and len(resumed) < 16 else after,
                tempo=gateway.tempo,
            ),
            on_end=close,
            counted=functools.partial(
                gateway.metrics.open_stream, reader="visitor", transport="sse"
            ),
        )

    @router.websocket("/ws")
    async def socket(
        websocket: WebSocket, conversation_id: str, after: Annotated[int, Query(ge=0)] = 0
    ) -> None:
        """The same frames over a WebSocket; the client may send typing."""
        try:
            if not may_connect(websocket.headers, origins=web.origins, public_url=web.public_url):
                raise AccessError("bad_origin")
            visitor = socket_visitor(
                websocket.scope["subprotocols"], gateway.signer, conversation_id
            )
            reader = source.of(visitor)
            await reader.state(conversation_id)
            close = gateway.rates.open_stream(
                conversation_id=conversation_id, address=client_address(websocket)
            )
        except (BotError, HandoffError) as error:
            await refuse_socket(websocket, error)
            return
        topic = conversation_topic(conversation_id)
        connection_id = new_id()
        typing = {"type": "typing", "author": "visitor", "active": False}

        async def on_frame(frame: dict[str, Any]) -> None:
            gateway.rates.check_frame(connection_id=connection_id)
            if frame.get("type") == "typing":
                typing["active"] = frame.get("active") is True
                gateway.hub.send(topic, dict(typing))

        frames = stream_conversation(
            reader, gateway.hub, conversation_id, after=after, tempo=gateway.tempo
        )
        try:
            await websocket.accept(subprotocol=PROTOCOL)
            await serve_socket(
                websocket,
                frames,
                on_frame=on_frame,
                counted=functools.partial(
                    gateway.metrics.open_stream, reader="visitor", transport="websocket"
                ),
            )
        finally:
            close()
            if typing["active"]:
                gateway.hub.send(topic, {**typing, "active": False})

    return router
