"""Which agents are there: an agent is online while one of her live connections says so.

Truth is the open connection itself (the server pings it and drops it when no answer comes), so
nothing expires by clock here. Agents on other gateways come from `bot.realtime.roster`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.realtime.hub import PRESENCE, Hub
from handoff.model import JsonObject

PresenceState = Literal["online", "away"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPresence:
    """One connection of one agent."""

    agent_id: str
    name: str
    state: PresenceState


class Presence:
    """The roster of connected agents."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._connections: dict[str, AgentPresence] = {}
        self._elsewhere: tuple[AgentPresence, ...] = ()

    def enter(self, connection_id: str, *, agent_id: str, name: str) -> None:
        """An agent's connection opened; she is online."""
        self._connections[connection_id] = AgentPresence(
            agent_id=agent_id, name=name, state="online"
        )
        self._hub.publish(PRESENCE)

    def set_state(self, connection_id: str, state: PresenceState) -> None:
        """The agent says whether she is there; unknown connections are ignored."""
        known = self._connections.get(connection_id)
        if known is None or known.state == state:
            return
        self._connections[connection_id] = replace(known, state=state)
        self._hub.publish(PRESENCE)

    def leave(self, connection_id: str) -> None:
        """The connection ended."""
        if self._connections.pop(connection_id, None) is not None:
            self._hub.publish(PRESENCE)

    def connected_here(self) -> dict[str, PresenceState]:
        """Agent -> state, of the connections of this gateway; online wins over away."""
        best: dict[str, PresenceState] = {}
        for entry in self._connections.values():
            if entry.state == "online" or entry.agent_id not in best:
                best[entry.agent_id] = entry.state
        return best

    def as_json(self) -> list[JsonObject]:
        """The connections of this gateway as plain data."""
        return [
            {"agent_id": entry.agent_id, "name": entry.name, "state": entry.state}
            for entry in self._connections.values()
        ]

    def set_others(self, entries: Sequence[JsonObject]) -> None:
        """Takes the connections of all other gateways; hints in this process if they changed."""
        elsewhere = tuple(
            AgentPresence(
                agent_id=str(entry["agent_id"]),
                name=str(entry["name"]),
                state="online" if entry["state"] == "online" else "away",
            )
            for entry in entries
        )
        if elsewhere != self._elsewhere:
            self._elsewhere = elsewhere
            self._hub.hint(PRESENCE)

    def roster(self) -> list[AgentPresence]:
        """One entry per agent, ordered by name; online wins over away."""
        best: dict[str, AgentPresence] = {}
        for entry in (*self._connections.values(), *self._elsewhere):
            known = best.get(entry.agent_id)
            if known is None or entry.state == "online":
                best[entry.agent_id] = entry
        return sorted(best.values(), key=lambda entry: (entry.name, entry.agent_id))

    def agents_online(self) -> int:
        """How many agents are online; the port of the handoff core."""
        return sum(entry.state == "online" for entry in self.roster())
