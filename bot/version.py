"""The version of this program."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Final


def _installed_version() -> str:
    try:
        return version("babeldesk")
    except PackageNotFoundError:
        return "0.1.0"


VERSION: Final = _installed_version()
