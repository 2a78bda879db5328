"""`babeldesk run` and `babeldesk gateway`: from nothing, or from a stop, to a running desk.

Every step looks first whether there is anything to do, so a second start is quick and an
interrupted first one goes on where it stopped. A brain that can start is started before anything
else: it takes the longest.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import structlog

from bot.commands.children import build_index, index_arguments, train_in_child
from bot.commands.output import complain, say, step
from bot.dispatch_rules import BrainCondition
from bot.errors import StartError
from bot.gateway import Gateway
from bot.home import prepare_home
from bot.logs import configure_logs
from bot.model_store import KnownModel, find_model
from bot.processes import die_with_parent, listen, sole_owner
from bot.settings import Settings, child_environment
from bot.supervisor import BrainCommand, BrainProcess
from kb_index.errors import KbError

log = structlog.get_logger("bot.run")

# The index job competes with the brain for the processor; it waits until visitors get answers.
INDEX_WAIT_S: Final = 30.0


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
        first = _start_brain(settings, _usable_model(settings))
        try:
            _prepare_database(settings)
            _prepare_articles(settings)
            if first is None:
                _train(settings)
            if not (settings.paths.kb / "current").is_file():
                _build_first_index(settings)
            first = first or _start_brain(settings, _known_model(settings))
            _serve(settings, sock, first=first)
        finally:
            if first is not None:
                first.kill()


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
    _prepare_database(settings)
    _serve(settings, sock, first=None)


def _usable_model(settings: Settings) -> KnownModel | None:
    """The model if it fits the present data, or if somebody put it there by hand."""
    model = _known_model(settings)
    return model if model is not None and model.fits else None


def _known_model(settings: Settings) -> KnownModel | None:
    return find_model(settings.paths.models, encoder=settings.brain.encoder)


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


def _start_brain(settings: Settings, model: KnownModel | None) -> BrainProcess | None:
    if model is None or settings.brain.url is not None:
        return None
    return BrainProcess(brain_command(settings, model))


def _prepare_database(settings: Settings) -> None:
    from bot.migrations.run import upgrade

    report = upgrade(settings.database_url)
    if report.changed:
        say(f"  Database brought to revision {report.after}.")


def _prepare_articles(settings: Settings) -> None:
    """Fills an empty knowledge base with the demo articles; never touches a used one."""
    from bot.commands.kb import import_articles, is_empty

    if not asyncio.run(is_empty(settings)) or not settings.paths.content.is_dir():
        return
    with step("Importing the demo articles"):
        report = asyncio.run(import_articles(settings, settings.paths.content))
    say(f"    {len(report.added)} articles")
    for problem in report.problems:
        complain(f"    left out: {problem}")


def _train(settings: Settings) -> None:
    """Trains when there is no fitting model; an older model is kept in use when that fails."""
    if settings.brain.url is not None:
        return
    older = _known_model(settings)
    reason = "there is none yet" if older is None else "the data changed"
    try:
        with step(f"Training the model ({reason})"):
            train_in_child(on_progress=_show_stage)
    except StartError as error:
        if older is None:
            raise
        complain(f"  {error} The model {older.name} stays in use.")


def _build_first_index(settings: Settings) -> None:
    with step("Building the search index"):
        build_index(settings, on_progress=_show_stage)


def _show_stage(line: dict[str, Any]) -> None:
    """A child's progress: once per stage, not for every part of it."""
    if line.get("event") == "progress" and line.get("done", 0) in (0, line.get("total", 0)):
        say(f"    {line.get('stage')}")


def _serve(settings: Settings, sock: socket.socket, *, first: BrainProcess | None) -> None:
    from bot.app import build_server
    from bot.wiring import build_gateway

    began = time.monotonic()

    async def background(gateway: Gateway) -> None:
        await _announce(settings, gateway, sock)
        ready = await _brain_ready(gateway, limit_s=INDEX_WAIT_S)
        if ready:
            say(f"The assistant answers (after {time.monotonic() - began:.1f} s).")
        else:
            complain("The assistant is not ready yet; questions go to people until it is.")
        if settings.brain.url is None:
            await _refresh_index(settings)

    assembly = build_gateway(
        settings,
        first_brain=first,
        brain_command=brain_command(settings, _known_model(settings)),
        background=background,
    )
    server = build_server(
        assembly.app, assembly.gateway.hub, trusted_proxies=settings.web.trusted_proxies
    )
    # The server raises the signal again after it has stopped; by then there is nothing left to do.
    for sig in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sig, lambda _sig, _frame: None)
    server.run(sockets=[sock])
    say("Babeldesk has stopped. Nothing was lost; start it again at any time.")


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


async def _brain_ready(gateway: Gateway, *, limit_s: float) -> bool:
    try:
        async with asyncio.timeout(limit_s):
            await _until(lambda: gateway.brain.report()["condition"] == BrainCondition.READY.value)
    except TimeoutError:
        return False
    return True


async def _until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - the condition has no event, and this runs once
        await asyncio.sleep(0.1)


async def _refresh_index(settings: Settings) -> None:
    """Brings the index up to date with the articles; the brain picks it up by itself."""
    try:
        if await _index_fits(settings):
            return
    except (KbError, OSError, ValueError) as error:
        log.warning("index_check_failed", error=type(error).__name__)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *index_arguments(settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=child_environment(),
        preexec_fn=die_with_parent(),
    )
    try:
        _out, errors = await child.communicate()
    except asyncio.CancelledError:
        child.kill()
        raise
    if child.returncode != 0:
        log.error("index_failed", reason=errors.decode("utf-8", "replace").strip()[-500:])


async def _index_fits(settings: Settings) -> bool:
    """Whether the published index was built from the present articles; reads two small things."""
    import json

    from bot.commands.kb import published_digest

    pointer = (settings.paths.kb / "current").read_text(encoding="utf-8").strip()
    manifest = settings.paths.kb / "snapshots" / pointer / "manifest.json"
    noted = json.loads(manifest.read_text(encoding="utf-8"))
    return bool(noted.get("content_digest") == await published_digest(settings))
