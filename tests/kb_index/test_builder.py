"""Building, publishing and pruning snapshots."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from kb_index import files
from kb_index import search as search_module
from kb_index.article import Article
from kb_index.builder import (
    SnapshotInfo,
    build_snapshot,
    is_up_to_date,
    load_current_path,
    prune,
    publish,
)
from kb_index.errors import BuildError, SnapshotError
from kb_index.index import LiveIndex, Snapshot, load_manifest
from kb_index.offtopic import OfftopicQuestion, load_offtopic
from kb_index.ports import FloatArray, TextKind
from kb_index.probes import MAX_OFFTOPIC
from kb_index.search import search
from kb_index.versions import articles_digest
from tests.kb_index.factory import make_article, shop
from tests.kb_index.hashing_encoder import HashingEncoder

POOL = [OfftopicQuestion(language="en", text="Will it rain tomorrow?")]


def build(
    folder: Path,
    encoder: HashingEncoder | None = None,
    *,
    day: int = 1,
    previous: Path | None = None,
) -> SnapshotInfo:
    return build_snapshot(
        shop(),
        encoder or HashingEncoder(),
        folder=folder,
        previous=previous,
        background=POOL,
        now=dt.datetime(2026, 1, day, tzinfo=dt.UTC),
    )


def test_the_manifest_says_what_was_built(tmp_path: Path) -> None:
    info = build(tmp_path)

    manifest = load_manifest(info.path)
    assert info.path == tmp_path / "snapshots" / info.snapshot_id
    assert info.snapshot_id.startswith("20260101T000000000000-")
    assert manifest.created_at == "2026-01-01T00:00:00Z"
    assert manifest.encoder == "hashing-256"
    assert manifest.languages == {"el": 2, "en": 3, "nl": 1}
    assert manifest.n_articles == info.n_articles == 6
    assert manifest.n_passages == info.n_passages == info.n_encoded
    assert manifest.content_digest == articles_digest((a.id, a.language, a.digest) for a in shop())
    on_disk = {path.name for path in info.path.iterdir()}
    assert set(manifest.files) | {"manifest.json"} == on_disk


def test_every_passage_keeps_its_own_vector(tmp_path: Path) -> None:
    encoder = HashingEncoder()

    snapshot = Snapshot.open(build(tmp_path, encoder).path)

    for row in range(len(snapshot.vectors)):
        if snapshot.passage_kind[row] < 2:  # sections are encoded with their title
            expected = encoder.encode([snapshot.passage_text(row)], kind="passage")[0]
            np.testing.assert_allclose(snapshot.vectors[row], expected, atol=1e-6)


def test_building_twice_gives_the_same_files(tmp_path: Path) -> None:
    one, two = build(tmp_path / "a"), build(tmp_path / "b")

    assert load_manifest(one.path) == load_manifest(two.path)


def test_only_changed_passages_are_encoded_again(tmp_path: Path) -> None:
    first = build(tmp_path)
    encoder = HashingEncoder()
    articles = shop()
    articles[0] = make_article(questions=("Where is my parcel?", "Something new", "another one"))

    info = build_snapshot(articles, encoder, folder=tmp_path, previous=first.path, background=POOL)

    assert info.n_encoded == 2
    assert encoder.encoded == ["Something new", "another one", "Will it rain tomorrow?"]
    fresh = build_snapshot(articles, HashingEncoder(), folder=tmp_path / "x", background=POOL)
    np.testing.assert_array_equal(
        Snapshot.open(info.path).vectors, Snapshot.open(fresh.path).vectors
    )


@pytest.mark.parametrize("changed", [{"fingerprint": "other"}, {"dimension": 64}])
def test_vectors_of_another_encoder_are_not_used(
    tmp_path: Path, changed: dict[str, object]
) -> None:
    first = build(tmp_path)

    info = build(tmp_path, HashingEncoder(**changed), day=2, previous=first.path)  # type: ignore[arg-type]

    assert info.n_encoded == info.n_passages


def test_a_damaged_previous_snapshot_is_ignored(tmp_path: Path) -> None:
    first = build(tmp_path)
    (first.path / "dense.faiss").write_bytes(b"junk")

    info = build(tmp_path, day=2, previous=first.path)

    assert info.n_encoded == info.n_passages


def test_an_empty_knowledge_base_can_be_built_and_searched(tmp_path: Path) -> None:
    encoder = HashingEncoder()

    info = build_snapshot([], encoder, folder=tmp_path)
    publish(tmp_path, info.snapshot_id)

    snapshot = LiveIndex(tmp_path, encoder).snapshot()
    result = search(
        snapshot, "hello", vector=encoder.encode(["hello"], kind="query"), language="en"
    )
    assert len(result) == 0
    assert result.answerable == 0.0


def test_without_off_topic_questions_the_background_is_silent(tmp_path: Path) -> None:
    info = build_snapshot(shop(), HashingEncoder(), folder=tmp_path, background=[])

    snapshot = Snapshot.open(info.path)

    assert snapshot.background_similarity(snapshot.vectors[0]) == 0.0
    assert snapshot.confidence.report["n_offtopic"] == 0.0


def many_articles(n: int) -> list[Article]:
    """Articles in two languages, every fourth for one market only."""
    words = ("parcel", "refund", "voucher", "invoice", "label", "courier", "wallet", "size")
    return [
        make_article(
            f"a{i}", language, title=f"{words[i % 8]} {words[i // 8 % 8]} {i}",
            questions=(f"{words[i % 7]} question {i}",), markets=("NL",) if i % 4 == 0 else (),
            body=f"The {words[i % 5]} of number {i} is {words[i % 3]}.",
        )
        for i in range(n)
        for language in ("en", "de")
    ]  # fmt: skip


def test_many_vectors_are_searched_by_codes_and_found_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_module, "MAX_EXACT_ROWS", 0)
    encoder, articles = HashingEncoder(), many_articles(150)
    options = {"background": POOL, "folder": tmp_path}
    exact = Snapshot.open(build_snapshot(articles, encoder, **options).path)  # type: ignore[arg-type]
    info = build_snapshot(articles, encoder, flat_limit=3, **options)  # type: ignore[arg-type]

    snapshot = Snapshot.open(info.path)

    assert (exact.manifest.index_kind, snapshot.manifest.index_kind) == ("flat", "codes")
    assert (info.path / "scan.faiss").exists()
    for question in ("refund parcel 9", "voucher", "size question 41"):
        vector = encoder.encode([question], kind="query")[0]
        for language, market in (("en", None), (None, None), ("de", "DE")):
            found, expected = (
                s.similarities_at(
                    vector,
                    s.dense_search(vector, s.view(language=language, market=market), 10),
                )
                for s in (snapshot, exact)
            )
            assert (found >= expected[-1] - 1e-6).sum() >= 9
            results = [
                search(s, question, language=language, market=market, vector=vector)
                for s in (snapshot, exact)
            ]
            assert results[0][0].article_id == results[1][0].article_id
            assert all(int(hit.article_id[1:]) % 4 for hit in results[0]) or market is None


def test_a_dimension_that_cannot_be_scanned_goes_by_selector_alone(tmp_path: Path) -> None:
    encoder = HashingEncoder(dimension=254)
    info = build_snapshot(
        many_articles(20), encoder, folder=tmp_path, background=POOL, flat_limit=3
    )

    snapshot = Snapshot.open(info.path)

    assert not (info.path / "scan.faiss").exists()
    rows = snapshot.dense_search(snapshot.vectors[5], snapshot.view(language=None), 3)
    assert snapshot.similarities_at(snapshot.vectors[5], rows)[0] == pytest.approx(1.0, abs=1e-5)


def test_two_articles_with_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"order-track \(en\)"):
        build_snapshot([make_article(), make_article()], HashingEncoder(), folder=tmp_path)


class WrongShape(HashingEncoder):
    def encode(self, texts: Sequence[str], *, kind: TextKind) -> FloatArray:
        return np.zeros((len(texts), 3), np.float32)


class NotANumber(HashingEncoder):
    def encode(self, texts: Sequence[str], *, kind: TextKind) -> FloatArray:
        return np.full((len(texts), self.dimension), np.nan, np.float32)


@pytest.mark.parametrize("encoder", [WrongShape(), NotANumber()])
def test_a_broken_encoder_builds_nothing(tmp_path: Path, encoder: HashingEncoder) -> None:
    with pytest.raises(BuildError, match="encoder gave"):
        build_snapshot(shop(), encoder, folder=tmp_path)


def test_a_failed_build_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(stage: str, done: int, total: int) -> None:
        if stage == "calibrate":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_snapshot(shop(), HashingEncoder(), folder=tmp_path, progress=fail)

    assert list((tmp_path / "snapshots").iterdir()) == []


def test_progress_reaches_the_end_of_every_stage(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []

    build_snapshot(
        shop(), HashingEncoder(), folder=tmp_path, progress=lambda *step: seen.append(step)
    )

    last = {stage: (done, total) for stage, done, total in seen}
    assert list(last) == ["encode", "index", "calibrate", "write"]
    assert all(done == total for done, total in last.values())


def test_publishing_moves_the_pointer_and_keeps_three(tmp_path: Path) -> None:
    built = []
    for day in range(1, 6):
        built.append(build(tmp_path, day=day))
        publish(tmp_path, built[-1].snapshot_id)

    assert files.load_pointer(tmp_path) == built[-1].snapshot_id
    kept = sorted(path.name for path in (tmp_path / "snapshots").iterdir())
    assert kept == [info.snapshot_id for info in built[-3:]]


def test_rolling_back_never_removes_the_published_snapshot(tmp_path: Path) -> None:
    built = [build(tmp_path, day=day) for day in range(1, 5)]
    publish(tmp_path, built[0].snapshot_id, keep=4)

    removed = prune(tmp_path, keep=2)

    assert removed == [built[2].snapshot_id, built[1].snapshot_id]
    assert load_current_path(tmp_path) == built[0].path


def test_leftovers_of_broken_builds_are_removed(tmp_path: Path) -> None:
    info = build(tmp_path)
    leftover = tmp_path / "snapshots" / ".20260101T000000-x.77.tmp"
    leftover.mkdir()

    publish(tmp_path, info.snapshot_id)

    assert not leftover.exists()


def test_without_a_pointer_the_newest_are_kept(tmp_path: Path) -> None:
    built = [build(tmp_path, day=day) for day in range(1, 4)]

    assert prune(tmp_path, keep=2) == [built[0].snapshot_id]


def test_a_damaged_snapshot_is_not_published(tmp_path: Path) -> None:
    good, bad = build(tmp_path, day=1), build(tmp_path, day=2)
    publish(tmp_path, good.snapshot_id)
    (bad.path / "passages.txt").write_bytes(b"x")

    with pytest.raises(SnapshotError, match="damaged"):
        publish(tmp_path, bad.snapshot_id)

    assert files.load_pointer(tmp_path) == good.snapshot_id


def test_up_to_date_means_same_articles_encoder_and_pool(tmp_path: Path) -> None:
    digest = articles_digest((a.id, a.language, a.digest) for a in shop())
    assert not is_up_to_date(tmp_path, content_digest=digest, fingerprint="hashing-256")

    info = build_snapshot(shop(), HashingEncoder(), folder=tmp_path)
    publish(tmp_path, info.snapshot_id)

    assert is_up_to_date(tmp_path, content_digest=digest, fingerprint="hashing-256")
    assert not is_up_to_date(tmp_path, content_digest="x", fingerprint="hashing-256")
    assert not is_up_to_date(tmp_path, content_digest=digest, fingerprint="other")


def test_another_pool_makes_a_rebuild_necessary(tmp_path: Path) -> None:
    info = build(tmp_path)
    publish(tmp_path, info.snapshot_id)

    assert not is_up_to_date(
        tmp_path, content_digest=info.content_digest, fingerprint="hashing-256"
    )


def test_the_current_folder_is_unknown_without_pointer_or_manifest(tmp_path: Path) -> None:
    assert load_current_path(tmp_path) is None

    files.save_text(tmp_path / "current", "gone\n")

    assert load_current_path(tmp_path) is None


def test_the_confidence_of_a_build_is_stored_with_its_report(tmp_path: Path) -> None:
    info = build_snapshot(shop(), HashingEncoder(), folder=tmp_path)

    stored = json.loads((info.path / "confidence.json").read_text(encoding="utf-8"))

    assert stored["report"]["n_probes"] == 24.0
    in_its_languages = [
        question
        for question in load_offtopic()
        if question.language in {article.language for article in shop()}
    ]
    searched = min(len(in_its_languages), MAX_OFFTOPIC)
    report = stored["report"]
    assert report["n_offtopic"] + report["n_offtopic_answered"] == searched > 100
    assert stored["report"]["auroc_answerable"] > 0.7
    assert set(stored["answerable"]["language_bias"]) == {"el", "en", "nl"}
