"""Whom a person can call whose life is in danger, by country; read from `data/help_lines.yml`.

The file belongs to the operator: every mistake in it is named with its place. An unknown country
gets no lines rather than another country's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from handoff.ports import Help, HelpLine
from handoff.service_file import ServiceFileError, read_list, read_mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryHelpLines:
    """Help by country; satisfies `handoff.ports.HelpLines`.

    Attributes:
        countries: ISO 3166 code -> help.
        home: Country of visitors whose browser names none; None when nobody knows.
    """

    countries: Mapping[str, Help]
    home: str | None = None

    def help_for(self, locale: str | None) -> Help:
        """Gives the help of the locale's country, else of the home country, else none."""
        for country in (_country(locale), (self.home or "").upper()):
            if country in self.countries:
                return self.countries[country]
            if country and country == _country(locale):
                # She is known to be elsewhere: numbers from home would not connect there.
                break
        return Help()


def load_help_lines(path: Path, *, home: str | None = None) -> CountryHelpLines:
    """Reads the file.

    Raises:
        ServiceFileError: If it cannot be read or makes no sense.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ServiceFileError(str(path), f"cannot be read ({error})") from error
    return CountryHelpLines(countries=parse_help_lines(data, source=path.name), home=home)


def parse_help_lines(data: object, *, source: str = "help_lines") -> dict[str, Help]:
    """Gives country -> help that plain data describes; see `load_help_lines`."""
    countries = read_mapping(
        read_mapping(data, source, {"countries"}).get("countries"), source, None
    )
    return {
        _code(code, source): _help(entry, f"{source} > {code}") for code, entry in countries.items()
    }


def _help(data: object, where: str) -> Help:
    entry = read_mapping(data, where, {"emergency", "lines"})
    emergency = _number(entry.get("emergency"), f"{where} > emergency")
    lines = read_list(entry.get("lines") or [], f"{where} > lines")
    return Help(
        emergency=emergency,
        lines=tuple(
            _line(line, f"{where} > lines > {place}") for place, line in enumerate(lines, start=1)
        ),
    )


def _line(data: object, where: str) -> HelpLine:
    entry = read_mapping(data, where, {"name", "number"})
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip():
        raise ServiceFileError(f"{where} > name", "a name is expected here")
    return HelpLine(name=name.strip(), number=_number(entry.get("number"), f"{where} > number"))


def _number(value: object, where: str) -> str:
    # Without quotes YAML reads 024 as twenty and drops leading zeros.
    if not isinstance(value, str) or not any(map(str.isdigit, value)):
        raise ServiceFileError(where, f'{value!r} is no telephone number in quotes, such as "112"')
    return value.strip()


def _code(value: object, where: str) -> str:
    # Without quotes YAML reads the country NO as false.
    if not isinstance(value, str) or len(value) != 2 or not value.isalpha():
        raise ServiceFileError(
            where, f'{value!r} is no country code such as GR ("NO" needs quotes)'
        )
    return value.upper()


def _country(locale: str | None) -> str:
    parts = (locale or "").replace("_", "-").split("-")[1:]
    return next((part.upper() for part in parts if len(part) == 2 and part.isalpha()), "")
