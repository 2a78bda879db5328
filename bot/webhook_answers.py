"""What a receiver's answer to a webhook means. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

# Not yet, busy, too fast: the receiver is there and asks for patience.
_PATIENCE: Final = frozenset({408, 425, 429})
GONE: Final = 410


class Verdict(StrEnum):
    """What to do after an answer."""

    DELIVERED = "delivered"
    LATER = "later"
    REFUSED = "refused"
    GONE = "gone"  # and switch the receiver off


def judge_status(status: int) -> Verdict:
    """Gives what a status code means; redirects are never followed, so they refuse."""
    if 200 <= status < 300:
        return Verdict.DELIVERED
    if status == GONE:
        return Verdict.GONE
    if status >= 500 or status in _PATIENCE:
        return Verdict.LATER
    return Verdict.REFUSED


def retry_after_s(header: str | None, *, now: datetime) -> float | None:
    """Gives the seconds that a Retry-After header asks for, as a number or a date; None if none."""
    text = (header or "").strip()
    if not text:
        return None
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
