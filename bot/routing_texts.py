"""Routing's reasons in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from babel import Locale, UnknownLocaleError

from bot.texts import Catalogue, TextMissing
from handoff.model import TicketReason

ASSIGNED: Final = "routing"
WAITS: Final = "wait"


def reason_view(
    reason: TicketReason, texts: Catalogue, language: str, *, of: str = ASSIGNED
) -> dict[str, Any]:
    """A reason with its sentence; `of` is the family of texts, `routing` or `wait`."""
    return {
        "code": reason.code,
        "text": reason_text(reason, texts, language, of=of),
        "params": dict(reason.params),
    }


def reason_views(
    reasons: Iterable[TicketReason], texts: Catalogue, language: str
) -> list[dict[str, Any]]:
    """Reasons of an assignment or estimate with their sentences."""
    return [reason_view(reason, texts, language) for reason in reasons]


def reason_text(
    reason: TicketReason, texts: Catalogue, language: str, *, of: str = ASSIGNED
) -> str:
    """The sentence; a code without one shows as its own words rather than break a page."""
    params: dict[str, str | int | float] = {
        name: value if isinstance(value, int | float) else str(value)
        for name, value in reason.params.items()
        if value is not None
    }
    if "language" in params:
        params["language"] = language_name(str(params["language"]), language)
    try:
        return texts.format(f"{of}-{reason.code}", language, **params)
    except TextMissing:
        return reason.code.replace("_", " ")


def language_name(tag: str, language: str) -> str:
    """The name of a language in another one, such as `Greek`; the tag where nobody knows it."""
    try:
        named = Locale.parse(tag, sep="-").get_display_name(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return tag
    return named or tag
