"""Whom somebody can call: the file, its mistakes, and whose numbers a visitor gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from handoff.help_lines import CountryHelpLines, load_help_lines, parse_help_lines
from handoff.ports import Help, HelpLine
from handoff.service_file import ServiceFileError

ROOT = Path(__file__).parents[2]
GREECE = Help(emergency="112", lines=(HelpLine(name="Klimaka", number="1018"),))
BRITAIN = Help(emergency="999")
LINES = CountryHelpLines(countries={"GR": GREECE, "GB": BRITAIN}, home="gr")


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("el-GR", GREECE),
        ("el_GR", GREECE),
        ("en-Latn-GB", BRITAIN),
        ("en", GREECE),
        (None, GREECE),
        ("", GREECE),
        ("en-AR", Help()),
    ],
)
def test_a_visitor_gets_the_numbers_of_her_country(locale: str | None, expected: Help) -> None:
    assert LINES.help_for(locale) == expected


def test_without_a_home_country_nothing_is_guessed() -> None:
    assert CountryHelpLines(countries={"GR": GREECE}).help_for("el") == Help()
    assert CountryHelpLines(countries={"GR": GREECE}, home="EU").help_for("el") == Help()


def test_the_file_of_the_product_is_sound() -> None:
    found = load_help_lines(ROOT / "data" / "help_lines.yml")

    assert found.help_for("el-GR").lines[0].number == "1018"
    assert found.help_for("en-US") == Help(
        emergency="911", lines=(HelpLine(name="988 Suicide & Crisis Lifeline", number="988"),)
    )
    assert found.help_for("tr-TR") == Help(emergency="112")
    assert all(help_.emergency for help_ in found.countries.values())


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ([], "names with values"),
        ({"lines": {}}, "'lines' is unknown"),
        ({"countries": {False: {"emergency": "112"}}}, "no country code"),
        ({"countries": {"Greece": {"emergency": "112"}}}, "no country code"),
        ({"countries": {"GR": {}}}, "GR > emergency"),
        ({"countries": {"ES": {"emergency": 112}}}, "in quotes"),
        ({"countries": {"GR": {"emergency": "soon"}}}, "in quotes"),
        ({"countries": {"GR": {"emergency": "112", "lines": "1018"}}}, "a list is expected"),
        (
            {"countries": {"GR": {"emergency": "112", "lines": [{"number": "1"}]}}},
            "lines > 1 > name",
        ),
        (
            {"countries": {"GR": {"emergency": "112", "lines": [{"name": "A"}]}}},
            "lines > 1 > number",
        ),
        ({"countries": {"GR": {"emergency": "112", "line": []}}}, "'line' is unknown"),
    ],
)
def test_a_mistake_is_named_with_its_place(data: object, place: str) -> None:
    with pytest.raises(ServiceFileError, match=place):
        parse_help_lines(data)


@pytest.mark.parametrize("content", [None, "countries: ["])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "help_lines.yml"
    if content is not None:
        path.write_text(content, encoding="utf-8")

    with pytest.raises(ServiceFileError, match=r"help_lines\.yml: cannot be read"):
        load_help_lines(path)
