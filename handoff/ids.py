"""Makes ids: 26-character lower-case ULIDs that sort by creation within one process.

48 bits of milliseconds, 80 random bits, Crockford base 32. Within one millisecond, and when the
wall clock steps back, the random part grows by a random step, so ids stay ascending and the next
one cannot be computed from the last. Ids are names, never credentials.
"""

from __future__ import annotations

import secrets
import threading
import time

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ID_CHARS = 26
_RANDOM_BITS = 80
_STEP_BITS = 40


class IdMaker:
    """Makes ascending ids; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_ms = 0
        self._random = 0

    def new_id(self, *, now_ms: int | None = None) -> str:
        """Gives an id greater than every one this maker gave before.

        Args:
            now_ms: Milliseconds since 1970; the wall clock when None.
        """
        moment = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        with self._lock:
            if moment > self._last_ms:
                self._last_ms = moment
                # The top bit stays free, so that steps within a millisecond cannot overflow.
                self._random = secrets.randbits(_RANDOM_BITS - 1)
            else:
                self._random += 1 + secrets.randbits(_STEP_BITS)
                if self._random >> _RANDOM_BITS:
                    self._last_ms += 1
                    self._random = secrets.randbits(_RANDOM_BITS - 1)
            return _encode((self._last_ms << _RANDOM_BITS) | self._random)


_maker = IdMaker()


def new_id() -> str:
    """Gives a new id from this process's maker."""
    return _maker.new_id()


def is_id(text: str) -> bool:
    """Tells whether a text has the form of an id."""
    return len(text) == ID_CHARS and text[0] <= "7" and all(char in ALPHABET for char in text)


def _encode(number: int) -> str:
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(125, -5, -5))
