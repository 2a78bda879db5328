"""The dense half of the search: exact where there are few passages, by short codes where many.

Up to `MAX_EXACT_VECTORS` passages every search is exact (FAISS Flat). Above, two codes of 16 times
fewer bytes stand beside the vectors: product quantisation in registers (PQ fast scan) for searches
of most passages, RaBitQ, which honours a selector, for narrower views. Either gives more candidates
than asked, which are then compared exactly. `python -m tests.bench search` measures both.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import faiss as faiss_module
import numpy as np
from numpy.typing import NDArray

from kb_index.ports import FloatArray

faiss: Any = faiss_module  # its type information lacks selectors and search parameters

MAX_EXACT_VECTORS = 4_000
N_CANDIDATES = 200
"""Candidates by codes for the 100 that a search wants: recall@10 above .97 on real sentences."""
WIDE_SHARE = 0.4
"""Share of all passages from which the scan without a selector is faster."""
SCAN_DIMENSIONS = 4
MIN_SCAN_TRAINING, MAX_TRAINING = 640, 20_000
CODES, SCAN = "codes.faiss", "scan.faiss"


class DenseCodes:
    """The approximate indexes of one base segment."""

    def __init__(self, codes: Any, scan: Any | None) -> None:
        self._codes = codes
        self._scan = scan

    @classmethod
    def load(cls, folder: Path) -> DenseCodes | None:
        """Opens them where the builder made them."""
        codes, scan = folder / CODES, folder / SCAN
        if not codes.exists():
            return None
        return cls(
            faiss.read_index(str(codes), faiss.IO_FLAG_MMAP_IFC),
            faiss.read_index(str(scan)) if scan.exists() else None,
        )

    def candidates(
        self, vector: FloatArray, selector: Any, n_inside: int, n: int
    ) -> NDArray[np.int64]:
        """Rows that hold the `n` nearest with high probability; some may lie outside the view.

        Args:
            vector: Shape (d,).
            selector: Of the view's rows.
            n_inside: How many rows the view has.
        """
        wanted = min(max(N_CANDIDATES, 2 * n), n_inside)
        share = n_inside / self._codes.ntotal
        if self._scan is not None and share >= WIDE_SHARE:
            _, rows = self._scan.search(vector.reshape(1, -1), math.ceil(wanted / share))
        else:
            options = faiss.RaBitQSearchParameters()
            options.sel, options.qb = selector, self._codes.qb
            _, rows = self._codes.search(vector.reshape(1, -1), wanted, params=options)
        found: NDArray[np.int64] = rows[0]
        return found[found >= 0]


def save_codes(folder: Path, vectors: FloatArray) -> None:
    """Makes both codes for a large base segment; deterministic.

    Args:
        vectors: Shape (n, d), n above `MAX_EXACT_VECTORS`.
    """
    n, dimension = vectors.shape
    sample = vectors[:: math.ceil(n / MAX_TRAINING)]
    codes = faiss.index_factory(dimension, "RaBitQ", faiss.METRIC_INNER_PRODUCT)
    codes.train(sample)
    codes.add(vectors)
    faiss.write_index(codes, str(folder / CODES))
    if dimension % SCAN_DIMENSIONS == 0 and len(sample) >= MIN_SCAN_TRAINING:
        factory = f"PQ{dimension // SCAN_DIMENSIONS}x4fs"
        scan = faiss.index_factory(dimension, factory, faiss.METRIC_INNER_PRODUCT)
        scan.train(sample)
        scan.add(vectors)
        faiss.write_index(scan, str(folder / SCAN))
