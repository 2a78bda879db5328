"""Service-level targets: which ticket is promised what. Pure.

Rules are read from top to bottom; the first that fits a ticket decides. A ticket that fits none
still gets the long default, so that it rises in the queue instead of being forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

MINUTE = 60
DEFAULT_RESOLUTION_MINUTES = 7 * 8 * 60
"""Seven working days of eight hours; source: LiveAgent's clock for tickets without a target."""
DEFAULT_WARN_AT = 0.75
DEFAULT_CALENDAR = "default"


class Metric(StrEnum):
    """What is promised.

    `first_response` runs from the ticket's opening to the first word of a person, `next_response`
    from the visitor's oldest unanswered message to the answer, `resolution` from the opening to
    the solution; the last two stand still while the visitor has the word or the ticket is on hold.
    """

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What rules look at."""

    priority: int
    type: str = ""
    tier: str = ""
    channel: str = ""
    market: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaRule:
    """One line of the table; an empty condition fits everything.

    Attributes:
        name: What people call it.
        minutes: Promised working minutes per metric; a metric that is missing is not promised.
        calendar: Name of the business calendar that counts them; empty for the one of the ticket's
            market.
        warn_at: Share of the time after which a warning comes, above 0 and below 1.

    Raises:
        ValueError: If a target or the share makes no sense.
    """

    name: str
    minutes: Mapping[Metric, float]
    calendar: str = ""
    priorities: frozenset[int] = frozenset()
    types: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    markets: frozenset[str] = frozenset()
    warn_at: float = DEFAULT_WARN_AT

    def __post_init__(self) -> None:
        """Checks the numbers."""
        if not 0 < self.warn_at < 1:
            raise ValueError(f"Rule {self.name!r}: warn_at must lie between 0 and 1.")
        for metric, minutes in self.minutes.items():
            if minutes <= 0:
                raise ValueError(f"Rule {self.name!r}: {metric.value} must be above 0 minutes.")

    def fits(self, traits: Traits) -> bool:
        """Tells whether the rule is about such a ticket."""
        return not self.misfits(traits)

    def misfits(self, traits: Traits) -> tuple[str, ...]:
        """Names the conditions that keep the rule from such a ticket; none if it fits."""
        wanted: Mapping[str, tuple[frozenset[int] | frozenset[str], int | str]] = {
            "priority": (self.priorities, traits.priority),
            "type": (self.types, traits.type),
            "tier": (self.tiers, traits.tier),
            "channel": (self.channels, traits.channel),
            "market": (self.markets, traits.market),
        }
        return tuple(name for name, (fits, has) in wanted.items() if fits and has not in fits)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaPolicy:
    """The table of rules with the default below it; `markets` names the markets' calendars."""

    rules: Sequence[SlaRule] = ()
    default: SlaRule = field(
        default_factory=lambda: SlaRule(
            name="default", minutes={Metric.RESOLUTION: DEFAULT_RESOLUTION_MINUTES}
        )
    )
    markets: Mapping[str, str] = field(default_factory=dict)

    def rule_for(self, traits: Traits) -> SlaRule:
        """Gives the first rule that fits, else the default."""
        return next((rule for rule in self.rules if rule.fits(traits)), self.default)

    def calendar_for(self, rule: SlaRule, traits: Traits) -> str:
        """Gives the name of the calendar that counts a ticket's time."""
        return rule.calendar or self.markets.get(traits.market, DEFAULT_CALENDAR)
