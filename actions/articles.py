"""Reads the articles to answer with from the published knowledge-base snapshot."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from actions.services import ArticleText
from kb_index.errors import SnapshotError
from kb_index.search import help_url
from kb_index.snippets import answer_text
from nlu.answer_languages import article_tag

if TYPE_CHECKING:
    from kb_index.article import Article
    from kb_index.index import LiveIndex, Snapshot

PIVOT_LANGUAGE = "en"
MAX_ANSWER_CHARS = 900


class SnapshotArticles:
    """The `Articles` port over a live index."""

    def __init__(self, index: Callable[[], LiveIndex]) -> None:
        """Takes a function, so that nothing is opened before the first answer."""
        self._index = index

    def languages(self) -> tuple[str, ...]:
        """Gives the language tags of the published articles, none without an index."""
        try:
            return self._index().snapshot().languages
        except SnapshotError:
            return ()

    def find(self, article_id: str, *, language: str, audience: str) -> ArticleText | None:
        """Gives the article in the language, then English, then any; None if hidden or gone."""
        try:
            snapshot = self._index().snapshot()
        except SnapshotError:
            return None
        for tag in _languages(snapshot, article_id, language):
            article = snapshot.find(article_id, tag)
            if article is not None and (article.audience == "public" or audience == "agents"):
                return _as_text(article)
        return None


def _languages(snapshot: Snapshot, article_id: str, language: str) -> list[str]:
    available = snapshot.translations(article_id)
    same = article_tag(language, available)
    wanted = (language, language.split("-", 1)[0], same, PIVOT_LANGUAGE, *sorted(available))
    return [tag for tag in dict.fromkeys(wanted) if tag in available]


def _as_text(article: Article) -> ArticleText:
    return ArticleText(
        article_id=article.id,
        title=article.title,
        language=article.language,
        text=answer_text(article.body, MAX_ANSWER_CHARS),
        url=help_url(article.language, article.id),
    )
