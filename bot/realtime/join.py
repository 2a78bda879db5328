"""What a gateway runs beside its work when others may share its database."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from sqlalchemy.engine import make_url

from bot.realtime.hub import Hub
from bot.realtime.presence import Presence
from bot.realtime.roster import SharedRoster
from handoff.gateways import Gateways
from handoff.ids import new_id
from handoff.store.engine import Database

Work = Callable[[], Coroutine[Any, Any, None]]


def join_gateways(
    bus_url: str | None, *, hub: Hub, presence: Presence, database: Database
) -> Mapping[str, Work]:
    """Gives the background work by name: nothing without a bus.

    Args:
        bus_url: Address of PostgreSQL or Redis; None when this gateway is the only one.
        hub: This process's hub; the bus joins it with the others.
        presence: This process's agents.
        database: Where the shared roster is.
    """
    if bus_url is None:
        return {}
    # Here, because most installations have one gateway and need neither driver.
    from bot.realtime.bus import Bus, PostgresWire, RedisWire

    gateway_id = new_id()
    url = make_url(bus_url)
    wire: PostgresWire | RedisWire
    if url.get_backend_name() == "postgresql":
        plain = url.set(drivername="postgresql")
        wire = PostgresWire(plain.render_as_string(hide_password=False))
    else:
        wire = RedisWire(bus_url)
    roster = SharedRoster(Gateways(database), presence, hub, gateway_id=gateway_id)
    return {"bus": Bus(hub, wire, gateway_id=gateway_id).run, "roster": roster.run}
