"""Use cases of messages that people answer: their language is read after they were stored.

A visitor's message to the bot gets its language with the bot's turn. While a person has the
conversation there is no turn; the message is stored at once and its language noted later.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update

from handoff.access import access_conversation_by_turn
from handoff.conversation import Owner
from handoff.episodes import follow_language, reassess_ticket
from handoff.model import Author, JsonObject, TurnLanguage
from handoff.ports import Ports
from handoff.store.engine import Database
from handoff.store.records import event_of, select_events
from handoff.store.tables import conversations, events

_PEOPLE = (Owner.QUEUE.value, Owner.AGENT.value)
_TAG_CHARS = 35


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadLanguage:
    """A visitor's message whose language nobody has read yet, and what is known of its author."""

    conversation_id: str
    seq: int
    text: str
    language: str | None
    language_state: JsonObject | None
    language_choice: str | None
    locale: str | None


class MessageLanguages:
    """Which messages still lack a language, and where it is noted."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def unread(self, conversation_id: str, *, after: int = 0) -> UnreadLanguage | None:
        """Gives the oldest message after `after` whose language is not read; None if there is none.

        Only typed messages of the present episode count, and only while a person has the
        conversation. Those that the bot could not take are among them.
        """
        async with self._database.read() as connection:
            columns = (
                conversations.c.episode_seq,
                conversations.c.language,
                conversations.c.language_state,
                conversations.c.language_choice,
                conversations.c.locale,
            )
            found = await connection.execute(
                select(*columns).where(
                    conversations.c.id == conversation_id, conversations.c.owner.in_(_PEOPLE)
                )
            )
            known = found.first()
            if known is None:
                return None
            rows = await connection.execute(
                select_events(conversation_id).where(
                    events.c.seq > max(after, known.episode_seq - 1),
                    events.c.author == Author.VISITOR.value,
                    events.c.kind == "message",
                )
            )
            messages = [event_of(row, internal=True) for row in rows]
        for message in messages:
            if "language" not in (message.internal or {}) and "choice" not in message.payload:
                return UnreadLanguage(
                    conversation_id=conversation_id,
                    seq=message.seq,
                    text=message.text,
                    language=known.language,
                    language_state=known.language_state,
                    language_choice=known.language_choice,
                    locale=known.locale,
                )
        return None

    async def note(self, conversation_id: str, seq: int, language: TurnLanguage) -> bool:
        """Stores what was read of a message, and the conversation's language with it.

        Gives False, and stores nothing, if the conversation is no longer with a person: the bot's
        own turns then say in which language it goes on.

        Raises:
            ConversationNotFound: Unknown id.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            unit = await access_conversation_by_turn(transaction, conversation_id, now=now)
            if unit.record.owner not in _PEOPLE:
                return False
            place = (events.c.conversation_id == conversation_id, events.c.seq == seq)
            kept = await unit.connection.execute(select(events.c.internal).where(*place))
            internal: JsonObject = dict(kept.scalar_one_or_none() or {})
            internal["language"] = {
                "message": language.message,
                "confidence": language.confidence,
                "conversation": language.conversation,
                "unsupported": language.unsupported,
                "signals": list(language.signals),
            }
            tag = language.message[:_TAG_CHARS] if language.message else None
            await unit.connection.execute(
                update(events).where(*place).values(language=tag, internal=internal)
            )
            unit.change(
                language=language.conversation or unit.record.language,
                language_state=language.state or unit.record.language_state,
            )
            follow_language(unit, self._ports)
            await reassess_ticket(unit, self._ports)
            await unit.flush()
            return True
