"""Reads the section `routing` of `data/service.yml`: how tickets find their agents.

Everything may be left out. Without the section agents take tickets themselves (`mode: pull`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar

from handoff.routing.effort import EffortTable
from handoff.routing.model import (
    DEFAULT_CAPACITY,
    Mode,
    OrderPolicy,
    RoutingPolicy,
    Share,
    Widening,
)
from handoff.service_file import ServiceFileError, read_list, read_mapping, read_minutes
from handoff.ticket import HIGHEST_PRIORITY, LOWEST_PRIORITY

NEVER: Final = "never"
_SPANS: Final = {
    "answer_within": "answer_within",
    "absent_for": "absent_for",
    "cool_down": "cool_down",
    "slot_freed_after": "slot_freed_after",
    "first_time_head_start": "first_time_head_start",
    "wait_for_known_agent": "sticky_for",
}
_KEYS: Final = frozenset(
    {
        "mode", "order", "share", "bridge_language", "capacity", "widen", "hurry",
        "never_wait_for_known_agent", "value", "effort", *_SPANS,
    }
)  # fmt: skip
_WIDENINGS: Final = frozenset(field.name for field in fields(Widening))
_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingSettings:
    """What the section says.

    Attributes:
        mode: Of tickets without a team, and of teams that have none of their own.
        policy: The rules.
        capacity: Tickets at once, for agents without a number of their own.
        channel_capacity: Tickets at once per channel.
        value: Customer tier -> weight, for the order `value`.
        effort: Minutes per kind of request, for the order `quick_wins`.
    """

    mode: Mode = Mode.PULL
    policy: RoutingPolicy = field(default_factory=RoutingPolicy)
    capacity: int = DEFAULT_CAPACITY
    channel_capacity: Mapping[str, int] = field(default_factory=dict)
    value: Mapping[str, float] = field(default_factory=dict)
    effort: EffortTable = field(default_factory=EffortTable)


def parse_routing(data: object, where: str) -> RoutingSettings:
    """Gives the settings that plain data describes.

    Raises:
        ServiceFileError: Something makes no sense; says where and what would be right.
    """
    entry = read_mapping(data, where, _KEYS)
    total, channels = _capacity(entry.get("capacity", DEFAULT_CAPACITY), f"{where} > capacity")
    return RoutingSettings(
        mode=_one_of(Mode, entry.get("mode", Mode.PULL), f"{where} > mode"),
        policy=_policy(entry, where),
        capacity=total,
        channel_capacity=channels,
        value=_weights(entry.get("value") or {}, f"{where} > value"),
        effort=_effort(entry.get("effort") or {}, f"{where} > effort"),
    )


def _policy(entry: Mapping[Any, Any], where: str) -> RoutingPolicy:
    given: dict[str, Any] = {
        name: _span(entry[key], f"{where} > {key}") for key, name in _SPANS.items() if key in entry
    }
    readers: Mapping[str, tuple[str, Callable[[object, str], Any]]] = {
        "order": ("order", lambda value, at: _one_of(OrderPolicy, value, at)),
        "share": ("share", lambda value, at: _one_of(Share, value, at)),
        "bridge_language": ("bridge_language", _language),
        "widen": ("widening", _widening),
        "hurry": ("hurry", _hurry),
        "never_wait_for_known_agent": ("never_sticky", _priorities),
    }
    for key, (name, read) in readers.items():
        if key in entry:
            given[name] = read(entry[key], f"{where} > {key}")
    return RoutingPolicy(**given)


def _widening(data: object, where: str) -> Widening:
    entry = read_mapping(data, where, _WIDENINGS)
    return Widening(
        **{
            name: None if str(value) == NEVER else _span(value, f"{where} > {name}")
            for name, value in entry.items()
        }
    )


def _hurry(data: object, where: str) -> Mapping[int, float]:
    entry = read_mapping(data, where, None)
    return {
        _priority(level, where): _number(share, f"{where} > {level}", least=0.0, most=1.0)
        for level, share in entry.items()
    }


def _capacity(data: object, where: str) -> tuple[int, Mapping[str, int]]:
    """Reads one number, or `total` with a number per channel."""
    if not isinstance(data, Mapping):
        return _count(data, where), {}
    counts = {str(name): _count(value, f"{where} > {name}") for name, value in data.items()}
    return counts.pop("total", DEFAULT_CAPACITY), counts


def _effort(data: object, where: str) -> EffortTable:
    entry = read_mapping(data, where, frozenset({"types", "categories", "unknown"}))
    default = EffortTable()
    types = _weights(entry.get("types") or {}, f"{where} > types")
    return EffortTable(
        types={**default.types, **types},
        categories=_weights(entry.get("categories") or {}, f"{where} > categories", least=-1000.0),
        unknown=_number(entry.get("unknown", default.unknown), f"{where} > unknown"),
    )


def _weights(data: object, where: str, *, least: float = 0.0) -> Mapping[str, float]:
    entry = read_mapping(data, where, None)
    return {
        str(name): _number(value, f"{where} > {name}", least=least) for name, value in entry.items()
    }


def _span(value: object, where: str) -> timedelta:
    return timedelta(minutes=read_minutes(value, where))


def _priorities(data: object, where: str) -> frozenset[int]:
    return frozenset(_priority(level, where) for level in read_list(data, where))


def _priority(value: object, where: str) -> int:
    if isinstance(value, int) and HIGHEST_PRIORITY <= value <= LOWEST_PRIORITY:
        return value
    raise ServiceFileError(
        where, f"{value!r} is no priority; write {HIGHEST_PRIORITY} to {LOWEST_PRIORITY}"
    )


def _count(value: object, where: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1000:
        return value
    raise ServiceFileError(where, f"{value!r} is no number of tickets from 0 to 1000")


def _number(value: object, where: str, *, least: float = 0.0, most: float = 1000.0) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and least <= float(str(value)) <= most:
        return float(str(value))
    raise ServiceFileError(where, f"{value!r} is no number from {least:g} to {most:g}")


def _language(value: object, where: str) -> str:
    # YAML reads `no` as false: the person meant Norwegian.
    if isinstance(value, str) and value.replace("-", "").isalpha():
        return value
    raise ServiceFileError(where, f'{value!r} is no language tag such as "en"')


def _one_of(choices: type[_Choice], value: object, where: str) -> _Choice:
    try:
        return choices(str(value))
    except ValueError:
        known = ", ".join(choices)
        raise ServiceFileError(where, f"{value!r} is unknown; known are {known}") from None
