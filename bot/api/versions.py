"""Versions of resources: ETags for readers, If-Match for whoever changes something.

Everything that staff can change has a number that rises with each change. Readers get it as `ETag`
and save a transfer with `If-None-Match`; a change sends it back as `If-Match`, so that nobody
overwrites what she has not seen:

    return tagged(request, ticket.version, body, variant=locale)          # GET
    await tickets.change(number, expected=expected_versions(request), ...)   # PATCH, PUT, DELETE

The use case compares inside its transaction with `handoff.versions.check_version`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from fastapi import Header
from fastapi.responses import JSONResponse
from starlette.requests import Request
from starlette.responses import Response

from bot.errors import PreconditionRequired
from handoff.versions import Versions

_TAG: Final = re.compile(r'(W/)?"([^"]*)"')
_OURS: Final = re.compile(r"([0-9]{1,9})(?:\.[A-Za-z-]{1,20})?")

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The ETag that the change was made from, or * for whatever is there.",
    ),
]
IfNoneMatch = Annotated[
    str | None, Header(alias="If-None-Match", description="ETags that the caller has; 304 if so.")
]


def etag_of(version: int, *, variant: str = "") -> str:
    """The strong ETag of a version; `variant` tells representations apart, such as languages."""
    return f'"{version}.{variant}"' if variant else f'"{version}"'


def tagged(
    request: Request, version: int, body: Any, *, variant: str = "", status: int = 200
) -> Response:
    """The representation with its ETag, or 304 when the caller has it."""
    etag = etag_of(version, variant=variant)
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if variant:
        headers["Vary"] = "Accept-Language"
    if has_tag(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    return JSONResponse(body, status_code=status, headers=headers)


def has_tag(condition: str | None, etag: str) -> bool:
    """Whether an `If-None-Match` names this ETag, compared weakly as RFC 9110 says."""
    if condition is None:
        return False
    if condition.strip() == "*":
        return True
    return etag.strip('"') in {found[2] for found in _TAG.finditer(condition)}


def expected_versions(request: Request, *, required: bool = True) -> Versions:
    """The versions of `If-Match`; None for `*`, or when there is no header and none is required.

    Tags that are not ours match nothing: the set may be empty, and then the change is refused.

    Raises:
        PreconditionRequired: The header is missing.
    """
    condition = request.headers.get("if-match")
    if condition is None:
        if required:
            raise PreconditionRequired
        return None
    if condition.strip() == "*":
        return None
    # Weak tags never match here (RFC 9110, 13.1.1).
    strong = (found[2] for found in _TAG.finditer(condition) if not found[1])
    return frozenset(int(ours[1]) for tag in strong if (ours := _OURS.fullmatch(tag)))
