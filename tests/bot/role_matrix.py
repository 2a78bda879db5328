"""Who may call what: one line per route, read by `test_role_matrix.py`.

A new route is entered here, or the test fails. A line says which scope a token needs, which roles
may call with a session, and the status that whoever may call gets for the given body and for ids
that do not exist (`IDS`); everybody else gets 401, 403, or 404 where even its existence is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

ALL: Final = frozenset({"agent", "supervisor", "editor", "admin"})
DESK: Final = frozenset({"agent", "supervisor", "admin"})
LEADS: Final = frozenset({"supervisor", "admin"})
EDITORS: Final = frozenset({"supervisor", "editor", "admin"})
ADMIN: Final = frozenset({"admin"})

API: Final = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One route.

    Attributes:
        kind: `staff`, `visitor` (the holder of the conversation's token), `open` (anybody), or
            `personal` (staff with a session, never a token).
        status: What a caller who may gets.
        headers: What the route needs beside who calls, such as If-Match.
    """

    method: str
    path: str
    kind: str
    status: int
    scope: str | None = None
    roles: frozenset[str] = ALL
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What names the route."""
        return self.method, self.path


def staff(
    method: str,
    path: str,
    scope: str | None,
    roles: frozenset[str],
    status: int,
    body: Any = None,
    **headers: str,
) -> Line:
    """A route for staff, by session or token."""
    return Line(
        method=method, path=API + path, kind="staff", scope=scope, roles=roles, status=status,
        body=body, headers=tuple((name.replace("_", "-"), text) for name, text in headers.items()),
    )  # fmt: skip


def visitor(method: str, path: str, status: int, body: Any = None) -> Line:
    """A route for the holder of a conversation's token."""
    whole = f"{API}/conversations/{{conversation_id}}{path}"
    return Line(method=method, path=whole, kind="visitor", status=status, body=body)


def anybody(method: str, path: str, status: int, body: Any = None) -> Line:
    """A route for anybody."""
    return Line(method=method, path=path, kind="open", status=status, body=body)


def personal(method: str, path: str, status: int) -> Line:
    """A route for a person's session."""
    return Line(method=method, path=API + path, kind="personal", status=status)


# Values of path parameters; a conversation's id is the visitor's own.
IDS: Final = {
    "number": "BD-9999",
    "other": "BD-9998",
    "relation": "related",
    "name:path": "nothing.here",
    "language": "en",
    "kind": "external",
    "view_id": "open",
}
NOBODY_HAS_IT: Final = "0" * 26

HOOKS: Final = "/admin/webhooks"
TEXT: Final = {"client_id": "m", "text": "Hello"}

MATRIX: Final = (
    # Visitors
    anybody("GET", f"{API}/widget/config", 200),
    anybody("POST", f"{API}/sessions", 201, {}),
    visitor("POST", "/messages", 201, TEXT),
    visitor("GET", "/events", 200),
    visitor("POST", "/language", 200, {"language": "el"}),
    visitor("POST", "/contact", 200, {"name": "Ada"}),
    visitor("POST", "/typing", 204, {"active": True}),
    visitor("GET", "/stream", 200),
    visitor("WS", "/ws", 101),
    # Signing in
    anybody("POST", f"{API}/agent/login", 422, {}),
    anybody("POST", f"{API}/agent/setup", 410, {"token": "x", "password": "correct horse"}),
    personal("GET", "/agent/me", 200),
    personal("POST", "/agent/logout", 204),
    staff("GET", "/me", None, ALL, 200),
    # Tickets, as the console works with them
    staff("GET", "/agent/tickets", "tickets:read", DESK, 200),
    staff("GET", "/agent/tickets/{number}", "tickets:read", DESK, 404),
    staff("POST", "/agent/tickets/{number}/take", "tickets:write", DESK, 404),
    staff("POST", "/agent/tickets/{number}/reply", "tickets:write", DESK, 404, TEXT),
    staff("POST", "/agent/tickets/{number}/note", "tickets:write", DESK, 404, TEXT),
    staff("POST", "/agent/tickets/{number}/hand_back", "tickets:write", DESK, 404),
    staff("POST", "/agent/tickets/{number}/resolve", "tickets:write", DESK, 404),
    staff("POST", "/agent/tickets/{number}/reopen", "tickets:write", DESK, 404),
    staff("POST", "/agent/tickets/{number}/release", "tickets:write", DESK, 404),
    staff("POST", "/agent/tickets/{number}/priority", "tickets:write", DESK, 404,
          {"level": 1, "reason": "boss"}),
    staff("POST", "/agent/tickets/{number}/typing", "tickets:write", DESK, 404, {"active": True}),
    staff("GET", "/agent/stream", "tickets:read", DESK, 200),
    staff("WS", "/agent/ws", "tickets:read", DESK, 101),
    # Views of the queue
    staff("GET", "/views/{view_id}/stream", "tickets:read", DESK, 200),
    # Queues: a view of one's own takes no more than reading tickets.
    staff("GET", "/sla/policies", "tickets:read", DESK, 200),
    staff("GET", "/sla/report", "tickets:read", DESK, 200),
    staff("GET", "/views", "tickets:read", DESK, 200),
    staff("POST", "/views", "tickets:read", DESK, 422, {"name": "\u200b", "filter": {}}),
    staff("GET", "/views/counts", "tickets:read", DESK, 200),
    staff("POST", "/views/preview", "tickets:read", DESK, 200, {"filter": {}}),
    staff("POST", "/views/compare", "tickets:read", DESK, 200, {"filter": {}}),
    staff("GET", "/views/{view_id}", "tickets:read", DESK, 200),
    staff("PATCH", "/views/{view_id}", "tickets:read", DESK, 404, {"shared": True}, If_Match="*"),
    staff("DELETE", "/views/{view_id}", "tickets:read", DESK, 404),
    staff("GET", "/views/{view_id}/tickets", "tickets:read", DESK, 200),
    staff("GET", "/tickets/{number}/routing", "tickets:read", DESK, 404),
    staff("POST", "/tickets/{number}/escalate", "tickets:write", DESK, 404, {"reason": "hard"}),
    staff("POST", "/tickets/{number}/assign", "tickets:write", DESK, 404,
          {"agent_id": "01m8017st7b5xj44mwr62nnjpp"}),
    # Teams, profiles and availability
    staff("GET", "/routing", "routing:read", DESK, 200),
    staff("GET", "/teams", "routing:read", DESK, 200),
    staff("POST", "/teams", "routing:write", LEADS, 422, {"name": "\u200b"}),
    staff("GET", "/teams/{team_id}", "routing:read", DESK, 404),
    staff("PATCH", "/teams/{team_id}", "routing:write", LEADS, 404, {"mode": "push"},
          If_Match="*"),
    staff("DELETE", "/teams/{team_id}", "routing:write", LEADS, 404),
    staff("GET", "/agents", "routing:read", DESK, 200),
    staff("POST", "/agents/me/heartbeat", "routing:read", DESK, 200),
    staff("DELETE", "/agents/me/heartbeat", "routing:read", DESK, 204),
    staff("GET", "/agents/{agent_id}", "routing:read", DESK, 404),
    staff("PATCH", "/agents/{agent_id}", "routing:write", LEADS, 404, {"skills": ["billing"]},
          If_Match="*"),
    staff("PUT", "/agents/me/availability", "routing:read", DESK, 200, {"state": "busy"}),
    staff("PUT", "/agents/{agent_id}/availability", "routing:write", LEADS, 404,
          {"state": "busy"}),
    # Tickets
    staff("GET", "/tickets", "tickets:read", DESK, 200),
    staff("GET", "/tickets/{number}", "tickets:read", DESK, 404),
    staff("PATCH", "/tickets/{number}", "tickets:write", DESK, 404, {"subject": "New"},
          If_Match="*"),
    staff("GET", "/tickets/{number}/history", "tickets:read", DESK, 404),
    staff("POST", "/tickets/{number}/merge", "tickets:write", DESK, 404, {"into": "BD-9998"}),
    staff("POST", "/tickets/{number}/merge/undo", "tickets:write", DESK, 404),
    staff("POST", "/tickets/{number}/split", "tickets:write", DESK, 404,
          {"from_seq": 1, "upto_seq": 2}),
    staff("POST", "/tickets/{number}/split/undo", "tickets:write", DESK, 404),
    staff("POST", "/tickets/{number}/links", "tickets:write", DESK, 404,
          {"other": "BD-9998", "kind": "related"}),
    staff("DELETE", "/tickets/{number}/links/{relation}/{other}", "tickets:write", DESK, 404),
    staff("POST", "/tickets/{number}/watchers", "tickets:write", DESK, 404, {}),
    staff("DELETE", "/tickets/{number}/watchers/{user_id}", "tickets:write", DESK, 404),
    staff("GET", "/search", "tickets:read", DESK, 200),
    staff("GET", "/ticket-fields", "tickets:read", DESK, 200),
    # Background jobs
    staff("GET", "/admin/jobs", "jobs:read", ADMIN, 200),
    staff("GET", "/admin/jobs/{job_id}", "jobs:read", ADMIN, 404),
    staff("POST", "/admin/jobs/{job_id}/retry", "jobs:write", ADMIN, 404),
    staff("POST", "/admin/jobs/{job_id}/discard", "jobs:write", ADMIN, 404),
    staff("POST", "/admin/jobs/retry_dead", "jobs:write", ADMIN, 200),
    # Webhooks
    staff("GET", HOOKS, "webhooks:read", ADMIN, 200),
    staff("POST", HOOKS, "webhooks:write", ADMIN, 422,
          {"url": "http://127.0.0.1", "events": ["ticket.created"]}),
    staff("GET", f"{HOOKS}/{{webhook_id}}", "webhooks:read", ADMIN, 404),
    staff("PATCH", f"{HOOKS}/{{webhook_id}}", "webhooks:write", ADMIN, 404, {"active": False}),
    staff("DELETE", f"{HOOKS}/{{webhook_id}}", "webhooks:write", ADMIN, 404),
    staff("POST", f"{HOOKS}/{{webhook_id}}/rotate", "webhooks:write", ADMIN, 404),
    staff("POST", f"{HOOKS}/{{webhook_id}}/test", "webhooks:write", ADMIN, 404),
    staff("GET", f"{HOOKS}/{{webhook_id}}/deliveries", "webhooks:read", ADMIN, 404),
    staff("POST", f"{HOOKS}/{{webhook_id}}/deliveries/{{delivery_id}}/replay", "webhooks:write",
          ADMIN, 404),
    staff("POST", f"{HOOKS}/{{webhook_id}}/replay_dead", "webhooks:write", ADMIN, 404),
    # API tokens
    staff("GET", "/tokens", "tokens:read", ALL, 200),
    staff("POST", "/tokens", "tokens:write", ALL, 422, {"name": "n", "scopes": ["none:such"]}),
    staff("GET", "/tokens/{token_id}", "tokens:read", ALL, 404),
    staff("DELETE", "/tokens/{token_id}", "tokens:write", ALL, 404),
    # Customers
    staff("GET", "/customers", "customers:read", DESK, 200),
    staff("GET", "/customers/{customer_id}", "customers:read", DESK, 404),
    staff("PATCH", "/customers/{customer_id}", "customers:write", DESK, 404, {"name": "A"},
          if_match="*"),
    staff("POST", "/customers/{customer_id}/identities", "customers:write", DESK, 404,
          {"kind": "email", "value": "a@shop.example"}),
    staff("DELETE", "/customers/{customer_id}/identities/{kind}", "customers:write", DESK, 422),
    staff("GET", "/customers/{customer_id}/timeline", "customers:read", DESK, 404),
    staff("GET", "/customers/{customer_id}/merges", "customers:read", DESK, 404),
    staff("POST", "/customers/{customer_id}/merge", "customers:write", DESK, 404,
          {"customer_id": "1" * 26}),
    staff("POST", "/customers/merges/{merge_id}/undo", "customers:write", DESK, 404),
    # Rules, macros, canned replies
    staff("GET", "/rules", "rules:read", ALL, 200),
    staff("POST", "/rules", "rules:write", EDITORS, 422,
          {"name": "r", "events": ["ticket_opened"], "then": [{"explode": 1}]}),
    staff("POST", "/rules/order", "rules:write", EDITORS, 422, {"ids": ["x"]}),
    staff("GET", "/rules/{rule_id}", "rules:read", ALL, 404),
    staff("PATCH", "/rules/{rule_id}", "rules:write", EDITORS, 404, {"active": False},
          if_match="*"),
    staff("DELETE", "/rules/{rule_id}", "rules:write", EDITORS, 404, if_match="*"),
    staff("POST", "/rules/dry_run", "tickets:read", DESK, 404, {"ticket": "BD-9999"}),
    staff("GET", "/rules/firings", "tickets:read", DESK, 200),
    staff("GET", "/macros", "rules:read", ALL, 200),
    staff("POST", "/macros", "rules:write", EDITORS, 422, {"name": "m", "then": [{"explode": 1}]}),
    staff("GET", "/macros/{macro_id}", "rules:read", ALL, 404),
    staff("PATCH", "/macros/{macro_id}", "rules:write", EDITORS, 404, {"name": "m"}, if_match="*"),
    staff("DELETE", "/macros/{macro_id}", "rules:write", EDITORS, 404, if_match="*"),
    staff("POST", "/macros/{macro_id}/preview", "tickets:write", DESK, 404, {"ticket": "BD-9999"}),
    staff("POST", "/macros/{macro_id}/apply", "tickets:write", DESK, 404, {"ticket": "BD-9999"}),
    staff("GET", "/replies", "rules:read", ALL, 200),
    staff("POST", "/replies", "rules:write", EDITORS, 422,
          {"shortcut": "Not Short", "texts": {"en": "x"}}),
    staff("GET", "/replies/{reply_id}", "rules:read", ALL, 404),
    staff("PATCH", "/replies/{reply_id}", "rules:write", EDITORS, 404, {"title": "t"},
          if_match="*"),
    staff("DELETE", "/replies/{reply_id}", "rules:write", EDITORS, 404, if_match="*"),
    staff("POST", "/replies/{reply_id}/fill", "tickets:write", DESK, 404, {"ticket": "BD-9999"}),
    # Pages
    anybody("GET", f"{API}/openapi.json", 200),
    anybody("GET", "/", 302),
    anybody("GET", "/shop/{name:path}", 404),
    anybody("GET", "/console", 308),
    anybody("GET", "/console/{name:path}", 404),
    anybody("GET", "/widget/{name:path}", 404),
    anybody("GET", "/help/{language}/", 200),
    anybody("GET", "/help/{language}/{article_id}", 404),
    anybody("GET", "/help.css", 200),
    anybody("GET", "/problems/{code}", 404),
    anybody("GET", "/favicon.ico", 204),
    anybody("GET", "/healthz", 200),
    anybody("GET", "/readyz", 200),
    # For collectors on this machine, where the tests are.
    anybody("GET", "/metrics", 200),
)  # fmt: skip
