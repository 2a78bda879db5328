"""The only place that turns errors into HTTP answers.

Every answer is a problem of RFC 9457 (`application/problem+json`): `type` leads to a page about
it, `title`, `status` and `detail` are English for developers, and our own members are the stable
`code`, `fields` where some are wrong, and facts such as `by` or `current_version`. What people
read comes from catalogues by code, and no answer repeats what the caller sent. The member `error`
says the same as earlier releases did.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from bot.errors import (
    AccessError,
    BotError,
    CursorInvalid,
    LanguageNotOffered,
    LimitError,
    Overloaded,
    PreconditionRequired,
    TokenError,
)
from handoff.errors import (
    AlreadyTaken,
    HandoffError,
    IdempotencyInProgress,
    LoginThrottled,
    StoreUnavailable,
    VersionConflict,
)

log = structlog.get_logger("bot.api")

RETRY_AFTER_S: Final = 2
MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "/problems/"

STATUS_BY_CODE: Final[Mapping[str, int]] = {
    "bad_credentials": 401,
    "session_invalid": 401,
    "csrf_mismatch": 403,
    "role_not_allowed": 403,
    "bad_csrf": 403,
    "bad_origin": 403,
    "not_signed_in": 401,
    "token_invalid": 401,
    "scope_missing": 403,
    "token_not_found": 404,
    "conversation_not_found": 404,
    "ticket_not_found": 404,
    "user_not_found": 404,
    "customer_not_found": 404,
    "merge_not_found": 404,
    "rule_not_found": 404,
    "macro_not_found": 404,
    "reply_not_found": 404,
    "identity_taken": 409,
    "merge_refused": 409,
    "shortcut_taken": 409,
    "action_refused": 409,
    "job_not_found": 404,
    "webhook_not_found": 404,
    "team_not_found": 404,
    "view_not_found": 404,
    "link_expired": 410,
    "ticket_merge_refused": 409,
    "nothing_to_undo": 409,
    "client_id_reused": 409,
    "already_taken": 409,
    "not_assignee": 409,
    "invalid_transition": 409,
    "job_settled": 409,
    "email_taken": 409,
    "team_name_taken": 409,
    "escalation_refused": 409,
    "idempotency_in_progress": 409,
    "idempotency_answer_gone": 409,
    "message_too_long": 422,
    "login_throttled": 429,
    "store_unavailable": 503,
}
TEXT_BY_STATUS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("bad_body", "The body could not be read: it must be JSON in UTF-8."),
    404: ("not_found", "There is nothing at this address."),
    408: ("body_too_slow", "The body took too long to arrive."),
    405: ("method_not_allowed", "This address does not take this method."),
    413: ("body_too_large", "The body is larger than this service accepts."),
}


def problem(
    status: int,
    code: str,
    message: str,
    *,
    fields: list[dict[str, str]] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The body of an error. `facts` are further members, known to whoever knows the code."""
    known: dict[str, Any] = {} if fields is None else {"fields": fields}
    # What clients of earlier releases read; there, facts stood among the fields.
    earlier = {"fields": facts} if facts else known
    return {
        "type": f"{TYPE_PREFIX}{code}",
        "title": title_of(code),
        "status": status,
        "detail": message,
        "code": code,
        **known,
        **(facts or {}),
        "error": {"code": code, "message": message, **earlier},
    }


def title_of(code: str) -> str:
    """A code as a short sentence: the same for every occurrence of the problem."""
    return code.replace("_", " ").capitalize()


def answer(
    status: int,
    code: str,
    message: str,
    *,
    retry_after_s: float | None = None,
    fields: list[dict[str, str]] | None = None,
    facts: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An error answer, with Retry-After where it makes sense."""
    ours = {"Cache-Control": "no-store", **(headers or {})}
    if retry_after_s is not None:
        ours["Retry-After"] = str(max(1, math.ceil(retry_after_s)))
    if status == 401:
        ours["WWW-Authenticate"] = "Bearer"
    return JSONResponse(
        problem(status, code, message, fields=fields, facts=facts),
        status_code=status,
        headers=ours,
        media_type=MEDIA_TYPE,
    )


def answer_error(error: Exception) -> JSONResponse:
    """The answer for any error that a route may raise."""
    match error:
        case StoreUnavailable():
            return _unavailable(error.reason, retry_after_s=error.retry_after_s)
        case SQLAlchemyError() | OSError():
            return _unavailable(type(error).__name__, retry_after_s=RETRY_AFTER_S)
        case LoginThrottled() | LimitError():
            return answer(429, error.code, str(error), retry_after_s=error.retry_after_s)
        case Overloaded():
            return answer(503, error.code, str(error), retry_after_s=error.retry_after_s)
        case IdempotencyInProgress():
            return answer(409, error.code, str(error), retry_after_s=error.retry_after_s)
        case LanguageNotOffered() | CursorInvalid():
            return answer(422, error.code, str(error))
        case PreconditionRequired():
            return answer(428, error.code, str(error))
        case VersionConflict():
            # No ETag: it would name a representation, and this is none of the resource.
            seen = {"current_version": error.current}
            return answer(412, error.code, str(error), facts=seen)
        case AlreadyTaken():
            holder = {"by": error.agent_name or ""}
            return answer(STATUS_BY_CODE[error.code], error.code, str(error), facts=holder)
        case TokenError():
            return answer(401, error.code, str(error))
        case AccessError():
            return answer(STATUS_BY_CODE.get(error.code, 403), error.code, str(error))
        case HandoffError():
            return answer(STATUS_BY_CODE.get(error.code, 422), error.code, str(error))
        case RequestValidationError():
            return _invalid(error)
        case HTTPException():
            code, message = TEXT_BY_STATUS.get(error.status_code, ("http_error", str(error.detail)))
            return answer(error.status_code, code, message, headers=error.headers)
        case _:
            log.error("unexpected_error", exc_info=error)
            return answer(500, "internal_error", "Something broke on our side. Try again.")


def install_error_handlers(app: FastAPI) -> None:
    """Registers the map for everything that routes may raise."""

    async def handle(request: Request, error: Exception) -> JSONResponse:
        given = answer_error(error)
        if given.status_code == 405:
            given.headers["Allow"] = ", ".join(allowed_methods(request))
        return given

    for kind in (
        HandoffError, BotError, RequestValidationError, HTTPException, SQLAlchemyError, OSError,
        Exception,
    ):  # fmt: skip
        app.add_exception_handler(kind, handle)


def allowed_methods(request: Request) -> Iterable[str]:
    """The methods of an address; the framework itself names those of the first route only.

    Of `/jobs/retry_dead` and `/jobs/{id}` the one that is written out counts.
    """
    by_path: defaultdict[str, set[str]] = defaultdict(set)
    for route in iter_route_contexts(request.app.routes):
        if route.path is not None and route.matches(request.scope)[0] is not Match.NONE:
            by_path[route.path] |= route.methods or set()
    return sorted(by_path[min(by_path, key=lambda path: path.count("{"))]) if by_path else ()


def _unavailable(reason: str, *, retry_after_s: float) -> JSONResponse:
    log.error("store_unavailable", reason=reason)
    message = "The service cannot store anything at the moment. Nothing was accepted; try again."
    return answer(503, "store_unavailable", message, retry_after_s=retry_after_s)


def _invalid(error: RequestValidationError) -> JSONResponse:
    problems = error.errors()
    if any(problem["type"] == "json_invalid" for problem in problems):
        return answer(400, "bad_json", "The body is not valid JSON.")
    # The values themselves are left out: they may hold a person's words.
    fields = [
        {"field": ".".join(str(part) for part in problem["loc"]), "problem": str(problem["type"])}
        for problem in problems
    ]
    return answer(422, "invalid_request", "Some fields are missing or wrong.", fields=fields)
