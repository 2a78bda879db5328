"""The bodies of the API for teams, agents' profiles and availability."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from handoff.routing.model import Availability, Mode, OrderPolicy
from handoff.routing.people import MOST_CAPACITY, MOST_WORDS, NAME_CHARS, WORD_CHARS

Word = Annotated[str, Field(min_length=1, max_length=WORD_CHARS)]
Words = Annotated[list[Word], Field(max_length=MOST_WORDS)]
UserIds = Annotated[list[Annotated[str, Field(min_length=1, max_length=26)]], Field(max_length=500)]
Tier = Annotated[int, Field(strict=True, ge=1, le=2)]
Capacity = Annotated[int, Field(strict=True, ge=0, le=MOST_CAPACITY)]
Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARS)]
Calendar = Annotated[str, Field(min_length=1, max_length=60)]


class TeamBody(BaseModel):
    """A new team. What is left out is up to the service file."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Returns",
                    "languages": ["el", "en"],
                    "support_tier": 1,
                    "order_policy": "quick_wins",
                    "mode": "push",
                }
            ]
        },
    )

    name: Name
    languages: Words = []
    calendar: Calendar | None = None
    support_tier: Tier = 1
    order_policy: OrderPolicy | None = None
    mode: Mode | None = None
    members: UserIds = []


class TeamChangeBody(BaseModel):
    """What changes of a team; the rest stays. `members` replaces them all."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"mode": "push"}]})

    name: Name | None = None
    languages: Words | None = None
    calendar: Calendar | None = None
    support_tier: Tier | None = None
    order_policy: OrderPolicy | None = None
    mode: Mode | None = None
    members: UserIds | None = None


class TeamView(BaseModel):
    """A team; `calendar`, `order_policy` and `mode` are null where the service file decides."""

    id: str
    name: str
    languages: list[str]
    calendar: str | None
    support_tier: int
    order_policy: str | None
    mode: str | None
    members: list[str]
    version: int
    created_at: str
    updated_at: str


class TeamsView(BaseModel):
    """All teams by name."""

    teams: list[TeamView]


class ProfileChangeBody(BaseModel):
    """What changes of an agent's profile; the rest stays, and null gives back what the file says.

    `channel_capacity` holds numbers of her own per channel.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "languages": ["el", "en"],
                    "skills": ["billing"],
                    "channel_capacity": {"widget": 2},
                }
            ]
        },
    )

    languages: Words | None = None
    skills: Words | None = None
    capacity: Capacity | None = None
    channel_capacity: Annotated[
        dict[Annotated[str, Field(max_length=30)], Capacity] | None, Field(max_length=50)
    ] = None
    support_tier: Tier | None = None
    market: Annotated[str | None, Field(max_length=30)] = None
    time_zone: Annotated[str | None, Field(max_length=64)] = None
    calendar: Calendar | None = None


class AgentView(BaseModel):
    """An agent: what holds for her, her load, and whether she is there and since when."""

    id: str
    name: str
    languages: list[str]
    skills: list[str]
    teams: list[str]
    support_tier: int
    market: str | None
    time_zone: str | None
    calendar: str | None
    capacity: int
    channel_capacity: dict[str, int]
    load: dict[str, int]
    availability: str
    since: str | None
    on_duty: bool
    last_assigned_at: str | None
    version: int


class AgentsView(BaseModel):
    """Everybody who may have tickets, by name."""

    agents: list[AgentView]


class AvailabilityBody(BaseModel):
    """What an agent says of herself; `offline` is what follows when no client is connected."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"state": "busy"}]})

    state: Availability


class AvailabilityView(BaseModel):
    """How an agent is, since when."""

    agent_id: str
    state: str
    since: str


class RoutingView(BaseModel):
    """How tickets find their agents, line by line: who, what, when, where."""

    mode: str
    lines: list[str]
    warnings: list[str]
