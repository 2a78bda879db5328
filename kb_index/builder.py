"""Builds and publishes snapshots.

A snapshot is written into a hidden folder, made durable and renamed, so that a folder under its
final name is always complete; publishing swaps one small pointer file. Vectors of passages that
did not change are taken from the snapshot before.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from kb_index import files
from kb_index.article import Article
from kb_index.article_model import fit_article_weights
from kb_index.calibration import calibrate
from kb_index.confidence import confidence_to_json
from kb_index.errors import BuildError, SnapshotError
from kb_index.index import KIND_CODES, Snapshot, load_manifest
from kb_index.lexical import LexicalIndex, LexicalPassage, build_lexical
from kb_index.manifest import FileEntry, IndexKind, Manifest, manifest_to_json
from kb_index.offtopic import OfftopicQuestion, load_offtopic, offtopic_digest
from kb_index.passages import Passage, cut_passages
from kb_index.ports import Encoder, FloatArray, Progress
from kb_index.versions import articles_digest

FLAT_LIMIT = 100_000
"""Above this many vectors HNSW pays (measured: flat 7.6 ms a question at 100,000)."""
HNSW_NEIGHBOURS = 32
HNSW_EF_CONSTRUCTION = 100
ENCODE_BATCH = 512
KEEP_SNAPSHOTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotInfo:
    """What was built."""

    snapshot_id: str
    path: Path
    content_digest: str
    n_articles: int
    n_passages: int
    n_encoded: int


def build_snapshot(
    articles: Sequence[Article],
    encoder: Encoder,
    *,
    folder: Path,
    previous: Path | None = None,
    progress: Progress = lambda stage, done, total: None,
    background: Sequence[OfftopicQuestion] | None = None,
    now: dt.datetime | None = None,
    flat_limit: int = FLAT_LIMIT,
) -> SnapshotInfo:
    """Builds one snapshot; publishes nothing.

    Args:
        articles: The published articles.
        encoder: Also needed to search it later.
        folder: The kb-dir.
        previous: Folder of a snapshot whose vectors may be re-used; ignored when it is damaged or
            was made with another encoder.
        progress: Told (stage, done, total).
        background: Off-topic questions; the shipped pool when None.
        now: Time for the name; the clock when None.
        flat_limit: Most vectors for exact search.

    Raises:
        BuildError: If two articles have the same id and language, or the encoder misbehaves.
    """
    ordered = sorted(articles, key=lambda article: (article.language, article.id))
    _check_unique(ordered)
    pool = load_offtopic() if background is None else list(background)
    passages = [passage for article in ordered for passage in cut_passages(article)]
    vectors, n_encoded = _vectors(passages, encoder, previous, progress)
    content_digest = articles_digest((a.id, a.language, a.digest) for a in ordered)
    moment = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)
    manifest = Manifest(
        snapshot_id=f"{moment:%Y%m%dT%H%M%S%f}-{content_digest[:8]}",
        created_at=f"{moment:%Y-%m-%dT%H:%M:%S}Z",
        content_digest=content_digest,
        encoder=encoder.fingerprint,
        dimension=encoder.dimension,
        background_digest=offtopic_digest(pool),
        index_kind="flat" if len(passages) <= flat_limit else "hnsw",
        n_articles=len(ordered),
        n_passages=len(passages),
        n_encoded=n_encoded,
        languages=dict(sorted(Counter(article.language for article in ordered).items())),
        files={},
    )
    path = files.snapshot_folder(folder, manifest.snapshot_id)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.mkdir(parents=True)
    try:
        progress("index", 0, len(passages))
        _write_content(temporary, ordered, passages)
        background_vectors = _encode(encoder, [question.text for question in pool])
        _write_arrays(temporary, ordered, passages, vectors, background_vectors)
        faiss.write_index(
            _dense_index(vectors, manifest.index_kind), str(temporary / "dense.faiss")
        )
        progress("index", len(passages), len(passages))
        snapshot = Snapshot.open_uncalibrated(temporary, manifest)
        confidence = calibrate(snapshot, encoder, pool, progress=progress)
        files.save_json(temporary / "confidence.json", confidence_to_json(confidence))
        progress("write", 0, 1)
        _seal(temporary, path, manifest)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    progress("write", 1, 1)
    return SnapshotInfo(
        snapshot_id=manifest.snapshot_id,
        path=path,
        content_digest=content_digest,
        n_articles=manifest.n_articles,
        n_passages=manifest.n_passages,
        n_encoded=n_encoded,
    )


def publish(folder: Path, snapshot_id: str, *, keep: int = KEEP_SNAPSHOTS) -> None:
    """Makes a snapshot the current one and removes old ones; also rolls back to a kept one.

    Args:
        folder: The kb-dir.
        snapshot_id: Must exist and be sound.
        keep: Newest snapshots to keep, the published one not counted twice.

    Raises:
        SnapshotError: If the snapshot is damaged; the pointer then stays as it was.
    """
    Snapshot.open(files.snapshot_folder(folder, snapshot_id))
    files.save_text(folder / files.POINTER, snapshot_id + "\n")
    prune(folder, keep=keep)


def prune(folder: Path, *, keep: int = KEEP_SNAPSHOTS) -> list[str]:
    """Removes all but the newest `keep` snapshots and what broken builds left; never the current.

    Processes that still have a removed snapshot mapped go on reading it.
    """
    home = folder / files.SNAPSHOTS
    names = sorted((p.name for p in home.iterdir() if p.is_dir()), reverse=True)
    current = files.load_pointer(folder)
    finished = [name for name in names if not name.startswith(".") and name != current]
    n_others = keep - 1 if current in names else keep
    removed = finished[max(0, n_others) :] + [name for name in names if name.startswith(".")]
    for name in removed:
        shutil.rmtree(home / name, ignore_errors=True)
    return removed


def is_up_to_date(folder: Path, *, content_digest: str, fingerprint: str) -> bool:
    """Whether the published snapshot already holds these articles, encoder and off-topic pool."""
    snapshot_id = files.load_pointer(folder)
    if snapshot_id is None:
        return False
    try:
        manifest = Snapshot.open(
            files.snapshot_folder(folder, snapshot_id), fingerprint=fingerprint
        ).manifest
    except SnapshotError:
        return False
    same_pool = manifest.background_digest == offtopic_digest(load_offtopic())
    return same_pool and manifest.content_digest == content_digest


def _check_unique(articles: Sequence[Article]) -> None:
    counts = Counter((article.id, article.language) for article in articles)
    twice = [f"{article_id} ({language})" for (article_id, language), n in counts.items() if n > 1]
    if twice:
        raise BuildError(f"These articles are there twice: {', '.join(twice)}.")


def _vectors(
    passages: Sequence[Passage], encoder: Encoder, previous: Path | None, progress: Progress
) -> tuple[FloatArray, int]:
    known = _known_vectors(previous, encoder)
    vectors = np.zeros((len(passages), encoder.dimension), np.float32)
    missing: dict[bytes, list[int]] = {}
    for i, passage in enumerate(passages):
        vector = known.get(passage.digest)
        if vector is None:
            missing.setdefault(passage.digest, []).append(i)
        else:
            vectors[i] = vector
    groups = list(missing.values())
    progress("encode", 0, len(groups))
    for start in range(0, len(groups), ENCODE_BATCH):
        batch = groups[start : start + ENCODE_BATCH]
        encoded = _encode(encoder, [passages[rows[0]].encoded_text for rows in batch])
        for rows, vector in zip(batch, encoded, strict=True):
            vectors[rows] = vector
        progress("encode", start + len(batch), len(groups))
    return vectors, len(groups)


def _known_vectors(previous: Path | None, encoder: Encoder) -> dict[bytes, FloatArray]:
    if previous is None:
        return {}
    try:
        snapshot = Snapshot.open(previous, fingerprint=encoder.fingerprint)
    except SnapshotError:
        return {}
    if snapshot.manifest.dimension != encoder.dimension:
        return {}
    digests = (bytes(row) for row in snapshot.passage_digests)
    return dict(zip(digests, snapshot.vectors, strict=True))


def _encode(encoder: Encoder, texts: Sequence[str]) -> FloatArray:
    if not texts:
        return np.zeros((0, encoder.dimension), np.float32)
    vectors = np.ascontiguousarray(encoder.encode(texts, kind="passage"), np.float32)
    if vectors.shape != (len(texts), encoder.dimension):
        expected = (len(texts), encoder.dimension)
        raise BuildError(f"The encoder gave an array {vectors.shape} instead of {expected}.")
    if not np.isfinite(vectors).all():
        raise BuildError("The encoder gave vectors with values that are no numbers.")
    return vectors


def _dense_index(vectors: FloatArray, kind: IndexKind) -> Any:
    # The row of a passage is its id: FAISS numbers vectors in the order of adding.
    if kind == "flat":
        index: Any = faiss.IndexFlatIP(vectors.shape[1])
    else:
        index = faiss.IndexHNSWFlat(vectors.shape[1], HNSW_NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = HNSW_EF_CONSTRUCTION
    if len(vectors):
        index.add(vectors)
    return index


def _write_content(folder: Path, articles: Sequence[Article], passages: Sequence[Passage]) -> None:
    lines = [json.dumps(_article_json(a), ensure_ascii=False).encode() + b"\n" for a in articles]
    texts = [passage.text.encode() for passage in passages]
    (folder / "articles.jsonl").write_bytes(b"".join(lines))
    (folder / "passages.txt").write_bytes(b"".join(texts))
    np.save(folder / "article_offsets.npy", _offsets(lines))
    np.save(folder / "passage_offsets.npy", _offsets(texts))
    catalog = [
        {
            "id": article.id,
            "language": article.language,
            "title": article.title,
            "audience": article.audience,
            "markets": article.markets,
        }
        for article in articles
    ]
    (folder / "catalog.json").write_text(json.dumps(catalog, ensure_ascii=False), encoding="utf-8")


def _write_arrays(
    folder: Path,
    articles: Sequence[Article],
    passages: Sequence[Passage],
    vectors: FloatArray,
    pool: FloatArray,
) -> None:
    row_of = {(article.id, article.language): i for i, article in enumerate(articles)}
    n = len(passages)
    lexical = build_lexical([
        LexicalPassage(language=p.language, text=p.text, is_body=p.kind == "section")
        for p in passages
    ])  # fmt: skip
    digests = np.frombuffer(b"".join(p.digest for p in passages), np.uint8).reshape(n, 16)
    arrays: dict[str, NDArray[Any]] = {
        "passage_article": np.array([row_of[p.article_id, p.language] for p in passages], np.int32),
        "passage_kind": np.array([KIND_CODES[p.kind] for p in passages], np.int8),
        "passage_position": np.array([p.position for p in passages], np.int32),
        "passage_digest": digests,
        "background": pool,
        "article_weights": _article_weights(articles, passages, vectors),
        **_lexical_arrays(lexical),
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)


def _article_weights(
    articles: Sequence[Article], passages: Sequence[Passage], vectors: FloatArray
) -> FloatArray:
    # Numbered as `Snapshot.passage_code` numbers them.
    code_of: dict[str, int] = {}
    for article in articles:
        code_of.setdefault(article.id, len(code_of))
    rows = [row for row, passage in enumerate(passages) if passage.kind != "section"]
    codes = np.array([code_of[passages[row].article_id] for row in rows], np.int64)
    return fit_article_weights(vectors[rows], codes, len(code_of))


def _lexical_arrays(index: LexicalIndex) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {
        "word_keys": index.words,
        "word_counts": index.word_counts,
    }
    for prefix, postings in (("gram", index.grams), ("term", index.terms)):
        arrays |= {
            f"{prefix}_keys": postings.keys,
            f"{prefix}_starts": postings.starts,
            f"{prefix}_rows": postings.rows,
            f"{prefix}_weights": postings.weights,
            f"{prefix}_idf": postings.idf,
        }
    return arrays


def _seal(temporary: Path, path: Path, manifest: Manifest) -> None:
    """Writes the manifest, makes everything durable and gives the folder its name."""
    entries: dict[str, FileEntry] = {}
    for file in sorted(temporary.iterdir()):
        files.sync_file(file)
        entries[file.name] = FileEntry(n_bytes=file.stat().st_size, sha256=files.file_sha256(file))
    sealed = manifest.with_files(entries)
    files.save_json(temporary / files.MANIFEST, manifest_to_json(sealed))
    temporary.rename(path)
    files.sync_folder(path.parent)


def load_current_path(folder: Path) -> Path | None:
    """Folder of the published snapshot, if its manifest can be read."""
    snapshot_id = files.load_pointer(folder)
    if snapshot_id is None:
        return None
    path = files.snapshot_folder(folder, snapshot_id)
    try:
        load_manifest(path)
    except SnapshotError:
        return None
    return path


def _offsets(parts: Sequence[bytes]) -> NDArray[np.int64]:
    return np.cumsum([0, *(len(part) for part in parts)], dtype=np.int64)


def _article_json(article: Article) -> dict[str, Any]:
    return {
        "id": article.id,
        "language": article.language,
        "title": article.title,
        "questions": article.questions,
        "body": article.body,
        "category": article.category,
        "audience": article.audience,
        "markets": article.markets,
        "updated": article.updated.isoformat(),
        "keywords": article.keywords,
    }
