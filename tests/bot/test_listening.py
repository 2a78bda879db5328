"""A gateway whose loop is busy still hears newcomers."""

from __future__ import annotations

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import uvloop
from starlette.responses import Response

from bot.app import build_server
from bot.realtime.hub import Hub
from tests.bot.house import free_socket, serving

NEWCOMERS = 80
ROUND_S = 0.01


def test_newcomers_are_heard_though_every_round_of_the_loop_is_long() -> None:
    """With one connection per round it would take more rounds than there are newcomers."""
    rounds, answers = uvloop.run(_hear_newcomers())

    assert answers == [b"HTTP/1.1 200"] * NEWCOMERS
    assert rounds < NEWCOMERS


async def _hear_newcomers() -> tuple[int, list[bytes]]:
    sock = free_socket()
    address = sock.getsockname()
    server = build_server(Response(b"here"), Hub(), trusted_proxies="")
    loop = asyncio.get_running_loop()
    rounds, busy = 0, True

    def work() -> None:
        nonlocal rounds
        rounds += 1
        time.sleep(ROUND_S)
        if busy:
            loop.call_soon(work)

    async with serving(server, sock):
        with ThreadPoolExecutor(NEWCOMERS) as threads:
            loop.call_soon(work)
            asking = [loop.run_in_executor(threads, _ask, address) for _ in range(NEWCOMERS)]
            answers = await asyncio.gather(*asking)
            busy = False
    return rounds, answers


def _ask(address: tuple[str, int]) -> bytes:
    """Asks over a connection of its own; gives the beginning of the answer."""
    with socket.create_connection(address, timeout=30) as link:
        link.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        return link.recv(12)
