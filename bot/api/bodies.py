"""The bodies that the API takes and gives; FastAPI builds the OpenAPI document from them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Taken(BaseModel):
    model_config = ConfigDict(extra="ignore")


class SessionBody(_Taken):
    """Opens or resumes a session."""

    locale: Annotated[str | None, Field(max_length=35, pattern=r"^[A-Za-z0-9_-]*$")] = None
    page_url: Annotated[str | None, Field(max_length=4000)] = None
    time_zone: Annotated[str | None, Field(max_length=64)] = None
    token: Annotated[str | None, Field(max_length=512)] = None


class ChoiceBody(_Taken):
    """A pressed button."""

    kind: Literal["article", "human", "feedback", "language", "rephrase"]
    value: Annotated[str, Field(max_length=200)]


class MessageBody(_Taken):
    """A visitor's message. `client_id` makes sending it twice harmless."""

    client_id: Annotated[str, Field(min_length=1, max_length=100)]
    text: str
    choice: ChoiceBody | None = None


class LanguageBody(_Taken):
    """The language that the visitor chose; null lets it follow her messages again."""

    language: Annotated[str | None, Field(max_length=35)]


class ContactBody(_Taken):
    """How to reach the visitor."""

    name: Annotated[str | None, Field(max_length=200)] = None
    email: Annotated[str | None, Field(max_length=320)] = None


class TypingBody(_Taken):
    """Whether the sender is typing."""

    active: bool


class LoginBody(_Taken):
    """An agent's credentials."""

    email: Annotated[str, Field(max_length=320)]
    password: Annotated[str, Field(max_length=1024)]


class SetupBody(_Taken):
    """A one-time link: the first admin names herself, a forgotten password needs no more."""

    token: Annotated[str, Field(max_length=512)]
    name: Annotated[str | None, Field(max_length=200)] = None
    email: Annotated[str | None, Field(max_length=320)] = None
    password: Annotated[str, Field(max_length=1024)]


class AgentTextBody(_Taken):
    """A reply or a note of an agent."""

    client_id: Annotated[str, Field(min_length=1, max_length=100)]
    text: str


class TakeBody(_Taken):
    """How to take a ticket. `force`: also from the colleague who has it."""

    force: bool = False


class PriorityBody(_Taken):
    """A priority set by a person; 1 is the highest."""

    level: Annotated[int, Field(ge=1, le=5)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class ErrorDetail(BaseModel):
    """What went wrong."""

    code: str
    message: str
    fields: list[dict[str, str]] | None = None


class ErrorAnswer(BaseModel):
    """The one shape of an error."""

    error: ErrorDetail


class LanguageView(BaseModel):
    """A language that visitors can choose; its name is in itself."""

    code: str
    name: str
    rtl: bool


class LimitsView(BaseModel):
    """Limits that a client should know."""

    message_chars: int


class WidgetConfig(BaseModel):
    """What the widget needs before a session."""

    brand: str
    languages: list[LanguageView]
    default_language: str
    formality: str
    limits: LimitsView
    agents_online: bool


class SessionView(BaseModel):
    """An open session."""

    token: str
    conversation_id: str
    visitor_id: str
    language: str | None
    language_choice: str | None
    owner: str
    cursor: int
    ticket_number: str | None


class EventAnswer(BaseModel):
    """One numbered event of a conversation."""

    model_config = ConfigDict(extra="allow")

    seq: int
    kind: str
    author: str
    author_name: str | None
    text: str
    language: str | None
    client_id: str | None
    created_at: str
    payload: dict[str, Any]


class AcceptedView(BaseModel):
    """A message that is durable."""

    event: EventAnswer
    duplicate: bool


class StateView(BaseModel):
    """Who speaks, in which language, up to where."""

    owner: str
    language: str | None
    cursor: int
    ticket_number: str | None
    agent_name: str | None


class EventsView(BaseModel):
    """Events after a cursor; pass `cursor` as the next `after`."""

    events: list[EventAnswer]
    cursor: int
    state: StateView


class UserView(BaseModel):
    """A person who works in the console."""

    id: str
    name: str
    email: str
    role: str
    languages: list[str]


class LoginView(BaseModel):
    """A started session; the token itself is in the cookie."""

    user: UserView
    csrf: str


class ReasonView(BaseModel):
    """One reason for a ticket's priority."""

    code: str
    text: str
    evidence: str


class PersonView(BaseModel):
    """A colleague by name."""

    id: str
    name: str


class VisitorContactView(BaseModel):
    """The visitor as far as she is known."""

    name: str | None
    email: str | None


class TicketAnswer(BaseModel):
    """A ticket as agents see it; priority 1 is the highest of 5."""

    model_config = ConfigDict(extra="allow")

    number: str
    state: str
    priority: int
    impact: int
    urgency: int
    reasons: list[ReasonView]
    reason: str
    reason_text: str
    language: str | None
    subject: str
    visitor: VisitorContactView
    assignee: PersonView | None
    opened_at: str
    updated_at: str
    waiting_since: str | None
    last_message: str
    conversation_id: str
    owner: str


class TicketsView(BaseModel):
    """One view of the queue; follow the inbox from `cursor`."""

    tickets: list[TicketAnswer]
    cursor: int
    counts: dict[str, int]


class TicketDetailView(BaseModel):
    """A ticket with its transcript and the evidence behind each turn.

    `correlation_id` names the visitor's request that led to the handoff; logs have the same.
    """

    ticket: TicketAnswer
    events: list[EventAnswer]
    cursor: int
    correlation_id: str | None


class TicketActView(BaseModel):
    """What an act left behind."""

    ticket: TicketAnswer
    event: EventAnswer | None
    duplicate: bool
