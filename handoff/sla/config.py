"""Reads business hours and service levels from `data/service.yml`, and its other sections along.

The file belongs to the support lead: every mistake in it is named with its place and what would be
right. Public holidays come from the `holidays` library, for the years around today.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from handoff.routing.config import RoutingSettings, parse_routing
from handoff.service_file import ServiceFileError, read_list, read_mapping, read_minutes
from handoff.sla.calendars import BusinessCalendar, CalendarError, Interval, parse_interval
from handoff.sla.clocks import SlaEngine
from handoff.sla.policy import DEFAULT_CALENDAR, DEFAULT_WARN_AT, Metric, SlaPolicy, SlaRule
from handoff.sla.public_holidays import UnknownHolidays, public_holidays
from handoff.triage_config import parse_triage
from handoff.triage_rules import TriageSettings

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
YEARS_BACK, YEARS_AHEAD = 1, 2
_TIER = re.compile(r"[a-z][a-z0-9_]{0,29}")
_CALENDAR_KEYS = frozenset({"zone", "hours", "holidays", "exceptions"})
_CONDITIONS: Final[Mapping[str, str]] = {
    "priority": "priorities", "type": "types", "tier": "tiers", "channel": "channels",
    "market": "markets",
}  # fmt: skip
_RULE_KEYS = frozenset({"name", "calendar", "warn_at", *_CONDITIONS, *Metric})


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What the file says.

    Attributes:
        calendars: By name; `default` is always there.
        markets: Market -> name of its calendar.
        policy: The service levels.
        routing: Queues and routing.
        tiers: What a customer's tier may be, the highest first.
        triage: Whose tickets stand higher.
    """

    calendars: Mapping[str, BusinessCalendar]
    markets: Mapping[str, str]
    policy: SlaPolicy
    routing: RoutingSettings = field(default_factory=RoutingSettings)
    tiers: tuple[str, ...] = ()
    triage: TriageSettings = field(default_factory=TriageSettings)

    def calendar_for(self, market: str | None) -> BusinessCalendar:
        """Gives a market's calendar, or the default one."""
        return self.calendars[self.markets.get(market or "", DEFAULT_CALENDAR)]

    def engine(self) -> SlaEngine:
        """Gives the clocks of these service levels."""
        return SlaEngine(self.policy, self.calendars)


def plain_service(routing: RoutingSettings | None = None) -> Service:
    """Gives a service that is always open and promises only the default, for tests and tools."""
    always = BusinessCalendar(
        name=DEFAULT_CALENDAR, zone=ZoneInfo("UTC"), week=((Interval(0, 1440),),) * 7
    )
    return Service(
        calendars={DEFAULT_CALENDAR: always},
        markets={},
        policy=SlaPolicy(),
        routing=routing or RoutingSettings(),
    )


def load_service(path: Path, *, today: dt.date) -> Service:
    """Reads the file.

    Args:
        path: YAML.
        today: Holidays are known from last year to the year after next.

    Raises:
        ServiceFileError: If it cannot be read or makes no sense.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ServiceFileError(str(path), f"cannot be read ({error})") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        raise ServiceFileError(f"{path}{line}", "is not valid YAML") from error
    return parse_service(data, today=today, source=path.name)


def parse_service(data: object, *, today: dt.date, source: str = "service") -> Service:
    """Gives the service that plain data describes; see `load_service`."""
    top = read_mapping(
        data, source, {"calendars", "markets", "sla", "routing", "customers", "triage", "tickets"}
    )
    years = range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1)
    entries = read_mapping(top.get("calendars"), f"{source} > calendars", None)
    calendars = {
        str(name): _calendar(str(name), entry, years, f"{source} > calendars > {name}")
        for name, entry in entries.items()
    }
    if DEFAULT_CALENDAR not in calendars:
        raise ServiceFileError(
            f"{source} > calendars", f"a calendar {DEFAULT_CALENDAR!r} is needed"
        )
    markets = {
        str(market): _known(str(name), calendars, f"{source} > markets > {market}")
        for market, name in read_mapping(
            top.get("markets") or {}, f"{source} > markets", None
        ).items()
    }
    rules = tuple(
        _rule(entry, calendars, f"{source} > sla > {number}")
        for number, entry in enumerate(read_list(top.get("sla") or [], f"{source} > sla"), start=1)
    )
    tiers = _tiers(top.get("customers"), f"{source} > customers")
    for number, rule in enumerate(rules, start=1):
        for tier in sorted(rule.tiers - set(tiers)) if tiers else ():
            where = f"{source} > sla > {number} > tier"
            known = ", ".join(tiers)
            raise ServiceFileError(where, f"there is no tier {tier!r}; known are {known}")
    return Service(
        calendars=calendars,
        markets=markets,
        policy=SlaPolicy(rules=rules, markets=markets),
        routing=parse_routing(top.get("routing") or {}, f"{source} > routing"),
        tiers=tiers,
        triage=parse_triage(top.get("triage") or {}, f"{source} > triage", tiers=tiers),
    )


def _tiers(data: object, where: str) -> tuple[str, ...]:
    entry = read_mapping(data or {}, where, {"tiers"})
    tiers = tuple(str(tier) for tier in read_list(entry.get("tiers") or [], f"{where} > tiers"))
    for number, tier in enumerate(tiers, start=1):
        if not _TIER.fullmatch(tier):
            problem = f"{tier!r} is no tier such as gold or small_business"
            raise ServiceFileError(f"{where} > tiers > {number}", problem)
        if tier in tiers[: number - 1]:
            raise ServiceFileError(f"{where} > tiers > {number}", f"{tier!r} stands there twice")
    return tiers


def _calendar(name: str, data: object, years: range, where: str) -> BusinessCalendar:
    entry = read_mapping(data, where, _CALENDAR_KEYS)
    try:
        zone = ZoneInfo(str(entry.get("zone", "")))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        problem = f"{entry.get('zone')!r} is no time zone such as Europe/Athens"
        raise ServiceFileError(f"{where} > zone", problem) from error
    exceptions = read_mapping(entry.get("exceptions") or {}, f"{where} > exceptions", None)
    try:
        return BusinessCalendar(
            name=name,
            zone=zone,
            week=_week(entry.get("hours"), f"{where} > hours"),
            special={
                _day(day, f"{where} > exceptions"): _intervals(
                    hours, f"{where} > exceptions > {day}"
                )
                for day, hours in exceptions.items()
            },
            holidays=_holidays(entry.get("holidays"), years, f"{where} > holidays"),
        )
    except CalendarError as error:
        raise ServiceFileError(where, str(error)) from error


def _week(data: object, where: str) -> tuple[tuple[Interval, ...], ...]:
    week: list[tuple[Interval, ...]] = [()] * 7
    for days, hours in read_mapping(data, where, None).items():
        for day in _weekdays(str(days), where):
            week[day] = _intervals(hours, f"{where} > {days}")
    return tuple(week)


def _weekdays(text: str, where: str) -> range:
    """Reads `mon`, `mon-fri` or `daily`."""
    if text == "daily":
        return range(7)
    first, _, last = text.lower().partition("-")
    if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
        raise ServiceFileError(where, f"{text!r} is no weekday; write mon, mon-fri or daily")
    start, stop = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    if stop < start:
        raise ServiceFileError(where, f"{text!r} runs backwards; write two lines")
    return range(start, stop + 1)


def _intervals(data: object, where: str) -> tuple[Interval, ...]:
    if data == "closed":
        return ()
    if data == "open":
        return (Interval(0, 1440),)
    try:
        return tuple(parse_interval(str(part)) for part in read_list(data, where))
    except CalendarError as error:
        raise ServiceFileError(where, str(error)) from error


def _day(value: object, where: str) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise ServiceFileError(where, f"{value!r} is no day such as 2026-12-24")


def _holidays(data: object, years: range, where: str) -> frozenset[dt.date]:
    if data is None:
        return frozenset()
    entry = read_mapping(data, where, {"country", "subdivision"})
    subdivision = entry.get("subdivision")
    try:
        return public_holidays(
            str(entry.get("country", "")),
            None if subdivision is None else str(subdivision),
            years.start,
            years.stop - 1,
        )
    except UnknownHolidays as error:
        raise ServiceFileError(where, f"no public holidays are known: {error}") from error


def _rule(data: object, calendars: Mapping[str, BusinessCalendar], where: str) -> SlaRule:
    entry = read_mapping(data, where, _RULE_KEYS)
    conditions: dict[str, Any] = {
        field: frozenset(read_list(entry[key], f"{where} > {key}"))
        for key, field in _CONDITIONS.items()
        if key in entry
    }
    minutes = {
        metric: read_minutes(entry[metric.value], f"{where} > {metric.value}")
        for metric in Metric
        if metric.value in entry
    }
    named = entry.get("calendar")
    if not minutes:
        raise ServiceFileError(where, f"promises nothing; add one of {', '.join(Metric)}")
    try:
        return SlaRule(
            name=str(entry.get("name") or where),
            minutes=minutes,
            calendar="" if named is None else _known(str(named), calendars, where),
            warn_at=float(entry.get("warn_at", DEFAULT_WARN_AT)),
            **conditions,
        )
    except (ValueError, TypeError) as error:
        if isinstance(error, ServiceFileError):
            raise
        raise ServiceFileError(where, str(error)) from error


def _known(name: str, calendars: Mapping[str, BusinessCalendar], where: str) -> str:
    if name not in calendars:
        known = ", ".join(sorted(calendars))
        raise ServiceFileError(where, f"there is no calendar {name!r}; known are {known}")
    return name
