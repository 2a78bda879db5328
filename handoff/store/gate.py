"""The line in front of the database's writers, in which what was begun goes first.

Every message that is taken costs an answer later. A line that is only fair lets a flood of new
messages push the answers to the ones before to the back, where they wait until nobody wants them
any more. Here whoever finishes something goes first, and new work feels the load: it waits, is
noticed to wait (`bot.api.admission`), and is told to come back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Final

# New work is not shut out either: after so many that went first, one of the others has its turn.
FIRST_IN_A_ROW: Final = 3

_goes_first: Final[ContextVar[bool]] = ContextVar("goes_first", default=False)


@contextmanager
def going_first() -> Iterator[None]:
    """Lets what the running task writes go before new work."""
    token = _goes_first.set(True)
    try:
        yield
    finally:
        _goes_first.reset(token)


class WriteGate:
    """Lets a number of writers through at a time; in the order of coming within each class."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._first: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()
        self._in_a_row = 0

    @asynccontextmanager
    async def place(self, *, wait_s: float) -> AsyncIterator[None]:
        """Waits for a place and holds it.

        Args:
            wait_s: Seconds to wait at most.

        Raises:
            TimeoutError: There was none for so long.
        """
        try:
            async with asyncio.timeout(wait_s):
                await self._enter()
        except TimeoutError:
            raise TimeoutError("too many writers wait") from None
        try:
            yield
        finally:
            self._leave()

    async def _enter(self) -> None:
        if self._free:
            self._free -= 1
            return
        line = self._first if _goes_first.get() else self._others
        called = asyncio.get_running_loop().create_future()
        line.append(called)
        try:
            await called
        except asyncio.CancelledError:
            if not called.cancelled():
                self._leave()  # called and cancelled in one moment: the place is somebody else's
            raise

    def _leave(self) -> None:
        while (line := self._line()) is not None:
            called = line.popleft()
            if not called.cancelled():  # who was cancelled stays in line until her turn
                called.set_result(None)
                return
        self._free += 1

    def _line(self) -> deque[asyncio.Future[None]] | None:
        """Whose turn it is; None if nobody waits."""
        if self._first and (self._in_a_row < FIRST_IN_A_ROW or not self._others):
            self._in_a_row += 1
            return self._first
        self._in_a_row = 0
        return self._others or None
