"""`babeldesk`: the command line. Each command loads what it needs when it is called.

A failure that was foreseen ends with exit code 1 and a sentence: what happened and what to do.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import (
    agents,
    customers,
    evaluate,
    jobs,
    kb,
    routing,
    rules,
    sla,
    teams,
    tickets,
    tokens,
    users,
    webhooks,
)
from bot.commands.output import complain, say, say_json
from bot.errors import BotError, StartError
from bot.settings import Settings, load_settings
from bot.version import VERSION

app = typer.Typer(
    name="babeldesk",
    help="Multilingual support assistant: answers from your articles, hands over honestly.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(customers.app, name="customers")
app.add_typer(jobs.app, name="jobs")
app.add_typer(rules.app, name="rules")
training = typer.Typer(invoke_without_command=True, pretty_exceptions_enable=False)
app.add_typer(training, name="train")
app.add_typer(kb.app, name="kb")
app.add_typer(sla.app, name="sla")
app.add_typer(tickets.app, name="tickets")
app.add_typer(tokens.app, name="tokens")
app.add_typer(users.app, name="users")
app.add_typer(agents.app, name="agents")
app.add_typer(teams.app, name="teams")
app.add_typer(routing.app, name="routing")
app.command("queue")(routing.queue_command)
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(evaluate.app, name="evaluate")

AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts.")]
Port = Annotated[
    int | None, typer.Option(help="Port to listen on; BABELDESK_PORT.", min=0, max=65535)
]
Host = Annotated[str | None, typer.Option(help="Address to listen on; BABELDESK_HOST.")]


@app.command()
def run(port: Port = None, host: Host = None) -> None:
    """Start everything: database, articles, model, index, gateway and brain."""
    from bot.commands.run import run as run_everything

    run_everything(_settings(port=port, host=host))


@app.command()
def gateway(port: Port = None, host: Host = None) -> None:
    """Start the gateway alone, with a brain that runs elsewhere (BABELDESK_BRAIN_URL)."""
    from bot.commands.run import run_gateway

    run_gateway(_settings(port=port, host=host))


@app.command()
def worker() -> None:
    """Start a worker alone: it does background jobs beside those that gateways do themselves."""
    from bot.commands.worker import run_worker

    run_worker(load_settings())


@app.command()
def brain(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8081,
    host: Annotated[
        str, typer.Option(help="Address to listen on; never one that the public reaches.")
    ] = "127.0.0.1",
) -> None:
    """Start a brain alone; its secret comes from BABELDESK_BRAIN_SECRET."""
    from bot.commands.run import brain_command
    from bot.model_store import find_model

    settings = load_settings()
    if settings.brain.secret is None:
        raise StartError(
            "no_brain_secret",
            happened="The brain needs a secret that it shares with the gateway.",
            todo="Set BABELDESK_BRAIN_SECRET to at least 16 characters, for both of them.",
        )
    model = find_model(settings.paths.models, encoder=settings.brain.encoder)
    if model is None:
        raise StartError(
            "no_model",
            happened=f"There is no trained model in {settings.paths.models}.",
            todo="Run `babeldesk train`.",
        )
    arguments = [
        part.replace("{port}", str(port)) for part in brain_command(settings, model).arguments
    ]
    os.execv(sys.executable, [*arguments, "--host", host])


@training.callback()
def train(
    context: typer.Context,
    force: Annotated[bool, typer.Option(help="Train even if nothing changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train the dialogue model, if its data changed; `train encoder` trains the encoder."""
    if context.invoked_subcommand is not None:
        return
    from bot.commands.output import say_line
    from bot.commands.train import train as train_model

    result = train_model(load_settings(), progress=_teller(as_json=as_json), force=force)
    if as_json:
        say_line(result)
    else:
        say(f"Model {result['model']} is " + ("trained." if result["trained"] else "up to date."))


@training.command("encoder")
def train_encoder(
    data: Annotated[Path, typer.Option(help="Folder of the open data pack.")],
    work: Annotated[Path, typer.Option(help="Folder for what is kept between runs.")] = Path(
        "var/encoder"
    ),
    out: Annotated[
        Path | None, typer.Option(help="Folder of the model; the shipped one by default.")
    ] = None,
    threads: Annotated[int, typer.Option(help="Cores to use.", min=1)] = os.cpu_count() or 1,
    share_alike: Annotated[
        bool, typer.Option("--share-alike", help="Use share-alike sources too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train the embedded encoder again from open data; goes on where it was interrupted."""
    from bot.commands.output import say_line
    from bot.commands.train_encoder import train_encoder as train_again

    result = train_again(
        data,
        work=work,
        output=out,
        threads=threads,
        share_alike=share_alike,
        progress=_teller(as_json=as_json),
    )
    if as_json:
        say_line(result)
    else:
        say(f"The encoder is in {result['encoder']}; its README.md holds the figures.")


@app.command()
def chat(
    url: Annotated[str | None, typer.Option(help="Address of the gateway.")] = None,
    language: Annotated[str | None, typer.Option(help="Language to write in.")] = None,
    ask: Annotated[str | None, typer.Option(help="Ask one question and end.")] = None,
    as_json: AsJson = False,
) -> None:
    """Chat with the assistant in the terminal."""
    from bot.commands.chat import ask_once, converse

    settings = load_settings()
    address = url or f"http://{settings.web.host}:{settings.web.port}"
    if ask is not None:
        code = asyncio.run(ask_once(address, ask, language=language, as_json=as_json))
    else:
        code = asyncio.run(converse(address, language=language))
    raise typer.Exit(code)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check the installation and say what is wrong and what to do."""
    from bot.doctor import diagnose

    checks = diagnose()
    if as_json:
        say_json({"ok": all(check.ok for check in checks), "checks": [c.as_json() for c in checks]})
    else:
        for check in checks:
            say(f"{check.level.value:4}  {check.name}: {check.found}")
            if check.todo:
                say(f"      -> {check.todo}")
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


@app.command()
def hours(as_json: AsJson = False) -> None:
    """Show the business hours and service levels, and name mistakes in their file."""
    from datetime import UTC, datetime

    from bot.commands.hours import describe_hours, hours_text

    data = describe_hours(load_settings(), now=datetime.now(UTC))
    if as_json:
        say_json(data)
    else:
        say(hours_text(data))


@app.command()
def openapi() -> None:
    """Print the description of the API, as docs/openapi.json keeps it."""
    from bot.commands.openapi import document_text

    say(document_text().rstrip())


@app.command()
def simulate(
    agents: Annotated[int, typer.Option(help="How many agents work.", min=1, max=500)] = 20,
    tickets: Annotated[int, typer.Option(help="How many tickets come.", min=1, max=20000)] = 2000,
    seed: Annotated[int, typer.Option(help="Another number is another day.")] = 1,
    plots: Annotated[Path | None, typer.Option(help="Folder for pictures (SVG).")] = None,
    as_json: AsJson = False,
) -> None:
    """Let a made-up day happen with your own promises and rules; compares the order policies."""
    from bot.commands.simulate import save_pictures, simulation_text
    from bot.commands.simulate import simulate as run_day
    from handoff.routing.model import OrderPolicy

    data = run_day(
        load_settings(), agents=agents, tickets=tickets, seed=seed, policies=tuple(OrderPolicy)
    )
    if as_json:
        say_json(data)
    else:
        say(simulation_text(data))
    for path in save_pictures(data, plots) if plots is not None else ():
        complain(f"wrote {path}")


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="A file, or a folder to name it in.")],
    force: Annotated[bool, typer.Option(help="Replace an existing file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Back up everything that must survive, while Babeldesk runs."""
    from bot.commands.storage import back_up

    back_up(target, force=force, as_json=as_json)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A file made by `babeldesk backup`.")],
    force: Annotated[bool, typer.Option(help="Replace a database that holds data.")] = False,
    check: Annotated[bool, typer.Option(help="Only read it and say what is in it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Restore a back-up into the configured database."""
    from bot.commands.storage import restore as put_back

    put_back(source, force=force, check=check, as_json=as_json)


@app.command()
def move(
    to: Annotated[str, typer.Option(help="postgresql://user:password@host/name, empty.")],
    as_json: AsJson = False,
) -> None:
    """Move everything from SQLite into PostgreSQL and compare both sides."""
    from bot.commands.storage import move as copy

    copy(to, as_json=as_json)


@app.command()
def version(as_json: AsJson = False) -> None:
    """Print the version."""
    if as_json:
        say_json({"version": VERSION, "python": sys.version.split()[0]})
    else:
        say(f"babeldesk {VERSION}")


def main() -> None:
    """Runs the command line; foreseen failures become a sentence and exit code 1."""
    try:
        app()
    except KeyboardInterrupt:
        complain("Stopped.")
        raise SystemExit(130) from None
    except Exception as error:
        if not _is_foreseen(error):
            raise
        complain(f"babeldesk: {error}")
        raise SystemExit(1) from None


def _is_foreseen(error: Exception) -> bool:
    """Errors of our packages carry a sentence for people; anything else is a fault of ours."""
    return isinstance(error, BotError) or (
        hasattr(error, "code")
        and type(error).__module__.split(".")[0] in {"bot", "handoff", "kb_index", "nlu"}
    )


def _teller(*, as_json: bool) -> Callable[[str], None]:
    """Gives what tells a stage of a training: a line for people or an event for scripts."""
    from bot.commands.output import say_line

    def tell(line: str) -> None:
        if as_json:
            say_line({"event": "progress", "stage": line})
        else:
            say(f"  {line}")

    return tell


def _settings(*, port: int | None, host: str | None) -> Settings:
    chosen = {"BABELDESK_PORT": port, "BABELDESK_HOST": host}
    return load_settings(
        overrides={key: str(value) for key, value in chosen.items() if value is not None}
    )


if __name__ == "__main__":
    main()
