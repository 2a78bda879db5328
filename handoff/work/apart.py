"""Many small changes in one job, each for itself: what breaks one does not hold up the others."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TypeVar

from handoff.errors import StoreUnavailable

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class Apart:
    """The changes of one run of a job; `n_broken` counts those that broke."""

    def __init__(self) -> None:
        self.n_broken = 0
        self._store_failed = False

    async def tried(self, change: Awaitable[Result], what: str) -> Result | None:
        """Gives what a change gives; None if it broke, which the log says.

        Args:
            change: One of many, in a transaction of its own.
            what: For the log, without personal data: "closing ticket 17".

        Raises:
            StoreUnavailable: Twice in a row, so that it is not the one change: the others would
                not work now either, and the job comes back.
        """
        try:
            result = await change
        except StoreUnavailable as error:
            if self._store_failed:
                raise
            self._store_failed = True
            logger.warning("%s was not taken: %s; the others go on", what, error.reason)
        except Exception:
            self._store_failed = False
            logger.exception("%s broke; the others go on", what)
        else:
            self._store_failed = False
            return result
        self.n_broken += 1
        return None
