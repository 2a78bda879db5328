"""`babeldesk users`: people of the console. Only one-time links pass here, no passwords."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot.commands.output import say, say_json
from bot.settings import Settings, load_settings
from handoff.errors import UserNotFound
from handoff.model import LoginLink, Role, User

app = typer.Typer(help="People who work in the console.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts.")]


@app.command("add")
def add_command(
    email: str,
    name: Annotated[str, typer.Option(help="Name that visitors see.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.AGENT,
    languages: Annotated[str, typer.Option(help="Languages, separated by commas.")] = "",
    as_json: AsJson = False,
) -> None:
    """Add a person and print a one-time link for setting the password."""
    spoken = tuple(part.strip() for part in languages.split(",") if part.strip())

    async def add(settings: Settings) -> LoginLink:
        from bot.commands.core import open_core

        async with open_core(settings) as core:
            user = await core.agents.create_user(
                email=email, name=name, role=role, languages=spoken
            )
            return await core.agents.reset_link(user.email)

    _show_link(asyncio.run(add(load_settings())), as_json=as_json)


@app.command("reset")
def reset_command(email: str, as_json: AsJson = False) -> None:
    """Print a one-time link with which a person sets a new password."""

    async def reset(settings: Settings) -> LoginLink:
        from bot.commands.core import open_core

        async with open_core(settings) as core:
            return await core.agents.reset_link(email)

    _show_link(asyncio.run(reset(load_settings())), as_json=as_json)


@app.command("lock")
def lock_command(email: str, as_json: AsJson = False) -> None:
    """Lock a person out; all her sessions end at once."""
    _set_active(email, active=False, as_json=as_json)


@app.command("unlock")
def unlock_command(email: str, as_json: AsJson = False) -> None:
    """Let a locked person in again, with the password she had."""
    _set_active(email, active=True, as_json=as_json)


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List everybody."""

    async def load() -> list[dict[str, object]]:
        from bot.commands.core import open_core

        async with open_core(load_settings()) as core:
            users = await core.agents.list_users()
        return [{**user.as_json(), "active": user.active} for user in users]

    shapes = asyncio.run(load())
    if as_json:
        say_json(shapes)
        return
    for user in shapes:
        state = "" if user["active"] else "  (locked)"
        say(f"{user['email']}  {user['name']}  {user['role']}{state}")


def _set_active(email: str, *, active: bool, as_json: bool) -> None:
    async def change() -> User:
        from bot.commands.core import open_core

        async with open_core(load_settings()) as core:
            wanted = email.strip().lower()
            for user in await core.agents.list_users():
                if user.email == wanted:
                    return await core.agents.set_active(user.id, active)
            raise UserNotFound(wanted)

    user = asyncio.run(change())
    if as_json:
        say_json({**user.as_json(), "active": user.active})
    else:
        say(f"{user.email} " + ("may sign in again." if user.active else "is locked out."))


def _show_link(link: LoginLink, *, as_json: bool) -> None:
    settings = load_settings()
    base = settings.web.public_url or f"http://{settings.web.host}:{settings.web.port}"
    # `#/setup/` would make the first administrator; this one exists already.
    url = f"{base}/console/#/reset/{link.token}"
    if as_json:
        say_json({"url": url, "expires_at": link.expires_at.isoformat()})
    else:
        say(f"Open once, before {link.expires_at:%Y-%m-%d %H:%M} UTC:\n  {url}")
