"""The bodies of the API for views of the queue and for routing's explanations."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from bot.api.bodies import Moment, PersonView, TicketAnswer
from handoff.routing.people import NAME_CHARS
from handoff.routing.returning import REASON_CHARS
from handoff.routing.views import MOST_MINUTES, MOST_VALUES, VALUE_CHARS, ViewFilter, ViewOrder
from handoff.ticket import TicketState

Word = Annotated[str, Field(min_length=1, max_length=VALUE_CHARS)]
Words = Annotated[list[Word], Field(max_length=MOST_VALUES)]
Minutes = Annotated[float, Field(strict=True, ge=0, le=MOST_MINUTES)]
Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARS)]


class FilterBody(BaseModel):
    """Which tickets: every part that is given must hold.

    `assignee` is `me`, `none` or a user's id; `team` is `mine`, `none` or a team's id.
    """

    model_config = ConfigDict(extra="forbid")

    states: Annotated[list[TicketState], Field(max_length=MOST_VALUES)] = []
    ended_as: Annotated[str | None, Field(pattern="^(spam|merged|none)$")] = None
    assignee: Word | None = None
    team: Word | None = None
    languages: Words = []
    priorities: Annotated[
        list[Annotated[int, Field(strict=True, ge=1, le=5)]], Field(max_length=MOST_VALUES)
    ] = []
    types: Words = []
    categories: Words = []
    tags: Words = []
    channels: Words = []
    tiers: Words = []
    support_tiers: Annotated[
        list[Annotated[int, Field(strict=True, ge=1, le=2)]], Field(max_length=MOST_VALUES)
    ] = []
    breaching_within_minutes: Minutes | None = None
    waiting_longer_than_minutes: Minutes | None = None
    watched_by_me: StrictBool = False
    created_since: Moment | None = None
    created_within_minutes: Minutes | None = None

    def value(self) -> ViewFilter:
        """The filter as the core knows it."""
        given: dict[str, Any] = self.model_dump()
        states = tuple(state.value for state in self.states)
        tuples = {name: tuple(item) for name, item in given.items() if isinstance(item, list)}
        return ViewFilter(**{**given, **tuples, "states": states})


_EXAMPLE: dict[str, Any] = {
    "name": "Greek, urgent",
    "filter": {"states": ["new", "open"], "languages": ["el"], "priorities": [1, 2]},
    "order": "priority",
    "shared": True,
}


class ViewBody(BaseModel):
    """A view to keep."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    name: Name
    filter: FilterBody
    order: ViewOrder = ViewOrder.PRIORITY
    shared: StrictBool = False


class ViewChangeBody(BaseModel):
    """What changes of a view; the rest stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"shared": True}]})

    name: Name | None = None
    filter: FilterBody | None = None
    order: ViewOrder | None = None
    shared: StrictBool | None = None


class PreviewBody(BaseModel):
    """A filter and an order to try out."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"filter": _EXAMPLE["filter"], "order": "quick_wins"}]},
    )

    filter: FilterBody
    order: ViewOrder = ViewOrder.PRIORITY


class CompareBody(BaseModel):
    """A filter whose tickets are to be put into the order of each policy."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"filter": {"assignee": "none"}}]}
    )

    filter: FilterBody
    limit: Annotated[int, Field(strict=True, ge=1, le=200)] = 50


class QueueViewView(BaseModel):
    """A view. One of the house has its own word as id, no owner, and a name in your language."""

    id: str
    name: str
    filter: dict[str, Any]
    order: str
    order_text: str
    owner_id: str | None
    shared: bool
    built_in: bool
    version: int
    created_at: str | None
    updated_at: str | None


class QueueViewsView(BaseModel):
    """All views that you see."""

    views: list[QueueViewView]


class CountsView(BaseModel):
    """How many tickets stand in each view."""

    counts: dict[str, int]


class TicketPageView(BaseModel):
    """A part of a view in its order; `next_cursor` leads on and is null at the end."""

    items: list[TicketAnswer]
    next_cursor: str | None


class ReasonTextView(BaseModel):
    """A reason with its sentence in your language."""

    code: str
    text: str
    params: dict[str, Any]


class ComparedTicketView(BaseModel):
    """What the policies look at."""

    number: str
    priority: int
    opened_at: str
    slack_minutes: float | None
    effort_minutes: float
    effort: list[ReasonTextView]
    value: float
    first_time: bool


class ComparisonView(BaseModel):
    """The same tickets in the order of each policy; `orders` holds their numbers."""

    tickets: list[ComparedTicketView]
    orders: dict[str, list[str]]


class PastAssignmentView(BaseModel):
    """One assignment by routing, a person or a rule, and how it ended."""

    agent: PersonView
    reasons: list[ReasonTextView]
    made_at: str
    ended_at: str | None
    ended_as: str | None


class TicketRoutingView(BaseModel):
    """Why a ticket is with whom it is, or what it waits for."""

    number: str
    assignee: PersonView | None
    assigned_by: str | None
    offered: bool
    wait: ReasonTextView | None
    waits_until: str | None
    queued_at: str | None
    history: list[PastAssignmentView]


class EscalationBody(BaseModel):
    """Why tier 2 is needed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"reason": "The refund needs a look at the database."}]},
    )

    reason: Annotated[str, Field(min_length=1, max_length=REASON_CHARS)]


class AssignmentBody(BaseModel):
    """Who gets the ticket, and why if colleagues should know."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"agent_id": "01m8017st7b5xj44mwr62nnjpp", "reason": "She speaks Greek."}]
        },
    )

    agent_id: Annotated[str, Field(min_length=1, max_length=26)]
    reason: Annotated[str, Field(max_length=REASON_CHARS)] = ""
