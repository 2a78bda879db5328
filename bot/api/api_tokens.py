"""API tokens over HTTP: made, listed and revoked by their owners, or by administrators for all."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from bot.api.bodies import READ_ERRORS, WRITE_ERRORS
from bot.api.idempotency import shown_once
from bot.api.paging import Cursor, Limit, Page, page_of
from bot.api.staff import SCOPES_OF, Staff, StaffDoor
from bot.api.token_bodies import CallerView, NewTokenView, TokenBody, TokenView
from bot.gateway import Gateway
from handoff.errors import ScopeMissing
from handoff.tokens.model import ApiToken

ADMIN = "tokens:admin"


def token_router(gateway: Gateway) -> APIRouter:
    """`/api/v1/tokens` and `/api/v1/me`."""
    router = APIRouter(prefix="/api/v1", tags=["tokens"])
    door, tokens, clock = StaffDoor(gateway), gateway.tokens, gateway.clock

    def view(token: ApiToken) -> TokenView:
        return TokenView.model_validate(token.as_json(clock.now()))

    @router.get("/me", responses=READ_ERRORS)
    async def who_am_i(request: Request) -> CallerView:
        """Says who calls and which scopes she holds now, by session or by token."""
        staff = await door.reading(request, None)
        return CallerView.model_validate(
            {
                "user": staff.user.as_json(),
                "scopes": sorted(staff.scopes),
                "token": staff.token and staff.token.as_json(clock.now()),
            }
        )

    @router.get("/tokens", responses=READ_ERRORS)
    async def list_tokens(
        request: Request,
        response: Response,
        everybody: Annotated[bool, Query(description="Takes the scope `tokens:admin`.")] = False,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Page[TokenView]:
        """Gives one's own tokens, or everybody's, newest first; also those that are over."""
        staff = await door.reading(request, ADMIN if everybody else "tokens:read")
        listed = f"tokens.{'all' if everybody else staff.user.id}"
        after = gateway.cursors.read(cursor, of=listed)
        found = await tokens.list(
            owner_id=None if everybody else staff.user.id,
            before=None if after is None else str(after[0]),
            limit=limit + 1,
        )
        return Page[TokenView].model_validate(
            page_of(
                found,
                limit,
                request,
                response,
                gateway.cursors,
                of=listed,
                keys=lambda token: (token.id,),
                view=view,
            )
        )

    @router.post("/tokens", status_code=201, responses=WRITE_ERRORS)
    async def create_token(request: Request, body: TokenBody) -> NewTokenView:
        """Makes a token; its secret is in this answer and nowhere else.

        Nobody hands out a scope that she does not hold, and a token made with a token ends no
        later than that one.
        """
        staff = await door.writing(request, "tokens:write")
        owner = staff.user
        if body.owner_id is not None and body.owner_id != owner.id:
            _need_admin(staff)
            owner = await gateway.core.agents.get_user(body.owner_id)
        made = await tokens.create(
            owner_id=owner.id,
            name=body.name,
            scopes=body.scopes,
            owner_may=SCOPES_OF[owner.role],
            maker_may=staff.scopes,
            expires_at=body.expires_at,
            maker_expires_at=staff.token.expires_at if staff.token else None,
            actor_id=staff.user.id,
        )
        shown_once(request)
        return NewTokenView(token=view(made.token), secret=made.secret)

    @router.get("/tokens/{token_id}", responses=READ_ERRORS)
    async def get_token(token_id: str, request: Request) -> TokenView:
        """Gives one token of one's own; administrators see everybody's."""
        staff = await door.reading(request, "tokens:read")
        return view(await tokens.get(token_id, owner_id=_owner_seen_by(staff)))

    @router.delete("/tokens/{token_id}", status_code=204, responses=WRITE_ERRORS)
    async def revoke_token(token_id: str, request: Request) -> Response:
        """Ends a token at once and for good; it stays in the list. Repeating is harmless."""
        staff = await door.writing(request, "tokens:write")
        await tokens.revoke(token_id, owner_id=_owner_seen_by(staff), actor_id=staff.user.id)
        return Response(status_code=204)

    return router


def _owner_seen_by(staff: Staff) -> str | None:
    return None if staff.may(ADMIN) else staff.user.id


def _need_admin(staff: Staff) -> None:
    if not staff.may(ADMIN):
        raise ScopeMissing(ADMIN)
