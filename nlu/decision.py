"""Decides what to do with a message: answer, ask, rephrase, small talk or hand over to a person.

Pure. The evidence comes from the components (what the message looks like) and from the dialogue
(what happened before). For questions the choice is the cheapest act in expectation: a calibrated
probability that the best article answers is weighed against the price of asking back and of
handing over. An intent's score alone never decides about an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any


class Act(StrEnum):
    """What the bot does next; the values are the values of the slot `act` in the domain."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    REPHRASE = "rephrase"
    HAND_OFF = "handoff"
    SMALL_TALK = "smalltalk"
    OFFER_PERSON = "offer_person"
    FEEDBACK = "feedback"
    CONTACT = "contact"
    TICKET_STATUS = "ticket_status"
    CHANGE_LANGUAGE = "change_language"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    EMPTY = "empty"

    @property
    def outcome(self) -> str:
        """One of the five outcomes that the gateway knows."""
        known = (Act.ANSWER, Act.CLARIFY, Act.REPHRASE, Act.HAND_OFF)
        return self.value if self in known else Act.SMALL_TALK.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An article that may answer; `probability` is calibrated, 0..1."""

    article_id: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A button that the visitor pressed: article, human, feedback, language or rephrase."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What matters of the episode so far; begins anew after a handover.

    Attributes:
        n_failures: Times the visitor did not get an answer.
        n_unhelpful: Answers that the visitor called unhelpful.
        asked_to_rephrase: The last question could not be answered and was asked back.
        offered_person: The last act offered a person.
        answered: The last act was an answer.
        unsupported: The last message was in a language that is not spoken here.
    """

    n_failures: int = 0
    n_unhelpful: int = 0
    asked_to_rephrase: bool = False
    offered_person: bool = False
    answered: bool = False
    unsupported: bool = False

    def as_json(self) -> dict[str, Any]:
        """Gives a form that a Rasa slot can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> History:
        """Reads what `as_json` gave; unknown keys are ignored."""
        known = {field.name for field in fields(cls)}
        return cls(**{key: part for key, part in (value or {}).items() if key in known})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything the decision looks at.

    Attributes:
        candidates: Best first, at most five.
        answerable: Calibrated probability that the knowledge base holds the answer, 0..1.
        asks_for_person: The words ask for a person, whatever the intent says.
        risks: Codes of risk topics found: double_charge, data_leak, safety, self_harm.
        has_email: The message holds an e-mail address.
        has_ticket: There is a ticket in this conversation.
        unsupported_language: Tag of a language that is recognised but not spoken here.
    """

    is_empty: bool = False
    choice: Choice | None = None
    intent: str = ""
    intent_confidence: float = 0.0
    candidates: tuple[Candidate, ...] = ()
    answerable: float = 1.0
    asks_for_person: bool = False
    risks: tuple[str, ...] = ()
    is_angry: bool = False
    has_email: bool = False
    has_language_name: bool = False
    has_ticket: bool = False
    unsupported_language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Prices of the acts, where a wrong answer costs 1; set in config.yml at the Decider.

    Asking to rephrase or handing over costs its own small price and, as far as the knowledge base
    does hold the answer, the price of having refused needlessly. With these prices an answer is
    given from a probability of about 0.55; from 0.62 where the knowledge base surely holds it,
    because then offering the nearest articles is a good alternative. See docs/decisions.md.
    """

    wrong_answer: float = 1.0
    clarify: float = 0.34
    clarify_in_vain: float = 0.6
    rephrase: float = 0.1
    hand_off: float = 0.15
    needless_refusal: float = 0.65
    wrong_small_talk: float = 0.7
    # An intent below this does not speak for itself.
    intent_floor: float = 0.5
    # A candidate below this is not worth a button.
    button_floor: float = 0.08
    # Where the knowledge base holds the answer, the right article is nearly always among the first
    # three; the probabilities of single articles are more timid than that.
    top_covers: float = 0.85
    # Above this an answer is so safe that asking "did this help?" would only be noise.
    feedback_below: float = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do and why.

    Attributes:
        reasons: Stable codes, most important first.
        confidence: Probability that the act is right, where one is known.
        article_ids: The article to answer with, or the two or three to offer.
        handoff_reason: Set if and only if the act is a handover.
        asks_feedback: Whether "did this help?" is useful.
        history: The history as it is after this turn.
    """

    act: Act
    reasons: tuple[str, ...]
    history: History
    confidence: float | None = None
    article_ids: tuple[str, ...] = ()
    handoff_reason: str | None = None
    asks_feedback: bool = False
    is_positive: bool = False


SMALL_TALK_ACTS: Mapping[str, Act] = {
    "greet": Act.SMALL_TALK,
    "goodbye": Act.SMALL_TALK,
    "thanks": Act.SMALL_TALK,
    "affirm": Act.SMALL_TALK,
    "deny": Act.SMALL_TALK,
    "bot_challenge": Act.SMALL_TALK,
    "small_talk": Act.SMALL_TALK,
    "ask_hours": Act.SMALL_TALK,
    "answer_helpful": Act.FEEDBACK,
    "ask_ticket_status": Act.TICKET_STATUS,
    "change_language": Act.CHANGE_LANGUAGE,
    "give_contact": Act.CONTACT,
}
# Intents that leave the decision to the knowledge base.
QUESTION_INTENTS = frozenset({"", "kb_question", "out_of_scope", "nlu_fallback", "complaint"})
ALWAYS_RISKY = frozenset({"data_leak", "safety", "self_harm"})
# A person is called before anything else is said, whatever else the message asks for.
LIFE_RISKS = frozenset({"safety", "self_harm"})


def decide(evidence: Evidence, history: History, costs: Costs | None = None) -> Decision:
    """Gives the act for a message."""
    prices = costs or Costs()
    if evidence.choice is not None:
        chosen = _decide_choice(evidence.choice, history)
        if chosen is not None:
            return chosen
    if evidence.is_empty:
        return Decision(act=Act.EMPTY, reasons=("no_words",), history=history)
    if LIFE_RISKS.intersection(evidence.risks):
        # The ticket must say why it is urgent, even if she asks for a person as well.
        return _hand_off("risk_topic", *evidence.risks)
    if _is(evidence, "ask_human", prices) or evidence.asks_for_person:
        return _hand_off("asked_for_person", "asked_for_person")
    if _is_risky(evidence, prices):
        return _hand_off("risk_topic", *evidence.risks)
    if evidence.unsupported_language is not None:
        return _decide_unsupported(history)
    if _is(evidence, "answer_not_helpful", prices):
        return _decide_unhelpful(history)
    if history.offered_person and _is(evidence, "affirm", prices):
        return _hand_off("negative_feedback", "accepted_offer")
    if evidence.has_email and evidence.intent in ("give_contact", "affirm", "greet"):
        return Decision(act=Act.CONTACT, reasons=("contact_given",), history=history)
    return _decide_by_cost(evidence, history, prices)


def _decide_choice(choice: Choice, history: History) -> Decision | None:
    if choice.kind == "human":
        return _hand_off("asked_for_person", "pressed_button")
    if choice.kind == "article" and choice.value:
        return Decision(
            act=Act.ANSWER,
            reasons=("chosen_by_visitor",),
            history=replace(_calm(history), answered=True),
            confidence=1.0,
            article_ids=(choice.value,),
            asks_feedback=True,
        )
    if choice.kind == "language" and choice.value:
        return Decision(act=Act.CHANGE_LANGUAGE, reasons=("pressed_button",), history=history)
    if choice.kind == "rephrase":
        return _decide_nothing_fits(history, "none_of_these")
    if choice.kind == "feedback" and choice.value == "helpful":
        return _thank_for_feedback()
    if choice.kind == "feedback" and choice.value == "not_helpful":
        return _decide_unhelpful(history)
    return None


def _decide_unsupported(history: History) -> Decision:
    if history.unsupported:
        return _hand_off("low_confidence", "unsupported_language_again")
    return Decision(
        act=Act.UNSUPPORTED_LANGUAGE,
        reasons=("unsupported_language",),
        history=replace(history, unsupported=True),
    )


def _decide_unhelpful(history: History) -> Decision:
    if history.n_unhelpful >= 1 or history.offered_person:
        return _hand_off("negative_feedback", "not_helpful_again")
    after = replace(
        _calm(history),
        n_failures=history.n_failures + 1,
        n_unhelpful=history.n_unhelpful + 1,
        offered_person=True,
    )
    return Decision(act=Act.OFFER_PERSON, reasons=("not_helpful",), history=after)


def _decide_nothing_fits(history: History, *reasons: str) -> Decision:
    if history.asked_to_rephrase or history.n_failures >= 2:
        first = history.n_failures <= 1
        return _hand_off("low_confidence" if first else "repeated_failure", *reasons)
    after = replace(_calm(history), n_failures=history.n_failures + 1, asked_to_rephrase=True)
    return Decision(act=Act.REPHRASE, reasons=reasons, history=after)


def _decide_by_cost(evidence: Evidence, history: History, costs: Costs) -> Decision:
    probabilities = _probabilities(evidence.candidates, evidence.answerable)
    best = probabilities[0] if probabilities else 0.0
    offered = _offered(probabilities, evidence.answerable, costs)
    prices: dict[Act, float] = {Act.ANSWER: costs.wrong_answer * (1.0 - best)}
    if offered:
        in_vain = 1.0 - min(1.0, max(sum(offered), costs.top_covers * evidence.answerable))
        prices[Act.CLARIFY] = costs.clarify + costs.clarify_in_vain * in_vain
    may_rephrase = not history.asked_to_rephrase and history.n_failures < 2
    refusal = costs.rephrase if may_rephrase else costs.hand_off
    prices[Act.REPHRASE] = refusal + costs.needless_refusal * (
        evidence.answerable if probabilities else 0.0
    )
    talk = SMALL_TALK_ACTS.get(evidence.intent)
    if talk is not None and _is(evidence, evidence.intent, costs):
        lacking = 0.45 if _lacks_subject(evidence, talk) else 0.0
        price = costs.wrong_small_talk * (1.0 - evidence.intent_confidence) + lacking
        if price <= min(prices.values()):
            return _small_talk(talk, evidence, history)
    act = min(prices, key=lambda key: prices[key])
    if act is Act.ANSWER:
        return Decision(
            act=Act.ANSWER,
            reasons=("confident",),
            history=replace(_calm(history), n_failures=history.n_failures, answered=True),
            confidence=best,
            article_ids=(evidence.candidates[0].article_id,),
            asks_feedback=best < costs.feedback_below,
        )
    if act is Act.CLARIFY:
        ids = tuple(candidate.article_id for candidate in evidence.candidates[: len(offered)])
        return Decision(
            act=Act.CLARIFY,
            reasons=("answers_compete",),
            history=replace(history, offered_person=False, answered=False),
            confidence=best,
            article_ids=ids,
        )
    if evidence.intent == "complaint" or evidence.is_angry:
        return replace(_hand_off("complaint", "no_good_answer"), confidence=best)
    return replace(_decide_nothing_fits(history, "nothing_fits"), confidence=best)


def _offered(probabilities: list[float], answerable: float, costs: Costs) -> list[float]:
    """Gives the probabilities of the articles worth a button, best first."""
    worth = [p for p in probabilities[:3] if p >= costs.button_floor]
    if len(worth) < 2 and answerable >= 0.5:
        return probabilities[:3]
    return worth


def _small_talk(act: Act, evidence: Evidence, history: History) -> Decision:
    if act is Act.FEEDBACK:
        if history.answered:
            return _thank_for_feedback()
        act = Act.SMALL_TALK
    return Decision(
        act=act,
        reasons=(f"intent_{evidence.intent}",),
        history=replace(history, offered_person=False),
        confidence=evidence.intent_confidence,
    )


def _thank_for_feedback() -> Decision:
    return Decision(
        act=Act.FEEDBACK,
        reasons=("helpful",),
        history=History(),
        confidence=1.0,
        is_positive=True,
    )


def _hand_off(reason: str, *codes: str) -> Decision:
    return Decision(act=Act.HAND_OFF, reasons=codes, history=History(), handoff_reason=reason)


def _is_risky(evidence: Evidence, costs: Costs) -> bool:
    if ALWAYS_RISKY.intersection(evidence.risks):
        return True
    angry = evidence.is_angry or _is(evidence, "complaint", costs)
    return bool(evidence.risks) and angry


def _is(evidence: Evidence, intent: str, costs: Costs) -> bool:
    return evidence.intent == intent and evidence.intent_confidence >= costs.intent_floor


def _lacks_subject(evidence: Evidence, act: Act) -> bool:
    """Says whether the act has nothing to work on, so that a real answer would be better."""
    if act is Act.TICKET_STATUS:
        return not evidence.has_ticket
    if act is Act.CHANGE_LANGUAGE:
        return not evidence.has_language_name
    return act is Act.CONTACT and not evidence.has_email


def _probabilities(candidates: tuple[Candidate, ...], answerable: float) -> list[float]:
    """Gives probabilities that sum to at most 1, none surer than the knowledge base itself."""
    values = [min(answerable, max(0.0, candidate.probability)) for candidate in candidates]
    total = sum(values)
    return [value / total for value in values] if total > 1.0 else values


def _calm(history: History) -> History:
    """Forgets what only concerned the turn before."""
    return replace(
        history,
        asked_to_rephrase=False,
        offered_person=False,
        answered=False,
        unsupported=False,
    )
