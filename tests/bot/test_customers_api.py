"""Customer records over HTTP, as an agent and a program use them."""

from __future__ import annotations

from typing import Any

import pytest

from handoff.model import Role
from tests.bot.house import Agent, House, is_handoff

pytestmark = pytest.mark.asyncio(loop_scope="module")

CUSTOMERS = "/api/v1/customers"


async def a_customer(house: House, agent: Agent, *, email: str | None = None) -> dict[str, Any]:
    visitor = await house.open()
    if email is not None:
        contact = {"name": "Ελένη", "email": email}
        await house.http.post(f"{visitor.path}/contact", json=contact, headers=visitor.headers)
    await visitor.send("handoff")
    number = (await visitor.until(is_handoff))["payload"]["ticket_number"]
    ticket = (await agent.http.get(f"/api/v1/agent/tickets/{number}")).json()["ticket"]
    found = await agent.http.get(f"{CUSTOMERS}/{ticket['customer_id']}")
    return {**found.json(), "etag": found.headers["etag"], "number": number}


async def test_a_record_is_found_read_and_changed_by_version(house: House) -> None:
    agent = await house.agent()
    made = await a_customer(house, agent, email="eleni@shop.example")

    by_email = (await agent.http.get(CUSTOMERS, params={"q": "eleni@shop.example"})).json()
    by_name = (await agent.http.get(CUSTOMERS, params={"q": "ελενη"})).json()
    assert [one["id"] for one in by_email["items"]] == [made["id"]]
    assert by_name["items"] == by_email["items"]

    path, tag = f"{CUSTOMERS}/{made['id']}", {"If-Match": made["etag"]}
    change = {"tier": "gold", "consent": {"newsletter": False}, "attributes": {"orders": 3}}
    changed = await agent.http.patch(path, json=change, headers=tag)
    assert (changed.status_code, changed.json()["tier"]) == (200, "gold")
    assert changed.json()["consent"]["newsletter"]["source"] == agent.user["id"]
    assert changed.json()["name"] == "Ελένη"
    assert (await agent.http.patch(path, json=change, headers=tag)).status_code == 412
    assert (await agent.http.patch(path, json=change)).status_code == 428
    wrong = await agent.http.patch(path, json={"tier": "iron"}, headers={"If-Match": "*"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "customer_invalid")
    again = await agent.http.get(path, headers={"If-None-Match": changed.headers["etag"]})
    assert again.status_code == 304


async def test_identities_are_noted_verified_and_dropped(house: House) -> None:
    agent = await house.agent()
    first, second = [await a_customer(house, agent, email="a@shop.example") for _ in range(2)]
    assert (await agent.http.get(f"{CUSTOMERS}/{first['id']}")).json()["may_be"] == [second["id"]]
    body = {"kind": "email", "value": "A@shop.example", "verified": True}

    verified = await agent.http.post(f"{CUSTOMERS}/{first['id']}/identities", json=body)
    taken = await agent.http.post(f"{CUSTOMERS}/{second['id']}/identities", json=body)
    address = f"{CUSTOMERS}/{first['id']}/identities/email"
    gone = await agent.http.delete(address, params={"value": "a@shop.example"})

    assert verified.json()["identities"][0]["verified"]
    assert (taken.status_code, taken.json()["code"]) == (409, "identity_taken")
    assert [one["kind"] for one in gone.json()["identities"]] == ["visitor"]


async def test_two_records_become_one_and_two_again(house: House) -> None:
    agent = await house.agent()
    kept, dropped = [await a_customer(house, agent) for _ in range(2)]

    merged = await agent.http.post(
        f"{CUSTOMERS}/{kept['id']}/merge", json={"customer_id": dropped["id"]}
    )
    assert merged.status_code == 201
    merges = (await agent.http.get(f"{CUSTOMERS}/{kept['id']}/merges")).json()["merges"]
    assert merges == [merged.json()]
    gone = (await agent.http.get(f"{CUSTOMERS}/{dropped['id']}")).json()
    assert gone["merged_into"] == kept["id"]

    undone = await agent.http.post(f"{CUSTOMERS}/merges/{merged.json()['id']}/undo")
    assert undone.json()["undone_at"] is not None
    again = await agent.http.post(f"{CUSTOMERS}/merges/{merged.json()['id']}/undo")
    assert (again.status_code, again.json()["code"]) == (409, "merge_refused")


async def test_the_timeline_and_the_list_come_in_pages(house: House) -> None:
    agent = await house.agent(role=Role.SUPERVISOR)
    made = [await a_customer(house, agent) for _ in range(3)]

    seen: list[str] = []
    address = f"{CUSTOMERS}?limit=2"
    while address:
        page = await agent.http.get(address)
        seen += [one["id"] for one in page.json()["items"]]
        address = page.links["next"]["url"] if "next" in page.links else ""
    assert seen == [one["id"] for one in reversed(made)]

    kinds, cursor = [], None
    while True:
        params: dict[str, Any] = {"limit": 1, **({"cursor": cursor} if cursor else {})}
        page = await agent.http.get(f"{CUSTOMERS}/{made[0]['id']}/timeline", params=params)
        kinds += [entry["kind"] for entry in page.json()["items"]]
        if (cursor := page.json()["next_cursor"]) is None:
            break
    assert kinds == ["ticket", "conversation"]
    wrong = await agent.http.get(CUSTOMERS, params={"cursor": "made-up"})
    assert wrong.json()["code"] == "cursor_invalid"
