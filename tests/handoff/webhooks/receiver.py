"""A receiver of webhooks on loopback that keeps what it got and answers as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Delivery:
    """One request as it came."""

    request: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """Keeps every delivery; answers in turn from `answers`, then 200."""

    url: str = ""
    port: int = 0
    deliveries: list[Delivery] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    always: Answer | None = None
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, n: int, *, limit_s: float = 20) -> list[Delivery]:
        """Waits until so many deliveries have come."""
        async with asyncio.timeout(limit_s), self.came:
            await self.came.wait_for(lambda: len(self.deliveries) >= n)
        return self.deliveries

    @property
    def ids(self) -> list[str]:
        return [delivery.id for delivery in self.deliveries]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Takes one request."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
            request, *lines = head.strip().split("\r\n")
            pairs = (line.split(": ", 1) for line in lines)
            headers = {name.lower(): value for name, value in pairs}
            body = await reader.readexactly(int(headers["content-length"]))
            self.deliveries.append(Delivery(request=request, headers=headers, body=body))
            answer = self.answers.pop(0) if self.answers else self.always or status(200)
            async with self.came:
                self.came.notify_all()
            await answer(writer)
        writer.close()


def status(code: int, **headers: str) -> Answer:
    """Answers with a status."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        lines = "".join(f"{name.replace('_', '-')}: {text}\r\n" for name, text in headers.items())
        writer.write(f"HTTP/1.1 {code} x\r\n{lines}Content-Length: 2\r\n\r\nok".encode())
        await writer.drain()

    return answer


async def silence(_writer: asyncio.StreamWriter) -> None:
    """Never answers."""
    await asyncio.sleep(3600)


async def break_off(writer: asyncio.StreamWriter) -> None:
    """Closes in the middle of the answer: the sender cannot know that it arrived."""
    writer.write(b"HTTP/1.1 20")
    await writer.drain()


async def drip(writer: asyncio.StreamWriter) -> None:
    """Sends a byte now and then, for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


@dataclass
class Flood:
    """Sends without end; `sent` counts what the other side let it send."""

    sent: int = 0

    async def __call__(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
        while self.sent < 64 * 1024 * 1024:
            writer.write(b"x" * 16384)
            self.sent += 16384
            await writer.drain()


@contextlib.asynccontextmanager
async def receiving(*, tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[Receiver]:
    """A receiver that listens for the length of the block."""
    receiver = Receiver()
    running: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(receiver.serve(reader, writer))
        running.add(task)
        task.add_done_callback(running.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", port, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    receiver.url = f"http://127.0.0.1:{receiver.port}/hook"
    try:
        yield receiver
    finally:
        server.close()
        for task in tuple(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
