"""How many calls may be in hand so that each is answered while its caller still waits. Pure.

Nobody can say beforehand what a machine, its disk and its neighbours will bear, so the limit finds
out, as TCP finds the width of a line: while calls are answered quickly it grows by about one per
round, and when one took too long it shrinks by a part (additive increase, multiplicative decrease).
"""

from __future__ import annotations

import math
from typing import Final

# Where it begins, and what is left at the worst: enough to go on measuring.
BEGINNING: Final = 64
FEWEST: Final = 8
# Callers are promised a second; shrinking at half of it keeps most of them below.
SLOW_S: Final = 0.5
SHRINK: Final = 0.7


class AdaptiveLimit:
    """Learns from calls that were answered; times in seconds of any steady clock."""

    def __init__(self, most: int, *, fewest: int = FEWEST, slow_s: float = SLOW_S) -> None:
        """Begins in between.

        Args:
            most: However quick the answers are.
            fewest: However slow they are.
            slow_s: An answer later than this came too late.
        """
        self._most = float(most)
        self._fewest = float(min(fewest, most))
        self._slow_s = slow_s
        self._value = float(min(BEGINNING, most))
        self._shrunk_at = -math.inf

    @property
    def value(self) -> int:
        """How many calls may be in hand now."""
        return int(self._value)

    def note(self, took_s: float, *, in_hand: int, now: float) -> None:
        """Takes a call into account.

        Args:
            took_s: How long it took.
            in_hand: How many there were, itself included.
            now: When it was answered.
        """
        if 2 * in_hand < self._value:
            return  # nobody waited for a place: a slow login says nothing about how many would fit
        if took_s <= self._slow_s:
            self._value = min(self._most, self._value + 1 / self._value)
        elif now - took_s >= self._shrunk_at:
            # Those that began before the last step are slow for the reason that led to it.
            self._value = max(self._fewest, self._value * SHRINK)
            self._shrunk_at = now
