"""Fixtures for the console's tests: the real gateway in a thread of its own, and a real Chromium.

Playwright's synchronous API keeps an event loop in the main thread while it runs; the gateway has
another one in its thread, and tests reach into it with `Desk.do`.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import uvicorn
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)
from sqlalchemy import delete, select

from bot.app import build_server
from bot.realtime.conversation_stream import Tempo
from bot.wiring import build_gateway
from handoff.model import Role
from handoff.passwords import Passwords
from handoff.ports import WordTriage
from handoff.store.schema import metadata
from handoff.store.tables import agent_sessions, users
from tests.bot.house import (
    PASSWORD,
    QUICK_HASHER,
    SECRET,
    House,
    Visitor,
    create_tables,
    free_socket,
    is_handoff,
    make_settings,
    serving,
)
from tests.console.telling_brain import TellingBrain

FRONTEND = Path(__file__).resolve().parents[2] / "bot" / "frontend"
INSTALL = "apt-get install -y --no-install-recommends chromium fonts-dejavu fonts-noto-core"
AGENTS = {"ada@shop.example": "Ada Lovelace", "ben@shop.example": "Ben Ali"}
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
WATCH_CSP = (
    "addEventListener('securitypolicyviolation', "
    "e => console.error('CSP', e.violatedDirective, e.blockedURI))"
)
Result = TypeVar("Result")


@dataclass
class Desk:
    """The running gateway, from outside its thread."""

    house: House
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        return self.house.url

    def do(self, work: Coroutine[Any, Any, Result], *, limit_s: float = 20) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=limit_s)

    def agent(self, name: str, email: str) -> None:
        agents = self.house.assembly.gateway.core.agents
        self.do(agents.create_user(email=email, name=name, role=Role.AGENT, password=PASSWORD))

    def ticket(
        self,
        text: str,
        *,
        locale: str = "en-GB",
        contact: str | None = None,
        page_url: str | None = None,
    ) -> Guest:
        """A visitor whose message was handed over."""
        visitor = self.do(self.house.open(locale=locale, page_url=page_url))
        guest = Guest(desk=self, visitor=visitor)
        if contact is not None:
            name, email = contact.split(" <")
            body = {"name": name, "email": email.rstrip(">")}
            path, headers = f"{visitor.path}/contact", visitor.headers
            self.do(self.house.http.post(path, json=body, headers=headers))
        guest.says(text)
        notice = self.do(visitor.until(is_handoff))
        guest.number = notice["payload"]["ticket_number"]
        return guest


@dataclass
class Guest:
    """A visitor with a ticket."""

    desk: Desk
    visitor: Visitor
    number: str = ""

    def says(self, text: str) -> None:
        answer = self.desk.do(self.visitor.send(text))
        assert answer.status_code == 201, answer.text

    async def goes_on(self, n_messages: int) -> None:
        """Writes `n_messages` more, past the limit of messages per minute."""
        visitors = self.desk.house.assembly.gateway.core.visitors
        for number in range(n_messages):
            await visitors.accept_message(
                self.visitor.session["conversation_id"],
                visitor_id=self.visitor.session["visitor_id"],
                client_id=f"more-{number}",
                text=f"Message {number}",
            )

    def chooses(self, language: str) -> None:
        path, headers = f"{self.visitor.path}/language", self.visitor.headers
        body = {"language": language}
        answer = self.desk.do(self.desk.house.http.post(path, json=body, headers=headers))
        assert answer.status_code == 200, answer.text

    def types(self) -> None:
        path, headers = f"{self.visitor.path}/typing", self.visitor.headers
        self.desk.do(self.desk.house.http.post(path, json={"active": True}, headers=headers))

    def reads(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        return self.desk.do(self.visitor.until(wanted, limit_s=8))

    def everything(self) -> list[dict[str, Any]]:
        page = self.desk.do(self.visitor.events())
        return list(page["events"])


@contextlib.asynccontextmanager
async def _running(home: Path) -> AsyncIterator[House]:
    brain = TellingBrain(SECRET)
    brain_socket = free_socket()
    settings = make_settings(
        home,
        BABELDESK_BRAIN_URL=f"http://127.0.0.1:{brain_socket.getsockname()[1]}",
        BABELDESK_BRAIN_SECRET=SECRET,
        # All tests of the module sign in from one address.
        BABELDESK_RATE_LOGIN="1000/60s",
        BABELDESK_RATE_SESSIONS="1000/60s",
    )
    triage = WordTriage({"burns": 1, "twice": 2, "δύο φορές": 2})
    assembly = build_gateway(
        settings, tempo=Tempo(look_s=3.0), triage=triage, passwords=Passwords(QUICK_HASHER)
    )
    await create_tables(assembly)
    async with contextlib.AsyncExitStack() as stack:
        config = uvicorn.Config(
            brain.app, log_level="error", access_log=False, lifespan="off", ws="none"
        )
        await stack.enter_async_context(serving(uvicorn.Server(config), brain_socket))
        server = build_server(assembly.app, assembly.gateway.hub, trusted_proxies="")
        url = await stack.enter_async_context(serving(server, free_socket()))
        stack.callback(assembly.gateway.hub.close)
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=30)
        )
        yield House(assembly=assembly, brain=brain, url=url, http=http)


async def _forget_everything(house: House) -> None:
    """Empties the database but for the first agents and their sessions."""
    kept = select(users.c.id).where(users.c.email.in_(AGENTS))
    async with house.assembly.gateway.database.engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            if table not in (users, agent_sessions):
                await connection.execute(delete(table))
        await connection.execute(
            delete(agent_sessions).where(agent_sessions.c.user_id.not_in(kept))
        )
        await connection.execute(delete(users).where(users.c.email.not_in(AGENTS)))


@pytest.fixture(scope="module")
def running_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One gateway for the module with two agents, Ada and Ben."""
    home = tmp_path_factory.mktemp("desk") / "home"
    ready: Future[Desk] = Future()
    done: list[asyncio.Event] = []

    async def stay() -> None:
        done.append(asyncio.Event())
        async with _running(home) as house:
            ready.set_result(Desk(house=house, loop=asyncio.get_running_loop()))
            await done[0].wait()

    def run() -> None:
        try:
            asyncio.run(stay())
        except BaseException as error:
            if not ready.done():
                ready.set_exception(error)
            raise

    thread = threading.Thread(target=run, name="gateway", daemon=True)
    thread.start()
    running = ready.result(timeout=30)
    for email, name in AGENTS.items():
        running.agent(name, email)
    yield running
    running.loop.call_soon_threadsafe(done[0].set)
    thread.join(timeout=15)
    assert not thread.is_alive()


@pytest.fixture
def desk(running_desk: Desk) -> Desk:
    """The gateway without a ticket."""
    running_desk.do(_forget_everything(running_desk.house))
    return running_desk


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or a skip that says how to get it."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip(f"no Chromium on this machine; install it with: {INSTALL}")
    # Waits end as soon as they are met; a busy machine only makes them longer.
    expect.set_options(timeout=10_000)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield running
        running.close()


@dataclass(slots=True)
class Seat:
    """An agent's browser profile; every page of it reports its console errors here."""

    context: BrowserContext
    url: str
    # Cookies of agents who have signed in before.
    sessions: dict[str, list[Any]]
    problems: list[str] = field(default_factory=list)
    # Asking whether somebody is signed in is answered 401 when nobody is; browsers log that.
    allowed: tuple[str, ...] = ("status of 401",)

    def page(self, path: str = "/console/") -> Page:
        page = self.context.new_page()
        page.on("console", lambda message: self._note(message))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.set_default_timeout(10_000)
        page.goto(self.url + path)
        return page

    def signed_in(self, path: str = "/console/", *, email: str = "ada@shop.example") -> Page:
        cookies = self.sessions.get(email)
        if cookies is not None:
            self.context.add_cookies(cookies)
            return self.page(path)
        answer = self.context.request.post(
            f"{self.url}/api/v1/agent/login", data={"email": email, "password": PASSWORD}
        )
        assert answer.ok, answer.text()
        self.sessions[email] = self.context.cookies()
        return self.page(path)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(words in message.text for words in self.allowed):
            self.problems.append(message.text)


@pytest.fixture(scope="module")
def sessions() -> dict[str, list[Any]]:
    """Cookies by e-mail, for the module's gateway."""
    return {}


@pytest.fixture
def seat(
    browser: Browser, desk: Desk, sessions: dict[str, list[Any]]
) -> Iterator[Callable[..., Seat]]:
    """Opens a profile (options as for `new_context`); at the end no page may have complained."""
    seats: list[Seat] = []

    def open_seat(**options: Any) -> Seat:
        usual: dict[str, Any] = {"viewport": {"width": 1440, "height": 860}, "locale": "en-GB"}
        context = browser.new_context(**(usual | options))
        context.add_init_script(WATCH_CSP)
        seats.append(Seat(context=context, url=desk.url, sessions=sessions))
        return seats[-1]

    yield open_seat
    problems = [problem for one in seats for problem in one.problems]
    for one in seats:
        one.context.close()
    assert problems == []


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The source of axe-core, from the development packages of the front end."""
    path = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists():
        pytest.skip("axe-core is not installed; run: npm ci --prefix bot/frontend")
    return path.read_text(encoding="utf-8")
