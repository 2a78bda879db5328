"""Cleans what people write, keeps secrets out of logs, renders conversations as text. Pure.

Cleaning never changes meaning: characters that no store, screen or terminal can hold are removed,
line ends become one form, broken Unicode becomes the replacement character.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Protocol

from handoff.errors import MessageEmpty, MessageTooLong

MESSAGE_CHARS = 4000
SUBJECT_CHARS = 120
EXCERPT_CHARS = 160
EMAIL_CHARS = 254

_LINE_ENDS = re.compile(r"\r\n|[\r\x85\u2028\u2029\x0b\x0c]")
# C0 and C1 controls except tab and newline: NUL cannot be stored, escapes can drive a terminal.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_EMAIL = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}"
    r"[A-Za-z]{2,24}(?![\w-])",
    re.ASCII,
)
# 13 to 19 digits in groups, as card numbers are written.
_CARD = re.compile(r"(?<![0-9])[0-9](?:[ .-]?[0-9]){12,18}(?![0-9])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_PHONE = re.compile(r"(?<![\w+])\+?[0-9](?:[ ()./-]{0,2}[0-9]){7,14}(?!\w)")


class Line(Protocol):
    """What of an event stands in a transcript."""

    @property
    def kind(self) -> str:
        """The event's kind."""

    @property
    def author_name(self) -> str | None:
        """The author's name, if it has one."""

    @property
    def text(self) -> str:
        """The event's text."""


def clean_text(text: str) -> str:
    """Gives storable text: valid Unicode, newline as the only line end, no control characters."""
    if _SURROGATES.search(text):
        # Pairs that arrived as two halves become one character; a lone half cannot be repaired.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))


def check_message(text: str, *, limit: int = MESSAGE_CHARS) -> str:
    """Gives a message's clean text without space around it.

    Raises:
        MessageEmpty: Nothing visible: white space and format characters only.
        MessageTooLong: More than `limit` characters.
    """
    cleaned = clean_text(text).strip()
    if not any(_is_visible(char) for char in cleaned):
        raise MessageEmpty()
    if len(cleaned) > limit:
        raise MessageTooLong(length=len(cleaned), limit=limit)
    return cleaned


def clean_name(text: str, *, limit: int = 200) -> str:
    """Gives a name on one line, cut at `limit` characters; empty if nothing is visible."""
    line = " ".join(clean_text(text).split())
    return line[:limit] if any(_is_visible(char) for char in line) else ""


def excerpt(text: str, *, limit: int = EXCERPT_CHARS) -> str:
    """Gives the beginning of a text on one line, with an ellipsis if it was cut."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip() + "…"


def find_email(text: str) -> str | None:
    """Gives the first e-mail address in a text."""
    match = _EMAIL.search(text)
    return match[0] if match and len(match[0]) <= EMAIL_CHARS else None


def is_email(text: str) -> bool:
    """Tells whether a text is one e-mail address and nothing else."""
    return len(text) <= EMAIL_CHARS and _EMAIL.fullmatch(text) is not None


def mask_numbers(text: str) -> str:
    """Gives a text for colleagues: card numbers and bank accounts are hidden."""
    text = _IBAN.sub(_hide_iban, text)
    return _CARD.sub(lambda match: "[card]" if _is_card(match[0]) else match[0], text)


def mask(text: str) -> str:
    """Gives a text fit for a log: card numbers, bank accounts, e-mails and phones are hidden."""
    text = mask_numbers(text)
    text = _EMAIL.sub("[email]", text)
    return _PHONE.sub("[phone]", text)


def render_transcript(lines: Iterable[Line], *, masked: bool = False) -> str:
    """Gives a conversation as text, one paragraph per event; later lines of a text are indented."""
    return "\n".join(_rendered(line, masked=masked) for line in lines)


def _rendered(line: Line, *, masked: bool) -> str:
    who = line.author_name or line.kind
    text = (mask(line.text) if masked else line.text).replace("\n", "\n    ")
    return f"{who}: {text}" if line.kind == "message" else f"[{line.kind}] {who}: {text}"


def _is_visible(char: str) -> bool:
    # Cf: zero-width and direction marks; Mn: a combining mark on nothing; Hangul fillers are Lo.
    return not char.isspace() and (
        unicodedata.category(char) not in {"Cf", "Cc", "Mn", "Cn", "Co", "Zs"}
        and char not in "\u115f\u1160\u3164\uffa0\u2800"
    )


def _is_card(text: str) -> bool:
    digits = [int(char) for char in text if char.isdigit()]
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _hide_iban(match: re.Match[str]) -> str:
    """Hides the account number that a match begins with; words may follow it."""
    text = match[0]
    ends = [found.start() for found in re.finditer(" ", text)] + [len(text)]
    for end in reversed(ends):
        if _is_iban(text[:end]):
            return f"[iban]{text[end:]}"
    return text


def _is_iban(text: str) -> bool:
    compact = text.replace(" ", "").upper()
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1
