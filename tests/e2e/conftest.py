"""One running product for the tests that do not stop it, and a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.product import Agent, Product, running

NO_BROWSER = "Chromium is missing. Install it with: sudo apt-get install chromium fonts-noto-core"


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Gives a product that runs for all tests of this folder."""
    with running(tmp_path_factory.mktemp("home")) as started:
        yield started


@pytest.fixture(scope="package")
def agent(product: Product) -> Agent:
    """Gives the first agent, made through the printed link."""
    return Agent(product.url, setup_token=product.setup_token())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Gives Debian's Chromium.

    For one module only: Playwright keeps an event loop in the thread, and others need theirs.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        arguments += ["--disable-background-networking", "--no-first-run"]
        started = playwright.chromium.launch(executable_path=path, args=arguments)
        yield started
        started.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Gives an empty home for a product that the test starts and kills itself."""
    return tmp_path / "home"
