"""What a customer record may hold, and in which form identities and names are compared."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from handoff.customers.model import (
    Customer,
    IdentityKind,
    check_change,
    clean_identity,
    folded,
)
from handoff.errors import CustomerInvalid
from handoff.model import Json, JsonObject

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def customer(**values: object) -> Customer:
    usual: dict[str, object] = {
        "id": "0" * 26,
        "name": None,
        "tier": None,
        "language": None,
        "time_zone": None,
        "notes": "",
        "consent": {},
        "attributes": {},
        "version": 1,
        "merged_into": None,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Customer(**{**usual, **values})  # type: ignore[arg-type]


def changed(change: JsonObject, **values: object) -> dict[str, Json]:
    return check_change(
        change, customer=customer(**values), tiers=("gold", "standard"), source="ann", now=NOW
    )


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        (IdentityKind.EMAIL, " Ada@Shop.Example ", "ada@shop.example"),
        (IdentityKind.PHONE, "+30 (210) 123-4567", "+302101234567"),
        (IdentityKind.EXTERNAL, " Kunde  7 ", "Kunde 7"),
        (IdentityKind.CHANNEL, "telegram:1234", "telegram:1234"),
    ],
)
def test_an_identity_has_one_form(kind: IdentityKind, typed: str, stored: str) -> None:
    assert clean_identity(kind, typed) == stored


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (IdentityKind.EMAIL, "ada at shop"),
        (IdentityKind.PHONE, "call me"),
        (IdentityKind.EXTERNAL, " \u200b "),
        (IdentityKind.EXTERNAL, "x" * 300),
        (IdentityKind.VISITOR, "0" * 26),
    ],
)
def test_what_is_no_identity_is_refused(kind: IdentityKind, typed: str) -> None:
    with pytest.raises(CustomerInvalid) as caught:
        clean_identity(kind, typed)

    assert caught.value.field == "identity"


@pytest.mark.parametrize(
    ("name", "asked"),
    [("Ελένη Παπαδάκη", "ελενη"), ("Łukasz Żak", "lukasz zak"), ("Ünal IŞIK", "unal isik")],
)
def test_names_are_found_without_accents_and_capitals(name: str, asked: str) -> None:
    assert folded(asked) in folded(name)


def test_fields_are_cleaned_and_emptied() -> None:
    assert changed(
        {"name": "  Ada \n L. ", "tier": "gold", "language": "pt-BR", "notes": " hi\x00 "}
    ) == {
        "name": "Ada L.",
        "folded_name": "ada l",
        "tier": "gold",
        "language": "pt-BR",
        "notes": "hi",
    }
    assert changed({"name": None, "tier": None, "time_zone": None, "language": ""}) == {
        "name": None,
        "folded_name": None,
        "tier": None,
        "time_zone": None,
        "language": None,
    }
    assert changed({"time_zone": "Europe/Athens"}) == {"time_zone": "Europe/Athens"}


def test_attributes_are_added_changed_and_dropped_by_name() -> None:
    before: JsonObject = {"orders": 3, "city": "Patra"}

    found = changed({"attributes": {"orders": 4, "city": None, "vip": True}}, attributes=before)

    assert found == {"attributes": {"orders": 4, "vip": True}}


def test_consent_keeps_when_and_by_whom_and_a_repetition_changes_nothing() -> None:
    known: JsonObject = {"newsletter": {"given": True, "at": "2025", "source": "form"}}

    found = changed({"consent": {"newsletter": True, "calls": False}}, consent=known)

    assert found["consent"] == {
        "newsletter": {"given": True, "at": "2025", "source": "form"},
        "calls": {"given": False, "at": "2026-03-01T12:00:00.000Z", "source": "ann"},
    }
    taken_back = changed({"consent": {"newsletter": False}}, consent=known)["consent"]
    assert isinstance(taken_back, dict)
    assert taken_back["newsletter"] != known["newsletter"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"shoe_size": 1}, "shoe_size"),
        ({"name": 7}, "name"),
        ({"tier": "platinum"}, "tier"),
        ({"language": "Greek!"}, "language"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"notes": "x" * 5001}, "notes"),
        ({"attributes": []}, "attributes"),
        ({"attributes": {"Bad Name": 1}}, "attributes.Bad Name"),
        ({"attributes": {"a": [1]}}, "attributes.a"),
        ({"attributes": {"a": float("nan")}}, "attributes.a"),
        ({"attributes": {f"a{n}": n for n in range(51)}}, "attributes"),
        ({"consent": True}, "consent"),
        ({"consent": {"Bad Name": True}}, "consent.Bad Name"),
        ({"consent": {"calls": "yes"}}, "consent.calls"),
        ({"consent": {f"c{n}": True for n in range(51)}}, "consent"),
    ],
)
def test_a_refusal_names_the_field(change: JsonObject, field: str) -> None:
    with pytest.raises(CustomerInvalid) as caught:
        changed(change)

    assert caught.value.field == field


def test_an_unknown_tier_says_which_are_known() -> None:
    with pytest.raises(CustomerInvalid, match="known are gold, standard"):
        changed({"tier": "platinum"})
    with pytest.raises(CustomerInvalid, match="customers > tiers"):
        check_change({"tier": "gold"}, customer=customer(), tiers=(), source="ann", now=NOW)
