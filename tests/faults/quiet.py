"""Keeps what a gateway in this process logs out of the report's output."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

import structlog

from tests.bot.house import kept_logging


@contextlib.contextmanager
def quiet_logs() -> Iterator[None]:
    """Faults are the point here; each of them would fill a page."""
    with kept_logging():
        silent = structlog.make_filtering_bound_logger(logging.CRITICAL)
        structlog.configure(wrapper_class=silent)
        logging.getLogger().setLevel(logging.CRITICAL)
        yield
