"""What merging two records moves and fills in, and what undoing gives back."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from handoff.customers.merging import (
    columns_of,
    identities_json,
    plan_merge,
    plan_restore,
)
from handoff.customers.model import Customer, Identity, IdentityKind
from tests.handoff.customers.test_model import customer

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def email(value: str, *, verified: bool = False) -> Identity:
    return Identity(
        kind=IdentityKind.EMAIL, value=value, verified=verified, source="form", created_at=NOW
    )


def test_the_kept_record_wins_and_its_gaps_are_filled() -> None:
    kept = customer(name="Ada", attributes={"orders": 3}, notes="Likes tea.")
    dropped = customer(
        name="A. Lovelace", tier="gold", attributes={"orders": 1, "city": "Patra"}, notes="Calls."
    )

    plan = plan_merge(kept, dropped)

    assert plan.values == {
        "tier": "gold",
        "attributes": {"orders": 3, "city": "Patra"},
        "notes": "Likes tea.\n\nCalls.",
    }
    assert plan.before == {"tier": None, "attributes": {"orders": 3}, "notes": "Likes tea."}


def test_a_name_that_is_filled_in_can_be_searched() -> None:
    plan = plan_merge(customer(), customer(name="Ελένη"))

    assert plan.values == {"name": "Ελένη", "folded_name": "ελενη"}


def test_identities_go_over_unless_both_have_them() -> None:
    kept = customer(identities=(email("a@x.example"),))
    dropped = customer(identities=(email("a@x.example", verified=True), email("b@x.example")))

    plan = plan_merge(kept, dropped)

    assert plan.moved == (email("b@x.example"),)
    assert plan.raised == (email("a@x.example", verified=True),)
    assert identities_json(plan.moved) == [["email", "b@x.example"]]


def test_two_records_alike_change_nothing() -> None:
    assert plan_merge(customer(notes="x", name="A"), customer(notes="x", name="B")).values == {}


def test_undoing_leaves_what_a_person_changed_since() -> None:
    kept = customer(attributes={"orders": 3})
    plan = plan_merge(kept, customer(name="Ada", tier="gold", attributes={"city": "Patra"}))
    after = {**columns_of(kept), **plan.values}
    after["tier"] = "standard"
    after["attributes"] = {"orders": 4, "city": "Patra", "vip": True}

    restored = plan_restore(after, filled=plan.values, before=plan.before)

    assert restored == {
        "name": None,
        "folded_name": None,
        "attributes": {"orders": 4, "vip": True},
    }


_TEXTS = st.none() | st.text(alphabet="abc", max_size=3).filter(bool)
_MAPS = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2))
_RECORDS = st.builds(
    customer,
    name=_TEXTS,
    tier=_TEXTS,
    language=_TEXTS,
    time_zone=_TEXTS,
    notes=st.text(alphabet="xy", max_size=3),
    attributes=_MAPS,
    consent=_MAPS,
)


@given(kept=_RECORDS, dropped=_RECORDS)
def test_undoing_at_once_restores_the_record_as_it_was(kept: Customer, dropped: Customer) -> None:
    plan = plan_merge(kept, dropped)
    merged = {**columns_of(kept), **plan.values}

    restored = plan_restore(merged, filled=plan.values, before=plan.before)

    assert {**merged, **restored} == columns_of(kept)
