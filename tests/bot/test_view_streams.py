"""Views of the queue as server-sent events, over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

import bot.api.view_streams as streams
from handoff.model import Role
from tests.bot.house import Agent, House, MakeHouse, is_handoff

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPEN, MINE = "/api/v1/views/open/stream", "/api/v1/views/mine/stream"


async def a_ticket(house: House) -> str:
    visitor = await house.open()
    await visitor.send("handoff")
    return str((await visitor.until(is_handoff))["payload"]["ticket_number"])


@dataclass
class Reader:
    lines: AsyncIterator[str]
    last_id: str = ""
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def until(self, kind: str, number: str | None = None) -> dict[str, Any]:
        async with asyncio.timeout(20):
            async for line in self.lines:
                name, _, text = line.partition(": ")
                if name == "id":
                    self.last_id = text
                elif name == "data":
                    frame = json.loads(text)
                    self.seen.append(frame)
                    of = frame.get("number") or frame.get("ticket", {}).get("number")
                    if frame["type"] == kind and number in (None, of):
                        return dict(frame)
        raise AssertionError(f"the stream ended without {kind} {number}")


@contextlib.asynccontextmanager
async def reading(agent: Agent, path: str, **headers: str) -> AsyncIterator[Reader]:
    async with agent.http.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Reader(answer.aiter_lines())


async def test_a_view_is_told_as_it_changes(house: House) -> None:
    agent = await house.agent()
    first = await a_ticket(house)
    async with reading(agent, OPEN) as everybody, reading(agent, MINE) as mine:
        whole = await everybody.until("view")
        assert (await mine.until("view"))["count"] == 0
        second = await a_ticket(house)
        await everybody.until("entered", second)
        assert (await everybody.until("standing"))["count"] == 2
        await agent.http.post(f"/api/v1/agent/tickets/{first}/take")
        changed = await everybody.until("changed", first)
        await mine.until("entered", first)
        await agent.http.post(f"/api/v1/agent/tickets/{first}/resolve")
        await everybody.until("left", first)
        await mine.until("left", first)
        standing = await everybody.until("standing")

    assert ([ticket["number"] for ticket in whole["tickets"]], whole["count"]) == ([first], 1)
    assert changed["ticket"]["assignee"]["id"] == agent.user["id"]
    assert (standing["count"], standing["order"]) == (1, [second])


async def test_a_reader_who_comes_back_gets_what_she_missed(house: House) -> None:
    agent = await house.agent()
    first, second = await a_ticket(house), await a_ticket(house)
    async with reading(agent, OPEN) as before:
        await before.until("view")
    async with reading(agent, OPEN, **{"Last-Event-ID": before.last_id}) as nothing_new:
        await nothing_new.until("standing")
    await agent.http.post(
        f"/api/v1/agent/tickets/{second}/note", json={"client_id": "n", "text": "look"}
    )
    async with reading(agent, OPEN, **{"Last-Event-ID": before.last_id}) as after:
        await after.until("standing")
    third = await a_ticket(house)
    async with reading(agent, OPEN, **{"Last-Event-ID": before.last_id}) as anew:
        whole = await anew.until("view")

    assert [frame["type"] for frame in nothing_new.seen] == ["standing"]
    assert [frame.get("ticket", {}).get("number") for frame in after.seen] == [second, None]
    assert {ticket["number"] for ticket in whole["tickets"]} == {first, second, third}


async def test_many_changes_are_one_look(house: House) -> None:
    agent = await house.agent()
    number = await a_ticket(house)
    async with reading(agent, OPEN) as reader:
        await reader.until("view")
        for n in range(12):
            await agent.http.post(
                f"/api/v1/agent/tickets/{number}/note",
                json={"client_id": f"n{n}", "text": "look"},
            )
        cursor = (await agent.http.get("/api/v1/agent/tickets")).json()["cursor"]
        standing = {"mark": ""}
        while not standing["mark"].startswith(f"{cursor}-"):
            standing = await reader.until("standing")

    assert len([frame for frame in reader.seen if frame["type"] == "standing"]) < 12


async def test_who_may_not_read_tickets_follows_no_view(house: House) -> None:
    editor = await house.agent(role=Role.EDITOR)

    answers = [
        await house.http.get(OPEN),
        await editor.http.get(OPEN),
        await editor.http.get("/api/v1/views/none/stream"),
    ]

    assert [answer.status_code for answer in answers] == [401, 403, 403]


async def test_a_view_ends_with_the_session(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "SESSION_CHECK_S", 0.05)
    async with make_house(look_s=0.02, heartbeat_s=0.02) as house:
        agent = await house.agent()
        async with reading(agent, OPEN) as reader:
            await reader.until("ping")
            await agent.http.post("/api/v1/agent/logout")
            async with asyncio.timeout(20):
                async for _line in reader.lines:
                    pass  # until the gateway ends it


async def test_nobody_holds_more_streams_than_allowed(make_house: MakeHouse) -> None:
    async with make_house(STREAMS_VISITOR="1") as house:
        agent = await house.agent()
        async with reading(agent, OPEN) as reader:
            await reader.until("view")
            refused: httpx.Response = await agent.http.get(MINE)

    assert refused.status_code == 429
