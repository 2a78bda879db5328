"""A desk with routing switched on, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from handoff.store.engine import Database
from tests.handoff.routing.desk import RoutedDesk
from tests.handoff.world import World


@pytest.fixture
def desk(world: World, database: Database) -> Iterator[RoutedDesk]:
    before = database.follow_ups
    desk = RoutedDesk(world)
    database.follow_ups = (*before, desk.routing.requests)
    yield desk
    database.follow_ups = before
