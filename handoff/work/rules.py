"""Decisions of durable work: order, retries, leases, room. Pure: time and chance are parameters.

The schedule of retries is exponential with full jitter (a uniform draw below a growing ceiling), so
that many jobs which failed together do not come back together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from handoff.work.model import FailureKind, JobState

FIRST_RETRY_S: Final = 5.0
RETRY_GROWTH: Final = 3.0
LONGEST_RETRY_S: Final = 3600.0
# A clear no is usually a mistake that somebody has to mend, or a receiver in the middle of its own
# start: a few tries within a minute, then the dead letter.
REFUSED_RETRY_S: Final = 12.0
REFUSALS_IN_A_ROW: Final = 5
# A job that ends its worker every time must not do so for ever; one that was merely unlucky may.
LOSSES_IN_A_ROW: Final = 10
# One step of priority is worth this much waiting: nothing starves.
STEP: Final = timedelta(seconds=60)
# Retries in a hurry keep this little a distance.
SHORTEST_RETRY_S: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Try once more at a moment."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """Put it aside for a person; `why` is a short reason."""

    why: str


class Taking(StrEnum):
    """What to do with a job that a worker looks at."""

    TAKE = "take"
    LEAVE = "leave"
    BURY = "bury"  # its workers were lost with it too often


def rank_of(due_at: datetime, priority: int) -> datetime:
    """Gives a job's place in the queue: smaller is earlier.

    Adding a fixed span per step of priority orders jobs at every moment as if each minute of
    waiting raised them by one step, without ever changing a row.
    """
    return due_at + priority * STEP


def retry_ceiling_s(attempts: int) -> float:
    """Gives the longest pause after so many tries: 5, 15, 45, 135 ... seconds, at most an hour."""
    # The exponent is bounded so that a large count cannot overflow.
    return min(LONGEST_RETRY_S, FIRST_RETRY_S * RETRY_GROWTH ** min(max(attempts - 1, 0), 20))


def decide_failure(
    kind: FailureKind,
    *,
    attempts: int,
    refusals: int,
    now: datetime,
    give_up_at: datetime,
    chance: float,
    after_s: float | None = None,
) -> Again | GiveUp:
    """Decides what becomes of a job after a failed try.

    Args:
        kind: What the failure says.
        attempts: Tries so far, this one included; at least 1.
        refusals: Clear refusals in a row, this one included.
        now: The database's time.
        give_up_at: When trying ends.
        chance: Uniform in [0, 1).
        after_s: What the other side asked for; heeded up to an hour.
    """
    if kind is FailureKind.HOPELESS:
        return GiveUp(why="can never succeed")
    if kind is FailureKind.REFUSED and refusals >= REFUSALS_IN_A_ROW:
        return GiveUp(why=f"refused {refusals} times in a row")
    if now >= give_up_at:
        return GiveUp(why=f"no success in {attempts} {'try' if attempts == 1 else 'tries'}")
    ceiling_s = REFUSED_RETRY_S if kind is FailureKind.REFUSED else retry_ceiling_s(attempts)
    pause_s = max(SHORTEST_RETRY_S, chance * ceiling_s)
    if after_s is not None:
        pause_s = max(pause_s, min(after_s, LONGEST_RETRY_S))
    # The last try is made when the time is over, not skipped.
    return Again(at=min(now + timedelta(seconds=pause_s), give_up_at))


def decide_taking(
    *, state: JobState, leased: bool, due_at: datetime, losses: int, now: datetime
) -> Taking:
    """Decides whether a worker may take a job.

    Args:
        state: The stored state.
        leased: Whether it has a lease; past `due_at` that lease is over and its worker is lost.
        due_at: When it is due, or its lease ends.
        losses: Workers in a row that were lost with it, before this moment.
        now: The database's time.
    """
    if state is not JobState.TODO or due_at > now:
        return Taking.LEAVE
    if leased and losses + 1 >= LOSSES_IN_A_ROW:
        return Taking.BURY
    return Taking.TAKE


def holds_lease(*, state: JobState, stored_token: str | None, token: str) -> bool:
    """Whether a worker's result counts: only the newest token does, however late it comes."""
    return state is JobState.TODO and stored_token is not None and stored_token == token


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a job runs."""

    lane: str
    group: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a worker does at the same time.

    Attributes:
        total: Jobs at once.
        per_lane: Jobs at once of a lane; a lane that is not named may use all slots but one.
        per_group: Jobs at once of one group.
    """

    total: int = 8
    per_lane: Mapping[str, int] = field(default_factory=dict)
    per_group: int = 2

    def of_lane(self, lane: str) -> int:
        """Gives the slots of a lane; the last slot is never a single lane's, if there are two."""
        return min(self.per_lane.get(lane, self.total), max(1, self.total - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What is still free in a worker."""

    slots: int
    full_lanes: frozenset[str]
    full_groups: frozenset[str]


def room_left(limits: Limits, running: Iterable[Place]) -> Room:
    """Gives the room beside what is running."""
    places = list(running)
    lanes = Counter(place.lane for place in places)
    groups = Counter(place.group for place in places if place.group is not None)
    return Room(
        slots=max(0, limits.total - len(places)),
        full_lanes=frozenset(lane for lane, n in lanes.items() if n >= limits.of_lane(lane)),
        full_groups=frozenset(group for group, n in groups.items() if n >= limits.per_group),
    )


def choose(candidates: Sequence[Place], limits: Limits, running: Iterable[Place]) -> list[int]:
    """Gives the positions of the candidates that fit, in their order."""
    places = list(running)
    chosen: list[int] = []
    for position, place in enumerate(candidates):
        room = room_left(limits, places)
        if room.slots == 0:
            break
        if place.lane in room.full_lanes or place.group in room.full_groups:
            continue
        chosen.append(position)
        places.append(place)
    return chosen


def slot_start(now: datetime, every: timedelta) -> datetime:
    """Gives when the running slot of a schedule began, counted from the epoch in UTC."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + every * ((now - epoch) // every)


def slot_key(name: str, now: datetime, every: timedelta) -> str:
    """Gives the key of a schedule's slot; the same in every process, so a slot runs once."""
    return f"schedule:{name}:{slot_start(now, every):%Y-%m-%dT%H:%M:%SZ}"
