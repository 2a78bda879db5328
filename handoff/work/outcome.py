"""How a handler tells what became of its job."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from handoff.model import JsonObject
from handoff.store.engine import Transaction
from handoff.work.model import FailureKind

Effect = Callable[[Transaction], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A job that is done.

    Attributes:
        result: Kept with the job for operators; no secrets, no visitor's words.
        effect: Changes that must happen together with `done`, exactly once: run in the same
            transaction, and not at all if the lease was lost.
    """

    result: JsonObject | None = None
    effect: Effect | None = None


class JobFailed(Exception):
    """What a handler raises when a try failed.

    Attributes:
        reason: For operators; no secrets, no visitor's words.
        kind: What it says about trying again.
        after_s: Seconds that the other side asked to wait.
        result: Kept with the job, such as the status of an answer.
    """

    def __init__(
        self,
        reason: str,
        *,
        kind: FailureKind = FailureKind.PASSING,
        after_s: float | None = None,
        result: JsonObject | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind
        self.after_s = after_s
        self.result = result


class LeaseLost(Exception):
    """The job is in other hands, or settled: what this worker did with it does not count."""
