"""Visitor-facing texts: Fluent catalogues per language with English as the fallback.

Safe to share between threads. A catalogue is parsed at its first use and kept; a text that is
missing in a language comes from English, and a text that is missing there as well raises, because a
key must never reach a visitor.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fluent.runtime import FluentBundle, FluentResource

ENGLISH: Final = "en"
LOCALES: Final = Path(__file__).parent / "locales"
# Isolation marks around inserted values keep numbers readable in right-to-left text; elsewhere they
# would only get into what people copy and paste.
_RIGHT_TO_LEFT: Final = frozenset({"ar", "he", "fa", "ur"})

TextParam = str | int | float


class TextMissing(KeyError):
    """No catalogue has this key."""

    code = "text_missing"

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return f"no text named {self.key!r} in any catalogue"


class Catalogue:
    """The texts under one folder: `<folder>/<language>/babeldesk.ftl`."""

    def __init__(self, folder: Path = LOCALES, *, formality: str = "formal") -> None:
        self._folder = folder
        self._formality = formality
        self._bundles: dict[str, FluentBundle | None] = {}
        self._lock = threading.Lock()

    def format(self, key: str, language: str, /, **params: TextParam) -> str:
        """The text in the language, or in English.

        Raises:
            TextMissing: If English has no such key either.
        """
        values: dict[str, TextParam] = {"formality": self._formality, **params}
        for tag in self._order(language):
            bundle = self._bundle(tag)
            if bundle is None or not bundle.has_message(key):
                continue
            pattern = bundle.get_message(key).value
            if pattern is None:
                continue
            # The runtime compiles a message at its first use and keeps it, hence the lock.
            with self._lock:
                text, _errors = bundle.format_pattern(pattern, values)
            return _one_full_stop(str(text), values)
        raise TextMissing(key)

    def has(self, key: str, language: str) -> bool:
        """Whether the language itself (not English in its place) has the key."""
        bundle = self._bundle(language)
        return bundle is not None and bundle.has_message(key)

    def notice(self, code: str, language: str, **params: TextParam) -> str:
        """The text of a system notice; the port that the handoff core asks for."""
        return self.format(code, language, **params)

    @staticmethod
    def _order(language: str) -> tuple[str, ...]:
        base = language.split("-", 1)[0]
        return tuple(dict.fromkeys((language, base, ENGLISH)))

    def _bundle(self, language: str) -> FluentBundle | None:
        with self._lock:
            if language not in self._bundles:
                self._bundles[language] = self._load(language)
            return self._bundles[language]

    def _load(self, language: str) -> FluentBundle | None:
        if not language.replace("-", "").isalnum():
            return None
        path = self._folder / language / "babeldesk.ftl"
        if not path.is_file():
            return None
        bundle = FluentBundle([language], use_isolating=language in _RIGHT_TO_LEFT)
        bundle.add_resource(FluentResource(path.read_text(encoding="utf-8")))
        return bundle


def _one_full_stop(text: str, values: Mapping[str, TextParam]) -> str:
    """A sentence that ends with an abbreviation, such as Greek "7:00 π.μ.", has one full stop."""
    for value in values.values():
        if isinstance(value, str) and value.endswith("."):
            text = text.replace(f"{value}.", value)
    return text
