"""Use cases of the dispatcher: claim the oldest unanswered message, store the brain's answer.

A claim is a lease on the database's clock, with a fencing token and the conversation's epoch. A
result is stored only while its claim still holds and the bot still owns the conversation; anything
later is dropped. Replies, dialogue events, language, handoff, ticket and notice are one
transaction.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, text, update

from handoff.access import access_conversation_by_turn
from handoff.conversation import BotReply, Refusal, decide
from handoff.episodes import follow_language, hand_off, note_contact
from handoff.ids import new_id
from handoff.model import (
    Author,
    Choice,
    Claim,
    Completed,
    Contact,
    Dropped,
    EventView,
    JsonObject,
    Reply,
    TurnLanguage,
    TurnResult,
)
from handoff.ports import Ports
from handoff.store.engine import Database
from handoff.store.records import event_of, select_events
from handoff.store.tables import conversations, events
from handoff.store.unit import ConversationUnit
from handoff.ticket import REOPEN
from handoff.transcript import clean_name, clean_text, is_email
from handoff.visitors import set_language_choice

# The brain's cost grows with the dialogue; older events no longer change its decisions.
DIALOGUE_EVENTS = 60


class Turns:
    """Turns of the bot; at most one claim per conversation is good at a time."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def waiting(self, *, limit: int = 100) -> list[str]:
        """Gives conversations in which the bot owes an answer and nobody works on it."""
        async with self._database.read() as connection:
            now = await self._ports.shared_now(connection)
            query = (
                select(conversations.c.id)
                # Literal, word for word the condition of the partial index.
                .where(text("owner = 'bot' AND pending_seq > answered_seq"))
                .where(unleased(now))
                .order_by(conversations.c.updated_at)
                .limit(limit)
            )
            return list((await connection.execute(query)).scalars())

    async def claim(self, conversation_id: str, *, lease_s: float) -> Claim | None:
        """Takes the oldest unanswered visitor message for `lease_s` seconds.

        Gives None if the bot owes nothing, does not own the conversation, or another claim holds.

        Raises:
            ConversationNotFound: Unknown id.
        """
        now = self._ports.clock.now()
        async with self._database.write() as transaction:
            unit = await access_conversation_by_turn(transaction, conversation_id, now=now)
            record = unit.record
            if not record.bot_pending:
                return None
            # Read behind the lock: waiting for it must not make the lease shorter.
            shared_now = await self._ports.shared_now(transaction.connection)
            if record.lease_until is not None and record.lease_until > shared_now:
                return None
            message = await _oldest_unanswered(unit)
            if message is None:
                unit.change(answered_seq=record.pending_seq)
                await unit.flush()
                return None
            unit.change(
                lease_token=new_id(),
                lease_until=shared_now + timedelta(seconds=lease_s),
                turn_attempts=record.turn_attempts + 1,
            )
            await unit.flush()
            return _claim_of(unit, message)

    async def renew(self, claim: Claim, *, lease_s: float) -> bool:
        """Prolongs a claim's lease; False if the claim no longer holds."""
        async with self._database.write() as transaction:
            now = await self._ports.shared_now(transaction.connection)
            changed = await transaction.connection.execute(
                update(conversations)
                .where(
                    conversations.c.id == claim.conversation_id,
                    conversations.c.lease_token == claim.token,
                    conversations.c.epoch == claim.epoch,
                )
                .values(lease_until=now + timedelta(seconds=lease_s))
            )
            return changed.rowcount == 1

    async def release(self, claim: Claim) -> None:
        """Gives a claim up without an answer; the message waits for the next claim."""
        async with self._database.write(self._ports.publisher) as transaction:
            changed = await transaction.connection.execute(
                update(conversations)
                .where(
                    conversations.c.id == claim.conversation_id,
                    conversations.c.lease_token == claim.token,
                )
                .values(lease_token=None, lease_until=None)
            )
            if changed.rowcount == 1:
                transaction.publish(f"turn:{claim.conversation_id}")

    async def complete(self, claim: Claim, result: TurnResult) -> Completed | Dropped:
        """Stores a turn's outcome, all of it or nothing.

        A result without any reply and without a handoff is a failure of the bot: it becomes a
        handoff `bot_unavailable`, because silence would swallow the visitor's message.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            unit = await access_conversation_by_turn(transaction, claim.conversation_id, now=now)
            late = _why_late(unit, claim)
            if late is not None:
                return Dropped(reason=late)
            await _store_evidence(unit, claim, result)
            _store_dialogue(unit, claim, result)
            await _store_facts(unit, self._ports, result)
            follow_language(unit, self._ports)
            n_replies = _append_replies(unit, claim, result)
            reason = result.handoff or (None if n_replies else "bot_unavailable")
            if reason is not None:
                evidence: JsonObject = {"decision": result.decision, **_trace_of(claim)}
                await hand_off(unit, self._ports, reason=reason[:40], evidence=evidence)
            return await self._finish(unit, handed_off=reason is not None)

    async def fail(self, claim: Claim, *, reason: str = "bot_unavailable") -> Completed | Dropped:
        """Hands over to people because the bot could not answer."""
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            unit = await access_conversation_by_turn(transaction, claim.conversation_id, now=now)
            late = _why_late(unit, claim)
            if late is not None:
                return Dropped(reason=late)
            failure: JsonObject = {"attempts": unit.record.turn_attempts}
            evidence: JsonObject = {"failure": failure, **_trace_of(claim)}
            await hand_off(unit, self._ports, reason=reason[:40], evidence=evidence)
            return await self._finish(unit, handed_off=True)

    async def _finish(self, unit: ConversationUnit, *, handed_off: bool) -> Completed:
        await unit.flush()
        more = unit.record.bot_pending
        if more:
            unit.publish(f"turn:{unit.record.id}")
        return Completed(
            events=unit.new_events,
            ticket=unit.ticket_view() if handed_off else None,
            more_waiting=more,
        )


def unleased(now: datetime) -> ColumnElement[bool]:
    """The condition that nobody works on a conversation; `now` is the shared time."""
    return or_(conversations.c.lease_until.is_(None), conversations.c.lease_until <= now)


async def _oldest_unanswered(unit: ConversationUnit) -> EventView | None:
    query = (
        select_events(unit.record.id)
        .where(
            events.c.seq > unit.record.answered_seq,
            events.c.seq <= unit.record.pending_seq,
            events.c.author == Author.VISITOR.value,
            events.c.kind == "message",
        )
        .limit(1)
    )
    row = (await unit.connection.execute(query)).first()
    return event_of(row, internal=True) if row else None


def _claim_of(unit: ConversationUnit, message: EventView) -> Claim:
    record = unit.record
    if record.lease_token is None or record.lease_until is None:
        raise LookupError("the conversation is not leased")
    return Claim(
        conversation_id=record.id,
        visitor_id=record.visitor_id,
        token=record.lease_token,
        turn_id=record.lease_token,
        epoch=record.epoch,
        episode=record.episode,
        attempt=record.turn_attempts,
        lease_until=record.lease_until,
        message=message,
        message_id=f"{record.id}-{message.seq}",
        choice=_choice_of(message),
        more_waiting=record.pending_seq > message.seq,
        dialogue_events=tuple(record.dialogue_events),
        language=record.language,
        language_state=record.language_state,
        language_choice=record.language_choice,
        locale=record.locale,
        page_url=record.page_url,
        channel=record.channel,
        contact=record.contact,
        ticket=unit.ticket.ref if unit.ticket else None,
    )


def _choice_of(message: EventView) -> Choice | None:
    choice = message.payload.get("choice")
    # A button of the desk that came too late is to the bot what its words say.
    if not isinstance(choice, dict) or choice["kind"] == REOPEN:
        return None
    return Choice(kind=str(choice["kind"]), value=str(choice["value"]))


def _why_late(unit: ConversationUnit, claim: Claim) -> str | None:
    decided = decide(unit.record.state, BotReply(epoch=claim.epoch))
    if isinstance(decided, Refusal):
        return decided.code.value
    return None if unit.record.lease_token == claim.token else "lease_lost"


async def _store_evidence(unit: ConversationUnit, claim: Claim, result: TurnResult) -> None:
    language = _tag(result.language.message)
    await unit.connection.execute(
        update(events)
        .where(events.c.conversation_id == unit.record.id, events.c.seq == claim.message.seq)
        .values(
            language=language,
            internal={
                "decision": result.decision,
                "language": _language_json(result.language),
                "model": result.model,
                "timing_ms": result.timing_ms,
                "turn_id": claim.turn_id,
                "attempt": claim.attempt,
                **_trace_of(claim),
            },
        )
    )


def _store_dialogue(unit: ConversationUnit, claim: Claim, result: TurnResult) -> None:
    kept = [*unit.record.dialogue_events, *result.dialogue_events][-DIALOGUE_EVENTS:]
    state = result.language.state
    unit.change(
        dialogue_events=kept,
        language=_tag(result.language.conversation) or unit.record.language,
        language_state=unit.record.language_state if state is None else state,
        answered_seq=claim.message.seq,
        lease_token=None,
        lease_until=None,
        turn_attempts=0,
    )


async def _store_facts(unit: ConversationUnit, ports: Ports, result: TurnResult) -> None:
    if result.contact is not None:
        email = result.contact.email
        name = clean_name(result.contact.name or "") or None
        usable = Contact(name=name, email=email if email and is_email(email) else None)
        await note_contact(unit, usable, source="assistant")
    choice = _tag(result.language_choice)
    if choice is not None:
        set_language_choice(unit, ports, choice, author=Author.SYSTEM)


def _append_replies(unit: ConversationUnit, claim: Claim, result: TurnResult) -> int:
    replies = [reply for reply in result.replies if clean_text(reply.text).strip()]
    for position, reply in enumerate(replies):
        unit.append(
            "message",
            Author.BOT,
            clean_text(reply.text).strip(),
            # One answer per visitor message, whatever happens: the table refuses a second one.
            client_id=f"turn-{claim.message.seq}-{position}",
            language=_tag(reply.language) or unit.record.language,
            payload=_reply_payload(reply, claim),
            internal={
                "turn_id": claim.turn_id,
                "outcome": result.decision.get("outcome"),
                "confidence": result.decision.get("confidence"),
                **_trace_of(claim),
            },
        )
    return len(replies)


def _reply_payload(reply: Reply, claim: Claim) -> JsonObject:
    return {
        "reply_kind": reply.kind,
        "sources": list(reply.sources),
        "buttons": list(reply.buttons),
        "feedback": reply.feedback,
        "in_reply_to": claim.message.seq,
    }


def _language_json(language: TurnLanguage) -> JsonObject:
    return {
        "message": language.message,
        "confidence": language.confidence,
        "conversation": language.conversation,
        "unsupported": language.unsupported,
    }


def _trace_of(claim: Claim) -> JsonObject:
    """What ties an event to the request that caused it."""
    return {"correlation_id": claim.correlation_id} if claim.correlation_id else {}


def _tag(language: str | None) -> str | None:
    return language[:35] if language else None
