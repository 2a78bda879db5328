"""The door for people and programs that work at the desk: who calls, and what she may do.

People come with the console's session cookie (and its CSRF token where they change something),
programs with an API token. Every staff route names the scope that it needs; roles hold scopes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from bot.api.callers import current_agent, writing_agent
from bot.gateway import Gateway
from handoff.errors import RoleNotAllowed
from handoff.model import Role, User

# Scope -> what it allows. A scope `x:write` does not include `x:read`.
SCOPES: Final[Mapping[str, str]] = {
    "tickets:read": "Read tickets, transcripts and queues.",
    "tickets:write": "Change and answer tickets.",
    "customers:read": "Read customer records.",
    "customers:write": "Change and merge customer records.",
    "routing:read": "Read teams, agents' profiles and availability.",
    "routing:write": "Change teams, profiles and assignment.",
    "rules:read": "Read rules, macros and canned replies.",
    "rules:write": "Change rules, macros and canned replies.",
    "tokens:write": "Create and revoke API tokens.",
}
_AGENT: Final = frozenset(
    {
        "tickets:read", "tickets:write", "customers:read", "customers:write",
        "routing:read", "rules:read",
    }
)  # fmt: skip
SCOPES_OF: Final[Mapping[Role, frozenset[str]]] = {
    Role.AGENT: _AGENT,
    Role.SUPERVISOR: _AGENT | {"routing:write", "rules:write"},
    Role.EDITOR: frozenset({"rules:read", "rules:write"}),
    Role.ADMIN: frozenset(SCOPES),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who calls, with what she may do."""

    user: User
    scopes: frozenset[str]


class StaffDoor:
    """Lets callers in; one per router."""

    def __init__(self, gateway: Gateway) -> None:
        self._agents = gateway.core.agents

    async def reading(self, request: Request, scope: str) -> Staff:
        """The caller of a request that changes nothing.

        Raises:
            AccessError: Not signed in.
            RoleNotAllowed: Signed in, without the scope.
        """
        return _with_scope(await current_agent(request, self._agents), scope)

    async def writing(self, request: Request, scope: str) -> Staff:
        """The caller of a request that changes something.

        Raises:
            AccessError: Not signed in.
            CsrfMismatch: The CSRF header is missing or belongs to another session.
            RoleNotAllowed: Signed in, without the scope.
        """
        return _with_scope(await writing_agent(request, self._agents), scope)


def _with_scope(user: User, scope: str) -> Staff:
    scopes = SCOPES_OF[user.role]
    if scope not in scopes:
        raise RoleNotAllowed(role=user.role.value, act=f"use {scope}")
    return Staff(user=user, scopes=scopes)
