"""The bodies that the API takes and gives; FastAPI builds the OpenAPI document from them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool


def _check_written(value: object) -> object:
    """Refuses numbers, which would be read as seconds since 1970; the document says text."""
    if (
        value is None
        or isinstance(value, datetime)
        or (isinstance(value, str) and value[4:5] == "-")
    ):
        return value
    raise ValueError("a moment is written as in 2026-11-21T21:47:15Z")


# A moment with its zone, as RFC 3339 writes it.
Moment = Annotated[AwareDatetime, BeforeValidator(_check_written)]


# The document says so; the core refuses it, with a code of its own and after mending the text.
NotEmpty = Annotated[str, Field(json_schema_extra={"minLength": 1})]


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

    kind: Literal["article", "human", "feedback", "language", "rephrase", "reopen"]
    value: Annotated[str, Field(max_length=200)]


class MessageBody(_Taken):
    """A visitor's message. `client_id` makes sending it twice harmless."""

    client_id: Annotated[str, Field(min_length=1, max_length=100)]
    text: NotEmpty
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

    active: StrictBool


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
    text: NotEmpty


class TakeBody(_Taken):
    """How to take a ticket. `force`: also from the colleague who has it."""

    force: StrictBool = False


class PriorityBody(_Taken):
    """A priority set by a person; 1 is the highest."""

    level: Annotated[int, Field(ge=1, le=5, strict=True)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class FieldProblem(BaseModel):
    """A field that is missing or wrong; the value itself is not repeated."""

    field: str
    problem: str


class ErrorDetail(BaseModel):
    """What went wrong, as earlier releases said it."""

    code: str
    message: str
    fields: list[FieldProblem] | dict[str, Any] | None = None


class ErrorAnswer(BaseModel):
    """A problem (RFC 9457). Decide by `code`; further members depend on it.

    `by` names who has it (`already_taken`); `current_version` is the one there is now
    (`precondition_failed`).
    """

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, Field(description="A page about the problem, relative to this host.")]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    code: str
    fields: list[FieldProblem] | None = None
    by: str | None = None
    current_version: int | None = None
    error: ErrorDetail


Answers = dict[int | str, dict[str, Any]]


def _errors(*statuses: int) -> Answers:
    return {status: {"model": ErrorAnswer} for status in statuses}


# What any route may answer beside its success; `bot.api.openapi` fills in the rest.
READ_ERRORS: Final = _errors(401, 403, 404, 422, 429, 503)
WRITE_ERRORS: Final = _errors(400, 401, 403, 404, 408, 409, 413, 422, 429, 503)
# For changes that need If-Match.
CHANGE_ERRORS: Final = WRITE_ERRORS | _errors(412, 428)
# For those that heed If-Match where it is sent.
VERSIONED_ERRORS: Final = WRITE_ERRORS | _errors(412)
GONE: Final = _errors(410)
EVENT_STREAM: Final[Answers] = {
    200: {
        "description": "Server-sent events, until either side ends them.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


class LanguageView(BaseModel):
    """A language that visitors can choose; its name is in itself."""

    code: str
    name: str
    rtl: bool


class LimitsView(BaseModel):
    """Limits that a client should know."""

    message_chars: int


class ExpectedView(BaseModel):
    """When a person will probably answer: within `minutes`, or by the moment `at`."""

    minutes: int | None
    at: str | None


class OutlookView(BaseModel):
    """When the team is there and answers; `text` says it in the visitor's words."""

    opens_at: str | None
    expected: ExpectedView | None
    text: str | None


class WidgetConfig(BaseModel):
    """What the widget needs before a session."""

    brand: str
    languages: list[LanguageView]
    default_language: str
    formality: str
    limits: LimitsView
    agents_online: bool
    outlook: OutlookView


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
