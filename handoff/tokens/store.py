"""Use cases of API tokens: made, listed, revoked, and recognised at each call."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, Select, insert, or_, select, update

from handoff.agents import user_of
from handoff.audit import write_audit
from handoff.errors import StoreUnavailable, TokenFieldInvalid, TokenNotFound, UserNotFound
from handoff.ids import new_id
from handoff.model import JsonObject
from handoff.ports import Clock
from handoff.store.engine import Database
from handoff.store.tables import users
from handoff.tokens.model import (
    MARK,
    NAME_CHARS,
    SHOWN_CHARS,
    ApiToken,
    NewToken,
    check_expiry,
    check_scopes,
    digest_of,
    is_token,
)
from handoff.tokens.tables import api_tokens
from handoff.transcript import clean_name

_TOKEN_BYTES: Final = 32
# The last use is written at most this often: reading must not become writing.
TOUCH_EVERY: Final = timedelta(minutes=1)
# A person has a handful; whoever has a hundred has lost the overview.
MOST_PER_USER: Final = 100


class ApiTokens:
    """Tokens with which programs act as a person of the desk."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(
        self,
        *,
        owner_id: str,
        name: str,
        scopes: Collection[str],
        owner_may: Collection[str],
        maker_may: Collection[str],
        expires_at: datetime | None = None,
        maker_expires_at: datetime | None = None,
        actor_id: str | None = None,
    ) -> NewToken:
        """Makes a token; gives its secret, this once.

        Args:
            owner_id: As whom it acts.
            name: What it is for, in the owner's words.
            scopes: What it may do.
            owner_may: What the owner's role allows.
            maker_may: What the caller may do.
            expires_at: When it ends; None for never.
            maker_expires_at: When the caller's own token ends, if she came with one.
            actor_id: Who makes it; None for the command line.

        Raises:
            TokenFieldInvalid: What is wrong.
            UserNotFound: There is no active owner.
        """
        now = self._clock.now()
        granted = check_scopes(scopes, owner_may=owner_may, maker_may=maker_may)
        ends = check_expiry(expires_at, now=now, maker_expires_at=maker_expires_at)
        named = clean_name(name, limit=NAME_CHARS)
        if not named:
            raise TokenFieldInvalid("name", "must not be empty")
        secret = MARK + secrets.token_urlsafe(_TOKEN_BYTES)
        token_id = new_id()
        async with self._database.write() as transaction:
            connection = transaction.connection
            owner = select(users.c.id).where(users.c.id == owner_id, users.c.active)
            if (await connection.execute(owner.with_for_update())).first() is None:
                raise UserNotFound(owner_id)
            live = select(api_tokens.c.id).where(
                api_tokens.c.user_id == owner_id, api_tokens.c.revoked_at.is_(None)
            )
            if len((await connection.execute(live)).all()) >= MOST_PER_USER:
                raise TokenFieldInvalid("owner", f"has {MOST_PER_USER} tokens; revoke some")
            await connection.execute(
                insert(api_tokens).values(
                    id=token_id,
                    token_hash=digest_of(secret),
                    prefix=secret[:SHOWN_CHARS],
                    name=named,
                    scopes=list(granted),
                    user_id=owner_id,
                    created_at=now,
                    created_by=actor_id,
                    expires_at=ends,
                )
            )
            detail: JsonObject = {"owner": owner_id, "scopes": list(granted)}
            await write_audit(
                transaction, now, actor_id, "token_created", f"token:{token_id}", detail
            )
        return NewToken(token=await self.get(token_id, owner_id=None), secret=secret)

    async def list(
        self, *, owner_id: str | None, before: str | None = None, limit: int = 50
    ) -> list[ApiToken]:
        """Gives tokens, newest first; `owner_id` None gives everybody's, `before` is an id."""
        query = _tokens().order_by(api_tokens.c.id.desc()).limit(limit)
        if owner_id is not None:
            query = query.where(api_tokens.c.user_id == owner_id)
        if before is not None:
            query = query.where(api_tokens.c.id < before)
        async with self._database.read() as connection:
            return [_token_of(row) for row in (await connection.execute(query)).all()]

    async def get(self, token_id: str, *, owner_id: str | None) -> ApiToken:
        """Gives one token.

        Raises:
            TokenNotFound: Unknown, or not of this owner; None stands for an administrator.
        """
        query = _tokens().where(api_tokens.c.id == token_id)
        if owner_id is not None:
            query = query.where(api_tokens.c.user_id == owner_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            raise TokenNotFound(token_id)
        return _token_of(row)

    async def revoke(
        self, token_id: str, *, owner_id: str | None, actor_id: str | None = None
    ) -> ApiToken:
        """Ends a token for good; ending it again changes nothing.

        Raises:
            TokenNotFound: Unknown, or not of this owner; None stands for an administrator.
        """
        token = await self.get(token_id, owner_id=owner_id)
        now = self._clock.now()
        async with self._database.write() as transaction:
            ended = await transaction.connection.execute(
                update(api_tokens)
                .where(api_tokens.c.id == token_id, api_tokens.c.revoked_at.is_(None))
                .values(revoked_at=now)
            )
            if ended.rowcount:
                detail: JsonObject = {"owner": token.owner.id}
                await write_audit(
                    transaction, now, actor_id, "token_revoked", f"token:{token_id}", detail
                )
        return await self.get(token_id, owner_id=owner_id)

    async def recognise(self, secret: str) -> ApiToken | None:
        """Gives the token behind a secret; None if it is unknown, over, or its owner locked out."""
        if not is_token(secret):
            return None
        now = self._clock.now()
        query = _tokens().where(
            api_tokens.c.token_hash == digest_of(secret),
            api_tokens.c.revoked_at.is_(None),
            or_(api_tokens.c.expires_at.is_(None), api_tokens.c.expires_at > now),
            users.c.active,
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return None
        token = _token_of(row)
        if token.last_used_at is None or now - token.last_used_at >= TOUCH_EVERY:
            await self._touch(token.id, now)
        return token

    async def _touch(self, token_id: str, now: datetime) -> None:
        last_used = api_tokens.c.last_used_at
        try:
            async with self._database.write() as transaction:
                await transaction.connection.execute(
                    update(api_tokens)
                    .where(
                        api_tokens.c.id == token_id,
                        or_(last_used.is_(None), last_used <= now - TOUCH_EVERY),
                    )
                    .values(last_used_at=now)
                )
        except StoreUnavailable:
            return  # a full disk must not keep programs from reading


def _tokens() -> Select[Any]:
    columns = [column.label(f"token_{column.name}") for column in api_tokens.c]
    return select(users, *columns).join(api_tokens, api_tokens.c.user_id == users.c.id)


def _token_of(row: Row[Any]) -> ApiToken:
    return ApiToken(
        id=row.token_id,
        prefix=row.token_prefix,
        name=row.token_name,
        scopes=tuple(row.token_scopes),
        owner=user_of(row),
        created_at=row.token_created_at,
        created_by=row.token_created_by,
        expires_at=row.token_expires_at,
        last_used_at=row.token_last_used_at,
        revoked_at=row.token_revoked_at,
    )
