"""`babeldesk hours`: what the service file means now, so that a mistake is seen before a breach."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.hours import describe_week, read_service, write_moment
from bot.settings import Settings
from handoff.sla.calendars import BusinessCalendar
from handoff.sla.policy import Metric, SlaRule

SHOWN_DAYS = 60
_COLUMNS = (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE, Metric.RESOLUTION)


def describe_hours(settings: Settings, *, now: datetime) -> dict[str, Any]:
    """Gives the calendars and the service levels as plain data.

    Raises:
        StartError: `bad_service_file`.
    """
    service = read_service(settings.paths)
    used_by = {
        name: sorted(market for market, calendar in service.markets.items() if calendar == name)
        for name in service.calendars
    }
    return {
        "calendars": [
            _calendar(calendar, now, markets=used_by[name])
            for name, calendar in service.calendars.items()
        ],
        "service_levels": [_rule(rule) for rule in (*service.policy.rules, service.policy.default)],
    }


def hours_text(data: dict[str, Any]) -> str:
    """Writes them for people."""
    lines: list[str] = []
    for calendar in data["calendars"]:
        lines.append(f"{calendar['name']}: {calendar['week'] or 'never open'}")
        state = "open now" if calendar["open"] else f"opens {calendar['opens'] or 'never'}"
        lines.append(f"  {state}")
        if calendar["markets"]:
            lines.append(f"  for the markets {', '.join(calendar['markets'])}")
        lines += [f"  {day['date']}  {day['hours']}" for day in calendar["other_days"]]
    lines.append("")
    lines.append("Promised working time (first response / next response / resolution):")
    for rule in data["service_levels"]:
        promised = " / ".join(_minutes(rule["minutes"].get(metric)) for metric in _COLUMNS)
        lines.append(f"  {rule['name']}: {promised}  ({rule['for']}; calendar {rule['calendar']})")
    return "\n".join(lines)


def _calendar(calendar: BusinessCalendar, now: datetime, *, markets: list[str]) -> dict[str, Any]:
    opens = calendar.next_opening(now)
    today = now.astimezone(calendar.zone).date()
    days = [today + timedelta(days=n) for n in range(SHOWN_DAYS)]
    return {
        "name": calendar.name,
        "zone": calendar.zone.key,
        "week": describe_week(calendar, "en"),
        "open": calendar.is_open(now),
        "opens_at": None if opens is None else opens.isoformat(),
        "opens": opens and write_moment(opens, "en", None, home_zone=calendar.zone),
        "markets": markets,
        "other_days": [
            {
                "date": day.isoformat(),
                "hours": ", ".join(map(str, calendar.intervals(day))) or "closed",
            }
            for day in days
            if calendar.intervals(day) != calendar.week[day.weekday()]
        ],
    }


def _rule(rule: SlaRule) -> dict[str, Any]:
    conditions = {
        "priority": [f"P{level}" for level in sorted(rule.priorities)],
        "type": sorted(rule.types),
        "tier": sorted(rule.tiers),
        "channel": sorted(rule.channels),
        "market": sorted(rule.markets),
    }
    told = [f"{name} {', '.join(values)}" for name, values in conditions.items() if values]
    return {
        "name": rule.name,
        "for": "; ".join(told) or "everything else",
        "conditions": {name: values for name, values in conditions.items() if values},
        "calendar": rule.calendar or "of the market",
        "minutes": {metric.value: minutes for metric, minutes in rule.minutes.items()},
        "warn_at": rule.warn_at,
    }


def _minutes(minutes: float | None) -> str:
    if minutes is None:
        return "-"
    hours, rest = divmod(round(minutes), 60)
    return " ".join(
        part for part in (f"{hours} h" * bool(hours), f"{rest} min" * bool(rest)) if part
    )
