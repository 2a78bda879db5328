"""The bodies of the API for tickets."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from bot.api.bodies import EventAnswer, Moment, PersonView, TicketAnswer
from handoff.tickets.classification import TicketType
from handoff.tickets.links import LinkKind

Number = Annotated[str, Field(min_length=1, max_length=20, description="Such as BD-1001.")]
_TAG = Annotated[str, Field(min_length=1, max_length=100)]


class TicketChangeBody(BaseModel):
    """What to change; what is left out stays. `reason` and `until` go with `on_hold`.

    `tags` are all that the ticket has afterwards; in `custom_fields` null takes a value away.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"state": "on_hold", "reason": "Parts ordered", "until": "2026-12-01T09:00:00Z"},
                {"type": "problem", "category": "delivery", "tags": ["vip"]},
            ]
        },
    )

    state: Literal["pending", "on_hold", "open", "solved", "spam"] | None = None
    reason: Annotated[str | None, Field(max_length=500)] = None
    until: Moment | None = None
    type: TicketType | None = None
    category: Annotated[str | None, Field(max_length=60)] = None
    subject: Annotated[str | None, Field(max_length=500)] = None
    language: Annotated[str | None, Field(max_length=35)] = None
    tags: Annotated[list[_TAG] | None, Field(max_length=50)] = None
    custom_fields: Annotated[
        dict[str, str | int | float | bool | None] | None, Field(max_length=100)
    ] = None


class MergeBody(BaseModel):
    """Which ticket goes on. `force`: although they are of different customers."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"into": "BD-1001", "force": False}]}
    )

    into: Number
    force: StrictBool = False


class SplitBody(BaseModel):
    """Which messages make the new ticket, both ends included, and its subject if given."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"from_seq": 4, "upto_seq": 6}]}
    )

    from_seq: Annotated[int, Field(strict=True, ge=1, lt=2**31)]
    upto_seq: Annotated[int, Field(strict=True, ge=1, lt=2**31)]
    subject: Annotated[str | None, Field(max_length=500)] = None


class LinkBody(BaseModel):
    """A link from the ticket to another; read `BD-1002 duplicate_of BD-1001`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"other": "BD-1001", "kind": "duplicate_of"}]},
    )

    other: Number
    kind: LinkKind


class WatcherBody(BaseModel):
    """Who shall be told of every change; oneself when left out."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"user_id": "01m8017st5ftx3aekxvvtqxzbt"}]},
    )

    user_id: Annotated[str | None, Field(max_length=26)] = None


class TicketLinkView(BaseModel):
    """A link as this ticket sees it; `relation_text` is in the caller's language."""

    number: str
    relation: str
    relation_text: str
    subject: str
    state: str


class TicketLogView(BaseModel):
    """A ticket that was merged into another, with its own transcript."""

    ticket: TicketAnswer
    events: list[EventAnswer]


class TagView(BaseModel):
    """Who gave a tag, `auto` or `agent`, and how sure that is."""

    source: str
    confidence: float


class WholeTicketView(BaseModel):
    """A ticket with its transcript, what was merged into it, its links and tags.

    `summary_text` is the header in the caller's language, one sentence a line.
    """

    ticket: TicketAnswer
    summary_text: str
    events: list[EventAnswer]
    merged: list[TicketLogView]
    links: list[TicketLinkView]
    tags: dict[str, TagView]


class TicketChangeView(BaseModel):
    """A ticket after a change. `duplicate`: it was so before, nothing was written."""

    ticket: TicketAnswer
    duplicate: bool


class HistoryLineView(BaseModel):
    """What one act changed; `by` is null for visitors and the system."""

    id: str
    at: str
    act: str
    by: PersonView | None
    text: str
    detail: dict[str, Any]


class SnippetView(BaseModel):
    """Where the words are: plain text with half-open ranges; `seq` 0 is the ticket itself."""

    seq: int
    text: str
    ranges: list[list[int]]


class TicketHitView(BaseModel):
    """A ticket that was found."""

    ticket: TicketAnswer
    score: int
    snippets: list[SnippetView]


class NameView(BaseModel):
    """A value with its name in the caller's language."""

    slug: str
    name: str


class FieldView(NameView):
    """A field of one's own."""

    type: str
    required: bool
    choices: list[str]


class TicketFieldsView(BaseModel):
    """What a ticket's fields can hold."""

    types: list[NameView]
    categories: list[NameView]
    custom_fields: list[FieldView]
