"""`babeldesk teams`: who works together, in which order, and whether tickets are assigned."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.output import say, say_json
from bot.settings import load_settings
from handoff.routing.errors import TeamNotFound

if TYPE_CHECKING:
    from handoff.service import Services

app = typer.Typer(help="Teams of agents.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts.")]


class Mode(StrEnum):
    """How the team's tickets find their agents."""

    PULL = "pull"
    PUSH = "push"


class Order(StrEnum):
    """The order of the team's queue."""

    PRIORITY = "priority"
    FIFO = "fifo"
    QUICK_WINS = "quick_wins"
    VALUE = "value"


Languages = Annotated[str | None, typer.Option(help="Languages, separated by commas.")]
Calendar = Annotated[str | None, typer.Option(help="A calendar of the service file.")]
TeamMode = Annotated[Mode | None, typer.Option(help="pull or push; the service file's if unset.")]
TeamOrder = Annotated[Order | None, typer.Option(help="The service file's if unset.")]
Tier = Annotated[int | None, typer.Option(help="1 or 2.", min=1, max=2)]
Members = Annotated[
    str | None, typer.Option(help="E-mail addresses, separated by commas; replaces them all.")
]


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List the teams."""

    async def load(core: Services) -> list[dict[str, Any]]:
        return [dict(team.as_json()) for team in await core.routing.staffing.list_teams()]

    shapes = _with_core(load)
    if as_json:
        say_json(shapes)
        return
    for team in shapes:
        mode = team["mode"] or "as the service file says"
        say(f"{team['name']}  {mode}  tier {team['support_tier']}  {len(team['members'])} members")


@app.command("add")
def add_command(
    name: str,
    languages: Languages = None,
    calendar: Calendar = None,
    mode: TeamMode = None,
    order: TeamOrder = None,
    tier: Tier = None,
    members: Members = None,
    as_json: AsJson = False,
) -> None:
    """Add a team."""

    async def add(core: Services) -> dict[str, Any]:
        fields = await _fields(core, languages, calendar, mode, order, tier, members)
        return dict((await core.routing.staffing.create_team(name=name, **fields)).as_json())

    _show(_with_core(add), as_json=as_json)


@app.command("set")
def set_command(
    name: str,
    languages: Languages = None,
    calendar: Calendar = None,
    mode: TeamMode = None,
    order: TeamOrder = None,
    tier: Tier = None,
    members: Members = None,
    as_json: AsJson = False,
) -> None:
    """Change a team; what is not given stays."""

    async def change(core: Services) -> dict[str, Any]:
        fields = await _fields(core, languages, calendar, mode, order, tier, members)
        team_id = await _id_of(core, name)
        return dict((await core.routing.staffing.change_team(team_id, **fields)).as_json())

    _show(_with_core(change), as_json=as_json)


@app.command("remove")
def remove_command(name: str, as_json: AsJson = False) -> None:
    """Remove a team; its tickets belong to everybody then."""

    async def remove(core: Services) -> None:
        await core.routing.staffing.remove_team(await _id_of(core, name))

    _with_core(remove)
    if as_json:
        say_json({"removed": name})
    else:
        say(f"{name} is removed.")


async def _fields(
    core: Services,
    languages: str | None,
    calendar: str | None,
    mode: Mode | None,
    order: Order | None,
    tier: int | None,
    members: str | None,
) -> dict[str, Any]:
    given: dict[str, Any] = {
        "languages": None if languages is None else words(languages),
        "calendar": calendar,
        "mode": mode and mode.value,
        "order_policy": order and order.value,
        "support_tier": tier,
        "members": None if members is None else await _ids_of(core, words(members)),
    }
    return {name: value for name, value in given.items() if value is not None}


async def _ids_of(core: Services, emails: list[str]) -> list[str]:
    from handoff.errors import UserNotFound

    known = {user.email: user.id for user in await core.agents.list_users()}
    for email in emails:
        if email.lower() not in known:
            raise UserNotFound(email)
    return [known[email.lower()] for email in emails]


async def _id_of(core: Services, name: str) -> str:
    for team in await core.routing.staffing.list_teams():
        if name in (team.name, team.id):
            return team.id
    raise TeamNotFound(name)


def _with_core(work: Callable[[Services], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        from bot.commands.core import open_core

        async with open_core(load_settings()) as core:
            return await work(core)

    return asyncio.run(run())


def _show(shape: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(shape)
    else:
        say(f"Team {shape['name']} has {len(shape['members'])} members.")


def words(text: str) -> list[str]:
    """The parts of `a, b`."""
    return [part.strip() for part in text.split(",") if part.strip()]
