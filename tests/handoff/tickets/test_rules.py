"""Fields of one's own: what they take and what they refuse."""

from __future__ import annotations

import pytest

from handoff.errors import FieldInvalid
from handoff.model import Json
from handoff.tickets.rules import TEXT_CHARS, CustomField, FieldType, TicketRules


def own(kind: FieldType) -> CustomField:
    choices = ("red", "blue") if kind is FieldType.CHOICE else ()
    return CustomField(slug="colour", type=kind, choices=choices)


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        (FieldType.TEXT, " A-1 ", "A-1"),
        (FieldType.NUMBER, 12.5, 12.5),
        (FieldType.NUMBER, 0, 0),
        (FieldType.CHOICE, "red", "red"),
        (FieldType.DATE, "2026-02-28", "2026-02-28"),
        (FieldType.BOOL, False, False),
    ],
)
def test_a_value_of_its_type_is_stored(kind: FieldType, value: Json, stored: Json) -> None:
    assert own(kind).check(value) == stored


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FieldType.TEXT, "  "),
        (FieldType.TEXT, 5),
        (FieldType.TEXT, "x" * (TEXT_CHARS + 1)),
        (FieldType.NUMBER, "5"),
        (FieldType.NUMBER, True),
        (FieldType.NUMBER, False),
        (FieldType.NUMBER, 1e15),
        (FieldType.CHOICE, "green"),
        (FieldType.DATE, "2026-02-30"),
        (FieldType.DATE, "20260228"),
        (FieldType.DATE, 5),
        (FieldType.BOOL, "yes"),
    ],
)
def test_another_value_is_refused_with_what_is_expected(kind: FieldType, value: Json) -> None:
    with pytest.raises(FieldInvalid) as caught:
        own(kind).check(value)

    assert caught.value.field == "colour"
    assert caught.value.problem in (
        f"must be {own(kind).expected}",
        f"has more than {TEXT_CHARS} characters",
    )


def test_null_takes_a_value_away_and_the_rest_stays() -> None:
    rules = TicketRules(fields={"colour": own(FieldType.CHOICE), "size": own(FieldType.NUMBER)})

    after = rules.change_fields({"colour": "red", "size": 5}, {"colour": None, "size": 6})

    assert after == {"size": 6}
    assert rules.change_fields({}, {"colour": None}) == {}


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(FieldInvalid, match="is unknown"):
        TicketRules().change_fields({}, {"colour": "red"})


def test_required_fields_without_a_value_are_named() -> None:
    rules = TicketRules(
        fields={"a": CustomField(slug="a", required=True), "b": CustomField(slug="b")}
    )

    assert rules.missing_fields({}) == ("a",)
    assert rules.missing_fields({"a": "x"}) == ()
