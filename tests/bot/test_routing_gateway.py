"""Routing in a running gateway: an open console is presence, and tickets come by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.realtime.hub import INBOX, PRESENCE
from handoff.work.outbox import WORK_TOPIC
from tests.bot.house import House, MakeHouse
from tests.bot.test_gateway_agent_api import open_ticket

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROOT = Path(__file__).resolve().parents[2]


def push_file(folder: Path) -> Path:
    """The demo shop's service file with tickets that are assigned."""
    data = yaml.safe_load((ROOT / "data" / "service.yml").read_text(encoding="utf-8"))
    data["routing"]["mode"] = "push"
    path = folder / "service.yml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


async def until(
    house: House, ask: Callable[[], Awaitable[Any]], is_so: Callable[[Any], bool]
) -> Any:
    """The answer once it is so; asked again with every hint of the gateway."""
    async with asyncio.timeout(20):
        with house.assembly.gateway.hub.subscribe(INBOX, PRESENCE, WORK_TOPIC) as hints:
            while not is_so(found := await ask()):
                await hints.wait(timeout_s=0.2)
    return found


async def test_a_ticket_waits_for_a_console_to_open_and_then_comes_by_itself(
    make_house: MakeHouse, tmp_path: Path
) -> None:
    async with make_house(SERVICE_FILE=str(push_file(tmp_path))) as house:
        agent = await house.agent()
        await house.assembly.gateway.core.routing.staffing.change_profile(
            str(agent.user["id"]), languages=("en",)
        )
        _, number = await open_ticket(house)

        async def why() -> Any:
            return (await agent.http.get(f"/api/v1/tickets/{number}/routing")).json()

        async def me() -> Any:
            return (await agent.http.get("/api/v1/agents/me")).json()

        waits = await until(house, why, lambda found: found["wait"]["code"] != "queued")
        assert waits["wait"]["text"] == "Nobody is online to take it"

        async with agent.http.stream("GET", "/api/v1/agent/stream"):
            found = await until(house, why, lambda found: found["assignee"] is not None)

            assert found["assignee"]["id"] == agent.user["id"]
            assert (found["assigned_by"], found["offered"]) == ("routing", True)
            (past,) = found["history"]
            assert past["reasons"][0]["text"] == "Speaks the customer's language: English"
            state = await me()
            assert (state["availability"], state["load"]) == ("online", {"widget": 1})

        await until(house, me, lambda found: found["availability"] == "offline")
