"""API tokens and idempotency keys over HTTP, as a program uses them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from handoff.model import Role
from handoff.store.tables import audit_log, users
from handoff.tokens.tables import idempotency_keys
from tests.bot.house import Agent, House, MakeHouse, is_handoff

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKENS, ME = "/api/v1/tokens", "/api/v1/me"
WEBHOOK = {"url": "https://93.184.216.34/hook", "events": ["ticket.created"]}


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["code"])


async def make_token(agent: Agent, *scopes: str, **more: Any) -> dict[str, Any]:
    body = {"name": "export", "scopes": list(scopes) or ["tickets:read"], **more}
    answer = await agent.http.post(TOKENS, json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def program(house: House, made: dict[str, Any]) -> httpx.AsyncClient:
    """A client without cookies that comes with a token."""
    headers = {"Authorization": f"Bearer {made['secret']}"}
    return httpx.AsyncClient(base_url=house.url, trust_env=False, headers=headers)


async def a_ticket(house: House) -> str:
    visitor = await house.open()
    await visitor.send("handoff")
    event = await visitor.until(is_handoff)
    return str(event["payload"]["ticket_number"])


async def test_a_program_reads_and_writes_with_its_token_and_no_csrf(house: House) -> None:
    agent = await house.agent()
    made = await make_token(agent, "tickets:read", "tickets:write")
    number = await a_ticket(house)
    async with program(house, made) as http:
        listed = await http.get("/api/v1/agent/tickets")
        taken = await http.post(f"/api/v1/agent/tickets/{number}/take")

    assert [ticket["number"] for ticket in listed.json()["tickets"]] == [number]
    assert taken.json()["ticket"]["assignee"]["id"] == agent.user["id"]
    async with house.assembly.gateway.database.read() as connection:
        query = select(audit_log.c.detail).where(audit_log.c.subject == f"ticket:{number}")
        details = (await connection.execute(query)).scalars().all()
    assert any(detail.get("token") == made["token"]["id"] for detail in details)


async def test_who_am_i(house: House) -> None:
    agent = await house.agent()
    made = await make_token(agent, "tickets:read")
    async with program(house, made) as http:
        by_token = (await http.get(ME)).json()
    by_session = (await agent.http.get(ME)).json()

    assert by_token["user"] == by_session["user"] == agent.user
    assert by_token["scopes"] == ["tickets:read"]
    assert by_token["token"]["prefix"] == made["secret"][:8]
    assert by_session["token"] is None and "tokens:write" in by_session["scopes"]


async def test_the_secret_is_shown_once(house: House) -> None:
    agent = await house.agent()
    made = await make_token(agent)

    listed = await agent.http.get(TOKENS)
    one = await agent.http.get(f"{TOKENS}/{made['token']['id']}")

    assert one.json() == listed.json()["items"][0]
    assert made["secret"] not in listed.text + one.text


async def test_a_token_is_only_taken_from_the_header(house: House) -> None:
    made = await make_token(await house.agent())

    for params, cookies in (
        ({"token": made["secret"], "access_token": made["secret"]}, {}),
        ({}, {"bd_session": made["secret"], "token": made["secret"]}),
    ):
        cookie = "; ".join(f"{name}={text}" for name, text in cookies.items())
        answer = await house.http.get(ME, params=params, headers={"Cookie": cookie})
        assert (answer.status_code, code_of(answer)) == (401, "not_signed_in")


async def test_scopes_are_needed_and_the_role_still_counts(house: House) -> None:
    agent = await house.agent()
    made = await make_token(agent, "tickets:read", "tickets:write")
    number = await a_ticket(house)
    narrow = await make_token(agent, "customers:read")
    async with program(house, narrow) as http:
        answer = await http.get("/api/v1/agent/tickets")
        assert (answer.status_code, code_of(answer)) == (403, "scope_missing")
    async with house.assembly.gateway.database.write() as transaction:
        await transaction.connection.execute(update(users).values(role="editor"))
    async with program(house, made) as http:
        reading = await http.get("/api/v1/agent/tickets")
        writing = await http.post(f"/api/v1/agent/tickets/{number}/take")
        assert (await http.get(ME)).json()["scopes"] == []

    assert (reading.status_code, code_of(reading)) == (403, "role_not_allowed")
    assert (writing.status_code, code_of(writing)) == (403, "role_not_allowed")


async def test_a_locked_persons_tokens_are_dead_at_once(house: House) -> None:
    agent = await house.agent()
    made = await make_token(agent)
    async with program(house, made) as http:
        assert (await http.get(ME)).status_code == 200
        await house.assembly.gateway.core.agents.set_active(agent.user["id"], False)
        answer = await http.get(ME)

    assert (answer.status_code, code_of(answer)) == (401, "token_invalid")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_revoked_token_is_dead_at_once(house: House) -> None:
    agent = await house.agent()
    made = await make_token(agent)
    for _ in range(2):
        assert (await agent.http.delete(f"{TOKENS}/{made['token']['id']}")).status_code == 204

    async with program(house, made) as http:
        assert code_of(await http.get(ME)) == "token_invalid"
    assert (await agent.http.get(TOKENS)).json()["items"][0]["state"] == "revoked"


async def test_an_expired_token_is_dead(house: House) -> None:
    agent = await house.agent()
    ends = datetime.now(UTC) + timedelta(seconds=0.3)
    made = await make_token(agent, expires_at=ends.isoformat())
    async with program(house, made) as http, asyncio.timeout(10):
        answer = await http.get(ME)
        while answer.status_code == 200:
            answer = await http.get(ME)

    assert code_of(answer) == "token_invalid"
    late = await agent.http.post(
        TOKENS, json={"name": "n", "scopes": ["tickets:read"], "expires_at": ends.isoformat()}
    )
    assert (late.status_code, code_of(late)) == (422, "token_field_invalid")


@pytest.mark.parametrize("moment", [4102444800, "4102444800", "soon", "2099-01-01T00:00:00"])
async def test_a_moment_is_written_out_with_its_zone(house: House, moment: object) -> None:
    agent = await house.agent()

    answer = await agent.http.post(
        TOKENS, json={"name": "n", "scopes": ["tickets:read"], "expires_at": moment}
    )

    assert (answer.status_code, code_of(answer)) == (422, "invalid_request")


async def test_a_token_makes_no_token_that_may_more_or_lives_longer(house: House) -> None:
    agent = await house.agent()
    ends = datetime.now(UTC) + timedelta(hours=1)
    made = await make_token(agent, "tokens:write", "tickets:read", expires_at=ends.isoformat())
    async with program(house, made) as http:
        more = await http.post(TOKENS, json={"name": "n", "scopes": ["tickets:write"]})
        less = await http.post(TOKENS, json={"name": "n", "scopes": ["tickets:read"]})

    assert (more.status_code, code_of(more)) == (422, "token_field_invalid")
    expires_at = less.json()["token"]["expires_at"]
    assert abs(datetime.fromisoformat(expires_at) - ends) < timedelta(milliseconds=2)


async def test_others_tokens_are_for_administrators(house: House) -> None:
    agent = await house.agent()
    admin = await house.agent(role=Role.ADMIN, email="root@shop.example")
    made = await make_token(agent)
    theirs = await make_token(admin, "tickets:read", owner_id=agent.user["id"])
    path = f"{TOKENS}/{made['token']['id']}"

    assert theirs["token"]["owner"]["id"] == agent.user["id"]
    refused = await agent.http.post(
        TOKENS, json={"name": "n", "scopes": ["tickets:read"], "owner_id": admin.user["id"]}
    )
    assert refused.status_code == 403
    assert (await agent.http.get(TOKENS, params={"everybody": True})).status_code == 403
    everybody = await admin.http.get(TOKENS, params={"everybody": True})
    assert len(everybody.json()["items"]) == 2
    assert (await admin.http.get(TOKENS)).json()["items"] == []
    other = await house.agent(email="eve@shop.example")
    assert (await other.http.get(path)).status_code == 404
    assert (await other.http.delete(path)).status_code == 404
    assert (await admin.http.delete(path)).status_code == 204


async def test_tokens_are_listed_in_pages(house: House) -> None:
    agent = await house.agent()
    names = [(await make_token(agent, name=f"n{n}"))["token"]["name"] for n in range(5)]
    seen, address = [], f"{TOKENS}?limit=2"
    while address:
        answer = await agent.http.get(address)
        seen += [token["name"] for token in answer.json()["items"]]
        address = answer.links.get("next", {}).get("url", "")

    assert seen == names[::-1]
    tampered = await agent.http.get(TOKENS, params={"cursor": "WzFd.abc"})
    assert (tampered.status_code, code_of(tampered)) == (422, "cursor_invalid")


async def test_each_token_has_a_limit_of_its_own(make_house: MakeHouse) -> None:
    async with make_house(RATE_TOKEN="3/60s") as house:
        agent = await house.agent()
        first, second = await make_token(agent), await make_token(agent)
        async with program(house, first) as http:
            answers = [await http.get(ME) for _ in range(4)]
        async with program(house, second) as http:
            other = await http.get(ME)

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert other.status_code == 200


async def test_a_repeated_call_gets_the_first_answer(house: House) -> None:
    admin = await house.agent(role=Role.ADMIN)
    number = await a_ticket(house)
    path = f"/api/v1/agent/tickets/{number}"
    body, headers = {"level": 1, "reason": "boss"}, {"Idempotency-Key": "p-1"}

    first = await admin.http.post(f"{path}/priority", json=body, headers=headers)
    await admin.http.post(f"{path}/priority", json={"level": 4, "reason": "calm"})
    again = await admin.http.post(f"{path}/priority", json=body, headers=headers)

    assert first.status_code == again.status_code == 200
    assert again.json() == first.json()
    assert (first.headers.get("idempotent-replayed"), again.headers["idempotent-replayed"]) == (
        None,
        "true",
    )
    now = await admin.http.get(path)
    assert now.json()["ticket"]["priority"] == 4


async def test_calls_at_the_same_time_take_effect_once(house: House) -> None:
    admin = await house.agent(role=Role.ADMIN)
    number = await a_ticket(house)
    path, body = f"/api/v1/agent/tickets/{number}", {"level": 1, "reason": "boss"}

    answers = await asyncio.gather(
        *(
            admin.http.post(f"{path}/priority", json=body, headers={"Idempotency-Key": "k"})
            for _ in range(10)
        )
    )

    codes = {answer.status_code for answer in answers}
    assert 200 in codes and codes <= {200, 409}
    for answer in answers:
        if answer.status_code == 409:
            assert code_of(answer) == "idempotency_in_progress"
            assert int(answer.headers["retry-after"]) >= 1
    events = (await admin.http.get(path)).json()["events"]
    assert len([event for event in events if event["kind"] == "priority"]) == 1


async def test_a_key_belongs_to_one_call_and_one_caller(house: House) -> None:
    admin = await house.agent(role=Role.ADMIN)
    number = await a_ticket(house)
    path, headers = f"/api/v1/agent/tickets/{number}/priority", {"Idempotency-Key": "k"}
    made = await make_token(admin, "tickets:write")
    one = await admin.http.post(path, json={"level": 1, "reason": "a"}, headers=headers)
    other = await admin.http.post(path, json={"level": 2, "reason": "a"}, headers=headers)
    elsewhere = await admin.http.post(f"/api/v1/agent/tickets/{number}/resolve", headers=headers)
    async with program(house, made) as http:
        program_s = await http.post(path, json={"level": 2, "reason": "a"}, headers=headers)

    assert (one.status_code, program_s.status_code) == (200, 200)
    for answer in (other, elsewhere):
        assert (answer.status_code, code_of(answer)) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9"])
async def test_a_key_that_cannot_be_used(house: House, key: str) -> None:
    admin = await house.agent(role=Role.ADMIN)

    answer = await admin.http.post(
        TOKENS, json={}, headers=[("Idempotency-Key", key.encode("latin-1"))]
    )

    assert (answer.status_code, code_of(answer)) == (422, "idempotency_key_invalid")


async def test_a_refused_call_may_be_mended_and_sent_again(house: House) -> None:
    admin = await house.agent(role=Role.ADMIN)
    headers = {"Idempotency-Key": "k"}

    wrong = await admin.http.post(
        "/api/v1/admin/webhooks", json={**WEBHOOK, "url": "ftp://x"}, headers=headers
    )
    right = await admin.http.post("/api/v1/admin/webhooks", json=WEBHOOK, headers=headers)

    assert (wrong.status_code, right.status_code) == (422, 201)


async def test_a_secret_is_kept_nowhere_not_even_for_a_repeat(house: House) -> None:
    admin = await house.agent(role=Role.ADMIN)
    headers = {"Idempotency-Key": "k"}
    body = {"name": "n", "scopes": ["tickets:read"]}

    first = await admin.http.post(TOKENS, json=body, headers=headers)
    again = await admin.http.post(TOKENS, json=body, headers=headers)

    assert first.status_code == 201
    assert (again.status_code, code_of(again)) == (409, "idempotency_answer_gone")
    assert len((await admin.http.get(TOKENS)).json()["items"]) == 1
    async with house.assembly.gateway.database.read() as connection:
        row = (await connection.execute(select(idempotency_keys))).one()
    assert first.json()["secret"] not in str(dict(row._mapping))


async def test_whoever_is_not_let_in_uses_up_no_key(house: House) -> None:
    headers = {"Idempotency-Key": "k"}
    body = {"name": "n", "scopes": ["tickets:read"]}

    answer = await house.http.post(TOKENS, json=body, headers=headers)
    with_wrong_token = await house.http.post(
        TOKENS, json=body, headers={**headers, "Authorization": "Bearer bdk_wrong"}
    )

    assert (answer.status_code, code_of(answer)) == (401, "not_signed_in")
    assert (with_wrong_token.status_code, code_of(with_wrong_token)) == (401, "token_invalid")
    async with house.assembly.gateway.database.read() as connection:
        assert (await connection.execute(select(idempotency_keys))).all() == []


async def test_the_live_view_of_a_program_ends_with_its_token(make_house: MakeHouse) -> None:
    import bot.api.agent_streams as streams

    async with make_house(look_s=0.02, heartbeat_s=0.02) as house:
        agent = await house.agent()
        made = await make_token(agent, "tickets:read")
        narrow = await make_token(agent, "customers:read")
        async with program(house, narrow) as http:
            assert (await http.get("/api/v1/agent/stream")).status_code == 403
        before, streams.SESSION_CHECK_S = streams.SESSION_CHECK_S, 0.05
        try:
            async with (
                program(house, made) as http,
                http.stream("GET", "/api/v1/agent/stream") as answer,
                asyncio.timeout(20),
            ):
                lines = answer.aiter_lines()
                await anext(lines)
                await agent.http.delete(f"{TOKENS}/{made['token']['id']}")
                async for _line in lines:
                    pass  # until the gateway ends it
        finally:
            streams.SESSION_CHECK_S = before
