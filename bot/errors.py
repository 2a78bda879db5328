"""Errors of the gateway, the supervisor and the commands.

BotError
|-- SettingsError        the configuration is wrong; every fault at once
|-- StartError           the program cannot start; says what happened and what to do
|-- TokenError           a visitor token is missing, forged or too old
|-- LimitError           too many calls; carries the seconds to wait
|-- Overloaded           the process has enough in hand; carries the seconds to wait
|-- LanguageNotOffered   a visitor chose a language that this shop does not offer
|-- CursorInvalid        a page's cursor is not one of ours, or of another list
|-- PreconditionRequired a change came without the version that it was made from
|-- AccessError          the caller may not do this
`-- BrainError           a turn got no usable answer
    |-- BrainUnreachable     nothing answered at all: the turn was not started
    |-- BrainTimeout         no answer within the time limit
    |-- BrainLost            the connection broke while the brain was at work
    |-- BrainRefused         an answer that says no, with its status
    `-- BrainNonsense        an answer that breaks the turn contract
"""

from __future__ import annotations

from dataclasses import dataclass


class BotError(Exception):
    """Base of everything that this package raises on purpose."""

    code = "bot_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One wrong setting; `value` is already masked where it is a secret."""

    key: str
    value: str
    expected: str


class SettingsError(BotError):
    """The configuration is wrong."""

    code = "wrong_settings"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        lines = [f"{fault.key}={fault.value!r}: expected {fault.expected}" for fault in self.faults]
        return "The settings are wrong:\n  " + "\n  ".join(lines)


class StartError(BotError):
    """The program cannot start or go on."""

    def __init__(self, code: str, *, happened: str, todo: str) -> None:
        super().__init__(code, happened, todo)
        self.code = code
        self.happened = happened
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.happened} {self.todo}"


class TokenError(BotError):
    """A visitor token is missing, forged or too old."""

    code = "bad_token"

    def __str__(self) -> str:
        return "The session token is missing or not valid. Open a new session."


class LimitError(BotError):
    """Too many calls."""

    code = "too_many_requests"

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return f"Too many requests. Try again in {self.retry_after_s} s."


class Overloaded(BotError):
    """The process has as much in hand as it can hold."""

    code = "overloaded"

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return f"The service is busy. Nothing was accepted; try again in {self.retry_after_s} s."


class LanguageNotOffered(BotError):
    """A visitor chose a language that this shop does not offer."""

    code = "language_not_offered"

    def __init__(self, offered: tuple[str, ...]) -> None:
        super().__init__(offered)
        self.offered = offered

    def __str__(self) -> str:
        return f"This language is not offered here. Offered are: {', '.join(self.offered)}."


class CursorInvalid(BotError):
    """A page's cursor was changed, cut, or belongs to another list."""

    code = "cursor_invalid"

    def __str__(self) -> str:
        return "The cursor is not one that this list gave. Begin without one."


class PreconditionRequired(BotError):
    """A change must name the version that it was made from, so that no update is lost."""

    code = "precondition_required"

    def __str__(self) -> str:
        return "Send If-Match with the ETag that you read, or * to change whatever is there."


class AccessError(BotError):
    """The caller may not do this; `code` says why."""

    TEXTS = {  # noqa: RUF012 - read only
        "not_signed_in": "Sign in first.",
        "bad_csrf": "The X-CSRF-Token header is missing or wrong.",
        "bad_origin": "This origin may not open the connection.",
        "token_invalid": "The API token is unknown, expired or revoked.",
        "not_yours": "This conversation does not belong to the session.",
    }

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return self.TEXTS[self.code]


class BrainError(BotError):
    """A turn got no usable answer from the brain."""

    code = "brain_error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class BrainUnreachable(BrainError):
    """Nothing answered: the turn was not started."""

    code = "brain_unreachable"


class BrainTimeout(BrainError):
    """No answer within the time limit."""

    code = "brain_timeout"


class BrainLost(BrainError):
    """The connection broke before the answer was complete."""

    code = "brain_lost"


class BrainRefused(BrainError):
    """The brain answered with an error status."""

    code = "brain_refused"

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"{status} {detail}")
        self.status = status


class BrainNonsense(BrainError):
    """The answer breaks the turn contract."""

    code = "brain_nonsense"
