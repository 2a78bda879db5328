"""Teams and profiles as values, and what may stand in them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from handoff.model import Json, JsonObject, iso
from handoff.routing.errors import StaffingInvalid
from handoff.routing.model import AgentState, Mode, OrderPolicy
from handoff.transcript import clean_name

NAME_CHARS: Final = 80
WORD_CHARS: Final = 60
MOST_WORDS: Final = 50
MOST_CAPACITY: Final = 1000
TIERS: Final = (1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team. `calendar`, `order_policy` and `mode` None: the service file decides."""

    id: str
    name: str
    languages: tuple[str, ...] = ()
    calendar: str | None = None
    support_tier: int = 1
    order_policy: OrderPolicy | None = None
    mode: Mode | None = None
    members: tuple[str, ...] = ()
    version: int = 1
    created_at: datetime
    updated_at: datetime

    def as_json(self) -> JsonObject:
        """Gives the team's JSON; `members` are user ids."""
        return {
            "id": self.id,
            "name": self.name,
            "languages": list(self.languages),
            "calendar": self.calendar,
            "support_tier": self.support_tier,
            "order_policy": None if self.order_policy is None else self.order_policy.value,
            "mode": None if self.mode is None else self.mode.value,
            "members": list(self.members),
            "version": self.version,
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What routing knows of an agent; a `capacity` of None is the service file's.

    `channel_capacity` holds her own numbers; channels without one have the file's.
    """

    skills: tuple[str, ...] = ()
    capacity: int | None = None
    channel_capacity: Mapping[str, int] = field(default_factory=dict)
    support_tier: int = 1
    market: str | None = None
    time_zone: str | None = None
    calendar: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffedAgent:
    """An agent with her profile and how she is now; `since` when, if she was ever there."""

    state: AgentState
    profile: Profile
    since: datetime | None

    def as_json(self) -> JsonObject:
        """Gives the agent's JSON: what holds for her, her load and whether she is there."""
        state, profile = self.state, self.profile
        return {
            "id": state.id,
            "name": state.name,
            "languages": list[Json](sorted(state.languages)),
            "skills": list[Json](sorted(state.skills)),
            "teams": list[Json](sorted(state.teams)),
            "support_tier": state.support_tier,
            "market": profile.market,
            "time_zone": profile.time_zone,
            "calendar": profile.calendar,
            "capacity": state.capacity,
            "channel_capacity": dict(state.channel_capacity),
            "load": dict(state.load),
            "availability": state.availability.value,
            "since": iso(self.since),
            "on_duty": state.on_duty,
            "last_assigned_at": iso(state.last_assigned_at),
            "version": profile.version,
        }


def check_name(name: str) -> str:
    """Gives a name without what cannot be seen; raises StaffingInvalid when nothing is left."""
    cleaned = clean_name(name, limit=NAME_CHARS)
    if not cleaned:
        raise StaffingInvalid("name", "must not be empty")
    return cleaned


def check_words(field_name: str, words: Sequence[str]) -> list[str]:
    """Gives words such as skills or languages, each once.

    Raises:
        StaffingInvalid: Too many, or one that is empty or too long.
    """
    cleaned = list(dict.fromkeys(word.strip() for word in words))
    if len(cleaned) > MOST_WORDS:
        raise StaffingInvalid(field_name, f"has more than {MOST_WORDS} entries")
    if any(not 0 < len(word) <= WORD_CHARS for word in cleaned):
        raise StaffingInvalid(field_name, f"has an entry without 1 to {WORD_CHARS} characters")
    return cleaned


def check_tier(tier: int) -> int:
    """Gives the support tier; raises StaffingInvalid unless it is 1 or 2."""
    if tier not in TIERS:
        raise StaffingInvalid("support_tier", "must be 1 or 2")
    return tier


def check_capacity(field_name: str, capacity: int) -> int:
    """Gives a number of tickets; raises StaffingInvalid outside 0 to 1000."""
    if not 0 <= capacity <= MOST_CAPACITY:
        raise StaffingInvalid(field_name, f"must be 0 to {MOST_CAPACITY}")
    return capacity


def check_zone(name: str | None) -> str | None:
    """Gives an IANA time zone; raises StaffingInvalid for anything else."""
    if name is None:
        return None
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise StaffingInvalid("time_zone", "is no time zone such as Europe/Athens") from None
    return name


def check_calendar(name: str | None, known: Collection[str]) -> str | None:
    """Gives the name of a calendar of the service file; raises StaffingInvalid for others."""
    if name is not None and name not in known:
        raise StaffingInvalid("calendar", f"must be one of {', '.join(sorted(known))}")
    return name
