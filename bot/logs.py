"""Logging: structlog to standard error, as readable lines or as JSON.

What may be logged: ids, codes, counts and times. Never a visitor's words, a token, a password or a
secret; the last processor drops such keys even when somebody passes them by mistake.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Final

import structlog
from structlog.typing import EventDict, WrappedLogger

from bot.settings import LogSettings

_NEVER: Final = frozenset(
    {
        "text",
        "message",
        "token",
        "password",
        "secret",
        "authorization",
        "cookie",
        "email",
        "name",
        "csrf",
    }
)


def configure_logs(settings: LogSettings, *, stream: Any = None) -> None:
    """Sets structlog and the standard library's logging up; call once per process."""
    out = stream or sys.stderr
    level = getattr(logging, settings.level.upper())
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    )
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_private,
    ]
    errors: list[Any] = [structlog.processors.format_exc_info] if settings.form == "json" else []
    structlog.configure(
        processors=[*before, *errors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *errors,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))


def drop_private(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Removes keys that could hold a person's words or a secret."""
    for key in _NEVER & event.keys():
        event[key] = "(not logged)"
    return event
