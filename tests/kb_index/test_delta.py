"""Small changes on top of a published snapshot."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kb_index import delta as delta_module
from kb_index import files
from kb_index.article import Article
from kb_index.builder import SnapshotInfo, build_snapshot, prune, publish
from kb_index.delta import build_delta, is_large
from kb_index.errors import SnapshotError
from kb_index.index import LiveIndex, Snapshot, load_manifest
from kb_index.search import SearchResult, search
from tests.kb_index.factory import make_article, shop
from tests.kb_index.hashing_encoder import HashingEncoder

ENCODER = HashingEncoder()


def whole(folder: Path, articles: Sequence[Article]) -> SnapshotInfo:
    info = build_snapshot(articles, ENCODER, folder=folder)
    publish(folder, info.snapshot_id)
    return info


def change(
    folder: Path, articles: Sequence[Article], encoder: HashingEncoder = ENCODER
) -> SnapshotInfo | None:
    by_name = {(article.id, article.language): article for article in articles}
    info = build_delta(
        [(article.id, article.language, article.digest) for article in articles],
        lambda names: [by_name[name] for name in names],
        encoder,
        folder=folder,
    )
    if info is not None:
        publish(folder, info.snapshot_id, is_delta=True)
    return info


def changed(folder: Path, articles: Sequence[Article]) -> Snapshot:
    info = change(folder, articles)
    assert info is not None
    return Snapshot.open(info.path, fingerprint=ENCODER.fingerprint)


def ask(snapshot: Snapshot, question: str, language: str | None = "en") -> SearchResult:
    vector = ENCODER.encode([question], kind="query")
    return search(snapshot, question, vector=vector, language=language)


def edited() -> list[Article]:
    """The shop after an edit, a removal and two additions, one in a new language."""
    articles = [a for a in shop() if (a.id, a.language) != ("return-how", "el")]
    articles[0] = make_article(title="Follow a shipment", body="Look at the **map**.")
    articles.append(make_article("gift-wrap", title="Gift wrapping", questions=("wrap a present",)))
    articles.append(make_article("gift-wrap", "de", title="Geschenk einpacken", questions=()))
    return articles


def test_an_edit_is_found_and_what_it_replaced_is_gone(tmp_path: Path) -> None:
    base = whole(tmp_path, shop())
    snapshot = changed(tmp_path, edited())

    assert snapshot.snapshot_id > base.snapshot_id
    assert ask(snapshot, "follow a shipment map")[0].title == "Follow a shipment"
    assert "Track your order" not in {hit.title for hit in ask(snapshot, "track your order")}
    article = snapshot.find("order-track", "en")
    assert article is not None
    assert article.title == "Follow a shipment"


def test_a_removed_translation_vanishes_and_another_language_takes_over(tmp_path: Path) -> None:
    whole(tmp_path, shop())
    snapshot = changed(tmp_path, edited())

    assert snapshot.find("return-how", "el") is None
    assert snapshot.translations("return-how") == ("en",)
    hits = ask(snapshot, "return label", "el")
    assert {hit.language for hit in hits if hit.article_id == "return-how"} == {"en"}


def test_new_articles_are_found_in_old_and_new_languages(tmp_path: Path) -> None:
    whole(tmp_path, shop())
    snapshot = changed(tmp_path, edited())

    assert ask(snapshot, "wrap a present")[0].article_id == "gift-wrap"
    assert ask(snapshot, "Geschenk einpacken", "de")[0].language == "de"
    assert snapshot.languages == ("de", "el", "en", "nl")
    assert snapshot.manifest.languages == {"de": 1, "el": 1, "en": 4, "nl": 1}


def test_a_change_ranks_as_a_whole_build_does(tmp_path: Path) -> None:
    whole(tmp_path / "a", shop())
    snapshot = changed(tmp_path / "a", edited())
    fresh = Snapshot.open(whole(tmp_path / "b", edited()).path)

    for question in ("wrap a present", "iDEAL betaling", "return label", "where is my parcel"):
        for language in ("en", "el", "de", None):
            found, expected = ask(snapshot, question, language), ask(fresh, question, language)
            assert {hit.article_id for hit in found} == {hit.article_id for hit in expected}
            assert found[0].article_id == expected[0].article_id


def test_rows_of_both_segments_are_read_alike(tmp_path: Path) -> None:
    whole(tmp_path, shop())
    snapshot = changed(tmp_path, edited())

    assert snapshot.vectors.shape == (len(snapshot.passage_article), 256)
    for row in range(len(snapshot.passage_article)):
        if snapshot.passage_kind[row] < 2:
            expected = ENCODER.encode([snapshot.passage_text(row)], kind="passage")[0]
            np.testing.assert_allclose(snapshot.vectors_at(np.array([row]))[0], expected, atol=1e-6)
    view = snapshot.view(language="en")
    vector = snapshot.vectors[-1]
    np.testing.assert_allclose(
        snapshot.similarities(vector, view),
        snapshot.similarities_at(vector, view.by_code),
        atol=1e-6,
    )


def test_a_second_change_starts_from_the_same_base(tmp_path: Path) -> None:
    whole(tmp_path, shop())
    changed(tmp_path, edited())

    back = changed(tmp_path, shop())

    assert (back.manifest.n_changed, back.dead) == (0, frozenset())
    assert ask(back, "track your order")[0].title == "Track your order"


def test_only_what_is_new_is_encoded(tmp_path: Path) -> None:
    whole(tmp_path, shop())
    encoder = HashingEncoder()

    info = change(tmp_path, [make_article(title="Follow a shipment"), *shop()[1:]], encoder)

    assert info is not None
    assert info.n_encoded == 3  # the title, and the two sections that carry it
    assert len(encoder.encoded) == 3


def test_the_base_files_are_shared_and_outlive_their_snapshot(tmp_path: Path) -> None:
    base = whole(tmp_path, shop())
    inode = (base.path / "dense.faiss").stat().st_ino
    snapshot = changed(tmp_path, edited())

    assert (snapshot.folder / "dense.faiss").stat().st_ino == inode
    assert prune(tmp_path, keep=1) == [base.snapshot_id]
    assert ask(Snapshot.open(snapshot.folder), "wrap a present")[0].article_id == "gift-wrap"


def test_without_hard_links_files_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError(1, "Operation not permitted")

    base = whole(tmp_path, shop())
    monkeypatch.setattr(os, "link", refuse)
    snapshot = changed(tmp_path, edited())

    assert (snapshot.folder / "dense.faiss").read_bytes() == (
        base.path / "dense.faiss"
    ).read_bytes()


def test_the_live_index_maps_the_base_once(tmp_path: Path) -> None:
    whole(tmp_path, shop())
    live = LiveIndex(tmp_path, ENCODER, recheck_s=3600.0)
    base = live.snapshot().base
    snapshot_id = changed(tmp_path, edited()).snapshot_id

    live.refresh()

    assert live.snapshot().snapshot_id == snapshot_id
    assert live.snapshot().base is base


def test_a_damaged_change_is_not_published_and_not_opened(tmp_path: Path) -> None:
    whole(tmp_path, shop())
    info = change(tmp_path, edited())
    assert info is not None
    data = bytearray((info.path / "delta.npz").read_bytes())
    data[len(data) // 2] ^= 1
    (info.path / "delta.npz").write_bytes(data)

    with pytest.raises(SnapshotError, match=r"delta\.npz is damaged"):
        publish(tmp_path, info.snapshot_id, is_delta=True)
    with pytest.raises(SnapshotError, match=r"delta\.npz is damaged"):
        Snapshot.open(info.path)


def test_a_base_that_lost_bytes_is_noticed_when_a_change_is_published(tmp_path: Path) -> None:
    whole(tmp_path, shop())
    info = change(tmp_path, edited())
    assert info is not None
    (info.path / "passages.txt").write_bytes(b"short")

    with pytest.raises(SnapshotError, match=r"passages\.txt is damaged"):
        publish(tmp_path, info.snapshot_id, is_delta=True)


def test_nothing_published_another_encoder_or_a_damaged_base_call_for_a_whole_build(
    tmp_path: Path,
) -> None:
    assert change(tmp_path, shop()) is None
    info = whole(tmp_path, shop())
    assert change(tmp_path, edited(), HashingEncoder(fingerprint="other")) is None
    (info.path / "catalog.json").write_text("junk", encoding="utf-8")
    assert change(tmp_path, edited()) is None
    files.save_text(tmp_path / "current", "gone\n")
    assert change(tmp_path, edited()) is None


def test_many_changes_call_for_a_whole_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole(tmp_path, shop())
    monkeypatch.setattr(delta_module, "MAX_CHANGED", 3)

    assert change(tmp_path, edited()) is None


def test_a_share_of_changes_is_large(tmp_path: Path) -> None:
    manifest = load_manifest(whole(tmp_path, shop()).path)

    assert not is_large(replace(manifest, n_articles=1000, n_changed=20))
    assert is_large(replace(manifest, n_articles=1000, n_changed=21))


def test_an_empty_base_grows(tmp_path: Path) -> None:
    whole(tmp_path, [])

    snapshot = changed(tmp_path, [make_article()])

    assert ask(snapshot, "where is my parcel")[0].article_id == "order-track"


def test_a_new_article_without_title_and_questions_has_no_learned_weights(tmp_path: Path) -> None:
    whole(tmp_path, shop())

    snapshot = changed(tmp_path, [*shop(), make_article("text-only", title="", questions=())])

    assert not snapshot.article_weights[-1].any()
    assert ask(snapshot, "you get an e-mail").snapshot_id == snapshot.snapshot_id
