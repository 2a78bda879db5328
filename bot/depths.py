"""How much lies in the queues, for the metrics: counted from the database, not too often."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select, text

from handoff.ports import Clock
from handoff.store.engine import Database
from handoff.store.tables import conversations, tickets
from handoff.ticket import ACTIVE_STATES
from handoff.work.desk import JobDesk

# Several collectors may ask; the counts need not be fresher.
BELIEVED_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Depths:
    """Lengths of the queues; times in seconds."""

    waiting: int
    oldest_s: float
    tickets: Mapping[str, int]
    unassigned: int
    jobs: Mapping[str, int]
    overdue_s: float


class DepthGauge:
    """Counts when asked, at most every few seconds."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        believed_s: float = BELIEVED_S,
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = JobDesk(database)
        self._monotonic = monotonic
        self._believed_s = believed_s
        self._found: Depths | None = None
        self._read_at = 0.0

    async def read(self) -> Depths:
        """The lengths now, or of a few seconds ago.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        now = self._monotonic()
        if self._found is None or now - self._read_at >= self._believed_s:
            self._found = await self._count()
            self._read_at = now
        return self._found

    async def _count(self) -> Depths:
        waiting = select(func.count(), func.min(conversations.c.updated_at)).where(
            # Literal, word for word the condition of the partial index.
            text("owner = 'bot' AND pending_seq > answered_seq")
        )
        active = [state.value for state in ACTIVE_STATES]
        by_state = (
            select(tickets.c.state, func.count())
            .where(tickets.c.state.in_(active))
            .group_by(tickets.c.state)
        )
        unassigned = select(func.count()).where(
            tickets.c.state.in_(active), tickets.c.assignee_id.is_(None)
        )
        async with self._database.read() as connection:
            n_waiting, oldest = (await connection.execute(waiting)).one()
            counts = {state: n for state, n in (await connection.execute(by_state)).all()}
            n_unassigned = (await connection.execute(unassigned)).scalar_one()
        work = await self._jobs.report()
        age = (self._clock.now() - oldest).total_seconds() if oldest else 0.0
        return Depths(
            waiting=n_waiting,
            oldest_s=max(0.0, age),
            tickets={state: counts.get(state, 0) for state in sorted(active)},
            unassigned=n_unassigned,
            jobs=work.by_state,
            overdue_s=work.overdue_s,
        )
