"""What the knowledge base needs from outside: something that turns texts into vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
TextKind = Literal["query", "passage"]
Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total); stages are `encode`, `index`, `calibrate` and `write`."""


class Encoder(Protocol):
    """Turns texts into unit vectors.

    Equal fingerprints promise equal vectors for equal texts; a snapshot is only opened with the
    fingerprint that it was built with.
    """

    @property
    def fingerprint(self) -> str:
        """A short text that names the model, its weights and its settings."""
        ...

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        ...

    def encode(self, texts: Sequence[str], *, kind: TextKind) -> FloatArray:
        """Gives one unit vector per text: shape (len(texts), dimension), float32, rows of length 1.

        A text without any known word gives a row of zeros.
        """
        ...
