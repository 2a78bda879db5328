"""API tokens: what they look like, what they may be granted, how they are shown. Pure.

A token acts as its owner. It can never do more than its scopes and, at each call anew, its owner's
role allow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from handoff.errors import TokenFieldInvalid
from handoff.model import JsonObject, User, iso

# Marks a leaked token as ours, for scanners and for people.
MARK: Final = "bdk_"
# 256 bits in base64url.
SECRET_CHARS: Final = 43
SHOWN_CHARS: Final = len(MARK) + 4
NAME_CHARS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A token without its secret."""

    id: str
    prefix: str
    name: str
    scopes: tuple[str, ...]
    owner: User
    created_at: datetime
    created_by: str | None
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    def state(self, now: datetime) -> str:
        """Gives `active`, `revoked`, `expired`, or `locked` with its owner."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return "active" if self.owner.active else "locked"

    def as_json(self, now: datetime) -> JsonObject:
        """Gives the token as its owner and administrators see it."""
        return {
            "id": self.id,
            "prefix": self.prefix,
            "name": self.name,
            "scopes": list(self.scopes),
            "owner": {"id": self.owner.id, "name": self.owner.name},
            "state": self.state(now),
            "created_at": iso(self.created_at),
            "expires_at": iso(self.expires_at),
            "last_used_at": iso(self.last_used_at),
            "revoked_at": iso(self.revoked_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NewToken:
    """A token with its secret, which is shown this once."""

    token: ApiToken
    secret: str

    def __repr__(self) -> str:
        return f"NewToken(token={self.token.id!r}, secret=***)"


def is_token(text: str) -> bool:
    """Whether a text has the shape of a token; says nothing about its being valid."""
    return text.startswith(MARK) and len(text) == len(MARK) + SECRET_CHARS and text.isascii()


def digest_of(secret: str) -> str:
    """Gives what is stored of a token: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def check_scopes(
    asked: Collection[str], *, owner_may: Collection[str], maker_may: Collection[str]
) -> tuple[str, ...]:
    """Gives the scopes in one order.

    Args:
        asked: What the token is to hold.
        owner_may: What its owner's role allows.
        maker_may: What the caller who makes it may do herself: nobody hands out more than she has.

    Raises:
        TokenFieldInvalid: None was asked for, or one that the owner or the maker does not have.
    """
    if not asked:
        raise TokenFieldInvalid("scopes", "must name at least one")
    refused = sorted(set(asked) - (set(owner_may) & set(maker_may)))
    if refused:
        known = ", ".join(sorted(set(owner_may) & set(maker_may)))
        raise TokenFieldInvalid("scopes", f"must be some of: {known}")
    return tuple(sorted(set(asked)))


def check_expiry(
    expires_at: datetime | None, *, now: datetime, maker_expires_at: datetime | None
) -> datetime | None:
    """Gives when a new token ends; one that is made with a token ends no later than that one.

    Raises:
        TokenFieldInvalid: In the past.
    """
    if expires_at is not None and expires_at <= now:
        raise TokenFieldInvalid("expires_at", "must be in the future")
    if maker_expires_at is None:
        return expires_at
    return maker_expires_at if expires_at is None else min(expires_at, maker_expires_at)
