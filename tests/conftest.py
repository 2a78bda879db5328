"""What all tests share: a PostgreSQL server where one can be had, and who runs beside whom."""

from __future__ import annotations

import asyncio
import atexit
import os
from pathlib import Path

# Before numpy is imported: two workers with two threads each on two cores only wait for each other.
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

# Early: its plugin would import it after the last test, when greenlets have left CPython 3.11's
# recursion counter astray and `ast.parse` fails with "AST constructor recursion depth mismatch".
import hypothesis  # noqa: E402, F401
import pytest  # noqa: E402

from tests.servers import PostgresServer, ServerError, answers, postgres_programs  # noqa: E402

POSTGRES_VARIABLE = "BABELDESK_TEST_POSTGRES_URL"
_ONE_WORKER = frozenset({"brain", "console", "widget"})


def pytest_configure(config: pytest.Config) -> None:
    """Names a PostgreSQL server for the tests: the given one, a running one, or one of our own."""
    if POSTGRES_VARIABLE in os.environ:
        return
    if answers(5432):
        os.environ[POSTGRES_VARIABLE] = "postgresql://postgres@127.0.0.1:5432/postgres"
    elif (programs := postgres_programs()) is not None and (url := _start(programs)) is not None:
        os.environ[POSTGRES_VARIABLE] = url


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a third of the time a test waits for a server or a browser."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Names the tests that belong to one worker when several run side by side.

    Folders with dear session fixtures (a trained model, a browser, a whole product) stay together;
    elsewhere a file does.
    """
    for item in items:
        parts = item.path.relative_to(item.config.rootpath).parts
        together = parts[1] if parts[1] in _ONE_WORKER else "/".join(parts)
        item.add_marker(pytest.mark.xdist_group(together))


@pytest.fixture(scope="session")
def event_loop_policy() -> asyncio.AbstractEventLoopPolicy:
    """Gives asyncio's own loops; importing Rasa's server would make all later ones uvloop's."""
    return asyncio.DefaultEventLoopPolicy()


def _start(programs: Path) -> str | None:
    """Starts a throw-away server on a free port; it ends with the test run."""
    server = PostgresServer(programs, durable=False)
    atexit.register(server.remove)
    try:
        server.create()
    except ServerError:
        return None
    return server.url
