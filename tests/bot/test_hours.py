"""Business hours in words: what visitors read in their language and zone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.commands.hours import describe_hours, hours_text
from bot.errors import StartError
from bot.hours import TeamHours, describe_week, read_service, spoken_hours, write_moment
from bot.settings import build_settings
from handoff.sla.calendars import BusinessCalendar, parse_interval

ATHENS = ZoneInfo("Europe/Athens")
MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
OFFICE = BusinessCalendar(
    name="office",
    zone=ATHENS,
    week=(
        *((parse_interval("09:00-13:00"), parse_interval("14:00-17:30")),) * 4,
        (parse_interval("09:00-13:00"),),
        (parse_interval("00:00-24:00"),),
        (),
    ),
)


@pytest.mark.parametrize(
    ("language", "zone", "expected"),
    [
        ("en", "Europe/Athens", "Mon, Nov 23, 9:00 AM"),
        ("en", "America/New_York", "Mon, Nov 23, 2:00 AM"),
        ("en", None, "Mon, Nov 23, 9:00 AM (Athens)"),
        ("de", "Europe/Berlin", "Mo., 23. November, 08:00"),
        ("el", "Europe/Athens", "Δευ, 23 Νοεμβρίου, 9:00 π.μ."),
        ("fr", "Europe/Paris", "lun. 23 nov. à 08:00"),
        ("ar", "Asia/Riyadh", "الاثنين، 23 نوفمبر 10:00 ص"),
        ("pt-BR", "America/Sao_Paulo", "seg., 23 de novembro 04:00"),
        ("xx", "No/Where", "Mon, Nov 23, 9:00 AM (Athens)"),
        ("nonsense-tag-that-is-none", None, "Mon, Nov 23, 9:00 AM (Athens)"),
    ],
)
def test_a_moment_is_written_in_the_readers_language_and_zone(
    language: str, zone: str | None, expected: str
) -> None:
    assert write_moment(MONDAY, language, zone, home_zone=ATHENS) == expected


def test_the_week_is_written_with_equal_days_joined() -> None:
    assert describe_week(OFFICE, "de") == (
        "Mo\u2013Do 09:00\u201313:00, 14:00\u201317:30; Fr 09:00\u201313:00; "
        "Sa 00:00\u201300:00 (Athen)"
    )


def test_a_week_without_hours_is_written_as_nothing() -> None:
    closed = BusinessCalendar(name="closed", zone=ATHENS, week=((),) * 7)
    assert describe_week(closed, "en") == ""
    assert TeamHours(closed).opens_at(MONDAY) is None


def test_an_open_team_does_not_open_again() -> None:
    hours = TeamHours(OFFICE)
    assert hours.opens_at(MONDAY) is None
    assert hours.opens_at(datetime(2026, 11, 22, 12, tzinfo=UTC)) == MONDAY


def test_the_hours_that_are_told_follow_the_settings(tmp_path: Path) -> None:
    told = spoken_hours(build_settings({"BABELDESK_LANGUAGES": "en,el"}))
    assert isinstance(told, dict)
    assert told["el"].startswith("Δευ\u2013Παρ 9:00")
    assert spoken_hours(build_settings({"BABELDESK_OPENING_HOURS": "always"})) == "always"
    assert spoken_hours(build_settings({"BABELDESK_OPENING_HOURS": "-"})) is None


def test_a_mistake_in_the_file_stops_the_start_with_its_place(tmp_path: Path) -> None:
    broken = tmp_path / "service.yml"
    broken.write_text("calendars: {default: {zone: Nowhere, hours: {}}}", encoding="utf-8")
    settings = build_settings({"BABELDESK_SERVICE_FILE": str(broken)})
    with pytest.raises(StartError, match="calendars > default > zone") as caught:
        read_service(settings.paths)
    assert "BABELDESK_SERVICE_FILE" in str(caught.value)


def test_the_command_shows_what_the_file_means() -> None:
    data = describe_hours(build_settings({}), now=datetime(2026, 12, 23, 7, 30, tzinfo=UTC))
    default = data["calendars"][0]
    assert (default["open"], default["zone"]) == (True, "Europe/Athens")
    assert {"date": "2026-12-24", "hours": "09:00-14:00"} in default["other_days"]
    assert {"date": "2026-12-25", "hours": "closed"} in default["other_days"]
    text = hours_text(data)
    assert "Urgent: 1 h / 2 h / 9 h  (priority P2; calendar of the market)" in text
    assert "default: - / - / 56 h  (everything else; calendar of the market)" in text


def test_the_command_names_markets_and_calendars_that_never_open(tmp_path: Path) -> None:
    file = tmp_path / "service.yml"
    file.write_text(
        "calendars:\n"
        "  default: {zone: UTC, hours: {}}\n"
        "  berlin: {zone: Europe/Berlin, hours: {daily: open}}\n"
        "markets: {de: berlin}\n",
        encoding="utf-8",
    )
    settings = build_settings({"BABELDESK_SERVICE_FILE": str(file)})
    text = hours_text(describe_hours(settings, now=MONDAY))
    assert "default: never open\n  opens never" in text
    assert "open now\n  for the markets de" in text
