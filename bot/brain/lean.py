"""What the brain process leaves out, so that a small server can hold it.

Measured on a loaded model: 605 MB as Rasa loads itself, of which 170 MB are torch (imported by a
walk over all of scikit-learn) and 150 MB parts of scikit-learn that no component uses.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import sys
from typing import Any

from bot.brain.rasa_bridge.activate import activate
from nlu.hiding import hidden


def go_lean() -> None:
    """Makes this process small; to be called before Rasa is imported."""
    activate().is_lean = True


def settle_memory() -> None:
    """Gives memory back that loading needed, and spares the collector what stays for good.

    Without `freeze` every full collection walks over the half million objects of the libraries.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc only
    if trim is not None:
        trim(0)


def load_skops() -> None:
    """Imports skops, which reads trained classifiers, with a short list of trusted estimators.

    At its import skops lists every estimator of scikit-learn and thereby loads all of it, with
    torch. A model's classifiers need only be on the list if a model holds them.
    """
    if "skops.io" in sys.modules:
        return
    with hidden():
        import sklearn.utils
        from sklearn.linear_model import LogisticRegression

        listed = sklearn.utils.all_estimators
        sklearn.utils.all_estimators = _short_list([LogisticRegression])
        try:
            importlib.import_module("skops.io")
        finally:
            sklearn.utils.all_estimators = listed


def _short_list(estimators: list[Any]) -> Any:
    def all_estimators(type_filter: Any = None) -> list[tuple[str, Any]]:
        return [(estimator.__name__, estimator) for estimator in estimators]

    return all_estimators
