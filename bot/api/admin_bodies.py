"""The bodies of the administrators' API; FastAPI builds the OpenAPI document from them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from handoff.webhooks.model import EventType


class JobView(BaseModel):
    """A background job. `running`: a worker has it now, until `due_at` unless it goes on."""

    id: str
    kind: str
    key: str
    lane: str
    group: str | None
    subject: str | None
    priority: int
    state: str
    running: bool
    due_at: str
    give_up_at: str
    attempts: int
    worker: str | None
    error: str | None
    result: dict[str, Any] | None
    created_at: str
    updated_at: str
    finished_at: str | None


class JobDetailView(JobView):
    """A job with what it works on."""

    payload: dict[str, Any]


class JobsView(BaseModel):
    """A page of jobs, newest first; `next` is the `before` of the next page, or null.

    `by_state` counts all jobs; `overdue_s` is how long the oldest due one has been waiting.
    """

    jobs: list[JobView]
    next: str | None
    by_state: dict[str, int]
    overdue_s: float


class RetriedView(BaseModel):
    """How many dead jobs are due again."""

    retried: int


class RetryDeadBody(BaseModel):
    """Which dead jobs; without anything, all of them."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str | None, Field(max_length=60)] = None
    group: Annotated[str | None, Field(max_length=60)] = None


class SigningKeyView(BaseModel):
    """A signing key; its secret was shown when it was made and never again."""

    id: str
    created_at: str
    expires_at: str | None


class WebhookView(BaseModel):
    """A receiver."""

    id: str
    url: str
    description: str
    events: list[str]
    active: bool
    disabled_reason: str | None
    keys: list[SigningKeyView]
    created_at: str
    updated_at: str


class WebhooksView(BaseModel):
    """All receivers."""

    webhooks: list[WebhookView]


class WebhookSecretView(BaseModel):
    """A receiver with its new secret. Keep the secret: it is not shown again."""

    webhook: WebhookView
    key_id: str
    secret: str


class WebhookBody(BaseModel):
    """A new receiver."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Field(max_length=2000)]
    events: Annotated[list[EventType], Field(min_length=1, max_length=20)]
    description: Annotated[str, Field(max_length=200)] = ""


class WebhookChangeBody(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str | None, Field(max_length=2000)] = None
    events: Annotated[list[EventType] | None, Field(min_length=1, max_length=20)] = None
    description: Annotated[str | None, Field(max_length=200)] = None
    active: StrictBool | None = None


class RotationBody(BaseModel):
    """For how many seconds the old secret signs beside the new one."""

    model_config = ConfigDict(extra="forbid")

    overlap_s: Annotated[int, Field(ge=0, le=30 * 86400, strict=True)] = 86400


class EventIdView(BaseModel):
    """The event that is on its way."""

    event_id: str


class DeliveryView(BaseModel):
    """One event on its way to one receiver, or there. `result` has status and milliseconds."""

    id: str
    event_id: str
    event_type: str
    state: str
    attempts: int
    error: str | None
    result: dict[str, Any] | None
    next_try_at: str | None
    created_at: str
    finished_at: str | None


class DeliveriesView(BaseModel):
    """A page of deliveries, newest first; `next` is the `before` of the next page, or null."""

    deliveries: list[DeliveryView]
    next: str | None
