"""Many quiet visitors on one gateway: `python -m tests.bench sockets [--sockets 3000]`.

Opens that many sessions and WebSockets on a gateway without a brain and measures its memory before
and after, how fast they connect, and how long one message to everybody's neighbour takes while they
all stay open. Memory per socket is the growth divided by their number. The baseline of the delay is
the same message with no other socket open.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import platform
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.e2e.product import ROOT, free_port

AT_ONCE = 50


def start_gateway(home: Path, port: int) -> subprocess.Popen[bytes]:
    """Starts a gateway whose brain is nowhere."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BABELDESK_")}
    environment |= {
        "BABELDESK_HOME": str(home),
        "BABELDESK_PORT": str(port),
        "BABELDESK_BRAIN_URL": f"http://127.0.0.1:{free_port()}",
        "BABELDESK_BRAIN_SECRET": secrets.token_urlsafe(24),
        "BABELDESK_RATE_SESSIONS": "100000/10s",
        "BABELDESK_RATE_ADDRESS": "100000/10s",
        "BABELDESK_RATE_READS": "100000/10s",
        "BABELDESK_STREAMS_ADDRESS": "100000",
        "BABELDESK_LOG_LEVEL": "error",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "gateway"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )


async def until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Waits until the gateway answers.

    Raises:
        RuntimeError: It ended.
    """
    async with httpx.AsyncClient() as http:
        while process.poll() is None:
            try:
                if (await http.get(f"{url}/healthz")).status_code == 200:
                    return
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
    raise RuntimeError("the gateway ended")


async def open_session(http: httpx.AsyncClient) -> dict[str, Any]:
    """Starts a visitor's session."""
    answer = await http.post("/api/v1/sessions", json={"locale": "en", "page_url": "/"})
    session: dict[str, Any] = answer.raise_for_status().json()
    return session


async def open_socket(
    port: int, session: dict[str, Any]
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Opens a bare WebSocket: the client's side must not cost what is to be measured."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    path = f"/api/v1/conversations/{session['conversation_id']}/ws?after={session['cursor']}"
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        f"Sec-WebSocket-Protocol: babeldesk.v1, bearer.{session['token']}\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in head.splitlines()[0]:
        raise RuntimeError(head.decode("latin-1"))
    return reader, writer


async def message_ms(http: httpx.AsyncClient, port: int, *, times: int) -> float:
    """Median milliseconds from a visitor's POST until it is in her own socket."""
    found = []
    for _ in range(times):
        session = await open_session(http)
        reader, writer = await open_socket(port, session)
        text = uuid.uuid4().hex
        began = time.perf_counter()
        answer = await http.post(
            f"/api/v1/conversations/{session['conversation_id']}/messages",
            json={"client_id": text, "text": text},
            headers={"Authorization": f"Bearer {session['token']}"},
        )
        answer.raise_for_status()
        await reader.readuntil(text.encode())
        found.append((time.perf_counter() - began) * 1000)
        writer.close()
    return statistics.median(found)


async def measure(n_sockets: int) -> dict[str, Any]:
    """Gives the figures."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        process = start_gateway(Path(folder) / "home", port)
        url = f"http://127.0.0.1:{port}"
        try:
            await until_ready(url, process)
            limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
            async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as http:
                return await _measure(http, port, psutil.Process(process.pid), n_sockets)
        finally:
            process.terminate()
            process.wait(30)


async def _measure(
    http: httpx.AsyncClient, port: int, gateway: psutil.Process, n_sockets: int
) -> dict[str, Any]:
    room = asyncio.Semaphore(AT_ONCE)

    async def session() -> dict[str, Any]:
        async with room:
            return await open_session(http)

    async def socket(of: dict[str, Any]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with room:
            return await open_socket(port, of)

    alone_ms = await message_ms(http, port, times=20)
    sessions = await asyncio.gather(*(session() for _ in range(n_sockets)))
    before = gateway.memory_info().rss
    began = time.perf_counter()
    opened = await asyncio.gather(*(socket(one) for one in sessions))
    connect_s = time.perf_counter() - began
    # One heartbeat round for everybody: what a socket holds when it has been open for a while.
    await asyncio.sleep(30)
    after = gateway.memory_info().rss
    cpu_before, idle_began = sum(gateway.cpu_times()[:2]), time.monotonic()
    await asyncio.sleep(30)
    idle_share = (sum(gateway.cpu_times()[:2]) - cpu_before) / (time.monotonic() - idle_began)
    crowded_ms = await message_ms(http, port, times=20)
    alive = sum(not reader.at_eof() for reader, _ in opened)
    for _, writer in opened:
        writer.close()
    return {
        "machine": {"cores": os.cpu_count(), "system": platform.platform(terse=True)},
        "sockets": n_sockets,
        "still open": alive,
        "connects/s": round(n_sockets / connect_s),
        "gateway before MB": round(before / 1e6),
        "gateway after MB": round(after / 1e6),
        "KiB per socket": round((after - before) / 1024 / n_sockets, 1),
        "idle CPU of one core": round(idle_share, 3),
        "message alone ms": round(alone_ms, 1),
        "message beside them ms": round(crowded_ms, 1),
        "ratio": round(crowded_ms / alone_ms, 2),
    }


def main(argv: Sequence[str]) -> int:
    """Measures and prints; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=3000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    result = asyncio.run(measure(arguments.sockets))
    if arguments.json:
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{name}: {value}\n" for name, value in result.items())
    return 0 if result["still open"] == arguments.sockets else 1
