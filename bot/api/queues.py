"""Views of the queue over HTTP: keep, count and page through them, try orders out, and ask why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from bot.api.agent import FORCING_ROLES
from bot.api.bodies import (
    CHANGE_ERRORS,
    READ_ERRORS,
    VERSIONED_ERRORS,
    WRITE_ERRORS,
    TicketActView,
)
from bot.api.callers import locale_of
from bot.api.paging import Cursor, Limit
from bot.api.queue_bodies import (
    AssignmentBody,
    CompareBody,
    ComparisonView,
    CountsView,
    EscalationBody,
    PreviewBody,
    QueueViewsView,
    QueueViewView,
    TicketPageView,
    TicketRoutingView,
    ViewBody,
    ViewChangeBody,
)
from bot.api.staff import StaffDoor
from bot.api.versions import IfMatch, IfNoneMatch, etag_of, expected_versions, tagged
from bot.api.views import ticket_json
from bot.gateway import Gateway
from bot.routing_texts import WAITS, reason_view, reason_views
from bot.texts import Catalogue
from handoff.model import TicketAct, iso
from handoff.routing.queues import Comparison
from handoff.routing.views import TicketView, ViewFilter, ViewOrder
from handoff.routing.whys import TicketRouting
from handoff.ticket import format_number

READ, WRITE, MANAGE = "tickets:read", "tickets:write", "routing:write"


def queue_router(gateway: Gateway) -> APIRouter:
    """`/api/v1/views`, and what routing says of a ticket under `/api/v1/tickets/{number}`."""
    router = APIRouter(prefix="/api/v1", tags=["views"])
    door, routing, texts = StaffDoor(gateway), gateway.core.routing, gateway.texts
    queues = routing.queues

    async def page(
        request: Request,
        response: Response,
        user_id: str,
        view: ViewFilter,
        order: ViewOrder,
        cursor: str | None,
        limit: int,
    ) -> dict[str, Any]:
        listed = f"queue.{user_id}.{order}.{_digest(view)}"
        after = gateway.cursors.read(cursor, of=listed)
        found = await queues.page(view, order, user_id, after=after, limit=limit)
        following = None if found.next is None else gateway.cursors.write(found.next, of=listed)
        if following is not None and request.method == "GET":
            url = request.url.include_query_params(cursor=following)
            response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
        language = locale_of(request)
        return {
            "items": [ticket_json(ticket, texts, language) for ticket in found.tickets],
            "next_cursor": following,
        }

    def act_view(request: Request, act: TicketAct) -> TicketActView:
        return TicketActView.model_validate(
            {
                "ticket": ticket_json(act.ticket, texts, locale_of(request)),
                "event": act.event.as_json(internal=True) if act.event else None,
                "duplicate": act.duplicate,
            }
        )

    @router.get("/views", responses=READ_ERRORS)
    async def list_views(request: Request) -> QueueViewsView:
        """The views of the house, one's own, and those that colleagues share."""
        staff = await door.reading(request, READ)
        found = await queues.list_views(staff.user.id)
        language = locale_of(request)
        return QueueViewsView.model_validate(
            {"views": [view_json(view, texts, language) for view in found]}
        )

    @router.post("/views", status_code=201, responses=WRITE_ERRORS)
    async def create_view(request: Request, body: ViewBody) -> QueueViewView:
        """Keeps a view, for oneself or shared."""
        staff = await door.writing(request, READ)
        made = await queues.create_view(
            staff.user.id,
            name=body.name,
            filter=body.filter.value(),
            order=body.order,
            shared=body.shared,
        )
        return QueueViewView.model_validate(view_json(made, texts, locale_of(request)))

    @router.get("/views/counts", responses=READ_ERRORS)
    async def count_views(request: Request) -> CountsView:
        """How many tickets stand in each view."""
        staff = await door.reading(request, READ)
        return CountsView(counts=dict(await queues.count(staff.user.id)))

    @router.post("/views/preview", responses=WRITE_ERRORS)
    async def preview(
        request: Request,
        response: Response,
        body: PreviewBody,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> TicketPageView:
        """The tickets of a view that is not kept; changes nothing."""
        staff = await door.writing(request, READ)
        chosen = body.filter.value()
        return TicketPageView.model_validate(
            await page(request, response, staff.user.id, chosen, body.order, cursor, limit)
        )

    @router.post("/views/compare", responses=WRITE_ERRORS)
    async def compare(request: Request, body: CompareBody) -> ComparisonView:
        """The same tickets in the order of each policy, with all that the policies look at."""
        staff = await door.writing(request, READ)
        found = await queues.compare(body.filter.value(), staff.user.id, limit=body.limit)
        return ComparisonView.model_validate(comparison_json(found, texts, locale_of(request)))

    @router.get("/views/{view_id}", responses=READ_ERRORS, response_model=QueueViewView)
    async def get_view(
        view_id: str, request: Request, if_none_match: IfNoneMatch = None
    ) -> Response:
        """One view, with its ETag."""
        staff = await door.reading(request, READ)
        found = await queues.get_view(view_id, staff.user.id)
        language = locale_of(request)
        return tagged(request, found.version, view_json(found, texts, language), variant=language)

    @router.patch("/views/{view_id}", responses=CHANGE_ERRORS)
    async def change_view(
        view_id: str, request: Request, body: ViewChangeBody, if_match: IfMatch = None
    ) -> QueueViewView:
        """Changes one's own view; supervisors change any shared one."""
        staff = await door.writing(request, READ)
        changed = await queues.change_view(
            view_id,
            staff.user.id,
            name=body.name,
            filter=None if body.filter is None else body.filter.value(),
            order=body.order,
            shared=body.shared,
            may_change_all=staff.may(MANAGE),
            expected=expected_versions(request),
        )
        return QueueViewView.model_validate(view_json(changed, texts, locale_of(request)))

    @router.delete("/views/{view_id}", status_code=204, responses=CHANGE_ERRORS)
    async def remove_view(view_id: str, request: Request, if_match: IfMatch = None) -> Response:
        """Removes one's own view; supervisors remove any shared one."""
        staff = await door.writing(request, READ)
        await queues.remove_view(
            view_id,
            staff.user.id,
            may_change_all=staff.may(MANAGE),
            expected=expected_versions(request, required=False),
        )
        return Response(status_code=204)

    @router.get("/views/{view_id}/tickets", responses=READ_ERRORS)
    async def list_tickets(
        view_id: str,
        request: Request,
        response: Response,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> TicketPageView:
        """The tickets of a view in its order."""
        staff = await door.reading(request, READ)
        view = await queues.get_view(view_id, staff.user.id)
        return TicketPageView.model_validate(
            await page(request, response, staff.user.id, view.filter, view.order, cursor, limit)
        )

    @router.get("/tickets/{number}/routing", responses=READ_ERRORS)
    async def explain(number: str, request: Request) -> TicketRoutingView:
        """Who has the ticket and why, what came before, and what it waits for."""
        await door.reading(request, READ)
        found = await routing.whys.explain(number)
        return TicketRoutingView.model_validate(routing_json(found, texts, locale_of(request)))

    @router.post("/tickets/{number}/escalate", responses=WRITE_ERRORS)
    async def escalate(number: str, request: Request, body: EscalationBody) -> TicketActView:
        """Gives the ticket to tier 2, with a reason that colleagues read."""
        staff = await door.writing(request, WRITE)
        act = await routing.returning.escalate(number, staff.user.id, reason=body.reason)
        return act_view(request, act)

    @router.post("/tickets/{number}/assign", responses=VERSIONED_ERRORS)
    async def assign(
        number: str,
        request: Request,
        response: Response,
        body: AssignmentBody,
        if_match: IfMatch = None,
    ) -> TicketActView:
        """Gives the ticket to a colleague; to oneself it is taking it over.

        Agents give away what is theirs or nobody's, supervisors and admins any ticket. In the
        queue it stays an offer to her until she takes it; a conversation that somebody had is
        hers at once, and the visitor reads so.
        """
        staff = await door.writing(request, WRITE)
        act = await routing.assigning.assign(
            number,
            staff.user.id,
            to=body.agent_id,
            reason=body.reason,
            force=staff.user.role in FORCING_ROLES,
            expected=expected_versions(request, required=False),
        )
        response.headers["ETag"] = etag_of(act.ticket.version, variant=locale_of(request))
        return act_view(request, act)

    return router


def view_json(view: TicketView, texts: Catalogue, language: str) -> dict[str, Any]:
    """A view; one of the house has its name from the catalogue."""
    shape: dict[str, Any] = dict(view.as_json())
    shape["order_text"] = texts.format(f"order-{view.order.value}", language)
    if view.owner_id is None:
        shape["name"] = texts.format(f"view-{view.id}", language)
    return shape


def comparison_json(found: Comparison, texts: Catalogue, language: str) -> dict[str, Any]:
    """A comparison with the efforts explained."""
    return {
        "tickets": [
            {
                "number": format_number(number),
                "priority": line.priority,
                "opened_at": iso(line.opened_at),
                "slack_minutes": line.slack_minutes,
                "effort_minutes": line.effort_minutes,
                "effort": reason_views(found.efforts[number].reasons, texts, language),
                "value": line.value,
                "first_time": line.is_first_time,
            }
            for number, line in sorted(found.lines.items())
        ],
        "orders": {
            policy.value: [format_number(number) for number in numbers]
            for policy, numbers in found.orders.items()
        },
    }


def routing_json(found: TicketRouting, texts: Catalogue, language: str) -> dict[str, Any]:
    """An explanation with its sentences."""
    wait = found.wait
    return {
        "number": found.number,
        "assignee": None if found.assignee is None else found.assignee.as_json(),
        "assigned_by": found.assigned_by,
        "offered": found.offered,
        "wait": None if wait is None else reason_view(wait, texts, language, of=WAITS),
        "waits_until": iso(found.waits_until),
        "queued_at": iso(found.queued_at),
        "history": [
            {
                "agent": past.agent.as_json(),
                "reasons": reason_views(past.reasons, texts, language),
                "made_at": iso(past.made_at),
                "ended_at": iso(past.ended_at),
                "ended_as": past.ended_as,
            }
            for past in found.history
        ],
    }


def _digest(view: ViewFilter) -> str:
    """What tells the cursors of two filters apart."""
    shape: Mapping[str, Any] = view.as_json()
    return hashlib.sha256(json.dumps(shape, sort_keys=True).encode()).hexdigest()[:16]
