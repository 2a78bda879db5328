"""What a repeated call gets, by what is known of the first one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handoff.errors import (
    HandoffError,
    IdempotencyAnswerGone,
    IdempotencyInProgress,
    IdempotencyKeyReused,
)
from handoff.tokens.claims import KEEP_FOR, LEASE_FOR, KeyRecord, StoredAnswer, decide_repeat

NOW = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
ANSWER = StoredAnswer(status=201, headers={}, body="{}")
SECOND = timedelta(seconds=1)


def record(**changes: Any) -> KeyRecord:
    values: dict[str, Any] = {
        "fingerprint": "same",
        "lease_until": NOW + LEASE_FOR,
        "effect_at": None,
        "answered_at": None,
        "answer": None,
        "created_at": NOW,
    }
    return KeyRecord(**{**values, **changes})


def test_an_answered_call_gives_its_answer_again() -> None:
    answered = record(answered_at=NOW, effect_at=NOW, answer=ANSWER)

    assert decide_repeat(answered, fingerprint="same", now=NOW) == ANSWER


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"fingerprint": "other", "answer": ANSWER}, IdempotencyKeyReused),
        ({"fingerprint": "other"}, IdempotencyKeyReused),
        ({"answered_at": NOW}, IdempotencyAnswerGone),
        ({}, IdempotencyInProgress),
        ({"effect_at": NOW}, IdempotencyInProgress),
        ({"effect_at": NOW, "lease_until": NOW}, IdempotencyAnswerGone),
    ],
)
def test_refusals(changes: dict[str, Any], error: type[HandoffError]) -> None:
    with pytest.raises(error):
        decide_repeat(record(**changes), fingerprint="same", now=NOW)


def test_a_repeat_is_told_when_the_lease_ends() -> None:
    with pytest.raises(IdempotencyInProgress) as caught:
        decide_repeat(record(lease_until=NOW + 7 * SECOND), fingerprint="same", now=NOW)

    assert caught.value.retry_after_s == 7


def test_a_call_that_ended_before_its_effect_may_be_done_anew() -> None:
    assert decide_repeat(record(lease_until=NOW), fingerprint="same", now=NOW) is None


def test_after_a_day_a_key_is_as_new() -> None:
    old = record(fingerprint="other", answered_at=NOW, answer=ANSWER)

    assert decide_repeat(old, fingerprint="same", now=NOW + KEEP_FOR) is None
    with pytest.raises(IdempotencyKeyReused):
        decide_repeat(old, fingerprint="same", now=NOW + KEEP_FOR - SECOND)
