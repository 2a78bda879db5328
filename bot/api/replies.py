"""Canned replies over HTTP: kept in several languages, searched, filled in for a ticket."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from bot.api.bodies import CHANGE_ERRORS, READ_ERRORS, WRITE_ERRORS
from bot.api.rule_bodies import (
    FilledView,
    OnTicketBody,
    RepliesView,
    ReplyBody,
    ReplyChangeBody,
    ReplyView,
)
from bot.api.staff import StaffDoor
from bot.api.versions import IfMatch, IfNoneMatch, expected_versions, tagged
from bot.gateway import Gateway

READ, WRITE, TICKETS = "rules:read", "rules:write", "tickets:write"


def reply_router(gateway: Gateway) -> APIRouter:
    """Routes under `/api/v1/replies`."""
    router = APIRouter(prefix="/api/v1/replies", tags=["rules"])
    door, replies = StaffDoor(gateway), gateway.core.replies

    @router.get("", responses=READ_ERRORS)
    async def list_replies(
        request: Request,
        q: Annotated[
            str, Query(max_length=200, description="Beginnings of words, in any language.")
        ] = "",
    ) -> RepliesView:
        """Gives canned replies, the most used first."""
        await door.reading(request, READ)
        found = await replies.list(search=q)
        return RepliesView.model_validate({"replies": [reply.as_json() for reply in found]})

    @router.post("", status_code=201, response_model=ReplyView, responses=WRITE_ERRORS)
    async def create_reply(request: Request, body: ReplyBody) -> Response:
        """Adds a canned reply; 409 `shortcut_taken` when another one has its shortcut."""
        staff = await door.writing(request, WRITE)
        made = await replies.create(body.data(), actor_id=staff.user.id)
        return tagged(request, made.version, made.as_json(), status=201)

    @router.get("/{reply_id}", response_model=ReplyView, responses=READ_ERRORS)
    async def get_reply(reply_id: str, request: Request, _tag: IfNoneMatch = None) -> Response:
        """Gives one canned reply."""
        await door.reading(request, READ)
        reply = await replies.get(reply_id)
        return tagged(request, reply.version, reply.as_json())

    @router.patch("/{reply_id}", response_model=ReplyView, responses=CHANGE_ERRORS)
    async def change_reply(
        reply_id: str, request: Request, body: ReplyChangeBody, _tag: IfMatch = None
    ) -> Response:
        """Changes a canned reply."""
        staff = await door.writing(request, WRITE)
        reply = await replies.change(
            reply_id, body.data(), actor_id=staff.user.id, expected=expected_versions(request)
        )
        return tagged(request, reply.version, reply.as_json())

    @router.delete("/{reply_id}", status_code=204, responses=CHANGE_ERRORS)
    async def remove_reply(reply_id: str, request: Request, _tag: IfMatch = None) -> Response:
        """Deletes a canned reply; rules and macros that name it skip that step."""
        staff = await door.writing(request, WRITE)
        await replies.remove(reply_id, actor_id=staff.user.id, expected=expected_versions(request))
        return Response(status_code=204)

    @router.post("/{reply_id}/fill", responses=WRITE_ERRORS)
    async def fill_reply(reply_id: str, request: Request, body: OnTicketBody) -> FilledView:
        """Gives the text for a ticket, in the visitor's language, and counts one use.

        422 `reply_has_gaps` names the variables that have neither a value nor a fallback.
        """
        staff = await door.writing(request, TICKETS)
        filled = await gateway.core.macros.fill(reply_id, body.ticket, staff.user.id)
        return FilledView(text=filled.text, language=filled.language)

    return router
