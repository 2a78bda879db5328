"""The API for tickets: read, changed from what was seen, merged, split, linked, searched."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handoff.model import Role
from tests.bot.house import Agent, House, Visitor, is_handoff

pytestmark = pytest.mark.asyncio(loop_scope="module")

TICKETS = "/api/v1/tickets"


async def open_ticket(house: House, text: str = "handoff please") -> tuple[Visitor, str]:
    visitor = await house.open()
    await visitor.send(text)
    notice = await visitor.until(is_handoff)
    return visitor, str(notice["payload"]["ticket_number"])


async def change(agent: Agent, number: str, tag: str = "*", **body: Any) -> Any:
    return await agent.http.patch(f"{TICKETS}/{number}", json=body, headers={"If-Match": tag})


async def catch_up(house: House) -> None:
    await house.assembly.gateway.core.indexer.catch_up(None)  # type: ignore[arg-type]


async def test_a_ticket_is_read_with_its_header_and_changed_from_what_was_seen(
    house: House,
) -> None:
    _visitor, number = await open_ticket(house, "handoff: my parcel BD-48213 has not arrived")
    agent = await house.agent()
    seen = await agent.http.get(f"{TICKETS}/{number}?locale=de")

    unchanged = await agent.http.get(
        f"{TICKETS}/{number}?locale=de", headers={"If-None-Match": seen.headers["etag"]}
    )
    first = await change(agent, number, seen.headers["etag"], category="delivery", tags=["late"])
    second = await change(agent, number, seen.headers["etag"], category="orders")
    blind = await agent.http.patch(f"{TICKETS}/{number}", json={"category": "orders"})

    body = seen.json()
    assert body["ticket"]["category"] == "delivery"
    assert body["ticket"]["classification"]["category"]["source"] == "auto"
    assert "Erstes Anliegen: handoff: my parcel BD-48213 has not arrived" in body["summary_text"]
    assert "Genannt: BD-48213" in body["summary_text"]
    assert unchanged.status_code == 304
    assert (first.status_code, second.status_code, blind.status_code) == (200, 412, 428)
    assert first.json()["ticket"]["classification"]["category"]["source"] == "agent"
    assert first.headers["etag"] != seen.headers["etag"]
    after = (await agent.http.get(f"{TICKETS}/{number}")).json()
    assert after["tags"]["late"] == {"source": "agent", "confidence": 1.0}


async def test_wrong_values_are_refused_as_a_whole(house: House) -> None:
    _visitor, number = await open_ticket(house)
    agent = await house.agent()

    for body, code in (
        ({"subject": "X", "category": "nonsense"}, "field_invalid"),
        ({"state": "on_hold"}, "field_invalid"),
        ({"custom_fields": {"unknown": 1}}, "field_invalid"),
        ({"tags": ["a,b"]}, "field_invalid"),
        ({"state": "merged"}, "invalid_request"),
        ({"colour": "red"}, "invalid_request"),
    ):
        answer = await change(agent, number, **body)
        assert (answer.status_code, answer.json()["code"]) == (422, code), body
    kept = (await agent.http.get(f"{TICKETS}/{number}")).json()["ticket"]
    assert kept["subject"] != "X"


async def test_lists_have_filters_and_pages(house: House) -> None:
    numbers = [(await open_ticket(house))[1] for _ in range(3)]
    agent = await house.agent()
    await change(agent, numbers[0], state="spam")

    first = await agent.http.get(TICKETS, params={"limit": 1})
    second = await agent.http.get(
        TICKETS, params={"limit": 1, "cursor": first.json()["next_cursor"]}
    )
    spam = await agent.http.get(TICKETS, params={"state": "spam"})
    mine = await agent.http.get(TICKETS, params={"assignee": "me"})
    foreign = await agent.http.get(
        TICKETS, params={"cursor": first.json()["next_cursor"], "tag": "x"}
    )

    listed = [answer.json()["items"][0]["number"] for answer in (first, second)]
    assert listed == [numbers[2], numbers[1]]
    assert second.json()["next_cursor"] is None
    assert [ticket["number"] for ticket in spam.json()["items"]] == [numbers[0]]
    assert mine.json()["items"] == []
    assert foreign.status_code == 422


async def test_merging_shows_both_transcripts_and_is_taken_back(house: House) -> None:
    _one, first = await open_ticket(house, "handoff the first matter")
    _two, second = await open_ticket(house, "handoff the second matter")
    agent = await house.agent()
    boss = await house.agent(role=Role.SUPERVISOR, email="bo@shop.example")

    plain = await agent.http.post(f"{TICKETS}/{first}/merge", json={"into": second})
    forced = await agent.http.post(f"{TICKETS}/{first}/merge", json={"into": second, "force": True})
    merged = await boss.http.post(f"{TICKETS}/{first}/merge", json={"into": second, "force": True})
    whole = (await agent.http.get(f"{TICKETS}/{second}")).json()
    undone = await boss.http.post(f"{TICKETS}/{first}/merge/undo")
    again = await boss.http.post(f"{TICKETS}/{first}/merge/undo")

    assert (plain.status_code, plain.json()["code"]) == (409, "ticket_merge_refused")
    assert forced.status_code == 403
    assert merged.json()["ticket"]["number"] == second
    (log,) = whole["merged"]
    assert log["ticket"]["state"] == "merged"
    assert log["events"][0]["text"] == "handoff the first matter"
    assert (undone.status_code, undone.json()["ticket"]["state"]) == (200, "new")
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_undo")


async def test_splitting_links_and_watching(house: House) -> None:
    visitor, number = await open_ticket(house)
    await visitor.send("also an invoice")
    seq = (await visitor.events())["cursor"]
    agent = await house.agent()

    split = await agent.http.post(
        f"{TICKETS}/{number}/split", json={"from_seq": seq, "upto_seq": seq}
    )
    new = split.json()["ticket"]["number"]
    watch = await agent.http.post(f"{TICKETS}/{number}/watchers", json={})
    links = (await agent.http.get(f"{TICKETS}/{number}?locale=el")).json()["links"]
    gone = await agent.http.delete(f"{TICKETS}/{number}/links/parent_of/{new}")
    undone = await agent.http.post(f"{TICKETS}/{new}/split/undo")

    assert split.status_code == 201
    assert links[0]["relation_text"] == "Υπερκείμενο του"
    assert watch.json()["ticket"]["watchers"] == [agent.user["id"]]
    assert not gone.json()["duplicate"]
    assert undone.json()["ticket"]["number"] == number


async def test_the_history_speaks_the_agents_language(house: House) -> None:
    _visitor, number = await open_ticket(house)
    agent = await house.agent()
    await change(agent, number, state="pending")
    await change(agent, number, category="delivery", type="problem")

    lines = (await agent.http.get(f"{TICKETS}/{number}/history?locale=de")).json()["items"]

    texts = [line["text"] for line in lines]
    assert re.fullmatch("Status: eingegangen \u2192 wartet auf .+", texts[-2])
    assert "Kategorie: \u2013 \u2192 Lieferung" in texts[-1]
    assert "Problem" in texts[-1]
    assert lines[-1]["by"]["name"] == "Ada"


async def test_search_marks_what_it_found(house: House) -> None:
    _visitor, number = await open_ticket(house, "handoff: the porcelain vase is cracked")
    agent = await house.agent()
    await catch_up(house)

    found = await agent.http.get("/api/v1/search", params={"q": "porcelian vase"})
    nothing = await agent.http.get("/api/v1/search", params={"q": "porcelain", "state": "spam"})

    (hit,) = found.json()["items"]
    assert hit["ticket"]["number"] == number
    marked = {
        snippet["text"][start:end]
        for snippet in hit["snippets"]
        for start, end in snippet["ranges"]
    }
    assert marked == {"porcelain", "vase"}
    assert nothing.json() == {"items": [], "next_cursor": None}


async def test_fields_are_named_in_the_callers_language(house: House) -> None:
    agent = await house.agent()

    fields = (await agent.http.get("/api/v1/ticket-fields?locale=tr")).json()

    assert {"slug": "delivery", "name": "Teslimat"} in fields["categories"]
    assert {"slug": "complaint", "name": "Şikayet"} in fields["types"]
    assert fields["custom_fields"] == []


async def test_not_solved_is_a_button_of_the_visitor(house: House) -> None:
    visitor, number = await open_ticket(house)
    agent = await house.agent()
    await change(agent, number, state="solved")
    notice = await visitor.until(lambda event: event["kind"] == "resolved")
    (button,) = notice["payload"]["buttons"]

    answer = await visitor.send(button["title"], choice=button["choice"])

    assert answer.status_code == 201
    ticket = (await agent.http.get(f"{TICKETS}/{number}")).json()["ticket"]
    assert (ticket["state"], ticket["owner"]) == ("open", "queue")


SECRET = "zanzibar"


async def visitor_sees(house: House, visitor: Visitor) -> str:
    """Everything that a visitor can get by any route or stream of hers, as text."""
    seen = []
    for path in ("/events?after=0&limit=200", "/stream?after=0"):
        async with house.http.stream(
            "GET", f"{visitor.path}{path}", headers=visitor.headers
        ) as answer:
            async for chunk in answer.aiter_text():
                seen.append(chunk)
                # A stream goes on for ever; its state frame comes behind all events.
                if "stream" in path and re.search(r"event: state|\"type\":\s*\"state\"", chunk):
                    break
                if "stream" not in path:
                    continue
    resumed = await house.http.post(
        "/api/v1/sessions", json={"locale": "en", "token": visitor.token}
    )
    seen.append(resumed.text)
    return "".join(seen)


async def test_whatever_agents_do_among_themselves_never_reaches_a_visitor(house: House) -> None:
    agent = await house.agent()
    boss = await house.agent(role=Role.SUPERVISOR, email="bo@shop.example")
    acts = st.lists(
        st.sampled_from(["note", "hold", "tag", "subject", "link", "merge", "split", "spam"]),
        min_size=1,
        max_size=4,
        unique=True,
    )
    plans: list[list[str]] = []

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(plan=acts)
    def collect(plan: list[str]) -> None:
        plans.append(plan)

    collect()
    for plan in plans:
        visitor, number = await open_ticket(house)
        other_visitor, other = await open_ticket(house)
        for position, act in enumerate(plan):
            await play(act, boss, number, other, position)
        for one in (visitor, other_visitor):
            assert SECRET not in await visitor_sees(house, one), plan
    await agent.http.aclose()


async def play(act: str, agent: Agent, number: str, other: str, position: int) -> None:
    """Does something that holds the secret in every text that agents can write."""
    note = {"client_id": f"n{position}", "text": f"note {SECRET}"}
    match act:
        case "note":
            for one in (number, other):
                answer = await agent.http.post(f"/api/v1/agent/tickets/{one}/note", json=note)
                assert answer.status_code in (200, 409)
        case "hold":
            await change(agent, number, state="on_hold", reason=SECRET)
        case "tag":
            await change(agent, number, tags=[SECRET])
        case "subject":
            await change(agent, number, subject=SECRET)
        case "link":
            body = {"other": other, "kind": "related"}
            await agent.http.post(f"{TICKETS}/{number}/links", json=body)
        case "merge":
            body = {"into": other, "force": True}
            await agent.http.post(f"{TICKETS}/{number}/merge", json=body)
        case "split":
            body = {"from_seq": 1, "upto_seq": 50, "subject": SECRET}
            await agent.http.post(f"{TICKETS}/{number}/split", json=body)
        case _:
            await change(agent, number, state="spam")
