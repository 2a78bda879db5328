"""Idempotency keys on both databases: one effect, whatever comes at once or ends between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from handoff.errors import (
    HandoffError,
    IdempotencyAnswerGone,
    IdempotencyInProgress,
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
)
from handoff.store.engine import Database, rider
from handoff.store.tables import counters
from handoff.store.unit import next_number
from handoff.tokens.claims import KEEP_FOR, LEASE_FOR, StoredAnswer
from handoff.tokens.idempotency import Claim, IdempotencyKeys
from handoff.tokens.tables import idempotency_keys

DONE = StoredAnswer(status=201, headers={"content-type": "application/json"}, body='{"n": 1}')
NO = StoredAnswer(status=422, headers={}, body="{}")
BROKEN = StoredAnswer(status=500, headers={}, body="{}")


@pytest.fixture
def keys(database: Database) -> IdempotencyKeys:
    return IdempotencyKeys(database)


async def claim(keys: IdempotencyKeys, key: str = "k", fingerprint: str = "f") -> Claim:
    claimed = await keys.claim(caller="user:1", key=key, fingerprint=fingerprint)
    assert isinstance(claimed, Claim)
    return claimed


@contextmanager
def riding(claimed: Claim) -> Iterator[None]:
    token = rider.set(claimed.ride)
    try:
        yield
    finally:
        rider.reset(token)


async def take_effect(database: Database) -> None:
    async with database.write() as transaction:
        await next_number(transaction.connection, "inbox")


async def n_effects(database: Database) -> int:
    async with database.read() as connection:
        return int((await connection.execute(select(counters.c.value))).scalar() or 0)


async def pass_time(database: Database, span: timedelta) -> None:
    """As if so much time had passed by the database's clock."""
    async with database.write() as transaction:
        row = (await transaction.connection.execute(select(idempotency_keys))).one()
        await transaction.connection.execute(
            update(idempotency_keys).values(
                created_at=row.created_at - span, lease_until=row.lease_until - span
            )
        )


async def test_the_first_answer_is_given_again(database: Database, keys: IdempotencyKeys) -> None:
    claimed = await claim(keys)
    with riding(claimed):
        await take_effect(database)
    await keys.settle(claimed, DONE)

    assert await keys.claim(caller="user:1", key="k", fingerprint="f") == DONE
    with pytest.raises(IdempotencyKeyReused):
        await claim(keys, fingerprint="other")


async def test_keys_belong_to_their_caller(keys: IdempotencyKeys) -> None:
    await claim(keys)

    other = await keys.claim(caller="user:2", key="k", fingerprint="f")

    assert isinstance(other, Claim)


async def test_of_many_at_once_one_is_done(database: Database, keys: IdempotencyKeys) -> None:
    async def call() -> str:
        try:
            claimed = await keys.claim(caller="user:1", key="k", fingerprint="f")
        except IdempotencyInProgress:
            return "in progress"
        if isinstance(claimed, StoredAnswer):
            return "replayed"
        with riding(claimed):
            await take_effect(database)
        await keys.settle(claimed, DONE)
        return "done"

    outcomes = await asyncio.gather(*(call() for _ in range(12)))

    assert outcomes.count("done") == 1
    assert await n_effects(database) == 1


async def test_a_call_that_ended_before_its_effect_is_done_anew_after_its_lease(
    database: Database, keys: IdempotencyKeys
) -> None:
    await claim(keys)

    with pytest.raises(IdempotencyInProgress):
        await claim(keys)
    await pass_time(database, LEASE_FOR)
    with riding(await claim(keys)):
        await take_effect(database)

    assert await n_effects(database) == 1


async def test_a_call_that_ended_between_effect_and_answer_is_not_done_again(
    database: Database, keys: IdempotencyKeys
) -> None:
    with riding(await claim(keys)):
        await take_effect(database)

    with pytest.raises(IdempotencyInProgress):
        await claim(keys)
    await pass_time(database, LEASE_FOR)
    with pytest.raises(IdempotencyAnswerGone):
        await claim(keys)


async def test_a_call_that_wakes_up_after_its_lease_has_no_effect(
    database: Database, keys: IdempotencyKeys
) -> None:
    late = await claim(keys)
    await pass_time(database, LEASE_FOR)
    in_time = await claim(keys)

    with riding(late), pytest.raises(IdempotencyInProgress):
        await take_effect(database)
    assert await n_effects(database) == 0
    with riding(in_time):
        await take_effect(database)
    await keys.settle(late, NO)
    await keys.settle(in_time, DONE)

    assert await n_effects(database) == 1
    assert await keys.claim(caller="user:1", key="k", fingerprint="f") == DONE


async def test_a_refusal_that_changed_nothing_frees_the_key(keys: IdempotencyKeys) -> None:
    for answer in (NO, BROKEN):
        await keys.settle(await claim(keys), answer)

    assert isinstance(await claim(keys, fingerprint="mended"), Claim)


@pytest.mark.parametrize(("answer", "keep"), [(BROKEN, True), (DONE, False)])
async def test_an_answer_that_is_not_kept_is_gone_and_the_call_not_repeated(
    database: Database, keys: IdempotencyKeys, answer: StoredAnswer, keep: bool
) -> None:
    claimed = await claim(keys)
    with riding(claimed):
        await take_effect(database)
    await keys.settle(claimed, answer, keep_body=keep)

    with pytest.raises(IdempotencyAnswerGone):
        await claim(keys)
    async with database.read() as connection:
        assert (await connection.execute(select(idempotency_keys.c.body))).scalar() is None


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9", "a\nb"])
async def test_keys_that_cannot_be_used(keys: IdempotencyKeys, key: str) -> None:
    with pytest.raises(IdempotencyKeyInvalid):
        await claim(keys, key=key)


async def test_keys_are_forgotten_after_a_day(database: Database, keys: IdempotencyKeys) -> None:
    await keys.settle(await claim(keys), DONE)
    assert await keys.trim() == 0

    await pass_time(database, KEEP_FOR)

    assert isinstance(await claim(keys, fingerprint="other"), Claim)
    await pass_time(database, KEEP_FOR)
    assert (await keys.trim(), await keys.trim()) == (1, 0)


async def test_without_a_rider_writes_are_as_ever(database: Database) -> None:
    await take_effect(database)

    assert await n_effects(database) == 1


async def test_what_the_rider_refuses_undoes_the_rest(database: Database) -> None:
    async def refuse(_connection: object) -> None:
        raise IdempotencyKeyReused

    token = rider.set(refuse)
    try:
        with pytest.raises(HandoffError):
            await take_effect(database)
    finally:
        rider.reset(token)

    assert await n_effects(database) == 0
