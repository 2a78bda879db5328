"""The rules of triage as tables: what each category says, what is floored, raised or capped. Pure.

Impact 1 is everyone, money, data, safety or law; 2 several people or a blocked order; 3 one person
and an ordinary matter. Urgency 1 is now; 2 soon; 3 no hurry. docs/triage.md explains every line to
support leads; the words of each category stand in `handoff/lexicons`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

RULES_VERSION: Final = "2"

# Categories of the lexicons, by what they say; within a level in order of weight.
IMPACT: Final[Mapping[str, int]] = {
    "self_harm": 1,
    "safety": 1,
    "data_leak": 1,
    "account_misuse": 1,
    "double_charge": 1,
    "payment_taken": 1,
    "legal": 1,
    "everyone_affected": 1,
    "several_affected": 2,
    "blocked_order": 2,
}
URGENCY: Final[Mapping[str, int]] = {
    "deadline_now": 1,
    "blocked_now": 1,
    "growing_damage": 1,
    "deadline_soon": 2,
    "waiting_long": 2,
    "unanswered": 2,
    "repeated_contact": 2,
    "says_urgent": 2,
}
# Worked out from the log, without words of a lexicon.
FROM_THE_LOG: Final = frozenset({"unanswered"})
TAKEN_BACK: Final = "taken_back"
WORKAROUND: Final = "workaround"
NOT_URGENT: Final = "not_urgent"
STEERING: Final = frozenset(
    {TAKEN_BACK, WORKAROUND, NOT_URGENT}
    | {"negators", "negators_after", "no_denial", "conjunctions", "numbers", "real_words"}
)
CATEGORIES: Final = (frozenset(IMPACT) | frozenset(URGENCY) | STEERING) - FROM_THE_LOG

# Danger does not wait, and what is out spreads: urgent without a word about time.
URGENT_BY_NATURE: Final = ("self_harm", "safety", "data_leak", "account_misuse")
# Who says "no hurry" may still have a deadline or stand before a locked door; those are facts.
SILENCED_BY_NOT_URGENT: Final = frozenset(
    {"waiting_long", "unanswered", "repeated_contact", "says_urgent"}
)
# Money, danger, data and law: no sentence of the visitor takes them off the table, a person does.
LASTING: Final = frozenset(
    {"self_harm", "safety", "data_leak", "account_misuse"}
    | {"double_charge", "payment_taken", "legal"}
)
# Category -> (code of the floor, lowest priority it allows).
FLOORS: Final[Mapping[str, tuple[str, int]]] = {
    "self_harm": ("floor_self_harm", 1),
    "safety": ("floor_safety", 1),
    "data_leak": ("floor_data_leak", 1),
    "account_misuse": ("floor_security", 1),
    "double_charge": ("floor_payment", 2),
    "payment_taken": ("floor_payment", 2),
    "legal": ("floor_legal", 2),
}
# Whom another way helps: those who cannot do something. It gives no money back and heals nobody.
WORKAROUND_HELPS: Final = frozenset({"everyone_affected"})
WORKAROUND_IMPACT: Final = 2
# Read in every language at once, whatever the message's is thought to be.
IN_EVERY_LANGUAGE: Final = ("self_harm",)
# A category that no prototype stands for: what follows from it is for plain words only.
WORDS_ONLY: Final = frozenset({"self_harm"})
# Likeness to a prototype is a hint: priority 1 needs words that say so.
HIGHEST_BY_PROTOTYPE: Final = 2
# Modifiers never make a priority 1: that is for emergencies, which the words must show.
HIGHEST_BY_MODIFIER: Final = 2
MOST_STEPS: Final = 2
RISK_TOPIC_FLOOR: Final = 2
LEAST: Final = 3
DEADLINE_DAYS: Final = 7
UNANSWERED_AFTER: Final = timedelta(hours=24)
# At most about 50 ms of work, 600 made-up words in an unknown language: triage runs inside a
# transaction. An ordinary message takes 0.2 ms.
EPISODE_WORDS: Final = 600


class Signal(Protocol):
    """A prototype that a message is like, as `handoff.ports.TriageSignal`."""

    @property
    def category(self) -> str:
        """A key of `IMPACT` or `URGENCY`."""

    @property
    def prototype(self) -> str:
        """The prototype's sentence."""

    @property
    def similarity(self) -> float:
        """In [-1, 1]."""


class Message(Protocol):
    """A visitor's message, as `handoff.ports.TriageMessage`."""

    @property
    def text(self) -> str:
        """What she wrote."""

    @property
    def language(self) -> str | None:
        """Its BCP 47 tag, or None when nobody knows."""

    @property
    def at(self) -> datetime:
        """When it came, aware."""

    @property
    def signals(self) -> tuple[Signal, ...]:
        """Prototypes that it is like, surely enough to count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A rule that spoke.

    Attributes:
        code: The category, modifier or floor.
        evidence: The visitor's own words, "" if the rule needs none.
        params: `rule` names the phrase that matched, `prototype` and `similarity` the sentence that
            the message is like; other values are for the reason's text.
    """

    code: str
    evidence: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageSettings:
    """What a support lead decides in `data/service.yml`.

    Attributes:
        raise_tiers: Customers of these tiers stand one step higher.
        raise_first_contact: Who writes for the first time stands one step higher.
    """

    raise_tiers: frozenset[str] = frozenset()
    raise_first_contact: bool = False
