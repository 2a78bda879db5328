"""`babeldesk tickets`: find, read and change tickets, for the operator."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.output import say, say_json
from bot.errors import StartError
from bot.settings import load_settings

if TYPE_CHECKING:
    from handoff.model import TicketAct
    from handoff.service import Services

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
    for line in shape["summary_text"].splitlines():
        say(f"  {line}")
    for link in shape["links"]:
        say(f"  {link['relation']} {link['number']}  {link['state']}  {link['subject']}")
    _say_events(shape["events"])
    for log in shape["merged"]:
        say(f"Merged into it: {log['ticket']['number']}  {log['ticket']['subject']}")
        _say_events(log["events"])


def _say_events(events: list[dict[str, Any]]) -> None:
    for event in events:
        author = event["author_name"] or event["author"]
        say(f"{event['created_at']}  {author}: {_words(event)}")


@app.command("search")
def search_command(
    words: Annotated[list[str], typer.Argument(help="Words; slips and endings are forgiven.")],
    limit: Annotated[int, typer.Option(min=1, max=200, help="Tickets at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Find tickets by their words and those of their messages and notes."""
    hits = asyncio.run(_search(" ".join(words), limit))
    if as_json:
        say_json(hits)
        return
    for hit in hits:
        ticket = hit["ticket"]
        say(f"{ticket['number']}  P{ticket['priority']}  {ticket['state']:8}  {ticket['subject']}")
        for snippet in hit["snippets"]:
            say(f"    {_marked(snippet)}")
    say("1 ticket." if len(hits) == 1 else f"{len(hits)} tickets.")


@app.command("history")
def history_command(
    number: str,
    language: Annotated[str, typer.Option(help="Language of the texts.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Show every change of a ticket: what, from what to what, by whom."""
    lines = asyncio.run(_history(number, language))
    if as_json:
        say_json(lines)
        return
    for line in lines:
        who = line["by"]["name"] if line["by"] else "-"
        say(f"{line['at']}  {who:16}  {line['text']}")


@app.command("set")
def set_command(
    number: str,
    by: Annotated[str, typer.Option(help="E-mail of the person in whose name it is done.")],
    state: Annotated[str | None, typer.Option(help="pending, on_hold, open, solved, spam.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why it is on hold.")] = None,
    until: Annotated[datetime | None, typer.Option(help="End of the hold, in UTC.")] = None,
    kind: Annotated[str | None, typer.Option("--type", help="Such as problem.")] = None,
    category: Annotated[str | None, typer.Option(help="Such as delivery.")] = None,
    subject: Annotated[str | None, typer.Option(help="New subject.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="All its tags, one each.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change a ticket; all of it or nothing."""
    from handoff.ticket import TicketState
    from handoff.tickets.desk import KEEP, TicketChange

    if state is not None and state not in set(TicketState):
        raise StartError(
            "bad_arguments",
            happened=f"--state {state!r} is no state.",
            todo="Name pending, on_hold, open, solved or spam.",
        )
    change = TicketChange(
        state=TicketState(state) if state else KEEP,
        reason=reason,
        until=until.replace(tzinfo=UTC) if until else None,
        type=kind or KEEP,
        category=category or KEEP,
        subject=subject or KEEP,
        tags=tag if tag else KEEP,
    )

    async def act(core: Services, user_id: str) -> TicketAct:
        return await core.tickets.change(number, user_id, change)

    _say_act(asyncio.run(_act(by, act)), as_json=as_json)


@app.command("assign")
def assign_command(
    number: str,
    email: Annotated[str, typer.Argument(help="E-mail of the colleague who gets it.")],
    by: Annotated[str, typer.Option(help="E-mail of the person in whose name it is done.")],
    reason: Annotated[str, typer.Option(help="Why, for colleagues.")] = "",
    as_json: AsJson = False,
) -> None:
    """Give a ticket to a colleague; supervisors and admins may give any."""
    from bot.api.agent import FORCING_ROLES

    async def act(core: Services, user_id: str) -> TicketAct:
        giver = await core.agents.get_user(user_id)
        colleague = await _user_id(core, email)
        force = giver.role in FORCING_ROLES
        return await core.routing.assigning.assign(
            number, user_id, to=colleague, reason=reason, force=force
        )

    _say_act(asyncio.run(_act(by, act)), as_json=as_json)


@app.command("merge")
def merge_command(
    number: str,
    by: Annotated[str, typer.Option(help="E-mail of the person in whose name it is done.")],
    into: Annotated[str | None, typer.Option(help="The ticket that goes on.")] = None,
    force: Annotated[bool, typer.Option(help="Although they are of different customers.")] = False,
    undo: Annotated[bool, typer.Option(help="Take the merge of this ticket back.")] = False,
    as_json: AsJson = False,
) -> None:
    """End a ticket as part of another, or take that back."""
    if (into is None) != undo:
        raise StartError(
            "bad_arguments",
            happened="The command needs either --into NUMBER or --undo.",
            todo="Name one of them.",
        )

    async def act(core: Services, user_id: str) -> TicketAct:
        if into is None:
            return await core.merging.undo(number, user_id)
        return await core.merging.merge(number, user_id, into=into, force=force)

    _say_act(asyncio.run(_act(by, act)), as_json=as_json)


def _say_act(act: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(act)
        return
    ticket = act["ticket"]
    say(f"{ticket['number']}  P{ticket['priority']}  {ticket['state']}  {ticket['subject']}")
    if act["duplicate"]:
        say("It was so before; nothing was changed.")


def _marked(snippet: dict[str, Any]) -> str:
    """A snippet with what was found in brackets."""
    text = str(snippet["text"])
    for start, end in reversed(snippet["ranges"]):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return text


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
    # A merged ticket goes on as another one; spam was nobody's question.
    query = query.where(tickets.c.closed_as.is_(None))
    if view is View.UNASSIGNED:
        query = query.where(tickets.c.assignee_id.is_(None))
    query = query.order_by(tickets.c.priority, tickets.c.opened_at, tickets.c.number)
    async with open_database_of(load_settings()) as database, database.read() as connection:
        rows = (await connection.execute(query)).all()
    texts = Catalogue()
    return [ticket_json(ticket_view(*ticket_of(row)), texts, "en") for row in rows]


async def _show(number: str) -> dict[str, Any]:
    from bot.api.tickets import whole_json
    from bot.commands.core import open_core
    from bot.texts import Catalogue

    async with open_core(load_settings()) as core:
        return whole_json(await core.reading.get(number, None), Catalogue(), "en")


async def _search(text: str, limit: int) -> list[dict[str, Any]]:
    from bot.api.views import ticket_json
    from bot.commands.core import open_core
    from bot.texts import Catalogue

    async with open_core(load_settings()) as core:
        hits = await core.search.search(text, None, limit=limit)
    texts = Catalogue()
    return [
        {
            "ticket": ticket_json(hit.ticket, texts, "en"),
            "score": hit.score,
            "snippets": hit.snippets_json(),
        }
        for hit in hits
    ]


async def _history(number: str, language: str) -> list[dict[str, Any]]:
    from bot.commands.core import open_core
    from bot.texts import Catalogue
    from bot.ticket_texts import history_text

    texts, lines, after = Catalogue(), [], ""
    async with open_core(load_settings()) as core:
        while page := await core.history.read(number, None, after=after):
            lines += page
            after = page[-1].id
        return [
            {
                **line.as_json(),
                "text": history_text(line, texts, language, classifier=core.classifier),
            }
            for line in lines
        ]


async def _act(by: str, act: Callable[[Services, str], Awaitable[TicketAct]]) -> dict[str, Any]:
    """Does something in a person's name and gives what became of it."""
    from bot.api.views import ticket_json
    from bot.commands.core import open_core
    from bot.texts import Catalogue

    async with open_core(load_settings()) as core:
        done = await act(core, await _user_id(core, by))
    return {"ticket": ticket_json(done.ticket, Catalogue(), "en"), "duplicate": done.duplicate}


async def _user_id(core: Services, email: str) -> str:
    """The id of whoever has this address; raises UserNotFound."""
    from handoff.errors import UserNotFound

    people = await core.agents.list_users()
    user = next((one for one in people if one.email == email.strip().lower()), None)
    if user is None:
        raise UserNotFound(email)
    return user.id
