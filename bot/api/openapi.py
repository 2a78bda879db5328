"""The OpenAPI document: what FastAPI derives from the routes, with what it cannot know.

Who may call, how to prove it, what every error looks like, which header makes repeats harmless, and
where an answer leads. Routes themselves say only what is theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from bot.api.callers import COOKIE, CSRF_HEADER
from bot.api.errors import MEDIA_TYPE, problem
from bot.api.examples import EXAMPLES
from bot.api.idempotency import HEADER as IDEMPOTENCY_HEADER
from bot.api.idempotency import REPLAYED
from bot.api.staff import SCOPES
from handoff.tokens.idempotency import LONGEST

Json = dict[str, Any]

_DESCRIPTION: Final = """\
For visitors (their widget or another channel), for the people of the desk, and for programs that
act for them. Errors are problem details (RFC 9457): decide by `code`. Lists come in pages with
`next_cursor`; what can be changed has an `ETag`. See docs/api.md.
"""
_TAGS: Final[Mapping[str, str]] = {
    "visitor": "One conversation, for whoever holds its token.",
    "agent": "Signing in, the queue, and what is done with a ticket.",
    "admin": "Background jobs and webhooks.",
    "tokens": "API tokens, and who is calling.",
    "tickets": "Tickets: states, classification, merging, search.",
    "customers": "Customer records over all channels.",
    "service levels": "What tickets are promised, and how promises were kept.",
    "views": "Views of the queue and their live streams.",
    "routing": "Teams, agents' profiles, availability and assignment.",
    "rules": "Rules, macros and canned replies.",
}
_SCHEMES: Final[Json] = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "A person who signed in with `POST /api/v1/agent/login`.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": CSRF_HEADER,
        "description": "Goes with the session wherever something changes; the sign-in gives it.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "bdk_...",
        "description": "A program with an API token. Scopes: "
        + "; ".join(f"`{scope}` {text}" for scope, text in SCOPES.items()),
    },
    "visitor": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token that `POST /api/v1/sessions` gave; it names one conversation.",
    },
}
_READING: Final[list[Json]] = [{"session": []}, {"token": []}]
_WRITING: Final[list[Json]] = [{"session": [], "csrf": []}, {"token": []}]
# Operations that anybody may call, and those that only a person's session fits.
_OPEN: Final = frozenset(
    {"visitor_widget_config", "visitor_open_session", "agent_login", "agent_setup"}
)
_PERSONAL: Final[Mapping[str, list[Json]]] = {
    "agent_me": [{"session": []}],
    "agent_logout": [{"session": [], "csrf": []}],
}
_SAMPLES: Final[Mapping[str, tuple[str, str]]] = {
    "400": ("bad_json", "The body is not valid JSON."),
    "401": ("not_signed_in", "Sign in first."),
    "403": ("role_not_allowed", "role editor may not use tickets:read"),
    "404": ("ticket_not_found", "there is no ticket 'T-9999'"),
    "408": ("body_too_slow", "The body took too long to arrive."),
    "409": ("invalid_transition", "resolve is not possible while the state is closed"),
    "410": ("link_expired", "the link is unknown, was already used or is too old"),
    "412": ("precondition_failed", "it was changed meanwhile and has version 8 now"),
    "413": ("body_too_large", "The body is larger than this service accepts."),
    "422": ("invalid_request", "Some fields are missing or wrong."),
    "428": ("precondition_required", "Send If-Match with the ETag that you read."),
    "429": ("too_many_requests", "Too many requests. Try again in 3 s."),
    "503": ("store_unavailable", "The service cannot store anything at the moment."),
}
_MEANINGS: Final[Mapping[str, str]] = {
    "400": "The body could not be read.",
    "401": "Who calls is not known, or not any more.",
    "403": "The caller is known and may not do this.",
    "404": "It does not exist, or not for this caller.",
    "408": "The body took too long to arrive.",
    "409": "It does not fit the state that there is.",
    "410": "It was there once.",
    "412": "It was changed since the version in If-Match.",
    "413": "The body is too large.",
    "422": "It can be read, but not be done.",
    "428": "If-Match is missing.",
    "429": "Too many calls; Retry-After says when to come back.",
    "503": "The service cannot take it now; Retry-After says when to come back.",
}
# Without a body and without an effect these cannot happen.
_NOT_FOR_READERS: Final = ("400", "408", "409", "412", "413", "428")
# Operation -> status of its answer -> name -> operation and parameters that follow from the answer.
_LINKS: Final[Mapping[str, tuple[str, Mapping[str, tuple[str, Mapping[str, str]]]]]] = {
    "visitor_open_session": (
        "201",
        {
            name: (f"visitor_{name}", {"conversation_id": "$response.body#/conversation_id"})
            for name in ("send_message", "read_events", "choose_language", "leave_contact")
        },
    ),
    "admin_create": (
        "201",
        {
            name: (f"admin_{name}", {"webhook_id": "$response.body#/webhook/id"})
            for name in ("get_webhook", "change", "rotate", "send_test", "deliveries", "remove")
        },
    ),
    "tokens_create_token": (
        "201",
        {
            name: (f"tokens_{name}", {"token_id": "$response.body#/token/id"})
            for name in ("get_token", "revoke_token")
        },
    ),
}


def operation_id(route: APIRoute) -> str:
    """A stable name: subject and function, such as `agent_list_tickets`."""
    tag = route.tags[0] if route.tags else "page"
    return f"{tag}_{route.name}"


def install_document(app: FastAPI) -> None:
    """Makes the app answer with the finished document; it is built at first use."""
    derive = app.openapi
    finished: list[Json] = []

    def document() -> Json:
        if not finished:
            finished.append(finish(derive()))
        return finished[0]

    app.openapi = document  # type: ignore[method-assign]


def finish(document: Json) -> Json:
    """Adds to a derived document what its routes do not say."""
    document["info"]["description"] = _DESCRIPTION
    components = document.setdefault("components", {})
    components["securitySchemes"] = _SCHEMES
    components["responses"] = {f"Problem{status}": _problem_answer(status) for status in _SAMPLES}
    used = set()
    for method, operation in _operations(document):
        used |= set(operation["tags"])
        _describe(operation)
        _secure(method, operation)
        _use_problems(method, operation["responses"])
        _say_not_modified(operation)
        if method == "post" and operation["security"] in (_WRITING, _PERSONAL["agent_logout"]):
            _take_keys(operation)
        _link(operation)
    document["tags"] = [
        {"name": name, "description": text} for name, text in _TAGS.items() if name in used
    ]
    for name, example in EXAMPLES.items():
        if name in components["schemas"]:
            components["schemas"][name]["examples"] = [example]
    for unused in ("HTTPValidationError", "ValidationError"):
        components.get("schemas", {}).pop(unused, None)
    return document


def _operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path in document["paths"].values():
        yield from path.items()


def _describe(operation: Json) -> None:
    """The first sentence of what the route says is its summary."""
    words = operation.get("description", "")
    first = words.partition("\n\n")[0].replace("\n", " ")
    operation["summary"] = first.partition(". ")[0].rstrip(".")


def _secure(method: str, operation: Json) -> None:
    name = operation["operationId"]
    if name in _OPEN:
        operation["security"] = []
    elif name in _PERSONAL:
        operation["security"] = _PERSONAL[name]
    elif operation["tags"] == ["visitor"]:
        operation["security"] = [{"visitor": []}]
    else:
        operation["security"] = _READING if method == "get" else _WRITING


def _use_problems(method: str, responses: Json) -> None:
    for status in _NOT_FOR_READERS if method == "get" else ():
        responses.pop(status, None)
    for status in responses:
        if status >= "400":
            responses[status] = {"$ref": f"#/components/responses/Problem{status}"}


def _say_not_modified(operation: Json) -> None:
    """Whoever may say which version she has may hear that it is still the one."""
    if any(one["name"] == "If-None-Match" for one in operation.get("parameters", ())):
        operation["responses"]["304"] = {
            "description": "The caller has it already; no body.",
            "headers": {"ETag": {"schema": {"type": "string"}}},
        }


def _problem_answer(status: str) -> Json:
    code, message = _SAMPLES[status]
    fields = [{"field": "body.text", "problem": "missing"}] if code == "invalid_request" else None
    facts = {"current_version": 8} if status == "412" else None
    answer: Json = {
        "description": _MEANINGS[status],
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/ErrorAnswer"},
                "example": problem(int(status), code, message, fields=fields, facts=facts),
            }
        },
    }
    if status in {"429", "503"}:
        schema = {"type": "integer", "minimum": 1}
        answer["headers"] = {"Retry-After": {"description": "Seconds.", "schema": schema}}
    return answer


def _take_keys(operation: Json) -> None:
    operation.setdefault("parameters", []).append(
        {
            "name": IDEMPOTENCY_HEADER,
            "in": "header",
            "required": False,
            "description": "Printable ASCII. The same call with the same key within 24 hours takes "
            "effect once and gets the first answer.",
            "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST},
            "example": "4f8c2f0e-import-17",
        }
    )
    for status, response in operation["responses"].items():
        if status < "300":
            response.setdefault("headers", {})[REPLAYED] = {
                "description": "`true` when this is the first answer again.",
                "schema": {"type": "string", "enum": ["true"]},
            }


def _link(operation: Json) -> None:
    status, links = _LINKS.get(operation["operationId"], ("", {}))
    for name, (target, parameters) in links.items():
        operation["responses"][status].setdefault("links", {})[name] = {
            "operationId": target,
            "parameters": dict(parameters),
        }
