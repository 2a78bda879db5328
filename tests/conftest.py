"""What all tests share: a PostgreSQL server where one can be had, and who runs beside whom."""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

# Before numpy is imported: two workers with two threads each on two cores only wait for each other.
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

# Early: its plugin would import it after the last test, when greenlets have left CPython 3.11's
# recursion counter astray and `ast.parse` fails with "AST constructor recursion depth mismatch".
import hypothesis  # noqa: E402, F401
import pytest  # noqa: E402

POSTGRES_VARIABLE = "BABELDESK_TEST_POSTGRES_URL"
_ONE_WORKER = frozenset({"brain", "console", "widget"})


def pytest_configure(config: pytest.Config) -> None:
    """Names a PostgreSQL server for the tests: the given one, a running one, or one of our own."""
    if POSTGRES_VARIABLE in os.environ:
        return
    if _answers("127.0.0.1", 5432):
        os.environ[POSTGRES_VARIABLE] = "postgresql://postgres@127.0.0.1:5432/postgres"
    elif (binaries := _binaries()) is not None and (url := _start(binaries)) is not None:
        os.environ[POSTGRES_VARIABLE] = url


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


def _answers(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def _binaries() -> Path | None:
    found = shutil.which("pg_ctl")
    if found is not None:
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


def _start(binaries: Path) -> str | None:
    """Starts a throw-away server on a free port; it ends with the test run."""
    folder = Path(tempfile.mkdtemp(prefix="babeldesk-pg-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # PostgreSQL refuses to run as root.
    user: list[str] = []
    if os.geteuid() == 0:
        user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        shutil.chown(folder, "nobody", "nogroup")
    data = folder / "data"
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    commands = [
        [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync"],
        [str(binaries / "pg_ctl"), "-D", str(data), "-o", options, "-w", "-l", str(folder / "log"),
         "start"],
    ]  # fmt: skip
    for command in commands:
        if subprocess.run([*user, *command], capture_output=True, cwd=folder).returncode != 0:
            return None
    stop = [*user, str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"]

    def end() -> None:
        subprocess.run(stop, capture_output=True, cwd="/", check=False)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return f"postgresql://postgres@127.0.0.1:{port}/postgres"
