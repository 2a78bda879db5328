"""Brings a ticket's header and classification up to date with its log, inside a transaction."""

from __future__ import annotations

import logging

from sqlalchemy import select

from handoff.model import Author, EventView
from handoff.ports import Ports
from handoff.store.records import events_of
from handoff.store.tables import events
from handoff.store.unit import ConversationUnit
from handoff.tickets.labels import judge
from handoff.tickets.summary import evidence_of, summarise

logger = logging.getLogger(__name__)

# The header is about what led to the ticket; of a very long episode its beginning and its end.
_FIRST_EVENTS = 60
_LAST_EVENTS = 140


async def refresh_ticket(unit: ConversationUnit, ports: Ports) -> None:
    """Writes summary, type, category and tags of the episode's ticket anew.

    What a person has set stays. Whatever goes wrong in reading a stranger's words, the ticket
    must be stored: it then keeps what it had.
    """
    ticket = unit.episode_ticket
    if ticket is None:
        return
    log = await _load_log(unit)
    hers = [event for event in log if event.author is Author.VISITOR and event.kind == "message"]
    try:
        summary = summarise(log)
        found = ports.classifier(hers, evidence_of(log), handoff_reason=ticket.reason)
    except Exception:
        logger.exception("ticket %s could not be classified", ticket.number)
        return
    if summary != ticket.summary:
        unit.change_ticket(summary=summary)
    await judge(unit, found)


async def _load_log(unit: ConversationUnit) -> list[EventView]:
    query = select(events).where(
        events.c.conversation_id == unit.record.id, events.c.seq >= unit.record.episode_seq
    )
    newest_first = query.order_by(events.c.seq.desc()).limit(_LAST_EVENTS)
    rows = list(reversed((await unit.connection.execute(newest_first)).all()))
    if len(rows) == _LAST_EVENTS:
        oldest = query.where(events.c.seq < rows[0].seq).order_by(events.c.seq)
        rows[:0] = (await unit.connection.execute(oldest.limit(_FIRST_EVENTS))).all()
    return [*events_of(rows, internal=True), *unit.new_events]
