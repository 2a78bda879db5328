"""`babeldesk tokens`: API tokens for programs. A secret passes here once, when it is made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.output import say, say_json
from bot.settings import load_settings
from handoff.errors import UserNotFound

if TYPE_CHECKING:
    from handoff.model import User
    from handoff.service import Services
    from handoff.tokens.model import ApiToken, NewToken
    from handoff.tokens.store import ApiTokens

app = typer.Typer(help="API tokens for programs.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts.")]
Owner = Annotated[str, typer.Argument(help="E-mail of the person as whom it acts.")]


@app.command("create")
def create_command(
    owner: Owner,
    name: Annotated[str, typer.Option(help="What it is for.")],
    scope: Annotated[list[str], typer.Option("--scope", help="May be given several times.")],
    days: Annotated[int | None, typer.Option(help="Ends after so many days.", min=1)] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token and print its secret, this once."""

    async def create() -> NewToken:
        from bot.api.staff import SCOPES_OF

        async with _open() as (core, tokens):
            user = await _user(core, owner)
            may = SCOPES_OF[user.role]
            return await tokens.create(
                owner_id=user.id,
                name=name,
                scopes=scope,
                owner_may=may,
                maker_may=may,
                expires_at=None if days is None else datetime.now(UTC) + timedelta(days=days),
            )

    made = asyncio.run(create())
    if as_json:
        say_json({**made.token.as_json(datetime.now(UTC)), "secret": made.secret})
        return
    say(f"{made.token.id} may {', '.join(made.token.scopes)} as {made.token.owner.email}.")
    say(f"Its secret is shown this once:\n  {made.secret}")


@app.command("list")
def list_command(
    owner: Annotated[str | None, typer.Option(help="Only this person's, by e-mail.")] = None,
    as_json: AsJson = False,
) -> None:
    """List tokens, newest first, also those that are over."""

    async def load() -> list[ApiToken]:
        async with _open() as (core, tokens):
            owner_id = None if owner is None else (await _user(core, owner)).id
            found: list[ApiToken] = []
            while page := await tokens.list(
                owner_id=owner_id, before=found[-1].id if found else None, limit=200
            ):
                found += page
            return found

    now = datetime.now(UTC)
    found = asyncio.run(load())
    if as_json:
        say_json([token.as_json(now) for token in found])
        return
    for token in found:
        used = "never" if token.last_used_at is None else f"{token.last_used_at:%Y-%m-%d %H:%M}"
        say(
            f"{token.id}  {token.prefix}...  {token.state(now):7}  {token.owner.email}  "
            f"{token.name}  {','.join(token.scopes)}  used: {used}"
        )
    say("1 token." if len(found) == 1 else f"{len(found)} tokens.")


@app.command("revoke")
def revoke_command(token_id: str) -> None:
    """End a token at once and for good."""

    async def revoke() -> ApiToken:
        async with _open() as (_core, tokens):
            return await tokens.revoke(token_id, owner_id=None)

    token = asyncio.run(revoke())
    say(f"{token.id} ({token.name}) is revoked.")


async def _user(core: Services, email: str) -> User:
    wanted = email.strip().lower()
    for user in await core.agents.list_users():
        if user.email == wanted:
            return user
    raise UserNotFound(wanted)


@asynccontextmanager
async def _open() -> AsyncIterator[tuple[Services, ApiTokens]]:
    from bot.commands.core import open_core, open_database_of
    from handoff.ports import SystemClock
    from handoff.tokens.store import ApiTokens

    settings = load_settings()
    async with open_core(settings) as core, open_database_of(settings) as database:
        yield core, ApiTokens(database, SystemClock())
