"""The visitor API: open a session, send, read, choose a language, leave contact details.

A token names one conversation; any other id in the path is answered as if it did not exist.
"""

from __future__ import annotations

import time
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

from fastapi import APIRouter, Query, Request, Response

from bot.api.bodies import (
    WRITE_ERRORS,
    AcceptedView,
    ContactBody,
    EventsView,
    LanguageBody,
    MessageBody,
    SessionBody,
    SessionView,
    StateView,
    TypingBody,
    WidgetConfig,
)
from bot.api.callers import client_address, current_visitor
from bot.api.tokens import VisitorToken
from bot.api.views import VisitorSource, session_view, state_view
from bot.correlation import KEY as CORRELATION_KEY
from bot.errors import LanguageNotOffered, TokenError
from bot.gateway import Gateway
from bot.realtime.conversation_stream import wait_for_events
from bot.realtime.hub import conversation_topic
from handoff.model import Choice
from handoff.transcript import MESSAGE_CHARS
from nlu.languages import BY_CODE, primary_code

LONGEST_WAIT_S = 25


def visitor_router(gateway: Gateway) -> APIRouter:
    """Routes under `/api/v1` for visitors."""
    router = APIRouter(prefix="/api/v1", tags=["visitor"], responses=WRITE_ERRORS)
    source = VisitorSource(gateway.core.visitors)
    settings = gateway.settings
    metrics = gateway.metrics

    def visitor_of(request: Request, conversation_id: str) -> VisitorToken:
        return current_visitor(request.headers, gateway.signer, conversation_id)

    async def count_write(request: Request, visitor: VisitorToken) -> None:
        await gateway.rates.check_message(
            visitor_id=visitor.visitor_id, address=client_address(request)
        )

    @router.get("/widget/config")
    async def widget_config(
        locale: Annotated[str | None, Query(max_length=35)] = None,
        time_zone: Annotated[str | None, Query(max_length=64)] = None,
    ) -> WidgetConfig:
        """What the widget shows before a session; the locale decides the default language."""
        brand = settings.brand
        wanted = primary_code(locale)
        language = wanted if wanted in brand.languages else brand.default_language
        return WidgetConfig.model_validate(
            {
                "brand": brand.name,
                "languages": [
                    {"code": code, "name": BY_CODE[code].name, "rtl": BY_CODE[code].rtl}
                    for code in brand.languages
                ],
                "default_language": language,
                "formality": brand.formality,
                "limits": {"message_chars": MESSAGE_CHARS},
                "agents_online": gateway.presence.agents_online() > 0,
                "outlook": gateway.outlook.told(language, time_zone),
            }
        )

    @router.post("/sessions", status_code=201)
    async def open_session(request: Request, body: SessionBody) -> SessionView:
        """Opens a session; a valid token resumes its conversation, any other starts a new one."""
        await gateway.rates.check_session(address=client_address(request))
        known = _read_token(gateway, body.token)
        conversation = await gateway.core.visitors.open_session(
            visitor_id=known.visitor_id if known else None,
            conversation_id=known.conversation_id if known else None,
            locale=body.locale or None,
            page_url=_plain_page(body.page_url),
            time_zone=body.time_zone,
            channel="widget",
        )
        return session_view(conversation, gateway.signer)

    @router.post(
        "/conversations/{conversation_id}/messages",
        status_code=201,
        responses={200: {"model": AcceptedView, "description": "It was stored before."}},
    )
    async def send_message(
        conversation_id: str,
        request: Request,
        response: Response,
        body: MessageBody,
    ) -> AcceptedView:
        """Stores a message. 201: it is durable now. 200 with `duplicate`: it already was."""
        began = time.perf_counter()
        visitor = visitor_of(request, conversation_id)
        await count_write(request, visitor)
        choice = body.choice
        accepted = await gateway.core.visitors.accept_message(
            conversation_id,
            visitor_id=visitor.visitor_id,
            client_id=body.client_id,
            text=body.text,
            choice=None if choice is None else Choice(kind=choice.kind, value=choice.value),
            correlation_id=request.scope["state"].get(CORRELATION_KEY),
        )
        outcome = "duplicate" if accepted.duplicate else "stored"
        metrics.observe_accept(outcome=outcome, seconds=time.perf_counter() - began)
        if accepted.duplicate:
            response.status_code = 200
        return AcceptedView.model_validate(
            {"event": accepted.event.as_json(), "duplicate": accepted.duplicate}
        )

    @router.get("/conversations/{conversation_id}/events")
    async def read_events(
        conversation_id: str,
        request: Request,
        after: Annotated[int, Query(ge=0)] = 0,
        wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT_S)] = 0,
    ) -> EventsView:
        """Long poll: the events after a cursor, waiting up to `wait` seconds for the first one."""
        visitor = visitor_of(request, conversation_id)
        await gateway.rates.check_read(conversation_id=conversation_id)
        close = gateway.rates.open_stream(
            conversation_id=conversation_id, address=client_address(request)
        )
        try:
            with metrics.open_stream(reader="visitor", transport="long_poll") as sent:
                page, state = await wait_for_events(
                    source.of(visitor),
                    gateway.hub,
                    conversation_id,
                    after=after,
                    wait_s=wait,
                )
                for event in page.events:
                    sent({"type": "event", "event": event})
        finally:
            close()
        return EventsView.model_validate(
            {"events": list(page.events), "cursor": page.cursor, "state": state}
        )

    @router.post("/conversations/{conversation_id}/language")
    async def choose_language(
        conversation_id: str, request: Request, body: LanguageBody
    ) -> StateView:
        """Fixes the conversation's language."""
        visitor = visitor_of(request, conversation_id)
        await count_write(request, visitor)
        language = primary_code(body.language)
        if body.language is not None and language not in settings.brand.languages:
            raise LanguageNotOffered(settings.brand.languages)
        conversation = await gateway.core.visitors.choose_language(
            conversation_id, visitor_id=visitor.visitor_id, language=language
        )
        return StateView.model_validate(state_view(conversation))

    @router.post("/conversations/{conversation_id}/contact")
    async def leave_contact(conversation_id: str, request: Request, body: ContactBody) -> StateView:
        """Notes how to reach the visitor."""
        visitor = visitor_of(request, conversation_id)
        await count_write(request, visitor)
        conversation = await gateway.core.visitors.leave_contact(
            conversation_id, visitor_id=visitor.visitor_id, name=body.name, email=body.email
        )
        return StateView.model_validate(state_view(conversation))

    @router.post("/conversations/{conversation_id}/typing", status_code=204)
    async def typing(conversation_id: str, request: Request, body: TypingBody) -> None:
        """Tells whoever is connected that the visitor is typing; never stored."""
        visitor = visitor_of(request, conversation_id)
        await count_write(request, visitor)
        gateway.hub.send(
            conversation_topic(conversation_id),
            {"type": "typing", "author": "visitor", "active": body.active},
        )

    return router


def _read_token(gateway: Gateway, text: str | None) -> VisitorToken | None:
    """The token's content; None for a missing or wrong one, because a new session is harmless."""
    try:
        return gateway.signer.read(text)
    except TokenError:
        return None


def _plain_page(url: str | None) -> str | None:
    """The page without query and fragment, where shops keep tokens and personal data."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))[:2000]
