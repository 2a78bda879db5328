"""Guards against lost updates: a change names the versions that it may be made from. Pure."""

from __future__ import annotations

from typing import TypeAlias

from handoff.errors import VersionConflict

# What a caller has seen; None when she accepts whatever is there.
Versions: TypeAlias = frozenset[int] | None


def check_version(current: int, expected: Versions) -> None:
    """Refuses a change that was made from another version; call it behind the lock.

    Raises:
        VersionConflict: With the version that is there now.
    """
    if expected is not None and current not in expected:
        raise VersionConflict(current)
