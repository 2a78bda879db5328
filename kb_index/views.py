"""Decides which passages one kind of visitor may be shown, and each article's language for her.

An article that exists in the asked language is searched and shown in that language alone. One that
does not is searched in one other language: the first of the accepted ones, otherwise English,
otherwise the first by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_index.lexical import base_language

PIVOT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleKey:
    """What the search needs to know of an article without reading its text."""

    article_id: str
    language: str
    title: str
    audience: str
    markets: tuple[str, ...]

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> ArticleKey:
        """Reads one row of `catalog.json`."""
        return cls(
            article_id=row["id"],
            language=row["language"],
            title=row["title"],
            audience=row["audience"],
            markets=tuple(row["markets"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The passages that a question is compared with.

    Attributes:
        rows: Sorted passage rows, int64.
        languages: Languages among them; the asked one first.
        asked: The asked language, or None when it is unknown.
    """

    rows: NDArray[np.int64]
    languages: tuple[str, ...]
    asked: str | None


def choose_rows(
    articles: Sequence[ArticleKey],
    passage_article: NDArray[np.int32],
    *,
    language: str | None,
    languages_ok: Sequence[str] | None,
    audience: str,
    market: str | None,
) -> View:
    """Chooses the passages of a view.

    Args:
        articles: All articles of the snapshot.
        passage_article: Row in `articles` of every passage.
        language: Asked language; None lets every translation compete.
        languages_ok: Languages in which an answer is acceptable, best first; None means all.
        audience: `public`, or `agents` who may see everything.
        market: Country of the visitor; None, when unknown, hides nothing.
    """
    allowed = [
        row
        for row, key in enumerate(articles)
        if (audience == "agents" or key.audience == "public")
        and (market is None or not key.markets or market in key.markets)
        and (languages_ok is None or _rank(key.language, languages_ok) < len(languages_ok))
    ]
    chosen = allowed if language is None else _one_each(articles, allowed, language, languages_ok)
    mask = np.zeros(len(articles), bool)
    mask[chosen] = True
    present = sorted({articles[row].language for row in chosen})
    if language is not None:
        present.sort(key=lambda tag: (_distance(tag, language), tag))
    return View(
        rows=np.flatnonzero(mask[passage_article]), languages=tuple(present), asked=language
    )


def _one_each(
    articles: Sequence[ArticleKey],
    allowed: Sequence[int],
    language: str,
    languages_ok: Sequence[str] | None,
) -> list[int]:
    def badness(row: int) -> tuple[int, int, bool, str]:
        tag = articles[row].language
        rank = 0 if languages_ok is None else _rank(tag, languages_ok)
        return (_distance(tag, language), rank, base_language(tag) != PIVOT_LANGUAGE, tag)

    best: dict[str, int] = {}
    for row in allowed:
        held = best.setdefault(articles[row].article_id, row)
        if badness(row) < badness(held):
            best[articles[row].article_id] = row
    return list(best.values())


def _distance(tag: str, language: str) -> int:
    if tag == language:
        return 0
    return 1 if base_language(tag) == base_language(language) else 2


def _rank(tag: str, languages: Sequence[str]) -> int:
    """Place of a tag in a list of languages, `pt` accepting `pt-BR`; its length when absent."""
    for place, wanted in enumerate(languages):
        if _distance(tag, wanted) < 2:
            return place
    return len(languages)
