"""Views of the queue as data: which tickets, in which order, under which name. Pure.

A view is a filter and an order. Some come with the house; people save their own and share them.
Everything in a filter must hold; an empty part says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from handoff.model import JsonObject, iso
from handoff.routing.errors import ViewInvalid
from handoff.ticket import ACTIVE_STATES, HIGHEST_PRIORITY, LOWEST_PRIORITY, TicketState

ME: Final = "me"
NONE: Final = "none"
MINE: Final = "mine"
MOST_VALUES: Final = 50
VALUE_CHARS: Final = 80
# A year in minutes: longer spans are a slip of the keyboard.
MOST_MINUTES: Final = 366 * 24 * 60
BREACHING_SOON_MINUTES: Final = 60


class ViewOrder(StrEnum):
    """How a view sorts: by a policy of the queue, or by the newest change."""

    PRIORITY = "priority"
    FIFO = "fifo"
    QUICK_WINS = "quick_wins"
    VALUE = "value"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewFilter:
    """Which tickets.

    Attributes:
        states: One of these.
        ended_as: `spam` or `merged`; `none` for those that ended otherwise or not at all.
        assignee: `me`, `none` or a user's id.
        team: `mine` for any team of the reader, `none`, or a team's id.
        languages: One of these, regions aside.
        priorities: One of these, 1 (highest) to 5.
        types: One of these.
        categories: One of these.
        tags: All of these.
        channels: One of these.
        tiers: The customer's, one of these.
        support_tiers: 1, 2 or both.
        breaching_within_minutes: A promise will be broken within so many working minutes, or is.
        waiting_longer_than_minutes: The visitor has been waiting for so long.
        watched_by_me: The reader watches it.
        created_since: Opened then or later.
        created_within_minutes: Opened in the last so many minutes.
    """

    states: tuple[str, ...] = ()
    ended_as: str | None = None
    assignee: str | None = None
    team: str | None = None
    languages: tuple[str, ...] = ()
    priorities: tuple[int, ...] = ()
    types: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    support_tiers: tuple[int, ...] = ()
    breaching_within_minutes: float | None = None
    waiting_longer_than_minutes: float | None = None
    watched_by_me: bool = False
    created_since: datetime | None = None
    created_within_minutes: float | None = None

    def as_json(self) -> JsonObject:
        """Gives what the filter says, without what it leaves open."""
        shape: JsonObject = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if value in ((), None, False):
                continue
            if isinstance(value, tuple):
                value = list(value)
            shape[each.name] = iso(value) if isinstance(value, datetime) else value
        return shape


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """A view. `owner_id` None: it comes with the house and its name is in the catalogues."""

    id: str
    name: str
    filter: ViewFilter = field(default_factory=ViewFilter)
    order: ViewOrder = ViewOrder.PRIORITY
    owner_id: str | None = None
    shared: bool = True
    version: int = 1
    created_at: datetime | None = None
    updated_at: datetime | None = None

    def as_json(self) -> JsonObject:
        """Gives the view's JSON."""
        return {
            "id": self.id,
            "name": self.name,
            "filter": self.filter.as_json(),
            "order": self.order.value,
            "owner_id": self.owner_id,
            "shared": self.shared,
            "built_in": self.owner_id is None,
            "version": self.version,
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
        }


_ACTIVE: Final = tuple(state.value for state in TicketState if state in ACTIVE_STATES)


def _built_in(name: str, order: ViewOrder = ViewOrder.PRIORITY, **given: Any) -> TicketView:
    return TicketView(id=name, name=name, filter=ViewFilter(**given), order=order)


BUILT_IN: Final[Mapping[str, TicketView]] = {
    view.id: view
    for view in (
        _built_in("open", states=_ACTIVE),
        _built_in("mine", states=_ACTIVE, assignee=ME),
        _built_in("my_team", states=_ACTIVE, team=MINE),
        _built_in("unassigned", states=_ACTIVE, assignee=NONE),
        _built_in(
            "breaching_soon", states=_ACTIVE, breaching_within_minutes=BREACHING_SOON_MINUTES
        ),
        _built_in("waiting_for_customer", states=(TicketState.PENDING.value,)),
        _built_in("on_hold", states=(TicketState.ON_HOLD.value,)),
        _built_in(
            "solved",
            ViewOrder.NEWEST,
            states=(TicketState.SOLVED.value, TicketState.CLOSED.value),
            ended_as=NONE,
        ),
        _built_in("spam", ViewOrder.NEWEST, ended_as="spam"),
        _built_in("watched", states=_ACTIVE, watched_by_me=True),
    )
}


def parse_filter(data: Mapping[str, Any]) -> ViewFilter:
    """Gives the filter that plain data describes, such as a stored one.

    Raises:
        ViewInvalid: Something makes no sense; says what.
    """
    readers = _readers()
    unknown = sorted(data.keys() - readers.keys())
    if unknown:
        raise ViewInvalid("filter", f"has the unknown part {unknown[0][:40]!r}")
    return ViewFilter(
        **{name: readers[name](name, value) for name, value in data.items() if value is not None}
    )


def _readers() -> Mapping[str, Callable[[str, Any], Any]]:
    words, minutes = _words, _minutes
    return {
        "states": _states,
        "ended_as": lambda name, value: _one_of(name, value, ("spam", "merged", NONE)),
        "assignee": _word,
        "team": _word,
        "languages": words,
        "priorities": lambda name, value: _levels(name, value, HIGHEST_PRIORITY, LOWEST_PRIORITY),
        "types": words,
        "categories": words,
        "tags": words,
        "channels": words,
        "tiers": words,
        "support_tiers": lambda name, value: _levels(name, value, 1, 2),
        "breaching_within_minutes": minutes,
        "waiting_longer_than_minutes": minutes,
        "watched_by_me": lambda name, value: bool(value),
        "created_since": _moment,
        "created_within_minutes": minutes,
    }


def _states(name: str, value: Sequence[Any]) -> tuple[str, ...]:
    return tuple(_one_of(name, each, tuple(TicketState)) for each in _many(name, value))


def _levels(name: str, value: Sequence[Any], least: int, most: int) -> tuple[int, ...]:
    found = _many(name, value)
    if not all(isinstance(each, int) and least <= each <= most for each in found):
        raise ViewInvalid(name, f"must be numbers from {least} to {most}")
    return tuple(int(each) for each in found)


def _words(name: str, value: Sequence[Any]) -> tuple[str, ...]:
    return tuple(_word(name, each) for each in _many(name, value))


def _many(name: str, value: Any) -> Sequence[Any]:
    if not isinstance(value, list | tuple) or len(value) > MOST_VALUES:
        raise ViewInvalid(name, f"must be a list of at most {MOST_VALUES}")
    return value


def _word(name: str, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= VALUE_CHARS:
        raise ViewInvalid(name, f"must have 1 to {VALUE_CHARS} characters")
    return value


def _one_of(name: str, value: Any, known: Sequence[str]) -> str:
    if value not in known:
        raise ViewInvalid(name, f"must be one of {', '.join(known)}")
    return str(value)


def _minutes(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ViewInvalid(name, "must be a number of minutes")
    if not 0 <= value <= MOST_MINUTES:
        raise ViewInvalid(name, f"must be 0 to {MOST_MINUTES} minutes")
    return float(value)


def _moment(name: str, value: Any) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise ViewInvalid(name, "must be a moment such as 2026-11-23T09:00:00Z") from None
    if moment.tzinfo is None:
        raise ViewInvalid(name, "must say its time zone, such as Z")
    return moment
