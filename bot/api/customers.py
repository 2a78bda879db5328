"""Customer records over HTTP: found, read, changed, merged and taken apart again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from bot.api.bodies import CHANGE_ERRORS, READ_ERRORS, WRITE_ERRORS
from bot.api.customer_bodies import (
    CustomerBody,
    CustomerView,
    IdentityBody,
    MergeBody,
    MergesView,
    MergeView,
    TimelineEntryView,
)
from bot.api.paging import Cursor, Limit, Page, page_of
from bot.api.staff import StaffDoor
from bot.api.versions import IfMatch, IfNoneMatch, expected_versions, tagged
from bot.gateway import Gateway
from handoff.customers.model import Customer, IdentityKind, TimelineEntry
from handoff.customers.timeline import TimelineCursor

READ, WRITE = "customers:read", "customers:write"


def customer_router(gateway: Gateway) -> APIRouter:
    """Routes under `/api/v1/customers`."""
    router = APIRouter(prefix="/api/v1/customers", tags=["customers"])
    door, core = StaffDoor(gateway), gateway.core

    @router.get("", responses=READ_ERRORS)
    async def list_customers(
        request: Request,
        response: Response,
        q: Annotated[
            str,
            Query(max_length=254, description="A whole e-mail, phone or id, or a part of a name."),
        ] = "",
        kind: Annotated[
            IdentityKind | None, Query(description="Only look for identities of this kind.")
        ] = None,
        tier: Annotated[str | None, Query(max_length=30)] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Page[CustomerView]:
        """Gives customers, newest first; without those that went into another record."""
        await door.reading(request, READ)
        listed = f"customers.{kind or ''}.{tier or ''}.{q}"
        after = gateway.cursors.read(cursor, of=listed)
        found = await core.customers.list(
            search=q,
            kind=kind,
            tier=tier,
            before=None if after is None else str(after[0]),
            limit=limit + 1,
        )
        return Page[CustomerView].model_validate(
            page_of(
                found,
                limit,
                request,
                response,
                gateway.cursors,
                of=listed,
                keys=lambda customer: (customer.id,),
                view=Customer.as_json,
            )
        )

    @router.get("/{customer_id}", response_model=CustomerView, responses=READ_ERRORS)
    async def get_customer(
        customer_id: str, request: Request, _tag: IfNoneMatch = None
    ) -> Response:
        """Gives a customer with her identities and those whom she may be."""
        await door.reading(request, READ)
        customer = await core.customers.get(customer_id)
        return tagged(request, customer.version, customer.as_json())

    @router.patch("/{customer_id}", response_model=CustomerView, responses=CHANGE_ERRORS)
    async def change_customer(
        customer_id: str, request: Request, body: CustomerBody, _tag: IfMatch = None
    ) -> Response:
        """Changes fields. Tiers are those of the service file."""
        staff = await door.writing(request, WRITE)
        customer = await core.customers.change(
            customer_id,
            body.change(),
            actor_id=staff.user.id,
            expected=expected_versions(request),
        )
        return tagged(request, customer.version, customer.as_json())

    @router.post("/{customer_id}/identities", response_model=CustomerView, responses=CHANGE_ERRORS)
    async def add_identity(
        customer_id: str, request: Request, body: IdentityBody, _tag: IfMatch = None
    ) -> Response:
        """Notes an identity, or marks a claimed one as verified.

        409 `identity_taken` when another customer has verified it; merge the two if they are one.
        """
        staff = await door.writing(request, WRITE)
        customer = await core.customers.add_identity(
            customer_id,
            kind=body.kind,
            value=body.value,
            verified=body.verified,
            actor_id=staff.user.id,
            expected=expected_versions(request, required=False),
        )
        return tagged(request, customer.version, customer.as_json())

    @router.delete(
        "/{customer_id}/identities/{kind}", response_model=CustomerView, responses=CHANGE_ERRORS
    )
    async def remove_identity(
        customer_id: str,
        kind: IdentityKind,
        request: Request,
        value: Annotated[str, Query(max_length=254)] = "",
        _tag: IfMatch = None,
    ) -> Response:
        """Drops an identity; repeating is harmless."""
        staff = await door.writing(request, WRITE)
        customer = await core.customers.remove_identity(
            customer_id,
            kind=kind,
            value=value,
            actor_id=staff.user.id,
            expected=expected_versions(request, required=False),
        )
        return tagged(request, customer.version, customer.as_json())

    @router.get("/{customer_id}/timeline", responses=READ_ERRORS)
    async def get_timeline(
        customer_id: str,
        request: Request,
        response: Response,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Page[TimelineEntryView]:
        """Gives what happened with her, newest first.

        Kinds: `conversation` (begun), `ticket` (opened), `solved`, `note`, `rating`, `merge`.
        """
        await door.reading(request, READ)
        listed = f"timeline.{customer_id}"
        after = gateway.cursors.read(cursor, of=listed)
        found = await core.timeline.page(
            customer_id, after=None if after is None else _cursor(*after), limit=limit
        )
        rows: list[tuple[TimelineEntry, TimelineCursor]] = list(
            zip(found.entries, found.cursors, strict=True)
        )
        return Page[TimelineEntryView].model_validate(
            page_of(
                rows,
                limit,
                request,
                response,
                gateway.cursors,
                of=listed,
                keys=lambda row: (row[1].at, row[1].kind, row[1].ref, row[1].seq),
                view=lambda row: row[0].as_json(),
            )
        )

    @router.get("/{customer_id}/merges", responses=READ_ERRORS)
    async def list_merges(customer_id: str, request: Request) -> MergesView:
        """Gives the merges into this record that can still be undone, newest first."""
        await door.reading(request, READ)
        await core.customers.get(customer_id)
        found = await core.merges.of(customer_id)
        return MergesView.model_validate({"merges": [merge.as_json() for merge in found]})

    @router.post("/{customer_id}/merge", status_code=201, responses=CHANGE_ERRORS)
    async def merge_customers(
        customer_id: str, request: Request, body: MergeBody, _tag: IfMatch = None
    ) -> MergeView:
        """Puts another record into this one: identities, visitors, tickets; gaps are filled."""
        staff = await door.writing(request, WRITE)
        merge = await core.merges.merge(
            customer_id,
            body.customer_id,
            actor_id=staff.user.id,
            expected=expected_versions(request, required=False),
        )
        return MergeView.model_validate(merge.as_json())

    @router.post("/merges/{merge_id}/undo", responses=WRITE_ERRORS)
    async def undo_merge(merge_id: str, request: Request) -> MergeView:
        """Takes a merge back: what it moved goes back, what came later stays."""
        staff = await door.writing(request, WRITE)
        merge = await core.merges.undo(merge_id, actor_id=staff.user.id)
        return MergeView.model_validate(merge.as_json())

    return router


def _cursor(at: object, kind: object, ref: object, seq: object) -> TimelineCursor:
    if not isinstance(at, datetime) or not isinstance(seq, int):
        raise TypeError("the cursor was made by another list")
    return TimelineCursor(at=at, kind=str(kind), ref=str(ref), seq=seq)
