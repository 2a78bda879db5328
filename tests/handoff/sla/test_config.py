"""The service file: what it says, and what it says when it is wrong."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from handoff.service_file import ServiceFileError
from handoff.sla.config import load_service, parse_service
from handoff.sla.policy import Metric, Traits

ROOT = Path(__file__).resolve().parents[3]
TODAY = dt.date(2026, 11, 22)
GOOD = """
calendars:
  default:
    zone: Europe/Athens
    hours: {mon-fri: ["09:00-13:00", "14:00-17:30"], sat: ["10:00-14:00"]}
    holidays: {country: GR}
    exceptions: {2026-12-24: ["09:00-12:00"], 2026-12-31: closed}
  berlin: {zone: Europe/Berlin, hours: {daily: open}, holidays: {country: DE, subdivision: BE}}
markets: {de: berlin}
sla:
  - {name: vip, tier: [gold], first_response: 30 minutes, resolution: 4h, warn_at: 0.5}
  - {priority: [1, 2], calendar: berlin, next_response: 1.5 hours}
  - {market: [de], channel: [mail], type: [complaint], resolution: 2 hours}
"""


def test_the_file_of_the_demo_shop_is_good() -> None:
    service = load_service(ROOT / "data" / "service.yml", today=TODAY)
    for priority in range(1, 6):
        rule = service.policy.rule_for(Traits(priority=priority))
        assert set(rule.minutes) == set(Metric)
    assert service.engine() is not None


def test_everything_is_read() -> None:
    service = parse_service(yaml.safe_load(GOOD), today=TODAY)
    default, berlin = service.calendar_for(None), service.calendar_for("de")
    assert service.calendar_for("unknown") is default
    assert [str(part) for part in default.intervals(dt.date(2026, 11, 23))] == [
        "09:00-13:00",
        "14:00-17:30",
    ]
    assert default.intervals(dt.date(2026, 11, 22)) == ()
    assert [str(part) for part in default.intervals(dt.date(2026, 12, 24))] == ["09:00-12:00"]
    assert default.intervals(dt.date(2026, 12, 31)) == ()
    # Ohi Day and Women's Day: public holidays of the country and of one state.
    assert dt.date(2026, 10, 28) in default.holidays
    assert dt.date(2027, 3, 8) in berlin.holidays
    assert [str(part) for part in berlin.intervals(dt.date(2026, 11, 22))] == ["00:00-24:00"]
    vip, urgent, mail = service.policy.rules
    assert (vip.minutes, vip.warn_at, vip.calendar) == (
        {Metric.FIRST_RESPONSE: 30.0, Metric.RESOLUTION: 240.0},
        0.5,
        "",
    )
    assert urgent.fits(Traits(priority=2))
    assert urgent.minutes == {Metric.NEXT_RESPONSE: 90.0}
    german = Traits(priority=3, market="de", channel="mail", type="complaint")
    assert mail.fits(german)
    assert mail.misfits(Traits(priority=3)) == ("type", "channel", "market")


def test_a_rule_without_a_calendar_goes_by_the_one_of_the_market() -> None:
    policy = parse_service(yaml.safe_load(GOOD), today=TODAY).policy
    vip, urgent, _ = policy.rules

    assert policy.calendar_for(vip, Traits(priority=3, tier="gold", market="de")) == "berlin"
    assert policy.calendar_for(vip, Traits(priority=3, tier="gold", market="gr")) == "default"
    assert policy.calendar_for(urgent, Traits(priority=1, market="gr")) == "berlin"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("calendars",), None, "names with values"),
        (("calendars", "default"), {}, "time zone"),
        (("calendars", "default", "zone"), "Greece/Athens", "time zone"),
        (("calendars", "default", "zone"), "../../etc/passwd", "time zone"),
        (("calendars", "default", "hours"), {"monday": []}, "no weekday"),
        (("calendars", "default", "hours"), {"fri-mon": []}, "runs backwards"),
        (("calendars", "default", "hours"), {"mon": "9-17"}, "a list is expected"),
        (("calendars", "default", "hours"), {"mon": ["9-17"]}, "not an interval"),
        (("calendars", "default", "hours"), {"mon": ["09:00-13:00", "12:00-14:00"]}, "overlap"),
        (("calendars", "default", "exceptions"), {"tomorrow": "closed"}, "no day"),
        (("calendars", "default", "holidays"), {"country": "XX"}, "no public holidays"),
        (("calendars", "default", "lunch"), 1, "'lunch' is unknown"),
        (("markets",), {"fr": "paris"}, "no calendar 'paris'; known are berlin, default"),
        (("sla",), {"name": "x"}, "a list is expected"),
        (("sla", 0, "first_response"), "soon", "no working time"),
        (("sla", 0, "first_response"), "0 hours", "above 0"),
        (("sla", 0, "warn_at"), 2, "between 0 and 1"),
        (("sla", 0, "warn_at"), "late", "could not convert"),
        (("sla", 0, "priority"), 1, "a list is expected"),
        (("sla", 0, "calendar"), "paris", "no calendar 'paris'"),
        (("sla", 0), {"name": "empty"}, "promises nothing"),
        (("sla", 0, "prioritiy"), [1], "'prioritiy' is unknown"),
        (("slas",), [], "'slas' is unknown"),
    ],
)
def test_mistakes_are_named(path: tuple[Any, ...], value: object, message: str) -> None:
    data = yaml.safe_load(GOOD)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ServiceFileError, match=message) as caught:
        parse_service(data, today=TODAY)
    assert str(caught.value).startswith("service")


def test_a_default_calendar_is_needed() -> None:
    with pytest.raises(ServiceFileError, match="'default' is needed"):
        parse_service({"calendars": {}}, today=TODAY)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(ServiceFileError, match="cannot be read"):
        load_service(tmp_path / "missing.yml", today=TODAY)
    broken = tmp_path / "broken.yml"
    broken.write_text("calendars:\n  default: [", encoding="utf-8")
    with pytest.raises(ServiceFileError, match=r"line [23]"):
        load_service(broken, today=TODAY)
    broken.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ServiceFileError):
        load_service(broken, today=TODAY)


def test_tiers_are_read_and_an_unknown_one_is_named() -> None:
    data = yaml.safe_load(GOOD)
    data["customers"] = {"tiers": ["gold", "standard"]}

    assert parse_service(data, today=TODAY).tiers == ("gold", "standard")

    data["sla"][0]["tier"] = ["platinum"]
    with pytest.raises(ServiceFileError, match="1 > tier: there is no tier 'platinum'"):
        parse_service(data, today=TODAY)


@pytest.mark.parametrize(
    ("tiers", "place"), [(["Very Gold"], "tiers > 1"), (["a", "a"], "tiers > 2"), ("a", "tiers:")]
)
def test_a_mistake_in_the_tiers_is_named(tiers: object, place: str) -> None:
    data = {**yaml.safe_load(GOOD), "customers": {"tiers": tiers}}

    with pytest.raises(ServiceFileError, match=place):
        parse_service(data, today=TODAY)
