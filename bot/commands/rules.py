"""`babeldesk rules`: rules, macros and canned replies as a file, and what rules would do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bot.commands.output import say, say_json
from bot.settings import load_settings
from handoff.errors import RuleNotFound

if TYPE_CHECKING:
    from handoff.rules.model import StoredRule
    from handoff.service import Services

Result = TypeVar("Result")
app = typer.Typer(help="Rules, macros and canned replies.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts.")]
File = Annotated[Path, typer.Argument(help="A YAML file such as data/desk.yml.")]


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List the rules in their order."""
    found = _run(lambda core: core.rules.list())
    if as_json:
        say_json([stored.as_json() for stored in found])
        return
    for stored in found:
        rule = stored.rule
        state = "on" if rule.active else "off"
        events = ", ".join(sorted(rule.triggers))
        say(f"{rule.id}  {state:3}  v{rule.version}  {stored.n_firings:6}  {rule.name}  ({events})")
    say("1 rule." if len(found) == 1 else f"{len(found)} rules.")


@app.command("export")
def export_command(
    to: Annotated[Path | None, typer.Argument(help="Where to; the screen by default.")] = None,
) -> None:
    """Write everything as a file that `import` reads."""
    from bot.rules_file import write_desk_text

    text = write_desk_text(_run(lambda core: core.desk_files.export()))
    if to is None:
        say(text.rstrip("\n"))
    else:
        to.write_text(text, encoding="utf-8")
        say(f"Written to {to}.")


@app.command("check")
def check_command(file: File) -> None:
    """Read a file and name its first mistake; changes nothing."""
    from bot.rules_file import read_desk_file

    data = read_desk_file(file)
    found = _run(lambda core: core.desk_files.check(data, source=file.name))
    say(_told(found.counts(), "in the file; it is good."))


@app.command("import")
def import_command(
    file: File,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="Only if there is nothing yet.")
    ] = False,
) -> None:
    """Read a file in: what has the same name or shortcut is replaced, the rest stays."""
    from bot.rules_file import read_desk_file

    data = read_desk_file(file)

    async def load(core: Services) -> dict[str, int] | None:
        return await core.desk_files.load(
            data, actor_id=None, only_if_empty=if_empty, source=file.name
        )

    counts = _run(load)
    say("There is something already." if counts is None else _told(counts, "new or changed."))


@app.command("dry-run")
def dry_run_command(
    ticket: Annotated[str | None, typer.Option(help="Only this ticket.")] = None,
    last: Annotated[int, typer.Option(help="The newest tickets.", min=1, max=200)] = 20,
    event: Annotated[
        list[str] | None, typer.Option("--event", help="What happens; everything by default.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="Try the rules of a file, one by one, not the stored ones.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what rules would do to tickets now; changes nothing."""

    async def try_out(core: Services) -> list[dict[str, Any]]:
        from handoff.errors import RuleInvalid
        from handoff.rules.model import Trigger
        from handoff.rules.store import rule_data

        known = {one.value: one for one in Trigger}
        for name in event or ():
            if name not in known:
                raise RuleInvalid("event", f"must be one of {', '.join(known)}")
        drafts: list[Any] = [None]
        if file is not None:
            from bot.rules_file import read_desk_file

            desk = await core.desk_files.check(read_desk_file(file), source=file.name)
            drafts = [rule_data(rule) for rule in desk.rules]
        shapes: list[dict[str, Any]] = []
        for draft in drafts:
            trials = await core.rule_trials.try_out(
                events=[known[name] for name in event or ()], number=ticket, last=last, draft=draft
            )
            shapes += [dict(trial.as_json()) for trial in trials]
        return shapes

    shapes = _run(try_out)
    if as_json:
        say_json(shapes)
        return
    for shape in shapes:
        for firing in shape["firings"]:
            say(f"{shape['ticket']}  {firing['name']}  ({firing['trigger']})")
            for step in firing["steps"]:
                say(f"    {step['action']} {step['value']}: {_outcome(step)}")
    n_hit = sum(bool(shape["firings"]) for shape in shapes)
    say(f"{n_hit} of {len(shapes)} would change.")


@app.command("on")
def on_command(rule: Annotated[str, typer.Argument(help="Id or name.")]) -> None:
    """Switch a rule on."""
    _switch(rule, active=True)


@app.command("off")
def off_command(rule: Annotated[str, typer.Argument(help="Id or name.")]) -> None:
    """Switch a rule off."""
    _switch(rule, active=False)


def _switch(wanted: str, *, active: bool) -> None:
    async def change(core: Services) -> StoredRule:
        for stored in await core.rules.list():
            if wanted in (stored.rule.id, stored.rule.name):
                return await core.rules.change(
                    stored.rule.id, {"active": active}, actor_id=None, expected=None
                )
        raise RuleNotFound(wanted)

    stored = _run(change)
    say(f"{stored.rule.name} is {'on' if active else 'off'}.")


def _outcome(step: dict[str, Any]) -> str:
    if step["refused"]:
        return f"refused ({step['refused']})"
    detail = step["detail"]
    if "to" in detail:
        return f"{detail['from']} -> {detail['to']}"
    return "yes" if step["changes"] else "is so already"


def _told(counts: dict[str, int], end: str) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) + f" {end}"


def _run(work: Callable[[Services], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        from bot.commands.core import open_core

        async with open_core(load_settings()) as core:
            return await work(core)

    return asyncio.run(run())
