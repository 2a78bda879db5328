"""Use cases of an agent beyond the conversation: what a ticket is and where it stands.

A change of several fields is one transaction: all of it or nothing. Whoever states the version she
has read is refused if somebody was quicker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from handoff.access import TicketAccess, access_ticket_by_agent
from handoff.audit import write_audit
from handoff.conversation import Dismiss, Owner, Refusal, Revive, decide
from handoff.desk import reopen_for, solve
from handoff.errors import FieldInvalid, InvalidTransition
from handoff.model import Author, JsonObject, TicketAct, iso
from handoff.ports import Ports
from handoff.store.engine import Database, Transaction
from handoff.store.unit import ConversationUnit
from handoff.ticket import ACTIVE_STATES, Happened, TicketState, decide_state, stored_state
from handoff.tickets.labels import check_tag, judge_by_hand, set_tags_by_hand
from handoff.tickets.timers import set_hold_timer
from handoff.transcript import SUBJECT_CHARS, clean_name
from handoff.versions import Versions, check_version
from handoff.visitors import is_language_tag

REASON_CHARS: Final = 300
MAX_TAGS: Final = 30


class Keep(Enum):
    """Stands for what a change leaves as it is; None takes a value away."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChange:
    """What an agent changes; what is KEEP stays.

    Attributes:
        state: pending, on_hold, open, solved or spam.
        reason: Why it is on hold; needed for that.
        until: When a held ticket is opened again by itself; None for never.
        tags: All tags that it has afterwards.
        custom_fields: Fields of one's own, by slug; null takes a value away.
    """

    state: TicketState | Keep = KEEP
    reason: str | None = None
    until: datetime | None = None
    type: str | Keep | None = KEEP
    category: str | Keep | None = KEEP
    subject: str | Keep = KEEP
    language: str | Keep = KEEP
    tags: Sequence[str] | Keep = KEEP
    custom_fields: JsonObject | Keep = KEEP


class TicketDesk:
    """What agents change of a ticket, each change in one transaction."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def change(
        self, number: str, agent_id: str, change: TicketChange, *, expected: Versions = None
    ) -> TicketAct:
        """Changes a ticket; nothing is written if it is so already.

        Args:
            number: The ticket.
            agent_id: Who does it; any agent may, whoever has the ticket.
            change: What is to be.
            expected: Versions that the caller has read; None to change whatever is there.

        Raises:
            TicketNotFound, UserNotFound, RoleNotAllowed: Number and user.
            VersionConflict: It is of another version by now.
            FieldInvalid: A value is not usable.
            InvalidTransition, NotAssignee, AlreadyTaken: The state does not allow it.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            access = await access_ticket_by_agent(
                transaction, number, agent_id=agent_id, act="change a ticket", now=now
            )
            check_version(access.ticket.version, expected)
            unit = access.unit
            if not access.is_newest:
                unit.turn_to(access.ticket)
            before = unit.ticket
            await self._describe(access, change)
            if change.state is not KEEP:
                await self._move(transaction, access, change)
            if unit.ticket == before:
                return TicketAct(ticket=unit.ticket_view(), event=None, duplicate=True)
            events = unit.new_events
            if not events:
                unit.notify_inbox("ticket_changed", {"agent_id": agent_id})
            await unit.flush()
            return TicketAct(ticket=unit.ticket_view(), event=events[-1] if events else None)

    async def _describe(self, access: TicketAccess, change: TicketChange) -> None:
        """Changes what the ticket is."""
        unit, ticket, ports = access.unit, access.ticket, self._ports
        if not isinstance(change.subject, Keep):
            subject = clean_name(change.subject, limit=SUBJECT_CHARS)
            if not subject:
                raise FieldInvalid("subject", "must not be empty")
            _change_if_new(unit, subject=subject)
        if not isinstance(change.language, Keep):
            if not is_language_tag(change.language):
                raise FieldInvalid("language", "must be a language tag")
            if access.is_newest and change.language != ticket.language:
                # The agent knows better than the machine: it answers in this language as well.
                unit.change(language_choice=change.language)
            judge_by_hand(unit, "language", change.language)
        if not isinstance(change.type, Keep):
            judge_by_hand(unit, "type", ports.classifier.check_type(change.type))
        if not isinstance(change.category, Keep):
            judge_by_hand(unit, "category", ports.classifier.check_category(change.category))
        if not isinstance(change.custom_fields, Keep):
            own = ports.tickets.change_fields(ticket.custom_fields or {}, change.custom_fields)
            if own != (ticket.custom_fields or {}):
                _change_if_new(unit, custom_fields=own)
        if not isinstance(change.tags, Keep):
            wanted = tuple(sorted({check_tag(tag) for tag in change.tags}))
            if len(wanted) > MAX_TAGS:
                raise FieldInvalid("tags", f"are more than {MAX_TAGS}")
            await set_tags_by_hand(unit, wanted, actor_id=access.agent.id)

    async def _move(
        self, transaction: Transaction, access: TicketAccess, change: TicketChange
    ) -> None:
        """Changes where the ticket stands."""
        state = change.state
        if state is TicketState.ON_HOLD:
            await self._hold(transaction, access, change)
            return
        if state is access.ticket.stands:
            return
        match state:
            case TicketState.PENDING:
                _set_state(access, Happened.ASKED_CUSTOMER, "ticket_pending", waiting_since=None)
            case TicketState.OPEN if access.ticket.stands in ACTIVE_STATES:
                _set_state(access, Happened.RESUMED, "ticket_resumed")
            case TicketState.OPEN if access.ticket.stands is TicketState.SPAM:
                _take_back_spam(access)
            case TicketState.OPEN:
                reopen_for(access, self._ports)
            case TicketState.SOLVED:
                solve(access, self._ports)
            case TicketState.SPAM:
                _mark_spam(access)
            case _:
                raise InvalidTransition(act=f"set {state}", state=access.ticket.stands.value)
        await write_audit(
            transaction, access.unit.now, access.agent.id, f"ticket_set_{state}", access
        )

    async def _hold(
        self, transaction: Transaction, access: TicketAccess, change: TicketChange
    ) -> None:
        reason = clean_name(change.reason or "", limit=REASON_CHARS)
        if not reason:
            raise FieldInvalid("reason", "must say why the ticket is on hold")
        now, until = access.unit.now, change.until
        if until is not None and until <= now:
            raise FieldInvalid("until", "must be a moment to come")
        hold: JsonObject = {
            "reason": reason,
            "until": iso(until),
            "by": access.agent.name,
            "since": iso(now),
        }
        _set_state(access, Happened.HELD, "ticket_held", hold=hold)
        if until is not None:
            await set_hold_timer(transaction, access.ticket, until=until)


def _change_if_new(unit: ConversationUnit, **values: object) -> None:
    if any(getattr(unit.ticket, name) != value for name, value in values.items()):
        unit.change_ticket(**values)


def _set_state(access: TicketAccess, happened: Happened, kind: str, **values: object) -> None:
    """Moves a ticket whose conversation stays where it is, with a line that only agents see."""
    unit, ticket = access.unit, access.ticket
    after = decide_state(ticket.stands, happened)
    if after is None or not access.is_newest:
        raise InvalidTransition(act=happened.value, state=ticket.stands.value)
    state, closed_as = stored_state(after)
    unit.change_ticket(state=state, closed_as=closed_as, **values)
    hold = values.get("hold")
    payload: JsonObject = {"from": ticket.stands.value, "to": after.value}
    if isinstance(hold, dict):
        payload |= {"reason": hold["reason"], "until": hold["until"]}
    unit.append(
        "state",
        Author.AGENT,
        "",
        author_id=access.agent.id,
        author_name=access.agent.name,
        payload=payload,
        agents_only=True,
    )
    unit.notify_inbox(kind, {"agent_id": access.agent.id})


def _mark_spam(access: TicketAccess) -> None:
    """Takes a ticket out of everybody's way; its author is told nothing."""
    unit = access.unit
    if access.is_going_on:
        state = decide(unit.record.state, Dismiss())
        if isinstance(state, Refusal):
            raise InvalidTransition(act="mark_spam", state=unit.record.owner)
        unit.change(answered_seq=unit.record.last_seq)
        unit.move_to(state)
    _end(access, Happened.MARKED_SPAM, "ticket_spam", resolved_at=unit.now, waiting_since=None)


def _take_back_spam(access: TicketAccess) -> None:
    """Puts a ticket back into the queue; closed if its author has begun another matter since."""
    unit = access.unit
    if access.is_newest and unit.record.owner == Owner.CLOSED:
        state = decide(unit.record.state, Revive())
        if isinstance(state, Refusal):
            raise InvalidTransition(act="not_spam", state=unit.record.owner)
        unit.move_to(state)
        _end(
            access,
            Happened.NOT_SPAM,
            "ticket_not_spam",
            resolved_at=None,
            waiting_since=unit.now,
            assignee_id=None,
            assignee_name=None,
        )
    else:
        _end(access, Happened.CLEARED, "ticket_not_spam")


def _end(access: TicketAccess, happened: Happened, kind: str, **values: object) -> None:
    after = decide_state(access.ticket.stands, happened)
    if after is None:
        raise InvalidTransition(act=happened.value, state=access.ticket.stands.value)
    state, closed_as = stored_state(after)
    access.unit.change_ticket(state=state, closed_as=closed_as, **values)
    access.unit.notify_inbox(kind, {"agent_id": access.agent.id})
