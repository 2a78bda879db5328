"""The door for people and programs that work at the desk: who calls, and what she may do.

People come with the console's session cookie (and its CSRF token where they change something),
programs with an API token in `Authorization: Bearer bdk_...`, never in an address. Every staff
route names the scope that it needs. Roles hold scopes; a token holds some of its owner's, counted
anew at each call, so that whoever is locked out or given another role is so everywhere at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import HTTPConnection

from bot.api.callers import current_agent, writing_agent
from bot.errors import AccessError
from bot.gateway import Gateway
from handoff.errors import RoleNotAllowed, ScopeMissing
from handoff.model import Role, User
from handoff.store.history import acting_token
from handoff.tokens.model import MARK, ApiToken

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
    "users:read": "Read who works here.",
    "users:write": "Add people, change their roles, lock them out.",
    "jobs:read": "Read background jobs, which may hold visitors' words.",
    "jobs:write": "Retry and discard background jobs.",
    "webhooks:read": "Read webhooks and their deliveries.",
    "webhooks:write": "Change webhooks, read new secrets, send again.",
    "tokens:read": "Read one's own API tokens, without their secrets.",
    "tokens:write": "Create and revoke one's own API tokens.",
    "tokens:admin": "Read, create and revoke everybody's API tokens.",
}
_OWN: Final = frozenset({"tokens:read", "tokens:write"})
_AGENT: Final = _OWN | {
    "tickets:read", "tickets:write", "customers:read", "customers:write",
    "routing:read", "rules:read",
}  # fmt: skip
SCOPES_OF: Final[Mapping[Role, frozenset[str]]] = {
    Role.AGENT: _AGENT,
    Role.SUPERVISOR: _AGENT | {"routing:write", "rules:write"},
    Role.EDITOR: _OWN | {"rules:read", "rules:write"},
    Role.ADMIN: frozenset(SCOPES),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who calls, with what she may do; `token` when she comes with one and not as a person."""

    user: User
    scopes: frozenset[str]
    token: ApiToken | None = None

    @property
    def caller(self) -> str:
        """Whom keys and limits are counted for."""
        return f"user:{self.user.id}" if self.token is None else f"token:{self.token.id}"

    def may(self, scope: str) -> bool:
        """Whether she holds a scope beyond the one that let her in."""
        return scope in self.scopes


class StaffDoor:
    """Lets callers in; one per router."""

    def __init__(self, gateway: Gateway) -> None:
        self._agents = gateway.core.agents
        self._tokens = gateway.tokens
        self._rates = gateway.rates

    async def reading(self, request: HTTPConnection, scope: str | None) -> Staff:
        """The caller of a request that changes nothing; scope None lets all staff in.

        Raises:
            AccessError: Not signed in, or the token is not valid.
            RoleNotAllowed, ScopeMissing: The role, or the token alone, lacks the scope.
            LimitError: The token was used too often.
        """
        staff = await self._by_token(request)
        if staff is None:
            staff = _person(await current_agent(request, self._agents))
        return _with_scope(staff, scope)

    async def writing(self, request: HTTPConnection, scope: str | None) -> Staff:
        """The caller of a request that changes something; a token needs no CSRF header.

        Raises:
            AccessError, RoleNotAllowed, ScopeMissing, LimitError: As for reading.
            CsrfMismatch: The CSRF header is missing or belongs to another session.
        """
        staff = await self._by_token(request)
        if staff is None:
            staff = _person(await writing_agent(request, self._agents))
        return _with_scope(staff, scope)

    async def still_open(self, request: HTTPConnection, scope: str) -> bool:
        """Whether a caller who was let in once would be again: streams outlive what let them in."""
        try:
            staff = await self.identify(request)
            _with_scope(staff, scope)
        except (AccessError, RoleNotAllowed, ScopeMissing):
            return False
        return True

    async def identify(self, request: HTTPConnection) -> Staff:
        """Who calls, counted and noted nowhere.

        Raises:
            AccessError: Not signed in, or the token is not valid.
        """
        secret = bearer_of(request)
        if secret is None:
            return _person(await current_agent(request, self._agents))
        token = await self._tokens.recognise(secret)
        if token is None:
            raise AccessError("token_invalid")
        return _program(token)

    async def _by_token(self, request: HTTPConnection) -> Staff | None:
        if bearer_of(request) is None:
            return None
        staff = await self.identify(request)
        await self._rates.check_token(caller=staff.caller)
        acting_token.set(staff.token.id if staff.token else None)
        return staff


def bearer_of(request: HTTPConnection) -> str | None:
    """The API token that the caller presents; a visitor's token is none."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    text = text.strip()
    return text if scheme.lower() == "bearer" and text.startswith(MARK) else None


def _person(user: User) -> Staff:
    return Staff(user=user, scopes=SCOPES_OF[user.role])


def _program(token: ApiToken) -> Staff:
    scopes = SCOPES_OF[token.owner.role] & frozenset(token.scopes)
    return Staff(user=token.owner, scopes=scopes, token=token)


def _with_scope(staff: Staff, scope: str | None) -> Staff:
    if scope is None or scope in staff.scopes:
        return staff
    if scope in SCOPES_OF[staff.user.role]:
        raise ScopeMissing(scope)
    raise RoleNotAllowed(role=staff.user.role.value, act=f"use {scope}")
