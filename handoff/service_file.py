"""How `data/service.yml` is read: every mistake is named with its place and what would be right.

The sections have their own modules: hours and service levels in `handoff.sla.config`, queues and
routing in `handoff.routing.config`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(m|min|minutes?|h|hours?)", re.IGNORECASE)


class ServiceFileError(ValueError):
    """The file cannot be used; the text says where and what would be right."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(where, problem)
        self.where = where
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


def read_mapping(
    data: object, where: str, keys: set[str] | frozenset[str] | None
) -> Mapping[Any, Any]:
    """Gives names with values; `keys` are the known names, None for any.

    Raises:
        ServiceFileError: It is something else, or has an unknown name.
    """
    if not isinstance(data, Mapping):
        raise ServiceFileError(where, "names with values are expected here")
    unknown = sorted(str(key) for key in data if keys is not None and key not in keys)
    if unknown and keys is not None:
        raise ServiceFileError(
            where, f"{unknown[0]!r} is unknown; known are {', '.join(sorted(keys))}"
        )
    return data


def read_list(data: object, where: str) -> Sequence[Any]:
    """Gives a list; raises ServiceFileError for anything else."""
    if not isinstance(data, list):
        raise ServiceFileError(where, "a list is expected here, such as [a, b]")
    return data


def read_minutes(value: object, where: str) -> float:
    """Gives the minutes in such as `30 minutes` or `4 hours`.

    Raises:
        ServiceFileError: It is something else.
    """
    match = _DURATION.fullmatch(str(value).strip())
    if match is None:
        raise ServiceFileError(where, f"{value!r} is no working time such as 30 minutes or 4 hours")
    return float(match[1]) * (60 if match[2].lower().startswith("h") else 1)
