"""The agent API: sessions, CSRF, the queue and what may be done with a ticket."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from handoff.model import Role
from tests.bot.house import PASSWORD, House, MakeHouse, Visitor, is_handoff

pytestmark = pytest.mark.asyncio(loop_scope="module")


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


async def open_ticket(house: House, text: str = "handoff please") -> tuple[Visitor, str]:
    visitor = await house.open()
    await visitor.send(text)
    notice = await visitor.until(is_handoff)
    return visitor, str(notice["payload"]["ticket_number"])


async def test_the_first_login_link_works_once(house: House) -> None:
    link = await house.assembly.gateway.core.agents.setup_link()
    assert link is not None
    body = {"token": link.token, "name": "Ada", "email": "ada@shop.example", "password": PASSWORD}

    first = await house.http.post("/api/v1/agent/setup", json=body)
    second = await house.http.post("/api/v1/agent/setup", json=body)

    assert first.status_code == 200
    assert first.json()["user"]["role"] == "admin"
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert (second.status_code, code_of(second)) == (410, "link_expired")


async def test_the_cookie_is_secure_behind_https(make_house: MakeHouse) -> None:
    async with make_house(PUBLIC_URL="https://help.shop.example") as house:
        link = await house.assembly.gateway.core.agents.setup_link()
        assert link is not None
        body = {"token": link.token, "name": "A", "email": "a@b.example", "password": PASSWORD}

        answer = await house.http.post("/api/v1/agent/setup", json=body)

    assert "Secure" in answer.headers["set-cookie"]
    assert "max-age" in answer.headers["strict-transport-security"]


@pytest.mark.parametrize("password", ["wrong", "", "x" * 1000])
async def test_a_wrong_password_is_refused(house: House, password: str) -> None:
    await house.agent()

    answer = await house.http.post(
        "/api/v1/agent/login",
        content=f'{{"email": "ada@shop.example", "password": "{password}"}}',
        headers={"Content-Type": "application/json"},
    )

    assert (answer.status_code, code_of(answer)) == (401, "bad_credentials")


async def test_guessing_passwords_is_slowed_down(make_house: MakeHouse) -> None:
    async with make_house(RATE_LOGIN="3/60s") as house:
        body = {"email": "a@b.example", "password": "guess"}
        answers = [await house.http.post("/api/v1/agent/login", json=body) for _ in range(4)]

    assert [a.status_code for a in answers] == [401, 401, 401, 429]
    assert int(answers[-1].headers["retry-after"]) > 1


@pytest.mark.parametrize("path", ["me", "tickets", "tickets/BD-1001", "stream"])
async def test_nothing_is_read_without_a_session(house: House, path: str) -> None:
    answer = await house.http.get(f"/api/v1/agent/{path}")

    assert (answer.status_code, code_of(answer)) == (401, "not_signed_in")


async def test_nothing_is_written_without_the_csrf_token(house: House) -> None:
    agent = await house.agent()
    _visitor, number = await open_ticket(house)
    del agent.http.headers["X-CSRF-Token"]

    answer = await agent.http.post(f"/api/v1/agent/tickets/{number}/take")

    assert (answer.status_code, code_of(answer)) == (403, "csrf_mismatch")


async def test_after_logging_out_the_cookie_is_worth_nothing(house: House) -> None:
    agent = await house.agent()
    cookie = agent.cookie

    assert (await agent.http.post("/api/v1/agent/logout")).status_code == 204

    answer = await house.http.get("/api/v1/agent/me", headers={"Cookie": cookie})
    assert answer.status_code == 401


async def test_a_page_that_was_loaded_again_gets_its_csrf_token(house: House) -> None:
    agent = await house.agent()

    me = (await agent.http.get("/api/v1/agent/me")).json()

    assert me["csrf"] == agent.http.headers["X-CSRF-Token"]
    assert me["user"]["name"] == "Ada"


async def test_a_ticket_from_queue_to_resolution(house: House) -> None:
    agent = await house.agent()
    visitor, number = await open_ticket(house)

    queue = (await agent.http.get("/api/v1/agent/tickets?view=unassigned")).json()
    assert [t["number"] for t in queue["tickets"]] == [number]
    assert queue["counts"]["open"] == 1
    detail = (await agent.http.get(f"/api/v1/agent/tickets/{number}")).json()
    assert detail["events"][0]["text"] == "handoff please"
    assert "internal" in detail["events"][0]
    assert detail["ticket"]["reason"] == "asked_for_person"
    assert detail["ticket"]["reason_text"]

    async def act(name: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return await agent.http.post(f"/api/v1/agent/tickets/{number}/{name}", json=body)

    assert (await act("take")).json()["ticket"]["assignee"]["name"] == "Ada"
    reply = {"client_id": "r1", "text": "Here I am"}
    assert (await act("reply", reply)).json()["duplicate"] is False
    assert (await act("reply", reply)).json()["duplicate"] is True
    assert (await act("note", {"client_id": "n1", "text": "secret note"})).status_code == 200
    assert (await act("priority", {"level": 1, "reason": "VIP"})).json()["ticket"]["priority"] == 1
    assert (await act("resolve")).json()["ticket"]["state"] == "solved"

    seen = (await visitor.events())["events"]
    assert [e["text"] for e in seen if e["author"] == "agent" and e["kind"] == "message"] == [
        "Here I am"
    ]
    assert "secret note" not in str(seen)


async def test_handing_back_lets_the_assistant_answer_again(house: House) -> None:
    agent = await house.agent()
    visitor, number = await open_ticket(house)
    await agent.http.post(f"/api/v1/agent/tickets/{number}/take")

    await agent.http.post(f"/api/v1/agent/tickets/{number}/hand_back")
    await visitor.send("one more question")

    answer = await visitor.until(lambda e: e["author"] == "bot" and e["kind"] == "message")
    assert answer["text"] == "You said: one more question"


async def test_two_agents_cannot_hold_one_ticket(house: House) -> None:
    ada = await house.agent()
    bob = await house.agent(email="bob@shop.example")
    _visitor, number = await open_ticket(house)
    await ada.http.post(f"/api/v1/agent/tickets/{number}/take")

    taken = await bob.http.post(f"/api/v1/agent/tickets/{number}/take")
    reply = await bob.http.post(
        f"/api/v1/agent/tickets/{number}/reply", json={"client_id": "x", "text": "hi"}
    )

    assert (taken.status_code, code_of(taken)) == (409, "already_taken")
    assert (reply.status_code, code_of(reply)) == (409, "not_assignee")


async def test_a_supervisor_takes_a_ticket_from_a_colleague(house: House) -> None:
    ada = await house.agent()
    bob = await house.agent(email="bob@shop.example")
    eva = await house.agent(email="eva@shop.example", role=Role.SUPERVISOR)
    _visitor, number = await open_ticket(house)
    path = f"/api/v1/agent/tickets/{number}/take"
    await ada.http.post(path)

    agent = await bob.http.post(path, json={"force": True})
    gentle = await eva.http.post(path, json={})
    forced = await eva.http.post(path, json={"force": True})

    assert (agent.status_code, code_of(agent)) == (403, "role_not_allowed")
    assert (gentle.status_code, code_of(gentle)) == (409, "already_taken")
    assert forced.status_code == 200
    assert forced.json()["ticket"]["assignee"]["id"] == eva.user["id"]


async def test_editors_see_no_tickets(house: House) -> None:
    editor = await house.agent(role=Role.EDITOR)

    answer = await editor.http.get("/api/v1/agent/tickets")

    assert (answer.status_code, code_of(answer)) == (403, "role_not_allowed")


@pytest.mark.parametrize("number", ["BD-9999", "x", "../me", "BD-99999999999999999999"])
async def test_an_unknown_ticket(house: House, number: str) -> None:
    agent = await house.agent()

    answer = await agent.http.post(f"/api/v1/agent/tickets/{number}/take")

    assert answer.status_code in {404, 405}


@pytest.mark.parametrize(
    "body", [{"level": 0, "reason": "x"}, {"level": 1}, {"level": 6, "reason": "x"}]
)
async def test_a_priority_outside_the_scale_is_refused(house: House, body: dict[str, Any]) -> None:
    agent = await house.agent()
    _visitor, number = await open_ticket(house)

    answer = await agent.http.post(f"/api/v1/agent/tickets/{number}/priority", json=body)

    assert answer.status_code == 422


async def test_reasons_come_in_the_agents_language(house: House) -> None:
    agent = await house.agent()
    _visitor, number = await open_ticket(house)

    english = (await agent.http.get(f"/api/v1/agent/tickets/{number}?locale=en")).json()
    german = (
        await agent.http.get(
            f"/api/v1/agent/tickets/{number}",
            headers={"Accept-Language": "de-DE,de;q=0.9,en;q=0.1"},
        )
    ).json()

    assert english["ticket"]["reason_text"] != german["ticket"]["reason_text"]
