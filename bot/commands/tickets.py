"""`babeldesk tickets`: the queue and one ticket with its transcript, for the operator."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated, Any

import typer

from bot.commands.output import say, say_json
from bot.settings import load_settings

app = typer.Typer(help="Tickets in the queue.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts.")]


class View(StrEnum):
    """The lists that need no agent of one's own."""

    OPEN = "open"
    UNASSIGNED = "unassigned"
    SOLVED = "solved"


@app.command("list")
def list_command(
    view: Annotated[View, typer.Option(help="Which list.")] = View.OPEN,
    as_json: AsJson = False,
) -> None:
    """List tickets, most urgent first."""
    shapes = asyncio.run(_list(view))
    if as_json:
        say_json(shapes)
        return
    for ticket in shapes:
        who = ticket["assignee"]["name"] if ticket["assignee"] else "-"
        say(
            f"{ticket['number']}  P{ticket['priority']}  {ticket['state']:8}  "
            f"{ticket['language'] or '-':5}  {who:16}  {ticket['subject']}"
        )
    say("1 ticket." if len(shapes) == 1 else f"{len(shapes)} tickets.")


@app.command("show")
def show_command(number: str, as_json: AsJson = False) -> None:
    """Show a ticket with its whole conversation."""
    shape = asyncio.run(_show(number))
    if as_json:
        say_json(shape)
        return
    ticket = shape["ticket"]
    say(
        f"{ticket['number']}  priority {ticket['priority']}  {ticket['state']}  {ticket['subject']}"
    )
    for reason in ticket["reasons"]:
        evidence = str(reason["evidence"] or "").strip()
        # Many reasons quote their evidence in their own sentence.
        shown = f" ({evidence})" if evidence and evidence not in reason["text"] else ""
        say(f"  because: {reason['text']}{shown}")
    for event in shape["events"]:
        author = event["author_name"] or event["author"]
        say(f"{event['created_at']}  {author}: {_words(event)}")


def _words(event: dict[str, Any]) -> str:
    """What was said, or in words what happened when nothing was."""
    if event["text"]:
        return str(event["text"])
    payload = event.get("payload") or {}
    match event["kind"]:
        case "handoff":
            return f"(a person was called, ticket {payload.get('ticket_number', '')})"
        case "agent_joined":
            return "(took the ticket)"
        case "handed_back":
            return "(handed back to the assistant)"
        case "resolved":
            return "(resolved the ticket)"
        case "language":
            return f"(language chosen: {event.get('language') or 'automatic'})"
        case "contact":
            return "(left contact details)"
        case kind:
            return f"({str(kind).replace('_', ' ')})"


async def _list(view: View) -> list[dict[str, Any]]:
    """Reads the store itself: the desk's list is for agents, and an operator need not be one."""
    from sqlalchemy import not_

    from bot.api.views import ticket_json
    from bot.commands.core import open_database_of
    from bot.texts import Catalogue
    from handoff.store.records import select_tickets, ticket_of, ticket_view
    from handoff.store.tables import tickets

    done = tickets.c.state.in_(("solved", "closed"))
    query = select_tickets().where(done if view is View.SOLVED else not_(done))
    if view is View.UNASSIGNED:
        query = query.where(tickets.c.assignee_id.is_(None))
    query = query.order_by(tickets.c.priority, tickets.c.opened_at, tickets.c.number)
    async with open_database_of(load_settings()) as database, database.read() as connection:
        rows = (await connection.execute(query)).all()
    texts = Catalogue()
    return [ticket_json(ticket_view(*ticket_of(row)), texts, "en") for row in rows]


async def _show(number: str) -> dict[str, Any]:
    from bot.api.views import ticket_json
    from bot.commands.core import open_core
    from bot.texts import Catalogue

    async with open_core(load_settings()) as core:
        ticket = await core.desk.find(number)
        events: list[Any] = []
        after, more = 0, True
        while more:
            page = await core.visitors.page_after(
                ticket.conversation_id, after=after, internal=True
            )
            events += page.events
            after, more = page.cursor, page.more
    return {
        "ticket": ticket_json(ticket, Catalogue(), "en"),
        "events": [event.as_json(internal=True) for event in events],
    }
