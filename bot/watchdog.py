"""The last net below the dispatcher: whatever nobody answered goes to people.

It reads the log and remembers nothing, so it needs no luck: a gateway that hangs, a dispatcher that
broke and a worker that comes late all leave the same rows, and any process that looks finds them.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from handoff.errors import StoreUnavailable
from handoff.overdue import Overdue
from handoff.store.gate import going_first

log = structlog.get_logger("bot.watchdog")

LOOK_S: Final = 2.0
# The dispatcher does this itself when all is well; here it is certain that it did not.
GRACE_S: Final = 3.0
BOT_UNAVAILABLE: Final = "bot_unavailable"


class Watchdog:
    """One per process; `run` until cancelled."""

    def __init__(
        self,
        overdue: Overdue,
        *,
        answer_within_s: float,
        look_s: float = LOOK_S,
        grace_s: float = GRACE_S,
    ) -> None:
        """Touches nothing.

        Args:
            overdue: Finds and hands over.
            answer_within_s: How long the dispatcher may take.
            look_s: Between two looks.
            grace_s: Added to what the dispatcher may take.
        """
        self._overdue = overdue
        self._limit_s = answer_within_s + grace_s
        self._look_s = look_s

    async def run(self) -> None:
        """Looks until cancelled.

        After an outage the brain gets its chance first: nothing is overdue before this process has
        been there for as long as an answer may take.
        """
        await asyncio.sleep(self._limit_s)
        while True:
            await self.look()
            await asyncio.sleep(self._look_s)

    async def look(self) -> int:
        """Hands over what is overdue now; gives how many conversations."""
        try:
            with going_first():
                n_found = await self._overdue.hand_over(
                    older_than=timedelta(seconds=self._limit_s), reason=BOT_UNAVAILABLE
                )
        except StoreUnavailable as error:
            log.warning("watchdog_blind", reason=error.reason)
            return 0
        except Exception:
            # The rim: the last net must not have a hole because one look broke.
            log.exception("watchdog_broke")
            return 0
        if n_found:
            log.warning("overdue_handed_over", conversations=n_found)
        return n_found
