"""The bodies of the API for customer records."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from handoff.customers.model import IdentityKind
from handoff.model import Json

_EXAMPLE = "01m8017st7b5xj44mwr62nnjpp"
Value = str | int | float | bool


class ConsentView(BaseModel):
    """Whether consent was given, when, and who says so."""

    given: bool
    at: str
    source: str


class IdentityView(BaseModel):
    """One way to tell a customer. Unless `verified`, somebody merely claims it."""

    kind: IdentityKind
    value: str
    verified: bool
    source: str
    created_at: str
    verified_at: str | None


class CustomerView(BaseModel):
    """A customer record. `may_be`: records that claim the same address, number or id.

    A record with `merged_into` went into that one and is kept for undoing.
    """

    id: str
    name: str | None
    tier: str | None
    language: str | None
    time_zone: str | None
    notes: str
    consent: dict[str, ConsentView]
    attributes: dict[str, Value]
    identities: list[IdentityView]
    may_be: list[str]
    merged_into: str | None
    version: int
    created_at: str
    updated_at: str


class CustomerBody(BaseModel):
    """What to change; what is left out stays, null empties a field.

    In `attributes` and `consent` the names that are left out stay; a null attribute goes.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"tier": "gold", "consent": {"newsletter": False}}]},
    )

    name: Annotated[str | None, Field(max_length=200)] = None
    tier: Annotated[str | None, Field(max_length=30)] = None
    language: Annotated[str | None, Field(max_length=35)] = None
    time_zone: Annotated[str | None, Field(max_length=64)] = None
    notes: Annotated[str | None, Field(max_length=5000)] = None
    attributes: Annotated[dict[str, Value | None], Field(max_length=50)] = {}
    consent: Annotated[dict[str, StrictBool], Field(max_length=50)] = {}

    def change(self) -> dict[str, Json]:
        """The fields that the caller named."""
        return self.model_dump(exclude_unset=True)


class IdentityBody(BaseModel):
    """An identity to note. `verified`: it was shown to be hers, not merely claimed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"kind": "email", "value": "eleni@shop.example", "verified": True}]
        },
    )

    kind: IdentityKind
    value: Annotated[str, Field(min_length=1, max_length=254)]
    verified: StrictBool = False


class MergeBody(BaseModel):
    """Which record goes into the one in the address."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"customer_id": _EXAMPLE}]}
    )

    customer_id: Annotated[str, Field(max_length=26)]


class MergeView(BaseModel):
    """A merge; undo it by its id."""

    id: str
    kept_id: str
    dropped_id: str
    at: str
    actor_id: str | None
    undone_at: str | None


class MergesView(BaseModel):
    """Merges that can still be undone, newest first."""

    merges: list[MergeView]


class TimelineEntryView(BaseModel):
    """Something that happened. `ref`: id of the conversation or merge, or number of the ticket."""

    at: str
    kind: str
    ref: str
    text: str
    detail: dict[str, Value | None]
