"""Views, teams, profiles, availability and routing's explanations over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from handoff.model import Role
from tests.bot.house import Agent, House
from tests.bot.test_gateway_agent_api import open_ticket

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def lead(house: House) -> Agent:
    return await house.agent(role=Role.SUPERVISOR, email="lead@shop.example")


async def made(agent: Agent, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await agent.http.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_views_have_names_in_the_readers_language(house: House) -> None:
    agent = await house.agent()

    answer = await agent.http.get("/api/v1/views", headers={"Accept-Language": "el"})

    views = {view["id"]: view for view in answer.json()["views"]}
    assert views["unassigned"]["name"] == "Χωρίς ανάθεση"
    assert views["solved"]["order_text"] == "Νεότερες αλλαγές"
    assert all(view["built_in"] for view in views.values())


async def test_a_view_is_made_read_page_by_page_changed_and_removed(house: House) -> None:
    agent = await house.agent()
    numbers = [(await open_ticket(house))[1] for _ in range(3)]
    body = {"name": "New ones", "filter": {"states": ["new"]}, "order": "fifo"}
    view = await made(agent, "/api/v1/views", body)
    path = f"/api/v1/views/{view['id']}"

    first = (await agent.http.get(f"{path}/tickets?limit=2")).json()
    cursor = first["next_cursor"]
    second = (await agent.http.get(f"{path}/tickets", params={"cursor": cursor})).json()
    listed = [ticket["number"] for ticket in first["items"] + second["items"]]
    assert listed == numbers
    assert second["next_cursor"] is None
    counts = (await agent.http.get("/api/v1/views/counts")).json()["counts"]
    assert counts[view["id"]] == counts["unassigned"] == 3

    seen = await agent.http.get(path)
    stale = await agent.http.patch(path, json={"order": "value"}, headers={"If-Match": '"9"'})
    changed = await agent.http.patch(
        path, json={"order": "value"}, headers={"If-Match": seen.headers["etag"]}
    )
    assert (stale.status_code, changed.status_code) == (412, 200)
    assert changed.json()["version"] == 2
    refused = await agent.http.get(f"{path}/tickets", params={"cursor": cursor})
    assert refused.status_code == 422  # a cursor of the order before
    assert (await agent.http.delete(path)).status_code == 204
    assert (await agent.http.get(path)).status_code == 404


async def test_a_view_is_tried_out_without_being_kept(house: House) -> None:
    agent = await house.agent()
    _, number = await open_ticket(house)

    tried = await agent.http.post(
        "/api/v1/views/preview", json={"filter": {"assignee": "none"}, "order": "quick_wins"}
    )

    assert [ticket["number"] for ticket in tried.json()["items"]] == [number]
    ids = [view["id"] for view in (await agent.http.get("/api/v1/views")).json()["views"]]
    assert len(ids) == 10


async def test_the_orders_are_compared_with_all_they_look_at(house: House) -> None:
    agent = await house.agent()
    _, number = await open_ticket(house)

    answer = await agent.http.post("/api/v1/views/compare", json={"filter": {}})

    found = answer.json()
    policies = ("priority", "fifo", "quick_wins", "value")
    assert found["orders"] == {policy: [number] for policy in policies}
    (ticket,) = found["tickets"]
    assert ticket["effort"][0]["text"].startswith("Kind of request")
    assert ticket["first_time"]


async def test_a_team_is_made_changed_and_removed_by_a_lead(house: House) -> None:
    agent, supervisor = await house.agent(), await lead(house)
    body = {"name": "Returns", "languages": ["el"], "members": [agent.user["id"]]}
    assert (await agent.http.post("/api/v1/teams", json=body)).status_code == 403

    team = await made(supervisor, "/api/v1/teams", body)
    path = f"/api/v1/teams/{team['id']}"
    again = await supervisor.http.post("/api/v1/teams", json=body)
    changed = await supervisor.http.patch(
        path, json={"mode": "push", "members": []}, headers={"If-Match": '"1"'}
    )
    unknown = await supervisor.http.patch(
        path, json={"calendar": "moon"}, headers={"If-Match": "*"}
    )

    assert (again.status_code, again.json()["code"]) == (409, "team_name_taken")
    assert (changed.json()["mode"], changed.json()["members"]) == ("push", [])
    assert (unknown.status_code, unknown.json()["code"]) == (422, "staffing_invalid")
    assert (await agent.http.get("/api/v1/teams")).json()["teams"] == [changed.json()]
    assert (await supervisor.http.delete(path)).status_code == 204
    assert (await agent.http.get(path)).status_code == 404


async def test_a_profile_is_changed_and_shown_with_what_holds(house: House) -> None:
    agent, supervisor = await house.agent(), await lead(house)
    path = f"/api/v1/agents/{agent.user['id']}"

    changed = await supervisor.http.patch(
        path,
        json={"languages": ["el", "en"], "skills": ["billing"], "channel_capacity": {"email": 4}},
        headers={"If-Match": '"0"'},
    )
    stale = await supervisor.http.patch(path, json={"capacity": 9}, headers={"If-Match": '"0"'})

    shape = changed.json()
    assert (shape["languages"], shape["skills"], shape["version"]) == (
        ["el", "en"],
        ["billing"],
        1,
    )
    assert shape["capacity"] == 5
    assert shape["channel_capacity"] == {"widget": 3, "email": 4}
    assert stale.status_code == 412
    assert (await agent.http.get("/api/v1/agents/me")).json() == shape


async def test_a_program_says_that_its_agent_is_there(house: House) -> None:
    agent = await house.agent()

    async def state() -> str:
        return str((await agent.http.get("/api/v1/agents/me")).json()["availability"])

    assert await state() == "offline"
    beat = await agent.http.post("/api/v1/agents/me/heartbeat")
    assert (beat.json()["state"], await state()) == ("online", "online")
    await agent.http.put("/api/v1/agents/me/availability", json={"state": "busy"})
    assert await state() == "busy"
    assert (await agent.http.delete("/api/v1/agents/me/heartbeat")).status_code == 204
    assert await state() == "offline"
    refused = await agent.http.put("/api/v1/agents/me/availability", json={"state": "offline"})
    assert refused.status_code == 422


async def test_a_ticket_says_why_it_waits_and_can_be_escalated(house: House) -> None:
    agent = await house.agent()
    _, number = await open_ticket(house)
    path = f"/api/v1/tickets/{number}"

    waits = (await agent.http.get(f"{path}/routing")).json()
    escalated = await agent.http.post(f"{path}/escalate", json={"reason": "Needs the database"})
    again = await agent.http.post(f"{path}/escalate", json={"reason": "Still"})

    assert waits["wait"]["code"] == "pull"
    assert waits["wait"]["text"] == "Agents take tickets of this queue themselves"
    assert escalated.json()["ticket"]["support_tier"] == 2
    assert (again.status_code, again.json()["code"]) == (409, "escalation_refused")


async def test_a_ticket_is_given_to_a_colleague_once(house: House) -> None:
    agent, supervisor = await house.agent(), await lead(house)
    ben = await house.agent(email="ben@shop.example")
    visitor, number = await open_ticket(house)
    path = f"/api/v1/tickets/{number}/assign"
    body = {"agent_id": ben.user["id"], "reason": "Knows vases"}

    stale = await agent.http.post(path, json=body, headers={"If-Match": '"0"'})
    given = await agent.http.post(path, json=body, headers={"Idempotency-Key": "give-1"})
    again = await agent.http.post(path, json=body, headers={"Idempotency-Key": "give-1"})
    late = await agent.http.post(path, json={"agent_id": agent.user["id"]})
    nobody = await agent.http.post(path, json={"agent_id": "nobody"})
    shown = (await agent.http.get(f"/api/v1/tickets/{number}/routing")).json()

    assert stale.status_code == 412
    assert given.status_code == 200, given.text
    assert given.json()["ticket"]["assignee"]["name"] == ben.user["name"]
    assert given.headers["etag"].startswith(f'"{given.json()["ticket"]["version"]}.')
    assert (again.json(), again.headers["idempotent-replayed"]) == (given.json(), "true")
    assert (late.status_code, late.json()["code"]) == (409, "already_taken")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "user_not_found")
    assert (shown["offered"], shown["assigned_by"]) == (True, "agent")
    assert shown["history"][0]["reasons"][0]["text"].endswith(": Knows vases")

    forced = await supervisor.http.post(path, json={"agent_id": supervisor.user["id"]})
    assert forced.json()["ticket"]["owner"] == "agent"
    history = (await agent.http.get(f"/api/v1/tickets/{number}/history")).json()["items"]
    assert "Given to a colleague (Knows vases)" in [line["text"] for line in history]
    kinds = [event["kind"] for event in (await visitor.events())["events"]]
    assert "agent_joined" in kinds
    assert "assigned" not in kinds


async def test_how_routing_works_is_written_out(house: House) -> None:
    agent = await house.agent()

    shape = (await agent.http.get("/api/v1/routing")).json()

    assert shape["mode"] == "pull"
    assert shape["lines"][0].startswith("WHAT: Agents take tickets")
    assert any(line.startswith("WHERE: ") for line in shape["lines"])
    assert (
        "Nobody works at tier 2: an escalated ticket waits until somebody does."
        in (shape["warnings"])
    )
