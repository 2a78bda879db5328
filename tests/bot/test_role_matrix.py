"""Every route as everybody: nobody, visitors, each role, tokens that fit, do not, or are over."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import websockets
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute
from websockets.client import connect

from bot.api.staff import SCOPES, SCOPES_OF
from bot.app import build_api
from handoff.model import Role
from handoff.tokens.store import ApiTokens
from tests.bot.conftest import maker
from tests.bot.house import House, Visitor
from tests.bot.role_matrix import IDS, MATRIX, NOBODY_HAS_IT, Line

pytestmark = pytest.mark.asyncio(loop_scope="module")

WIDE = "99999/10s"
OVER = ("token revoked", "token expired", "token of somebody locked out")


@dataclass
class Callers:
    """Headers by who calls; tokens with and without a scope are made when they are needed."""

    house: House
    visitor: Visitor
    headers: dict[str, dict[str, str]]
    admin_id: str
    _by_scopes: dict[frozenset[str], dict[str, str]] = field(default_factory=dict)

    async def token(self, scopes: frozenset[str]) -> dict[str, str]:
        if scopes not in self._by_scopes:
            self._by_scopes[scopes] = await new_token(self.house, self.admin_id, scopes)
        return self._by_scopes[scopes]


async def new_token(
    house: House, owner_id: str, scopes: frozenset[str], *, lives: timedelta | None = None
) -> dict[str, str]:
    made = await tokens_of(house).create(
        owner_id=owner_id,
        name="t",
        scopes=scopes,
        owner_may=SCOPES,
        maker_may=SCOPES,
        expires_at=None if lives is None else house.assembly.gateway.clock.now() + lives,
    )
    return {"Authorization": f"Bearer {made.secret}"}


def tokens_of(house: House) -> ApiTokens:
    return house.assembly.gateway.tokens


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def callers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Callers]:
    limits = dict.fromkeys(
        ("RATE_VISITOR", "RATE_ADDRESS", "RATE_SESSIONS", "RATE_LOGIN", "RATE_READS", "RATE_TOKEN"),
        WIDE,
    )
    home: Path = tmp_path_factory.mktemp("matrix") / "home"
    async with maker(home)(STREAMS_VISITOR="1000", STREAMS_ADDRESS="1000", **limits) as house:
        visitor, other = await house.open(), await house.open()
        headers = {"nobody": {}, "visitor": visitor.headers, "other visitor": other.headers}
        agents = house.assembly.gateway.core.agents
        for role in Role:
            person = await house.agent(role=role, email=f"{role.value}@shop.example")
            csrf = person.http.headers["X-CSRF-Token"]
            headers[role.value] = {"Cookie": person.cookie, "X-CSRF-Token": csrf}
            headers[f"{role.value} without CSRF header"] = {"Cookie": person.cookie}
            await person.http.aclose()
            if role is Role.ADMIN:
                admin_id = str(person.user["id"])
        everything = frozenset(SCOPES)
        headers["token revoked"] = await new_token(house, admin_id, everything)
        (newest, *_) = await tokens_of(house).list(owner_id=admin_id)
        await tokens_of(house).revoke(newest.id, owner_id=None)
        short = timedelta(microseconds=50_000)
        headers["token expired"] = await new_token(house, admin_id, everything, lives=short)
        locked = await agents.create_user(email="x@shop.example", name="X", role=Role.ADMIN)
        headers["token of somebody locked out"] = await new_token(house, locked.id, everything)
        await agents.set_active(locked.id, False)
        while await tokens_of(house).recognise(headers["token expired"]["Authorization"][7:]):
            pass
        yield Callers(house=house, visitor=visitor, headers=headers, admin_id=admin_id)


def routes_of(house: House) -> Iterator[tuple[str, str]]:
    routes: list[BaseRoute] = build_api(house.assembly.gateway).routes
    for route in iter_route_contexts(routes):
        # FastAPI serves GET without HEAD; pages have both and mean the same.
        for method in (route.methods or {"WS"}) - {"HEAD"}:
            yield method, str(route.path)


async def test_every_route_is_in_the_matrix(callers: Callers) -> None:
    known, there = {line.key for line in MATRIX}, set(routes_of(callers.house))

    missing = "\n".join(f"  {method} {path}" for method, path in sorted(there - known))
    assert not missing, (
        "These routes are not in tests/bot/role_matrix.py. Add a line for each, such as\n"
        '  staff("GET", "/things/{thing_id}", "things:read", DESK, 404),\n'
        "with the scope that the route asks of StaffDoor, the roles that hold it, and the status "
        f"for ids that do not exist:\n{missing}"
    )
    assert known - there == set(), "these routes are gone; take them out of the matrix"


def test_no_route_is_entered_twice() -> None:
    assert len({line.key for line in MATRIX}) == len(MATRIX)


def test_the_matrix_names_scopes_that_exist_and_roles_that_hold_them() -> None:
    for line in MATRIX:
        if line.scope is not None:
            holders = {role.value for role in Role if line.scope in SCOPES_OF[role]}
            assert (line.key, holders) == (line.key, line.roles)


def expected(line: Line, who: str) -> int:
    """What a caller without a token, or with one that is over, gets."""
    if line.kind == "open":
        return line.status
    if line.kind == "visitor":
        return {"visitor": line.status, "other visitor": 404}.get(who, 401)
    if who in {"nobody", "visitor", "other visitor", *OVER}:
        return 401
    role = who.partition(" ")[0]
    if "without CSRF" in who and line.method not in {"GET", "WS"}:
        return 403
    return line.status if role in line.roles else 403


def address(line: Line, callers: Callers) -> str:
    values = {**IDS, "conversation_id": callers.visitor.id}
    return re.sub(r"{([^}]+)}", lambda found: values.get(found[1], NOBODY_HAS_IT), line.path)


async def call(line: Line, callers: Callers, headers: dict[str, str]) -> int:
    path = address(line, callers)
    sent = {**dict(line.headers), **headers}
    if line.method == "WS":
        return await shake_hands(callers.house.url.replace("http", "ws") + path, line, sent)
    async with (
        httpx.AsyncClient(base_url=callers.house.url, trust_env=False, timeout=30) as http,
        http.stream(line.method, path, json=line.body, headers=sent) as answer,
    ):
        if answer.status_code >= 400 and path.startswith("/api/"):
            body = await answer.aread()
            assert answer.headers["content-type"] == "application/problem+json", body
        return answer.status_code


async def shake_hands(url: str, line: Line, headers: dict[str, str]) -> int:
    protocols = None
    if line.kind == "visitor" and "Authorization" in headers:
        # Browsers can send a visitor's token as a subprotocol only.
        protocols = ["babeldesk.v1", f"bearer.{headers['Authorization'][7:]}"]
    try:
        async with connect(url, subprotocols=protocols, extra_headers=headers):  # type: ignore[arg-type]
            return 101
    except websockets.exceptions.InvalidStatusCode as refused:
        return int(refused.status_code)


@pytest.mark.parametrize("line", MATRIX, ids=lambda line: f"{line.method} {line.path}")
async def test_only_those_who_may_get_in(callers: Callers, line: Line) -> None:
    got, wanted = {}, {}
    for who, headers in callers.headers.items():
        if line.kind == "personal" and who in {role.value for role in Role}:
            person = await callers.house.assembly.gateway.core.agents.login(
                f"{who}@shop.example", "correct horse battery staple", address="test"
            )
            headers = {"Cookie": f"bd_session={person.token}", "X-CSRF-Token": person.csrf}
        got[who] = await call(line, callers, headers)
        wanted[who] = expected(line, who)

    assert got == wanted


@pytest.mark.parametrize(
    "line",
    [line for line in MATRIX if line.kind in {"staff", "personal"}],
    ids=lambda line: f"{line.method} {line.path}",
)
async def test_a_token_needs_its_scope_and_no_more(callers: Callers, line: Line) -> None:
    everything = frozenset(SCOPES)
    if line.kind == "personal":
        assert await call(line, callers, await callers.token(everything)) == 401
        return
    enough = frozenset({line.scope}) if line.scope else frozenset({"rules:read"})

    assert await call(line, callers, await callers.token(enough)) == line.status
    if line.scope is not None:
        too_little = await callers.token(everything - enough)
        assert await call(line, callers, too_little) == 403
