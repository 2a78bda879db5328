"""Making a ticket of its own from some messages of another, and taking that back.

A chat is one thread to its visitor, so the new ticket gets a conversation of its own with copies of
the messages, and what agents write there reaches the visitor's chat as well, with the new ticket's
number. What she answers stands in the chat, with the first ticket.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sqlalchemy import insert, select

from handoff.access import access_conversation_by_turn, access_ticket_by_agent, fetch_ticket_by_text
from handoff.audit import write_audit
from handoff.conversation import Dismiss, Owner, Refusal, decide
from handoff.errors import ConversationNotFound, FieldInvalid, NothingToUndo
from handoff.facts import Facts
from handoff.ids import new_id
from handoff.model import Author, EventView, JsonObject, TicketAct, iso
from handoff.ports import Ports
from handoff.store.engine import Database, Transaction
from handoff.store.records import events_of, select_events, ticket_view
from handoff.store.tables import conversations, events
from handoff.store.unit import ConversationUnit, fetch_ticket, load_unit
from handoff.ticket import TicketState, parse_number, stored_state
from handoff.tickets.merging import SPLIT, close_move, last_move
from handoff.tickets.refresh import refresh_ticket
from handoff.tickets.tables import ticket_links, ticket_moves
from handoff.transcript import SUBJECT_CHARS, clean_name, excerpt
from handoff.work.model import LeasedJob, NewJob
from handoff.work.outbox import enqueue
from handoff.work.outcome import Done

RELAY: Final = "ticket.relay"
MAX_MESSAGES: Final = 200


class TicketSplitting:
    """Splits tickets and takes splits back, each in one transaction."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def split(
        self, number: str, agent_id: str, *, from_seq: int, upto_seq: int, subject: str | None
    ) -> TicketAct:
        """Makes a new ticket in the queue from the messages of a range; gives it.

        Args:
            number: The ticket.
            agent_id: Who does it.
            from_seq: First message of the range.
            upto_seq: Last message of the range, itself included.
            subject: Of the new ticket; the range's first words of the visitor when None.

        Raises:
            FieldInvalid: The range holds no message of the ticket's visitor, or too many.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            access = await access_ticket_by_agent(
                transaction, number, agent_id=agent_id, act="split a ticket", now=now
            )
            ticket, old = access.ticket, access.unit
            old.turn_to(ticket)
            first, last = max(from_seq, ticket.seq_from), min(upto_seq, ticket.seq_upto)
            chosen = await _messages(old, first, last)
            hers = [event for event in chosen if event.author is Author.VISITOR]
            if not hers:
                raise FieldInvalid("range", "holds no message of the visitor")
            unit = await _open_conversation(transaction, old)
            unit.actor_id = agent_id
            for event in chosen:
                _copy(unit, event, ticket_number=ticket.ref.number)
            unit.move_to(replace(unit.record.state, owner=Owner.QUEUE, epoch=2))
            unit.change(answered_seq=unit.record.last_seq)
            await unit.open_ticket(
                state=TicketState.NEW.value,
                priority=ticket.priority,
                impact=ticket.impact,
                urgency=ticket.urgency,
                reasons=ticket.reasons,
                reason=ticket.reason,
                language=ticket.language,
                subject=clean_name(subject or "", limit=SUBJECT_CHARS)
                or excerpt(hers[0].text, limit=SUBJECT_CHARS),
                last_message=excerpt(hers[-1].text),
                seq_from=1,
                seq_upto=unit.record.last_seq,
                assignee_id=None,
                contact_name=ticket.contact_name,
                contact_email=ticket.contact_email,
                waiting_since=now,
                first_reply_at=None,
                resolved_at=None,
                triage_version=ticket.triage_version,
                override=None,
                channel=ticket.channel,
                customer_id=ticket.customer_id,
            )
            await refresh_ticket(unit, self._ports)
            unit.notify_inbox("ticket_opened", {"reason": SPLIT})
            new = unit.ticket_view()
            await _note_split(transaction, old, new_number=new.number, agent_id=agent_id)
            old.change_ticket()
            old.notify_inbox("ticket_changed", {"agent_id": agent_id})
            detail: JsonObject = {"ticket": new.number, "from_seq": first, "upto_seq": last}
            await write_audit(transaction, now, agent_id, "ticket_split", access, detail)
            await old.flush()
            await unit.flush()
            return TicketAct(ticket=unit.ticket_view(), event=None)

    async def undo(self, number: str, agent_id: str) -> TicketAct:
        """Ends the ticket that was split off as part of the ticket it came from; gives the latter.

        Args:
            number: The ticket that was split off.
            agent_id: Who does it.

        Raises:
            NothingToUndo: It was not split off, or too long ago, or has ended otherwise.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            connection = transaction.connection
            found = await fetch_ticket_by_text(connection, number)
            since = now - self._ports.tickets.undo_within
            move = await last_move(connection, SPLIT, source=found.number, since=since)
            if move is None:
                raise NothingToUndo(number)
            access = await access_ticket_by_agent(
                transaction, number, agent_id=agent_id, act="take back a split", now=now
            )
            unit = access.unit
            state = decide(unit.record.state, Dismiss())
            if isinstance(state, Refusal) or not access.ticket.is_active:
                raise NothingToUndo(number)
            unit.move_to(state)
            stored, closed_as = stored_state(TicketState.MERGED)
            unit.change_ticket(
                state=stored,
                closed_as=closed_as,
                merged_into=move.target_number,
                resolved_at=now,
                waiting_since=None,
            )
            unit.notify_inbox("ticket_merged", {"agent_id": agent_id})
            await close_move(transaction, move.id, actor_id=agent_id, at=now)
            await write_audit(transaction, now, agent_id, "ticket_unsplit", access)
            await unit.flush()
            # Read without its lock: nothing of it changes, and merges lock in another order.
            kept, owner = await fetch_ticket(connection, move.target_number)
            if kept is None or owner is None:
                raise NothingToUndo(number)
            return TicketAct(ticket=ticket_view(kept, owner), event=None)


async def relay_replies(transaction: Transaction, facts: Facts) -> None:
    """Writes a job for each agent's message in a ticket that was split off. A follow-up."""
    replies = [
        event
        for event in facts.events
        if event.author is Author.AGENT
        and event.kind == "message"
        and not event.agents_only
        and "copied_from" not in event.payload
    ]
    if not replies or facts.ticket is None:
        return
    number = parse_number(facts.ticket.number)
    query = select(ticket_moves.c.before).where(
        ticket_moves.c.kind == SPLIT, ticket_moves.c.source_number == number
    )
    before = (await transaction.connection.execute(query)).scalar()
    if before is None:
        return
    await enqueue(
        transaction,
        *(
            NewJob(
                kind=RELAY,
                key=f"relay:{event.conversation_id}:{event.seq}",
                subject=f"conversation:{event.conversation_id}",
                payload={
                    "conversation_id": event.conversation_id,
                    "seq": event.seq,
                    "to": before["conversation_id"],
                    "ticket_number": facts.ticket.number,
                },
            )
            for event in replies
        ),
    )


class ReplyRelay:
    """The handler of these jobs."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def run(self, leased: LeasedJob) -> Done:
        """Shows a reply in the visitor's chat, once, in the transaction that settles the job."""
        payload = leased.job.payload
        source, to = str(payload["conversation_id"]), str(payload["to"])

        async def relay(transaction: Transaction) -> None:
            query = select(events).where(
                events.c.conversation_id == source, events.c.seq == payload["seq"]
            )
            rows = (await transaction.connection.execute(query)).all()
            try:
                unit = await access_conversation_by_turn(
                    transaction, to, now=self._ports.clock.now()
                )
            except ConversationNotFound:
                return  # deleted meanwhile
            for event in events_of(rows, internal=True):
                unit.append(
                    "message",
                    Author.AGENT,
                    event.text,
                    author_id=event.author_id,
                    author_name=event.author_name,
                    client_id=f"relay-{source}-{event.seq}",
                    language=event.language,
                    payload={"ticket_number": payload["ticket_number"]},
                )
            await unit.flush()

        return Done(effect=relay)


async def _messages(unit: ConversationUnit, first: int, last: int) -> list[EventView]:
    query = select_events(unit.record.id).where(
        events.c.seq.between(first, last), events.c.kind == "message"
    )
    rows = (await unit.connection.execute(query.limit(MAX_MESSAGES + 1))).all()
    if len(rows) > MAX_MESSAGES:
        raise FieldInvalid("range", f"holds more than {MAX_MESSAGES} messages")
    return [event for event in events_of(rows, internal=True) if not event.agents_only]


async def _open_conversation(transaction: Transaction, old: ConversationUnit) -> ConversationUnit:
    record = old.record
    conversation_id = new_id()
    await transaction.connection.execute(
        insert(conversations).values(
            id=conversation_id,
            visitor_id=record.visitor_id,
            owner=Owner.BOT.value,
            epoch=1,
            episode=1,
            episode_seq=1,
            last_seq=0,
            pending_seq=0,
            answered_seq=0,
            ticket_episode=0,
            dialogue_events=[],
            turn_attempts=0,
            contact_asked=True,
            contact_name=record.contact_name,
            contact_email=record.contact_email,
            language=record.language,
            language_choice=record.language_choice,
            locale=record.locale,
            page_url=record.page_url,
            time_zone=record.time_zone,
            channel=record.channel,
            created_at=old.now,
            updated_at=old.now,
        )
    )
    unit = await load_unit(transaction, conversation_id, now=old.now)
    if unit is None:
        raise ConversationNotFound(conversation_id)
    return unit


def _copy(unit: ConversationUnit, event: EventView, *, ticket_number: str) -> None:
    origin: JsonObject = {
        "ticket_number": ticket_number,
        "seq": event.seq,
        "at": iso(event.created_at),
    }
    unit.append(
        event.kind,
        event.author,
        event.text,
        author_id=event.author_id,
        author_name=event.author_name,
        language=event.language,
        payload={**event.payload, "copied_from": origin},
        internal=event.internal,
    )


async def _note_split(
    transaction: Transaction, old: ConversationUnit, *, new_number: str, agent_id: str
) -> None:
    kept, new = old.ticket, parse_number(new_number)
    if kept is None or new is None:
        raise LookupError("a split needs two tickets")
    await transaction.connection.execute(
        insert(ticket_moves).values(
            id=new_id(),
            kind=SPLIT,
            source_number=new,
            target_number=kept.number,
            before={"conversation_id": kept.conversation_id},
            actor_id=agent_id,
            at=old.now,
        )
    )
    await transaction.connection.execute(
        insert(ticket_links).values(
            from_number=kept.number,
            to_number=new,
            kind="parent_of",
            actor_id=agent_id,
            at=old.now,
        )
    )
