"""A call with an Idempotency-Key on a gateway that is killed between any two steps: one effect."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from handoff.model import Role
from handoff.store.tables import events
from handoff.tokens.claims import LEASE_FOR
from handoff.tokens.store import ApiTokens
from handoff.tokens.tables import idempotency_keys
from tests.handoff.world import World

ROOT = Path(__file__).resolve().parents[3]


class Child:
    """The process that forks gateways."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder

    def call(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        whole = {"home": str(self._folder), "report": str(self._folder / "report"), **order}
        self._process.stdin.write(json.dumps(whole) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.handoff.tokens.keyed_child"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    yield Child(process, tmp_path)
    assert process.stdin is not None
    process.stdin.close()
    process.wait(timeout=30)


async def end_leases(world: World) -> None:
    """As if the killed gateway's lease were over."""
    async with world.database.write() as transaction:
        rows = (await transaction.connection.execute(select(idempotency_keys))).all()
        for row in rows:
            await transaction.connection.execute(
                update(idempotency_keys)
                .where(idempotency_keys.c.id == row.id)
                .values(lease_until=row.lease_until - LEASE_FOR)
            )


async def n_effects(world: World, reason: str) -> int:
    query = select(events.c.payload).where(events.c.kind == "priority")
    async with world.database.read() as connection:
        payloads = (await connection.execute(query)).scalars().all()
    return sum(payload["reason"] == reason for payload in payloads)


@pytest.mark.timeout(180)
async def test_killed_at_any_moment_and_sent_again_a_call_has_one_effect(
    world: World, child: Child
) -> None:
    admin = await world.agent(role=Role.ADMIN)
    number = await world.hand_off(await world.start())
    made = await ApiTokens(world.database, world.clock).create(
        owner_id=admin.id,
        name="t",
        scopes=["tickets:write"],
        owner_may=["tickets:write"],
        maker_may=["tickets:write"],
    )
    order = {
        "url": world.url,
        "token": made.secret,
        "path": f"/api/v1/agent/tickets/{number}/priority",
    }
    whole = child.call(**order, key="whole", body={"level": 1, "reason": "whole"})
    assert (whole["end"], whole["status"]) == (0, 200)
    outcomes = []

    for die_at in range(1, len(whole["seen"]) + 1):
        key = f"k{die_at}"
        keyed = {**order, "key": key, "body": {"level": 1 + die_at % 5, "reason": key}}
        killed = child.call(**keyed, die_at=die_at)
        await end_leases(world)
        again = child.call(**keyed)

        assert again["end"] == 0
        assert await n_effects(world, key) == 1, f"killed at {whole['seen'][die_at - 1]} {die_at}"
        outcomes.append((killed["end"], again["status"]))

    killed_by = {end for end, _status in outcomes}
    answers = [status for _end, status in outcomes]
    # The token's last use, written once a minute, makes the first call a few moments longer.
    assert -signal.SIGKILL in killed_by
    # Done anew or answered again; between effect and answer it can only be said that it is done.
    assert set(answers) == {200, 409}
    assert answers.count(200) > answers.count(409)
