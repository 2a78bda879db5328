"""A circuit breaker as a pure state machine: it decides, the caller waits and calls.

Closed: calls pass, failures in a row are counted. Open: nothing passes until the pause is over.
Half open: one call passes as a probe; its success closes the breaker, its failure opens it again.
Times are seconds of any clock that never runs backwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Phase(StrEnum):
    """Where the breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """The state and its two constants; every question returns a new state."""

    failures_to_open: int
    pause_s: float
    phase: Phase = Phase.CLOSED
    failures: int = 0
    opened_at: float = 0.0
    probing: bool = False

    def admit(self, *, now: float) -> tuple[bool, Breaker]:
        """Whether one call may pass now, and the state after that answer."""
        if self.phase is Phase.CLOSED:
            return True, self
        if self.phase is Phase.OPEN:
            if now - self.opened_at < self.pause_s:
                return False, self
            return True, replace(self, phase=Phase.HALF_OPEN, probing=True)
        if self.probing:
            return False, self
        return True, replace(self, probing=True)

    def succeeded(self) -> Breaker:
        """The state after a call that worked."""
        return replace(self, phase=Phase.CLOSED, failures=0, probing=False)

    def failed(self, *, now: float) -> Breaker:
        """The state after a call that did not."""
        failures = self.failures + 1
        if self.phase is Phase.HALF_OPEN or failures >= self.failures_to_open:
            return replace(self, phase=Phase.OPEN, failures=failures, opened_at=now, probing=False)
        return replace(self, failures=failures)

    def abandoned(self) -> Breaker:
        """The state after an admitted call that ended without an outcome."""
        return replace(self, probing=False)
