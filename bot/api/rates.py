"""Rate limits per visitor and per address, in memory, over a moving window."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from bot.errors import LimitError
from bot.settings import Rate, RateSettings

# Typing and watching need a few frames per minute; this only stops floods.
_FRAMES: Final = RateLimitItemPerSecond(100, 10)


class RateLimits:
    """Checks and counts calls; raises when one is too many."""

    def __init__(self, settings: RateSettings, *, wall: Callable[[], float] = time.time) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._wall = wall
        self._visitor = _item(settings.messages_per_visitor)
        self._address = _item(settings.messages_per_address)
        self._sessions = _item(settings.sessions_per_address)
        self._logins = _item(settings.logins_per_address)

    def check_message(self, *, visitor_id: str, address: str) -> None:
        """Counts one message or other write of a visitor.

        Raises:
            LimitError: With the seconds to wait.
        """
        self._check(self._visitor, "visitor", visitor_id)
        self._check(self._address, "address", address)

    def check_session(self, *, address: str) -> None:
        """Counts one opened session.

        Raises:
            LimitError: With the seconds to wait.
        """
        self._check(self._sessions, "session", address)

    def check_frame(self, *, connection_id: str) -> None:
        """Counts one frame that a client sent over its socket.

        Raises:
            LimitError: With the seconds to wait.
        """
        self._check(_FRAMES, "frame", connection_id)

    def check_login(self, *, address: str) -> None:
        """Counts one attempt to log in or to use a one-time link.

        Raises:
            LimitError: With the seconds to wait.
        """
        self._check(self._logins, "login", address)

    def _check(self, item: RateLimitItem, kind: str, key: str) -> None:
        if self._limiter.hit(item, kind, key):
            return
        reset_at = self._limiter.get_window_stats(item, kind, key).reset_time
        raise LimitError(retry_after_s=max(1, math.ceil(reset_at - self._wall())))


def _item(rate: Rate) -> RateLimitItem:
    return RateLimitItemPerSecond(rate.count, rate.seconds)
