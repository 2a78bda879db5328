"""`babeldesk queue` and `babeldesk routing`: the order of the queue, and how tickets are routed."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated, Any

import typer

from bot.commands.output import say, say_json
from bot.settings import load_settings

app = typer.Typer(help="How tickets find their agents.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts.")]


class Policy(StrEnum):
    """An order, or all of them side by side."""

    ALL = "all"
    PRIORITY = "priority"
    FIFO = "fifo"
    QUICK_WINS = "quick_wins"
    VALUE = "value"


class View(StrEnum):
    """The views that need no agent of one's own."""

    OPEN = "open"
    UNASSIGNED = "unassigned"
    BREACHING_SOON = "breaching_soon"
    WAITING_FOR_CUSTOMER = "waiting_for_customer"
    ON_HOLD = "on_hold"


def queue_command(
    policy: Annotated[Policy, typer.Option(help="Which order.")] = Policy.ALL,
    view: Annotated[View, typer.Option(help="Which tickets.")] = View.UNASSIGNED,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=200)] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the queue in the order of a policy, or in all orders side by side."""
    shape = asyncio.run(_compare(view, limit))
    if policy is not Policy.ALL:
        shape["orders"] = {policy.value: shape["orders"][policy.value]}
    if as_json:
        say_json(shape)
    elif policy is Policy.ALL:
        _say_side_by_side(shape)
    else:
        _say_order(shape, shape["orders"][policy.value])


@app.command("explain")
def explain_command(
    number: Annotated[
        str | None, typer.Argument(help="A ticket; all of routing if left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write out who gets what, when and where; or why one ticket is where it is."""
    if number is not None:
        _say_ticket(asyncio.run(_explain_ticket(number)), as_json=as_json)
        return
    shape = asyncio.run(_explain())
    if as_json:
        say_json(shape)
        return
    for line in shape["lines"]:
        say(line)
    for warning in shape["warnings"]:
        say(f"WARNING: {warning}")


def _say_side_by_side(shape: dict[str, Any]) -> None:
    orders = shape["orders"]
    width = max(12, *(len(name) for name in orders))
    say("  ".join(f"{name:{width}}" for name in orders).rstrip())
    for numbers in zip(*orders.values(), strict=True):
        say("  ".join(f"{number:{width}}" for number in numbers).rstrip())
    say(_counted(len(shape["tickets"])))


def _say_order(shape: dict[str, Any], numbers: list[str]) -> None:
    known = {ticket["number"]: ticket for ticket in shape["tickets"]}
    for number in numbers:
        ticket = known[number]
        slack = ticket["slack_minutes"]
        due = "no promise" if slack is None else f"slack {slack:.0f} min"
        say(
            f"{number}  P{ticket['priority']}  {due:16}  effort {ticket['effort_minutes']:g} min  "
            f"value {ticket['value']:g}  opened {ticket['opened_at']}"
            + ("  first request" if ticket["first_time"] else "")
        )
    say(_counted(len(numbers)))


def _counted(n: int) -> str:
    return "1 ticket." if n == 1 else f"{n} tickets."


def _say_ticket(shape: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(shape)
        return
    who = shape["assignee"]["name"] if shape["assignee"] else "nobody"
    offered = ", who has not answered yet" if shape["offered"] else ""
    say(f"{shape['number']} is with {who}{offered}.")
    if shape["wait"]:
        until = f" (at the latest until {shape['waits_until']})" if shape["waits_until"] else ""
        say(f"It waits: {shape['wait']['text']}{until}")
    for past in shape["history"]:
        ended = f", {past['ended_as']} at {past['ended_at']}" if past["ended_as"] else ""
        say(f"{past['made_at']}  {past['agent']['name']}{ended}")
        for reason in past["reasons"]:
            say(f"  because: {reason['text']}")


async def _compare(view: View, limit: int) -> dict[str, Any]:
    from bot.api.queues import comparison_json
    from bot.commands.core import open_core
    from bot.texts import Catalogue
    from handoff.routing.views import BUILT_IN

    async with open_core(load_settings()) as core:
        found = await core.routing.queues.compare(BUILT_IN[view.value].filter, None, limit=limit)
    return comparison_json(found, Catalogue(), "en")


async def _explain() -> dict[str, Any]:
    from bot.commands.core import open_core
    from bot.routing_words import explain_routing

    async with open_core(load_settings()) as core:
        staffing = core.routing.staffing
        teams, agents = await staffing.list_teams(), await staffing.list_agents()
        return explain_routing(core.routing.service, teams, agents)


async def _explain_ticket(number: str) -> dict[str, Any]:
    from bot.api.queues import routing_json
    from bot.commands.core import open_core
    from bot.texts import Catalogue

    async with open_core(load_settings()) as core:
        found = await core.routing.whys.explain(number)
    return routing_json(found, Catalogue(), "en")
