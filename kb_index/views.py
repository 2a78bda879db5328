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

from kb_index.words import base_language

PIVOT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleKey:
    """What the search needs to know of an article without reading its text.

    Attributes:
        digest: Of all its contents; tells whether it changed.
    """

    article_id: str
    language: str
    title: str
    audience: str
    markets: tuple[str, ...]
    digest: str = ""

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> ArticleKey:
        """Reads one row of the stored catalogue."""
        return cls(
            article_id=row["id"],
            language=row["language"],
            title=row["title"],
            audience=row["audience"],
            markets=tuple(row["markets"]),
            digest=row["digest"],
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


class Catalog:
    """The articles of a snapshot as columns, so that thousands are filtered in a millisecond."""

    def __init__(
        self, articles: Sequence[ArticleKey], *, dead: NDArray[np.int32] | None = None
    ) -> None:
        """Reads the columns.

        Args:
            articles: All articles, in the order of their rows.
            dead: Rows that were replaced or taken back; they are in no view.
        """
        self.tags = sorted({key.language for key in articles})
        place = {tag: i for i, tag in enumerate(self.tags)}
        codes: dict[str, int] = {}
        self.codes = np.array(
            [codes.setdefault(key.article_id, len(codes)) for key in articles], np.int64
        )
        """Equal for all translations of one article."""
        self.n_codes = len(codes)
        self._language = np.array([place[key.language] for key in articles], np.int64)
        self._is_public = np.array([key.audience == "public" for key in articles], bool)
        sets: dict[tuple[str, ...], int] = {}
        self._market = np.array([sets.setdefault(k.markets, len(sets)) for k in articles], np.int64)
        self._market_sets = tuple(sets)
        self._is_alive = np.ones(len(articles), bool)
        if dead is not None:
            self._is_alive[dead] = False

    def largest(self, articles: NDArray[Any], languages: Sequence[str], n: int) -> tuple[str, ...]:
        """The `n` of some languages that most of these articles are in, most first.

        Args:
            articles: Rows, one per passage if passages are to count.
        """
        counts = np.bincount(self._language[articles], minlength=len(self.tags))
        return tuple(sorted(languages, key=lambda tag: -counts[self.tags.index(tag)])[:n])

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the articles that can be found, sorted."""
        return self._present(self._is_alive)

    def choose(
        self,
        *,
        language: str | None,
        languages_ok: Sequence[str] | None,
        audience: str,
        market: str | None,
    ) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
        """Chooses articles; see `choose_rows`.

        Returns:
            (which articles, their languages with the asked one first).
        """
        chosen = self._is_alive.copy()
        if audience != "agents":
            chosen &= self._is_public
        if market is not None:
            fits = [not markets or market in markets for markets in self._market_sets]
            chosen &= np.array(fits, bool)[self._market] if fits else False
        if languages_ok is not None:
            known = [_rank(tag, languages_ok) < len(languages_ok) for tag in self.tags]
            chosen &= np.array(known, bool)[self._language] if known else False
        if language is not None:
            chosen = self._one_each(chosen, language, languages_ok)
        present = list(self._present(chosen))
        if language is not None:
            present.sort(key=lambda tag: (_distance(tag, language), tag))
        return chosen, tuple(present)

    def _present(self, chosen: NDArray[np.bool_]) -> tuple[str, ...]:
        counts = np.bincount(self._language[chosen], minlength=len(self.tags))
        return tuple(tag for tag, count in zip(self.tags, counts, strict=True) if count)

    def _one_each(
        self, allowed: NDArray[np.bool_], language: str, languages_ok: Sequence[str] | None
    ) -> NDArray[np.bool_]:
        def badness(tag: str) -> tuple[int, int, bool, str]:
            rank = 0 if languages_ok is None else _rank(tag, languages_ok)
            return (_distance(tag, language), rank, base_language(tag) != PIVOT_LANGUAGE, tag)

        place_of = {tag: place for place, tag in enumerate(sorted(self.tags, key=badness))}
        places = np.array([place_of[tag] for tag in self.tags], np.int64)
        rows = np.flatnonzero(allowed)
        order = self.codes[rows] * max(len(self.tags), 1) + places[self._language[rows]]
        rows = rows[np.argsort(order, kind="stable")]
        is_first = np.append(True, np.diff(self.codes[rows]) > 0)[: len(rows)]
        chosen = np.zeros(len(allowed), bool)
        chosen[rows[is_first]] = True
        return chosen


def choose_rows(
    catalog: Catalog,
    passage_article: NDArray[np.int32],
    *,
    language: str | None,
    languages_ok: Sequence[str] | None,
    audience: str,
    market: str | None,
) -> View:
    """Chooses the passages of a view.

    Args:
        catalog: All articles of the snapshot.
        passage_article: Row in the catalogue of every passage.
        language: Asked language; None lets every translation compete.
        languages_ok: Languages in which an answer is acceptable, best first; None means all.
        audience: `public`, or `agents` who may see everything.
        market: Country of the visitor; None, when unknown, hides nothing.
    """
    chosen, languages = catalog.choose(
        language=language, languages_ok=languages_ok, audience=audience, market=market
    )
    return View(rows=np.flatnonzero(chosen[passage_article]), languages=languages, asked=language)


def shares_language(tag: str, asked: str | None) -> bool:
    """Whether two tags differ in their region at most; an unknown asked one shares any."""
    return asked is None or base_language(tag) == base_language(asked)


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
