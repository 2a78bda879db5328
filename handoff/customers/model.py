"""Values of customer records: the person behind visitors, with what is known of her. Pure.

An identity is *claimed* when somebody merely wrote it and *verified* when it was shown to be hers.
A claim never joins two people: it only says that they may be one.
"""

from __future__ import annotations

import math
import re
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from handoff.errors import CustomerInvalid
from handoff.model import Json, JsonObject, iso
from handoff.transcript import clean_name, clean_text, is_email
from handoff.triage_words import split_words

NOTES_CHARS: Final = 5000
VALUE_CHARS: Final = 254
FOLDED_CHARS: Final = 400
ATTRIBUTE_CHARS: Final = 500
MOST_ATTRIBUTES: Final = 50
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_PHONE_SIGNS: Final = re.compile(r"[\s()./-]+")
_PHONE: Final = re.compile(r"\+?[0-9]{6,15}")


class IdentityKind(StrEnum):
    """What an identity is. `visitor` is a browser's own id: always hers, and never typed."""

    EMAIL = "email"
    PHONE = "phone"
    EXTERNAL = "external"  # the shop's own id of the customer
    CHANNEL = "channel"  # a user id of another channel, such as `telegram:1234`
    VISITOR = "visitor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One way to tell a customer.

    Attributes:
        source: `form`, `message`, `assistant`, or the id of the user who entered it.
    """

    kind: IdentityKind
    value: str
    verified: bool
    source: str
    created_at: datetime
    verified_at: datetime | None = None

    def as_json(self) -> JsonObject:
        """Gives its JSON."""
        return {
            "kind": self.kind.value,
            "value": self.value,
            "verified": self.verified,
            "source": self.source,
            "created_at": iso(self.created_at),
            "verified_at": iso(self.verified_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer record.

    Attributes:
        tier: One of the tiers in the service file, or None.
        consent: What -> {"given", "at", "source"}.
        merged_into: The record that took this one over.
        may_be: Ids of records that claim the same address, number or id; for a person to decide.
    """

    id: str
    name: str | None
    tier: str | None
    language: str | None
    time_zone: str | None
    notes: str
    consent: JsonObject
    attributes: JsonObject
    version: int
    merged_into: str | None
    created_at: datetime
    updated_at: datetime
    identities: tuple[Identity, ...] = ()
    may_be: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        """Gives the record's JSON."""
        return {
            "id": self.id,
            "name": self.name,
            "tier": self.tier,
            "language": self.language,
            "time_zone": self.time_zone,
            "notes": self.notes,
            "consent": self.consent,
            "attributes": self.attributes,
            "identities": [identity.as_json() for identity in self.identities],
            "may_be": list(self.may_be),
            "merged_into": self.merged_into,
            "version": self.version,
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """A merge that was done: `dropped_id` went into `kept_id`."""

    id: str
    kept_id: str
    dropped_id: str
    at: datetime
    actor_id: str | None
    undone_at: datetime | None

    def as_json(self) -> JsonObject:
        """Gives its JSON."""
        return {
            "id": self.id,
            "kept_id": self.kept_id,
            "dropped_id": self.dropped_id,
            "at": iso(self.at),
            "actor_id": self.actor_id,
            "undone_at": iso(self.undone_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """Something that happened with a customer.

    Attributes:
        kind: `conversation`, `ticket`, `solved`, `note`, `rating` or `merge`.
        ref: Id of the conversation, number of the ticket, or id of the merge.
        text: The ticket's subject, the note's words, or the button that was pressed.
    """

    at: datetime
    kind: str
    ref: str
    text: str
    detail: JsonObject = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        """Gives its JSON."""
        return {
            "at": iso(self.at),
            "kind": self.kind,
            "ref": self.ref,
            "text": self.text,
            "detail": self.detail,
        }


def clean_identity(kind: IdentityKind, value: str) -> str:
    """Gives the form in which an identity is stored and compared.

    Raises:
        CustomerInvalid: It cannot be one of this kind.
    """
    text = clean_name(value, limit=VALUE_CHARS + 1)
    match kind:
        case IdentityKind.EMAIL if is_email(text):
            return text.lower()
        case IdentityKind.PHONE if _PHONE.fullmatch(number := _PHONE_SIGNS.sub("", text)):
            return number
        case IdentityKind.EXTERNAL | IdentityKind.CHANNEL if 0 < len(text) <= VALUE_CHARS:
            return text
        case IdentityKind.VISITOR:
            raise CustomerInvalid("identity", "of kind visitor is made by visiting")
    raise CustomerInvalid("identity", f"is no {kind.value}")


def folded(text: str) -> str:
    """Gives the form in which names are searched.

    It is cut: a name of ligatures folds to many times its length.
    """
    return " ".join(word.folded for word in split_words(text))[:FOLDED_CHARS]


def check_change(
    change: Mapping[str, Json],
    *,
    customer: Customer,
    tiers: Sequence[str],
    source: str,
    now: datetime,
) -> dict[str, Json]:
    """Gives the columns that a change sets.

    Args:
        change: Field -> new value. None empties a field; in `attributes` and `consent` the names
            that are left out stay, and an attribute that is None goes. Consent is true or false.
        customer: As it is now.
        tiers: The tiers that the service file knows.
        source: Who says so; kept with consent.
        now: Aware.

    Raises:
        CustomerInvalid: Names the field and what would be right.
    """
    values: dict[str, Json] = {}
    for name, value in change.items():
        match name:
            case "name":
                cleaned = clean_name(_text(name, value))
                values["name"] = cleaned or None
                values["folded_name"] = folded(cleaned) or None
            case "tier":
                values["tier"] = _tier(value, tiers)
            case "language":
                values["language"] = _language(value)
            case "time_zone":
                values["time_zone"] = _zone(value)
            case "notes":
                values["notes"] = _notes(value)
            case "attributes":
                values["attributes"] = _attributes(value, customer.attributes)
            case "consent":
                values["consent"] = _consent(value, customer.consent, source=source, now=now)
            case _:
                raise CustomerInvalid(name, "is not a field that can be changed")
    return values


def _text(name: str, value: Json) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise CustomerInvalid(name, "must be a text")
    return value


def _tier(value: Json, tiers: Sequence[str]) -> str | None:
    tier = _text("tier", value)
    if tier and tier not in tiers:
        known = ", ".join(tiers) or "none; name them in the service file under customers > tiers"
        raise CustomerInvalid("tier", f"is not known; known are {known}")
    return tier or None


def _language(value: Json) -> str | None:
    language = _text("language", value)
    if language and not _LANGUAGE.fullmatch(language):
        raise CustomerInvalid("language", "must be a tag such as el or pt-BR")
    return language or None


def _zone(value: Json) -> str | None:
    zone = _text("time_zone", value)
    if zone and zone not in zoneinfo.available_timezones():
        raise CustomerInvalid("time_zone", "must be a zone such as Europe/Athens")
    return zone or None


def _notes(value: Json) -> str:
    notes = clean_text(_text("notes", value)).strip()
    if len(notes) > NOTES_CHARS:
        raise CustomerInvalid("notes", f"must have {NOTES_CHARS} characters at most")
    return notes


def _attributes(value: Json, before: JsonObject) -> JsonObject:
    if not isinstance(value, dict):
        raise CustomerInvalid("attributes", "must be names with values")
    merged = dict(before)
    for name, one in value.items():
        if not _NAME.fullmatch(name):
            raise CustomerInvalid(f"attributes.{name[:40]}", "must be named such as order_count")
        if one is None:
            merged.pop(name, None)
        elif isinstance(one, str):
            merged[name] = clean_name(one, limit=ATTRIBUTE_CHARS)
        elif isinstance(one, bool | int) or (isinstance(one, float) and math.isfinite(one)):
            merged[name] = one
        else:
            raise CustomerInvalid(f"attributes.{name}", "must be a text, a number, true or false")
    if len(merged) > MOST_ATTRIBUTES:
        raise CustomerInvalid("attributes", f"are too many: {MOST_ATTRIBUTES} at most")
    return merged


def _consent(value: Json, before: JsonObject, *, source: str, now: datetime) -> JsonObject:
    if not isinstance(value, dict):
        raise CustomerInvalid("consent", "must be names with true or false")
    merged = dict(before)
    for name, given in value.items():
        if not _NAME.fullmatch(name):
            raise CustomerInvalid(f"consent.{name[:40]}", "must be named such as newsletter")
        if not isinstance(given, bool):
            raise CustomerInvalid(f"consent.{name}", "must be true or false")
        known = before.get(name)
        if not isinstance(known, dict) or known.get("given") is not given:
            merged[name] = {"given": given, "at": iso(now), "source": source}
    if len(merged) > MOST_ATTRIBUTES:
        raise CustomerInvalid("consent", f"has too many names: {MOST_ATTRIBUTES} at most")
    return merged
