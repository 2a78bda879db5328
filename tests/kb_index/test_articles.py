"""The article store, on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from kb_index.article import render_article
from kb_index.articles import ArticleStore
from kb_index.errors import ArticleError, ArticleNotFound, RevisionConflict
from kb_index.tables import kb_revisions
from kb_index.versions import articles_digest
from tests.kb_index.factory import make_article, shop

NOW = dt.datetime(2026, 1, 31, 12, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.asyncio


@pytest.fixture
def store(engine: AsyncEngine) -> ArticleStore:
    return ArticleStore(engine, clock=lambda: NOW)


def folder_of(path: Path) -> Path:
    for article in shop():
        home = path / article.language
        home.mkdir(parents=True, exist_ok=True)
        (home / f"{article.id}.md").write_text(render_article(article), encoding="utf-8")
    return path


async def test_a_saved_article_comes_back_whole(store: ArticleStore) -> None:
    article = make_article(markets=("GR", "CY"), keywords=("δέμα",), title="Πού; «εδώ» 😀")

    saved = await store.save(article, author="maria", note="first")

    assert saved == await store.get("order-track", "en")
    assert saved.article == article
    assert (saved.revision, saved.current_revision) == (1, 1)
    assert (saved.author, saved.note, saved.saved_at) == ("maria", "first", NOW)
    assert saved.published
    assert (saved.helpful_votes, saved.unhelpful_votes) == (0, 0)


async def test_every_revision_is_kept(store: ArticleStore) -> None:
    await store.save(make_article(title="One"), author="maria")
    await store.save(make_article(title="Two"), author="nikos", note="clearer")

    current = await store.get("order-track", "en")
    old = await store.get("order-track", "en", revision=1)
    history = await store.revisions("order-track", "en")

    assert (current.article.title, current.revision) == ("Two", 2)
    assert (old.article.title, old.revision, old.current_revision) == ("One", 1, 2)
    assert [(r.number, r.title, r.author, r.note) for r in history] == [
        (2, "Two", "nikos", "clearer"),
        (1, "One", "maria", ""),
    ]
    assert history[1].digest == old.article.digest


async def test_saving_the_same_again_makes_no_revision(store: ArticleStore) -> None:
    await store.save(make_article(), author="maria")

    again = await store.save(make_article(), author="nikos")

    assert (again.revision, again.author) == (1, "maria")


async def test_an_invalid_article_is_not_saved(store: ArticleStore) -> None:
    with pytest.raises(ArticleError):
        await store.save(make_article(title=""), author="maria")

    assert await store.list() == []


async def test_an_editor_who_started_from_an_old_revision_is_told(store: ArticleStore) -> None:
    await store.save(make_article(title="One"), author="maria", expected_revision=0)
    await store.save(make_article(title="Two"), author="maria", expected_revision=1)

    with pytest.raises(RevisionConflict, match="no longer at revision 1"):
        await store.save(make_article(title="Three"), author="nikos", expected_revision=1)
    with pytest.raises(RevisionConflict):
        await store.save(make_article(title="Three"), author="nikos", expected_revision=0)

    assert (await store.get("order-track", "en")).article.title == "Two"


async def test_of_many_who_save_at_once_none_is_lost_silently(store: ArticleStore) -> None:
    await store.save(make_article(title="Zero"), author="x")

    results = await asyncio.gather(
        *(store.save(make_article(title=f"T{i}"), author=f"a{i}") for i in range(6)),
        return_exceptions=True,
    )

    failed = [result for result in results if isinstance(result, BaseException)]
    assert all(isinstance(error, RevisionConflict) for error in failed)
    history = await store.revisions("order-track", "en")
    assert [r.number for r in history] == list(range(7 - len(failed), 0, -1))


async def test_of_two_who_create_at_once_both_hear_the_truth(store: ArticleStore) -> None:
    results = await asyncio.gather(
        *(
            store.save(make_article(title=f"T{i}"), author=f"a{i}", expected_revision=0)
            for i in range(2)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(result, RevisionConflict) for result in results) == 1
    assert len(await store.revisions("order-track", "en")) == 1


async def test_unknown_articles_are_reported(store: ArticleStore) -> None:
    with pytest.raises(ArticleNotFound, match="'nope' in language 'en'"):
        await store.get("nope", "en")
    with pytest.raises(ArticleNotFound):
        await store.revisions("nope", "en")
    with pytest.raises(ArticleNotFound):
        await store.vote("nope", "en", helpful=True)
    with pytest.raises(ArticleNotFound):
        await store.set_published("nope", "en", published=False)
    await store.save(make_article(), author="maria")
    with pytest.raises(ArticleNotFound):
        await store.get("order-track", "en", revision=2)


async def test_lists_are_sorted_and_filtered(store: ArticleStore) -> None:
    for article in reversed(shop()):
        await store.save(article, author="maria")
    await store.set_published("return-how", "el", published=False)

    everything = [(s.article.id, s.article.language) for s in await store.list()]
    greek = [s.article.id for s in await store.list(language="el")]
    visible = [s.article.id for s in await store.list(language="el", published_only=True)]

    assert everything == sorted((a.id, a.language) for a in shop())
    assert greek == ["order-track", "return-how"]
    assert visible == ["order-track"]


async def test_the_digest_follows_what_is_published(store: ArticleStore) -> None:
    assert await store.published_digest() == articles_digest([])
    await store.save(make_article(), author="maria")
    await store.save(make_article("b"), author="maria", published=False)

    article = make_article()
    expected = articles_digest([(article.id, article.language, article.digest)])

    assert await store.published_digest() == expected
    assert await store.published() == [article]
    await store.set_published("b", "en", published=True)
    assert await store.published_digest() != expected


async def test_saving_keeps_an_article_unpublished(store: ArticleStore) -> None:
    await store.save(make_article(), author="maria", published=False)

    saved = await store.save(make_article(title="Two"), author="maria")

    assert not saved.published


async def test_votes_at_once_are_all_counted(store: ArticleStore) -> None:
    await store.save(make_article(), author="maria")

    await asyncio.gather(*(store.vote("order-track", "en", helpful=i % 3 > 0) for i in range(9)))

    stored = await store.get("order-track", "en")
    assert (stored.helpful_votes, stored.unhelpful_votes) == (6, 3)


async def test_a_folder_is_imported_once(store: ArticleStore, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "kb")

    first = await store.import_folder(folder)
    second = await store.import_folder(folder)

    assert sorted(first.added) == sorted(f"{a.language}/{a.id}" for a in shop())
    assert (second.added, second.updated, len(second.unchanged)) == ((), (), len(shop()))
    assert {s.article.digest for s in await store.list()} == {a.digest for a in shop()}


async def test_bad_files_are_left_out_and_named(store: ArticleStore, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "kb")
    (folder / "en" / "broken.md").write_text("no head", encoding="utf-8")

    report = await store.import_folder(folder)

    assert [problem.path for problem in report.problems] == ["en/broken.md"]
    assert len(report.added) == len(shop())


async def test_an_import_leaves_a_person_s_edit_alone(store: ArticleStore, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "kb")
    await store.import_folder(folder)
    await store.save(make_article(title="Edited"), author="maria")

    kept = await store.import_folder(folder)
    forced = await store.import_folder(folder, keep_edits=False)

    assert kept.kept == ("en/order-track",)
    assert forced.updated == ("en/order-track",)
    assert (await store.get("order-track", "en")).revision == 3


async def test_a_changed_file_becomes_a_revision(store: ArticleStore, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "kb")
    await store.import_folder(folder)
    changed = render_article(make_article(title="New title"))
    (folder / "en" / "order-track.md").write_text(changed, encoding="utf-8")

    report = await store.import_folder(folder)

    assert report.updated == ("en/order-track",)
    assert (await store.get("order-track", "en")).article.title == "New title"


async def test_an_export_can_be_imported_elsewhere(store: ArticleStore, tmp_path: Path) -> None:
    await store.import_folder(folder_of(tmp_path / "kb"))
    await store.set_published("ideal-pay", "nl", published=False)

    n_all = await store.export_folder(tmp_path / "all")
    n_published = await store.export_folder(tmp_path / "out", published_only=True)

    assert (n_all, n_published) == (len(shop()), len(shop()) - 1)
    assert not (tmp_path / "out" / "nl").exists()
    again = await store.import_folder(tmp_path / "all")
    assert len(again.unchanged) == len(shop())


async def test_importing_nothing_is_refused(store: ArticleStore, tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        await store.import_folder(tmp_path / "nowhere")


async def test_a_failed_save_leaves_no_half_revision(
    store: ArticleStore, engine: AsyncEngine
) -> None:
    await store.save(make_article(), author="maria")

    with pytest.raises(RevisionConflict):
        await store.save(make_article(title="X"), author="maria", expected_revision=9)

    async with engine.connect() as connection:
        count = (await connection.execute(select(func.count()).select_from(kb_revisions))).scalar()
    assert count == 1


async def test_only_what_visitors_may_read_counts_as_a_translation(store: ArticleStore) -> None:
    for language in ("tr", "el", "en"):
        await store.save(make_article("a", language), author="ada")
    await store.save(make_article("a", "de", audience="agents"), author="ada")
    await store.save(make_article("b", "fr"), author="ada")
    await store.set_published("a", "tr", published=False)

    assert await store.public_languages("a") == ["el", "en"]
    assert await store.public_languages("nothing") == []
