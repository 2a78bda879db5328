"""Finds order numbers, e-mail addresses, phone numbers, amounts, dates and language names in text.

Pure. Patterns are language-neutral; where two overlap, the more specific one wins. Values are
normalised: order numbers upper-case with a hyphen, digits of any script as 0-9.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

MAX_CHARS = 20_000
"""Longer texts are searched only this far; patterns must not cost seconds on pasted logs."""

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}(?![\w@])")
_ORDER = re.compile(
    r"(?<![\w@.-])(?:([A-Za-z]{2,4})[-\u2010-\u2013 ]?(\d{5,10})|[#\u2116]\s?(\d{4,10}))(?![\w@-])"
)
_DATE = re.compile(
    r"(?<![\w.,/-])(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})|\d{1,2}\.\d{1,2}\.)(?![\w/-])"
)
_CURRENCY = (
    r"(?:€|\$|£|₺|₽|zł|EUR|USD|GBP|CHF|TRY|TL|PLN|RUB|"
    r"euros?|ευρώ|ευρω|евро|يورو|lira|złotych)"
)
# Bounded: without a currency behind them, long rows of digits would be tried from each place.
_NUMBER = r"\d{1,3}(?:[ .,\u00a0\u202f']\d{3}){0,4}(?:[.,]\d{1,2})?|\d{1,15}(?:[.,]\d{1,2})?"
_AMOUNT = re.compile(
    rf"(?<!\w)(?:{_CURRENCY}\s?(?:{_NUMBER})|(?:{_NUMBER})\s?{_CURRENCY})(?![\w])",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w@.,-])(?:\+|00)?\d[\d ()/.\u00a0-]{6,18}\d(?![\w@])")
_WORD = re.compile(r"[^\W\d_]+")
# In longer messages a language name is rather a country's adjective ("German towels").
_MAX_WORDS_WITH_LANGUAGE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A found value; the span is half-open, in characters of the searched text."""

    kind: str
    value: str
    start: int
    end: int


def find_entities(text: str, *, language_names: Mapping[str, str] | None = None) -> list[Entity]:
    """Finds all entities, ordered by position, without overlaps.

    Args:
        text: The message as it was typed.
        language_names: Folded name (see `fold`) -> language tag.
    """
    text = text[:MAX_CHARS]
    found: list[Entity] = []
    for match in _EMAIL.finditer(text):
        _add(found, "email", match.group().lower(), match)
    for match in _ORDER.finditer(text):
        prefix, number, bare = match.groups()
        value = f"{prefix.upper()}-{_digits(number)}" if prefix else _digits(bare)
        if not prefix or _looks_like_order(prefix, match.group()):
            _add(found, "order_number", value, match)
    for match in _DATE.finditer(text):
        _add(found, "date", _digits(match.group()), match)
    for match in _AMOUNT.finditer(text):
        _add(found, "amount", _digits(match.group()), match)
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", _digits(match.group()))
        if 7 <= len(digits) <= 15:
            plus = "+" if match.group().lstrip().startswith("+") else ""
            _add(found, "phone", plus + digits, match)
    if language_names:
        _add_languages(found, text, language_names)
    return sorted(found, key=lambda entity: entity.start)


def fold(word: str) -> str:
    """Gives a word's form for look-ups: case folded, without accents."""
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("ı", "i")


def _add(found: list[Entity], kind: str, value: str, match: re.Match[str]) -> None:
    start, end = match.span()
    if all(end <= other.start or other.end <= start for other in found):
        found.append(Entity(kind=kind, value=value, start=start, end=end))


def _add_languages(found: list[Entity], text: str, names: Mapping[str, str]) -> None:
    words = list(_WORD.finditer(text))
    if len(words) > _MAX_WORDS_WITH_LANGUAGE:
        return
    for match in words:
        tag = names.get(fold(match.group()))
        if tag is not None:
            _add(found, "language", tag, match)


def _looks_like_order(prefix: str, text: str) -> bool:
    """Keeps "in 10000" and "TL 15000" out: a blank joins only upper-case letters."""
    if prefix.upper() in {"TL", "EUR", "USD", "GBP", "CHF", "TRY", "PLN", "RUB"}:
        return False
    return " " not in text or prefix.isupper()


def _digits(text: str) -> str:
    return "".join(
        str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in text
    )
