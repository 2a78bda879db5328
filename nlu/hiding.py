"""Makes libraries believe that others, which they only probe for, are absent.

spaCy's machine-learning library and scikit-learn import torch if they can; a tokenizer and a
logistic regression need neither, and torch alone costs about 170 MB and a second of start-up.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

PROBED = frozenset({"torch", "tensorflow", "mxnet", "cupy", "pandas", "polars", "matplotlib"})


class _Refusing:
    """A finder that says no; `sys.modules[name] = None` would confuse those who look there."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


@contextmanager
def hidden(names: frozenset[str] = PROBED) -> Iterator[None]:
    """Makes importing the named packages fail inside; those that are loaded already stay."""
    finder = _Refusing(frozenset(name for name in names if name not in sys.modules))
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
