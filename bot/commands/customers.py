"""`babeldesk customers`: one record, its tier, and merging two that are one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bot.commands.output import say, say_json
from bot.settings import load_settings
from handoff.errors import CustomerNotFound

if TYPE_CHECKING:
    from handoff.customers.model import Customer
    from handoff.service import Services

Result = TypeVar("Result")
app = typer.Typer(help="Customer records.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts.")]
Who = Annotated[str, typer.Argument(help="Id, or an identity such as an e-mail address.")]


@app.command("show")
def show_command(who: Who, as_json: AsJson = False) -> None:
    """Show a record, what happened last, and merges that can be undone."""

    async def load(core: Services) -> dict[str, Any]:
        customer = await _find(core, who)
        page = await core.timeline.page(customer.id, limit=20)
        return {
            **customer.as_json(),
            "timeline": [entry.as_json() for entry in page.entries],
            "merges": [merge.as_json() for merge in await core.merges.of(customer.id)],
        }

    shape = _run(load)
    if as_json:
        say_json(shape)
        return
    say(f"{shape['id']}  {shape['name'] or '(no name)'}  tier: {shape['tier'] or '-'}")
    for one in shape["identities"]:
        say(f"  {one['kind']}: {one['value']}" + ("" if one["verified"] else "  (claimed)"))
    for other in shape["may_be"]:
        say(f"  may be {other} (the same address, number or id)")
    for merge in shape["merges"]:
        say(f"  merged {merge['dropped_id']} at {merge['at']}; undo {merge['id']}")
    for entry in shape["timeline"]:
        say(f"{entry['at']}  {entry['kind']:12}  {entry['ref']}  {entry['text']}")


@app.command("set-tier")
def set_tier_command(
    who: Who, tier: Annotated[str, typer.Argument(help="A tier of the service file, or none.")]
) -> None:
    """Set a customer's tier, or take it away with `none`."""

    async def change(core: Services) -> Customer:
        customer = await _find(core, who)
        wanted = None if tier == "none" else tier
        return await core.customers.change(
            customer.id, {"tier": wanted}, actor_id=None, expected=None
        )

    customer = _run(change)
    say(f"{customer.id} has the tier {customer.tier or 'none'}.")


@app.command("merge")
def merge_command(
    keep: Annotated[str, typer.Argument(help="The record that stays.")],
    drop: Annotated[str, typer.Argument(help="The record that goes into it.")],
    as_json: AsJson = False,
) -> None:
    """Put one record into another; `undo` takes it back."""

    async def merge(core: Services) -> Any:
        kept, dropped = await _find(core, keep), await _find(core, drop)
        return await core.merges.merge(kept.id, dropped.id, actor_id=None)

    done = _run(merge)
    if as_json:
        say_json(done.as_json())
    else:
        say(f"{done.dropped_id} went into {done.kept_id}. Take it back: {done.id}")


@app.command("undo")
def undo_command(
    merge_id: Annotated[str, typer.Argument(help="As `merge` and `show` say.")],
) -> None:
    """Take a merge back."""

    async def undo(core: Services) -> Any:
        return await core.merges.undo(merge_id, actor_id=None)

    done = _run(undo)
    say(f"{done.dropped_id} and {done.kept_id} are two records again.")


async def _find(core: Services, who: str) -> Customer:
    from handoff.ids import is_id

    if is_id(who):
        return await core.customers.get(who)
    found = await core.customers.list(search=who, limit=2)
    if len(found) == 1:
        return await core.customers.get(found[0].id)
    # Several people may claim one address: nobody should guess which is meant.
    raise CustomerNotFound(f"{who}, or not only one; name the id")


def _run(work: Callable[[Services], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        from bot.commands.core import open_core

        async with open_core(load_settings()) as core:
            return await work(core)

    return asyncio.run(run())
