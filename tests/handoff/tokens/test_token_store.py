"""API tokens on both databases: shown once, known by a digest, dead at once when they should be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from handoff.errors import TokenFieldInvalid, TokenNotFound, UserNotFound
from handoff.model import Role, User
from handoff.store.history import acting_token
from handoff.store.tables import audit_log, users
from handoff.tokens.model import NewToken
from handoff.tokens.store import MOST_PER_USER, TOUCH_EVERY, ApiTokens
from handoff.tokens.tables import api_tokens
from tests.handoff.world import World

SCOPES = {"tickets:read", "tickets:write"}


@pytest.fixture
def tokens(world: World) -> ApiTokens:
    return ApiTokens(world.database, world.clock)


async def make(tokens: ApiTokens, owner: User, **changes: Any) -> NewToken:
    values: dict[str, Any] = {
        "owner_id": owner.id,
        "name": "export",
        "scopes": ["tickets:read"],
        "owner_may": SCOPES,
        "maker_may": SCOPES,
    }
    return await tokens.create(**{**values, **changes})


async def acts(world: World, *, of: str = "token:") -> list[tuple[str, str | None, dict[str, Any]]]:
    query = select(audit_log).where(audit_log.c.subject.startswith(of))
    async with world.database.read() as connection:
        rows = (await connection.execute(query.order_by(audit_log.c.id))).all()
    return [(row.act, row.actor_id, row.detail) for row in rows]


async def test_a_token_is_recognised_and_stored_as_a_digest(
    world: World, tokens: ApiTokens
) -> None:
    owner = await world.agent()

    made = await make(tokens, owner)

    found = await tokens.recognise(made.secret)
    assert found is not None and found.id == made.token.id and found.owner == owner
    async with world.database.read() as connection:
        row = (await connection.execute(select(api_tokens))).one()
    assert made.secret not in str(dict(row._mapping))
    assert made.secret.startswith(row.prefix)


async def test_a_guess_is_not_recognised(world: World, tokens: ApiTokens) -> None:
    made = await make(tokens, await world.agent())

    for guess in ("", "bdk_", made.secret[:-1] + "!", made.secret + "x", made.token.prefix):
        assert await tokens.recognise(guess) is None


async def test_a_token_ends_with_its_time_its_owner_or_by_hand(
    world: World, tokens: ApiTokens
) -> None:
    owner = await world.agent()
    timed = await make(tokens, owner, expires_at=world.clock.now() + timedelta(hours=1))
    revoked, locked = await make(tokens, owner), await make(tokens, owner)

    await tokens.revoke(revoked.token.id, owner_id=owner.id)
    world.clock.advance(timedelta(hours=1))
    assert await tokens.recognise(timed.secret) is None
    assert await tokens.recognise(revoked.secret) is None
    assert await tokens.recognise(locked.secret) is not None
    await world.services.agents.set_active(owner.id, False)
    assert await tokens.recognise(locked.secret) is None
    await world.services.agents.set_active(owner.id, True)
    assert await tokens.recognise(locked.secret) is not None


async def test_the_owners_role_is_read_at_each_call(world: World, tokens: ApiTokens) -> None:
    owner = await world.agent()
    made = await make(tokens, owner)

    async with world.database.write() as transaction:
        await transaction.connection.execute(update(users).values(role="editor"))

    found = await tokens.recognise(made.secret)
    assert found is not None and found.owner.role is Role.EDITOR


async def test_the_last_use_is_written_once_a_minute(world: World, tokens: ApiTokens) -> None:
    made = await make(tokens, await world.agent())
    first = world.clock.now()

    await tokens.recognise(made.secret)
    world.clock.advance(TOUCH_EVERY - timedelta(seconds=1))
    await tokens.recognise(made.secret)
    assert (await tokens.get(made.token.id, owner_id=None)).last_used_at == first
    world.clock.advance(timedelta(seconds=1))
    await tokens.recognise(made.secret)
    assert (await tokens.get(made.token.id, owner_id=None)).last_used_at == first + TOUCH_EVERY


async def test_another_persons_token_looks_as_if_it_did_not_exist(
    world: World, tokens: ApiTokens
) -> None:
    made = await make(tokens, await world.agent())
    other = await world.agent("Bob")

    for call in (tokens.get, tokens.revoke):
        with pytest.raises(TokenNotFound):
            await call(made.token.id, owner_id=other.id)
    assert await tokens.list(owner_id=other.id) == []
    assert await tokens.recognise(made.secret) is not None


async def test_tokens_are_listed_newest_first_and_in_pages(world: World, tokens: ApiTokens) -> None:
    owner = await world.agent()
    made = [(await make(tokens, owner, name=f"n{n}")).token.id for n in range(3)]

    first = await tokens.list(owner_id=None, limit=2)
    rest = await tokens.list(owner_id=owner.id, before=first[-1].id, limit=2)

    assert [token.id for token in (*first, *rest)] == made[::-1]


@pytest.mark.parametrize("changes", [{"name": " \u200b "}, {"scopes": ["users:write"]}])
async def test_what_cannot_be_made(
    world: World, tokens: ApiTokens, changes: dict[str, Any]
) -> None:
    with pytest.raises(TokenFieldInvalid):
        await make(tokens, await world.agent(), **changes)


async def test_nobody_has_more_tokens_than_she_can_look_through(
    world: World, tokens: ApiTokens
) -> None:
    owner = await world.agent()
    for _ in range(MOST_PER_USER):
        last = await make(tokens, owner)

    with pytest.raises(TokenFieldInvalid):
        await make(tokens, owner)
    await tokens.revoke(last.token.id, owner_id=None)
    await make(tokens, owner)


async def test_a_locked_person_gets_no_token(world: World, tokens: ApiTokens) -> None:
    owner = await world.agent()
    await world.services.agents.set_active(owner.id, False)

    with pytest.raises(UserNotFound):
        await make(tokens, owner)


async def test_making_and_revoking_is_in_the_audit_log_once(
    world: World, tokens: ApiTokens
) -> None:
    owner = await world.agent()
    made = await make(tokens, owner, actor_id=owner.id)
    through = acting_token.set("another token")
    try:
        for _ in range(2):
            await tokens.revoke(made.token.id, owner_id=None, actor_id=owner.id)
    finally:
        acting_token.reset(through)

    assert await acts(world) == [
        ("token_created", owner.id, {"owner": owner.id, "scopes": ["tickets:read"]}),
        ("token_revoked", owner.id, {"owner": owner.id, "token": "another token"}),
    ]


async def test_every_line_of_what_a_token_changes_names_it(world: World) -> None:
    number = await world.hand_off(await world.start())
    ann = await world.agent()
    through = acting_token.set("a token")
    try:
        await world.services.desk.take(number, ann.id)
    finally:
        acting_token.reset(through)

    lines = [detail for _, actor, detail in await acts(world, of="ticket:") if actor == ann.id]
    assert [detail["token"] for detail in lines] == ["a token", "a token"]
