"""The services that actions use, as one bundle that the starting process sets and tests replace.

Actions are created by Rasa without arguments, hence the module-level door `get_services`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from nlu.languages import language_name


class Texts(Protocol):
    """Visitor-facing texts; falls back to English, never gives a key."""

    def format(self, key: str, language: str, /, **params: str | float) -> str:
        """Gives the text of a key in a language."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleText:
    """What an answer shows of an article; `text` is light Markdown."""

    article_id: str
    title: str
    language: str
    text: str
    url: str


class Articles(Protocol):
    """Reads published articles."""

    def find(self, article_id: str, *, language: str, audience: str) -> ArticleText | None:
        """Gives an article in the language, or else in one it exists in; None if hidden or gone."""
        ...

    def languages(self) -> tuple[str, ...]:
        """Gives the language tags of the published articles."""
        ...


class NoArticles:
    """Stands in where there is no knowledge base."""

    def find(self, article_id: str, *, language: str, audience: str) -> ArticleText | None:
        """Gives None."""
        return None

    def languages(self) -> tuple[str, ...]:
        """Gives none."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything actions may use."""

    texts: Texts
    articles: Articles

    def name_of(self, language: str) -> str:
        """Gives a language's name in itself."""
        return language_name(language)


class ServicesMissing(RuntimeError):
    """An action ran before the process said what it may use."""

    def __str__(self) -> str:
        return "The actions have no services yet; call actions.services.set_services first."


_current: Services | None = None


def set_services(services: Services) -> None:
    """Sets the bundle for this process."""
    global _current
    _current = services


def has_services() -> bool:
    """Says whether the bundle was set."""
    return _current is not None


def get_services() -> Services:
    """Gives the bundle.

    Raises:
        ServicesMissing: If none was set.
    """
    if _current is None:
        raise ServicesMissing
    return _current
