"""Estimates how urgent a ticket is: impact, urgency, and the priority that follows, with reasons.

The priority is impact + urgency - 1 (the matrix of ServiceNow's problem priority), then modifiers
that are bounded, then floors. Every reason names its rule and the visitor's words. Politeness,
capitals and exclamation marks say nothing. The tables stand in `handoff.triage_rules`, the words in
`handoff/lexicons`, read by `handoff.triage_lexicons`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from handoff.triage_reading import Reading, read_episode
from handoff.triage_rules import (
    FLOORS,
    HIGHEST_BY_MODIFIER,
    HIGHEST_BY_PROTOTYPE,
    IMPACT,
    IN_EVERY_LANGUAGE,
    LEAST,
    MOST_STEPS,
    NOT_URGENT,
    RISK_TOPIC_FLOOR,
    RULES_VERSION,
    SILENCED_BY_NOT_URGENT,
    TAKEN_BACK,
    UNANSWERED_AFTER,
    URGENCY,
    URGENT_BY_NATURE,
    WORKAROUND,
    WORKAROUND_HELPS,
    WORKAROUND_IMPACT,
    Message,
    Reason,
    TriageSettings,
)
from handoff.triage_words import Lexicon


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What triage says: priority 1 (highest) to 5, impact and urgency 1 to 3, and why.

    `may_fall` tells whether a ticket that stands higher may come down to this: the visitor took
    something back, or said that it is not urgent, and nothing that she wrote was left unread.
    """

    priority: int
    impact: int
    urgency: int
    reasons: tuple[Reason, ...]
    version: str
    may_fall: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """Triage with its lexicons, language tag -> lexicon; satisfies `handoff.ports.Triage`."""

    lexicons: Mapping[str, Lexicon]
    settings: TriageSettings = field(default_factory=TriageSettings)
    version: str = field(init=False)
    _alarms: Lexicon = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Derives the version, and the words that are read in every language at once."""
        object.__setattr__(self, "version", triage_version(self.lexicons, self.settings))
        phrases = {
            category: [
                phrase
                for lexicon in self.lexicons.values()
                for phrase in lexicon.phrases.get(category, ())
            ]
            for category in IN_EVERY_LANGUAGE
        }
        object.__setattr__(self, "_alarms", Lexicon(language="any language", phrases=phrases))

    def __call__(
        self,
        messages: Sequence[Message],
        *,
        handoff_reason: str,
        entities: Mapping[str, str],
        repeat_contacts: int = 0,
        reopened: bool = False,
        tier: str | None = None,
        waiting_since: datetime | None = None,
    ) -> Assessment:
        """Estimates impact and urgency of an episode and derives its priority.

        Args:
            messages: The visitor's messages, oldest first.
            handoff_reason: Why the bot passed the conversation on.
            entities: What was found in the messages; `date` is read.
            repeat_contacts: Earlier tickets of the same visitor.
            reopened: The ticket was solved before, or follows up one that was.
            tier: The customer's tier.
            waiting_since: Since when she waits for a person, aware.
        """
        reading = read_episode(
            messages, lexicons=self.lexicons, alarms=self._alarms, entities=entities
        )
        return assess(
            _with_waiting(reading, messages, waiting_since),
            settings=self.settings,
            version=self.version,
            handoff_reason=handoff_reason,
            repeat_contacts=repeat_contacts,
            reopened=reopened,
            tier=tier,
        )


def triage_version(lexicons: Mapping[str, Lexicon], settings: TriageSettings) -> str:
    """Gives the version of rules, words and settings, such as `2-3fa9c1d2`: the same, same name."""
    digest = hashlib.sha256()
    for language in sorted(lexicons):
        for category, phrases in sorted(lexicons[language].phrases.items()):
            digest.update(f"{language}\0{category}\0{chr(0).join(phrases)}\n".encode())
    digest.update(f"{sorted(settings.raise_tiers)}{settings.raise_first_contact}".encode())
    return f"{RULES_VERSION}-{digest.hexdigest()[:8]}"


def assess(
    reading: Reading,
    *,
    settings: TriageSettings,
    version: str,
    handoff_reason: str,
    repeat_contacts: int = 0,
    reopened: bool = False,
    tier: str | None = None,
) -> Assessment:
    """Derives the priority of what was read; arguments as in `Triage.__call__`."""
    spoken = {**reading.similar, **reading.spoken}
    impact, impact_reasons = _estimate_impact(spoken)
    urgency, urgency_reasons = _estimate_urgency(spoken)
    steps = _modifiers(
        settings,
        handoff_reason=handoff_reason,
        repeat_contacts=repeat_contacts,
        reopened=reopened,
        tier=tier,
        is_repetition_counted=[reason.code for reason in urgency_reasons] == ["repeated_contact"],
    )
    priority = _modified(impact + urgency - 1, len(steps))
    priority, floors = _apply_floors(priority, spoken, handoff_reason=handoff_reason)
    limits = _limit_prototypes(priority, reading)
    return Assessment(
        priority=max(priority, HIGHEST_BY_PROTOTYPE) if limits else priority,
        impact=impact,
        urgency=urgency,
        reasons=(
            *impact_reasons,
            *urgency_reasons,
            *_taken_back(spoken),
            *steps,
            *floors,
            *limits,
        ),
        version=version,
        may_fall=reading.is_whole and bool({TAKEN_BACK, NOT_URGENT} & reading.spoken.keys()),
    )


def _with_waiting(
    reading: Reading, messages: Sequence[Message], waiting_since: datetime | None
) -> Reading:
    """Adds how long she has waited, in full hours, when she writes again after a day."""
    if waiting_since is None or not messages or TAKEN_BACK in reading.spoken:
        return reading
    waited = messages[-1].at - waiting_since
    if waited < UNANSWERED_AFTER:
        return reading
    reason = Reason(code="unanswered", params={"hours": int(waited.total_seconds() // 3600)})
    return Reading(
        spoken={**reading.spoken, reason.code: reason},
        similar=reading.similar,
        is_whole=reading.is_whole,
    )


def _estimate_impact(spoken: Mapping[str, Reason]) -> tuple[int, list[Reason]]:
    reasons = [spoken[category] for category in IMPACT if category in spoken]
    gravest = {reason.code for reason in reasons if IMPACT[reason.code] == 1}
    if WORKAROUND in spoken and gravest and gravest <= WORKAROUND_HELPS:
        return WORKAROUND_IMPACT, [*reasons, spoken[WORKAROUND]]
    impact = min((IMPACT[reason.code] for reason in reasons), default=LEAST)
    return impact, reasons or [Reason(code="one_person")]


def _estimate_urgency(spoken: Mapping[str, Reason]) -> tuple[int, list[Reason]]:
    silenced = SILENCED_BY_NOT_URGENT if NOT_URGENT in spoken else frozenset()
    reasons = [spoken[name] for name in URGENCY if name in spoken and name not in silenced]
    levels = [URGENCY[reason.code] for reason in reasons]
    levels += [1 for category in URGENT_BY_NATURE if category in spoken]
    if not levels and NOT_URGENT in spoken:
        return LEAST, [spoken[NOT_URGENT]]
    if not levels:
        return LEAST, [Reason(code="no_hurry")]
    return min(levels), reasons


def _taken_back(spoken: Mapping[str, Reason]) -> list[Reason]:
    return [spoken[TAKEN_BACK]] if TAKEN_BACK in spoken else []


def _modifiers(
    settings: TriageSettings,
    *,
    handoff_reason: str,
    repeat_contacts: int,
    reopened: bool,
    tier: str | None,
    is_repetition_counted: bool,
) -> list[Reason]:
    """Gives what raises by one step each, at most `MOST_STEPS` of them.

    Coming back is one matter, whether the ticket was reopened, there were others before or she
    only says so; what she says and made the urgency does not count twice.
    """
    steps: list[Reason] = []
    if reopened:
        steps.append(Reason(code="reopened"))
    elif repeat_contacts > 0 and not is_repetition_counted:
        steps.append(Reason(code="repeat_contacts", params={"count": repeat_contacts}))
    if handoff_reason == "complaint":
        steps.append(Reason(code="complaint"))
    if tier is not None and tier in settings.raise_tiers:
        steps.append(Reason(code="tier", params={"tier": tier}))
    if settings.raise_first_contact and not repeat_contacts and not reopened:
        steps.append(Reason(code="first_contact"))
    return steps[:MOST_STEPS]


def _modified(priority: int, n_steps: int) -> int:
    return min(priority, max(HIGHEST_BY_MODIFIER, priority - n_steps))


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


def _limit_prototypes(priority: int, reading: Reading) -> list[Reason]:
    """Gives a reason if the priority is 1 only because of what the messages are like."""
    if priority >= HIGHEST_BY_PROTOTYPE or not reading.similar:
        return []
    impact, _ = _estimate_impact(reading.spoken)
    urgency, _ = _estimate_urgency(reading.spoken)
    by_words, _ = _apply_floors(impact + urgency - 1, reading.spoken, handoff_reason="")
    return [] if by_words < HIGHEST_BY_PROTOTYPE else [Reason(code="prototype_limit")]
