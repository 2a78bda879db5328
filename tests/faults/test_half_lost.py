"""A lost answer costs a repetition, never a second message: short version, and the proxy itself."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.half_lost import Outcome, behind_client_proxy, behind_database_proxy
from tests.faults.proxy import Mode, Proxy, proxy_to
from tests.faults.report import POSTGRES, SQLITE

N = 20
SEED = 5


def check(outcome: Outcome) -> None:
    assert outcome.n_broken > 0 and len(outcome.acknowledged) == N
    assert outcome.lost == [] and outcome.doubled == [] and outcome.gaps == 0
    assert len(outcome.stored) == N
    assert outcome.without_advice == 0


@pytest.mark.parametrize("kind", [SQLITE, pytest.param(POSTGRES, marks=pytest.mark.postgres)])
async def test_answers_lost_on_the_way_to_the_client_are_asked_for_again(
    kind: str, tmp_path: Path
) -> None:
    outcome = await behind_client_proxy(tmp_path / "home", kind=kind, n=N, seed=SEED)

    check(outcome)
    assert outcome.n_unheard >= outcome.n_broken / 2


@pytest.mark.postgres
async def test_a_commit_whose_reply_is_lost_is_refused_and_then_found_stored(
    tmp_path: Path,
) -> None:
    outcome = await behind_database_proxy(tmp_path / "home", kind=POSTGRES, n=N, seed=SEED)

    check(outcome)
    assert set(outcome.refusals) == {503}


async def until_end(reader: asyncio.StreamReader) -> bytes:
    """What comes until the connection ends, in order or by a reset."""
    got = b""
    with contextlib.suppress(ConnectionResetError):
        async with asyncio.timeout(5):
            while chunk := await reader.read(10):
                got += chunk
    return got


@pytest.fixture
async def echo() -> AsyncIterator[Proxy]:
    """A proxy in front of a server that sends back what it gets."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with proxy_to("127.0.0.1", server.sockets[0].getsockname()[1]) as proxy:
        yield proxy
    server.close()


async def test_the_proxy_passes_delays_cuts_resets_and_swallows(echo: Proxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", echo.port)
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello"

    echo.mode, echo.delay_s = Mode.SLOW, 0.05
    began = time.monotonic()
    writer.write(b"slow")
    assert await reader.readexactly(4) == b"slow"
    assert time.monotonic() - began >= 0.1  # both ways

    echo.mode, echo.marker, echo.cut_after_bytes = Mode.CUT, b"commit", 3
    writer.write(b"other")
    assert await reader.readexactly(5) == b"other"
    writer.write(b"commit")
    # Bytes that arrived just before a reset may be gone with it.
    assert await until_end(reader) in (b"", b"com")
    assert echo.n_broken == 1

    echo.mode = Mode.BLACKHOLE
    reader, writer = await asyncio.open_connection("127.0.0.1", echo.port)
    writer.write(b"lost")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(10), 0.1)

    echo.mode = Mode.RESET
    writer.write(b"more")
    assert await until_end(reader) == b""
    assert echo.n_broken == 2
