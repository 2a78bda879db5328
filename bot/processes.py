"""Processes: a free port, a child that dies with its parent, memory, one lock per home."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import psutil

from bot.errors import StartError

_PR_SET_PDEATHSIG: Final = 1


def find_free_port() -> int:
    """A loopback port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def die_with_parent() -> Callable[[], None] | None:
    """What a child runs first, so that the kernel kills it when its parent dies; Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    # Loaded here, in the parent: between fork and exec almost nothing is safe to do.
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def prepare() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def rss_bytes(pid: int) -> int | None:
    """Resident memory of a process, or None when it is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return None


def listen(host: str, port: int) -> socket.socket:
    """Binds the gateway's port now, before any slow work.

    Raises:
        StartError: `port_taken`, with the holder's name when it can be seen, or `bad_address`.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(2048)
    except PermissionError:
        sock.close()
        raise StartError(
            "port_forbidden",
            happened=f"This account may not listen on port {port}.",
            todo="Choose a port above 1023 with BABELDESK_PORT or --port.",
        ) from None
    except OSError as error:
        sock.close()
        if error.errno == 98 or "in use" in str(error).lower():
            holder = holder_of(port)
            by = f" by {holder}" if holder else ""
            raise StartError(
                "port_taken",
                happened=f"Port {port} is already taken{by}.",
                todo="Stop that program, or choose another port with BABELDESK_PORT or --port.",
            ) from None
        raise StartError(
            "bad_address",
            happened=f"The address {host} cannot be used ({error.strerror or error}).",
            todo="Set BABELDESK_HOST to an address of this machine, such as 127.0.0.1 or 0.0.0.0.",
        ) from None
    sock.set_inheritable(False)
    return sock


def holder_of(port: int) -> str | None:
    """The program that listens on a port, as `name (process 123)`, where we may see it."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if (
                connection.status == psutil.CONN_LISTEN
                and connection.laddr.port == port
                and connection.pid
            ):
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    except (psutil.Error, PermissionError):
        return None
    return None


@contextlib.contextmanager
def sole_owner(path: Path) -> Iterator[None]:
    """Holds the lock file of one home; the kernel lets go of it however the process ends.

    Raises:
        StartError: `already_running`, with the process id of the holder.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(handle, 32).decode("ascii", "replace").strip()
            raise StartError(
                "already_running",
                happened=f"Babeldesk already runs with this data (process {holder or 'unknown'}).",
                todo="Stop it first, or give this one its own folder with BABELDESK_HOME.",
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
