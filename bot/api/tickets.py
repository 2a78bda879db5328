"""Tickets beyond the conversation: find, read, change, merge, split, link, watch."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from bot.api.agent import FORCING_ROLES
from bot.api.bodies import CHANGE_ERRORS, READ_ERRORS, WRITE_ERRORS, Moment, TicketAnswer
from bot.api.callers import locale_of
from bot.api.paging import Cursor, Limit, Page, page_of
from bot.api.staff import StaffDoor
from bot.api.ticket_bodies import (
    HistoryLineView,
    LinkBody,
    MergeBody,
    SplitBody,
    TicketChangeBody,
    TicketChangeView,
    TicketFieldsView,
    TicketHitView,
    WatcherBody,
    WholeTicketView,
)
from bot.api.versions import IfMatch, IfNoneMatch, etag_of, expected_versions, tagged
from bot.api.views import ticket_json
from bot.gateway import Gateway
from bot.texts import Catalogue
from bot.ticket_texts import history_text, name_in, summary_text
from handoff.errors import RoleNotAllowed
from handoff.model import TicketAct
from handoff.ticket import TicketState, parse_number
from handoff.tickets.classification import TicketType
from handoff.tickets.desk import KEEP, TicketChange
from handoff.tickets.filters import TicketFilter
from handoff.tickets.history import HistoryLine
from handoff.tickets.links import LinkKind
from handoff.tickets.reading import WholeTicket
from handoff.tickets.searching import TicketHit, score_key

READ, WRITE = "tickets:read", "tickets:write"
_Text = Annotated[str | None, Query(max_length=60)]


def _filter_of(
    state: Annotated[list[TicketState] | None, Query(max_length=8)] = None,
    language: Annotated[str | None, Query(max_length=35)] = None,
    assignee: Annotated[
        str | None, Query(max_length=26, description="A user's id, `me` or `nobody`.")
    ] = None,
    priority: Annotated[int | None, Query(ge=1, le=5)] = None,
    tag: _Text = None,
    channel: Annotated[str | None, Query(max_length=30)] = None,
    type: TicketType | None = None,
    category: _Text = None,
    watcher: Annotated[str | None, Query(max_length=26, description="A user's id or `me`.")] = None,
    customer_id: Annotated[str | None, Query(max_length=26)] = None,
    opened_from: Moment | None = None,
    opened_before: Moment | None = None,
) -> TicketFilter:
    """The filter of a request; without a state, all but merged tickets and spam."""
    return TicketFilter(
        states=tuple(state or ()), language=language, assignee=assignee, priority=priority,
        tag=tag, channel=channel, type=type, category=category, watcher=watcher,
        customer_id=customer_id, opened_from=opened_from, opened_before=opened_before,
    )  # fmt: skip


Wanted = Annotated[TicketFilter, Depends(_filter_of)]


def ticket_router(gateway: Gateway) -> APIRouter:
    """Routes under `/api/v1/tickets`, `/api/v1/search` and `/api/v1/ticket-fields`."""
    router = APIRouter(prefix="/api/v1", tags=["tickets"])
    door, core, texts = StaffDoor(gateway), gateway.core, gateway.texts

    def changed(request: Request, response: Response, act: TicketAct) -> TicketChangeView:
        language = locale_of(request)
        response.headers["ETag"] = etag_of(act.ticket.version, variant=language)
        return TicketChangeView.model_validate(
            {"ticket": ticket_json(act.ticket, texts, language), "duplicate": act.duplicate}
        )

    @router.get("/tickets", responses=READ_ERRORS)
    async def list_tickets(
        request: Request,
        response: Response,
        wanted: Wanted,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Page[TicketAnswer]:
        """Gives tickets that fit the filters, the newest first."""
        staff = await door.reading(request, READ)
        wanted = _as(staff.user.id, wanted)
        listed = f"tickets.{wanted}"
        after = gateway.cursors.read(cursor, of=listed)
        before = None if after is None else int(str(after[0]))
        found = await core.reading.list(
            staff.user.id, wanted=wanted, before=before, limit=limit + 1
        )
        language = locale_of(request)
        return Page[TicketAnswer].model_validate(
            page_of(
                found, limit, request, response, gateway.cursors, of=listed,
                keys=lambda ticket: (parse_number(ticket.number),),
                view=lambda ticket: ticket_json(ticket, texts, language),
            )
        )  # fmt: skip

    @router.get("/tickets/{number}", responses=READ_ERRORS, response_model=WholeTicketView)
    async def get_ticket(
        number: str, request: Request, if_none_match: IfNoneMatch = None
    ) -> Response:
        """Gives a ticket with its transcript, the tickets merged into it, links and tags.

        The ETag stands for the ticket itself; `If-None-Match` saves reading it again.
        """
        staff = await door.reading(request, READ)
        whole = await core.reading.get(number, staff.user.id)
        language = locale_of(request)
        body = whole_json(whole, texts, language)
        return tagged(request, whole.ticket.version, body, variant=language)

    @router.patch("/tickets/{number}", responses=CHANGE_ERRORS)
    async def change_ticket(
        number: str,
        request: Request,
        response: Response,
        body: TicketChangeBody,
        if_match: IfMatch = None,
    ) -> TicketChangeView:
        """Changes state and fields together or not at all; needs `If-Match`."""
        staff = await door.writing(request, WRITE)
        act = await core.tickets.change(
            number, staff.user.id, _change_of(body), expected=expected_versions(request)
        )
        return changed(request, response, act)

    @router.get("/tickets/{number}/history", responses=READ_ERRORS)
    async def ticket_history(
        number: str,
        request: Request,
        response: Response,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> Page[HistoryLineView]:
        """Gives every change of a ticket, oldest first, in the caller's language."""
        staff = await door.reading(request, READ)
        listed = f"history.{number}"
        after = gateway.cursors.read(cursor, of=listed)
        lines = await core.history.read(
            number,
            staff.user.id,
            after="" if after is None else str(after[0]),
            limit=limit + 1,
        )
        language = locale_of(request)

        def view(line: HistoryLine) -> dict[str, Any]:
            text = history_text(line, texts, language, classifier=core.classifier)
            return {**line.as_json(), "text": text}

        return Page[HistoryLineView].model_validate(
            page_of(
                lines, limit, request, response, gateway.cursors, of=listed,
                keys=lambda line: (line.id,), view=view,
            )
        )  # fmt: skip

    @router.post("/tickets/{number}/merge", responses=WRITE_ERRORS)
    async def merge_ticket(
        number: str, request: Request, response: Response, body: MergeBody
    ) -> TicketChangeView:
        """Ends a ticket as part of another, which is given; supervisors may force it."""
        staff = await door.writing(request, WRITE)
        if body.force and staff.user.role not in FORCING_ROLES:
            raise RoleNotAllowed(role=staff.user.role.value, act="merge other customers' tickets")
        act = await core.merging.merge(number, staff.user.id, into=body.into, force=body.force)
        return changed(request, response, act)

    @router.post("/tickets/{number}/merge/undo", responses=WRITE_ERRORS)
    async def undo_merge(number: str, request: Request, response: Response) -> TicketChangeView:
        """Makes a merged ticket one of its own again, as it was."""
        staff = await door.writing(request, WRITE)
        return changed(request, response, await core.merging.undo(number, staff.user.id))

    @router.post("/tickets/{number}/split", status_code=201, responses=WRITE_ERRORS)
    async def split_ticket(
        number: str, request: Request, response: Response, body: SplitBody
    ) -> TicketChangeView:
        """Makes a new ticket from some messages and gives it; it stands in the queue."""
        staff = await door.writing(request, WRITE)
        act = await core.splitting.split(
            number,
            staff.user.id,
            from_seq=body.from_seq,
            upto_seq=body.upto_seq,
            subject=body.subject,
        )
        return changed(request, response, act)

    @router.post("/tickets/{number}/split/undo", responses=WRITE_ERRORS)
    async def undo_split(number: str, request: Request, response: Response) -> TicketChangeView:
        """Ends a ticket that was split off as part of the one it came from, which is given."""
        staff = await door.writing(request, WRITE)
        return changed(request, response, await core.splitting.undo(number, staff.user.id))

    @router.post("/tickets/{number}/links", responses=WRITE_ERRORS)
    async def link_ticket(
        number: str, request: Request, response: Response, body: LinkBody
    ) -> TicketChangeView:
        """Links a ticket to another; repeating is harmless."""
        staff = await door.writing(request, WRITE)
        act = await core.links.link(number, staff.user.id, other=body.other, kind=body.kind)
        return changed(request, response, act)

    @router.delete("/tickets/{number}/links/{relation}/{other}", responses=WRITE_ERRORS)
    async def unlink_ticket(
        number: str, relation: LinkKind, other: str, request: Request, response: Response
    ) -> TicketChangeView:
        """Takes a link away; repeating is harmless."""
        staff = await door.writing(request, WRITE)
        act = await core.links.unlink(number, staff.user.id, other=other, kind=relation)
        return changed(request, response, act)

    @router.post("/tickets/{number}/watchers", responses=WRITE_ERRORS)
    async def watch_ticket(
        number: str, request: Request, response: Response, body: WatcherBody
    ) -> TicketChangeView:
        """Makes a colleague, or oneself, a watcher of a ticket."""
        staff = await door.writing(request, WRITE)
        user_id = body.user_id or staff.user.id
        act = await core.links.watch(number, staff.user.id, user_id=user_id, on=True)
        return changed(request, response, act)

    @router.delete("/tickets/{number}/watchers/{user_id}", responses=WRITE_ERRORS)
    async def unwatch_ticket(
        number: str, user_id: str, request: Request, response: Response
    ) -> TicketChangeView:
        """Takes a watcher away; repeating is harmless."""
        staff = await door.writing(request, WRITE)
        act = await core.links.watch(number, staff.user.id, user_id=user_id, on=False)
        return changed(request, response, act)

    @router.get("/search", responses=READ_ERRORS)
    async def search_tickets(
        request: Request,
        response: Response,
        wanted: Wanted,
        q: Annotated[str, Query(max_length=300, description="Words; none find nothing.")] = "",
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> Page[TicketHitView]:
        """Finds tickets by their words and those of their messages and notes, the best first.

        Every word must be found; slips, endings, accents and the forms of letters are forgiven.
        """
        staff = await door.reading(request, READ)
        wanted = _as(staff.user.id, wanted)
        listed = f"search.{q}.{wanted}"
        after = gateway.cursors.read(cursor, of=listed)
        hits = await core.search.search(
            q,
            staff.user.id,
            wanted=wanted,
            after=None if after is None else (int(str(after[0])), int(str(after[1]))),
            limit=limit + 1,
        )
        language = locale_of(request)

        def view(hit: TicketHit) -> dict[str, Any]:
            shape = ticket_json(hit.ticket, texts, language)
            return {"ticket": shape, "score": hit.score, "snippets": hit.snippets_json()}

        return Page[TicketHitView].model_validate(
            page_of(
                hits, limit, request, response, gateway.cursors, of=listed,
                keys=score_key, view=view,
            )
        )  # fmt: skip

    @router.get("/ticket-fields", responses=READ_ERRORS)
    async def ticket_fields(request: Request) -> TicketFieldsView:
        """Gives the types, categories and own fields of tickets in the caller's language."""
        await door.reading(request, READ)
        language = locale_of(request)
        known, own = core.classifier, core.ticket_rules.fields
        return TicketFieldsView.model_validate(
            {
                "types": [
                    {
                        "slug": kind.value,
                        "name": name_in(known.type_names.get(kind, {}), language, kind.value),
                    }
                    for kind in TicketType
                ],
                "categories": [
                    {"slug": slug, "name": name_in(category.names, language, slug)}
                    for slug, category in known.categories.items()
                ],
                "custom_fields": [
                    {
                        "slug": slug,
                        "name": name_in(one.names, language, slug),
                        "type": one.type.value,
                        "required": one.required,
                        "choices": list(one.choices),
                    }
                    for slug, one in own.items()
                ],
            }
        )

    return router


def _as(user_id: str, wanted: TicketFilter) -> TicketFilter:
    """The filter with `me` read as the caller."""
    return replace(
        wanted,
        assignee=user_id if wanted.assignee == "me" else wanted.assignee,
        watcher=user_id if wanted.watcher == "me" else wanted.watcher,
    )


def _change_of(body: TicketChangeBody) -> TicketChange:
    """What a body changes: fields that it names; null takes type and category away."""
    given = body.model_fields_set
    return TicketChange(
        state=TicketState(body.state) if body.state else KEEP,
        reason=body.reason,
        until=body.until,
        type=body.type if "type" in given else KEEP,
        category=body.category if "category" in given else KEEP,
        subject=KEEP if body.subject is None else body.subject,
        language=KEEP if body.language is None else body.language,
        tags=KEEP if body.tags is None else body.tags,
        custom_fields=KEEP if body.custom_fields is None else dict(body.custom_fields),
    )


def whole_json(whole: WholeTicket, texts: Catalogue, language: str) -> dict[str, Any]:
    """A ticket with all that belongs to it, for the API and the command line."""
    return {
        "ticket": ticket_json(whole.ticket, texts, language),
        "summary_text": summary_text(whole.ticket.summary, texts, language),
        "events": [event.as_json(internal=True) for event in whole.events],
        "merged": [
            {
                "ticket": ticket_json(log.ticket, texts, language),
                "events": [event.as_json(internal=True) for event in log.events],
            }
            for log in whole.merged
        ],
        "links": [
            {
                **link.as_json(),
                "relation_text": texts.format(f"link-{link.relation}", language),
            }
            for link in whole.links
        ],
        "tags": whole.tags,
    }
