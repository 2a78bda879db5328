"""Users, logins, sessions, one-time links."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from handoff.agents import (
    RESET_LINK_FOR,
    SESSION_FOR,
    SESSION_IDLE_FOR,
    Agents,
    check_csrf,
    csrf_token,
)
from handoff.errors import (
    BadCredentials,
    CsrfMismatch,
    EmailTaken,
    LinkExpired,
    LoginThrottled,
    PasswordTooWeak,
    UserInvalid,
    UserNotFound,
)
from handoff.logins import FREE_ATTEMPTS, LONGEST_BLOCK, block_for
from handoff.model import Role
from handoff.passwords import Passwords, check_password
from tests.handoff.world import QUICK_HASHER, World

PASSWORD = "Odos Anemon 12!"


async def add_ann(world: World, password: str | None = PASSWORD) -> str:
    user = await world.services.agents.create_user(
        email=" Ann@Shop.Example ",
        name="Ann",
        role=Role.AGENT,
        password=password,
        languages=("el", "en"),
    )
    return user.id


async def test_a_user_logs_in_with_any_case_of_the_address(world: World) -> None:
    user_id = await add_ann(world)

    session = await world.services.agents.login("ANN@shop.example", PASSWORD, address="::1")

    assert session.user.id == user_id
    assert session.user.languages == ("el", "en")
    assert session.expires_at == world.clock.now() + SESSION_FOR
    found = await world.services.agents.session(session.token)
    assert found is not None
    assert found.last_login_at == world.clock.now()
    assert session.token not in repr(session)


async def test_neither_token_nor_password_is_in_the_database(world: World) -> None:
    await add_ann(world)

    session = await world.services.agents.login("ann@shop.example", PASSWORD, address="::1")

    stored = await world.scalar("SELECT token_hash FROM agent_sessions")
    hashed = await world.scalar("SELECT password_hash FROM users")
    assert stored != session.token
    assert len(stored) == 64
    assert hashed.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ann@shop.example", "wrong password"),
        ("bob@shop.example", PASSWORD),
        ("ann@shop.example", "x" * 5000),
        ("'; DROP TABLE users; --", PASSWORD),
    ],
)
async def test_wrong_credentials_do_not_say_what_is_wrong(
    world: World, email: str, password: str
) -> None:
    await add_ann(world)

    with pytest.raises(BadCredentials) as caught:
        await world.services.agents.login(email, password, address="::1")

    assert str(caught.value) == "e-mail or password is wrong"


async def test_a_user_without_password_or_right_cannot_log_in(world: World) -> None:
    user_id = await add_ann(world, password=None)
    agents = world.services.agents

    with pytest.raises(BadCredentials):
        await agents.login("ann@shop.example", "", address="::1")
    await agents.reset_password("ann@shop.example", PASSWORD)
    await agents.set_active(user_id, False)
    with pytest.raises(BadCredentials):
        await agents.login("ann@shop.example", PASSWORD, address="::1")


async def test_locking_a_user_out_ends_the_sessions(world: World) -> None:
    user_id = await add_ann(world)
    agents = world.services.agents
    session = await agents.login("ann@shop.example", PASSWORD, address="::1")

    await agents.set_active(user_id, False)

    assert await agents.session(session.token) is None
    assert await agents.set_active(user_id, True) is not None
    assert await agents.session(session.token) is None
    with pytest.raises(UserNotFound):
        await agents.set_active("nobody", True)


async def test_failed_logins_block_longer_and_longer(world: World) -> None:
    await add_ann(world)
    login = world.services.agents.login
    for _ in range(FREE_ATTEMPTS):
        with pytest.raises(BadCredentials):
            await login("ann@shop.example", "wrong password", address="1.2.3.4")

    with pytest.raises(LoginThrottled) as first:
        await login("ann@shop.example", PASSWORD, address="1.2.3.4")
    world.clock.advance(timedelta(seconds=first.value.retry_after_s))
    with pytest.raises(BadCredentials):
        await login("ann@shop.example", "wrong password", address="1.2.3.4")
    with pytest.raises(LoginThrottled) as second:
        await login("ann@shop.example", PASSWORD, address="1.2.3.4")

    assert first.value.retry_after_s == 15
    assert second.value.retry_after_s == 30
    assert await login("ann@shop.example", PASSWORD, address="5.6.7.8")


async def test_parallel_guesses_are_counted_before_they_are_checked(world: World) -> None:
    await add_ann(world)
    login = world.services.agents.login

    outcomes = await asyncio.gather(
        *(login("ann@shop.example", f"guess {n} guess", address="1.2.3.4") for n in range(12)),
        return_exceptions=True,
    )

    kinds = [type(outcome) for outcome in outcomes]
    assert kinds.count(BadCredentials) == FREE_ATTEMPTS
    assert kinds.count(LoginThrottled) == 12 - FREE_ATTEMPTS


async def test_a_right_password_forgets_the_failures(world: World) -> None:
    await add_ann(world)
    login = world.services.agents.login
    for _ in range(FREE_ATTEMPTS - 1):
        with pytest.raises(BadCredentials):
            await login("ann@shop.example", "wrong password", address="1.2.3.4")

    await login("ann@shop.example", PASSWORD, address="1.2.3.4")

    for _ in range(FREE_ATTEMPTS):
        with pytest.raises(BadCredentials):
            await login("ann@shop.example", "wrong password", address="1.2.3.4")


async def test_one_address_cannot_try_many_accounts(world: World) -> None:
    login = world.services.agents.login
    for n in range(30):
        with pytest.raises(BadCredentials):
            await login(f"user{n}@shop.example", "wrong password", address="1.2.3.4")

    with pytest.raises(LoginThrottled):
        await login("user99@shop.example", "wrong password", address="1.2.3.4")


async def test_the_longest_block_is_bounded() -> None:
    assert block_for(4, free=5) is None
    assert block_for(1_000_000, free=5) == LONGEST_BLOCK


async def test_a_session_ends_after_idle_time(world: World) -> None:
    await add_ann(world)
    agents = world.services.agents
    session = await agents.login("ann@shop.example", PASSWORD, address="::1")

    world.clock.advance(SESSION_IDLE_FOR - timedelta(minutes=1))
    assert await agents.session(session.token) is not None
    world.clock.advance(SESSION_IDLE_FOR - timedelta(minutes=1))
    assert await agents.session(session.token) is not None
    world.clock.advance(SESSION_IDLE_FOR)

    assert await agents.session(session.token) is None


async def test_a_busy_session_ends_too(world: World) -> None:
    await add_ann(world)
    agents = world.services.agents
    session = await agents.login("ann@shop.example", PASSWORD, address="::1")

    for _ in range(12):
        assert await agents.session(session.token) is not None
        world.clock.advance(timedelta(hours=1))

    assert await agents.session(session.token) is None


async def test_login_makes_a_new_session_and_ends_the_browsers_old_one(world: World) -> None:
    await add_ann(world)
    agents = world.services.agents
    old = await agents.login("ann@shop.example", PASSWORD, address="::1")

    new = await agents.login("ann@shop.example", PASSWORD, address="::1", previous_token=old.token)

    assert new.token != old.token
    assert await agents.session(old.token) is None
    await agents.logout(new.token)
    await agents.logout(new.token)
    assert await agents.session(new.token) is None
    assert await agents.session("\ud800") is None


async def test_the_csrf_token_belongs_to_its_session() -> None:
    check_csrf("token-a", csrf_token("token-a"))

    for presented in (None, "", csrf_token("token-b"), "ü"):
        with pytest.raises(CsrfMismatch):
            check_csrf("token-a", presented)


async def test_the_first_admin_comes_by_a_link_that_works_once(world: World) -> None:
    agents = world.services.agents
    earlier = await agents.setup_link()
    link = await agents.setup_link()
    assert earlier is not None and link is not None
    assert not await agents.has_admin()

    with pytest.raises(LinkExpired):
        await agents.redeem_link(
            earlier.token, name="Eve", email="eve@shop.example", password=PASSWORD
        )
    session = await agents.redeem_link(
        link.token, name="Ann", email="ann@shop.example", password=PASSWORD
    )

    assert session.user.role is Role.ADMIN
    assert await agents.session(session.token) is not None
    assert await agents.has_admin()
    assert await agents.setup_link() is None
    with pytest.raises(LinkExpired):
        await agents.redeem_link(
            link.token, name="Eve", email="eve@shop.example", password=PASSWORD
        )


async def test_two_people_with_one_setup_link_make_one_admin(world: World) -> None:
    agents = world.services.agents
    link = await agents.setup_link()
    assert link is not None

    outcomes = await asyncio.gather(
        *(
            agents.redeem_link(
                link.token, name=f"A{n}", email=f"a{n}@shop.example", password=PASSWORD
            )
            for n in range(4)
        ),
        return_exceptions=True,
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "AgentSession",
        "LinkExpired",
        "LinkExpired",
        "LinkExpired",
    ]
    assert await world.scalar("SELECT count(*) FROM users") == 1


async def test_a_failed_setup_does_not_use_the_link_up(world: World) -> None:
    agents = world.services.agents
    link = await agents.setup_link()
    assert link is not None

    with pytest.raises(PasswordTooWeak):
        await agents.redeem_link(link.token, name="Ann", email="ann@shop.example", password="short")
    with pytest.raises(UserInvalid):
        await agents.redeem_link(link.token, name="", email="a@b.example", password=PASSWORD)

    assert await agents.redeem_link(
        link.token, name="Ann", email="ann@shop.example", password=PASSWORD
    )


async def test_a_reset_link_sets_the_password_and_ends_other_sessions(world: World) -> None:
    await add_ann(world)
    agents = world.services.agents
    old = await agents.login("ann@shop.example", PASSWORD, address="::1")
    link = await agents.reset_link("ann@shop.example")

    session = await agents.redeem_link(
        link.token, name=None, email=None, password="another good one"
    )

    assert session.user.email == "ann@shop.example"
    assert await agents.session(old.token) is None
    assert await agents.login("ann@shop.example", "another good one", address="::1")


async def test_a_reset_link_expires(world: World) -> None:
    await add_ann(world)
    agents = world.services.agents
    link = await agents.reset_link("ann@shop.example")
    world.clock.advance(RESET_LINK_FOR)

    with pytest.raises(LinkExpired):
        await agents.redeem_link(link.token, name=None, email=None, password=PASSWORD)
    with pytest.raises(UserNotFound):
        await agents.reset_link("nobody@shop.example")


async def test_one_address_is_one_user(world: World) -> None:
    await add_ann(world)

    with pytest.raises(EmailTaken):
        await add_ann(world)

    assert [user.name for user in await world.services.agents.list_users()] == ["Ann"]


@pytest.mark.parametrize(
    ("email", "name", "field"), [("nobody", "Ann", "email"), ("a@b.example", " ", "name")]
)
async def test_users_need_an_address_and_a_name(
    world: World, email: str, name: str, field: str
) -> None:
    with pytest.raises(UserInvalid) as caught:
        await world.services.agents.create_user(email=email, name=name, role=Role.AGENT)

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("short", "too_short"),
        ("x" * 257, "too_long"),
        ("1234567890", "too_common"),
        ("ANN@shop.example", "too_common"),
        ("aaaaaaaaaaaa", "too_common"),
    ],
)
async def test_weak_passwords_are_refused(password: str, rule: str) -> None:
    with pytest.raises(PasswordTooWeak) as caught:
        check_password(password, email="ann@shop.example")

    assert caught.value.rule == rule


async def test_an_outdated_hash_is_renewed_at_login(world: World) -> None:
    await add_ann(world)
    before = await world.scalar("SELECT password_hash FROM users")
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    agents = Agents(world.database, world.clock, Passwords(stronger))

    await agents.login("ann@shop.example", PASSWORD, address="::1")

    after = await world.scalar("SELECT password_hash FROM users")
    assert after != before
    assert not stronger.check_needs_rehash(after)
    assert QUICK_HASHER.check_needs_rehash(after)
