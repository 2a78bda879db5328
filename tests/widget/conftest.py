"""Fixtures for the widget's tests: the scripted gateway and a real Chromium.

Playwright's synchronous API keeps an event loop in the main thread while it runs, so it is started
per module: tests of other modules with loops of their own do not meet it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.widget.fake_gateway import FakeGateway

FRONTEND = Path(__file__).resolve().parents[2] / "bot" / "frontend"
INSTALL = "apt-get install -y --no-install-recommends chromium fonts-dejavu fonts-noto-core"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    # A name that is not this machine's own: the browser takes its plain HTTP for insecure.
    "--host-resolver-rules=MAP shop.test 127.0.0.1",
]
# The browser reports every request that it could not make while offline; that is no fault.
EXPECTED_OFFLINE = ("net::ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_CHANGED")
WATCH_CSP = """addEventListener('securitypolicyviolation',
  event => console.error('CSP', event.violatedDirective, event.blockedURI))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or a skip that says how to get it."""
    path = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if path is None:
        pytest.skip(f"no Chromium on this machine; install it with: {INSTALL}")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def running_gateway() -> Iterator[FakeGateway]:
    """One scripted gateway for the module."""
    gateway = FakeGateway().start()
    yield gateway
    gateway.stop()


@pytest.fixture
def gateway(running_gateway: FakeGateway) -> FakeGateway:
    """The scripted gateway with every fault switched off."""
    running_gateway.reset_faults()
    return running_gateway


@dataclass(slots=True)
class Visit:
    """A visitor's browser profile; every page of it reports its console errors here."""

    context: BrowserContext
    url: str
    problems: list[str] = field(default_factory=list)
    allowed: tuple[str, ...] = EXPECTED_OFFLINE

    def page(self, path: str = "/plain") -> Page:
        page = self.context.new_page()
        page.on("console", lambda message: self._note(message))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.set_default_timeout(8000)
        page.goto(self.url + path)
        return page

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(words in message.text for words in self.allowed):
            self.problems.append(message.text)


@pytest.fixture
def visit(browser: Browser, gateway: FakeGateway) -> Iterator[Callable[..., Visit]]:
    """Opens a profile, options as for `Browser.new_context`; in the end no page has complained."""
    visits: list[Visit] = []

    def open_visit(**options: Any) -> Visit:
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
        context.add_init_script(WATCH_CSP)
        visits.append(Visit(context=context, url=gateway.url))
        return visits[-1]

    yield open_visit
    problems = [problem for visit in visits for problem in visit.problems]
    for one in visits:
        one.context.close()
    assert problems == []


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The source of axe-core, from the development packages of the front end."""
    path = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists():
        pytest.skip("axe-core is not installed; run: npm ci --prefix bot/frontend")
    return path.read_text(encoding="utf-8")
