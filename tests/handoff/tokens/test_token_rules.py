"""What a token looks like, what it may be granted and how long it lives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from handoff.errors import TokenFieldInvalid, VersionConflict
from handoff.model import Role, User
from handoff.tokens.model import (
    ApiToken,
    NewToken,
    check_expiry,
    check_scopes,
    digest_of,
    is_token,
)
from handoff.versions import check_version

NOW = datetime(2026, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
OWNER = User(
    id="u", email="ada@shop.example", name="Ada", role=Role.AGENT, languages=(), active=True,
    has_password=True, created_at=NOW, last_login_at=None,
)  # fmt: skip
TOKEN = ApiToken(
    id="t", prefix="bdk_abcd", name="export", scopes=("tickets:read",), owner=OWNER,
    created_at=NOW, created_by=None, expires_at=NOW + HOUR, last_used_at=None, revoked_at=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("bdk_" + "a" * 43, True),
        ("bdk_" + "a" * 42, False),
        ("bdk_" + "a" * 44, False),
        ("bdx_" + "a" * 43, False),
        ("bdk_" + "a" * 42 + "\u00e9", False),
        ("", False),
    ],
)
def test_the_shape_of_a_token(text: str, is_one: bool) -> None:
    assert is_token(text) is is_one


def test_the_digest_says_nothing_of_the_secret() -> None:
    assert digest_of("bdk_x") == digest_of("bdk_x") != digest_of("bdk_y")
    assert len(digest_of("bdk_\udcff")) == 64


def test_scopes_are_those_of_owner_and_maker() -> None:
    granted = check_scopes(["b", "a", "b"], owner_may={"a", "b", "c"}, maker_may={"a", "b"})

    assert granted == ("a", "b")


@pytest.mark.parametrize("asked", [[], ["c"], ["d"], ["a", "nonsense"]])
def test_nobody_hands_out_more_than_she_has(asked: list[str]) -> None:
    with pytest.raises(TokenFieldInvalid) as caught:
        check_scopes(asked, owner_may={"a", "b", "c"}, maker_may={"a", "b", "d"})

    assert caught.value.field == "scopes"


@pytest.mark.parametrize(
    ("asked", "maker", "given"),
    [
        (None, None, None),
        (NOW + HOUR, None, NOW + HOUR),
        (None, NOW + HOUR, NOW + HOUR),
        (NOW + 2 * HOUR, NOW + HOUR, NOW + HOUR),
        (NOW + HOUR, NOW + 2 * HOUR, NOW + HOUR),
    ],
)
def test_a_token_ends_no_later_than_the_one_that_made_it(
    asked: datetime | None, maker: datetime | None, given: datetime | None
) -> None:
    assert check_expiry(asked, now=NOW, maker_expires_at=maker) == given


def test_a_token_that_is_over_before_it_begins_is_refused() -> None:
    with pytest.raises(TokenFieldInvalid, match="expires_at must be in the future"):
        check_expiry(NOW, now=NOW, maker_expires_at=None)


def test_states_of_a_token() -> None:
    assert TOKEN.state(NOW) == "active"
    assert TOKEN.state(NOW + HOUR) == "expired"
    assert replace(TOKEN, owner=replace(OWNER, active=False)).state(NOW) == "locked"
    assert replace(TOKEN, expires_at=None, revoked_at=NOW).state(NOW) == "revoked"
    assert TOKEN.as_json(NOW)["owner"] == {"id": "u", "name": "Ada"}


def test_a_secret_is_not_in_what_logs_print() -> None:
    assert "bdk_secret" not in repr(NewToken(token=TOKEN, secret="bdk_secret"))


def test_a_change_from_an_older_version_is_refused() -> None:
    check_version(7, frozenset({6, 7}))
    check_version(7, None)
    for expected in (frozenset({6}), frozenset[int]()):
        with pytest.raises(VersionConflict) as caught:
            check_version(7, expected)
        assert caught.value.current == 7
