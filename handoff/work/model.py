"""Values of durable work: what is to be done and what a worker holds. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from handoff.model import JsonObject, iso

KIND_CHARS: Final = 60
KEY_CHARS: Final = 200
SUBJECT_CHARS: Final = 120
HIGHEST: Final = 0
NORMAL: Final = 5
LOWEST: Final = 9
# Deliveries are tried for three days, as the field's best senders do.
KEEP_TRYING_S: Final = 72 * 3600.0


class JobState(StrEnum):
    """Where a job is. A running one is `todo` with a lease."""

    TODO = "todo"
    DONE = "done"
    DEAD = "dead"
    DISCARDED = "discarded"


class FailureKind(StrEnum):
    """What a failure says about trying again."""

    PASSING = "passing"  # may well work later: no connection, time limit, 5xx
    REFUSED = "refused"  # a clear no: tried a few times within a minute, then given up
    HOPELESS = "hopeless"  # can never work: given up at once


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job to write in the transaction of the fact that causes it.

    Attributes:
        kind: Which handler does it.
        key: Names the work for ever: of several jobs with one key the first counts, the others are
            not stored. A timer or a slot of a schedule is a key.
        payload: What the handler needs; nothing that the handler could read by an id instead,
            unless it must stay as it is now.
        lane: Whose slots it uses; slow lanes cannot hold up others.
        group: Jobs that share a fate, such as one receiver; bounded within a worker.
        subject: Whom it is about, such as `conversation:<id>`.
        priority: 0 (first) to 9; waiting makes up for it, see `rules.rank_of`.
        at: When it is due; None for `delay_s` from now by the database's clock.
        delay_s: Seconds until it is due.
        keep_trying_s: How long after it became due it is tried again.
    """

    kind: str
    key: str
    payload: JsonObject = field(default_factory=dict)
    lane: str = "default"
    group: str | None = None
    subject: str | None = None
    priority: int = NORMAL
    at: datetime | None = None
    delay_s: float = 0.0
    keep_trying_s: float = KEEP_TRYING_S

    def __post_init__(self) -> None:
        """Refuses what the table would cut or refuse.

        Raises:
            ValueError: Names the field.
        """
        if not 0 < len(self.kind) <= KIND_CHARS:
            raise ValueError(f"kind must have 1 to {KIND_CHARS} characters")
        if not 0 < len(self.key) <= KEY_CHARS:
            raise ValueError(f"key must have 1 to {KEY_CHARS} characters")
        if not HIGHEST <= self.priority <= LOWEST:
            raise ValueError(f"priority must be {HIGHEST} to {LOWEST}")
        if self.delay_s < 0 or self.keep_trying_s < 0:
            raise ValueError("delay_s and keep_trying_s must not be negative")
        if self.at is not None and self.at.tzinfo is None:
            raise ValueError("at must be aware")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A stored job, as workers and operators see it.

    Attributes:
        due_at: When it may be taken: its time, the next try, or the end of the running lease.
        attempts: How often a worker took it.
        refusals: Clear refusals in a row.
        losses: Workers in a row that were lost with it.
    """

    id: str
    kind: str
    key: str
    lane: str
    group: str | None
    subject: str | None
    priority: int
    payload: JsonObject
    state: JobState
    due_at: datetime
    give_up_at: datetime
    attempts: int
    refusals: int
    losses: int
    lease_token: str | None
    leased_by: str | None
    error: str | None
    result: JsonObject | None
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None

    def as_json(self, *, payload: bool = False) -> JsonObject:
        """Gives the job's JSON; the payload only on demand, for it may hold a visitor's words."""
        shape: JsonObject = {
            "id": self.id,
            "kind": self.kind,
            "key": self.key,
            "lane": self.lane,
            "group": self.group,
            "subject": self.subject,
            "priority": self.priority,
            "state": self.state.value,
            "running": self.state is JobState.TODO and self.lease_token is not None,
            "due_at": iso(self.due_at),
            "give_up_at": iso(self.give_up_at),
            "attempts": self.attempts,
            "worker": self.leased_by,
            "error": self.error,
            "result": self.result,
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
            "finished_at": iso(self.finished_at),
        }
        return {**shape, "payload": self.payload} if payload else shape


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedJob:
    """A job in a worker's hands, with the token that proves it."""

    job: Job
    token: str
