"""Says what a ticket is: its type, its category and its topics, each with how sure that is. Pure.

Two witnesses: the visitor's words, read with the cues of her language, and the bot, which knows
which articles came near and what she wanted. Both only suggest; what a person has set stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from handoff.errors import FieldInvalid
from handoff.model import JsonObject
from handoff.triage_rules import EPISODE_WORDS
from handoff.triage_words import Found, Lexicon, Word, read_phrases, split_words

MACHINE: Final = "auto"
PERSON: Final = "agent"
# Words as they were found -> how many of them belong to the cue.
_Cues = dict[str, int]
# Weights against one found cue, chosen on tests/handoff/tickets/situations.yml.
_ARTICLE_WEIGHT: Final = 2.0
_CUES_COUNTED: Final = 3
_WORD_WEIGHT: Final = 0.5
# What nothing speaks for still has this much: one cue alone is no certainty.
_DOUBT: Final = 0.7
_INTENT_WEIGHT: Final = 1.5
_QUESTION_MARK_WEIGHT: Final = 1.0
_QUESTION_WEIGHT: Final = 0.4
# Below this an article is no topic of the ticket.
_TOPIC_FLOOR: Final = 0.3
_MAX_TOPICS: Final = 3
_DENIABLE: Final = frozenset({"type:complaint", "type:feedback"})
_QUESTION_CUES: Final = "type:question"
_QUESTION_MARKS: Final = "?\u061f\u037e"


class TicketType(StrEnum):
    """What the visitor wants with it."""

    QUESTION = "question"
    PROBLEM = "problem"
    REQUEST = "request"
    COMPLAINT = "complaint"
    FEEDBACK = "feedback"


# Where two are equally likely the graver one stands: a complaint is rather read as such.
_GRAVEST_FIRST: Final = (
    TicketType.COMPLAINT,
    TicketType.PROBLEM,
    TicketType.REQUEST,
    TicketType.FEEDBACK,
    TicketType.QUESTION,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A subject that tickets are sorted by.

    Attributes:
        slug: Its name in data and API.
        names: Language -> what agents read.
        articles: Articles of the knowledge base that belong to it.
    """

    slug: str
    names: Mapping[str, str] = field(default_factory=dict)
    articles: frozenset[str] = frozenset()


class Spoken(Protocol):
    """A visitor's message as far as classification reads it."""

    @property
    def text(self) -> str:
        """Her words."""

    @property
    def language(self) -> str | None:
        """Their language, if somebody read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotEvidence:
    """What the bot thought of the episode's messages.

    Attributes:
        articles: Article -> highest calibrated probability that it answers, 0 to 1.
        intents: Intent -> highest confidence, 0 to 1.
    """

    articles: Mapping[str, float] = field(default_factory=dict)
    intents: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A value with how sure it is, 0 to 1; `evidence` holds the words and articles behind it."""

    value: str
    confidence: float
    evidence: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        """Gives {"value", "confidence", "source", "evidence"}."""
        return {
            "value": self.value,
            "confidence": self.confidence,
            "source": MACHINE,
            "evidence": list(self.evidence),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """What a ticket is. `category` is None if nothing speaks for any."""

    type: Judgement
    category: Judgement | None
    tags: tuple[Judgement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier:
    """Classifies with the data that editors wrote; without any, every ticket is a question.

    Attributes:
        categories: By slug.
        cues: Language -> phrases by `category:<slug>` and `type:<type>`.
        type_names: Type -> language -> what agents read.
    """

    categories: Mapping[str, Category] = field(default_factory=dict)
    cues: Mapping[str, Lexicon] = field(default_factory=dict)
    type_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __call__(
        self, messages: Sequence[Spoken], evidence: BotEvidence, *, handoff_reason: str
    ) -> Classification:
        """Gives the classification of an episode.

        Args:
            messages: The visitor's, oldest first.
            evidence: The bot's thoughts about them.
            handoff_reason: A complaint is one from the start.
        """
        found = self._find_cues(messages)
        return Classification(
            type=_judge_type(found, messages, evidence, handoff_reason),
            category=self._judge_category(found, evidence),
            tags=self._judge_topics(evidence),
        )

    def check_type(self, value: str | None) -> str | None:
        """Gives the value if it is a type or None; raises FieldInvalid."""
        if value is not None and value not in set(TicketType):
            raise FieldInvalid("type", f"must be one of {', '.join(TicketType)}")
        return value

    def check_category(self, value: str | None) -> str | None:
        """Gives the value if it is a known category or None; raises FieldInvalid."""
        if value is not None and value not in self.categories:
            raise FieldInvalid("category", f"must be one of {', '.join(self.categories)}")
        return value

    def _find_cues(self, messages: Sequence[Spoken]) -> dict[str, _Cues]:
        """Gives group of cues -> the words that spoke for it with how many of them are its own.

        Who denies a complaint does not complain; who has no parcel still writes about a parcel. The
        "card" in "gift card" speaks for the gift card alone.
        """
        found: dict[str, _Cues] = {}
        for message, words in _read(messages):
            for lexicon in self._lexicons_for(message.language):
                affirmed = set(read_phrases(words, (lexicon,)).affirmed)
                here = [
                    item
                    for item in lexicon.index.find(words)
                    if ":" in item.category
                    and (item.category not in _DENIABLE or item in affirmed)
                    and (item.category != _QUESTION_CUES or _opens_sentence(words, item.first))
                ]
                for item in here:
                    if not any(_is_within(item, other) for other in here):
                        spoken = " ".join(word.folded for word in words[item.first : item.stop])
                        cues = found.setdefault(item.category, {})
                        cues[spoken] = item.stop - item.first - len(item.skipped)
        return found

    def _lexicons_for(self, language: str | None) -> Sequence[Lexicon]:
        own = self.cues.get((language or "").split("-")[0].lower())
        return (own,) if own is not None else tuple(self.cues.values())

    def _judge_category(
        self, found: Mapping[str, _Cues], evidence: BotEvidence
    ) -> Judgement | None:
        scores: dict[str, float] = {}
        reasons: dict[str, list[str]] = {}
        for slug, category in self.categories.items():
            cues = found.get(f"category:{slug}", {})
            near = {name: p for name, p in evidence.articles.items() if name in category.articles}
            score = _weigh(cues) + _ARTICLE_WEIGHT * min(1.0, sum(near.values()))
            if score > 0:
                scores[slug] = score
                reasons[slug] = [*sorted(cues), *sorted(near, key=lambda name: -near[name])]
        if not scores:
            return None
        best = max(scores, key=lambda slug: scores[slug])
        return _judged(best, scores, reasons[best])

    def _judge_topics(self, evidence: BotEvidence) -> tuple[Judgement, ...]:
        near = sorted(evidence.articles.items(), key=lambda item: (-item[1], item[0]))
        return tuple(
            Judgement(value=name, confidence=round(p, 2), evidence=(name,))
            for name, p in near[:_MAX_TOPICS]
            if p >= _TOPIC_FLOOR
        )


def _read(messages: Sequence[Spoken]) -> list[tuple[Spoken, list[Word]]]:
    """Splits the first message and the newest ones into words until there are enough of them."""
    read: list[tuple[Spoken, list[Word]]] = []
    n_words = 0
    for message in (*messages[:1], *messages[:0:-1]):
        if n_words >= EPISODE_WORDS:
            break
        read.append((message, split_words(message.text)))
        n_words += len(read[-1][1])
    return read


def _judge_type(
    found: Mapping[str, _Cues],
    messages: Sequence[Spoken],
    evidence: BotEvidence,
    handoff_reason: str,
) -> Judgement:
    reasons = {kind: sorted(found.get(f"type:{kind}", ())) for kind in TicketType}
    scores = {kind: _weigh(found.get(f"type:{kind}", {})) for kind in TicketType}
    scores[TicketType.QUESTION] += _QUESTION_WEIGHT
    if any(mark in message.text for message in messages for mark in _QUESTION_MARKS):
        scores[TicketType.QUESTION] += _QUESTION_MARK_WEIGHT
        reasons[TicketType.QUESTION].append("?")
    complains = evidence.intents.get("complaint", 0.0)
    if handoff_reason == "complaint":
        complains = 1.0
    if complains:
        scores[TicketType.COMPLAINT] += _INTENT_WEIGHT * complains
        reasons[TicketType.COMPLAINT].append("complaint")
    best = max(_GRAVEST_FIRST, key=lambda kind: scores[kind])
    return _judged(best, {kind: score for kind, score in scores.items() if score}, reasons[best])


def _weigh(cues: _Cues) -> float:
    """Gives the weight of cues: a phrase says more than a word, ten no more than three."""
    heaviest = sorted((1.0 + _WORD_WEIGHT * (n - 1) for n in cues.values()), reverse=True)
    return sum(heaviest[:_CUES_COUNTED])


def _is_within(item: Found, other: Found) -> bool:
    """Tells whether a cue is a part of a longer one of the same kind, but another group."""
    same_kind = item.category.partition(":")[0] == other.category.partition(":")[0]
    inside = other.first <= item.first and item.stop <= other.stop
    longer = other.stop - other.first > item.stop - item.first
    return same_kind and inside and longer and item.category != other.category


def _opens_sentence(words: Sequence[Word], at: int) -> bool:
    """Tells whether a word is the first or second of its sentence, where questions are asked."""
    return at < 2 or words[at - 2].sentence != words[at].sentence


def _judged(best: str, scores: Mapping[str, float], reasons: Sequence[str]) -> Judgement:
    confidence = scores[best] / (sum(scores.values()) + _DOUBT)
    return Judgement(value=str(best), confidence=round(confidence, 2), evidence=tuple(reasons[:5]))
