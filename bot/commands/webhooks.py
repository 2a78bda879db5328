"""`babeldesk webhooks`: receivers of events, their secrets and deliveries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.output import say, say_json
from bot.settings import load_settings
from handoff.webhooks.model import SUBSCRIBABLE, EventType, NewSecret
from handoff.work.model import JobState

if TYPE_CHECKING:
    from handoff.webhooks.store import Webhooks
    from handoff.work.desk import JobDesk

app = typer.Typer(help="Signed webhooks for other systems.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts.")]
Events = Annotated[
    list[EventType] | None, typer.Option("--event", help="May be given several times; else all.")
]


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List the receivers."""

    async def load() -> list[dict[str, Any]]:
        async with _open() as (hooks, _desk):
            return [dict(webhook.as_json()) for webhook in await hooks.list()]

    shapes = asyncio.run(load())
    if as_json:
        say_json(shapes)
        return
    for webhook in shapes:
        off = "" if webhook["active"] else f"  (off: {webhook['disabled_reason'] or 'by hand'})"
        say(f"{webhook['id']}  {webhook['url']}  {','.join(webhook['events'])}{off}")
    say("1 receiver." if len(shapes) == 1 else f"{len(shapes)} receivers.")


@app.command("add")
def add_command(
    url: str,
    event: Events = None,
    description: Annotated[str, typer.Option(help="A note for yourself.")] = "",
    as_json: AsJson = False,
) -> None:
    """Add a receiver and print its secret, this once."""

    async def add() -> NewSecret:
        await _check_url(url)
        async with _open() as (hooks, _desk):
            return await hooks.create(
                url=url, events=event or SUBSCRIBABLE, description=description
            )

    _show_secret(asyncio.run(add()), as_json=as_json)


@app.command("edit")
def edit_command(
    webhook_id: str,
    url: Annotated[str | None, typer.Option(help="Another address.")] = None,
    event: Events = None,
    description: Annotated[str | None, typer.Option(help="Another note.")] = None,
    active: Annotated[bool | None, typer.Option("--on/--off", help="Send or do not.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change a receiver; what is left out stays."""

    async def edit() -> dict[str, Any]:
        if url is not None:
            await _check_url(url)
        async with _open() as (hooks, _desk):
            changed = await hooks.change(
                webhook_id, url=url, events=event or None, description=description, active=active
            )
        return dict(changed.as_json())

    shape = asyncio.run(edit())
    if as_json:
        say_json(shape)
    else:
        say(f"{shape['id']} sends {', '.join(shape['events'])} to {shape['url']}.")


@app.command("rotate")
def rotate_command(
    webhook_id: str,
    overlap_hours: Annotated[
        int, typer.Option(help="How long the old secret signs as well.", min=0, max=720)
    ] = 24,
    as_json: AsJson = False,
) -> None:
    """Print a new secret, this once."""

    async def rotate() -> NewSecret:
        async with _open() as (hooks, _desk):
            return await hooks.rotate(webhook_id, overlap=timedelta(hours=overlap_hours))

    _show_secret(asyncio.run(rotate()), as_json=as_json)


@app.command("remove")
def remove_command(webhook_id: str) -> None:
    """Remove a receiver; what it was still to get is discarded."""

    async def remove() -> None:
        async with _open() as (hooks, _desk):
            await hooks.remove(webhook_id)

    asyncio.run(remove())
    say(f"{webhook_id} is removed.")


@app.command("test")
def test_command(webhook_id: str, as_json: AsJson = False) -> None:
    """Send a test event; a running gateway or worker delivers it."""

    async def send() -> str:
        async with _open() as (hooks, _desk):
            return await hooks.send_test(webhook_id)

    event_id = asyncio.run(send())
    if as_json:
        say_json({"event_id": event_id})
    else:
        say(f"{event_id} is on its way: babeldesk webhooks deliveries {webhook_id}")


@app.command("deliveries")
def deliveries_command(
    webhook_id: str,
    state: Annotated[JobState | None, typer.Option(help="Only deliveries in this state.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=500)] = 50,
    as_json: AsJson = False,
) -> None:
    """Show what was sent or is to be sent, newest first."""

    async def load() -> list[dict[str, Any]]:
        from handoff.webhooks.store import delivery_json

        async with _open() as (hooks, desk):
            await hooks.get(webhook_id)
            found = await desk.list(group=webhook_id, state=state, limit=limit)
        return [dict(delivery_json(job)) for job in found]

    shapes = asyncio.run(load())
    if as_json:
        say_json(shapes)
        return
    for one in shapes:
        status = (one["result"] or {}).get("status", "-")
        say(
            f"{one['id']}  {one['created_at']}  {one['event_type']:16}  {one['state']:9}  "
            f"{one['attempts']:3}  {status}  {one['error'] or ''}".rstrip()
        )


@app.command("replay")
def replay_command(
    webhook_id: str,
    delivery_id: Annotated[str | None, typer.Argument(help="A delivery; none with --dead.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="All dead deliveries.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send a delivery again, or all dead ones, with their old ids."""
    if (delivery_id is None) != dead:
        raise typer.BadParameter("give either a delivery or --dead")

    async def replay() -> int:
        from handoff.errors import JobNotFound

        async with _open() as (hooks, desk):
            await hooks.get(webhook_id)
            if delivery_id is not None:
                if (await desk.get(delivery_id)).group != webhook_id:
                    raise JobNotFound(delivery_id)
                await desk.retry(delivery_id, actor_id=None)
                return 1
            n_replayed = 0
            while n := await desk.retry_dead(group=webhook_id, actor_id=None):
                n_replayed += n
            return n_replayed

    n_replayed = asyncio.run(replay())
    if as_json:
        say_json({"replayed": n_replayed})
    else:
        say("1 delivery is due now." if n_replayed == 1 else f"{n_replayed} deliveries are due.")


def _show_secret(made: NewSecret, *, as_json: bool) -> None:
    if as_json:
        say_json({**made.webhook.as_json(), "key_id": made.key_id, "secret": made.secret})
        return
    say(f"{made.webhook.id} sends {', '.join(made.webhook.events)} to {made.webhook.url}.")
    say(f"Key {made.key_id}. Its secret is shown this once:\n  {made.secret}")


async def _check_url(url: str) -> None:
    from bot.webhook_delivery import check_url

    await check_url(url, allowed=load_settings().work.webhook_private)


@asynccontextmanager
async def _open() -> AsyncIterator[tuple[Webhooks, JobDesk]]:
    from bot.commands.core import open_database_of
    from bot.home import load_secret_key, prepare_home
    from handoff.webhooks.store import Webhooks
    from handoff.work.desk import JobDesk

    settings = load_settings()
    prepare_home(settings.paths)
    master_key = load_secret_key(settings.paths.secret_key)
    async with open_database_of(settings) as database:
        yield Webhooks(database, master_key=master_key), JobDesk(database)
