"""`babeldesk sla`: how promises were kept, and whether the stored clocks are right."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from bot.commands.output import say, say_json
from bot.settings import Settings, load_settings

app = typer.Typer(help="Service levels: reports and checks.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts.")]
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="First day, in UTC; 30 days ago by default."),
]


@app.command()
def report(since: Since = None, as_json: AsJson = False) -> None:
    """Promises kept and broken, by metric, priority and language."""
    begins = _begins(since)
    lines = asyncio.run(_report(load_settings(), begins))
    if as_json:
        say_json({"since": begins.isoformat(), "items": lines})
        return
    say(f"Tickets opened since {begins:%Y-%m-%d}")
    say("promise          priority  language    kept  broken    open")
    for line in lines:
        share = "" if line["met_share"] is None else f"  {100 * line['met_share']:.1f} %"
        say(
            f"{line['metric']:<16} P{line['priority']:<8} {line['language'] or '-':<8}"
            f"{line['met']:>8}{line['breached']:>8}{line['open']:>8}{share}"
        )


@app.command()
def check(since: Since = None, as_json: AsJson = False) -> None:
    """Count the clocks anew from their events and compare; exit code 1 if any differs."""
    begins = _begins(since)
    found = asyncio.run(_check(load_settings(), begins))
    if as_json:
        say_json(found)
    else:
        say(f"{found['checked']} tickets checked, {len(found['differing'])} differ.")
        for number in found["differing"]:
            say(f"  {number}")
        if found["differing"]:
            say("Tickets from before a change of the service file may keep its earlier promises.")
    if found["differing"]:
        raise typer.Exit(1)


def _begins(since: datetime | None) -> datetime:
    if since is None:
        return datetime.now(UTC) - timedelta(days=30)
    return since.replace(tzinfo=UTC)


async def _report(settings: Settings, since: datetime) -> list[Any]:
    from bot.commands.core import open_database_of
    from bot.hours import read_service
    from handoff.sla.report import SlaReport

    engine = read_service(settings.paths).engine()
    async with open_database_of(settings) as database:
        lines = await SlaReport(database, engine).lines(since=since, now=datetime.now(UTC))
    return [line.as_json() for line in lines]


async def _check(settings: Settings, since: datetime) -> dict[str, Any]:
    from bot.commands.core import open_database_of
    from bot.hours import read_service
    from handoff.sla.report import SlaReport

    engine = read_service(settings.paths).engine()
    async with open_database_of(settings) as database:
        found = await SlaReport(database, engine).check(since=since)
    return {"checked": found.n_checked, "differing": list(found.differing)}
