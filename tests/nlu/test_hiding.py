"""Hidden packages cannot be imported inside the block and are untouched outside."""

from __future__ import annotations

import sys

import pytest

from nlu.hiding import hidden


def test_hidden_package_cannot_be_imported_inside() -> None:
    sys.modules.pop("this", None)

    with hidden(frozenset({"this"})), pytest.raises(ModuleNotFoundError):
        __import__("this")

    assert "this" not in sys.modules


def test_loaded_package_stays() -> None:
    with hidden(frozenset({"json"})):
        import json

        assert json.loads("1") == 1


def test_finder_is_removed_even_after_an_error() -> None:
    before = list(sys.meta_path)

    with pytest.raises(ZeroDivisionError), hidden():
        raise ZeroDivisionError

    assert sys.meta_path == before
