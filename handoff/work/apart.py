"""Many small changes in one job, each for itself: what breaks one does not hold up the others."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TypeVar

from handoff.errors import StoreUnavailable

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


async def tried(change: Awaitable[Result], what: str) -> Result | None:
    """Gives what a change gives; None if it broke, which the log says.

    Args:
        change: One of many, in a transaction of its own.
        what: For the log, without personal data: "closing ticket 17".

    Raises:
        StoreUnavailable: The others would not work now either; the job comes back.
    """
    try:
        return await change
    except StoreUnavailable:
        raise
    except Exception:
        logger.exception("%s broke; the others go on", what)
        return None
