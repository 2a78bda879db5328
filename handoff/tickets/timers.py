"""What happens to tickets by themselves: a hold ends, a solved ticket is closed for good."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select

from handoff.model import Author, JsonObject, iso
from handoff.ports import Ports
from handoff.store.engine import Database, Transaction
from handoff.store.records import TicketRecord
from handoff.store.tables import tickets
from handoff.store.unit import ConversationUnit, fetch_ticket, load_unit
from handoff.ticket import Happened, TicketState, decide_state
from handoff.work.apart import Apart
from handoff.work.model import LeasedJob, NewJob
from handoff.work.outbox import enqueue
from handoff.work.outcome import Done

END_HOLD: Final = "ticket.end_hold"
CLOSE_SOLVED: Final = "ticket.close_solved"
_BATCH: Final = 200


async def set_hold_timer(
    transaction: Transaction, ticket: TicketRecord, *, until: datetime
) -> None:
    """Has a held ticket opened at a moment; of several timers only the ticket's own one acts."""
    moment = iso(until)
    await enqueue(
        transaction,
        NewJob(
            kind=END_HOLD,
            key=f"hold:{ticket.number}:{moment}",
            subject=f"conversation:{ticket.conversation_id}",
            payload={"number": ticket.number, "until": moment},
            at=until,
        ),
    )


class TicketTimers:
    """The handlers of these jobs; each may run again without harm."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def end_hold(self, leased: LeasedJob) -> Done:
        """Opens a ticket whose time on hold is over, in the transaction that settles the job."""
        number, until = leased.job.payload["number"], leased.job.payload["until"]
        if not isinstance(number, int):
            raise TypeError("number")

        async def open_again(transaction: Transaction) -> None:
            unit = await self._unit_of(transaction, number)
            ticket = unit.ticket if unit else None
            if unit is None or ticket is None or ticket.number != number:
                return
            held = ticket.hold if ticket.stands is TicketState.ON_HOLD else None
            if held is None or held.get("until") != until:
                return  # opened, or held anew, meanwhile
            unit.change_ticket(state=TicketState.OPEN.value)
            payload: JsonObject = {
                "from": TicketState.ON_HOLD.value,
                "to": TicketState.OPEN.value,
                "reason": held.get("reason"),
            }
            unit.append("state", Author.SYSTEM, "", payload=payload, agents_only=True)
            unit.notify_inbox("ticket_resumed", {"reason": "hold_over"})
            await unit.flush()

        return Done(effect=open_again)

    async def close_solved(self, _leased: LeasedJob) -> Done:
        """Closes tickets that have been solved for long enough, each in its own transaction."""
        n_closed, last, apart = 0, 0, Apart()
        while numbers := await self._long_solved(last):
            last = numbers[-1]
            closed = [await apart.tried(self._close(n), f"closing ticket {n}") for n in numbers]
            n_closed += closed.count(True)
        return Done(result={"closed": n_closed, "broken": apart.n_broken})

    async def _long_solved(self, after: int) -> list[int]:
        before = self._ports.clock.now() - self._ports.tickets.close_after
        query = (
            select(tickets.c.number)
            .where(
                tickets.c.state == TicketState.SOLVED.value,
                tickets.c.resolved_at <= before,
                tickets.c.number > after,
            )
            .order_by(tickets.c.number)
            .limit(_BATCH)
        )
        async with self._database.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def _close(self, number: int) -> bool:
        async with self._database.write(self._ports.publisher) as transaction:
            unit = await self._unit_of(transaction, number)
            if unit is None or unit.ticket is None:
                return False
            if unit.ticket.number != number:
                older, _ = await fetch_ticket(transaction.connection, number)
                if older is None:
                    return False
                unit.turn_to(older)
            state = decide_state(unit.ticket.stands, Happened.EXPIRED)
            if state is None:
                return False  # reopened meanwhile
            unit.change_ticket(state=state.value)
            unit.notify_inbox("ticket_closed", {"reason": "solved_for_long"})
            await unit.flush()
            return True

    async def _unit_of(self, transaction: Transaction, number: int) -> ConversationUnit | None:
        ticket, _ = await fetch_ticket(transaction.connection, number)
        if ticket is None:
            return None
        now = self._ports.clock.now()
        return await load_unit(transaction, ticket.conversation_id, now=now)
