"""Use cases of a visitor: open a session, write, read, choose a language, leave a contact.

A message is durable when `accept_message` returns. The same client_id stores one message, however
often and however concurrently it is sent.
"""

from __future__ import annotations

import functools
import re
import zoneinfo

from sqlalchemy import insert, select, update

from handoff.access import access_conversation_by_visitor, access_conversation_for_reading
from handoff.conversation import Owner, Refusal, Revive, VisitorMessage, decide
from handoff.episodes import add_to_ticket, follow_language, note_contact
from handoff.errors import (
    ClientIdInvalid,
    ClientIdReused,
    ContactInvalid,
    ConversationNotFound,
    InvalidTransition,
    LanguageInvalid,
)
from handoff.ids import new_id
from handoff.model import (
    Accepted,
    Author,
    Choice,
    Contact,
    ConversationView,
    EventPage,
    EventView,
    JsonObject,
)
from handoff.ports import Ports
from handoff.store.engine import Database, Transaction
from handoff.store.records import conversation_view, events_of, select_events
from handoff.store.tables import conversations, events, visitors
from handoff.store.unit import ConversationUnit
from handoff.tickets.reopening import reopen_by_visitor, says_unsolved
from handoff.transcript import check_message, clean_name, clean_text, is_email

CLIENT_ID_CHARS = 100
PAGE_URL_CHARS = 2000
_CHOICE_KIND_CHARS = 30
_CHOICE_VALUE_CHARS = 500
_PRINTABLE = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


class Visitors:
    """What a visitor can do, each in one transaction."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def open_session(
        self,
        *,
        visitor_id: str | None,
        conversation_id: str | None,
        locale: str | None,
        page_url: str | None,
        time_zone: str | None = None,
        channel: str = "web",
    ) -> ConversationView:
        """Resumes a visitor's conversation, or starts a new one.

        A known visitor without a usable conversation gets a new conversation under the same id;
        an unknown pair gets both new. Never gives another visitor's conversation.
        """
        now = self._ports.clock.now()
        locale = _usable_locale(locale)
        page_url = _usable_url(page_url)
        time_zone = _usable_zone(time_zone)
        async with self._database.write(self._ports.publisher) as transaction:
            if visitor_id is not None and conversation_id is not None:
                try:
                    unit = await access_conversation_by_visitor(
                        transaction, conversation_id, visitor_id=visitor_id, now=now
                    )
                except ConversationNotFound:
                    pass
                else:
                    record = unit.record
                    if (locale, page_url, time_zone) != (
                        record.locale,
                        record.page_url,
                        record.time_zone,
                    ):
                        unit.change(
                            locale=locale or record.locale,
                            page_url=page_url or record.page_url,
                            time_zone=time_zone or record.time_zone,
                        )
                    await unit.flush()
                    return unit.conversation_view()
            visitor = await self._ensure_visitor(transaction, visitor_id, locale)
            return await self._start(
                transaction,
                visitor,
                locale=locale,
                page_url=page_url,
                time_zone=time_zone,
                channel=channel,
            )

    async def get(self, conversation_id: str, *, visitor_id: str | None) -> ConversationView:
        """Gives a conversation; `visitor_id` None is for callers that are authorised already.

        Raises:
            ConversationNotFound: Unknown, or another visitor's.
        """
        async with self._database.read() as connection:
            record, ticket = await access_conversation_for_reading(
                connection, conversation_id, visitor_id=visitor_id
            )
        return conversation_view(record, ticket)

    async def accept_message(
        self,
        conversation_id: str,
        *,
        visitor_id: str,
        client_id: str,
        text: str,
        choice: Choice | None = None,
        correlation_id: str | None = None,
    ) -> Accepted:
        """Stores a visitor's message and says where it went; durable on return.

        `correlation_id` names the request; agents and logs see it, the visitor does not.

        With the bot it waits for a turn; with queue or agent it joins the ticket; a resolved
        conversation goes back to the bot with a new episode, unless the visitor presses "not
        solved" in time: that reopens the ticket.

        Raises:
            MessageEmpty, MessageTooLong, ClientIdInvalid: Nothing usable was sent.
            ClientIdReused: The id belongs to a message with another text or choice.
            ConversationNotFound: Unknown, or another visitor's.
        """
        client_id = check_client_id(client_id)
        text = check_message(text)
        payload: JsonObject = {}
        if choice is not None:
            payload["choice"] = _clean_choice(choice).as_json()
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            unit = await access_conversation_by_visitor(
                transaction, conversation_id, visitor_id=visitor_id, now=now
            )
            stored = await unit.event_by_client_id(Author.VISITOR, client_id)
            if stored is not None:
                if (stored.text, stored.payload) != (text, payload):
                    raise ClientIdReused(client_id)
                return Accepted(event=stored, duplicate=True, conversation=unit.conversation_view())
            event = await self._store_message(
                unit, client_id, text, payload, correlation_id=correlation_id
            )
            await unit.flush()
            return Accepted(event=event, duplicate=False, conversation=unit.conversation_view())

    async def events_after(
        self,
        conversation_id: str,
        *,
        visitor_id: str | None = None,
        after: int,
        limit: int = 200,
        internal: bool = False,
    ) -> list[EventView]:
        """Gives the events with seq > `after`, oldest first; see `page_after`."""
        page = await self.page_after(
            conversation_id, visitor_id=visitor_id, after=after, limit=limit, internal=internal
        )
        return list(page.events)

    async def page_after(
        self,
        conversation_id: str,
        *,
        visitor_id: str | None = None,
        after: int,
        limit: int = 200,
        internal: bool = False,
    ) -> EventPage:
        """Gives up to `limit` events with seq > `after`, and the cursor to go on from.

        Args:
            conversation_id: The conversation.
            visitor_id: Whose it must be; None for callers that are authorised already.
            after: The last seq the caller has; 0 for everything.
            limit: At most this many log entries are looked at.
            internal: Also agents-only events and evidence; for agents.

        Raises:
            ConversationNotFound: Unknown, or another visitor's.
        """
        after = max(0, min(after, 2**31 - 1))
        async with self._database.read() as connection:
            owner_id = select(conversations.c.visitor_id).where(
                conversations.c.id == conversation_id
            )
            owner = (await connection.execute(owner_id)).scalar_one_or_none()
            if owner is None or visitor_id not in (None, owner):
                raise ConversationNotFound(conversation_id)
            query = select_events(conversation_id).where(events.c.seq > after).limit(limit + 1)
            rows = (await connection.execute(query)).all()
        views = events_of(rows[:limit], internal=internal)
        return EventPage(
            events=tuple(view for view in views if internal or not view.agents_only),
            cursor=views[-1].seq if views else after,
            more=len(rows) > limit,
        )

    async def choose_language(
        self, conversation_id: str, *, visitor_id: str, language: str | None
    ) -> ConversationView:
        """Fixes the conversation's language, or with None lets it follow the messages again.

        Raises:
            LanguageInvalid: Not a language tag.
            ConversationNotFound: Unknown, or another visitor's.
        """
        if language is not None and not is_language_tag(language):
            raise LanguageInvalid(language)
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            unit = await access_conversation_by_visitor(
                transaction, conversation_id, visitor_id=visitor_id, now=now
            )
            set_language_choice(unit, self._ports, language, author=Author.VISITOR)
            await unit.flush()
            return unit.conversation_view()

    async def leave_contact(
        self, conversation_id: str, *, visitor_id: str, name: str | None, email: str | None
    ) -> ConversationView:
        """Keeps a name and an e-mail on the conversation and its open ticket.

        Raises:
            ContactInvalid: The e-mail is not an address, or both fields are empty.
            ConversationNotFound: Unknown, or another visitor's.
        """
        contact = check_contact(name=name, email=email)
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            unit = await access_conversation_by_visitor(
                transaction, conversation_id, visitor_id=visitor_id, now=now
            )
            before = unit.record.contact
            await note_contact(unit, contact, source="form")
            ticket = unit.episode_ticket
            if ticket is not None and ticket.is_active and unit.record.contact != before:
                unit.notify_inbox("contact")
            await unit.flush()
            return unit.conversation_view()

    async def _store_message(
        self,
        unit: ConversationUnit,
        client_id: str,
        text: str,
        payload: JsonObject,
        *,
        correlation_id: str | None,
    ) -> EventView:
        reopens = says_unsolved(unit, self._ports, payload)
        state = decide(unit.record.state, Revive() if reopens else VisitorMessage())
        if isinstance(state, Refusal):
            raise InvalidTransition(act="visitor_message", state=unit.record.owner)
        returned = state.episode != unit.record.episode
        unit.move_to(state)
        if returned:
            # A new matter: the bot starts its dialogue afresh, what it knows of the person stays.
            unit.change(episode_seq=unit.record.last_seq + 1, dialogue_events=[])
            # From here on the solved ticket cannot be reopened; consoles should know.
            unit.notify_inbox("visitor_returned")
        if reopens:
            reopen_by_visitor(unit)
        event = unit.append(
            "message",
            Author.VISITOR,
            text,
            client_id=client_id,
            payload=payload,
            internal={"correlation_id": correlation_id} if correlation_id else None,
        )
        if state.owner is Owner.BOT:
            unit.change(pending_seq=event.seq)
            unit.publish(f"turn:{unit.record.id}")
        else:
            await add_to_ticket(unit, self._ports, event)
        return event

    async def _ensure_visitor(
        self, transaction: Transaction, visitor_id: str | None, locale: str | None
    ) -> str:
        now = self._ports.clock.now()
        if visitor_id is not None:
            seen = await transaction.connection.execute(
                update(visitors).where(visitors.c.id == visitor_id).values(last_seen_at=now)
            )
            if seen.rowcount == 1:
                return visitor_id
        visitor_id = new_id()
        await transaction.connection.execute(
            insert(visitors).values(id=visitor_id, locale=locale, created_at=now, last_seen_at=now)
        )
        return visitor_id

    async def _start(
        self,
        transaction: Transaction,
        visitor_id: str,
        *,
        locale: str | None,
        page_url: str | None,
        time_zone: str | None,
        channel: str,
    ) -> ConversationView:
        now = self._ports.clock.now()
        conversation_id = new_id()
        await transaction.connection.execute(
            insert(conversations).values(
                id=conversation_id,
                visitor_id=visitor_id,
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
                contact_asked=False,
                locale=locale,
                page_url=page_url,
                time_zone=time_zone,
                channel=clean_name(channel, limit=30) or "web",
                created_at=now,
                updated_at=now,
            )
        )
        record, _ = await access_conversation_for_reading(
            transaction.connection, conversation_id, visitor_id=visitor_id
        )
        return conversation_view(record, None)


def set_language_choice(
    unit: ConversationUnit, ports: Ports, language: str | None, *, author: Author
) -> None:
    """Sets the chosen language with an event that every window of the visitor follows."""
    if language == unit.record.language_choice:
        return
    unit.change(language_choice=language, language=language or unit.record.language)
    unit.append("language", author, "", language=language, payload={"language": language})
    follow_language(unit, ports)


def check_client_id(client_id: str) -> str:
    """Gives the id if it is 1 to 100 printable ASCII characters; raises ClientIdInvalid."""
    if len(client_id) > CLIENT_ID_CHARS or not _PRINTABLE.fullmatch(client_id):
        raise ClientIdInvalid()
    return client_id


def is_language_tag(text: str) -> bool:
    """Tells whether a text has the form of a language tag such as `pt-BR`."""
    return _LANGUAGE_TAG.fullmatch(text) is not None


def check_contact(*, name: str | None, email: str | None) -> Contact:
    """Gives clean contact details; raises ContactInvalid naming the field."""
    clean_email = clean_text(email or "").strip()
    if clean_email and not is_email(clean_email):
        raise ContactInvalid("email")
    contact = Contact(name=clean_name(name or "") or None, email=clean_email or None)
    if contact == Contact():
        raise ContactInvalid("email")
    return contact


def _clean_choice(choice: Choice) -> Choice:
    return Choice(
        kind=clean_name(choice.kind, limit=_CHOICE_KIND_CHARS),
        value=clean_name(choice.value, limit=_CHOICE_VALUE_CHARS),
    )


def _usable_locale(locale: str | None) -> str | None:
    return locale if locale is not None and _LANGUAGE_TAG.fullmatch(locale) else None


def _usable_zone(name: str | None) -> str | None:
    """Gives the name back if it is a zone: it comes from a stranger's browser."""
    return name if name is not None and name in _zones() else None


@functools.cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _usable_url(url: str | None) -> str | None:
    if url is None or not url.startswith(("http://", "https://")):
        return None
    return clean_name(url, limit=PAGE_URL_CHARS) or None
