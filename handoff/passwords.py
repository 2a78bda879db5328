"""Hashes and checks passwords with argon2id, off the event loop, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from handoff.errors import PasswordTooWeak

Result = TypeVar("Result")

MIN_PASSWORD_CHARS = 10
# A limit far above what people type keeps a megabyte of "password" from costing anything.
MAX_PASSWORD_CHARS = 256
# One hash takes some 64 MiB for a moment; more at once would let a login storm eat the memory.
_HASHES_AT_ONCE = 2
_COMMON = frozenset(
    {
        "password",
        "passwort",
        "password1234",
        "1234567890",
        "12345678910",
        "qwertyuiop",
        "qwertzuiop",
        "letmein1234",
        "babeldesk",
        "babeldesk1",
        "babeldesk123",
        "administrator",
    }
)


class Passwords:
    """Argon2id with the library's defaults (RFC 9106, low-memory profile) unless told otherwise."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(_HASHES_AT_ONCE, thread_name_prefix="argon2")
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """Gives the encoded hash."""
        return await self._run(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Tells whether a password fits; takes as long when there is no stored hash."""
        if len(password) > MAX_PASSWORD_CHARS:
            return False
        if stored is None:
            if self._nobody is None:
                self._nobody = await self.hash("nobody has this password")
            await self._run(self._fits, self._nobody, password)
            return False
        return await self._run(self._fits, stored, password)

    def is_outdated(self, stored: str) -> bool:
        """Tells whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _fits(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., Result], *args: str) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)


def check_password(password: str, *, email: str) -> None:
    """Raises PasswordTooWeak with the broken rule."""
    if len(password) > MAX_PASSWORD_CHARS:
        raise PasswordTooWeak("too_long")
    if len(password) < MIN_PASSWORD_CHARS:
        raise PasswordTooWeak("too_short")
    folded = password.casefold()
    if folded in _COMMON or folded == email.casefold() or len(set(password)) < 4:
        raise PasswordTooWeak("too_common")
