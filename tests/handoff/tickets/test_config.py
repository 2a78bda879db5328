"""What the support lead writes about tickets: read as meant, refused with its place."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from handoff.service_file import ServiceFileError
from handoff.tickets.config import load_classifier, load_ticket_rules, parse_ticket_rules
from handoff.tickets.rules import FieldType, TicketRules

ROOT = Path(__file__).parents[3]


def test_the_shipped_rules_are_the_defaults() -> None:
    assert load_ticket_rules(ROOT / "data" / "service.yml") == TicketRules()


def test_a_file_without_the_section_has_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "service.yml"
    path.write_text("calendars: {}\n")

    assert load_ticket_rules(path) == TicketRules()


def test_rules_are_read_as_they_are_written() -> None:
    rules = parse_ticket_rules(
        {
            "reopen_within": "12 hours",
            "close_after": "2 weeks",
            "undo_within": "1 day",
            "fields": {
                "order": {"required": True, "names": {"el": "Παραγγελία"}},
                "size": {"type": "choice", "choices": ["S", "M"]},
            },
        },
        "service > tickets",
    )

    assert (rules.reopen_within, rules.close_after) == (timedelta(hours=12), timedelta(weeks=2))
    assert (rules.undo_within, rules.follow_up_within) == (timedelta(days=1), timedelta(days=60))
    assert rules.fields["order"].required
    assert rules.fields["order"].names == {"el": "Παραγγελία"}
    assert (rules.fields["size"].type, rules.fields["size"].choices) == (
        FieldType.CHOICE,
        ("S", "M"),
    )


@pytest.mark.parametrize(
    ("data", "where", "problem"),
    [
        ([], "t", "names with values"),
        ({"reopen": "7 days"}, "t", "'reopen' is unknown"),
        ({"reopen_within": "soon"}, "t > reopen_within", "'soon' is no span"),
        ({"fields": {"Order": {}}}, "t > fields > Order", "short name"),
        ({"fields": {"a": {"type": "colour"}}}, "t > fields > a > type", "none of text"),
        ({"fields": {"a": {"required": "yes"}}}, "t > fields > a > required", "true or false"),
        ({"fields": {"a": {"type": "choice"}}}, "t > fields > a > choices", "are needed"),
        ({"fields": {"a": {"choices": ["x"]}}}, "t > fields > a > choices", "belong to"),
        ({"fields": {"a": {"choices": "x"}}}, "t > fields > a > choices", "a list of texts"),
    ],
)
def test_mistakes_are_named_with_their_place(data: Any, where: str, problem: str) -> None:
    with pytest.raises(ServiceFileError) as caught:
        parse_ticket_rules(data, "t")

    assert caught.value.where == where
    assert problem in caught.value.problem


def folder(tmp_path: Path, names: str, english: str) -> Path:
    (tmp_path / "categories.yml").write_text(names)
    (tmp_path / "en.yml").write_text(english)
    return tmp_path


def test_a_new_category_needs_no_code(tmp_path: Path) -> None:
    path = folder(
        tmp_path,
        "categories:\n  pets: {names: {en: Pets}}\ntypes: {}\n",
        "categories:\n  pets: [dog*]\n",
    )

    classifier = load_classifier(path)

    assert classifier.check_category("pets") == "pets"
    assert "category:pets" in classifier.cues["en"].phrases


@pytest.mark.parametrize(
    ("names", "english", "where"),
    [
        ("categories: {a: {colour: red}}\ntypes: {}", "", "categories.yml > categories > a"),
        ("categories: {A: {}}\ntypes: {}", "", "categories.yml > categories > A"),
        ("categories: {}\ntypes: {praise: {}}", "", "categories.yml > types"),
        ("categories: {}\ntypes: {}", "categories: {pets: [dog]}", "en.yml > categories"),
        ("categories: {}\ntypes: {}", "types: {problem: dog}", "en.yml > types > problem"),
    ],
)
def test_mistakes_in_categories_are_named(
    tmp_path: Path, names: str, english: str, where: str
) -> None:
    with pytest.raises(ServiceFileError) as caught:
        load_classifier(folder(tmp_path, names, english or "{}"))

    assert caught.value.where == where


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServiceFileError, match="cannot be read"):
        load_classifier(tmp_path)
    with pytest.raises(ServiceFileError, match="is not valid YAML"):
        load_classifier(folder(tmp_path, "a: [", ""))
