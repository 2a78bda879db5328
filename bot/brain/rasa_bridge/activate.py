"""Registers the bridge's import hook; imported by the `.pth` file at every interpreter start.

It must stay cheap (about a millisecond): standard library only, no work before the first import of
a module that the hook knows.
"""

from __future__ import annotations

import sys

from bot.brain.rasa_bridge.finder import BridgeFinder


def activate() -> BridgeFinder:
    """Puts the hook in front of the import path, once, and gives it."""
    for finder in sys.meta_path:
        if isinstance(finder, BridgeFinder):
            return finder
    finder = BridgeFinder()
    sys.meta_path.insert(0, finder)
    return finder


activate()
