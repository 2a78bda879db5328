"""Opens published snapshots: read-only, memory-mapped, checked against their manifest.

`Snapshot` is one immutable folder. `LiveIndex` follows the pointer: it opens a newly published
snapshot without a restart, and keeps the old one when the new one is damaged or made for another
encoder.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss as faiss_module
import numpy as np
from numpy.typing import NDArray

from kb_index import files
from kb_index.article import Article
from kb_index.confidence import Confidence, confidence_from_json, default_confidence
from kb_index.errors import SnapshotError
from kb_index.lexical import LexicalIndex, Postings
from kb_index.manifest import Manifest, manifest_from_json
from kb_index.passages import PASSAGE_KINDS, PassageKind
from kb_index.ports import Encoder, FloatArray
from kb_index.views import ArticleKey, View, choose_rows

faiss: Any = faiss_module  # its type information lacks selectors and search parameters

RECHECK_S = 0.5
MAX_VIEWS = 64
N_BACKGROUND_NEIGHBOURS = 3
HNSW_EF_SEARCH = 128
KIND_CODES: Mapping[PassageKind, int] = {kind: i for i, kind in enumerate(PASSAGE_KINDS)}

ARRAYS = (
    "article_offsets", "passage_article", "passage_kind", "passage_position", "passage_digest",
    "passage_offsets", "background",
    "gram_keys", "gram_starts", "gram_rows", "gram_weights", "gram_idf",
    "term_keys", "term_starts", "term_rows", "term_weights", "term_idf",
    "word_keys", "word_counts", "article_weights",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DenseView:
    """A view with the FAISS selector that keeps a search inside it.

    Attributes:
        mask: Which passages are in it.
        by_code: Its rows in the order of their article code.
        starts: Where each code's rows start in `by_code`.
        runs: Stretches of neighbouring rows; a language's passages are stored side by side.
        by_code_places: Places of `by_code` in the runs laid end to end.
    """

    view: View
    mask: NDArray[np.bool_]
    bitmap: NDArray[np.uint8]
    selector: Any
    by_code: NDArray[np.int64]
    starts: NDArray[np.int64]
    runs: tuple[slice, ...]
    by_code_places: NDArray[np.int64]

    def similarities(self, vectors: FloatArray, vector: FloatArray) -> NDArray[np.float32]:
        """Cosines of all rows in the order of `by_code`.

        Reads the vectors where they lie: picking 500 rows out of them first would copy a megabyte
        per question.
        """
        parts = [vectors[run] @ vector for run in self.runs]
        if not parts:
            return np.zeros(0, np.float32)
        joined = np.concatenate(parts)
        return joined[self.by_code_places]

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
        return self.by_code[shift + np.arange(len(shift))], firsts

    def all_rows(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """As `rows_of` for every article of this view."""
        return self.by_code, np.unique(self.starts[:-1][np.diff(self.starts) > 0])


class Snapshot:
    """One opened snapshot; safe to read from several threads."""

    def __init__(self, folder: Path, manifest: Manifest, confidence: Confidence) -> None:
        """Maps the files of a checked folder; use `Snapshot.open`."""
        self.folder = folder
        self.manifest = manifest
        self.confidence = confidence
        arrays = {name: _load_array(folder / f"{name}.npy") for name in ARRAYS}
        self._arrays = arrays
        self._articles_text = _load_bytes(folder / "articles.jsonl")
        self._passages_text = _load_bytes(folder / "passages.txt")
        catalog = json.loads((folder / "catalog.json").read_text(encoding="utf-8"))
        self.articles: tuple[ArticleKey, ...] = tuple(ArticleKey.from_json(row) for row in catalog)
        self.passage_article: NDArray[np.int32] = arrays["passage_article"]
        self.passage_kind: NDArray[np.int8] = arrays["passage_kind"]
        self.passage_position: NDArray[np.int32] = arrays["passage_position"]
        self.is_body = self.passage_kind == KIND_CODES["section"]
        self.article_weights: FloatArray = arrays["article_weights"]
        self.lexical = _lexical_index(arrays, len(self.passage_article))
        self._rows = {(key.article_id, key.language): i for i, key in enumerate(self.articles)}
        codes: dict[str, int] = {}
        per_article = [codes.setdefault(key.article_id, len(codes)) for key in self.articles]
        # Equal for all translations of one article.
        self.passage_code = np.array(per_article, np.int64)[self.passage_article]
        languages = sorted({key.language for key in self.articles})
        self.languages = tuple(languages)
        language_of = np.array([languages.index(key.language) for key in self.articles], np.int8)
        self.passage_language = language_of[self.passage_article]
        self._index = faiss.read_index(str(folder / "dense.faiss"), faiss.IO_FLAG_MMAP_IFC)
        self._vectors = _vectors_of(self._index)
        self._views: OrderedDict[tuple[object, ...], DenseView] = OrderedDict()
        self._views_lock = threading.Lock()

    @classmethod
    def open(cls, path: Path, *, fingerprint: str | None = None) -> Snapshot:
        """Checks and opens a snapshot folder.

        Args:
            path: The folder, `<kb-dir>/snapshots/<id>`.
            fingerprint: Of the encoder that questions will come from; None skips the check, which
                only tools that never search may do.

        Raises:
            SnapshotError: If anything is missing, changed, or made for another encoder.
        """
        manifest = load_manifest(path)
        if fingerprint is not None and manifest.encoder != fingerprint:
            reason = f"It was built with encoder {manifest.encoder!r}, not {fingerprint!r}."
            raise SnapshotError(path, reason)
        for name, entry in manifest.files.items():
            _check_file(path, name, entry.n_bytes, entry.sha256)
        try:
            data = json.loads((path / "confidence.json").read_text(encoding="utf-8"))
            snapshot = cls(path, manifest, confidence_from_json(data))
        except (OSError, ValueError, KeyError, TypeError, IndexError, RuntimeError) as error:
            raise SnapshotError(path, f"It cannot be read: {error}") from error
        if len(snapshot.vectors) != manifest.n_passages:
            raise SnapshotError(path, "The number of vectors differs from the manifest.")
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
    def vectors(self) -> FloatArray:
        """All passage vectors, shape (n_passages, dimension); read-only memory."""
        return self._vectors

    @property
    def passage_digests(self) -> NDArray[Any]:
        """16 bytes per passage that are equal when its vector may be re-used, shape (n, 16)."""
        return self._arrays["passage_digest"]

    def find(self, article_id: str, language: str) -> Article | None:
        """The article in exactly that language, if it is published."""
        row = self._rows.get((article_id, language))
        return None if row is None else self.article(row)

    def article(self, row: int) -> Article:
        """The article at a row of `articles`."""
        start, end = self._arrays["article_offsets"][row : row + 2]
        return _article_from_json(json.loads(bytes(self._articles_text[start:end])))

    def translations(self, article_id: str) -> tuple[str, ...]:
        """Languages in which an article is published."""
        return tuple(key.language for key in self.articles if key.article_id == article_id)

    def passage_text(self, row: int) -> str:
        """Plain text of a passage."""
        start, end = self._arrays["passage_offsets"][row : row + 2]
        return bytes(self._passages_text[start:end]).decode("utf-8")

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
            self.articles,
            self.passage_article,
            language=language,
            languages_ok=languages_ok,
            audience=audience,
            market=market,
        ))  # fmt: skip
        with self._views_lock:
            self._views[key] = made
            while len(self._views) > MAX_VIEWS:
                self._views.popitem(last=False)
        return made

    def dense_search(self, vector: FloatArray, view: DenseView, n: int) -> NDArray[np.int64]:
        """Rows of the `n` passages of a view nearest to a vector, best first."""
        n = min(n, len(view.view.rows))
        if n == 0:
            return np.zeros(0, np.int64)
        if self.manifest.index_kind == "hnsw":
            options = faiss.SearchParametersHNSW(
                sel=view.selector, efSearch=max(HNSW_EF_SEARCH, 2 * n)
            )
        else:
            options = faiss.SearchParameters(sel=view.selector)
        _, rows = self._index.search(vector.reshape(1, -1), n, params=options)
        found: NDArray[np.int64] = rows[0]
        return found[found >= 0]

    def background_similarity(self, vector: FloatArray, *, leave_out: Sequence[int] = ()) -> float:
        """Mean cosine with the nearest off-topic questions; 0 when there are none."""
        pool: FloatArray = self._arrays["background"]
        if len(pool) == 0:
            return 0.0
        similarities = pool @ vector
        if len(leave_out):
            similarities[list(leave_out)] = -1.0
        n = min(N_BACKGROUND_NEIGHBOURS, len(similarities))
        return float(np.partition(similarities, -n)[-n:].mean())

    def _make_view(self, view: View) -> DenseView:
        mask = np.zeros(len(self.passage_article), bool)
        mask[view.rows] = True
        bitmap = np.packbits(mask, bitorder="little")
        # The selector points into `bitmap`, so both must live equally long.
        codes = self.passage_code[view.rows]
        counts = np.bincount(codes, minlength=int(self.passage_code.max(initial=-1)) + 1)
        by_code = view.rows[np.argsort(codes, kind="stable")]
        runs = _runs(np.flatnonzero(mask))
        return DenseView(
            view=view,
            mask=mask,
            bitmap=bitmap,
            selector=faiss.IDSelectorBitmap(bitmap),
            by_code=by_code,
            starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            runs=runs,
            by_code_places=(np.cumsum(mask) - 1)[by_code],
        )


class LiveIndex:
    """The published snapshot, followed while it changes; safe for several threads."""

    def __init__(
        self,
        folder: Path,
        encoder: Encoder,
        *,
        recheck_s: float = RECHECK_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Opens nothing yet.

        Args:
            folder: The kb-dir, which holds `current` and `snapshots`.
            encoder: Only its fingerprint is asked.
            recheck_s: Least seconds between two looks at the pointer.
            monotonic: Clock in seconds.
        """
        self.folder = Path(folder)
        self.last_error: SnapshotError | None = None
        self._fingerprint = encoder.fingerprint
        self._recheck_s = recheck_s
        self._monotonic = monotonic
        self._snapshot: Snapshot | None = None
        self._checked_at: float | None = None
        self._refused: tuple[str, int] | None = None
        self._lock = threading.Lock()

    def snapshot(self) -> Snapshot:
        """The newest good snapshot.

        A newly published one is opened by the first caller who sees it, while other threads go on
        with the old one.

        Raises:
            SnapshotError: If there is none that can be opened.
        """
        current = self._snapshot
        if current is not None and not self._is_due():
            return current
        # Only the very first opening makes others wait.
        if not self._lock.acquire(blocking=current is None):
            return current  # type: ignore[return-value]  # not None: else the lock was awaited
        try:
            if self._snapshot is None or self._is_due():
                self._follow()
                self._checked_at = self._monotonic()
        finally:
            self._lock.release()
        if self._snapshot is None:
            raise self.last_error or SnapshotError(self.folder, "Nothing was published yet.")
        return self._snapshot

    def _is_due(self) -> bool:
        checked_at = self._checked_at
        return checked_at is None or self._monotonic() - checked_at >= self._recheck_s

    def _follow(self) -> None:
        snapshot_id = files.load_pointer(self.folder)
        if snapshot_id is None:
            self._refused = None
            reason = "Nothing was published yet, or the pointer file is damaged."
            self.last_error = SnapshotError(self.folder / files.POINTER, reason)
            return
        if self._snapshot is not None and self._snapshot.snapshot_id == snapshot_id:
            self.last_error = None
            return
        path = files.snapshot_folder(self.folder, snapshot_id)
        attempt = (snapshot_id, _changed_at_ns(path / files.MANIFEST))
        if attempt == self._refused:
            return  # known to be bad: do not read and hash it again on every question
        try:
            self._snapshot = Snapshot.open(path, fingerprint=self._fingerprint)
        except SnapshotError as error:
            self.last_error, self._refused = error, attempt
            return
        self.last_error = self._refused = None


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


def _check_file(path: Path, name: str, n_bytes: int, sha256: str) -> None:
    try:
        size = (path / name).stat().st_size
        actual = files.file_sha256(path / name) if size == n_bytes else ""
    except OSError as error:
        raise SnapshotError(path, f"{name} cannot be read: {error.strerror}.") from error
    if actual != sha256:
        raise SnapshotError(path, f"{name} is damaged (its checksum differs).")


def _load_array(path: Path) -> NDArray[Any]:
    # An empty file region cannot be mapped; np.asarray drops the slow memmap subclass.
    array = np.load(path, mmap_mode=None if path.stat().st_size < 4096 else "r")
    return np.asarray(array)


def _load_bytes(path: Path) -> NDArray[np.uint8]:
    if path.stat().st_size == 0:
        return np.zeros(0, np.uint8)
    return np.asarray(np.memmap(path, np.uint8, "r"))


def _lexical_index(arrays: Mapping[str, NDArray[Any]], n_passages: int) -> LexicalIndex:
    def postings(prefix: str) -> Postings:
        return Postings(
            keys=arrays[f"{prefix}_keys"],
            starts=arrays[f"{prefix}_starts"],
            rows=arrays[f"{prefix}_rows"],
            weights=arrays[f"{prefix}_weights"],
            idf=arrays[f"{prefix}_idf"],
        )

    return LexicalIndex(
        grams=postings("gram"),
        terms=postings("term"),
        words=arrays["word_keys"],
        word_counts=arrays["word_counts"],
        n_passages=n_passages,
    )


def _runs(rows: NDArray[np.int64]) -> tuple[slice, ...]:
    """Cuts rising row numbers into stretches without a gap."""
    if not len(rows):
        return ()
    parts = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    return tuple(slice(int(part[0]), int(part[-1]) + 1) for part in parts)


def _vectors_of(index: Any) -> FloatArray:
    flat = faiss.downcast_index(index.storage) if hasattr(index, "storage") else index
    if flat.ntotal == 0:
        return np.zeros((0, flat.d), np.float32)
    pointer = faiss.rev_swig_ptr(flat.get_xb(), flat.ntotal * flat.d)
    return np.asarray(_Owned(index, pointer)).reshape(-1, flat.d)


class _Owned:
    """Array memory that keeps its FAISS index alive as long as any view of it."""

    def __init__(self, owner: object, array: FloatArray) -> None:
        self.owner = owner
        interface = dict(array.__array_interface__)
        interface["data"] = (interface["data"][0], True)  # True: read-only
        self.__array_interface__ = interface


def _article_from_json(data: Mapping[str, Any]) -> Article:
    return Article(
        id=data["id"],
        language=data["language"],
        title=data["title"],
        questions=tuple(data["questions"]),
        body=data["body"],
        category=data["category"],
        audience=data["audience"],
        markets=tuple(data["markets"]),
        updated=dt.date.fromisoformat(data["updated"]),
        keywords=tuple(data["keywords"]),
    )


def _changed_at_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
