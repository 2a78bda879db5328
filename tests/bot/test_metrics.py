"""The numbers for collectors: true, private, and with few labels."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_families,
)
from prometheus_client.parser import text_string_to_metric_families

from bot.breaker import Phase
from bot.metrics import Metrics
from tests.bot.house import House, MakeHouse, is_bot, is_handoff

pytestmark = pytest.mark.asyncio(loop_scope="module")


def families(text: str) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(text)}


async def scrape(house: House) -> dict[str, Metric]:
    answer = await house.http.get("/metrics")
    assert answer.status_code == 200
    return families(answer.text)


def value(metrics: dict[str, Metric], name: str, **labels: str) -> float:
    """One sample; `name` may end in `_count`, `_total` and so on."""
    for family in metrics.values():
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return sample.value
    return 0.0


async def test_a_message_its_answer_and_a_ticket_are_measured(make_house: MakeHouse) -> None:
    async with make_house() as house:
        visitor = await house.open()
        await visitor.send("hello", client_id="one")
        await visitor.send("hello", client_id="one")
        await visitor.until(is_bot)
        other = await house.open()
        await other.send("handoff")
        await other.until(is_handoff)

        found = await scrape(house)

    def count(name: str, **labels: str) -> float:
        return value(found, f"{name}_count", **labels)

    assert count("babeldesk_message_accept_duration_seconds", outcome="stored") == 2
    assert count("babeldesk_message_accept_duration_seconds", outcome="duplicate") == 1
    assert count("babeldesk_answer_duration_seconds", outcome="answered") == 1
    assert count("babeldesk_answer_duration_seconds", outcome="handed_over") == 1
    assert count("babeldesk_handoff_to_ticket_duration_seconds", reason="asked_for_person") == 1
    assert count("babeldesk_turn_duration_seconds", part="call") == 2
    assert count("babeldesk_turn_duration_seconds", part="total") == 2
    assert value(found, "babeldesk_turn_duration_seconds_sum", part="total") == 0.002
    assert value(found, "babeldesk_tickets", state="new") == 1
    assert value(found, "babeldesk_tickets_unassigned") == 1
    assert value(found, "babeldesk_conversations_waiting") == 0
    assert value(found, "babeldesk_jobs", state="dead") == 0
    assert value(found, "babeldesk_brain_condition", condition="ready") == 1
    assert value(found, "babeldesk_breaker_state", state="closed") == 1
    assert value(found, "process_resident_memory_bytes") > 10_000_000
    route = "/api/v1/conversations/{conversation_id}/messages"
    assert (
        count(
            "http_server_request_duration_seconds",
            http_route=route,
            http_request_method="POST",
            http_response_status_code="201",
        )
        == 2
    )


async def test_trouble_is_measured(make_house: MakeHouse) -> None:
    async with make_house(RATE_VISITOR="1/60s", BREAKER_FAILURES="2") as house:
        visitor = await house.open()
        await visitor.send("error")
        await visitor.until(is_handoff)
        assert (await visitor.send("too much")).status_code == 429

        found = await scrape(house)

    assert value(found, "babeldesk_turn_failures_total", code="brain_refused") == 2
    assert value(found, "babeldesk_rate_limited_total", limit="visitor") == 1
    assert value(found, "babeldesk_breaker_state", state="open") == 1
    reason = value(
        found, "babeldesk_handoff_to_ticket_duration_seconds_count", reason="bot_unavailable"
    )
    assert reason == 1


async def test_streams_are_counted_while_open_and_their_lag_is_measured(
    make_house: MakeHouse,
) -> None:
    async with make_house() as house:
        visitor = await house.open()
        await visitor.send("before the stream")
        await visitor.until(is_bot)
        stream = f"{visitor.path}/stream"
        async with house.http.stream("GET", stream, headers=visitor.headers) as events:
            lines = events.aiter_lines()
            await until(lines, "You said: before the stream")
            open_now = await scrape(house)
            await visitor.send("now")
            await until(lines, "You said: now")
        async with asyncio.timeout(20):
            while value(await scrape(house), "babeldesk_open_streams", transport="sse"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        closed = await scrape(house)

    assert value(open_now, "babeldesk_open_streams", reader="visitor", transport="sse") == 1
    # Two events were older than the stream; the message and its answer came while it was open.
    # The long poll that waited for the first answer saw that one, at most.
    lags = value(closed, "babeldesk_delivery_lag_seconds_count", reader="visitor")
    assert 2 <= lags <= 4


async def until(lines: object, words: str) -> None:
    async for line in lines:  # type: ignore[attr-defined]
        if words in line:
            return
    raise AssertionError(f"the stream ended without {words!r}")


async def test_labels_stay_few_whatever_strangers_ask_for(house: House) -> None:
    before = await scrape(house)
    for number in range(12):
        await house.http.get(f"/nowhere/{number}")
        await house.http.get(f"/api/v1/conversations/{number}/language")
        await house.http.request(f"M{number}", "/healthz")  # the server itself refuses these
        await house.http.request("PROPFIND", f"/{number}")
        await house.http.get(f"/widget/{number}.js")

    after = await scrape(house)

    name = "http_server_request_duration_seconds"
    series = {
        (s.labels["http_request_method"], s.labels["http_route"])
        for s in after[name].samples
        if s.name == f"{name}_count"
    }
    new = series - {
        (s.labels["http_request_method"], s.labels["http_route"])
        for s in (before[name].samples if name in before else ())
        if s.name == f"{name}_count"
    }
    assert len(new) <= 6
    assert ("_OTHER", "(none)") in series
    assert not any("11" in route for _method, route in series)


async def test_both_forms_can_be_read(house: House) -> None:
    plain = await house.http.get("/metrics")
    wanted = {"Accept": "application/openmetrics-text; version=1.0.0"}
    open_metrics = await house.http.get("/metrics", headers=wanted)

    assert plain.headers["content-type"].startswith("text/plain")
    assert open_metrics.headers["content-type"].startswith("application/openmetrics-text")
    assert plain.headers["cache-control"] == "no-store"
    names = {family.name for family in openmetrics_families(open_metrics.text)}
    ours = {name for name in names if name.startswith("babeldesk_")}
    assert ours >= {"babeldesk_build", "babeldesk_brain_restarts"} or "babeldesk_build_info" in ours
    for name in ours:
        assert "_ms" not in name
    durations = {name for name in ours if "duration" in name or "lag" in name}
    assert all(name.endswith("_seconds") for name in durations)


async def test_only_this_machine_or_the_token_may_read(make_house: MakeHouse) -> None:
    token = "a-token-for-collectors"
    async with make_house(METRICS_TOKEN=token) as house:

        async def status(**headers: str) -> int:
            named = {name.replace("_", "-"): text for name, text in headers.items()}
            return (await house.http.get("/metrics", headers=named)).status_code

        assert await status() == 200
        assert await status(X_Forwarded_For="203.0.113.7") == 404
        assert await status(Forwarded="for=203.0.113.7") == 404
        assert await status(Host="support.example.org") == 404
        assert await status(Host="localhost:8080") == 200
        assert await status(Authorization=f"Bearer {token}", Host="support.example.org") == 200
        assert await status(Authorization=f"bearer {token}", X_Forwarded_For="203.0.113.7") == 200
        assert await status(Authorization="Bearer wrong") == 404
        assert await status(Authorization="Basic wrong", Host="support.example.org") == 404


async def test_without_a_token_none_opens_the_door(house: House) -> None:
    headers = {"Authorization": "Bearer", "Host": "support.example.org"}

    assert (await house.http.get("/metrics", headers=headers)).status_code == 404


async def test_a_database_that_is_away_hides_nothing_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from handoff.errors import StoreUnavailable

    async def away() -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(house.assembly.gateway.depths, "read", away)

    assert "babeldesk_brain_condition" in await scrape(house)


async def test_depths_are_counted_at_most_every_few_seconds(house: House) -> None:
    from bot.depths import DepthGauge
    from handoff.ports import SystemClock

    now = [100.0]
    gauge = DepthGauge(
        house.assembly.gateway.database, SystemClock(), monotonic=lambda: now[0], believed_s=5
    )
    visitor = await house.open()
    first = await gauge.read()
    await visitor.send("wait")
    await house.brain.asked.wait()

    assert await gauge.read() is first
    now[0] += 5
    later = await gauge.read()
    assert (first.waiting, later.waiting) == (0, 1)
    assert later.oldest_s >= 0


async def test_readiness_ends_when_the_gateway_is_asked_to_stop(make_house: MakeHouse) -> None:
    async with make_house() as house:
        ready = await house.http.get("/readyz")
        house.assembly.gateway.hub.close()  # what a signal does first

        stopping = await house.http.get("/readyz")
        alive = await house.http.get("/healthz")

    assert (ready.status_code, stopping.status_code, alive.status_code) == (200, 503, 200)
    assert stopping.json()["checks"]["database"] == "ok"
    assert stopping.json()["checks"]["brain"]["condition"] == "ready"


async def test_readiness_does_not_need_a_brain(make_house: MakeHouse) -> None:
    async with make_house(brain_up=False) as house:
        ready = await house.http.get("/readyz")

    assert (ready.status_code, ready.json()["checks"]["brain"]["condition"]) == (200, "coming")


def frames(created_at: datetime) -> Iterator[dict[str, object]]:
    yield {"type": "event", "event": {"created_at": created_at.isoformat()}}
    yield {"type": "ping"}
    yield {"type": "event", "event": "odd"}


async def test_what_a_reader_missed_is_no_lag() -> None:
    metrics = Metrics(wall=lambda: 1000.0)
    with metrics.open_stream(reader="agent", transport="websocket") as sent:
        for created in (999.0, 1000.0):
            for frame in frames(datetime.fromtimestamp(created, UTC)):
                sent(frame)

    found = families(metrics.render("")[0].decode())
    assert value(found, "babeldesk_delivery_lag_seconds_count", reader="agent") == 1
    assert value(found, "babeldesk_open_streams", reader="agent", transport="websocket") == 0


async def test_parts_of_a_turn_that_nobody_knows_are_left_out() -> None:
    metrics = Metrics()
    metrics.observe_turn({"search": 4, "language": "fast", "magic": 1}, call_s=0.5)

    found = families(metrics.render("")[0].decode())
    parts = {
        sample.labels["part"]
        for sample in found["babeldesk_turn_duration_seconds"].samples
        if sample.name.endswith("_count")
    }
    assert parts == {"call", "search"}
    assert value(found, "babeldesk_turn_duration_seconds_sum", part="search") == 0.004


async def test_a_probed_brain_has_no_restarts_to_tell() -> None:
    metrics = Metrics()
    metrics.watch_process(
        brain=lambda: {"condition": "gone", "rss_bytes": None},
        breaker=lambda: Phase.HALF_OPEN,
        turns_in_flight=lambda: 3,
        agents_online=lambda: 2,
    )

    found = families(metrics.render("")[0].decode())

    assert value(found, "babeldesk_brain_restarts_total") == 0
    assert value(found, "babeldesk_brain_condition", condition="gone") == 1
    assert value(found, "babeldesk_brain_condition", condition="ready") == 0
    assert value(found, "babeldesk_breaker_state", state="half_open") == 1
    assert value(found, "babeldesk_turns_in_flight") == 3
    assert value(found, "babeldesk_agents_online") == 2


DOCS = Path(__file__).resolve().parents[2] / "docs"


def sample_names() -> set[str]:
    metrics = Metrics()
    metrics.watch_process(
        brain=lambda: {"condition": "ready"},
        breaker=lambda: Phase.CLOSED,
        turns_in_flight=lambda: 0,
        agents_online=lambda: 0,
    )
    return {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in metrics.registry.collect()
    }


async def test_operators_find_every_metric_and_no_other() -> None:
    section = (DOCS / "operators.md").read_text("utf-8").partition("\n## Metrics\n")[2]
    rows = set(re.findall(r"^\| `(\w+)` \|", section.partition("\n## ")[0], re.MULTILINE))

    assert rows == {name for name in sample_names() if not name.startswith("process_")}


async def test_alerts_speak_of_metrics_that_exist() -> None:
    rules = yaml.safe_load((DOCS / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
    named = set()
    for rule in rules:
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in {"page", "ticket"}
        names = re.findall(r"\b(?:babeldesk|http_server|process)_\w+", rule["expr"])
        assert names, rule["alert"]
        named |= {re.sub(r"_(?:bucket|count|sum)$", "", name) for name in names}

    known = sample_names() | {"process_open_fds", "process_max_fds"}
    assert named <= known
    assert len({rule["alert"] for rule in rules}) == len(rules)


async def test_the_collector_of_another_process_reads_it_as_any_other_page(house: House) -> None:
    async with httpx.AsyncClient(trust_env=False) as collector:
        answer = await collector.get(f"{house.url}/metrics")

    assert "# TYPE babeldesk_answer_duration_seconds histogram" in answer.text
