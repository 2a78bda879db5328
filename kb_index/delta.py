"""Adds a small change to the published snapshot without touching what did not change.

The new snapshot shares the files of the base and adds one with the articles that differ from it, so
that publishing one article among ten thousand costs what one article costs. Confidence and learned
weights are carried over; a whole build fits them again once enough has changed (`is_large`).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from kb_index import files
from kb_index.article import Article
from kb_index.article_model import MEAN_OWN_SCORE
from kb_index.builder import (
    SnapshotInfo,
    encode_passages,
    load_current_path,
    name_snapshot,
    write_snapshot,
)
from kb_index.errors import SnapshotError
from kb_index.manifest import Manifest
from kb_index.offtopic import load_offtopic, offtopic_digest
from kb_index.passages import Passage, cut_passages
from kb_index.ports import Encoder, FloatArray, Progress
from kb_index.segment import Segment, pack, segment_arrays
from kb_index.snapshot import DELTA, Snapshot, load_manifest
from kb_index.versions import articles_digest

MAX_CHANGED = 500
"""More changed articles than this are a new build's business at once."""
LARGE_SHARE = 0.02
"""Share of changed articles from which a whole build follows."""
N_CENTRE_SAMPLE = 2_000

Version = tuple[str, str, str]
"""Article id, language and digest."""
Loader = Callable[[Sequence[tuple[str, str]]], Sequence[Article]]


def build_delta(
    versions: Sequence[Version],
    load: Loader,
    encoder: Encoder,
    *,
    folder: Path,
    progress: Progress = lambda stage, done, total: None,
    now: dt.datetime | None = None,
) -> SnapshotInfo | None:
    """Builds a snapshot out of the published one and what changed; publishes nothing.

    Args:
        versions: All published articles.
        load: Gives the articles with these ids and languages.
        encoder: Must be that of the published snapshot.
        folder: The kb-dir.
        progress: Told (stage, done, total).
        now: Time for the name; the clock when None.

    Returns:
        None when a whole build is called for: nothing was published, it was made with another
        encoder or cannot be read, or too much changed.
    """
    old = _open_current(folder, encoder)
    if old is None:
        return None
    wanted = {(article_id, language): digest for article_id, language, digest in versions}
    held = {(key.article_id, key.language): key.digest for key in old.base.articles}
    changed = sorted(
        (key for key, digest in wanted.items() if held.get(key) != digest),
        key=lambda key: (key[1], key[0]),
    )
    dead = [
        row
        for row, key in enumerate(old.base.articles)
        if wanted.get((key.article_id, key.language)) != key.digest
    ]
    if len(changed) + len(dead) > MAX_CHANGED:
        return None
    articles = sorted(load(changed), key=lambda article: (article.language, article.id))
    passages = [passage for article in articles for passage in cut_passages(article)]
    vectors, n_encoded = encode_passages(passages, encoder, _known_vectors(old, changed), progress)
    content_digest = articles_digest(versions)
    snapshot_id, created_at = name_snapshot(content_digest, now)
    languages = Counter(language for _, language in wanted)
    names = {(article.id, article.language) for article in articles}
    gone = {(old.articles[row].article_id, old.articles[row].language) for row in dead}
    manifest = replace(
        old.manifest,
        snapshot_id=snapshot_id,
        created_at=created_at,
        content_digest=content_digest,
        n_articles=len(wanted),
        n_passages=old.base.n_passages + len(passages),
        n_encoded=n_encoded,
        n_changed=len(names | gone),
        languages=dict(sorted(languages.items())),
        files={},
    )
    progress("write", 0, 1)
    kept = {name: entry for name, entry in old.manifest.files.items() if name != DELTA}
    arrays = {
        **segment_arrays(articles, passages, base=old.base.lexical),
        "vectors": vectors,
        "dead": np.array(dead, np.int32),
        "article_weights": _new_weights(old.base, articles, passages, vectors),
    }

    def write(temporary: Path) -> None:
        for name in kept:
            files.link_file(old.folder / name, temporary / name)
        (temporary / DELTA).write_bytes(pack(arrays))

    path = write_snapshot(folder, manifest, write, known=kept)
    progress("write", 1, 1)
    return SnapshotInfo(
        snapshot_id=snapshot_id,
        path=path,
        content_digest=content_digest,
        n_articles=manifest.n_articles,
        n_passages=manifest.n_passages,
        n_encoded=n_encoded,
    )


def is_large(manifest: Manifest) -> bool:
    """Whether so much was added to the base that a whole build is worth its time."""
    return manifest.n_changed > LARGE_SHARE * manifest.n_articles


def _open_current(folder: Path, encoder: Encoder) -> Snapshot | None:
    path = load_current_path(folder)
    if path is None:
        return None
    try:
        manifest = load_manifest(path)
        fits = (
            manifest.encoder == encoder.fingerprint
            and manifest.dimension == encoder.dimension
            and manifest.background_digest == offtopic_digest(load_offtopic())
        )
        # Whoever searches it has compared or will compare every file with its checksum.
        return Snapshot.open_uncalibrated(path, manifest) if fits else None
    except (SnapshotError, OSError, ValueError, KeyError, TypeError, RuntimeError):
        return None


def _known_vectors(old: Snapshot, changed: Sequence[tuple[str, str]]) -> dict[bytes, FloatArray]:
    """Vectors of the changed articles' passages as they were."""
    names = set(changed)
    articles = [
        row for row, key in enumerate(old.articles) if (key.article_id, key.language) in names
    ]
    rows = np.flatnonzero(np.isin(old.passage_article, articles))
    digests, vectors = old.passage_digests[rows], old.vectors_at(rows)
    return {bytes(digest): vector for digest, vector in zip(digests, vectors, strict=True)}


def _new_weights(
    base: Segment, articles: Sequence[Article], passages: Sequence[Passage], vectors: FloatArray
) -> FloatArray:
    """Weights of articles that the learned model does not know, in the order of their codes.

    The direction from the centre of all texts to the article's mean, scaled so that its own texts
    score what those of learned articles score on average.
    """
    known = {key.article_id for key in base.articles}
    new = list(dict.fromkeys(article.id for article in articles if article.id not in known))
    weights = np.zeros((len(new), vectors.shape[1] + 1), np.float32)
    if not new:
        return weights
    step = max(1, base.n_passages // N_CENTRE_SAMPLE)
    sample = base.vectors[::step]
    centre = sample.mean(axis=0) if len(sample) else np.zeros(vectors.shape[1], np.float32)
    asked: Mapping[str, list[int]] = {name: [] for name in new}
    for row, passage in enumerate(passages):
        if passage.kind != "section" and passage.article_id in asked:
            asked[passage.article_id].append(row)
    for place, name in enumerate(new):
        if not asked[name]:
            continue
        own = vectors[asked[name]]
        direction = own.mean(axis=0) - centre
        bias = -float(direction @ (own.mean(axis=0) + centre)) / 2.0
        mean = float((own @ direction).mean()) + bias
        scale = MEAN_OWN_SCORE / mean if mean > 1e-6 else 0.0
        weights[place] = scale * np.append(direction, bias)
    return weights
