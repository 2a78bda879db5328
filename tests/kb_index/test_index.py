"""Opening snapshots and following the pointer."""

from __future__ import annotations

import datetime as dt
import gc
import json
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from kb_index import files
from kb_index.builder import SnapshotInfo, build_snapshot, publish
from kb_index.errors import SnapshotError
from kb_index.index import MAX_VIEWS, LiveIndex, Snapshot
from kb_index.manifest import FileEntry, manifest_from_json, manifest_to_json
from tests.kb_index.factory import make_article, shop
from tests.kb_index.hashing_encoder import HashingEncoder


def still(folder: Path) -> LiveIndex:
    """An index that looks at the pointer only when it is told to."""
    return LiveIndex(folder, HashingEncoder(), recheck_s=3600.0)


def build(folder: Path, title: str, day: int) -> SnapshotInfo:
    return build_snapshot(
        [make_article(title=title)], HashingEncoder(), folder=folder, background=[],
        now=dt.datetime(2026, 1, day, tzinfo=dt.UTC),
    )  # fmt: skip


@pytest.fixture
def copy(shop_info: SnapshotInfo, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shop_info.path, tmp_path / "copy"))


def test_articles_and_passages_are_read_back(shop_snapshot: Snapshot) -> None:
    by_name = {(article.id, article.language): article for article in shop()}

    for row, key in enumerate(shop_snapshot.articles):
        assert shop_snapshot.article(row) == by_name[key.article_id, key.language]
    assert shop_snapshot.find("order-track", "el") == by_name["order-track", "el"]
    assert shop_snapshot.find("order-track", "de") is None
    assert shop_snapshot.translations("order-track") == ("el", "en")
    assert shop_snapshot.languages == ("el", "en", "nl")


def test_vectors_cannot_be_written(shop_snapshot: Snapshot) -> None:
    with pytest.raises(ValueError, match="read-only"):
        shop_snapshot.vectors[0, 0] = 1.0


def test_vectors_outlive_their_snapshot(shop_info: SnapshotInfo) -> None:
    vectors = Snapshot.open(shop_info.path).vectors

    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_an_index_of_another_encoder_is_refused(shop_info: SnapshotInfo) -> None:
    with pytest.raises(SnapshotError, match="built with encoder 'hashing-256', not 'other'"):
        Snapshot.open(shop_info.path, fingerprint="other")


@pytest.mark.parametrize(
    "name", ["dense.faiss", "articles.jsonl", "grams_keys.npy", "confidence.json"]
)
def test_one_changed_byte_is_noticed(copy: Path, name: str) -> None:
    data = bytearray((copy / name).read_bytes())
    data[-1] ^= 1
    (copy / name).write_bytes(data)

    with pytest.raises(SnapshotError, match=f"{name} is damaged"):
        Snapshot.open(copy)


@pytest.mark.parametrize("name", ["dense.faiss", "catalog.json"])
def test_a_cut_or_missing_file_is_noticed(copy: Path, name: str) -> None:
    (copy / name).write_bytes((copy / name).read_bytes()[:-1])
    with pytest.raises(SnapshotError, match="damaged"):
        Snapshot.open(copy)

    (copy / name).unlink()
    with pytest.raises(SnapshotError, match="cannot be read"):
        Snapshot.open(copy)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "manifest is damaged"),
        ("[]", "not a snapshot manifest"),
        ('{"format": 7}', "format 7"),
    ],
)
def test_a_damaged_manifest_is_refused(copy: Path, text: str, reason: str) -> None:
    (copy / "manifest.json").write_text(text, encoding="utf-8")

    with pytest.raises(SnapshotError, match=reason):
        Snapshot.open(copy)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="manifest cannot be read"):
        Snapshot.open(tmp_path / "nowhere")


def resealed(folder: Path, name: str, data: bytes) -> None:
    """Changes a file together with its checksum, as a broken builder would."""
    (folder / name).write_bytes(data)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    parsed = manifest_from_json(manifest)
    entry = FileEntry(n_bytes=len(data), sha256=files.file_sha256(folder / name))
    files.save_json(
        folder / "manifest.json", manifest_to_json(parsed.with_files({**parsed.files, name: entry}))
    )


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("confidence.json", b"{}"),
        ("confidence.json", b"not json"),
        ("catalog.json", b'[{"id": "x"}]'),
        ("dense.faiss", b"not an index"),
        ("grams_keys.npy", b"not an array"),
    ],
)
def test_files_with_good_checksums_but_bad_contents_are_refused(
    copy: Path, name: str, data: bytes
) -> None:
    resealed(copy, name, data)

    with pytest.raises(SnapshotError, match="cannot be read"):
        Snapshot.open(copy)


def test_an_index_of_another_size_is_refused(copy: Path, tmp_path: Path) -> None:
    other = build(tmp_path / "other", "Other", 1)
    resealed(copy, "dense.faiss", (other.path / "dense.faiss").read_bytes())

    with pytest.raises(SnapshotError, match="number of"):
        Snapshot.open(copy)


def test_views_are_remembered_but_not_without_end(shop_info: SnapshotInfo) -> None:
    snapshot = Snapshot.open(shop_info.path)
    first = snapshot.view(language="en")

    assert snapshot.view(language="en") is first
    for number in range(MAX_VIEWS):
        snapshot.view(language="el", market=str(number))
    assert snapshot.view(language="en") is not first


def test_words_are_compared_in_the_asked_language_and_the_largest_others(tmp_path: Path) -> None:
    articles = [
        make_article(f"a{number}", tag)
        for tag, n in (("el", 1), ("de", 2), ("fr", 1), ("nl", 3), ("en", 4))
        for number in range(n)
        if tag in ("en", "el") or number > 0
    ]
    articles += [make_article(f"only-{tag}", tag) for tag in ("de", "fr", "nl", "it")]
    info = build_snapshot(articles, HashingEncoder(), folder=tmp_path, background=[])
    snapshot = Snapshot.open(info.path)

    assert snapshot.view(language="el").word_languages[:2] == ("el", "en")
    assert len(snapshot.view(language="el").word_languages) == 4
    assert len(snapshot.view(language=None).word_languages) == 6


def test_a_new_snapshot_is_picked_up_after_the_recheck_time(tmp_path: Path) -> None:
    one, two = build(tmp_path, "One", 1), build(tmp_path, "Two", 2)
    publish(tmp_path, one.snapshot_id)
    live = still(tmp_path)
    assert live.snapshot().snapshot_id == one.snapshot_id

    publish(tmp_path, two.snapshot_id)

    assert live.snapshot().snapshot_id == one.snapshot_id
    live.refresh()
    assert live.snapshot().snapshot_id == two.snapshot_id
    live.refresh()
    assert live.snapshot() is live.snapshot()


def test_a_damaged_new_snapshot_is_refused_and_the_old_one_serves(tmp_path: Path) -> None:
    one, two = build(tmp_path, "One", 1), build(tmp_path, "Two", 2)
    publish(tmp_path, one.snapshot_id)
    live = still(tmp_path)
    live.snapshot()
    good = (two.path / "dense.faiss").read_bytes()
    (two.path / "dense.faiss").write_bytes(b"junk")
    files.save_text(tmp_path / "current", two.snapshot_id)

    live.refresh()
    assert live.snapshot().snapshot_id == one.snapshot_id
    assert live.last_error is not None
    assert "dense.faiss is damaged" in str(live.last_error)
    live.refresh()
    assert live.snapshot().snapshot_id == one.snapshot_id

    (two.path / "dense.faiss").write_bytes(good)
    (two.path / "manifest.json").touch()
    live.refresh()
    assert live.snapshot().snapshot_id == two.snapshot_id
    assert live.last_error is None


def test_going_back_to_the_served_snapshot_clears_the_error(tmp_path: Path) -> None:
    one = build(tmp_path, "One", 1)
    publish(tmp_path, one.snapshot_id)
    live = still(tmp_path)
    live.snapshot()
    files.save_text(tmp_path / "current", "gone")
    live.refresh()
    live.snapshot()
    assert live.last_error is not None

    files.save_text(tmp_path / "current", one.snapshot_id)
    live.refresh()
    live.snapshot()

    assert live.last_error is None


@pytest.mark.parametrize("pointer", [None, "", "../evil", "a/b", "x" * 121, "a\x01b"])
def test_without_a_usable_pointer_nothing_opens(tmp_path: Path, pointer: str | None) -> None:
    if pointer is not None:
        (tmp_path / "current").write_text(pointer, encoding="utf-8")

    with pytest.raises(SnapshotError, match="Nothing was published yet"):
        LiveIndex(tmp_path, HashingEncoder()).snapshot()


def test_a_pointer_that_is_no_text_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / "current").write_bytes(b"\xff\xfe")

    with pytest.raises(SnapshotError, match="Nothing was published yet"):
        LiveIndex(tmp_path, HashingEncoder()).snapshot()


def test_the_first_snapshot_must_be_good(tmp_path: Path) -> None:
    files.save_text(tmp_path / "current", "gone")
    live = still(tmp_path)

    with pytest.raises(SnapshotError, match="manifest cannot be read"):
        live.snapshot()

    info = build(tmp_path, "One", 1)
    publish(tmp_path, info.snapshot_id)
    recovered = still(tmp_path)
    assert recovered.snapshot().snapshot_id == info.snapshot_id


def test_the_old_snapshot_serves_while_the_new_one_is_opened(tmp_path: Path) -> None:
    one, two = build(tmp_path, "One", 1), build(tmp_path, "Two", 2)
    publish(tmp_path, one.snapshot_id)
    live = LiveIndex(tmp_path, HashingEncoder(), recheck_s=0.001)
    live.snapshot()

    with live._lock:  # as if the new one were being opened
        files.save_text(tmp_path / "current", two.snapshot_id)
        assert live.snapshot().snapshot_id == one.snapshot_id

    assert live.wait_for(two.snapshot_id, timeout_s=10)
    assert live.snapshot().snapshot_id == two.snapshot_id
    live.close()


def test_what_was_in_use_is_warm_in_the_new_snapshot(tmp_path: Path) -> None:
    one, two = build(tmp_path, "One", 1), build(tmp_path, "Two", 2)
    publish(tmp_path, one.snapshot_id)
    live = still(tmp_path)
    live.snapshot().view(language="en", market="DE")
    files.save_text(tmp_path / "current", two.snapshot_id)

    live.refresh()

    assert list(live.snapshot()._views) == [("en", None, "public", "DE")]


def test_an_index_that_nobody_holds_stops_following(tmp_path: Path) -> None:
    publish(tmp_path, build(tmp_path, "One", 1).snapshot_id)
    live = LiveIndex(tmp_path, HashingEncoder(), recheck_s=0.001)
    live.snapshot()
    follower = live._follower
    assert follower is not None

    del live
    gc.collect()
    follower.join(10)

    assert not follower.is_alive()


def test_a_closed_index_stays_usable_and_follows_no_more(tmp_path: Path) -> None:
    one, two = build(tmp_path, "One", 1), build(tmp_path, "Two", 2)
    publish(tmp_path, one.snapshot_id)
    live = LiveIndex(tmp_path, HashingEncoder(), recheck_s=0.001)
    live.close()
    live.snapshot()
    files.save_text(tmp_path / "current", two.snapshot_id)

    assert not live.wait_for(two.snapshot_id, timeout_s=0.02)
    assert live.snapshot().snapshot_id == one.snapshot_id


def test_many_first_callers_share_one_opening(tmp_path: Path) -> None:
    info = build(tmp_path, "One", 1)
    publish(tmp_path, info.snapshot_id)
    live = still(tmp_path)
    seen: list[Snapshot] = []
    barrier = threading.Barrier(8)

    def work() -> None:
        barrier.wait()
        seen.append(live.snapshot())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(seen) == 8
    assert len({id(snapshot) for snapshot in seen}) == 1


def test_a_removed_snapshot_goes_on_serving_those_who_hold_it(tmp_path: Path) -> None:
    info = build(tmp_path, "One", 1)
    snapshot = Snapshot.open(info.path)

    shutil.rmtree(info.path)

    assert snapshot.article(0).title == "One"
    assert snapshot.passage_text(0) == "One"
    rows = snapshot.dense_search(snapshot.vectors[2], snapshot.view(language="en"), 1)
    assert rows.tolist() == [2]


def test_a_search_in_an_empty_view_finds_nothing(shop_snapshot: Snapshot) -> None:
    view = shop_snapshot.view(language="tr", languages_ok=["tr"])

    assert shop_snapshot.dense_search(shop_snapshot.vectors[0], view, 5).tolist() == []
