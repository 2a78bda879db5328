"""Runs one brain as a child process: own port and secret, health checks, restarts.

The child dies with this process (the kernel sees to it on Linux). Its output goes to a log file.
The dispatcher asks
`condition()` before it spends a try, so a restart costs visitors a few seconds and no ticket.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog

from bot.brain_client import BrainClient
from bot.dispatch_rules import BrainCondition
from bot.errors import BrainError, BrainLost, BrainUnreachable
from bot.processes import die_with_parent, find_free_port, rss_bytes
from bot.settings import child_environment

log = structlog.get_logger("bot.supervisor")

STARTING_PROBE_S: Final = 0.1
PROBE_S: Final = 5.0
# Loading libraries, model and index took 5 s on the reference machine; a busy one may need ten
# times that.
START_LIMIT_S: Final = 90.0
PROBES_MISSED: Final = 3
BACKOFF_FIRST_S: Final = 0.2
BACKOFF_LAST_S: Final = 10.0
# A brain that ran this long had no trouble starting: its end is a new story.
SETTLED_S: Final = 60.0
# So many starts in a row without one good answer are told to the operator.
STARTS_TOLD: Final = 2
LOG_TAIL_BYTES: Final = 8192
FAREWELL: Final = "Application startup failed. Exiting."
# Moment and level before a line of the log, the logger's name after it.
_LOGGED = re.compile(r"^\d{4}-\d\d-\d\dT\S+ \[\w+ *\] | +\[[\w.]+\]$")
LOG_BYTES: Final = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class BrainCommand:
    """How to start a brain; `{port}` in `arguments` becomes the port."""

    arguments: Sequence[str]
    log_path: Path

    @staticmethod
    def usual(*, models: Path, kb: Path, logs: Path) -> BrainCommand:
        """The project's own brain."""
        arguments = (
            *(sys.executable, "-m", "bot.brain", "--port", "{port}"),
            *("--models-dir", str(models), "--kb-dir", str(kb)),
        )
        return BrainCommand(arguments=arguments, log_path=logs / "brain.log")


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTrouble:
    """A brain that ended again before it ever answered.

    Attributes:
        starts: Failed starts in a row.
        code: Exit code of the last one; negative for a signal; None when it could not be started.
        last_line: The last line of its log or the system's reason, empty when there is none.
    """

    starts: int
    code: int | None
    last_line: str


class BrainProcess:
    """One running child. May be started before there is an event loop."""

    def __init__(self, command: BrainCommand) -> None:
        self.port = find_free_port()
        self.secret = secrets.token_urlsafe(32)
        arguments = [part.replace("{port}", str(self.port)) for part in command.arguments]
        _turn_over(command.log_path)
        with command.log_path.open("ab") as output:
            self._process = subprocess.Popen(
                arguments,
                # glibc gives every thread its own heap and never gives it back: 30 MB here.
                env=child_environment(
                    BABELDESK_BRAIN_SECRET=self.secret,
                    MALLOC_ARENA_MAX="2",
                    OMP_NUM_THREADS="1",
                    OPENBLAS_NUM_THREADS="1",
                ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                close_fds=True,
                preexec_fn=die_with_parent(),
            )
        self.started_at = time.monotonic()

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._process.pid

    @property
    def url(self) -> str:
        """Where it answers once it is up."""
        return f"http://127.0.0.1:{self.port}"

    def exit_code(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self._process.poll()

    async def ended(self) -> int:
        """Waits for its end."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[int] = loop.create_future()

        def settle(code: int) -> None:
            if not done.done():
                done.set_result(code)

        def watch() -> None:
            code = self._process.wait()
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, code)

        threading.Thread(target=watch, name=f"brain-{self.pid}", daemon=True).start()
        return await done

    def kill(self) -> None:
        """Ends it at once and collects it."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    async def stop(self, *, grace_s: float) -> None:
        """Asks it to end, and kills it when it does not."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(grace_s):
                    await self.ended()
            except TimeoutError:
                log.warning("brain_killed", pid=self.pid)
        self.kill()


class Supervisor:
    """Readiness of a brain of our own; `run` keeps one alive until cancelled."""

    def __init__(
        self,
        client: BrainClient,
        *,
        command: BrainCommand,
        first: BrainProcess | None = None,
        on_change: Callable[[], None] = lambda: None,
        on_trouble: Callable[[StartTrouble], None] = lambda _trouble: None,
        probe_s: float = PROBE_S,
        start_limit_s: float = START_LIMIT_S,
        backoff_first_s: float = BACKOFF_FIRST_S,
    ) -> None:
        self._client = client
        self._command = command
        self._process = first
        self._on_change = on_change
        self._on_trouble = on_trouble
        self._probe_s = probe_s
        self._start_limit_s = start_limit_s
        self._backoff_first_s = backoff_first_s
        self._condition = BrainCondition.COMING
        self._look = asyncio.Event()
        self._restarts = 0
        self._failed_starts = 0
        self._health: Mapping[str, Any] = {}

    def condition(self) -> BrainCondition:
        """READY while the last probe was well and nothing contradicts it; COMING otherwise."""
        return self._condition

    def suspect(self, error: BrainError) -> None:
        """Probes now; a broken or refused connection means away until proved otherwise."""
        if isinstance(error, (BrainUnreachable, BrainLost)):
            self._condition = BrainCondition.COMING
        self._look.set()

    def report(self) -> dict[str, Any]:
        """Numbers for `/readyz`, the doctor and the log."""
        pid = self._process.pid if self._process else None
        # What the last brain said is not true of the one that is coming.
        health = self._health if self._condition is BrainCondition.READY else {}
        return {
            "condition": self._condition.value,
            "pid": pid,
            "restarts": self._restarts,
            "rss_bytes": rss_bytes(pid) if pid else None,
            "model_id": health.get("model_id"),
            "index_id": health.get("index_id"),
        }

    def use(self, command: BrainCommand) -> None:
        """Starts brains in another way from the next start on."""
        self._command = command

    async def run(self) -> None:
        """Starts, watches and restarts the brain until cancelled; the child is stopped then."""
        backoff_s = self._backoff_first_s
        self._condition = BrainCondition.COMING
        try:
            while True:
                process = self._process or self._begin(next_in_s=backoff_s)
                if process is None:
                    await asyncio.sleep(backoff_s)
                    backoff_s = min(backoff_s * 2, BACKOFF_LAST_S)
                    self._restarts += 1
                    continue
                self._process = process
                await self._client.connect(url=process.url, secret=process.secret)
                log.info("brain_started", pid=process.pid, port=process.port)
                was_well = await self._watch(process)
                process.kill()
                lived_s = time.monotonic() - process.started_at
                self._process = None
                self._set(BrainCondition.COMING)
                backoff_s = self._backoff_first_s if lived_s >= SETTLED_S else backoff_s
                log.warning(
                    "brain_ended", pid=process.pid, code=process.exit_code(), next_in_s=backoff_s
                )
                self._count_start(process, was_well=was_well)
                await asyncio.sleep(backoff_s)
                backoff_s = min(backoff_s * 2, BACKOFF_LAST_S)
                self._restarts += 1
        finally:
            self._condition = BrainCondition.GONE
            if self._process is not None:
                await asyncio.shield(self._process.stop(grace_s=3.0))

    def _begin(self, *, next_in_s: float) -> BrainProcess | None:
        """A new child, or None when the system refuses one: a full disk, no rights, no memory."""
        try:
            return BrainProcess(self._command)
        except (OSError, subprocess.SubprocessError) as error:
            log.warning("brain_not_started", reason=str(error), next_in_s=next_in_s)
            self._count_failed_start(code=None, last_line=str(error))
            return None

    def _count_start(self, process: BrainProcess, *, was_well: bool) -> None:
        if was_well:
            self._failed_starts = 0
            return
        self._count_failed_start(
            code=process.exit_code(), last_line=_last_line(self._command.log_path)
        )

    def _count_failed_start(self, *, code: int | None, last_line: str) -> None:
        self._failed_starts += 1
        if self._failed_starts >= STARTS_TOLD:
            self._on_trouble(
                StartTrouble(starts=self._failed_starts, code=code, last_line=last_line)
            )

    async def _watch(self, process: BrainProcess) -> bool:
        """Returns when the child ended, never came up, or stopped answering.

        Returns:
            Whether it was well at any time.
        """
        ended = asyncio.create_task(process.ended())
        # A first brain may be much older than this watch, while nobody asked it anything.
        began = time.monotonic()
        missed = 0
        was_well = False
        try:
            while True:
                healthy = await self._probe()
                age_s = time.monotonic() - process.started_at
                if healthy:
                    came = self._condition is not BrainCondition.READY
                    if came:
                        self._client.forgive()
                    missed, was_well = 0, True
                    self._set(BrainCondition.READY)
                    if came:
                        log.info("brain_ready", after_s=round(age_s, 1), **self.report())
                elif was_well:
                    missed += 1
                waited_s = time.monotonic() - began
                never_came = not was_well and waited_s > self._start_limit_s
                if missed >= PROBES_MISSED or never_came:
                    log.warning("brain_silent", pid=process.pid, missed=missed)
                    return was_well
                calm = self._condition is BrainCondition.READY and not missed
                if await self._ended_within(ended, self._probe_s if calm else STARTING_PROBE_S):
                    return was_well
        finally:
            ended.cancel()
            self._health = {}

    async def _ended_within(self, ended: asyncio.Task[int], pause_s: float) -> bool:
        self._look.clear()
        look = asyncio.create_task(self._look.wait())
        try:
            await asyncio.wait({ended, look}, timeout=pause_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            look.cancel()
        return ended.done()

    async def _probe(self) -> bool:
        try:
            self._health = await self._client.health()
        except BrainError:
            return False
        return True

    def _set(self, condition: BrainCondition) -> None:
        if condition is not self._condition:
            self._condition = condition
            self._on_change()


def _turn_over(path: Path) -> None:
    """Keeps one old log file when the present one has grown large."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_BYTES:
        os.replace(path, path.with_suffix(".log.1"))


def _last_line(path: Path) -> str:
    """The last line with words in it; a log that cannot be read has none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    lines = [plain for line in text.splitlines() if (plain := _plain_line(line.strip()))]
    # The server's own farewell says nothing of the cause, which stands above it.
    while len(lines) > 1 and lines[-1].endswith(FAREWELL):
        lines.pop()
    return lines[-1][:400] if lines else ""


def _plain_line(line: str) -> str:
    """What a line of the log says, without moment, level and logger."""
    if line.startswith("{"):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            return str(json.loads(line)["event"]).strip().rpartition("\n")[2]
    return _LOGGED.sub("", line).strip()
