"""Tells the shared list of agents who is connected to this gateway, for routing."""

from __future__ import annotations

import contextlib
import logging

from bot.realtime.hub import PRESENCE, Hub
from bot.realtime.presence import Presence
from handoff.errors import StoreUnavailable
from handoff.routing.attendance import BEAT_S, Attendance
from handoff.routing.model import Availability

logger = logging.getLogger(__name__)


class AttendanceBeat:
    """Beats every few seconds and at every change, until cancelled."""

    def __init__(
        self,
        attendance: Attendance,
        presence: Presence,
        hub: Hub,
        *,
        source: str,
        beat_s: float = BEAT_S,
    ) -> None:
        """Touches nothing. `source` is unique per process."""
        self._attendance = attendance
        self._presence = presence
        self._hub = hub
        self._source = source
        self._beat_s = beat_s

    async def run(self) -> None:
        """Writes while agents are connected, and once when the last one has gone."""
        told_of_any = False
        try:
            with self._hub.subscribe(PRESENCE) as subscription:
                while not self._hub.closed:
                    agents = {
                        agent_id: Availability(state)
                        for agent_id, state in self._presence.connected_here().items()
                    }
                    try:
                        if agents or told_of_any:
                            await self._attendance.beat(self._source, agents)
                        else:
                            # Another gateway may have died with its agents.
                            await self._attendance.sweep()
                        told_of_any = bool(agents)
                    except StoreUnavailable as error:
                        logger.warning("attendance was not told: %s", error)
                    await subscription.wait(timeout_s=self._beat_s)
        finally:
            if told_of_any:
                with contextlib.suppress(StoreUnavailable):
                    await self._attendance.leave(self._source)
