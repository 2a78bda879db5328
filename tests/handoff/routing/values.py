"""Short ways to write tickets and agents in tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from handoff.routing.model import AgentState, Availability, WaitingTicket

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def ticket(number: int, *, waited: float = 0, age: float | None = None, **values: Any) -> Any:
    """A ticket that has been waiting for `waited` minutes and was opened `age` minutes ago."""
    defaults: dict[str, Any] = {
        "priority": 3,
        "queued_at": NOW - minutes(waited),
        "opened_at": NOW - minutes(waited if age is None else age),
        "language": "en",
    }
    skills = frozenset(values.pop("skills", ()))
    return WaitingTicket(number=number, skills=skills, **{**defaults, **values})


def agent(name: str, *languages: str, load: int = 0, **values: Any) -> AgentState:
    """An agent with her languages; her load is on the channel `widget`."""
    for key in ("skills", "teams"):
        values[key] = frozenset(values.get(key, ()))
    values.setdefault("load", {"widget": load} if load else {})
    values.setdefault("availability", Availability.ONLINE)
    return AgentState(id=name, name=name, languages=frozenset(languages), **values)
