"""Decides what a merge of two customer records moves and fills in, and what undoing restores. Pure.

The kept record wins: its own values stay, empty ones are filled from the other. What was moved is
written down, so that undoing gives back exactly that and nothing that came later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from handoff.customers.model import NOTES_CHARS, Customer, Identity, folded
from handoff.model import Json, JsonObject

FILLED: Final = ("name", "folded_name", "tier", "language", "time_zone")
JOINED: Final = ("attributes", "consent")


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePlan:
    """What a merge does to the kept record.

    Attributes:
        values: Columns of the kept record that change.
        before: The same columns as they were.
        moved: Identities that go over.
        doubled: Identities that both have; the dropped record keeps its own.
        raised: Those of the kept record that become verified, because the dropped one's were.
    """

    values: JsonObject
    before: JsonObject
    moved: tuple[Identity, ...]
    doubled: tuple[Identity, ...]
    raised: tuple[Identity, ...]


def plan_merge(kept: Customer, dropped: Customer) -> MergePlan:
    """Gives what merging `dropped` into `kept` does; both with their identities."""
    mine, theirs = columns_of(kept), columns_of(dropped)
    values: JsonObject = {
        name: theirs[name] for name in FILLED if mine[name] is None and theirs[name] is not None
    }
    for name in JOINED:
        joined = {**_object(theirs[name]), **_object(mine[name])}
        if joined != mine[name]:
            values[name] = joined
    if dropped.notes and dropped.notes not in kept.notes:
        values["notes"] = "\n\n".join(filter(None, (kept.notes, dropped.notes)))[:NOTES_CHARS]
    owned = {(one.kind, one.value): one for one in kept.identities}
    doubled = tuple(one for one in dropped.identities if (one.kind, one.value) in owned)
    return MergePlan(
        values=values,
        before={name: mine[name] for name in values},
        moved=tuple(one for one in dropped.identities if (one.kind, one.value) not in owned),
        doubled=doubled,
        raised=tuple(
            one for one in doubled if one.verified and not owned[one.kind, one.value].verified
        ),
    )


def plan_restore(now: JsonObject, *, filled: JsonObject, before: JsonObject) -> JsonObject:
    """Gives the columns of the kept record to set back.

    Only what still is as the merge left it: a person's later change stays.

    Args:
        now: The record's columns as they are.
        filled: As the merge set them.
        before: As they were before it.
    """
    values: JsonObject = {
        name: before.get(name)
        for name in (*FILLED, "notes")
        if name in filled and now.get(name) == filled[name]
    }
    for name in JOINED:
        if name in filled:
            values[name] = _taken_back(
                _object(now.get(name)), _object(filled[name]), _object(before.get(name))
            )
    return values


def _taken_back(now: JsonObject, filled: JsonObject, before: JsonObject) -> JsonObject:
    added = {key: value for key, value in filled.items() if key not in before}
    return {key: value for key, value in now.items() if key not in added or added[key] != value}


def columns_of(customer: Customer) -> JsonObject:
    """Gives the columns that a merge may fill."""
    return {
        "name": customer.name,
        "folded_name": folded(customer.name or "") or None,
        "tier": customer.tier,
        "language": customer.language,
        "time_zone": customer.time_zone,
        "notes": customer.notes,
        "attributes": customer.attributes,
        "consent": customer.consent,
    }


def _object(value: Json) -> JsonObject:
    return dict(value) if isinstance(value, dict) else {}


def identities_json(identities: Sequence[Identity]) -> list[Json]:
    """Gives kind and value of each, as the merge's row keeps them."""
    return [[one.kind.value, one.value] for one in identities]
