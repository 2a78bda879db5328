"""Describes the outer shape of a message: how long it is, whether it asks, whether it counts.

A sentence vector of unit length forgets all three, yet they tell courtesies from questions: nobody
says good-bye in twenty words, and nobody thanks with a question mark and a price. Pure.
"""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

N_FEATURES = 3
TYPICAL_LOG_WORDS = 2.5
MAX_LOG_WORDS = 4.5
"""Longer messages than about twenty words are all just long."""
# The Greek question mark looks like a semicolon and is mostly typed as one.
_QUESTION = re.compile("[?;\u037e\u061f]")
_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")


def describe_shape(text: str) -> NDArray[np.float32]:
    """Gives length (binary logarithm of words, about -2.5 to 2), asking and counting (0 or 1).

    Returns:
        float32, shape (`N_FEATURES`,).
    """
    n_words = sum(1 for _ in _WORD.finditer(text))
    length = min(math.log2(1 + n_words), MAX_LOG_WORDS) - TYPICAL_LOG_WORDS
    asks, counts = _QUESTION.search(text) is not None, _DIGIT.search(text) is not None
    return np.array([length, asks, counts], dtype=np.float32)
