"""One set of articles as a snapshot stores it: catalogue, passages, texts, vectors and postings.

A snapshot has a base segment in memory-mapped files and, after small changes, a second one with
what changed since: a single small file that is read whole.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import faiss as faiss_module
import numpy as np
from numpy.typing import NDArray

from kb_index.article import Article
from kb_index.lexical import LanguageSize, LexicalIndex, Postings
from kb_index.lexical_build import LexicalPassage, build_lexical
from kb_index.passages import PASSAGE_KINDS, Passage, PassageKind
from kb_index.ports import FloatArray
from kb_index.views import ArticleKey

faiss: Any = faiss_module  # its type information is incomplete

Arrays = dict[str, NDArray[Any]]
KIND_CODES: Mapping[PassageKind, int] = {kind: i for i, kind in enumerate(PASSAGE_KINDS)}
POSTINGS = ("grams", "body_stems", "body_grams")
_PARTS = ("keys", "starts", "rows", "weights", "idf")
_TEXTS = {
    "articles": "articles.jsonl", "passages": "passages.txt", "catalog": "catalog.json",
    "sizes": "lexical.json",
}  # fmt: skip
ARRAYS = (
    "article_offsets", "passage_article", "passage_kind", "passage_position", "passage_digest",
    "passage_offsets", "word_keys", "word_counts",
    *(f"{name}_{part}" for name in POSTINGS for part in _PARTS),
)  # fmt: skip
VECTORS = "dense.faiss"


class Segment:
    """The contents of one segment, rows counted from 0; read-only."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], vectors: FloatArray) -> None:
        """Takes what `segment_arrays` made.

        Raises:
            ValueError, KeyError: If something is missing or does not fit.
        """
        self._arrays = arrays
        catalog = json.loads(bytes(arrays["catalog"]))
        self.articles: tuple[ArticleKey, ...] = tuple(ArticleKey.from_json(row) for row in catalog)
        self.passage_article: NDArray[np.int32] = arrays["passage_article"]
        self.passage_kind: NDArray[np.int8] = arrays["passage_kind"]
        self.passage_position: NDArray[np.int32] = arrays["passage_position"]
        self.passage_digests: NDArray[np.uint8] = arrays["passage_digest"]
        self.vectors = vectors
        self.lexical = _lexical_index(arrays, len(self.passage_article))
        if len(vectors) != len(self.passage_article):
            raise ValueError("the number of vectors differs from that of passages")

    @property
    def n_passages(self) -> int:
        """Number of passages."""
        return len(self.passage_article)

    def article(self, row: int) -> Article:
        """The article at a row of `articles`."""
        start, end = self._arrays["article_offsets"][row : row + 2]
        return Article.from_json(json.loads(bytes(self._arrays["articles"][start:end])))

    def passage_text(self, row: int) -> str:
        """Plain text of a passage."""
        start, end = self._arrays["passage_offsets"][row : row + 2]
        return bytes(self._arrays["passages"][start:end]).decode("utf-8")


def segment_arrays(
    articles: Sequence[Article], passages: Sequence[Passage], *, base: LexicalIndex | None = None
) -> Arrays:
    """Everything of a segment but its vectors.

    Args:
        articles: In the order of their rows.
        passages: Of these articles, in the order of their rows.
        base: The lexical index of the base, for the segment beside it.
    """
    row_of = {(article.id, article.language): i for i, article in enumerate(articles)}
    lexical = build_lexical(
        [
            LexicalPassage(language=p.language, text=p.text, is_body=p.kind == "section")
            for p in passages
        ],
        base=base,
    )
    lines = [json.dumps(a.as_json(), ensure_ascii=False).encode() + b"\n" for a in articles]
    texts = [passage.text.encode() for passage in passages]
    digests = np.frombuffer(b"".join(p.digest for p in passages), np.uint8)
    rows = [row_of[p.article_id, p.language] for p in passages]
    catalog = json.dumps([_key_of(article) for article in articles], ensure_ascii=False)
    return {
        "articles": _as_bytes(b"".join(lines)),
        "passages": _as_bytes(b"".join(texts)),
        "catalog": _as_bytes(catalog.encode()),
        "article_offsets": _offsets(lines),
        "passage_offsets": _offsets(texts),
        "passage_article": np.array(rows, np.int32),
        "passage_kind": np.array([KIND_CODES[p.kind] for p in passages], np.int8),
        "passage_position": np.array([p.position for p in passages], np.int32),
        "passage_digest": digests.reshape(len(passages), 16),
        **_lexical_arrays(lexical),
    }


def save_base(folder: Path, arrays: Arrays, index: Any) -> None:
    """Writes a base segment; `index` is the FAISS index that holds its vectors."""
    for name, array in arrays.items():
        if name in _TEXTS:
            (folder / _TEXTS[name]).write_bytes(array.tobytes())
        else:
            np.save(folder / f"{name}.npy", array)
    faiss.write_index(index, str(folder / VECTORS))


def load_base(folder: Path) -> Segment:
    """Maps a base segment.

    Raises:
        OSError, ValueError, KeyError, RuntimeError: If it cannot be read.
    """
    arrays = {name: _mapped(folder / f"{name}.npy") for name in ARRAYS}
    arrays |= {name: _mapped_bytes(folder / file) for name, file in _TEXTS.items()}
    index = faiss.read_index(str(folder / VECTORS), faiss.IO_FLAG_MMAP_IFC)
    return Segment(arrays, _vectors_of(index))


def pack(arrays: Arrays) -> bytes:
    """Arrays as one file."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]  # numpy takes names for options
    return buffer.getvalue()


def unpack(path: Path) -> Arrays:
    """Reads what `pack` made."""
    with np.load(path) as stored:
        return {name: stored[name] for name in stored.files}


def _mapped(path: Path) -> NDArray[Any]:
    # An empty file region cannot be mapped; np.asarray drops the slow memmap subclass.
    array = np.load(path, mmap_mode=None if path.stat().st_size < 4096 else "r")
    return np.asarray(array)


def _mapped_bytes(path: Path) -> NDArray[np.uint8]:
    if path.stat().st_size == 0:
        return np.zeros(0, np.uint8)
    return np.asarray(np.memmap(path, np.uint8, "r"))


def _as_bytes(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8)


def _offsets(parts: Sequence[bytes]) -> NDArray[np.int64]:
    return np.cumsum([0, *(len(part) for part in parts)], dtype=np.int64)


def _key_of(article: Article) -> dict[str, Any]:
    return {
        "id": article.id,
        "language": article.language,
        "title": article.title,
        "audience": article.audience,
        "markets": article.markets,
        "digest": article.digest,
    }


def _lexical_arrays(index: LexicalIndex) -> Arrays:
    sizes = {language: asdict(size) for language, size in index.sizes.items()}
    arrays: Arrays = {
        "word_keys": index.words,
        "word_counts": index.word_counts,
        "sizes": _as_bytes(json.dumps(sizes).encode()),
    }
    for name in POSTINGS:
        postings: Postings = getattr(index, name)
        arrays |= {f"{name}_{part}": getattr(postings, part) for part in _PARTS}
    return arrays


def _lexical_index(arrays: Mapping[str, NDArray[Any]], n_passages: int) -> LexicalIndex:
    postings = {
        name: Postings(**{part: arrays[f"{name}_{part}"] for part in _PARTS}) for name in POSTINGS
    }
    sizes = json.loads(bytes(arrays["sizes"]))
    return LexicalIndex(
        **postings,
        words=arrays["word_keys"],
        word_counts=arrays["word_counts"],
        n_passages=n_passages,
        sizes={language: LanguageSize(**size) for language, size in sizes.items()},
    )


def _vectors_of(index: Any) -> FloatArray:
    if index.ntotal == 0:
        return np.zeros((0, index.d), np.float32)
    pointer = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d)
    return np.asarray(_Owned(index, pointer)).reshape(-1, index.d)


class _Owned:
    """Array memory that keeps its FAISS index alive as long as any view of it."""

    def __init__(self, owner: object, array: FloatArray) -> None:
        self.owner = owner
        interface = dict(array.__array_interface__)
        interface["data"] = (interface["data"][0], True)  # True: read-only
        self.__array_interface__ = interface
