"""Examines an installation: what is there, what is wrong, what to do. Changes nothing.

Each check is a small function that finds one thing; one that breaks is itself a finding.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from bot.brain.training import CHECKOUT as ROOT
from bot.errors import SettingsError
from bot.home import NEEDED_BYTES
from bot.model_store import find_model
from bot.processes import holder_of
from bot.settings import Settings, load_settings

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_PIN: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)(?:\s*;\s*(.*?))?\s*\\?$")
HEALTH_LIMIT_S: Final = 2.0
# Nothing worked for this long, although something was due.
OVERDUE_S: Final = 300.0


class Level(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One finding; `todo` is empty when there is nothing to do."""

    name: str
    level: Level
    found: str
    todo: str = ""

    @property
    def ok(self) -> bool:
        """Whether the installation can run with this."""
        return self.level is not Level.FAIL

    def as_json(self) -> dict[str, str]:
        """For scripts."""
        return {
            "name": self.name,
            "level": self.level.value.lower(),
            "found": self.found,
            "todo": self.todo,
        }


def diagnose() -> list[Check]:
    """All checks; with wrong settings only those that need none."""
    checks = [check_python(), check_packages()]
    try:
        settings = load_settings()
    except SettingsError as error:
        todo = "Correct these keys, or remove them to use the defaults."
        return [*checks, Check(name="settings", level=Level.FAIL, found=str(error), todo=todo)]
    checks.append(Check(name="settings", level=Level.OK, found="valid"))
    return [*checks, *_each(settings), check_browser()]


def _each(settings: Settings) -> Iterator[Check]:
    examined: tuple[tuple[str, Callable[[Settings], Check]], ...] = (
        ("data folder", check_home),
        ("disk", check_disk),
        ("port", check_port),
        ("database", check_database),
        ("jobs", check_jobs),
        ("model", check_model),
        ("index", check_index),
        ("gateway", check_gateway),
    )
    for name, check in examined:
        try:
            yield check(settings)
        except Exception as error:
            found = f"the check itself failed: {type(error).__name__}: {error}"
            yield Check(name=name, level=Level.FAIL, found=found, todo="Please report this.")


def check_python() -> Check:
    """CPython 3.11 is the only version for which all packages exist."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] == (3, 11):
        return Check(name="python", level=Level.OK, found=found)
    todo = "Install Python 3.11, then run `make setup`."
    return Check(name="python", level=Level.FAIL, found=found, todo=todo)


def check_packages(lock: Path = ROOT / "requirements.lock") -> Check:
    """Compares what is installed with the lock."""
    if not lock.is_file():
        return Check(name="packages", level=Level.WARN, found=f"there is no {lock.name} to compare")
    wrong = [
        f"{name} {installed or 'missing'} instead of {wanted}"
        for name, wanted in locked_packages(lock.read_text(encoding="utf-8"))
        if (installed := _installed(name)) != wanted
    ]
    if not wrong:
        return Check(name="packages", level=Level.OK, found="as in the lock")
    more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    return Check(
        name="packages",
        level=Level.FAIL if any("missing" in line for line in wrong) else Level.WARN,
        found="; ".join(wrong[:5]) + more,
        todo="Run `make setup`.",
    )


def locked_packages(text: str) -> list[tuple[str, str]]:
    """Names and versions of the lock's lines that hold on this machine."""
    from packaging.markers import Marker

    found = []
    for line in text.splitlines():
        pin = _PIN.match(line.strip())
        if pin is None:
            continue
        marker = (pin[3] or "").rstrip("\\ ").strip()
        if not marker or Marker(marker).evaluate():
            found.append((pin[1], pin[2]))
    return found


def check_home(settings: Settings) -> Check:
    """The data folder can be written."""
    home = settings.paths.home
    folder = home if home.exists() else home.absolute().parent
    try:
        probe = folder / ".babeldesk-probe"
        probe.write_bytes(b"ok")
        probe.unlink()
    except OSError as error:
        found = f"{folder} cannot be written ({error.strerror or error})"
        todo = "Give this account the right to write there, or set BABELDESK_HOME."
        return Check(name="data folder", level=Level.FAIL, found=found, todo=todo)
    return Check(name="data folder", level=Level.OK, found=str(home))


def check_disk(settings: Settings) -> Check:
    """There is room."""
    home = settings.paths.home.absolute()
    while not home.exists():
        home = home.parent
    free = shutil.disk_usage(home).free
    found = f"{free // 2**20} MB free"
    if free >= NEEDED_BYTES:
        return Check(name="disk", level=Level.OK, found=found)
    todo = f"Free at least {NEEDED_BYTES // 2**20} MB, or move BABELDESK_HOME."
    return Check(name="disk", level=Level.FAIL, found=found, todo=todo)


def check_port(settings: Settings) -> Check:
    """The port is free, or our own gateway has it."""
    web = settings.web
    with socket.socket(socket.AF_INET6 if ":" in web.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((web.host, web.port))
        except OSError as error:
            if _health(settings) is not None:
                return Check(name="port", level=Level.OK, found=f"{web.port}, used by Babeldesk")
            holder = holder_of(web.port)
            found = f"{web.port} is taken by {holder or 'another program'} ({error.strerror})"
            todo = "Stop that program, or set BABELDESK_PORT."
            return Check(name="port", level=Level.FAIL, found=found, todo=todo)
    return Check(name="port", level=Level.OK, found=f"{web.port} is free")


def check_database(settings: Settings) -> Check:
    """The database is sound, ours and not newer than this program."""
    from bot.migrations.errors import MigrationError
    from bot.migrations.run import check_async

    url = settings.database_url
    path = Path(url.removeprefix("sqlite+aiosqlite:///"))
    if url.startswith("sqlite") and not path.exists():
        return Check(name="database", level=Level.WARN, found="not there yet; `run` creates it")
    try:
        report = asyncio.run(check_async(url))
    except MigrationError as error:
        found, todo = f"{error.what} ({error.reason})", error.advice
        return Check(name="database", level=Level.FAIL, found=found, todo=todo)
    if report.changed:
        found = f"revision {report.before or 'none'}, this program brings {report.after}"
        todo = "`babeldesk run` brings it up to date; make a back-up first."
        return Check(name="database", level=Level.WARN, found=found, todo=todo)
    return Check(name="database", level=Level.OK, found=f"sound, revision {report.after}")


def check_jobs(settings: Settings) -> Check:
    """Background work gets done, and no dead letter waits for a decision."""
    database = check_database(settings)
    if database.level is not Level.OK:
        return Check(name="jobs", level=Level.WARN, found="not known without a sound database")
    by_state, overdue_s = asyncio.run(_count_jobs(settings.database_url))
    found = f"{by_state['todo']} to do, {by_state['dead']} dead"
    if by_state["dead"]:
        todo = "See `babeldesk jobs list --state dead`; then retry or discard them."
        return Check(name="jobs", level=Level.WARN, found=found, todo=todo)
    if overdue_s > OVERDUE_S:
        found += f", the oldest overdue for {overdue_s / 60:.0f} minutes"
        todo = "Start `babeldesk run`, or `babeldesk worker` beside your gateways."
        return Check(name="jobs", level=Level.WARN, found=found, todo=todo)
    return Check(name="jobs", level=Level.OK, found=found)


async def _count_jobs(url: str) -> tuple[Mapping[str, int], float]:
    from handoff.store.engine import open_database
    from handoff.work.desk import JobDesk

    database = open_database(url)
    try:
        report = await JobDesk(database).report()
    finally:
        await database.dispose()
    return report.by_state, report.overdue_s


def check_model(settings: Settings) -> Check:
    """There is a trained model and it fits the data."""
    model = find_model(settings.paths.models, encoder=settings.brain.encoder)
    if model is None:
        found = f"none in {settings.paths.models}"
        return Check(name="model", level=Level.FAIL, found=found, todo="Run `babeldesk train`.")
    if not model.fits:
        found = f"{model.name} is older than the training data"
        return Check(name="model", level=Level.WARN, found=found, todo="Run `babeldesk train`.")
    return Check(name="model", level=Level.OK, found=model.name)


def check_index(settings: Settings) -> Check:
    """The published index opens with the configured encoder."""
    from kb_index.encoder import DEFAULT_ENCODER, load_encoder
    from kb_index.errors import KbError
    from kb_index.index import LiveIndex

    try:
        encoder = load_encoder(settings.brain.encoder or DEFAULT_ENCODER)
        snapshot = LiveIndex(settings.paths.kb, encoder).snapshot()
    except KbError as error:
        todo = "Run `babeldesk kb build`."
        return Check(name="index", level=Level.FAIL, found=str(error), todo=todo)
    return Check(name="index", level=Level.OK, found=snapshot.snapshot_id)


def check_gateway(settings: Settings) -> Check:
    """If the gateway runs: is it ready, and how is its brain."""
    health = _health(settings)
    if health is None:
        return Check(name="gateway", level=Level.OK, found="not running")
    brain = health.get("checks", {}).get("brain", {})
    condition = str(brain.get("condition"))
    if not health.get("ok"):
        checks = health.get("checks", {})
        found = f"not ready: database {checks.get('database')}, turns {checks.get('turns')}"
        todo = "See the gateway's log."
        return Check(name="gateway", level=Level.FAIL, found=found, todo=todo)
    if condition != "ready":
        todo = f"See {settings.paths.logs / 'brain.log'}."
        return Check(
            name="gateway", level=Level.FAIL, found=f"running, brain {condition}", todo=todo
        )
    memory = (brain.get("rss_bytes") or 0) // 2**20
    return Check(name="gateway", level=Level.OK, found=f"running, brain ready ({memory} MB)")


def check_browser() -> Check:
    """Chromium, needed by the browser tests only."""
    for name in BROWSERS:
        path = shutil.which(name)
        if path:
            return Check(name="browser for tests", level=Level.OK, found=path)
    return Check(
        name="browser for tests",
        level=Level.WARN,
        found="no chromium",
        todo="Only the browser tests need it: `apt-get install chromium`.",
    )


def _health(settings: Settings) -> dict[str, Any] | None:
    host = "127.0.0.1" if settings.web.host in {"0.0.0.0", "::"} else settings.web.host
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    url = f"http://{host}:{settings.web.port}/readyz"
    try:
        try:
            answer = opener.open(url, timeout=HEALTH_LIMIT_S)
        except urllib.error.HTTPError as refusal:
            answer = refusal  # 503 says what is not ready
        with answer:
            found = json.loads(answer.read(65536))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "checks" in found else None


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
