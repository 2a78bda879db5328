"""Fakes for the services, and a tracker made by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import services
from actions.services import ArticleText, Services


class KeyTexts:
    """Gives the key, the language and the parameters instead of a text."""

    def format(self, key: str, language: str, /, **params: str | float) -> str:
        shown = "".join(f" {name}={value}" for name, value in sorted(params.items()))
        return f"{language}:{key}{shown}"


class DictArticles:
    """Articles from a dictionary; ids that begin with `agents-` are not for the public."""

    def __init__(self, articles: Mapping[str, ArticleText]) -> None:
        self._articles = articles

    def languages(self) -> tuple[str, ...]:
        return tuple(sorted({article.language for article in self._articles.values()}))

    def find(self, article_id: str, *, language: str, audience: str) -> ArticleText | None:
        if article_id.startswith("agents-") and audience != "agents":
            return None
        return self._articles.get(f"{article_id} {language}") or self._articles.get(article_id)


def article(article_id: str, language: str = "en") -> ArticleText:
    return ArticleText(
        article_id=article_id,
        title=f"Title of {article_id}",
        language=language,
        text="**Yes.** Really.",
        url=f"/help/{language}/{article_id}",
    )


@pytest.fixture(autouse=True)
def bundle() -> Iterator[Services]:
    articles = {name: article(name) for name in ("refund-when", "agents-secret")}
    articles["refund-when de"] = article("refund-when", "de")
    made = Services(texts=KeyTexts(), articles=DictArticles(articles))
    before = services.get_services() if services.has_services() else None
    services.set_services(made)
    yield made
    if before is not None:
        services.set_services(before)


class Scene:
    """Builds a tracker step by step and runs an action on it."""

    def __init__(self) -> None:
        self.message: dict[str, Any] = {
            "text": "hello",
            "intent": {"name": "greet", "confidence": 0.9},
            "entities": [],
            "language": {"conversation": "en"},
            "metadata": {},
        }
        self.slots: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []

    async def run(self, action: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Gives the replies, and the slots that the action set."""
        dispatcher = CollectingDispatcher()
        tracker = Tracker("c", self.slots, self.message, self.events, False, None, {}, None)
        events = await action.run(dispatcher, tracker, {})
        replies = [message["custom"] for message in dispatcher.messages]
        assert all(message["text"] for message in dispatcher.messages)
        return replies, {event["name"]: event["value"] for event in events}


@pytest.fixture
def scene() -> Scene:
    return Scene()
