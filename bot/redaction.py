"""Takes out of a text what a log must not hold: addresses, credentials, and errors' own words.

Pure. An exception's message may quote whatever it was raised over (a visitor's words, a row, a
token), so a logged error keeps its types, its places in the code and its machine-made code, and
loses its message, unless the message is known to be made of none of these.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from typing import Any, Final

HIDDEN: Final = "(not logged)"
# Packages whose errors speak of files, models, settings and the brain, never of a person.
_SPEAKING: Final = ("bot.", "kb_index.")
_RAISED = re.compile(r"((?:[A-Za-z_]\w*\.)*[A-Z]\w*)(: .*)?")
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+", re.UNICODE)
_URL_USER = re.compile(r"(?<=://)[^\s/@:]+(?::[^\s/@]*)?@")
_BEARER = re.compile(r"(?i)\b(bearer[ .]+)[\w.~+/=-]{8,}")
_ONE_TIME_LINK = re.compile(r"(#/(?:setup|reset)/)[\w.~-]+")
_NAMED = re.compile(
    r"(?i)\b(password|passwd|secret|token|cookie|api[_-]?key|authorization|csrf|bd_session)"
    r"(\"?'?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;)}\]]+)"
)
# Runs without a gap that look drawn from a generator: signed tokens, keys, session cookies.
_DRAWN = re.compile(
    r"(?<![\w/.-])(?=[\w.-]*[A-Z])(?=[\w.-]*[a-z])(?=[\w.-]*\d)[\w-]{16,}(?:\.[\w-]+)*"
)
_SIGNED = re.compile(r"\beyJ[\w-]{6,}(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.:-])\+\d[\d ()/-]{7,}\d")
_CARD = re.compile(r"(?<![\w.-])(?:\d[ -]?){13,19}(?![\w-])")


def redact(text: str) -> str:
    """The text without e-mail addresses, credentials, telephone and card numbers."""
    text = _URL_USER.sub(f"{HIDDEN}@", text)
    text = _EMAIL.sub(HIDDEN, text)
    text = _BEARER.sub(rf"\1{HIDDEN}", text)
    text = _ONE_TIME_LINK.sub(rf"\1{HIDDEN}", text)
    text = _NAMED.sub(rf"\1\2{HIDDEN}", text)
    text = _SIGNED.sub(HIDDEN, text)
    text = _DRAWN.sub(HIDDEN, text)
    text = _PHONE.sub(HIDDEN, text)
    return _CARD.sub(HIDDEN, text)


def describe_error(error: BaseException) -> str:
    """Types, codes and places of an error and its causes, innermost cause first."""
    return "\n".join(_chain(error, set()))


def error_name(error: BaseException) -> str:
    """What can be said of an error: type, and code, SQL state or errno; our own errors' text too.

    Only texts about files, models, settings and the brain: those about visitors stay out.
    """
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    details = [
        f"{label}={value}"
        for label, value in (
            ("code", _word(getattr(error, "code", None))),
            ("sqlstate", _word(getattr(error, "sqlstate", None))),
            ("errno", error.errno if isinstance(error, OSError) else None),
        )
        if value is not None
    ]
    known = f"{name}({', '.join(details)})" if details else name
    return f"{known}: {redact(str(error))}" if name.startswith(_SPEAKING) else known


def describe_traceback(text: str) -> str:
    """A traceback that a library made into text, without the messages in it."""
    kept = []
    for line in text.splitlines():
        if line.startswith(("Traceback ", "  File ")):
            kept.append(line)
        elif found := _RAISED.fullmatch(line):
            name, message = found[1], found[2] or ""
            kept.append(redact(name + message) if name.startswith(_SPEAKING) else name)
    return "\n".join(kept)


def _chain(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _chain(before, seen)
        yield "which led to:"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
        if frame.line:
            yield f"    {frame.line}"
    yield error_name(error)
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            if id(part) not in seen:
                yield from _chain(part, seen)


def _word(value: Any) -> str | None:
    """A code as it is, if it is one: a short word without a blank."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_]{1,60}", value) else None
