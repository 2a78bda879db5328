"""Opens published snapshots: read-only, memory-mapped, checked against their manifest.

A snapshot is one immutable folder: a base segment and, after small changes, a second one that
replaces some articles of the base. Rows of the second follow those of the base. Folders that share
a base share its files (hard links), so a change costs what changed.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss as faiss_module
import numpy as np
from numpy.typing import NDArray

from kb_index import files
from kb_index.article import Article
from kb_index.article_model import article_scores
from kb_index.confidence import Confidence, confidence_from_json, default_confidence
from kb_index.dense import DenseCodes
from kb_index.errors import SnapshotError
from kb_index.lexical import LexicalPart
from kb_index.manifest import Manifest, manifest_from_json
from kb_index.ports import FloatArray
from kb_index.scope import scope_score
from kb_index.segment import KIND_CODES, Segment, load_base, unpack
from kb_index.views import ArticleKey, Catalog, View, choose_rows, shares_language

faiss: Any = faiss_module  # its type information lacks selectors and search parameters

MAX_VIEWS = 64
MAX_VIEW_ROWS = 1_000_000
"""Views kept, and rows of all of them together: about 20 bytes a row."""
MAX_OTHER_LANGUAGES = 3
"""Languages beside the asked one in which words are compared; stemming a question costs 0.2 ms."""
MAX_RUNS = 64
"""A view in more pieces is copied together instead of read piece by piece."""
N_BACKGROUND_NEIGHBOURS = 3
DELTA = "delta.npz"
CONFIDENCE = "confidence.json"
BACKGROUND = "background.npy"
WEIGHTS = "article_weights.npy"
SCOPE = "scope.npy"
ViewKey = tuple[str | None, tuple[str, ...] | None, str, str | None]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DenseView:
    """A view with what keeps a search inside it.

    Attributes:
        word_languages: Languages in which words are compared: the asked one and the largest others.
        mask: Which passages are in it.
        bitmap: The same as bits; the selector points into it, so both must live equally long.
        by_code: Its rows in the order of their article code.
        starts: Where each code's rows start in `by_code`.
        runs: Stretches of neighbouring rows; a language's passages are stored side by side.
        by_code_places: Places of `by_code` in the runs laid end to end.
    """

    view: View
    word_languages: tuple[str, ...]
    mask: NDArray[np.bool_]
    bitmap: NDArray[np.uint8]
    selector: Any
    by_code: NDArray[np.int32]
    starts: NDArray[np.int64]
    runs: tuple[slice, ...]
    by_code_places: NDArray[np.int32]

    def rows_of(self, codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """All passages of some articles in this view, article by article.

        Args:
            codes: Values of `passage_code`, each with a passage in this view.

        Returns:
            (rows, where in them each article starts).
        """
        lengths = self.starts[codes + 1] - self.starts[codes]
        firsts = np.cumsum(lengths) - lengths
        shift = np.repeat(self.starts[codes] - firsts, lengths)
        return self.by_code[shift + np.arange(len(shift))].astype(np.int64), firsts

    def all_rows(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """As `rows_of` for every article of this view."""
        firsts = np.unique(self.starts[:-1][np.diff(self.starts) > 0])
        return self.by_code.astype(np.int64), firsts


class Snapshot:
    """One opened snapshot; safe to read from several threads."""

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        confidence: Confidence,
        *,
        previous: Snapshot | None = None,
    ) -> None:
        """Maps the files of a checked folder; use `Snapshot.open`."""
        self.folder = folder
        self.manifest = manifest
        self.confidence = confidence
        self._stamps = files.stamps(folder, manifest.files)
        self._base: Segment
        self._codes: DenseCodes | None
        self._base_weights: FloatArray
        self._background: FloatArray
        self._scope: FloatArray
        if previous is not None and previous.shares_base(self):
            self._base, self._codes = previous._base, previous._codes
            self._base_weights, self._background = previous._base_weights, previous._background
            self._scope = previous._scope
        else:
            self._base = load_base(folder)
            self._codes = DenseCodes.load(folder)
            self._base_weights = np.asarray(np.load(folder / WEIGHTS, mmap_mode="r"))
            self._background = np.load(folder / BACKGROUND)
            self._scope = np.load(folder / SCOPE)
        dead = np.zeros(0, np.int32)
        self._segments = [self._base]
        self._weights: FloatArray = self._base_weights
        if (folder / DELTA).exists():
            arrays = unpack(folder / DELTA)
            dead = arrays["dead"]
            self._segments.append(Segment(arrays, arrays["vectors"]))
            if len(arrays["article_weights"]):
                self._weights = np.concatenate([self._base_weights, arrays["article_weights"]])
        self._join(dead)
        self._views: OrderedDict[ViewKey, DenseView] = OrderedDict()
        self._views_lock = threading.Lock()

    def _join(self, dead: NDArray[np.int32]) -> None:
        """Lays the segments' rows end to end."""
        parts = self._segments
        self.articles: tuple[ArticleKey, ...] = tuple(key for s in parts for key in s.articles)
        first_article, first_row = [0], [0]
        for part in parts:
            first_article.append(first_article[-1] + len(part.articles))
            first_row.append(first_row[-1] + part.n_passages)
        self._first_article, self._first_row = first_article, first_row
        self.passage_article = np.concatenate(
            [p.passage_article + first for p, first in zip(parts, first_article, strict=False)]
        ).astype(np.int32)
        self.passage_kind = np.concatenate([p.passage_kind for p in parts])
        self.passage_position = np.concatenate([p.passage_position for p in parts])
        self.is_body = self.passage_kind == KIND_CODES["section"]
        is_question = self.passage_kind == KIND_CODES["question"]
        # Articles with example questions; the others must be found by their text.
        self.is_asked = np.zeros(len(self.articles), bool)
        self.is_asked[self.passage_article[is_question]] = True
        self.is_unasked_body = self.is_body & ~self.is_asked[self.passage_article]
        self.lexical = tuple(
            LexicalPart(first, part.lexical) for first, part in zip(first_row, parts, strict=False)
        )
        self._catalog = Catalog(self.articles, dead=dead)
        self.languages = self._catalog.languages
        # Equal for all translations of one article.
        self.passage_code = self._catalog.codes[self.passage_article]
        gone = set(dead.tolist())
        self._rows = {
            (key.article_id, key.language): row
            for row, key in enumerate(self.articles)
            if row not in gone
        }
        self._dead = gone

    @classmethod
    def open(
        cls, path: Path, *, fingerprint: str | None = None, previous: Snapshot | None = None
    ) -> Snapshot:
        """Checks and opens a snapshot folder.

        Args:
            path: The folder, `<kb-dir>/snapshots/<id>`.
            fingerprint: Of the encoder that questions will come from; None skips the check, which
                only tools that never search may do.
            previous: An opened snapshot; files that both share are neither read nor mapped again.

        Raises:
            SnapshotError: If anything is missing, changed, or made for another encoder.
        """
        manifest = load_manifest(path)
        if fingerprint is not None and manifest.encoder != fingerprint:
            reason = f"It was built with encoder {manifest.encoder!r}, not {fingerprint!r}."
            raise SnapshotError(path, reason)
        known = {} if previous is None else previous._stamps
        check_files(path, manifest, known=known)
        try:
            data = json.loads((path / CONFIDENCE).read_text(encoding="utf-8"))
            snapshot = cls(path, manifest, confidence_from_json(data), previous=previous)
        except (OSError, ValueError, KeyError, TypeError, IndexError, RuntimeError) as error:
            raise SnapshotError(path, f"It cannot be read: {error}") from error
        if len(snapshot.passage_article) != manifest.n_passages:
            raise SnapshotError(path, "The number of passages differs from the manifest.")
        return snapshot

    @classmethod
    def open_uncalibrated(cls, path: Path, manifest: Manifest) -> Snapshot:
        """Opens a folder that is still being built, with default confidence, to calibrate it."""
        return cls(path, manifest, default_confidence())

    @property
    def snapshot_id(self) -> str:
        """Name of the snapshot."""
        return self.manifest.snapshot_id

    @property
    def base(self) -> Segment:
        """The large segment; its rows come first."""
        return self._base

    @property
    def dead(self) -> frozenset[int]:
        """Rows of `articles` that were replaced or taken back."""
        return frozenset(self._dead)

    @property
    def vectors(self) -> FloatArray:
        """All passage vectors, shape (n_passages, dimension); read-only, a copy if it changed."""
        if len(self._segments) == 1:
            return self._base.vectors
        joined = np.concatenate([part.vectors for part in self._segments])
        joined.flags.writeable = False
        return joined

    @property
    def passage_digests(self) -> NDArray[Any]:
        """16 bytes per passage that are equal when its vector may be re-used, shape (n, 16)."""
        return np.concatenate([part.passage_digests for part in self._segments])

    @property
    def article_weights(self) -> FloatArray:
        """Learned weights by article code, shape (n_articles, dimension + 1)."""
        return self._weights

    @property
    def background(self) -> FloatArray:
        """Vectors of the off-topic pool, shape (n, dimension)."""
        return self._background

    def shares_base(self, other: Snapshot) -> bool:
        """Whether both stand on the same files."""
        names = set(self.manifest.files) - {DELTA, CONFIDENCE}
        return names == set(other.manifest.files) - {DELTA, CONFIDENCE} and all(
            self._stamps[name] == other._stamps[name] for name in names
        )

    def find(self, article_id: str, language: str) -> Article | None:
        """The article in exactly that language, if it is published."""
        row = self._rows.get((article_id, language))
        return None if row is None else self.article(row)

    def article(self, row: int) -> Article:
        """The article at a row of `articles`."""
        n_base = self._first_article[1]
        return self._base.article(row) if row < n_base else self._segments[1].article(row - n_base)

    def translations(self, article_id: str) -> tuple[str, ...]:
        """Languages in which an article is published."""
        return tuple(tag for tag in self.languages if (article_id, tag) in self._rows)

    def passage_text(self, row: int) -> str:
        """Plain text of a passage."""
        n_base = self._first_row[1]
        if row < n_base:
            return self._base.passage_text(row)
        return self._segments[1].passage_text(row - n_base)

    def view(
        self,
        *,
        language: str | None,
        languages_ok: Sequence[str] | None = None,
        audience: str = "public",
        market: str | None = None,
    ) -> DenseView:
        """The passages that one kind of visitor may be shown; remembered for the next question."""
        key = (language, None if languages_ok is None else tuple(languages_ok), audience, market)
        with self._views_lock:
            found = self._views.get(key)
            if found is not None:
                self._views.move_to_end(key)
                return found
        made = self._make_view(choose_rows(
            self._catalog, self.passage_article, language=language, languages_ok=languages_ok,
            audience=audience, market=market,
        ))  # fmt: skip
        with self._views_lock:
            self._views[key] = made
            while len(self._views) > MAX_VIEWS or (
                len(self._views) > 1
                and sum(len(v.by_code) for v in self._views.values()) > MAX_VIEW_ROWS
            ):
                self._views.popitem(last=False)
        return made

    def warm_up(self, previous: Snapshot) -> None:
        """Makes the views that were in use before, so that no question waits for one."""
        with previous._views_lock:
            keys = list(previous._views)
        for language, languages_ok, audience, market in keys:
            self.view(language=language, languages_ok=languages_ok, audience=audience,
                      market=market)  # fmt: skip

    def similarities(self, vector: FloatArray, view: DenseView) -> NDArray[np.float32]:
        """Cosines of all rows of a view, in the order of `by_code`.

        Reads the vectors where they lie: picking 500 rows out of them first would copy a megabyte
        per question.
        """
        if len(view.runs) > MAX_RUNS:
            return self.similarities_at(vector, view.by_code)
        parts = [self._run(run) @ vector for run in view.runs]
        if not parts:
            return np.zeros(0, np.float32)
        return np.concatenate(parts)[view.by_code_places]

    def similarities_at(self, vector: FloatArray, rows: NDArray[Any]) -> NDArray[np.float32]:
        """Cosines of chosen rows, in their order."""
        return self.vectors_at(rows) @ vector

    def vectors_at(self, rows: NDArray[Any]) -> FloatArray:
        """Vectors of chosen rows, shape (len(rows), dimension)."""
        if len(self._segments) == 1:
            found: FloatArray = self._base.vectors[rows]
            return found
        n_base = self._first_row[1]
        in_base = rows < n_base
        result = np.empty((len(rows), self._base.vectors.shape[1]), np.float32)
        result[in_base] = self._base.vectors[rows[in_base]]
        result[~in_base] = self._segments[1].vectors[rows[~in_base] - n_base]
        return result

    def dense_search(self, vector: FloatArray, view: DenseView, n: int) -> NDArray[np.int64]:
        """Rows of the `n` passages of a view nearest to a vector, best first."""
        rows: NDArray[np.int64] = view.view.rows
        n = min(n, len(rows))
        if n == 0:
            return np.zeros(0, np.int64)
        if self._codes is not None:
            n_inside = int(np.searchsorted(rows, self._first_row[1]))
            found = self._codes.candidates(vector, view.selector, n_inside, n)
            rows = np.concatenate([found[view.mask[found]], rows[n_inside:]])
            similarity = self.similarities_at(vector, rows)
        else:
            rows, similarity = view.by_code.astype(np.int64), self.similarities(vector, view)
        order = np.argpartition(-similarity, min(n, len(rows)) - 1)[:n] if n < len(rows) else (
            np.arange(len(rows))
        )  # fmt: skip
        best: NDArray[np.int64] = rows[order[np.argsort(-similarity[order], kind="stable")]]
        return best.astype(np.int64)

    def model_scores(self, codes: NDArray[np.int64], vector: FloatArray) -> NDArray[np.float64]:
        """What the learned weights say of some articles."""
        return article_scores(self._weights[codes], vector)

    def background_similarity(self, vector: FloatArray, *, leave_out: Sequence[int] = ()) -> float:
        """Mean cosine with the nearest off-topic questions; 0 when there are none."""
        pool: FloatArray = self._background
        if len(pool) == 0:
            return 0.0
        similarities = pool @ vector
        if len(leave_out):
            similarities[list(leave_out)] = -1.0
        n = min(N_BACKGROUND_NEIGHBOURS, len(similarities))
        return float(np.partition(similarities, -n)[-n:].mean())

    def scope(self, vector: FloatArray) -> float:
        """How much a question sounds like those asked here; see `kb_index.scope`."""
        return scope_score(self._scope, vector)

    def _run(self, run: slice) -> FloatArray:
        n_base = self._first_row[1]
        if run.start < n_base:
            return self._base.vectors[run]
        return self._segments[1].vectors[run.start - n_base : run.stop - n_base]

    def _make_view(self, view: View) -> DenseView:
        mask = np.zeros(len(self.passage_article), bool)
        mask[view.rows] = True
        n_base = self._first_row[1]
        bitmap = np.packbits(mask[:n_base], bitorder="little")
        codes = self.passage_code[view.rows]
        counts = np.bincount(codes, minlength=self._catalog.n_codes)
        by_code = view.rows[np.argsort(codes, kind="stable")]
        own = [tag for tag in view.languages if shares_language(tag, view.asked)]
        others = [tag for tag in view.languages if tag not in own]
        largest = self._catalog.largest(
            self.passage_article[view.rows], others, MAX_OTHER_LANGUAGES
        )
        return DenseView(
            view=view,
            word_languages=(*own, *largest),
            mask=mask,
            bitmap=bitmap,
            selector=faiss.IDSelectorBitmap(bitmap),
            by_code=by_code.astype(np.int32),
            starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            runs=_runs(view.rows, n_base),
            by_code_places=np.searchsorted(view.rows, by_code).astype(np.int32),
        )


def load_manifest(path: Path) -> Manifest:
    """Reads the manifest of a snapshot folder.

    Raises:
        SnapshotError: If it is missing, damaged or of another format.
    """
    try:
        data = json.loads((path / files.MANIFEST).read_text(encoding="utf-8"))
    except OSError as error:
        raise SnapshotError(path, f"The manifest cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise SnapshotError(path, "The manifest is damaged.") from error
    try:
        return manifest_from_json(data)
    except ValueError as error:
        raise SnapshotError(path, str(error)) from error


def check_files(
    path: Path, manifest: Manifest, *, known: dict[str, files.Stamp], only: str | None = None
) -> None:
    """Compares the files of a snapshot with its manifest.

    Args:
        known: Stamps of files that were checked before; equal ones are not read again.
        only: Reads this file alone and asks of the others that they have the right size.

    Raises:
        SnapshotError: Naming the first file that is missing or changed.
    """
    for name, entry in manifest.files.items():
        try:
            stamp = files.stamp(path / name, entry)
            if known.get(name) == stamp:
                continue
            is_read = stamp.n_bytes == entry.n_bytes and only in (None, name)
            actual = files.file_sha256(path / name) if is_read else entry.sha256
        except OSError as error:
            raise SnapshotError(path, f"{name} cannot be read: {error.strerror}.") from error
        if stamp.n_bytes != entry.n_bytes or actual != entry.sha256:
            raise SnapshotError(path, f"{name} is damaged (its checksum differs).")


def _runs(rows: NDArray[np.int64], n_base: int) -> tuple[slice, ...]:
    """Cuts rising row numbers into stretches without a gap, none over the end of the base."""
    if not len(rows):
        return ()
    gaps = (np.diff(rows) > 1) | ((rows[:-1] < n_base) & (rows[1:] >= n_base))
    parts = np.split(rows, np.flatnonzero(gaps) + 1)
    return tuple(slice(int(part[0]), int(part[-1]) + 1) for part in parts)
