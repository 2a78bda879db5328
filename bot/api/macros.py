"""Macros over HTTP: kept, tried on a ticket, applied with one call."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from bot.api.bodies import CHANGE_ERRORS, READ_ERRORS, WRITE_ERRORS, TicketActView
from bot.api.callers import locale_of
from bot.api.rule_bodies import (
    MacroBody,
    MacroChangeBody,
    MacroPreviewView,
    MacrosView,
    MacroView,
    OnTicketBody,
)
from bot.api.staff import StaffDoor
from bot.api.versions import IfMatch, IfNoneMatch, expected_versions, tagged
from bot.api.views import ticket_json
from bot.gateway import Gateway

READ, WRITE, TICKETS = "rules:read", "rules:write", "tickets:write"


def macro_router(gateway: Gateway) -> APIRouter:
    """Routes under `/api/v1/macros`."""
    router = APIRouter(prefix="/api/v1/macros", tags=["rules"])
    door, macros = StaffDoor(gateway), gateway.core.macros

    @router.get("", responses=READ_ERRORS)
    async def list_macros(request: Request) -> MacrosView:
        """Gives all macros, the most used first."""
        await door.reading(request, READ)
        found = await macros.list()
        return MacrosView.model_validate({"macros": [macro.as_json() for macro in found]})

    @router.post("", status_code=201, response_model=MacroView, responses=WRITE_ERRORS)
    async def create_macro(request: Request, body: MacroBody) -> Response:
        """Adds a macro; 422 `rule_invalid` names the place of a mistake."""
        staff = await door.writing(request, WRITE)
        made = await macros.create(body.data(), actor_id=staff.user.id)
        return tagged(request, made.version, made.as_json(), status=201)

    @router.get("/{macro_id}", response_model=MacroView, responses=READ_ERRORS)
    async def get_macro(macro_id: str, request: Request, _tag: IfNoneMatch = None) -> Response:
        """Gives one macro."""
        await door.reading(request, READ)
        macro = await macros.get(macro_id)
        return tagged(request, macro.version, macro.as_json())

    @router.patch("/{macro_id}", response_model=MacroView, responses=CHANGE_ERRORS)
    async def change_macro(
        macro_id: str, request: Request, body: MacroChangeBody, _tag: IfMatch = None
    ) -> Response:
        """Changes a macro."""
        staff = await door.writing(request, WRITE)
        macro = await macros.change(
            macro_id, body.data(), actor_id=staff.user.id, expected=expected_versions(request)
        )
        return tagged(request, macro.version, macro.as_json())

    @router.delete("/{macro_id}", status_code=204, responses=CHANGE_ERRORS)
    async def remove_macro(macro_id: str, request: Request, _tag: IfMatch = None) -> Response:
        """Deletes a macro; what it did stays in the tickets' histories."""
        staff = await door.writing(request, WRITE)
        await macros.remove(macro_id, actor_id=staff.user.id, expected=expected_versions(request))
        return Response(status_code=204)

    @router.post("/{macro_id}/preview", responses=WRITE_ERRORS)
    async def preview_macro(
        macro_id: str, request: Request, body: OnTicketBody
    ) -> MacroPreviewView:
        """Says what a macro would do to a ticket now, with the texts it would send."""
        staff = await door.writing(request, TICKETS)
        found = await macros.preview(macro_id, body.ticket, staff.user.id)
        return MacroPreviewView.model_validate(found.as_json())

    @router.post("/{macro_id}/apply", responses=WRITE_ERRORS)
    async def apply_macro(macro_id: str, request: Request, body: OnTicketBody) -> TicketActView:
        """Does everything that a macro says, or nothing.

        409 `action_refused` when an action is not possible; the preview says which and why.
        """
        staff = await door.writing(request, TICKETS)
        act = await macros.apply(macro_id, body.ticket, staff.user.id)
        ticket = ticket_json(act.ticket, gateway.texts, locale_of(request))
        return TicketActView.model_validate(
            {"ticket": ticket, "event": None, "duplicate": act.duplicate}
        )

    return router
