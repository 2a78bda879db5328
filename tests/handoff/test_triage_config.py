"""The support lead's settings of triage."""

from __future__ import annotations

import pytest

from handoff.service_file import ServiceFileError
from handoff.triage_config import parse_triage
from handoff.triage_rules import TriageSettings

TIERS = ("vip", "gold")


def test_nothing_is_raised_by_default() -> None:
    assert parse_triage({}, "triage", tiers=()) == TriageSettings()


def test_tiers_and_first_contacts_are_read() -> None:
    data = {"raise_tiers": ["vip", "gold"], "raise_first_contact": True}

    assert parse_triage(data, "triage", tiers=TIERS) == TriageSettings(
        raise_tiers=frozenset({"vip", "gold"}), raise_first_contact=True
    )


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ([], "triage: names with values"),
        ({"raise_tier": []}, "'raise_tier' is unknown"),
        ({"raise_tiers": "vip"}, "triage > raise_tiers: a list is expected"),
        (
            {"raise_tiers": ["vlp"]},
            "triage > raise_tiers: there is no tier 'vlp'; known are vip, gold",
        ),
        ({"raise_first_contact": "sometimes"}, "raise_first_contact: 'sometimes' is not yes or no"),
    ],
)
def test_a_mistake_is_named_with_its_place(data: object, fault: str) -> None:
    with pytest.raises(ServiceFileError, match=fault):
        parse_triage(data, "triage", tiers=TIERS)


def test_without_any_tier_none_can_be_raised() -> None:
    with pytest.raises(ServiceFileError, match="name them under customers > tiers"):
        parse_triage({"raise_tiers": ["vip"]}, "triage", tiers=())
