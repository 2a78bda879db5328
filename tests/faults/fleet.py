"""A Babeldesk of many real processes that a test may kill, stop and start again.

Gateways, brains and workers are started as an operator would, share one home and one database, and
are kept alive by a keeper, as a service manager would do.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import psutil
from sqlalchemy.engine import make_url

from bot.processes import die_with_parent
from tests.servers import PostgresServer, RedisServer, ServerError, free_port, postgres_programs

ROOT: Final = Path(__file__).resolve().parents[2]
SECRET: Final = "a-secret-for-fault-tests"
KEEPER_LOOKS_S: Final = 0.2
# A loaded machine takes minutes for what an idle one does in two seconds.
START_LIMIT_S: Final = 180.0
STOP_LIMIT_S: Final = 40.0

# All simulated people share one address here; turns are quick to fail, so that a storm of two
# minutes sees many of them fail.
USUAL: Final[Mapping[str, str]] = {
    "BABELDESK_RATE_VISITOR": "100000/10s",
    "BABELDESK_RATE_ADDRESS": "100000/10s",
    "BABELDESK_RATE_SESSIONS": "100000/60s",
    "BABELDESK_RATE_LOGIN": "100000/10s",
    "BABELDESK_RATE_READS": "100000/10s",
    "BABELDESK_STREAMS_ADDRESS": "100000",
    "BABELDESK_TURN_TIMEOUT_S": "1.5",
    "BABELDESK_ANSWER_WITHIN_S": "8",
    "BABELDESK_WEBHOOK_PRIVATE": "127.0.0.0/8",
    "BABELDESK_LOG_LEVEL": "warning",
}
# Of a turn: the time limit of one try and four seconds, see `TurnSettings.lease_s`.
TURN_LEASE_S: Final = 5.5


@dataclass(eq=False)
class Member:
    """One process and how to start it again.

    Attributes:
        wanted: The keeper keeps it alive.
        is_up: It has answered since its last start.
    """

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    url: str = ""
    process: subprocess.Popen[bytes] | None = None
    wanted: bool = True
    is_up: bool = False

    @property
    def kind(self) -> str:
        """`gateway`, `brain` or `worker`."""
        return self.name.partition(" ")[0]

    @property
    def is_running(self) -> bool:
        """Whether its process is there; a stopped one is."""
        return self.process is not None and self.process.poll() is None

    @property
    def marker(self) -> str:
        """What stands in its log before each start."""
        return f"--- {self.name} starts ---"

    def start(self) -> None:
        """Starts it; does not wait until it answers."""
        # Whatever is configured for this shell is not for them.
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("BABELDESK_")}
        with self.log.open("ab") as output:
            output.write(f"{self.marker}\n".encode())
            output.flush()
            self.process = subprocess.Popen(
                [sys.executable, *self.arguments],
                cwd=ROOT,
                env={**inherited, **self.environment, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent(),
            )
        self.is_up = False

    def signal(self, sig: signal.Signals) -> None:
        """Sends it a signal, if it is there."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(sig)

    def rss_bytes(self) -> int:
        """Its resident memory; 0 while it is away."""
        try:
            return int(psutil.Process(self.process.pid).memory_info().rss) if self.process else 0
        except psutil.Error:
            return 0

    def reap(self) -> None:
        """Kills it for good."""
        self.wanted = False
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait(10)


@dataclass
class Fleet:
    """All processes of one desk, its database and its bus."""

    home: Path
    database_url: str
    members: list[Member] = field(default_factory=list)
    postgres: PostgresServer | None = None
    redis: RedisServer | None = None

    @property
    def gateways(self) -> list[Member]:
        """The processes that clients talk to."""
        return [member for member in self.members if member.kind == "gateway"]

    @property
    def urls(self) -> list[str]:
        """Where gateways answer."""
        return [gateway.url for gateway in self.gateways]

    def of_kind(self, kind: str) -> list[Member]:
        """The members of a kind."""
        return [member for member in self.members if member.kind == kind]

    async def keep_alive(self) -> None:
        """Starts again whatever ended, and notes what has come up, until cancelled."""
        while True:
            for member in self.members:
                if member.wanted and not member.is_running:
                    member.start()
            coming = [member for member in self.members if not member.is_up]
            for member, is_up in zip(
                coming, await asyncio.gather(*map(is_answering, coming)), strict=True
            ):
                member.is_up = is_up
            await asyncio.sleep(KEEPER_LOOKS_S)

    async def until_ready(self, member: Member, *, limit_s: float = START_LIMIT_S) -> None:
        """Waits until a member answers.

        Raises:
            TimeoutError: With what it said.
        """
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            if await is_answering(member):
                member.is_up = True
                return
            await asyncio.sleep(0.05)
        said = member.log.read_text("utf-8", "replace")[-2000:]
        raise TimeoutError(f"{member.name} does not answer; it said:\n{said}")

    async def replace(self, member: Member) -> None:
        """Stops a process in good order and starts it again, as an upgrade does.

        Raises:
            TimeoutError: It does not end, or does not come back.
        """
        member.wanted = False
        process = member.process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.to_thread(process.wait, STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                raise TimeoutError(f"{member.name} does not end when it is asked to") from None
        member.start()
        member.wanted = True
        await self.until_ready(member)

    def said(self, *words: str) -> list[str]:
        """The lines of all logs with any of the words."""
        return [
            f"{member.name}: {line[:300]}"
            for member in self.members
            for line in member.log.read_text("utf-8", "replace").splitlines()
            if any(word in line for word in words)
        ]


async def is_answering(member: Member) -> bool:
    """Whether a gateway would take messages or a brain questions; a worker has said that it works.

    A worker's output is looked at from its newest start on.
    """
    if member.kind == "worker":
        newest = member.log.read_text("utf-8", "replace").rpartition(member.marker)[2]
        return "at work" in newest
    path = "/readyz" if member.kind == "gateway" else "/health"
    # Loading certificates, for which loopback has no use, takes longer than the question.
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=2) as http:
        try:
            secret = {"Authorization": f"Bearer {SECRET}"}
            return (await http.get(f"{member.url}{path}", headers=secret)).is_success
        except httpx.HTTPError:
            return False


@contextlib.asynccontextmanager
async def running_fleet(
    folder: Path,
    *,
    database: str,
    gateways: int,
    brains: int,
    workers: int,
    brain_arguments: Sequence[str] = ("-m", "tests.bot.fake_brain"),
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Fleet]:
    """Starts servers and processes and waits until all answer; kills everything at the end.

    Raises:
        ServerError: A program that is needed is not installed.
    """
    home = folder / "home"
    home.mkdir(parents=True)
    fleet = Fleet(home=home, database_url=f"sqlite+aiosqlite:///{home / 'babeldesk.db'}")
    try:
        await _start_servers(fleet, database)
        _add_members(fleet, gateways, brains, workers, brain_arguments, settings or {})
        # One migrates, the others find it done.
        first, *others = sorted(fleet.members, key=lambda member: member.kind != "gateway")
        for group in ([first], others):
            for member in group:
                member.start()
            for member in group:
                await fleet.until_ready(member)
        yield fleet
    finally:
        for member in fleet.members:
            member.reap()
        if fleet.redis is not None:
            fleet.redis.crash()
        if fleet.postgres is not None:
            await asyncio.to_thread(fleet.postgres.remove)


async def _start_servers(fleet: Fleet, database: str) -> None:
    redis = shutil.which("redis-server")
    if redis is not None:
        fleet.redis = RedisServer(redis)
        await asyncio.to_thread(fleet.redis.start)
    if database == "sqlite":
        return
    programs = postgres_programs()
    if programs is None or redis is None:
        raise ServerError("PostgreSQL and Redis are needed for this")
    fleet.postgres = PostgresServer(programs)
    await asyncio.to_thread(fleet.postgres.create)
    url = make_url(fleet.postgres.url).set(drivername="postgresql+asyncpg")
    fleet.database_url = url.render_as_string(hide_password=False)


def _add_members(
    fleet: Fleet,
    gateways: int,
    brains: int,
    workers: int,
    brain_arguments: Sequence[str],
    settings: Mapping[str, str],
) -> None:
    brain_ports = [free_port() for _ in range(brains)]
    shared = {
        **USUAL,
        "BABELDESK_HOME": str(fleet.home),
        "BABELDESK_DATABASE_URL": fleet.database_url,
        "BABELDESK_BUS": fleet.redis.url if fleet.redis else "none",
        "BABELDESK_BRAIN_URL": ",".join(f"http://127.0.0.1:{port}" for port in brain_ports),
        "BABELDESK_BRAIN_SECRET": SECRET,
        **settings,
    }
    logs = fleet.home / "logs"
    logs.mkdir()

    def add(name: str, arguments: Sequence[str], environment: Mapping[str, str], url: str) -> None:
        log = logs / f"{name.replace(' ', '-')}.log"
        log.touch()
        fleet.members.append(
            Member(name=name, arguments=arguments, environment=environment, log=log, url=url)
        )

    for n, port in enumerate(brain_ports):
        arguments = [*brain_arguments, "--port", str(port)]
        own = {"BABELDESK_BRAIN_SECRET": SECRET, "RASA_TELEMETRY_ENABLED": "false"}
        add(f"brain {n}", arguments, own, f"http://127.0.0.1:{port}")
    for n in range(gateways):
        port = free_port()
        own = {**shared, "BABELDESK_PORT": str(port)}
        add(f"gateway {n}", ("-m", "bot.cli", "gateway"), own, f"http://127.0.0.1:{port}")
    for n in range(workers):
        add(f"worker {n}", ("-m", "bot.cli", "worker"), shared, "")
