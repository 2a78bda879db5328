"""`babeldesk agents`: what agents can do, how much of it, and who is there."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from bot.commands.output import say, say_json
from bot.commands.teams import words
from bot.settings import load_settings

app = typer.Typer(help="Agents' profiles, load and availability.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts.")]


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List everybody who may have tickets."""
    shapes = asyncio.run(_list())
    if as_json:
        say_json(shapes)
        return
    for agent in shapes:
        load = sum(agent["load"].values())
        languages = ",".join(agent["languages"]) or "-"
        skills = ",".join(agent["skills"]) or "-"
        say(
            f"{agent['name']:20}  {agent['availability']:8}  {load} of {agent['capacity']}  "
            f"tier {agent['support_tier']}  {languages}  {skills}"
        )


@app.command("set")
def set_command(
    email: str,
    languages: Annotated[str | None, typer.Option(help="Separated by commas.")] = None,
    skills: Annotated[str | None, typer.Option(help="Separated by commas.")] = None,
    capacity: Annotated[int | None, typer.Option(help="Tickets at once.", min=0, max=1000)] = None,
    channel: Annotated[
        list[str] | None, typer.Option(help="Tickets at once on a channel, such as widget=2.")
    ] = None,
    tier: Annotated[int | None, typer.Option(help="1 or 2.", min=1, max=2)] = None,
    market: Annotated[str | None, typer.Option(help="Her market.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Such as Europe/Athens.")] = None,
    calendar: Annotated[str | None, typer.Option(help="A calendar of the service file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change an agent's profile; what is not given stays."""
    given: dict[str, Any] = {
        "languages": None if languages is None else words(languages),
        "skills": None if skills is None else words(skills),
        "capacity": capacity,
        "channel_capacity": None if not channel else dict(map(_channel, channel)),
        "support_tier": tier,
        "market": market,
        "time_zone": time_zone,
        "calendar": calendar,
    }
    fields = {name: value for name, value in given.items() if value is not None}
    shape = asyncio.run(_set(email, fields))
    if as_json:
        say_json(shape)
    else:
        say(f"{shape['name']}'s profile is changed.")


def _channel(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if not name or not number.isdecimal():
        raise typer.BadParameter(f"{text!r} is not such as widget=2")
    return name, int(number)


async def _list() -> list[dict[str, Any]]:
    from bot.commands.core import open_core

    async with open_core(load_settings()) as core:
        return [dict(agent.as_json()) for agent in await core.routing.staffing.list_agents()]


async def _set(email: str, fields: dict[str, Any]) -> dict[str, Any]:
    from bot.commands.core import open_core
    from handoff.errors import UserNotFound

    async with open_core(load_settings()) as core:
        wanted = email.strip().lower()
        for user in await core.agents.list_users():
            if user.email == wanted:
                changed = await core.routing.staffing.change_profile(user.id, **fields)
                return dict(changed.as_json())
        raise UserNotFound(wanted)
