"""From the core's values to the JSON of the API, and the sources that streams read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.api.bodies import SessionView
from bot.api.tokens import TokenSigner, VisitorToken
from bot.realtime.conversation_stream import Page
from bot.realtime.desk_stream import InboxEntry
from bot.texts import Catalogue, TextMissing
from handoff.inbox import Inbox
from handoff.model import ConversationView, EventView, TicketReason, TicketView
from handoff.visitors import Visitors


def session_view(conversation: ConversationView, signer: TokenSigner) -> SessionView:
    """An open session with a fresh token."""
    token = signer.sign(
        VisitorToken(visitor_id=conversation.visitor_id, conversation_id=conversation.id)
    )
    return SessionView(
        token=token,
        conversation_id=conversation.id,
        visitor_id=conversation.visitor_id,
        language=conversation.language,
        language_choice=conversation.language_choice,
        owner=conversation.owner.value,
        cursor=conversation.cursor,
        ticket_number=conversation.ticket_number,
    )


def state_view(conversation: ConversationView) -> dict[str, Any]:
    """Who speaks, in which language, up to where."""
    return {
        "owner": conversation.owner.value,
        "language": conversation.language_choice or conversation.language,
        "cursor": conversation.cursor,
        "ticket_number": conversation.ticket_number,
        "agent_name": conversation.agent_name,
    }


def correlation_of_handoff(events: Sequence[EventView]) -> str | None:
    """The request behind the newest handoff of a ticket's conversation."""
    for event in reversed(events):
        if event.kind == "handoff":
            found = (event.internal or {}).get("correlation_id")
            return found if isinstance(found, str) else None
    return None


def ticket_json(ticket: TicketView, texts: Catalogue, language: str) -> dict[str, Any]:
    """A ticket with its reasons in the agent's language."""
    shape: dict[str, Any] = dict(ticket.as_json())
    shape["reasons"] = [_reason_json(reason, texts, language) for reason in ticket.reasons]
    shape["reason_text"] = _text(texts, f"reason-{ticket.reason}", language, {}, ticket.reason)
    return shape


class VisitorSource:
    """Reads conversations for their visitors."""

    def __init__(self, visitors: Visitors) -> None:
        self._visitors = visitors

    def of(self, visitor: VisitorToken) -> BoundSource:
        """The source of one visitor's stream."""
        return BoundSource(self._visitors, visitor)


class BoundSource:
    """One visitor's view; the port of `bot.realtime.conversation_stream`."""

    def __init__(self, visitors: Visitors, visitor: VisitorToken) -> None:
        self._visitors = visitors
        self._visitor = visitor

    async def events(self, conversation_id: str, *, after: int) -> Page:
        """Public events above the cursor."""
        page = await self._visitors.page_after(
            conversation_id, visitor_id=self._visitor.visitor_id, after=after
        )
        return Page(
            events=[event.as_json() for event in page.events], cursor=page.cursor, more=page.more
        )

    async def state(self, conversation_id: str) -> Mapping[str, Any]:
        """The state frame's content."""
        return state_view(
            await self._visitors.get(conversation_id, visitor_id=self._visitor.visitor_id)
        )


class AgentSource:
    """One agent's view; the port of `bot.realtime.desk_stream`."""

    def __init__(
        self, visitors: Visitors, inbox: Inbox, texts: Catalogue, *, language: str
    ) -> None:
        self._visitors = visitors
        self._inbox = inbox
        self._texts = texts
        self._language = language

    async def inbox(self, *, after: int) -> Sequence[InboxEntry]:
        """Inbox entries above the cursor with their tickets as they are now."""
        entries = await self._inbox.events_after(after)
        return [
            InboxEntry(seq=entry.seq, ticket=ticket_json(entry.ticket, self._texts, self._language))
            for entry in entries
        ]

    async def events(self, conversation_id: str, *, after: int) -> Page:
        """Events with their evidence."""
        page = await self._visitors.page_after(conversation_id, after=after, internal=True)
        return Page(
            events=[event.as_json(internal=True) for event in page.events],
            cursor=page.cursor,
            more=page.more,
        )


def _reason_json(reason: TicketReason, texts: Catalogue, language: str) -> dict[str, str]:
    params = {
        name: value if isinstance(value, (int, float)) else str(value)
        for name, value in reason.params.items()
        if value is not None
    }
    text = _text(
        texts,
        f"triage-{reason.code}",
        language,
        {"evidence": reason.evidence, **params},
        reason.code,
    )
    shape = {"code": reason.code, "text": text, "evidence": reason.evidence}
    if "prototype" in params:
        values = {"text": text, **params}
        shape["text"] = _text(texts, "triage-similar", language, values, text)
    # What matched: the phrase of a lexicon, or the sentence that the message is like.
    return shape | {name: str(params[name]) for name in ("rule", "prototype") if name in params}


def _text(
    texts: Catalogue,
    key: str,
    language: str,
    params: Mapping[str, str | int | float],
    otherwise: str,
) -> str:
    """A catalogue text; an unknown code shows as its own words rather than break the queue."""
    try:
        return texts.format(key, language, **params)
    except TextMissing:
        return otherwise.replace("_", " ").replace("-", " ")
