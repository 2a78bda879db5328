"""The table of running gateways on both databases."""

from __future__ import annotations

from handoff.gateways import Gateways
from handoff.model import JsonObject
from tests.handoff.world import World

ANN: JsonObject = {"agent_id": "a", "name": "Ann", "state": "online"}
BEN: JsonObject = {"agent_id": "b", "name": "Ben", "state": "away"}


async def test_each_gateway_learns_who_is_connected_to_the_others(world: World) -> None:
    table = Gateways(world.database)
    assert await table.beat("g1", [ANN]) == []
    assert await table.beat("g2", [BEN]) == [ANN]
    assert await table.beat("g1", []) == [BEN]
    assert await table.beat("g2", [BEN]) == []


async def test_who_leaves_is_gone_at_once(world: World) -> None:
    table = Gateways(world.database)
    await table.beat("g1", [ANN])
    await table.leave("g1")
    assert await table.beat("g2", []) == []
    await table.leave("g1")


async def test_a_gateway_that_no_longer_beats_is_dead_and_later_forgotten(world: World) -> None:
    table = Gateways(world.database)
    await table.beat("g1", [ANN])
    for ago, left in (("20 seconds", 2), ("2 days", 1)):
        moment = (
            f"clock_timestamp() - interval '{ago}'"
            if world.database.dialect == "postgresql"
            else f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-{ago}')"
        )
        async with world.database.write() as transaction:
            await transaction.connection.exec_driver_sql(
                f"UPDATE gateways SET seen_at = {moment} WHERE id = 'g1'"
            )
        assert await table.beat("g2", []) == []
        assert await world.scalar("SELECT count(*) FROM gateways") == left
