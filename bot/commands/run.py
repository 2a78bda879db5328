"""`babeldesk run` and `babeldesk gateway`: from nothing, or from a stop, to a running desk.

Every step looks first whether there is anything to do, so a second start is quick and an
interrupted first one goes on where it stopped. A brain that can start is started before anything
else: it takes the longest. Steps that need libraries of their own run in a child (`prepare`).
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Final

import structlog

from bot.commands.children import StageLines, build_index, index_job, prepare, train_in_child
from bot.commands.output import complain, say, step
from bot.dispatch_rules import BrainCondition
from bot.errors import StartError
from bot.gateway import Gateway
from bot.home import prepare_home
from bot.logs import configure_logs
from bot.model_store import KnownModel
from bot.processes import die_with_parent, listen, sole_owner
from bot.settings import Settings
from bot.supervisor import BrainCommand, BrainProcess, StartTrouble, Supervisor

log = structlog.get_logger("bot.run")

# The index job competes with the brain for the processor; it waits until visitors get answers.
INDEX_WAIT_S: Final = 30.0
# What the brain's log says of a model that does not fit, such as one made with another encoder.
REFUSED_WORDS: Final = "is refused"


def run(settings: Settings) -> None:
    """Runs gateway and brain until stopped.

    Raises:
        StartError: With what happened and what to do.
    """
    configure_logs(settings.log)
    prepare_home(settings.paths)
    with sole_owner(settings.paths.run_lock):
        sock = listen(settings.web.host, settings.web.port)
        say("Babeldesk is starting.")
        starting = _Starting(settings)
        try:
            index = prepare(on_model=starting.use_model)
            if starting.brain is None:
                _train(settings, older=starting.model)
            if index == "none":
                _build_first_index(settings)
            starting.start_newest()
            _serve(settings, sock, starting=starting, index=index)
        finally:
            if starting.brain is not None:
                starting.brain.kill()


class _Starting:
    """The model in use and the brain that was started with it, as soon as it is known."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.model: KnownModel | None = None
        self.brain: BrainProcess | None = None
        self.command = brain_command(settings, None)

    def use_model(self, name: str | None, fits: bool) -> None:
        """Starts the brain if there is a model that fits."""
        if self._settings.brain.url is not None or name is None:
            return
        path = self._settings.paths.models / name
        self.model = KnownModel(name=name, path=path, fits=fits)
        self.command = brain_command(self._settings, self.model)
        if fits:
            self._start()

    def start_newest(self) -> None:
        """Starts a brain with the newest model, unless one runs already."""
        if self.brain is None and self._settings.brain.url is None:
            # Without a name the brain takes the newest: the one that was trained just now.
            self.command = brain_command(self._settings, None)
            self._start()

    def _start(self) -> None:
        try:
            self.brain = BrainProcess(self.command)
        except OSError as error:
            # The supervisor tries again and tells; the desk serves visitors in the meantime.
            log.warning("brain_not_started", reason=str(error))


def run_gateway(settings: Settings) -> None:
    """Runs the gateway alone, with a brain that runs elsewhere.

    Raises:
        StartError: `no_brain_url` and what `run` may raise.
    """
    if settings.brain.url is None:
        raise StartError(
            "no_brain_url",
            happened="The gateway does not know where its brain is.",
            todo="Set BABELDESK_BRAIN_URL and BABELDESK_BRAIN_SECRET, or use `babeldesk run`.",
        )
    configure_logs(settings.log)
    prepare_home(settings.paths)
    sock = listen(settings.web.host, settings.web.port)
    prepare(on_model=lambda _name, _fits: None)
    _serve(settings, sock, starting=None, index="good")


def brain_command(settings: Settings, model: KnownModel | None) -> BrainCommand:
    """How to start the brain with a model."""
    usual = BrainCommand.usual(
        models=settings.paths.models, kb=settings.paths.kb, logs=settings.paths.logs
    )
    if model is None:
        return usual
    return BrainCommand(
        arguments=(*usual.arguments, "--model", model.name), log_path=usual.log_path
    )


def _train(settings: Settings, *, older: KnownModel | None) -> None:
    """Trains when there is no fitting model; an older model is kept in use when that fails."""
    if settings.brain.url is not None:
        return
    reason = "there is none yet" if older is None else "the data changed"
    try:
        with step(f"Training the model ({reason})"):
            train_in_child(on_progress=StageLines())
    except StartError as error:
        if older is None:
            raise
        complain(f"  {error} The model {older.name} stays in use.")


def _build_first_index(settings: Settings) -> None:
    with step("Building the search index"):
        build_index(settings, on_progress=StageLines())


def _serve(
    settings: Settings, sock: socket.socket, *, starting: _Starting | None, index: str
) -> None:
    from bot.app import build_server
    from bot.wiring import build_gateway

    began = time.monotonic()
    first = None if starting is None else starting.brain
    trouble = _Troubles()

    async def background(gateway: Gateway) -> None:
        await _announce(settings, gateway, sock)
        trouble.follow(gateway)
        if index == "unusable":
            say("The search index in the data folder cannot be used and is built again.")
            await _refresh_index(settings)
        if not await _brain_ready(gateway, limit_s=INDEX_WAIT_S):
            complain("The assistant is not ready yet; questions go to people until it is.")
            await _brain_ready(gateway, limit_s=None)
        say(f"The assistant answers (after {time.monotonic() - began:.1f} s).")
        # The brain checks every file of the index; its manifest cannot tell that all are well.
        damaged = index == "good" and _lacks_index(gateway)
        if settings.brain.url is None and (index == "stale" or damaged):
            await _refresh_index(settings)

    assembly = build_gateway(
        settings,
        first_brain=first,
        brain_command=None if starting is None else starting.command,
        background=background,
        on_trouble=trouble,
    )
    server = build_server(
        assembly.app, assembly.gateway.hub, trusted_proxies=settings.web.trusted_proxies
    )
    # The server raises the signal again after it has stopped; by then there is nothing left to do.
    for sig in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sig, lambda _sig, _frame: None)
    server.run(sockets=[sock])
    say("Babeldesk has stopped. Nothing was lost; start it again at any time.")


class _Troubles:
    """Says once per cause why the brain does not start; retrains once when its model is refused."""

    def __init__(self) -> None:
        self._said = ""
        self._gateway: Gateway | None = None
        self._retraining: asyncio.Task[None] | None = None

    def follow(self, gateway: Gateway) -> None:
        """Names the gateway whose brain may be started in another way."""
        self._gateway = gateway

    def __call__(self, trouble: StartTrouble) -> None:
        """Tells the operator; called by the supervisor after each failed start."""
        if trouble.last_line == self._said:
            return
        self._said = trouble.last_line
        why = trouble.last_line or "it left no message"
        complain(
            f"The assistant ended at its start {trouble.starts} times (code {trouble.code}): {why}"
        )
        if REFUSED_WORDS in why and self._retraining is None:
            complain("  The model is trained again.")
            self._retraining = asyncio.create_task(self._retrain())
        else:
            complain(
                "  Run `babeldesk doctor`, or `babeldesk train --force` if it is about the model; "
                "the whole story is in logs/brain.log in the data folder. Questions go to people."
            )

    async def _retrain(self) -> None:
        try:
            # Forced: the model may lie there under the right name all the same.
            await asyncio.to_thread(train_in_child, force=True)
        except StartError as error:
            complain(f"  {error}")
            return
        watcher = self._gateway.brain if self._gateway is not None else None
        if self._gateway is not None and isinstance(watcher, Supervisor):
            watcher.use(brain_command(self._gateway.settings, None))
        say("  The model is trained; the assistant starts with it.")


async def _announce(settings: Settings, gateway: Gateway, sock: socket.socket) -> None:
    base = settings.web.public_url or _local_url(sock)
    say()
    say(f"  Demo shop:     {base}/")
    say(f"  Agent console: {base}/console/")
    link = await gateway.core.agents.setup_link()
    if link is not None:
        say(f"  First login:   {base}/console/#/setup/{link.token}")
        say("                 (works once, for 24 hours; a new one comes with each start)")
    say("  Stop with Ctrl+C.")
    say()


def _local_url(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


async def _brain_ready(gateway: Gateway, *, limit_s: float | None) -> bool:
    try:
        async with asyncio.timeout(limit_s):
            await _until(lambda: gateway.brain.report()["condition"] == BrainCondition.READY.value)
    except TimeoutError:
        return False
    return True


def _lacks_index(gateway: Gateway) -> bool:
    report = gateway.brain.report()
    return report["condition"] == BrainCondition.READY.value and report["index_id"] is None


async def _until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - the condition has no event, and this runs once
        await asyncio.sleep(0.1)


async def _refresh_index(settings: Settings) -> None:
    """Brings the index up to date with the articles; the brain picks it up by itself."""
    arguments, environment = index_job(settings)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
        preexec_fn=die_with_parent(),
    )
    try:
        _out, errors = await child.communicate()
    except asyncio.CancelledError:
        child.kill()
        raise
    if child.returncode == 0:
        log.info("index_up_to_date")
    else:
        log.error("index_failed", reason=errors.decode("utf-8", "replace").strip()[-500:])
