"""The agent API: log in, the queue, one ticket and what may be done with it.

The session is a cookie that scripts cannot read; every write also needs the CSRF token that only
the page knows. Programs come with an API token instead (`bot.api.staff`).
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from bot.api.bodies import (
    GONE,
    WRITE_ERRORS,
    AgentTextBody,
    LoginBody,
    LoginView,
    PriorityBody,
    SetupBody,
    TakeBody,
    TicketActView,
    TicketDetailView,
    TicketsView,
    TypingBody,
)
from bot.api.callers import COOKIE, client_address, current_agent, locale_of, writing_agent
from bot.api.staff import StaffDoor
from bot.api.views import correlation_of_handoff, ticket_json
from bot.gateway import Gateway
from bot.realtime.hub import conversation_topic
from handoff.agents import csrf_token
from handoff.errors import RoleNotAllowed
from handoff.model import AgentSession, Role, TicketAct, TicketViewName, User

# For agents and administrators; visitors have no cookies.
COOKIE_PATH = "/api/v1"
FORCING_ROLES = frozenset({Role.SUPERVISOR, Role.ADMIN})


def agent_router(gateway: Gateway) -> APIRouter:
    """Routes under `/api/v1/agent`."""
    router = APIRouter(prefix="/api/v1/agent", tags=["agent"], responses=WRITE_ERRORS)
    agents, desk, texts = gateway.core.agents, gateway.core.desk, gateway.texts

    door = StaffDoor(gateway)

    async def reading(request: Request) -> User:
        return (await door.reading(request, "tickets:read")).user

    async def writing(request: Request) -> User:
        return (await door.writing(request, "tickets:write")).user

    def act_view(request: Request, act: TicketAct) -> TicketActView:
        return TicketActView.model_validate(
            {
                "ticket": ticket_json(act.ticket, texts, locale_of(request)),
                "event": act.event.as_json(internal=True) if act.event else None,
                "duplicate": act.duplicate,
            }
        )

    def start_session(response: Response, session: AgentSession) -> LoginView:
        response.headers["Cache-Control"] = "no-store"
        response.set_cookie(
            COOKIE,
            session.token,
            path=COOKIE_PATH,
            expires=session.expires_at,
            httponly=True,
            samesite="strict",
            secure=gateway.settings.web.cookie_secure,
        )
        return _login_view(session.user, session.csrf)

    @router.post("/login")
    async def login(request: Request, response: Response, body: LoginBody) -> LoginView:
        """Starts a session."""
        address = client_address(request)
        await gateway.rates.check_login(address=address)
        session = await agents.login(
            body.email,
            body.password,
            address=address,
            previous_token=request.cookies.get(COOKIE),
        )
        return start_session(response, session)

    @router.post("/setup", responses=GONE)
    async def setup(request: Request, response: Response, body: SetupBody) -> LoginView:
        """Uses a one-time link: sets name, e-mail and password, and starts a session."""
        await gateway.rates.check_login(address=client_address(request))
        session = await agents.redeem_link(
            body.token, name=body.name, email=body.email, password=body.password
        )
        return start_session(response, session)

    @router.post("/logout", status_code=204)
    async def logout(request: Request, response: Response) -> None:
        """Ends the session here and in the database."""
        await writing_agent(request, agents)
        await agents.logout(request.cookies[COOKIE])
        response.delete_cookie(COOKIE, path=COOKIE_PATH, httponly=True, samesite="strict")

    @router.get("/me")
    async def me(request: Request, response: Response) -> LoginView:
        """Who is signed in, with the CSRF token for a page that was loaded again."""
        response.headers["Cache-Control"] = "no-store"
        user = await current_agent(request, agents)
        return _login_view(user, csrf_token(request.cookies[COOKIE]))

    @router.get("/tickets")
    async def list_tickets(
        request: Request, view: Annotated[TicketViewName, Query()] = TicketViewName.OPEN
    ) -> TicketsView:
        """One view of the queue, most urgent first, with the numbers of all views."""
        user = await reading(request)
        found = await desk.list_tickets(view, user.id)
        language = locale_of(request)
        return TicketsView.model_validate(
            {
                "tickets": [ticket_json(ticket, texts, language) for ticket in found.tickets],
                "cursor": found.cursor,
                "counts": dict(found.counts),
            }
        )

    @router.get("/tickets/{number}")
    async def get_ticket(number: str, request: Request) -> TicketDetailView:
        """A ticket with its whole conversation and the evidence behind each turn."""
        user = await reading(request)
        detail = await desk.get_ticket(number, user.id)
        return TicketDetailView.model_validate(
            {
                "ticket": ticket_json(detail.ticket, texts, locale_of(request)),
                "events": [event.as_json(internal=True) for event in detail.events],
                "cursor": detail.cursor,
                "correlation_id": correlation_of_handoff(detail.events),
            }
        )

    @router.post("/tickets/{number}/take")
    async def take(number: str, request: Request, body: TakeBody | None = None) -> TicketActView:
        """Takes the conversation over; 409 `already_taken` says in `by` who has it.

        With `force` a supervisor or admin takes it from a colleague.
        """
        user = await writing(request)
        force = body is not None and body.force
        if force and user.role not in FORCING_ROLES:
            raise RoleNotAllowed(role=user.role.value, act="take a colleague's ticket")
        return act_view(request, await desk.take(number, user.id, force=force))

    @router.post("/tickets/{number}/reply")
    async def reply(number: str, request: Request, body: AgentTextBody) -> TicketActView:
        """Writes to the visitor."""
        user = await writing(request)
        return act_view(
            request, await desk.reply(number, user.id, client_id=body.client_id, text=body.text)
        )

    @router.post("/tickets/{number}/note")
    async def note(number: str, request: Request, body: AgentTextBody) -> TicketActView:
        """Writes to colleagues; the visitor never sees it."""
        user = await writing(request)
        return act_view(
            request, await desk.note(number, user.id, client_id=body.client_id, text=body.text)
        )

    @router.post("/tickets/{number}/hand_back")
    async def hand_back(number: str, request: Request) -> TicketActView:
        """Lets the assistant answer again."""
        user = await writing(request)
        return act_view(request, await desk.hand_back(number, user.id))

    @router.post("/tickets/{number}/resolve")
    async def resolve(number: str, request: Request) -> TicketActView:
        """Closes the request."""
        user = await writing(request)
        return act_view(request, await desk.resolve(number, user.id))

    @router.post("/tickets/{number}/reopen")
    async def reopen(number: str, request: Request) -> TicketActView:
        """Opens a solved ticket again and takes it; 409 as with take."""
        user = await writing(request)
        return act_view(request, await desk.reopen(number, user.id))

    @router.post("/tickets/{number}/release")
    async def release(number: str, request: Request) -> TicketActView:
        """Puts the conversation back into the queue."""
        user = await writing(request)
        return act_view(request, await desk.release(number, user.id))

    @router.post("/tickets/{number}/priority")
    async def priority(number: str, request: Request, body: PriorityBody) -> TicketActView:
        """Sets the priority by hand, with a reason."""
        user = await writing(request)
        act = await desk.override_priority(number, user.id, level=body.level, reason=body.reason)
        return act_view(request, act)

    @router.post("/tickets/{number}/typing", status_code=204)
    async def typing(number: str, request: Request, body: TypingBody) -> None:
        """Tells the visitor that the agent is typing; never stored."""
        user = await writing(request)
        ticket = await desk.find(number)
        if ticket.assignee is None or ticket.assignee.id != user.id:
            return  # only the agent who has the conversation is seen typing
        gateway.hub.send(
            conversation_topic(ticket.conversation_id),
            {"type": "typing", "author": "agent", "active": body.active},
        )

    return router


def _login_view(user: User, csrf: str) -> LoginView:
    return LoginView.model_validate({"user": user.as_json(), "csrf": csrf})
