"""A small TCP proxy that breaks connections in the ways in which networks do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

CHUNK_BYTES: Final = 65_536


class Mode(StrEnum):
    """What the proxy does with connections, old and new ones alike."""

    PASS = "pass"
    RESET = "reset"  # what is sent or received next ends the connection
    BLACKHOLE = "blackhole"  # everything is taken and nothing comes through
    SLOW = "slow"  # each chunk is held back for `delay_s`
    CUT = "cut"  # requests pass, replies end after `cut_after_bytes`


@dataclass(eq=False)
class Proxy:
    """Between a client and `upstream`; its fields may be changed at any time.

    Attributes:
        upstream: Host and port of the server.
        delay_s: For `SLOW`.
        cut_after_bytes: For `CUT`: how much of a reply gets through.
        marker: For `CUT`: only replies to what contains these bytes are cut; empty for all.
        n_broken: How many connections were reset, cut or swallowed something.
    """

    upstream: tuple[str, int]
    mode: Mode = Mode.PASS
    delay_s: float = 0.05
    cut_after_bytes: int = 0
    marker: bytes = b""
    n_broken: int = 0
    port: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carries one connection."""
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection(*self.upstream)
        except OSError:
            writer.transport.abort()
            return
        link = _Link(self, writer, upstream_writer)
        ways = [
            asyncio.create_task(link.carry_requests(reader)),
            asyncio.create_task(link.carry_replies(upstream_reader)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            link.close()

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Starts to carry a connection."""
        task = asyncio.create_task(self.serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Ends every connection."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class _Link:
    """One connection: what is known of it, and how it ends."""

    def __init__(
        self, proxy: Proxy, client: asyncio.StreamWriter, server: asyncio.StreamWriter
    ) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._asked = False
        self._n_reply_bytes = 0
        self._broken = False

    async def carry_requests(self, reader: asyncio.StreamReader) -> None:
        proxy = self._proxy
        while data := await _read(reader):
            if proxy.mode is Mode.CUT and proxy.marker in data:
                self._asked, self._n_reply_bytes = True, 0
            if not await self._goes_on():
                return
            if proxy.mode is not Mode.BLACKHOLE:
                await _write(self._server, data)

    async def carry_replies(self, reader: asyncio.StreamReader) -> None:
        proxy = self._proxy
        while data := await _read(reader):
            if not await self._goes_on():
                return
            if proxy.mode is Mode.BLACKHOLE:
                continue
            if proxy.mode is Mode.CUT and self._asked:
                left = proxy.cut_after_bytes - self._n_reply_bytes
                if len(data) > left:
                    await _write(self._client, data[:left])
                    self._break()
                    return
                self._n_reply_bytes += len(data)
            await _write(self._client, data)

    def close(self) -> None:
        """Ends both sides: in order, or as a broken network does."""
        for writer in (self._client, self._server):
            if self._broken:
                writer.transport.abort()
            else:
                writer.close()

    async def _goes_on(self) -> bool:
        proxy = self._proxy
        if proxy.mode is Mode.RESET:
            self._break()
            return False
        if proxy.mode is Mode.SLOW:
            await asyncio.sleep(proxy.delay_s)
        if proxy.mode is Mode.BLACKHOLE and not self._broken:
            self._proxy.n_broken += 1
            self._broken = True
        return True

    def _break(self) -> None:
        if not self._broken:
            self._proxy.n_broken += 1
        self._broken = True


@contextlib.asynccontextmanager
async def proxy_to(host: str, port: int, *, listen: str = "127.0.0.1") -> AsyncIterator[Proxy]:
    """A proxy in front of a server; listens on an address of this machine."""
    proxy = Proxy(upstream=(host, port))
    server = await asyncio.start_server(proxy.connected, listen, 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(CHUNK_BYTES)
    except OSError:
        return b""


async def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    with contextlib.suppress(OSError):
        await writer.drain()
