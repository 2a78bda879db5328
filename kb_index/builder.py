"""Builds and publishes whole snapshots; `kb_index.delta` adds small changes to one.

A snapshot is written into a hidden folder, made durable and renamed, so that a folder under its
final name is always complete; publishing swaps one small pointer file. Vectors of passages that
did not change are taken from the snapshot before.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
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
from kb_index.dense import MAX_EXACT_VECTORS, save_codes
from kb_index.errors import BuildError, SnapshotError
from kb_index.manifest import FileEntry, Manifest, manifest_to_json
from kb_index.offtopic import OfftopicQuestion, load_offtopic, offtopic_digest
from kb_index.passages import Passage, cut_passages
from kb_index.ports import Encoder, FloatArray, Progress
from kb_index.scope import fit_scope, is_foreign
from kb_index.segment import save_base, segment_arrays
from kb_index.snapshot import (
    BACKGROUND,
    CONFIDENCE,
    DELTA,
    SCOPE,
    WEIGHTS,
    Snapshot,
    check_files,
    load_manifest,
)
from kb_index.versions import articles_digest

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
    flat_limit: int = MAX_EXACT_VECTORS,
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
    vectors, n_encoded = encode_passages(
        passages, encoder, _known_vectors(previous, encoder), progress
    )
    content_digest = articles_digest((a.id, a.language, a.digest) for a in ordered)
    snapshot_id, created_at = name_snapshot(content_digest, now)
    manifest = Manifest(
        snapshot_id=snapshot_id,
        created_at=created_at,
        content_digest=content_digest,
        encoder=encoder.fingerprint,
        dimension=encoder.dimension,
        background_digest=offtopic_digest(pool),
        index_kind="flat" if len(passages) <= flat_limit else "codes",
        n_articles=len(ordered),
        n_passages=len(passages),
        n_encoded=n_encoded,
        n_changed=0,
        languages=dict(sorted(Counter(article.language for article in ordered).items())),
        files={},
    )

    def write(temporary: Path) -> None:
        progress("index", 0, len(passages))
        index: Any = faiss.IndexFlatIP(encoder.dimension)
        index.add(vectors)
        save_base(temporary, segment_arrays(ordered, passages), index)
        if manifest.index_kind == "codes":
            save_codes(temporary, vectors)
        strange = encode_texts(encoder, [question.text for question in pool])
        np.save(temporary / BACKGROUND, strange)
        asked, codes, n_articles = _asked_texts(ordered, passages, vectors)
        np.save(temporary / WEIGHTS, fit_article_weights(asked, codes, n_articles))
        np.save(temporary / SCOPE, fit_scope(asked, strange[is_foreign(asked, codes, strange)]))
        progress("index", len(passages), len(passages))
        snapshot = Snapshot.open_uncalibrated(temporary, manifest)
        confidence = calibrate(snapshot, encoder, pool, progress=progress)
        files.save_json(temporary / CONFIDENCE, confidence_to_json(confidence))
        progress("write", 0, 1)

    path = write_snapshot(folder, manifest, write)
    progress("write", 1, 1)
    return SnapshotInfo(
        snapshot_id=manifest.snapshot_id,
        path=path,
        content_digest=content_digest,
        n_articles=manifest.n_articles,
        n_passages=manifest.n_passages,
        n_encoded=n_encoded,
    )


def publish(
    folder: Path, snapshot_id: str, *, keep: int = KEEP_SNAPSHOTS, is_delta: bool = False
) -> None:
    """Makes a snapshot the current one and removes old ones; also rolls back to a kept one.

    Args:
        folder: The kb-dir.
        snapshot_id: Must exist and be sound.
        keep: Newest snapshots to keep, the published one not counted twice.
        is_delta: It shares all but one file with the published snapshot: only that file is read.

    Raises:
        SnapshotError: If the snapshot is damaged; the pointer then stays as it was.
    """
    path = files.snapshot_folder(folder, snapshot_id)
    if is_delta:
        check_files(path, load_manifest(path), known={}, only=DELTA)
    else:
        Snapshot.open(path)
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
    path = files.snapshot_folder(folder, snapshot_id)
    try:
        manifest = load_manifest(path)
        if manifest.content_digest != content_digest:
            return False
        Snapshot.open(path, fingerprint=fingerprint)
    except SnapshotError:
        return False
    return manifest.background_digest == offtopic_digest(load_offtopic())


def _check_unique(articles: Sequence[Article]) -> None:
    counts = Counter((article.id, article.language) for article in articles)
    twice = [f"{article_id} ({language})" for (article_id, language), n in counts.items() if n > 1]
    if twice:
        raise BuildError(f"These articles are there twice: {', '.join(twice)}.")


def name_snapshot(content_digest: str, now: dt.datetime | None = None) -> tuple[str, str]:
    """An id that sorts by time, and the time as ISO 8601."""
    moment = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)
    return f"{moment:%Y%m%dT%H%M%S%f}-{content_digest[:8]}", f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def encode_passages(
    passages: Sequence[Passage],
    encoder: Encoder,
    known: dict[bytes, FloatArray],
    progress: Progress,
) -> tuple[FloatArray, int]:
    """Vectors of passages, equal texts encoded once.

    Args:
        known: Vectors by passage digest; these are not encoded again.

    Returns:
        (shape (len(passages), dimension), number of texts encoded).
    """
    vectors = np.zeros((len(passages), encoder.dimension), np.float32)
    missing: dict[bytes, list[int]] = {}
    for i, passage in enumerate(passages):
        digest = passage.digest
        vector = known.get(digest)
        if vector is None:
            missing.setdefault(digest, []).append(i)
        else:
            vectors[i] = vector
    groups = list(missing.values())
    progress("encode", 0, len(groups))
    for start in range(0, len(groups), ENCODE_BATCH):
        batch = groups[start : start + ENCODE_BATCH]
        encoded = encode_texts(encoder, [passages[rows[0]].encoded_text for rows in batch])
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


def encode_texts(encoder: Encoder, texts: Sequence[str]) -> FloatArray:
    """Encodes passages and checks what comes back.

    Raises:
        BuildError: If it has the wrong shape or holds values that are no numbers.
    """
    if not texts:
        return np.zeros((0, encoder.dimension), np.float32)
    vectors = np.ascontiguousarray(encoder.encode(texts, kind="passage"), np.float32)
    if vectors.shape != (len(texts), encoder.dimension):
        expected = (len(texts), encoder.dimension)
        raise BuildError(f"The encoder gave an array {vectors.shape} instead of {expected}.")
    if not np.isfinite(vectors).all():
        raise BuildError("The encoder gave vectors with values that are no numbers.")
    return vectors


def _asked_texts(
    articles: Sequence[Article], passages: Sequence[Passage], vectors: FloatArray
) -> tuple[FloatArray, NDArray[np.int64], int]:
    """Gives the vectors of titles and questions, the article code of each, and how many articles.

    Codes are numbered as `Snapshot.passage_code` numbers them.
    """
    code_of: dict[str, int] = {}
    for article in articles:
        code_of.setdefault(article.id, len(code_of))
    rows = [row for row, passage in enumerate(passages) if passage.kind != "section"]
    codes = np.array([code_of[passages[row].article_id] for row in rows], np.int64)
    return vectors[rows], codes, len(code_of)


def write_snapshot(
    folder: Path,
    manifest: Manifest,
    write: Callable[[Path], None],
    *,
    known: dict[str, FileEntry] | None = None,
) -> Path:
    """Lets `write` fill a hidden folder, seals it and gives it its name.

    Args:
        known: Entries of files that are durable already and whose checksums are known.
    """
    path = files.snapshot_folder(folder, manifest.snapshot_id)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.mkdir(parents=True)
    try:
        write(temporary)
        entries = dict(known or {})
        for file in sorted(temporary.iterdir()):
            if file.name not in entries:
                files.sync_file(file)
                entries[file.name] = FileEntry(
                    n_bytes=file.stat().st_size, sha256=files.file_sha256(file)
                )
        sealed = manifest.with_files(dict(sorted(entries.items())))
        files.save_json(temporary / files.MANIFEST, manifest_to_json(sealed))
        temporary.rename(path)
        files.sync_folder(path.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return path


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
