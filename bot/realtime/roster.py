"""Joins the rosters of several gateways through the database: who is online anywhere."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Protocol

import structlog

from bot.realtime.hub import PRESENCE, Hub
from bot.realtime.presence import Presence
from handoff.errors import StoreUnavailable
from handoff.gateways import ALIVE_S, BEAT_S
from handoff.model import JsonObject

log = structlog.get_logger("bot.roster")


class GatewayTable(Protocol):
    """The part of `handoff.gateways.Gateways` that is used here."""

    async def beat(self, gateway_id: str, agents: list[JsonObject]) -> list[JsonObject]:
        """Writes this gateway's agents, gives those of the others."""

    async def leave(self, gateway_id: str) -> None:
        """Takes this gateway out."""


class SharedRoster:
    """Keeps the presence list joined until cancelled."""

    def __init__(
        self,
        table: GatewayTable,
        presence: Presence,
        hub: Hub,
        *,
        gateway_id: str,
        beat_s: float = BEAT_S,
        alive_s: float = ALIVE_S,
    ) -> None:
        self._table = table
        self._presence = presence
        self._hub = hub
        self._gateway_id = gateway_id
        self._beat_s = beat_s
        self._alive_s = alive_s

    async def run(self) -> None:
        """Beats every few seconds and at every change, here or (by hint) elsewhere."""
        heard_at = time.monotonic()
        try:
            with self._hub.subscribe(PRESENCE) as subscription:
                while not self._hub.closed:
                    try:
                        entries = await self._table.beat(self._gateway_id, self._presence.as_json())
                        self._presence.set_others(entries)
                        heard_at = time.monotonic()
                    except StoreUnavailable as error:
                        log.warning("roster_not_shared", reason=error.reason)
                        if time.monotonic() - heard_at > self._alive_s:
                            # As long as that nobody knows whether they are still there.
                            self._presence.set_others([])
                        await asyncio.sleep(self._beat_s)
                    await subscription.wait(timeout_s=self._beat_s)
        finally:
            with contextlib.suppress(StoreUnavailable):
                await asyncio.shield(self._table.leave(self._gateway_id))
