"""Counts what the demo shop made of a set of questions. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bot.brain.contract import TurnResponse

Verdict = Literal["right", "offered", "offered_wrong", "wrong", "small_talk", "rephrase", "handoff"]
VERDICTS: tuple[Verdict, ...] = (
    *("right", "offered", "offered_wrong", "wrong", "small_talk", "rephrase", "handoff"),
)
HOURS_ARTICLE = "opening-hours-contact"
HOURS_REASON = "intent_ask_hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One first message.

    Attributes:
        gold: The article that answers; None if no article does.
        also: Further articles that answer as well.
        kind: `far` or `near` for questions without an answer, else empty.
    """

    text: str
    lang: str
    gold: str | None
    also: tuple[str, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one question.

    Attributes:
        answered: The article given as the answer, if any.
        offered: Articles on buttons.
        reply_language: Language of the answer's article, of the reply, or of the conversation.
        says_unsupported: The reply was the list of spoken languages.
        confidence: The decision's own, where it has one.
    """

    question: Question
    outcome: str
    reasons: tuple[str, ...]
    answered: str | None
    offered: tuple[str, ...]
    reply_language: str
    says_unsupported: bool
    intent: str
    intent_confidence: float
    confidence: float | None
    hits: tuple[tuple[str, float], ...]

    @property
    def verdict(self) -> Verdict:
        """What a visitor would say of it; a question without an answer is never `right`."""
        golds = {self.question.gold, *self.question.also} - {None}
        if self.answered is not None:
            return "right" if self.answered in golds else "wrong"
        if self.offered:
            return "offered" if golds.intersection(self.offered) else "offered_wrong"
        if self.outcome == "smalltalk":
            return "small_talk"
        return "handoff" if self.outcome == "handoff" else "rephrase"

    @property
    def is_language_right(self) -> bool:
        """Whether it was answered in the question's language."""
        return self.reply_language == self.question.lang and not self.says_unsupported


def result_of(question: Question, answer: TurnResponse) -> Result:
    """Reads a turn's answer.

    Opening hours told without an article count as the article about them: the visitor reads them.
    """
    decision = answer.decision
    reply = answer.replies[0] if answer.replies else None
    source = reply.sources[0] if reply and reply.sources else None
    answered = source.article_id if source else None
    if HOURS_REASON in decision.reasons:
        answered = HOURS_ARTICLE
    buttons = [button.choice for found in answer.replies for button in found.buttons]
    return Result(
        question=question,
        outcome=decision.outcome,
        reasons=tuple(decision.reasons),
        answered=answered,
        offered=tuple(choice.value for choice in buttons if choice.kind == "article"),
        reply_language=_language_of(answer),
        says_unsupported=any(found.kind == "language" for found in answer.replies),
        intent=decision.intent.name,
        intent_confidence=decision.intent.confidence,
        confidence=decision.confidence,
        hits=tuple((hit.article_id, hit.probability) for hit in decision.hits),
    )


def _language_of(answer: TurnResponse) -> str:
    for reply in answer.replies:
        if reply.sources:
            return reply.sources[0].language
        return reply.language
    return answer.language.conversation


def summarise(results: Sequence[Result]) -> dict[str, Any]:
    """Gives all figures: over everything, by language, and every failure.

    Shares are of answerable questions, except `refused*` (of those without an answer) and
    `wrong_language` (of all). `refused` counts whatever gives no article as the answer;
    `refused_strictly` does not count offered buttons as a refusal either.
    """
    languages = sorted({result.question.lang for result in results})
    return {
        "total": _figures(results),
        "languages": {
            language: _figures([r for r in results if r.question.lang == language])
            for language in languages
        },
        "kinds": {
            kind: _refusals([r for r in results if r.question.kind == kind])
            for kind in ("far", "near")
        },
        "failures": [_as_row(result) for result in results if _is_failure(result)],
    }


def _figures(results: Sequence[Result]) -> dict[str, Any]:
    asked = [r for r in results if r.question.gold is not None]
    strange = [r for r in results if r.question.gold is None]
    counts = Counter(result.verdict for result in asked)
    return {
        "questions": len(asked),
        **{verdict: _share(asked, counts[verdict]) for verdict in VERDICTS},
        "right_or_offered": _share(asked, counts["right"] + counts["offered"]),
        "right_first": _share(asked, _count(asked, _is_first)),
        **_refusals(strange),
        "wrong_language": _share(results, _count(results, lambda r: not r.is_language_right)),
    }


def _refusals(strange: Sequence[Result]) -> dict[str, Any]:
    return {
        "unanswerable": len(strange),
        "refused": _share(strange, _count(strange, lambda r: r.answered is None)),
        "refused_strictly": _share(
            strange, _count(strange, lambda r: r.answered is None and not r.offered)
        ),
    }


def _is_first(result: Result) -> bool:
    golds = (result.question.gold, *result.question.also)
    return bool(result.hits) and result.hits[0][0] in golds


def _is_failure(result: Result) -> bool:
    if not result.is_language_right:
        return True
    if result.question.gold is None:
        return result.answered is not None or bool(result.offered)
    return result.verdict != "right"


def _as_row(result: Result) -> dict[str, Any]:
    row = asdict(result)
    return {**row.pop("question"), "verdict": result.verdict, **row}


def _share(results: Sequence[Result], count: int) -> float:
    return round(count / len(results), 4) if results else 0.0


def _count(results: Sequence[Result], holds: Callable[[Result], bool]) -> int:
    return sum(1 for result in results if holds(result))
