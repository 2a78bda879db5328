"""Use cases around the people of the console: users, logins, sessions, one-time links.

Tokens leave this module once and are stored as SHA-256 only. Passwords are argon2id. Failed logins
are counted before the password is looked at, so parallel guesses gain nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from handoff.audit import write_audit
from handoff.errors import (
    BadCredentials,
    CsrfMismatch,
    EmailTaken,
    LinkExpired,
    UserInvalid,
    UserNotFound,
)
from handoff.ids import new_id
from handoff.logins import LoginThrottle
from handoff.model import AgentSession, LoginLink, Role, User
from handoff.passwords import Passwords, check_password
from handoff.ports import Clock
from handoff.store.engine import Database, Transaction
from handoff.store.tables import agent_sessions, login_links, users
from handoff.transcript import clean_name, clean_text, is_email

SESSION_FOR = timedelta(hours=12)
SESSION_IDLE_FOR = timedelta(hours=2)
# A session's last use is written at most this often: reading must not become writing.
SESSION_TOUCH_EVERY = timedelta(minutes=5)
SETUP_LINK_FOR = timedelta(hours=24)
RESET_LINK_FOR = timedelta(hours=1)
_TOKEN_BYTES = 32


class Agents:
    """Users of the console and how they prove who they are."""

    def __init__(
        self, database: Database, clock: Clock, passwords: Passwords | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords or Passwords()
        self._throttle = LoginThrottle()

    async def create_user(
        self,
        *,
        email: str,
        name: str,
        role: Role,
        password: str | None = None,
        languages: tuple[str, ...] = (),
    ) -> User:
        """Adds a user; without a password it can enter by a reset link only.

        Raises:
            UserInvalid, EmailTaken, PasswordTooWeak: What is wrong with the fields.
        """
        values = await self._user_values(email, name, role, password, languages)
        async with self._database.write() as transaction:
            return await self._insert_user(transaction, values)

    async def list_users(self) -> list[User]:
        """Gives all users by name."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(users).order_by(users.c.name))).all()
        return [user_of(row) for row in rows]

    async def get_user(self, user_id: str) -> User:
        """Gives a user, active or not; raises UserNotFound."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(users).where(users.c.id == user_id))).first()
        if row is None:
            raise UserNotFound(user_id)
        return user_of(row)

    async def has_admin(self) -> bool:
        """Tells whether an active admin with a password exists."""
        async with self._database.read() as connection:
            return bool((await connection.execute(_count_admins())).scalar_one())

    async def set_active(self, user_id: str, active: bool) -> User:
        """Locks a user out, sessions included, or lets the user in again."""
        async with self._database.write() as transaction:
            changed = await transaction.connection.execute(
                update(users).where(users.c.id == user_id).values(active=active)
            )
            if changed.rowcount == 0:
                raise UserNotFound(user_id)
            if not active:
                await _end_sessions(transaction, user_id)
            act = "user_activated" if active else "user_deactivated"
            await write_audit(transaction, self._clock.now(), None, act, f"user:{user_id}")
        return await self.get_user(user_id)

    async def reset_password(self, email: str, password: str) -> User:
        """Sets a password and ends the user's sessions; for the command line.

        Raises:
            UserNotFound, PasswordTooWeak: What is wrong.
        """
        email = _normal_email(email)
        check_password(password, email=email)
        hashed = await self._passwords.hash(password)
        async with self._database.write() as transaction:
            user = await _user_by_email(transaction, email)
            await self._set_password(transaction, user.id, hashed)
        return await self.get_user(user.id)

    async def setup_link(self) -> LoginLink | None:
        """Gives a link with which the first admin makes an account; None once there is one.

        Earlier setup links stop working.
        """
        async with self._database.write() as transaction:
            if (await transaction.connection.execute(_count_admins())).scalar_one():
                return None
            await transaction.connection.execute(
                delete(login_links).where(login_links.c.purpose == "setup")
            )
            return await self._insert_link(transaction, "setup", None, SETUP_LINK_FOR)

    async def reset_link(self, email: str) -> LoginLink:
        """Gives a link with which a user sets a new password; raises UserNotFound."""
        async with self._database.write() as transaction:
            user = await _user_by_email(transaction, _normal_email(email))
            await transaction.connection.execute(
                delete(login_links).where(login_links.c.user_id == user.id)
            )
            return await self._insert_link(transaction, "reset", user.id, RESET_LINK_FOR)

    async def redeem_link(
        self, token: str, *, name: str | None, email: str | None, password: str
    ) -> AgentSession:
        """Uses a link once: makes the first admin, or sets a user's password; logs in.

        Raises:
            LinkExpired: Unknown, used, too old, or the first admin exists already.
            UserInvalid, EmailTaken, PasswordTooWeak: What is wrong with the fields.
        """
        link = await self._usable_link(token)
        if link.purpose == "setup":
            values = await self._user_values(email or "", name or "", Role.ADMIN, password, ())
        else:
            known = await self.get_user(link.user_id)
            check_password(password, email=known.email)
            values = {"password_hash": await self._passwords.hash(password)}
        async with self._database.write() as transaction:
            await self._use_link(transaction, token)
            if link.purpose == "setup":
                if (await transaction.connection.execute(_count_admins())).scalar_one():
                    raise LinkExpired()
                user = await self._insert_user(transaction, values)
            else:
                await self._set_password(transaction, link.user_id, values["password_hash"])
                user = await _user_by_id(transaction, link.user_id)
            return await self._start_session(transaction, user)

    async def login(
        self, email: str, password: str, *, address: str, previous_token: str | None = None
    ) -> AgentSession:
        """Gives a new session; `previous_token`, the browser's old one, stops working.

        Raises:
            BadCredentials: E-mail or password is wrong, or the user is locked out.
            LoginThrottled: Too many failures from this address for this e-mail.
        """
        email = _normal_email(email)
        now = self._clock.now()
        async with self._database.write() as transaction:
            blocked_for = await self._throttle.count_attempt(
                transaction, email=email, address=address, now=now
            )
            query = select(users).where(users.c.email == email, users.c.active)
            row = (await transaction.connection.execute(query)).first()
        if blocked_for is not None:
            raise blocked_for
        stored = row.password_hash if row else None
        if not await self._passwords.verify(stored, password) or row is None:
            raise BadCredentials()
        fresh_hash = None
        if self._passwords.is_outdated(row.password_hash):
            fresh_hash = await self._passwords.hash(password)
        async with self._database.write() as transaction:
            await self._throttle.forget(transaction, email=email, address=address)
            if fresh_hash is not None:
                await transaction.connection.execute(
                    update(users)
                    .where(users.c.id == row.id, users.c.password_hash == row.password_hash)
                    .values(password_hash=fresh_hash)
                )
            if previous_token is not None:
                await _end_session(transaction, previous_token)
            user = await _user_by_id(transaction, row.id)
            return await self._start_session(transaction, user)

    async def session(self, token: str) -> User | None:
        """Gives who a session belongs to; None if it is unknown, idle too long or over."""
        now = self._clock.now()
        query = (
            select(users, agent_sessions.c.last_seen_at)
            .join(agent_sessions, agent_sessions.c.user_id == users.c.id)
            .where(
                agent_sessions.c.token_hash == _digest(token),
                agent_sessions.c.expires_at > now,
                agent_sessions.c.last_seen_at > now - SESSION_IDLE_FOR,
                users.c.active,
            )
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return None
        if now - row.last_seen_at > SESSION_TOUCH_EVERY:
            async with self._database.write() as transaction:
                await transaction.connection.execute(
                    update(agent_sessions)
                    .where(agent_sessions.c.token_hash == _digest(token))
                    .values(last_seen_at=now)
                )
        return user_of(row)

    async def logout(self, token: str) -> None:
        """Ends a session; an unknown one is fine."""
        async with self._database.write() as transaction:
            await _end_session(transaction, token)

    async def _user_values(
        self,
        email: str,
        name: str,
        role: Role,
        password: str | None,
        languages: tuple[str, ...],
    ) -> dict[str, Any]:
        email = _normal_email(email)
        name = clean_name(name)
        if not is_email(email):
            raise UserInvalid("email")
        if not name:
            raise UserInvalid("name")
        if password is not None:
            check_password(password, email=email)
        return {
            "email": email,
            "name": name,
            "role": role.value,
            "languages": list(languages),
            "password_hash": None if password is None else await self._passwords.hash(password),
        }

    async def _insert_user(self, transaction: Transaction, values: dict[str, Any]) -> User:
        now = self._clock.now()
        user_id = new_id()
        row = {"id": user_id, "active": True, "created_at": now, **values}
        try:
            await transaction.connection.execute(insert(users).values(**row))
        except IntegrityError as error:
            raise EmailTaken(values["email"]) from error
        detail = {"role": values["role"]}
        await write_audit(transaction, now, None, "user_created", f"user:{user_id}", detail)
        return await _user_by_id(transaction, user_id)

    async def _set_password(self, transaction: Transaction, user_id: str, hashed: str) -> None:
        await transaction.connection.execute(
            update(users).where(users.c.id == user_id).values(password_hash=hashed)
        )
        await _end_sessions(transaction, user_id)
        await write_audit(
            transaction, self._clock.now(), user_id, "password_set", f"user:{user_id}"
        )

    async def _insert_link(
        self, transaction: Transaction, purpose: str, user_id: str | None, span: timedelta
    ) -> LoginLink:
        now = self._clock.now()
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        await transaction.connection.execute(
            insert(login_links).values(
                token_hash=_digest(token),
                purpose=purpose,
                user_id=user_id,
                created_at=now,
                expires_at=now + span,
            )
        )
        return LoginLink(token=token, purpose=purpose, expires_at=now + span)

    async def _usable_link(self, token: str) -> Row[Any]:
        query = select(login_links).where(
            login_links.c.token_hash == _digest(token),
            login_links.c.used_at.is_(None),
            login_links.c.expires_at > self._clock.now(),
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            raise LinkExpired()
        return row

    async def _use_link(self, transaction: Transaction, token: str) -> None:
        now = self._clock.now()
        used = await transaction.connection.execute(
            update(login_links)
            .where(
                login_links.c.token_hash == _digest(token),
                login_links.c.used_at.is_(None),
                login_links.c.expires_at > now,
            )
            .values(used_at=now)
        )
        if used.rowcount != 1:
            raise LinkExpired()

    async def _start_session(self, transaction: Transaction, user: User) -> AgentSession:
        now = self._clock.now()
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        connection = transaction.connection
        await connection.execute(delete(agent_sessions).where(agent_sessions.c.expires_at <= now))
        await connection.execute(
            insert(agent_sessions).values(
                token_hash=_digest(token),
                user_id=user.id,
                created_at=now,
                last_seen_at=now,
                expires_at=now + SESSION_FOR,
            )
        )
        await connection.execute(
            update(users).where(users.c.id == user.id).values(last_login_at=now)
        )
        await write_audit(transaction, now, user.id, "login", f"user:{user.id}")
        return AgentSession(
            token=token, csrf=csrf_token(token), user=user, expires_at=now + SESSION_FOR
        )


def csrf_token(token: str) -> str:
    """Gives the CSRF token of a session: derived from its secret, so it needs no storage."""
    return hmac.new(token.encode(), b"babeldesk csrf", hashlib.sha256).hexdigest()


def check_csrf(token: str, presented: str | None) -> None:
    """Raises CsrfMismatch unless the presented CSRF token belongs to the session."""
    given = (presented or "").encode()
    if not hmac.compare_digest(csrf_token(token).encode(), given):
        raise CsrfMismatch()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _normal_email(email: str) -> str:
    return clean_text(email).strip().lower()[:254]


def _count_admins() -> Any:
    return select(func.count()).where(
        users.c.role == Role.ADMIN.value, users.c.active, users.c.password_hash.is_not(None)
    )


async def _user_by_email(transaction: Transaction, email: str) -> User:
    query = select(users).where(users.c.email == email, users.c.active)
    row = (await transaction.connection.execute(query)).first()
    if row is None:
        raise UserNotFound(email)
    return user_of(row)


async def _user_by_id(transaction: Transaction, user_id: str) -> User:
    query = select(users).where(users.c.id == user_id, users.c.active)
    row = (await transaction.connection.execute(query)).first()
    if row is None:
        raise BadCredentials()
    return user_of(row)


async def _end_session(transaction: Transaction, token: str) -> None:
    await transaction.connection.execute(
        delete(agent_sessions).where(agent_sessions.c.token_hash == _digest(token))
    )


async def _end_sessions(transaction: Transaction, user_id: str) -> None:
    await transaction.connection.execute(
        delete(agent_sessions).where(agent_sessions.c.user_id == user_id)
    )


def user_of(row: Row[Any]) -> User:
    """Makes a user from a row of the table."""
    created_at: datetime = row.created_at
    return User(
        id=row.id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        languages=tuple(row.languages),
        active=row.active,
        has_password=row.password_hash is not None,
        created_at=created_at,
        last_login_at=row.last_login_at,
    )
