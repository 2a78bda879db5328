"""One id from the visitor's request to the ticket, the brain and the log."""

from __future__ import annotations

import re

import pytest

from bot.correlation import correlation_of, new_correlation_id, outgoing_headers
from tests.bot.house import House, is_bot, is_handoff

pytestmark = pytest.mark.asyncio(loop_scope="module")
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"traceparent": PARENT}, TRACE),
        ({"traceparent": f" {PARENT} "}, TRACE),
        ({"traceparent": f"cc-{TRACE}-b7ad6b7169203331-01-new-part"}, TRACE),
        ({"traceparent": PARENT, "x-request-id": "mine"}, TRACE),
        ({"traceparent": "nonsense", "x-request-id": "mine"}, "mine"),
        ({"x-request-id": "shop-42.a_b"}, "shop-42.a_b"),
    ],
)
async def test_a_well_formed_id_is_taken_over(headers: dict[str, str], found: str) -> None:
    assert correlation_of(headers) == found


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"traceparent": f"00-{'0' * 32}-b7ad6b7169203331-01"},
        {"traceparent": f"00-{TRACE}-{'0' * 16}-01"},
        {"traceparent": PARENT.upper()},
        {"x-request-id": ""},
        {"x-request-id": "a" * 65},
        {"x-request-id": "ada@shop.example"},
        {"x-request-id": "two words"},
        {"x-request-id": "line\nbreak"},
        {"x-request-id": "-starts-oddly"},
    ],
)
async def test_anything_else_gets_a_new_trace_id(headers: dict[str, str]) -> None:
    made = correlation_of(headers)

    assert re.fullmatch(r"[0-9a-f]{32}", made)
    assert made != correlation_of(headers)


async def test_a_call_goes_on_with_the_callers_trace() -> None:
    headers = outgoing_headers(TRACE)

    assert headers["X-Request-ID"] == TRACE
    assert correlation_of({"traceparent": headers["traceparent"]}) == TRACE
    assert headers["traceparent"] != PARENT
    assert set(outgoing_headers("shop-42")) == {"X-Request-ID"}
    assert re.fullmatch(r"[0-9a-f]{32}", new_correlation_id())


async def test_an_agent_sees_which_request_led_to_the_ticket(house: House) -> None:
    agent = await house.agent()
    visitor = await house.open()
    house.http.headers["traceparent"] = PARENT
    try:
        sent = await visitor.send("handoff please")
    finally:
        del house.http.headers["traceparent"]
    notice = await visitor.until(is_handoff)

    number = notice["payload"]["ticket_number"]
    shown = (await agent.http.get(f"/api/v1/agent/tickets/{number}")).json()

    assert sent.headers["x-request-id"] == TRACE
    assert shown["correlation_id"] == TRACE
    by_kind = {event["kind"]: event for event in shown["events"]}
    assert by_kind["message"]["internal"]["correlation_id"] == TRACE
    assert by_kind["handoff"]["internal"]["correlation_id"] == TRACE
    assert house.brain.headers[-1]["x-request-id"] == TRACE
    assert house.brain.headers[-1]["traceparent"].split("-")[1] == TRACE


async def test_a_handoff_for_want_of_an_answer_names_the_request_too(house: House) -> None:
    agent = await house.agent()
    visitor = await house.open()
    house.http.headers["X-Request-ID"] = "shop-42"
    try:
        await visitor.send("nonsense")
    finally:
        del house.http.headers["X-Request-ID"]
    notice = await visitor.until(is_handoff)

    number = notice["payload"]["ticket_number"]
    shown = (await agent.http.get(f"/api/v1/agent/tickets/{number}")).json()

    assert shown["correlation_id"] == "shop-42"
    assert "traceparent" not in house.brain.headers[-1]


async def test_answers_carry_the_id_of_the_message_they_answer(house: House) -> None:
    visitor = await house.open()
    first = (await visitor.send("one")).headers["x-request-id"]
    await visitor.until(is_bot)
    second = (await visitor.send("two")).headers["x-request-id"]
    await visitor.until(lambda event: event["text"] == "You said: two")

    log = await house.assembly.gateway.core.visitors.events_after(
        visitor.id, after=0, internal=True
    )
    assert [(event.internal or {})["correlation_id"] for event in log] == [
        first,
        first,
        second,
        second,
    ]


async def test_visitors_do_not_see_it_in_their_events(house: House) -> None:
    visitor = await house.open()
    await visitor.send("hello")
    await visitor.until(is_bot)

    assert "correlation_id" not in str((await visitor.events())["events"])


async def test_refusals_and_pages_carry_an_id(house: House) -> None:
    for path in ("/api/v1/conversations/x/events", "/healthz", "/nowhere"):
        answer = await house.http.get(path)
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


async def test_other_sites_may_send_and_read_it(house: House) -> None:
    answer = await house.http.options(
        "/api/v1/sessions",
        headers={
            "Origin": "https://shop.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "traceparent, x-request-id",
        },
    )

    assert "traceparent" in answer.headers["access-control-allow-headers"].lower()
