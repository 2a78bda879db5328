"""Estimates how urgent a ticket is: impact, urgency, and the priority that follows, with reasons.

Impact 1 is everyone, money, data, safety or law; 2 several people or a blocked order; 3 one person
and an ordinary matter. Urgency 1 is now; 2 soon; 3 no hurry. The priority is impact + urgency - 1
(the matrix of ServiceNow's problem priority), then modifiers that are bounded, then floors. Every
reason names its rule and the visitor's words. Politeness, capitals and exclamation marks say
nothing. The words stand in `handoff/lexicons`, read by `handoff.triage_lexicons`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Protocol

from handoff.triage_words import Lexicon, Word, find_affirmed, split_words

RULES_VERSION: Final = "1"

# Categories of the lexicons, by what they say; within a level in order of weight.
IMPACT: Final[Mapping[str, int]] = {
    "safety": 1,
    "data_leak": 1,
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
    "repeated_contact": 2,
    "says_urgent": 2,
}
STEERING: Final = frozenset(
    {"not_urgent", "negators", "negators_after", "no_denial", "conjunctions", "numbers"}
)
CATEGORIES: Final = frozenset(IMPACT) | frozenset(URGENCY) | STEERING

# Danger does not wait, and data that is out spreads: both are urgent without a word about time.
URGENT_BY_NATURE: Final = ("safety", "data_leak")
# Who says "no hurry" may still have a deadline or stand before a locked door; those are facts.
SILENCED_BY_NOT_URGENT: Final = frozenset({"waiting_long", "repeated_contact", "says_urgent"})
# Category -> (code of the floor, lowest priority it allows).
FLOORS: Final[Mapping[str, tuple[str, int]]] = {
    "safety": ("floor_safety", 1),
    "data_leak": ("floor_data_leak", 1),
    "double_charge": ("floor_payment", 2),
    "payment_taken": ("floor_payment", 2),
    "legal": ("floor_legal", 2),
}
# Modifiers never make a priority 1: that is for emergencies, which the words must show.
HIGHEST_BY_MODIFIER: Final = 2
RISK_TOPIC_FLOOR: Final = 2
LEAST: Final = 3
DEADLINE_DAYS: Final = 7
# At most about 10 ms of work, whatever a stranger writes: triage runs inside a transaction.
EPISODE_WORDS: Final = 600

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[./-](\d{1,2})[./-]?(\d{4}|\d{2})?")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A rule that spoke; `evidence` holds the visitor's own words, "" if the rule needs none."""

    code: str
    evidence: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What triage says: priority 1 (highest) to 5, impact and urgency 1 to 3, and why."""

    priority: int
    impact: int
    urgency: int
    reasons: tuple[Reason, ...]
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """Triage with its lexicons, language tag -> lexicon; satisfies `handoff.ports.Triage`."""

    lexicons: Mapping[str, Lexicon]
    version: str = field(init=False)

    def __post_init__(self) -> None:
        """Derives the version from the rules and the lexicons."""
        object.__setattr__(self, "version", triage_version(self.lexicons))

    def __call__(
        self,
        messages: Sequence[Message],
        *,
        handoff_reason: str,
        entities: Mapping[str, str],
        repeat_contacts: int = 0,
    ) -> Assessment:
        """Gives the assessment of an episode; see `assess`."""
        return assess(
            messages,
            lexicons=self.lexicons,
            version=self.version,
            handoff_reason=handoff_reason,
            entities=entities,
            repeat_contacts=repeat_contacts,
        )


def triage_version(lexicons: Mapping[str, Lexicon]) -> str:
    """Gives the version of rules and words, such as `1-3fa9c1d2`: the same words, the same name."""
    digest = hashlib.sha256()
    for language in sorted(lexicons):
        for category, phrases in sorted(lexicons[language].phrases.items()):
            digest.update(f"{language}\0{category}\0{chr(0).join(phrases)}\n".encode())
    return f"{RULES_VERSION}-{digest.hexdigest()[:8]}"


def assess(
    messages: Sequence[Message],
    *,
    lexicons: Mapping[str, Lexicon],
    version: str,
    handoff_reason: str,
    entities: Mapping[str, str],
    repeat_contacts: int = 0,
) -> Assessment:
    """Estimates impact and urgency of an episode and derives its priority.

    Args:
        messages: The visitor's messages, oldest first.
        lexicons: Language tag -> lexicon; must hold English, which people mix into any language.
        version: Name of rules and lexicons, kept with the result.
        handoff_reason: Why the bot passed the conversation on.
        entities: What was found in the messages; `date` is read.
        repeat_contacts: Earlier tickets of the same visitor.
    """
    spoken = _find_reasons(messages, lexicons)
    _add_stated_date(spoken, messages, entities)
    impact, impact_reasons = _estimate_impact(spoken)
    urgency, urgency_reasons = _estimate_urgency(spoken)
    priority, modifiers = _modify(
        impact + urgency - 1,
        handoff_reason=handoff_reason,
        repeat_contacts=repeat_contacts,
        is_repetition_counted=[reason.code for reason in urgency_reasons] == ["repeated_contact"],
    )
    priority, floors = _apply_floors(priority, spoken, handoff_reason=handoff_reason)
    return Assessment(
        priority=priority,
        impact=impact,
        urgency=urgency,
        reasons=(*impact_reasons, *urgency_reasons, *modifiers, *floors),
        version=version,
    )


def _find_reasons(
    messages: Sequence[Message], lexicons: Mapping[str, Lexicon]
) -> dict[str, Reason]:
    """Gives category -> reason, with the words of the first message that speaks of it."""
    spoken: dict[str, Reason] = {}
    for message, words in _newest(messages):
        for group in _lexicons_for(message.language, lexicons):
            for found in find_affirmed(words, group):
                evidence = message.text[words[found.first].start : words[found.stop - 1].end]
                spoken.setdefault(found.category, Reason(code=found.category, evidence=evidence))
    return spoken


def _newest(messages: Sequence[Message]) -> list[tuple[Message, list[Word]]]:
    """Splits the newest messages into words until there are enough; gives them oldest first."""
    split: list[tuple[Message, list[Word]]] = []
    n_words = 0
    for message in reversed(messages):
        if n_words >= EPISODE_WORDS:
            break
        split.append((message, split_words(message.text)))
        n_words += len(split[-1][1])
    return split[::-1]


def _lexicons_for(
    language: str | None, lexicons: Mapping[str, Lexicon]
) -> list[tuple[Lexicon, ...]]:
    """Gives groups of lexicons; within a group, the negators of each deny the phrases of all.

    If nobody knows the language, each lexicon is read alone: "no" denies in Spanish, and is only
    a preposition in Portuguese.
    """
    own = lexicons.get((language or "").split("-")[0].lower())
    if own is None:
        return [(lexicon,) for lexicon in lexicons.values()]
    return [(own,) if own.language == "en" else (own, lexicons["en"])]


def _add_stated_date(
    spoken: dict[str, Reason], messages: Sequence[Message], entities: Mapping[str, str]
) -> None:
    """Takes a date of the coming week for a deadline; today and the past are rather an event."""
    if "date" not in entities or not messages:
        return
    today = messages[-1].at.date()
    stated = _parse_date(entities["date"], today=today)
    if stated is None or not 1 <= (stated - today).days <= DEADLINE_DAYS:
        return
    code = "deadline_now" if (stated - today).days == 1 else "deadline_soon"
    params: dict[str, str | int] = {"date": stated.isoformat()}
    spoken.setdefault(code, Reason(code=code, evidence=entities["date"], params=params))


def _parse_date(text: str, *, today: date) -> date | None:
    """Reads 2026-12-24, 24.12.2026, 24/12/26 or 24.12.; the day comes before the month."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, first, second, last = match.groups()
    if year is None:
        day, month, year = first, second, last or str(today.year)
    try:
        stated = date(int(year) + 2000 * (len(year) == 2), int(month), int(day))
        is_next_year = first is not None and last is None and stated < today
        return stated.replace(year=stated.year + 1) if is_next_year else stated
    except ValueError:
        return None


def _estimate_impact(spoken: Mapping[str, Reason]) -> tuple[int, list[Reason]]:
    reasons = [spoken[category] for category in IMPACT if category in spoken]
    impact = min((IMPACT[reason.code] for reason in reasons), default=LEAST)
    return impact, reasons or [Reason(code="one_person")]


def _estimate_urgency(spoken: Mapping[str, Reason]) -> tuple[int, list[Reason]]:
    silenced = SILENCED_BY_NOT_URGENT if "not_urgent" in spoken else frozenset()
    reasons = [spoken[name] for name in URGENCY if name in spoken and name not in silenced]
    levels = [URGENCY[reason.code] for reason in reasons]
    levels += [1 for category in URGENT_BY_NATURE if category in spoken]
    if not levels and "not_urgent" in spoken:
        return LEAST, [spoken["not_urgent"]]
    if not levels:
        return LEAST, [Reason(code="no_hurry")]
    return min(levels), reasons


def _modify(
    priority: int, *, handoff_reason: str, repeat_contacts: int, is_repetition_counted: bool
) -> tuple[int, list[Reason]]:
    """Raises the priority by one step each for earlier contacts and for a complaint.

    Earlier contacts that the visitor mentions and that made the urgency do not count twice.
    """
    reasons: list[Reason] = []
    if repeat_contacts > 0 and not is_repetition_counted:
        reasons.append(Reason(code="repeat_contacts", params={"count": repeat_contacts}))
    if handoff_reason == "complaint":
        reasons.append(Reason(code="complaint"))
    raised = max(HIGHEST_BY_MODIFIER, priority - len(reasons))
    return min(priority, raised), reasons


def _apply_floors(
    priority: int, spoken: Mapping[str, Reason], *, handoff_reason: str
) -> tuple[int, list[Reason]]:
    """Lifts the priority to the highest floor; only floors that lift are reasons."""
    floors = [(*FLOORS[category], spoken[category]) for category in FLOORS if category in spoken]
    reasons: list[Reason] = []
    for code, lowest, cause in floors:
        if lowest < priority:
            priority = lowest
            reasons.append(Reason(code=code, evidence=cause.evidence))
    if handoff_reason == "risk_topic" and priority > RISK_TOPIC_FLOOR:
        priority = RISK_TOPIC_FLOOR
        reasons.append(Reason(code="risk_topic"))
    return priority, reasons
