"""The only place that turns errors into HTTP answers.

Every answer has one shape: `{"error": {"code", "message", "fields"?}}`. The code is stable, the
message is English for developers (what people read comes from catalogues by code), and no answer
repeats what the caller sent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from bot.errors import AccessError, LanguageNotOffered, LimitError, Overloaded, TokenError
from handoff.errors import HandoffError, LoginThrottled, StoreUnavailable

log = structlog.get_logger("bot.api")

RETRY_AFTER_S: Final = 2

STATUS_BY_CODE: Final[Mapping[str, int]] = {
    "bad_credentials": 401,
    "session_invalid": 401,
    "csrf_mismatch": 403,
    "role_not_allowed": 403,
    "bad_csrf": 403,
    "bad_origin": 403,
    "not_signed_in": 401,
    "conversation_not_found": 404,
    "ticket_not_found": 404,
    "user_not_found": 404,
    "job_not_found": 404,
    "webhook_not_found": 404,
    "link_expired": 410,
    "client_id_reused": 409,
    "already_taken": 409,
    "not_assignee": 409,
    "invalid_transition": 409,
    "job_settled": 409,
    "email_taken": 409,
    "message_too_long": 422,
    "login_throttled": 429,
    "store_unavailable": 503,
}
_CODE_BY_STATUS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("bad_body", "The body could not be read: it must be JSON in UTF-8."),
    404: ("not_found", "There is nothing at this address."),
    408: ("body_too_slow", "The body took too long to arrive."),
    405: ("method_not_allowed", "This address does not take this method."),
    413: ("body_too_large", "The body is larger than this service accepts."),
}


def error_body(
    code: str, message: str, *, fields: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """The one shape of an error."""
    error: dict[str, Any] = {"code": code, "message": message}
    if fields is not None:
        error["fields"] = fields
    return {"error": error}


def answer(
    status: int,
    code: str,
    message: str,
    *,
    retry_after_s: float | None = None,
    fields: list[dict[str, str]] | None = None,
) -> JSONResponse:
    """An error answer, with Retry-After where it makes sense."""
    headers = {"Cache-Control": "no-store"}
    if retry_after_s is not None:
        headers["Retry-After"] = str(max(1, math.ceil(retry_after_s)))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(
        error_body(code, message, fields=fields), status_code=status, headers=headers
    )


def answer_error(error: Exception) -> JSONResponse:
    """The answer for any error that a route may raise."""
    match error:
        case StoreUnavailable():
            return _unavailable(error.reason, retry_after_s=error.retry_after_s)
        case SQLAlchemyError() | OSError():
            return _unavailable(type(error).__name__, retry_after_s=RETRY_AFTER_S)
        case LoginThrottled():
            return answer(429, error.code, str(error), retry_after_s=error.retry_after_s)
        case LimitError():
            return answer(429, error.code, str(error), retry_after_s=error.retry_after_s)
        case Overloaded():
            return answer(503, error.code, str(error), retry_after_s=error.retry_after_s)
        case LanguageNotOffered():
            return answer(422, error.code, str(error))
        case TokenError():
            return answer(401, error.code, str(error))
        case AccessError():
            return answer(STATUS_BY_CODE.get(error.code, 403), error.code, str(error))
        case HandoffError():
            return answer(STATUS_BY_CODE.get(error.code, 422), error.code, str(error))
        case RequestValidationError():
            return _invalid(error)
        case HTTPException():
            code, message = _CODE_BY_STATUS.get(
                error.status_code, ("http_error", str(error.detail))
            )
            return answer(error.status_code, code, message)
        case _:
            log.error("unexpected_error", exc_info=error)
            return answer(500, "internal_error", "Something broke on our side. Try again.")


def install_error_handlers(app: FastAPI) -> None:
    """Registers the map for everything that routes may raise."""

    async def handle(_request: Request, error: Exception) -> JSONResponse:
        return answer_error(error)

    for kind in (
        HandoffError, TokenError, LimitError, Overloaded, AccessError, LanguageNotOffered,
        RequestValidationError, HTTPException, SQLAlchemyError, OSError, Exception,
    ):  # fmt: skip
        app.add_exception_handler(kind, handle)


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
