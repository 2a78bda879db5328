"""Servers of our own that a test may kill: PostgreSQL and Redis on free ports, in folders aside."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

import psutil

START_LIMIT_S: Final = 60.0


class ServerError(RuntimeError):
    """A server could not be started; the text says why."""


def free_port() -> int:
    """Gives a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether anybody accepts connections on a local port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def postgres_programs() -> Path | None:
    """Gives the folder of PostgreSQL's programs, if it is installed."""
    found = shutil.which("pg_ctl")
    if found is not None:
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


class PostgresServer:
    """A cluster of its own. Durable unless told otherwise: what it acknowledged survives a kill."""

    def __init__(self, programs: Path, *, durable: bool = True) -> None:
        self._programs = programs
        self._durable = durable
        self._folder = Path(tempfile.mkdtemp(prefix="babeldesk-pg-"))
        self._data = self._folder / "data"
        self._port = free_port()
        # PostgreSQL refuses to run as root.
        self._user: tuple[str, ...] = ()
        if os.geteuid() == 0:
            self._user = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
            shutil.chown(self._folder, "nobody", "nogroup")

    @property
    def url(self) -> str:
        """Where it answers; its database `postgres`."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def create(self) -> None:
        """Makes the cluster and starts it.

        Raises:
            ServerError: What the program said.
        """
        sync = () if self._durable else ("--no-sync",)
        self._run("initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", *sync)
        self.start()

    def start(self) -> None:
        """Starts it and waits until it answers; after a kill it recovers first.

        Raises:
            ServerError: What the program said.
        """
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self._folder),
            "max_connections": "200",
            "fsync": "on" if self._durable else "off",
        }
        options = " ".join([f"-p {self._port}", *(f"-c {k}={v}" for k, v in settings.items())])
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-o", options, "-w", "-l", log, "start")

    def crash(self) -> None:
        """Kills every process of it at once; `start` brings it back."""
        pid = int((self._data / "postmaster.pid").read_text().split()[0])
        postmaster = psutil.Process(pid)
        everyone = [postmaster, *postmaster.children(recursive=True)]
        for process in everyone:
            _kill(process)
        psutil.wait_procs(everyone, timeout=10)
        # A starting server believes this file when the pid is somebody else's by now.
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        """Stops it as an operator would who cannot wait: open connections are cut."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "fast", "-w", "stop")

    def remove(self) -> None:
        """Ends it, running or not, and deletes its folder."""
        if (self._data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop", check=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        # To a file: the server would keep a pipe open, and we would wait for its end.
        said = self._folder / "said"
        with said.open("w") as output:
            code = subprocess.run(
                [*self._user, str(self._programs / program), *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                check=False,
                timeout=START_LIMIT_S,
            ).returncode
        if check and code != 0:
            raise ServerError(f"{program}: {said.read_text()[-500:]}")


class RedisServer:
    """A Redis that keeps nothing: it carries hints only."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Starts it and waits until it answers.

        Raises:
            ServerError: It does not come up.
        """
        self._process = subprocess.Popen(
            [self._program, "--port", str(self._port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
            cwd=tempfile.gettempdir(),
        )  # fmt: skip
        deadline = time.monotonic() + START_LIMIT_S
        while not answers(self._port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise ServerError("redis-server does not answer")
            time.sleep(0.02)

    def crash(self) -> None:
        """Kills it; `start` brings an empty one back at the same address."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stops it in good order."""
        self._end(signal.SIGTERM)

    def _end(self, sig: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(sig)
            self._process.wait(10)
            self._process = None


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
