"""The article store: current article per id and language, every revision kept, votes, publication.

Works on SQLite and PostgreSQL through one SQLAlchemy engine. Every method is one transaction.
Saving what is already there makes no revision, so that importing a folder twice changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row, and_, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kb_index.article import Article, render_article, validate_article
from kb_index.errors import ArticleError, ArticleNotFound, RevisionConflict
from kb_index.files import save_text
from kb_index.folder import load_folder
from kb_index.tables import kb_articles, kb_revisions
from kb_index.versions import articles_digest

IMPORT_AUTHOR = "files"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article as stored, at one of its revisions.

    Attributes:
        revision: Number of this revision, counted from 1.
        current_revision: Number of the newest one.
        author: Who saved this revision; `files` for an import.
    """

    article: Article
    revision: int
    current_revision: int
    author: str
    note: str
    saved_at: dt.datetime
    published: bool
    helpful_votes: int
    unhelpful_votes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionInfo:
    """One line of an article's history."""

    number: int
    title: str
    author: str
    note: str
    saved_at: dt.datetime
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did; the tuples hold `<language>/<id>`.

    Attributes:
        kept: Articles left alone because a person edited them since the last import.
        problems: Files that are no valid articles; they were left out.
    """

    added: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]
    kept: tuple[str, ...]
    problems: tuple[ArticleError, ...]


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class ArticleStore:
    """Reads and writes articles."""

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], dt.datetime] = _utc_now) -> None:
        """Opens nothing yet.

        Args:
            engine: An async engine of SQLite or PostgreSQL; the tables must exist.
            clock: Gives aware UTC times.
        """
        self._engine = engine
        self._clock = clock

    async def list(
        self, *, language: str | None = None, published_only: bool = False
    ) -> Sequence[StoredArticle]:
        """All articles at their current revision, by id and language."""
        query = _CURRENT.order_by(kb_articles.c.article_id, kb_articles.c.language)
        if language is not None:
            query = query.where(kb_articles.c.language == language)
        if published_only:
            query = query.where(kb_articles.c.published)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [_stored(row) for row in rows]

    async def public_languages(self, article_id: str) -> Sequence[str]:
        """The languages in which visitors can read an article, in order."""
        query = _CURRENT.with_only_columns(kb_articles.c.language).where(
            kb_articles.c.article_id == article_id,
            kb_articles.c.published,
            kb_revisions.c.audience == "public",
        )
        async with self._engine.connect() as connection:
            return sorted((await connection.execute(query)).scalars())

    async def published(self) -> Sequence[Article]:
        """The articles that visitors and agents may find."""
        return [stored.article for stored in await self.list(published_only=True)]

    async def get(
        self, article_id: str, language: str, *, revision: int | None = None
    ) -> StoredArticle:
        """One article at its current or an older revision.

        Raises:
            ArticleNotFound: If there is no such article or revision.
        """
        query = _CURRENT if revision is None else _ANY.where(kb_revisions.c.number == revision)
        query = query.where(_is(article_id, language))
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            raise ArticleNotFound(article_id, language)
        return _stored(row)

    async def revisions(self, article_id: str, language: str) -> Sequence[RevisionInfo]:
        """An article's history, newest first.

        Raises:
            ArticleNotFound: If there is no such article.
        """
        query = _ANY.where(_is(article_id, language)).order_by(kb_revisions.c.number.desc())
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        if not rows:
            raise ArticleNotFound(article_id, language)
        return [
            RevisionInfo(
                number=row.number,
                title=row.title,
                author=row.author,
                note=row.note,
                saved_at=_aware(row.revision_saved_at),
                digest=row.revision_digest,
            )
            for row in rows
        ]

    async def save(
        self,
        article: Article,
        *,
        author: str,
        note: str = "",
        expected_revision: int | None = None,
        published: bool = True,
    ) -> StoredArticle:
        """Saves an article as a new revision.

        Args:
            author: Name or id of who saves.
            note: Why, for the history.
            expected_revision: Revision that the editor started from, 0 for a new article; None
                saves over whatever is there.
            published: Whether a new article is published; an existing one keeps its state.

        Raises:
            ArticleError: If the article would not be a valid file.
            RevisionConflict: If the article moved on since `expected_revision`, or just now.
        """
        validate_article(article)
        try:
            async with self._engine.begin() as connection:
                await self._save(connection, article, author, note, expected_revision, published)
        except IntegrityError as error:
            raise RevisionConflict(
                article.id, article.language, expected=expected_revision
            ) from error
        return await self.get(article.id, article.language)

    async def set_published(self, article_id: str, language: str, *, published: bool) -> None:
        """Publishes an article or takes it back; its revisions stay.

        Raises:
            ArticleNotFound: If there is no such article.
        """
        await self._change(article_id, language, {"published": published})

    async def vote(self, article_id: str, language: str, *, helpful: bool) -> None:
        """Counts one visitor's vote.

        Raises:
            ArticleNotFound: If there is no such article.
        """
        column = kb_articles.c.helpful_votes if helpful else kb_articles.c.unhelpful_votes
        await self._change(article_id, language, {column.name: column + 1})

    async def published_digest(self) -> str:
        """SHA-256 (hex) of all published articles; equals the digest in a snapshot's manifest."""
        return articles_digest(await self.published_versions())

    async def published_versions(self) -> Sequence[tuple[str, str, str]]:
        """(id, language, digest) of every published article, without reading any text."""
        query = select(
            kb_articles.c.article_id, kb_articles.c.language, kb_articles.c.digest
        ).where(kb_articles.c.published)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [(row.article_id, row.language, row.digest) for row in rows]

    async def import_folder(
        self, folder: Path, *, author: str = IMPORT_AUTHOR, keep_edits: bool = True
    ) -> ImportReport:
        """Takes all `<language>/<id>.md` files of a folder in, in one transaction.

        Args:
            folder: Such as `data/kb`.
            author: Written on the revisions.
            keep_edits: Leave an article alone whose newest revision somebody else saved.

        Raises:
            NotADirectoryError: If the folder is not there.
            RevisionConflict: If somebody saves one of the articles at the same moment; nothing
                was imported then.
        """
        loaded = load_folder(folder)
        done: dict[str, list[str]] = {"added": [], "updated": [], "unchanged": [], "kept": []}
        async with self._engine.begin() as connection:
            await connection.execute(_TAKE_WRITE_LOCK)
            known = {
                (row.article_id, row.language): row
                for row in (await connection.execute(_CURRENT)).all()
            }
            for article in loaded.articles:
                row = known.get((article.id, article.language))
                action = _import_action(article, row, author, keep_edits)
                done[action].append(f"{article.language}/{article.id}")
                if action in ("added", "updated"):
                    expected = 0 if row is None else row.current_revision
                    try:
                        await self._save(connection, article, author, "", expected, True)
                    except IntegrityError as error:
                        raise RevisionConflict(
                            article.id, article.language, expected=expected
                        ) from error
        return ImportReport(
            **{key: tuple(names) for key, names in done.items()}, problems=loaded.problems
        )

    async def export_folder(self, folder: Path, *, published_only: bool = False) -> int:
        """Writes every article as `<language>/<id>.md`; files of unknown articles stay.

        Returns:
            The number of articles written.
        """
        articles = await self.list(published_only=published_only)
        for stored in articles:
            home = folder / stored.article.language
            home.mkdir(parents=True, exist_ok=True)
            save_text(home / f"{stored.article.id}.md", render_article(stored.article))
        return len(articles)

    async def _save(
        self,
        connection: AsyncConnection,
        article: Article,
        author: str,
        note: str,
        expected: int | None,
        published: bool,
    ) -> None:
        here = _is(article.id, article.language)
        columns = (kb_articles.c.current_revision, kb_articles.c.digest)
        # Writing first takes the row lock on PostgreSQL and the write lock on SQLite, where a
        # reading transaction may not always become a writing one.
        await connection.execute(update(kb_articles).where(here).values(language=article.language))
        row = (await connection.execute(select(*columns).where(here))).first()
        number = 0 if row is None else row.current_revision
        if expected is not None and expected != number:
            raise RevisionConflict(article.id, article.language, expected=expected)
        if row is not None and row.digest == article.digest:
            return
        now = self._clock()
        change = {"current_revision": number + 1, "digest": article.digest, "saved_at": now}
        if row is None:
            await connection.execute(insert(kb_articles).values(
                article_id=article.id, language=article.language, published=published,
                helpful_votes=0, unhelpful_votes=0, created_at=now, **change,
            ))  # fmt: skip
        else:
            await connection.execute(update(kb_articles).where(here).values(**change))
        await connection.execute(
            insert(kb_revisions).values(
                **_revision_values(article),
                number=number + 1,
                author=author,
                note=note,
                saved_at=now,
            )
        )

    async def _change(self, article_id: str, language: str, values: Mapping[str, Any]) -> None:
        statement = update(kb_articles).where(_is(article_id, language)).values(**values)
        async with self._engine.begin() as connection:
            result = await connection.execute(statement)
        if result.rowcount == 0:
            raise ArticleNotFound(article_id, language)


_ANY = select(
    kb_articles,
    kb_revisions.c.number,
    kb_revisions.c.title,
    kb_revisions.c.questions,
    kb_revisions.c.body,
    kb_revisions.c.category,
    kb_revisions.c.audience,
    kb_revisions.c.markets,
    kb_revisions.c.keywords,
    kb_revisions.c.updated,
    kb_revisions.c.author,
    kb_revisions.c.note,
    kb_revisions.c.digest.label("revision_digest"),
    kb_revisions.c.saved_at.label("revision_saved_at"),
).join_from(kb_articles, kb_revisions)
_CURRENT = _ANY.where(kb_revisions.c.number == kb_articles.c.current_revision)

_TAKE_WRITE_LOCK = update(kb_articles).where(kb_articles.c.article_id == "").values(article_id="")


def _is(article_id: str, language: str) -> Any:
    return and_(kb_articles.c.article_id == article_id, kb_articles.c.language == language)


def _import_action(article: Article, row: Row[Any] | None, author: str, keep_edits: bool) -> str:
    if row is None:
        return "added"
    if row.digest == article.digest:
        return "unchanged"
    return "kept" if keep_edits and row.author != author else "updated"


def _revision_values(article: Article) -> dict[str, Any]:
    return {
        "article_id": article.id,
        "language": article.language,
        "title": article.title,
        "questions": list(article.questions),
        "body": article.body,
        "category": article.category,
        "audience": article.audience,
        "markets": list(article.markets),
        "keywords": list(article.keywords),
        "updated": article.updated.isoformat(),
        "digest": article.digest,
    }


def _stored(row: Row[Any]) -> StoredArticle:
    article = Article(
        id=row.article_id,
        language=row.language,
        title=row.title,
        questions=tuple(row.questions),
        body=row.body,
        category=row.category,
        audience=row.audience,
        markets=tuple(row.markets),
        updated=dt.date.fromisoformat(row.updated),
        keywords=tuple(row.keywords),
    )
    return StoredArticle(
        article=article,
        revision=row.number,
        current_revision=row.current_revision,
        author=row.author,
        note=row.note,
        saved_at=_aware(row.revision_saved_at),
        published=row.published,
        helpful_votes=row.helpful_votes,
        unhelpful_votes=row.unhelpful_votes,
    )


def _aware(moment: dt.datetime) -> dt.datetime:
    # SQLite forgets the zone; everything written is UTC.
    if moment.tzinfo is None:
        return moment.replace(tzinfo=dt.UTC)
    return moment.astimezone(dt.UTC)
