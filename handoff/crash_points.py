"""Names the moments between two steps, so that tests can kill the process exactly there.

Nothing in the product sets a watcher and no setting can: a test's own process calls `watch` before
it starts. Without one a point costs a look at a variable.
"""

from __future__ import annotations

from collections.abc import Callable

_watcher: Callable[[str], None] | None = None


def crash_point(name: str) -> None:
    """Says that the moment of this name has come."""
    if _watcher is not None:
        _watcher(name)


def watch(watcher: Callable[[str], None] | None) -> None:
    """Has every moment told to `watcher`, in the thread in which it comes; None ends it."""
    global _watcher
    _watcher = watcher
