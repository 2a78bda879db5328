"""Business hours in people's words: when the team is there, and when it opens again."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import (
    format_skeleton,
    format_time,
    get_datetime_format,
    get_day_names,
    get_timezone_location,
)

from bot.errors import StartError
from bot.settings import PathSettings, Settings
from handoff.service_file import ServiceFileError
from handoff.sla.calendars import BusinessCalendar, Interval
from handoff.sla.config import Service, load_service

UNKNOWN: Final = "-"
_DAY: Final = "MMMMEEEEd"


class TeamHours:
    """The hours of the team that this gateway serves; satisfies `handoff.ports.Hours`."""

    def __init__(self, calendar: BusinessCalendar) -> None:
        self._calendar = calendar

    def opens_at(self, now: datetime) -> datetime | None:
        """Gives the next opening; None while it is open, or if it never opens."""
        opens = self._calendar.next_opening(now)
        return None if opens is None or opens <= now else opens

    def described(self, languages: Sequence[str]) -> Mapping[str, str]:
        """Gives the weekly hours in each language."""
        return {language: describe_week(self._calendar, language) for language in languages}


def spoken_hours(settings: Settings) -> str | Mapping[str, str] | None:
    """Gives what the bot says about the hours: one text, a text per language, or None.

    Raises:
        StartError: `bad_service_file`.
    """
    given = settings.brand.opening_hours
    if given is not None:
        return None if given == UNKNOWN else given
    calendar = read_service(settings.paths).calendar_for(settings.brain.market)
    return TeamHours(calendar).described(settings.brand.languages)


def read_service(paths: PathSettings) -> Service:
    """Reads the service file.

    Raises:
        StartError: `bad_service_file` with the place of the mistake.
    """
    try:
        return load_service(paths.service, today=datetime.now(UTC).date())
    except ServiceFileError as error:
        raise StartError(
            "bad_service_file",
            happened=f"The business hours cannot be read: {error}.",
            todo=f"Correct {paths.service}, or name another file with BABELDESK_SERVICE_FILE.",
        ) from None


def write_moment(at: datetime, language: str, time_zone: str | None, *, home_zone: ZoneInfo) -> str:
    """Writes day and time, such as `Mon, Nov 23, 9:00 AM`.

    Args:
        at: Aware.
        language: BCP 47 tag; English stands in for one that nobody has data of.
        time_zone: The reader's IANA zone; without it the shop's zone is used and named.
        home_zone: The shop's zone.
    """
    locale = _locale(language)
    zone = _zone(time_zone)
    local = at.astimezone(zone or home_zone)
    clock = format_time(local, "short", locale=locale)
    # The language's own way of joining a day and a time, such as its own comma.
    joined = str(get_datetime_format("medium", locale=locale))
    text = joined.replace("{0}", clock).replace("{1}", _day(local, locale)).replace("'", "")
    if zone is None:
        city = get_timezone_location(home_zone, locale=locale, return_city=True)
        return f"{text} ({city})"
    return text


def describe_week(calendar: BusinessCalendar, language: str) -> str:
    """Writes the weekly hours, such as `Mon-Fri 09:00-18:00, Sat 10:00-14:00 (Athens)`."""
    locale = _locale(language)
    names = get_day_names("abbreviated", "stand-alone", locale=locale)
    parts = []
    for intervals, group in itertools.groupby(range(7), key=lambda day: calendar.week[day]):
        days = list(group)
        if not intervals:
            continue
        label = names[days[0]] if len(days) == 1 else f"{names[days[0]]}\u2013{names[days[-1]]}"
        hours = ", ".join(_write_interval(part, locale) for part in intervals)
        parts.append(f"{label} {hours}")
    city = get_timezone_location(calendar.zone, locale=locale, return_city=True)
    return f"{'; '.join(parts)} ({city})" if parts else ""


def _write_interval(part: Interval, locale: Locale) -> str:
    ends = (time(minute // 60 % 24, minute % 60) for minute in (part.start, part.stop))
    return "\u2013".join(format_time(end, "short", locale=locale) for end in ends)


def _day(local: datetime, locale: Locale) -> str:
    try:
        return str(format_skeleton(_DAY, local, locale=locale))
    except KeyError:
        return str(format_skeleton(_DAY, local, locale="en"))


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return Locale.parse("en")


def _zone(name: str | None) -> ZoneInfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
