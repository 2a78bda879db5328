"""The embedded encoder's arithmetic: sums of int8 piece vectors, without torch.

A text is seen twice, as sub-words and as hashed character n-grams. Each view is summed and brought
to unit length, then both are joined with fixed weights and the whole has unit length. The numbers
are the same in every process: integer gathers, float32 sums in a fixed order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kb_index.pieces import FORMAT, MAX_SUBWORDS, fold, ngram_rows
from kb_index.unigram import UnigramPieces

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

CONFIG_FILE, WEIGHTS_FILE, TOKENIZER_FILE = "static_bag.json", "model.safetensors", "tokenizer.json"
_CHUNK = 256
_DTYPES = {"I8": np.int8, "F16": np.float16}


class ModelError(RuntimeError):
    """The folder does not hold a usable encoder; the text says what is wrong with it."""

    def __init__(self, folder: Path, problem: str) -> None:
        super().__init__(folder, problem)
        self.folder = folder
        self.problem = problem

    def __str__(self) -> str:
        return f"The encoder in {self.folder} cannot be used: {self.problem}."


class StaticBag:
    """Two tables of int8 vectors with one scale per row, and the pieces that address them."""

    def __init__(self, folder: Path) -> None:
        """Opens a model folder, memory-mapped.

        Raises:
            ModelError: If files are missing, damaged or of another format.
        """
        self.folder = folder
        try:
            config = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
            self._pieces = UnigramPieces(folder / TOKENIZER_FILE)
            tables = _map_tables(folder / WEIGHTS_FILE)
            self._subwords: npt.NDArray[np.int8] = tables["subwords"]
            self._subword_scales = tables["subword_scales"].astype(np.float32)
            self._ngrams: npt.NDArray[np.int8] = tables["ngrams"]
            self._ngram_scales = tables["ngram_scales"].astype(np.float32)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(folder, str(error) or type(error).__name__) from error
        if config.get("format") != FORMAT:
            raise ModelError(folder, f"format {config.get('format')} instead of {FORMAT}")
        self._weights = (float(config["subword_weight"]), float(config["ngram_weight"]))
        self.dimension = self._subwords.shape[1] + self._ngrams.shape[1]
        self.fingerprint: str = config["fingerprint"]

    def rows(self, texts: Sequence[str]) -> tuple[list[IntArray], list[IntArray]]:
        """Gives each text's sub-word rows and n-gram rows."""
        n_rows = len(self._ngrams)
        subwords = [
            np.asarray(self._pieces.rows(fold(text))[:MAX_SUBWORDS], dtype=np.int64)
            for text in texts
        ]
        return subwords, [ngram_rows(text, n_rows=n_rows) for text in texts]

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Encodes texts.

        Returns:
            Unit vectors, shape (n_texts, dimension), float32; an empty text is all zeros.
        """
        result = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _CHUNK):
            subwords, ngrams = self.rows(texts[start : start + _CHUNK])
            result[start : start + _CHUNK] = self.encode_rows(subwords, ngrams)
        return result

    def encode_rows(self, subwords: list[IntArray], ngrams: list[IntArray]) -> FloatArray:
        """Encodes texts that are already cut into rows; shapes as in `encode`."""
        first = _sum_rows(self._subwords, self._subword_scales, subwords)
        second = _sum_rows(self._ngrams, self._ngram_scales, ngrams)
        joined = np.hstack([_unit(first) * self._weights[0], _unit(second) * self._weights[1]])
        return _unit(joined.astype(np.float32, copy=False))


def fingerprint_of(*parts: bytes) -> str:
    """Gives the identity of a model: hash of its weights, tokenizer and weighting."""
    digest = hashlib.sha256(str(FORMAT).encode())
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return f"static-{digest.hexdigest()[:16]}"


def _map_tables(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Maps the tensors of a safetensors file, so that only rows in use take memory.

    Source of the layout: an 8-byte header length, a JSON header, then the tensors.
    """
    with path.open("rb") as stored:
        n_header = int.from_bytes(stored.read(8), "little")
        if n_header > 1_000_000:
            raise ValueError("the header of the weights is damaged")
        header = json.loads(stored.read(n_header))
    tables: dict[str, npt.NDArray[Any]] = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start = 8 + n_header + entry["data_offsets"][0]
        tables[name] = np.memmap(
            path, _DTYPES[entry["dtype"]], "r", offset=start, shape=tuple(entry["shape"])
        )
    return tables


def _sum_rows(table: npt.NDArray[np.int8], scales: FloatArray, rows: list[IntArray]) -> FloatArray:
    result = np.zeros((len(rows), table.shape[1]), dtype=np.float32)
    filled = [i for i, part in enumerate(rows) if len(part)]
    if not filled:
        return result
    flat = np.concatenate([rows[i] for i in filled])
    starts = np.cumsum([0] + [len(rows[i]) for i in filled[:-1]])
    vectors = table[flat].astype(np.float32)
    vectors *= scales[flat, None]
    result[filled] = np.add.reduceat(vectors, starts, axis=0)
    return result


def _unit(vectors: FloatArray) -> FloatArray:
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    result = np.zeros_like(vectors)
    np.divide(vectors, norms, out=result, where=norms > 1e-12)
    return result
