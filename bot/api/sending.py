"""Sending frames to clients that may be slow, gone or flooding: shared by all streams.

A client that does not take a frame within ten seconds is cut; it resumes by its cursor.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any, Final

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.api.errors import answer_error
from bot.errors import BotError, LimitError
from bot.realtime.hub import Frame
from handoff.errors import HandoffError, StoreUnavailable

log = structlog.get_logger("bot.streams")

SEND_LIMIT_S: Final = 10.0
FRAME_CHARS: Final = 4096
TRY_LATER: Final = 1013
POLICY: Final = 1008
GOING_AWAY: Final = 1001
INTERNAL: Final = 1011


# Opens the count of one stream; the inner function is told of each frame that was sent.
Counted = Callable[[], AbstractContextManager[Callable[[Frame], None]]]


def _uncounted() -> AbstractContextManager[Callable[[Frame], None]]:
    return contextlib.nullcontext(lambda _frame: None)


def encode_frame(frame: Frame) -> str:
    """A frame as compact JSON."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


class FrameStream(Response):
    """Frames as server-sent events. `id:` is the cursor to resume from."""

    media_type = "text/event-stream"

    def __init__(
        self,
        frames: AsyncIterator[Frame],
        *,
        on_end: Callable[[], None] = lambda: None,
        counted: Counted = _uncounted,
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._frames = frames
        self._on_end = on_end
        self._counted = counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends frames until the client leaves, is too slow, or the frames end."""
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            # Says "connected" at once, also through proxies that wait for the first byte.
            hello = {"type": "http.response.body", "body": b"retry: 1000\n\n", "more_body": True}
            await send(hello)
            writer = asyncio.create_task(self._write(send))
            reader = asyncio.create_task(_until_disconnect(receive))
            try:
                await asyncio.wait({writer, reader}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                reader.cancel()
                writer.cancel()
                await asyncio.gather(writer, reader, return_exceptions=True)
        finally:
            self._on_end()

    async def _write(self, send: Send) -> None:
        try:
            with self._counted() as sent:
                async with contextlib.aclosing(self._frames) as frames:  # type: ignore[type-var]
                    async for frame in frames:
                        body = _sse(frame).encode("utf-8")
                        part = {"type": "http.response.body", "body": body, "more_body": True}
                        async with asyncio.timeout(SEND_LIMIT_S):
                            await send(part)
                        sent(frame)
        except TimeoutError:
            log.info("slow_client_cut", transport="sse")
            return
        except (StoreUnavailable, OSError) as error:
            log.warning("stream_ended", transport="sse", error=type(error).__name__)
        except HandoffError as error:
            log.info("stream_ended", transport="sse", reason=error.code)
        except Exception:
            # Nobody looks at this task's result: what is not told here is told nowhere.
            log.exception("stream_broke", transport="sse")
        with contextlib.suppress(OSError, RuntimeError):
            async with asyncio.timeout(SEND_LIMIT_S):
                await send({"type": "http.response.body", "body": b"", "more_body": False})


async def serve_socket(
    socket: WebSocket,
    frames: AsyncIterator[Frame],
    *,
    on_frame: Callable[[dict[str, Any]], Awaitable[None]],
    counted: Counted = _uncounted,
) -> None:
    """Runs an accepted WebSocket: sends our frames, hands over theirs, and closes in order."""
    writer = asyncio.create_task(_write_socket(socket, frames, counted))
    reader = asyncio.create_task(_read_socket(socket, on_frame))
    try:
        await asyncio.wait({writer, reader}, return_when=asyncio.FIRST_COMPLETED)
        code = next(task.result() for task in (reader, writer) if task.done())
        if code is not None:
            with contextlib.suppress(RuntimeError, TimeoutError, WebSocketDisconnect, OSError):
                async with asyncio.timeout(1.0):
                    await socket.close(code)
    finally:
        writer.cancel()
        reader.cancel()
        await asyncio.gather(writer, reader, return_exceptions=True)


async def refuse_socket(socket: WebSocket, error: BotError | HandoffError) -> None:
    """Answers the handshake with the same status and body as the HTTP API would."""
    await socket.send_denial_response(answer_error(error))


async def _write_socket(
    socket: WebSocket, frames: AsyncIterator[Frame], counted: Counted
) -> int | None:
    """The close code when our side ends; None when the client has already gone."""
    try:
        with counted() as sent:
            async with contextlib.aclosing(frames) as ours:  # type: ignore[type-var]
                async for frame in ours:
                    async with asyncio.timeout(SEND_LIMIT_S):
                        await socket.send_text(encode_frame(frame))
                    sent(frame)
    except TimeoutError:
        log.info("slow_client_cut", transport="websocket")
        return POLICY
    except (WebSocketDisconnect, RuntimeError):
        return None
    except StoreUnavailable as error:
        log.warning("stream_ended", transport="websocket", reason=error.reason)
        return TRY_LATER
    except HandoffError as error:
        log.info("stream_ended", transport="websocket", reason=error.code)
        return POLICY
    except Exception:
        log.exception("stream_broke", transport="websocket")
        return INTERNAL
    return GOING_AWAY


async def _read_socket(
    socket: WebSocket, on_frame: Callable[[dict[str, Any]], Awaitable[None]]
) -> int | None:
    """The close code when the client breaks the rules; None when it left."""
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return None
            text = message.get("text")
            if not text or len(text) > FRAME_CHARS:
                return POLICY
            try:
                frame = json.loads(text)
            except (ValueError, RecursionError):
                return POLICY
            if isinstance(frame, dict):
                await on_frame(frame)
    except (WebSocketDisconnect, RuntimeError):
        return None
    except LimitError:
        return POLICY
    except StoreUnavailable:
        return TRY_LATER
    except HandoffError:
        return POLICY


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _sse(frame: Frame) -> str:
    """One server-sent event. Inbox and visitor streams resume by a number, views by a mark."""
    number = None
    if frame["type"] == "event" and "conversation_id" not in frame:
        number = frame["event"]["seq"]
    elif frame["type"] == "inbox":
        number = frame["seq"]
    elif "mark" in frame:
        number = frame["mark"]
    head = "" if number is None else f"id: {number}\n"
    return f"{head}data: {encode_frame(frame)}\n\n"
