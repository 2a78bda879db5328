"""Keeps what recent answers say about the next one; satisfies `handoff.ports.Forecast`.

Read from the database now and then, so that neither a handoff nor a page view waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.hours import write_moment
from bot.texts import Catalogue
from handoff.errors import StoreUnavailable
from handoff.model import iso
from handoff.ports import Clock, Forecast, Hours, Presence
from handoff.sla.calendars import BusinessCalendar
from handoff.sla.expected import Answered, Expectation, QueueNow, expect_reply
from handoff.store.engine import Database
from handoff.store.tables import tickets
from handoff.ticket import ACTIVE_STATES

logger = logging.getLogger(__name__)

# A visitor who has not written yet is most likely an ordinary one.
USUAL_PRIORITY: Final = 3
REFRESH_S: Final = 30.0
RECENT: Final = timedelta(days=14)
MOST: Final = 300
# The pace is that of the last hours, however long the list of answers is.
PACE_ANSWERS: Final = 20


class DeskForecast:
    """What may be told of the next answer; nothing until it has looked once."""

    def __init__(
        self, database: Database, *, calendar: BusinessCalendar, presence: Presence, clock: Clock
    ) -> None:
        """Touches nothing."""
        self._database = database
        self._calendar = calendar
        self._presence = presence
        self._clock = clock
        self._answered: tuple[Answered, ...] = ()
        self._queue = QueueNow(ahead={}, minutes_an_answer=None)

    def expected(self, now: datetime, *, priority: int, language: str | None) -> Expectation | None:
        """Gives when a person will probably answer; None if nothing honest can be said."""
        return expect_reply(
            self._answered,
            self._queue,
            priority=priority,
            language=language,
            is_staffed=self._presence.agents_online() > 0,
            calendar=self._calendar,
            now=now,
        )

    async def refresh(self) -> None:
        """Looks at recent answers and at the queue."""
        now = self._clock.now()
        recent = (
            select(
                tickets.c.priority, tickets.c.language, tickets.c.opened_at,
                tickets.c.first_reply_at,
            )
            .where(tickets.c.first_reply_at.is_not(None), tickets.c.opened_at > now - RECENT)
            .order_by(tickets.c.number.desc())
            .limit(MOST)
        )  # fmt: skip
        waiting = select(tickets.c.priority).where(
            tickets.c.state.in_([state.value for state in ACTIVE_STATES]),
            tickets.c.first_reply_at.is_(None),
            tickets.c.waiting_since.is_not(None),
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(recent)).all()
            ahead = Counter((await connection.execute(waiting)).scalars())
        self._answered = tuple(
            Answered(
                priority=row.priority,
                language=row.language,
                minutes=self._minutes(row.opened_at, row.first_reply_at),
            )
            for row in rows
        )
        latest = sorted(row.first_reply_at for row in rows)[-PACE_ANSWERS:]
        pace = None
        if len(latest) == PACE_ANSWERS:
            pace = self._minutes(latest[0], latest[-1]) / (PACE_ANSWERS - 1)
        self._queue = QueueNow(ahead=dict(ahead), minutes_an_answer=pace)

    async def run(self, *, every_s: float = REFRESH_S) -> None:
        """Looks again and again until cancelled."""
        while True:
            try:
                await self.refresh()
            except StoreUnavailable as error:
                logger.warning("recent answers were not read: %s", error)
            await asyncio.sleep(every_s)

    def _minutes(self, start: datetime, stop: datetime) -> float:
        return self._calendar.working_seconds(start, stop) / 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """When somebody is there and will answer, in a visitor's words before she has written."""

    forecast: Forecast
    hours: Hours
    texts: Catalogue
    clock: Clock
    home_zone: ZoneInfo

    def told(self, language: str, time_zone: str | None) -> dict[str, Any]:
        """Gives {"opens_at", "expected", "text"}; `text` is None when nothing can be said."""
        now = self.clock.now()
        opens_at = self.hours.opens_at(now)
        expected = self.forecast.expected(now, priority=USUAL_PRIORITY, language=language)

        def moment(at: datetime) -> str:
            return write_moment(at, language, time_zone, home_zone=self.home_zone)

        text = None
        if opens_at is not None:
            text = self.texts.format("handoff-opens-again", language, opens=moment(opens_at))
        elif expected is not None and expected.at is not None:
            text = self.texts.format("expected-reply-by", language, moment=moment(expected.at))
        elif expected is not None:
            text = self.texts.format(
                "expected-reply-minutes", language, minutes=str(expected.minutes)
            )
        return {
            "opens_at": iso(opens_at),
            "expected": None if expected is None else expected.as_json(),
            "text": text,
        }
