"""A whole gateway for tests: real routes, real SQLite, a real little brain on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import structlog
import uvicorn
from argon2 import PasswordHasher

from bot.settings import Settings, build_settings
from bot.wiring import Assembly
from handoff.model import Role
from handoff.store.schema import metadata as handoff_metadata
from kb_index.tables import metadata as kb_metadata
from tests.bot.fake_brain import FakeBrain

SECRET = "a-secret-for-tests-only"
PASSWORD = "correct horse battery staple"
# Full strength costs a second a login on a small machine; how hashes are made has its own tests.
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def free_socket(port: int = 0) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    return sock


@contextlib.asynccontextmanager
async def serving(server: uvicorn.Server, sock: socket.socket) -> AsyncIterator[str]:
    """Runs a server in this loop; gives its address."""
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    task = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:
        if task.done():
            task.result()
        await asyncio.sleep(0)
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@dataclass
class House:
    """A running gateway with its brain and a client."""

    assembly: Assembly
    brain: FakeBrain
    url: str
    http: httpx.AsyncClient

    async def open(self, **body: Any) -> Visitor:
        answer = await self.http.post("/api/v1/sessions", json={"locale": "en-GB", **body})
        assert answer.status_code == 201, answer.text
        return Visitor(house=self, session=answer.json())

    async def clean_up(self) -> None:
        """Ends what a test left running and forgets everything that it did."""
        dispatcher, gateway = self.assembly.dispatcher, self.assembly.gateway
        self.brain.release.set()
        async with asyncio.timeout(20):
            while dispatcher._tasks or gateway.presence.agents_online():  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        async with gateway.database.write() as transaction:
            for metadata in (handoff_metadata, kb_metadata):
                for table in reversed(metadata.sorted_tables):
                    await transaction.connection.execute(table.delete())
        gateway.rates._limiter.storage.reset()
        dispatcher._brain.forgive()
        self.http.cookies.clear()
        self.brain.forget()

    async def agent(self, *, role: Role = Role.AGENT, email: str = "ada@shop.example") -> Agent:
        agents = self.assembly.gateway.core.agents
        await agents.create_user(email=email, name="Ada", role=role, password=PASSWORD)
        http = httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=40)
        answer = await http.post("/api/v1/agent/login", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        http.headers["X-CSRF-Token"] = answer.json()["csrf"]
        return Agent(http=http, user=answer.json()["user"])


@dataclass
class Agent:
    http: httpx.AsyncClient
    user: dict[str, Any]

    @property
    def cookie(self) -> str:
        return "bd_session=" + self.http.cookies["bd_session"]


@dataclass
class Visitor:
    house: House
    session: dict[str, Any]
    _n: int = 0

    @property
    def id(self) -> str:
        return str(self.session["conversation_id"])

    @property
    def token(self) -> str:
        return str(self.session["token"])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def path(self) -> str:
        return f"/api/v1/conversations/{self.id}"

    async def send(self, text: str, *, client_id: str | None = None, **more: Any) -> httpx.Response:
        self._n += 1
        body = {"client_id": client_id or f"c{self._n}", "text": text, **more}
        return await self.house.http.post(f"{self.path}/messages", json=body, headers=self.headers)

    async def events(self, *, after: int = 0, wait: float = 0) -> dict[str, Any]:
        answer = await self.house.http.get(
            f"{self.path}/events",
            params={"after": after, "wait": wait},
            headers=self.headers,
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def until(
        self, wanted: Callable[[dict[str, Any]], bool], *, limit_s: float = 20
    ) -> dict[str, Any]:
        """Long polls until an event is as wanted."""
        cursor = 0
        async with asyncio.timeout(limit_s):
            while True:
                page = await self.events(after=cursor, wait=10)
                cursor = page["cursor"]
                for event in page["events"]:
                    if wanted(event):
                        return dict(event)


def is_bot(event: dict[str, Any]) -> bool:
    return bool(event["author"] == "bot")


def is_handoff(event: dict[str, Any]) -> bool:
    return bool(event["kind"] == "handoff")


@contextlib.contextmanager
def kept_logging() -> Iterator[None]:
    """Puts the process's logging back as it was, for tests that configure it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    before = structlog.get_config()
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**before)


async def create_tables(assembly: Assembly) -> None:
    async with assembly.gateway.database.engine.begin() as connection:
        await connection.run_sync(handoff_metadata.create_all)
        await connection.run_sync(kb_metadata.create_all)


def make_settings(home: Path, **values: str) -> Settings:
    home.mkdir(parents=True, exist_ok=True)
    return build_settings({"BABELDESK_HOME": str(home), "BABELDESK_LOG_LEVEL": "error", **values})


MakeHouse = Callable[..., AbstractAsyncContextManager[House]]
