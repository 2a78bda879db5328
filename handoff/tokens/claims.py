"""What to do with a call whose Idempotency-Key was seen before. Pure.

A call claims its key under a lease before it does anything, marks the key in the transaction of its
effect, and stores its answer. So at every moment a repeat can tell whether the effect is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from handoff.errors import IdempotencyAnswerGone, IdempotencyInProgress, IdempotencyKeyReused

# Longer than any call of ours takes; a process that ended holds its key no longer than that.
LEASE_FOR: Final = timedelta(seconds=30)
KEEP_FOR: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """The answer that the first call got."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """A key that was seen before.

    Attributes:
        effect_at: When the call took effect; None if it did not, or changed nothing.
        answered_at: When it was answered; `answer` is None all the same if it was not to be kept.
    """

    fingerprint: str
    lease_until: datetime
    effect_at: datetime | None
    answered_at: datetime | None
    answer: StoredAnswer | None
    created_at: datetime


def decide_repeat(record: KeyRecord, *, fingerprint: str, now: datetime) -> StoredAnswer | None:
    """Gives the first answer, or None when the key may be claimed anew.

    Raises:
        IdempotencyKeyReused: It was another call.
        IdempotencyInProgress: The first call is being worked on.
        IdempotencyAnswerGone: It took effect, its answer is not there.
    """
    if now - record.created_at >= KEEP_FOR:
        return None
    if record.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    if record.answer is not None:
        return record.answer
    if record.answered_at is not None:
        raise IdempotencyAnswerGone
    if record.lease_until > now:
        raise IdempotencyInProgress(retry_after_s=(record.lease_until - now).total_seconds())
    if record.effect_at is not None:
        raise IdempotencyAnswerGone
    return None
