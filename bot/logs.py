"""Logging: structlog to standard error, as readable lines or as JSON.

What may be logged: ids, codes, counts and times. Never a visitor's words, a token, a password or a
secret. Several nets below the rule: keys that hold such things lose their value, errors lose their
messages, other people's libraries lose what they fill into theirs, and whatever looks like an
address or a credential is taken out of every text.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Any, Final

import structlog
from structlog.typing import EventDict, WrappedLogger

from bot.redaction import HIDDEN, describe_error, describe_traceback, error_name, redact
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
_OURS: Final = frozenset({"bot", "nlu", "kb_index", "actions", "handoff"})
_PLAIN_KEYS: Final = frozenset({"event", "level", "timestamp", "exc_info", "exception"})
_WARNING = re.compile(r"(.+?:\d+: \w+)(?:: .*)?", re.DOTALL)


def configure_logs(
    settings: LogSettings, *, stream: Any = None, foreign_events: bool = False
) -> None:
    """Sets structlog and the standard library's logging up; call once per process.

    Args:
        settings: Form and level.
        stream: Where to; standard error when None.
        foreign_events: Somebody else's code logs through structlog in this process: only the names
            of events are kept.
    """
    out = stream or sys.stderr
    level = getattr(logging, settings.level.upper())
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    common: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_private,
        describe_errors,
        redact_texts,
    ]
    structlog.configure(
        processors=[*([only_events] if foreign_events else []), *common, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[fill_message, *common],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            use_get_message=False,
            pass_foreign_args=True,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))
    logging.captureWarnings(True)


def drop_private(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Removes keys that could hold a person's words or a secret."""
    for key in _NEVER & event.keys():
        event[key] = HIDDEN
    return event


def only_events(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keeps the name of an event whose keys nobody here has read."""
    return {key: value for key, value in event.items() if key in _PLAIN_KEYS}


def describe_errors(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Puts types and places in the place of an error with its message."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["exception"] = describe_error(error)
    return event


def redact_texts(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Takes addresses and credentials out of every text; errors among the values lose theirs."""
    for key, value in event.items():
        if isinstance(value, BaseException):
            event[key] = error_name(value)
        elif isinstance(value, str):
            event[key] = redact(value)
    return event


def fill_message(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Fills our own messages in; of others' keeps what stands in their code."""
    record = event["_record"]
    arguments = event.pop("positional_args", None) or ()
    if record.name.split(".")[0] in _OURS:
        event["event"] = _filled(str(record.msg), arguments)
        return event
    event["logger"] = record.name
    if record.name == "py.warnings":
        found = _WARNING.fullmatch(str(arguments[0] if arguments else record.msg).strip())
        event["event"] = found[1] if found else "warning"
    elif str(record.msg).startswith("Traceback "):
        event["event"] = describe_traceback(str(record.msg))
    else:
        event["event"] = str(record.msg).partition("\n")[0]
    return event


def _filled(text: str, arguments: Any) -> str:
    if not isinstance(arguments, tuple):
        return text
    shown = tuple(error_name(a) if isinstance(a, BaseException) else a for a in arguments)
    return text % shown if shown else text
