"""The decision table: what is done with a message, given its evidence and the history."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nlu.decision import (
    Act,
    Candidate,
    Choice,
    Costs,
    Decision,
    Evidence,
    History,
    decide,
)


def question(*probabilities: float, intent: str = "kb_question", **more: object) -> Evidence:
    candidates = tuple(
        Candidate(article_id=f"article-{place}", probability=probability)
        for place, probability in enumerate(probabilities)
    )
    known = {"answerable": max(probabilities, default=0.0), **more}
    return Evidence(intent=intent, intent_confidence=0.8, candidates=candidates, **known)  # type: ignore[arg-type]


def outcome(decision: Decision) -> tuple[str, str | None]:
    return decision.act.value, decision.handoff_reason


@pytest.mark.parametrize(
    ("probabilities", "answerable", "act"),
    [
        ((0.95,), 1.0, Act.ANSWER),
        ((0.66,), 1.0, Act.ANSWER),
        ((0.53,), 1.0, Act.CLARIFY),
        ((0.53, 0.15), 0.95, Act.CLARIFY),
        ((0.50, 0.30, 0.10), 0.95, Act.CLARIFY),
        ((0.62, 0.35), 1.0, Act.CLARIFY),
        ((0.80, 0.10), 1.0, Act.ANSWER),
        # Nothing stands out, but the knowledge base holds the answer: the nearest are offered.
        ((0.37, 0.06, 0.02), 0.82, Act.CLARIFY),
        ((0.15, 0.10), 0.40, Act.REPHRASE),
        # No article can be surer than the knowledge base itself.
        ((0.90,), 0.10, Act.REPHRASE),
        ((0.03, 0.02), 0.20, Act.REPHRASE),
        ((), 1.0, Act.REPHRASE),
    ],
)
def test_cheapest_act_is_chosen(
    probabilities: tuple[float, ...], answerable: float, act: Act
) -> None:
    evidence = replace(question(*probabilities), answerable=answerable)

    assert decide(evidence, History()).act is act


@pytest.mark.parametrize(
    ("p", "a", "act"),
    [
        (0.95, 1.0, Act.ANSWER),
        (0.66, 1.0, Act.ANSWER),
        (0.53, 1.0, Act.CLARIFY),
        (0.60, 0.65, Act.ANSWER),
        (0.50, 0.50, Act.REPHRASE),
        (0.37, 0.82, Act.CLARIFY),
        (0.15, 0.40, Act.REPHRASE),
    ],
)
def test_the_table_in_the_documentation(p: float, a: float, act: Act) -> None:
    """The examples of docs/decisions.md."""
    assert decide(replace(question(p), answerable=a), History()).act is act


@pytest.mark.parametrize(
    ("prices", "threshold"),
    [
        (Costs(), 0.546),
        (Costs(wrong_answer=2.0), 0.717),
        (Costs(needless_refusal=1.0), 0.45),
        (Costs(needless_refusal=0.0), 0.9),
    ],
)
def test_prices_move_the_probability_from_which_an_answer_is_given(
    prices: Costs, threshold: float
) -> None:
    prices = replace(prices, clarify=9.0)

    assert decide(question(threshold + 0.01), History(), prices).act is Act.ANSWER
    assert decide(question(threshold - 0.01), History(), prices).act is Act.REPHRASE


def test_refusing_is_cheap_where_nothing_was_found() -> None:
    assert decide(question(answerable=1.0), History(), Costs(rephrase=0.9)).act is Act.REPHRASE


def test_clarifying_offers_only_candidates_worth_a_button() -> None:
    decision = decide(question(0.5, 0.3, 0.1, 0.05, 0.02), History())

    assert decision.article_ids == ("article-0", "article-1", "article-2")


def test_answer_asks_for_feedback_only_when_it_is_not_nearly_certain() -> None:
    assert decide(question(0.75), History()).asks_feedback
    assert not decide(question(0.97), History()).asks_feedback


def test_second_failure_in_a_row_is_handed_over_as_low_confidence() -> None:
    first = decide(question(0.1), History())
    second = decide(question(0.1), first.history)

    assert first.act is Act.REPHRASE
    assert outcome(second) == ("handoff", "low_confidence")
    assert second.history == History()


def test_failure_after_an_unhelpful_answer_and_a_rephrase_is_a_repeated_failure() -> None:
    history = decide(
        Evidence(choice=Choice(kind="feedback", value="not_helpful")), History(answered=True)
    ).history
    history = decide(question(0.1), history).history
    decision = decide(question(0.1), history)

    assert outcome(decision) == ("handoff", "repeated_failure")


def test_answered_question_clears_the_request_to_rephrase() -> None:
    history = decide(question(0.1), History()).history
    history = decide(question(0.9), history).history

    assert not history.asked_to_rephrase
    assert history.answered


def test_sure_small_talk_beats_a_poor_search_result() -> None:
    evidence = Evidence(
        intent="greet",
        intent_confidence=0.95,
        candidates=(Candidate(article_id="a", probability=0.3),),
    )

    assert decide(evidence, History()).act is Act.SMALL_TALK


def test_good_answer_beats_a_greeting_in_front_of_the_question() -> None:
    evidence = Evidence(
        intent="greet",
        intent_confidence=0.6,
        candidates=(Candidate(article_id="a", probability=0.92),),
    )

    assert decide(evidence, History()).act is Act.ANSWER


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(intent="ask_human", intent_confidence=0.7),
        Evidence(asks_for_person=True, candidates=(Candidate(article_id="a", probability=1.0),)),
        Evidence(choice=Choice(kind="human", value="human")),
    ],
)
def test_wish_for_a_person_is_granted_in_one_turn(evidence: Evidence) -> None:
    assert outcome(decide(evidence, History())) == ("handoff", "asked_for_person")


@pytest.mark.parametrize(
    ("risks", "is_angry", "expected"),
    [
        (("data_leak",), False, ("handoff", "risk_topic")),
        (("safety",), False, ("handoff", "risk_topic")),
        (("self_harm",), False, ("handoff", "risk_topic")),
        (("double_charge",), True, ("handoff", "risk_topic")),
        (("double_charge",), False, ("answer", None)),
    ],
)
def test_risk_topics(
    risks: tuple[str, ...], is_angry: bool, expected: tuple[str, str | None]
) -> None:
    evidence = question(0.9, risks=risks, is_angry=is_angry)

    assert outcome(decide(evidence, History())) == expected


def test_complaint_is_answered_if_there_is_a_good_answer() -> None:
    assert decide(question(0.9, intent="complaint"), History()).act is Act.ANSWER


def test_complaint_without_a_good_answer_is_handed_over_at_once() -> None:
    decision = decide(question(0.2, intent="complaint"), History())

    assert outcome(decision) == ("handoff", "complaint")


def test_first_unhelpful_answer_offers_a_person_and_the_second_hands_over() -> None:
    press = Evidence(choice=Choice(kind="feedback", value="not_helpful"))
    first = decide(press, History(answered=True))
    second = decide(press, decide(question(0.9), first.history).history)

    assert first.act is Act.OFFER_PERSON
    assert outcome(second) == ("handoff", "negative_feedback")


def test_yes_to_the_offer_hands_over() -> None:
    history = History(offered_person=True, n_unhelpful=1, n_failures=1)
    yes = Evidence(intent="affirm", intent_confidence=0.9)

    assert outcome(decide(yes, history)) == ("handoff", "negative_feedback")


def test_no_to_the_offer_does_not_hand_over() -> None:
    history = History(offered_person=True, n_unhelpful=1, n_failures=1)
    decision = decide(Evidence(intent="deny", intent_confidence=0.9), history)

    assert decision.act is Act.SMALL_TALK
    assert not decision.history.offered_person


def test_chosen_article_is_answered_whatever_the_text_says() -> None:
    decision = decide(
        Evidence(choice=Choice(kind="article", value="refund-when"), is_empty=True), History()
    )

    assert decision.act is Act.ANSWER
    assert decision.article_ids == ("refund-when",)


def test_none_of_these_asks_to_rephrase_once() -> None:
    press = Evidence(choice=Choice(kind="rephrase", value="none"))
    first = decide(press, History())

    assert first.act is Act.REPHRASE
    assert outcome(decide(press, first.history)) == ("handoff", "low_confidence")


def test_helpful_ends_the_episode() -> None:
    decision = decide(
        Evidence(choice=Choice(kind="feedback", value="helpful")), History(n_failures=1)
    )

    assert decision.act is Act.FEEDBACK
    assert decision.history == History()


def test_unknown_choice_is_treated_as_text() -> None:
    evidence = question(0.9, choice=Choice(kind="nonsense", value=""))

    assert decide(evidence, History()).act is Act.ANSWER


def test_unsupported_language_is_explained_once_then_handed_over() -> None:
    evidence = question(0.9, unsupported_language="ja")
    first = decide(evidence, History())

    assert first.act is Act.UNSUPPORTED_LANGUAGE
    assert outcome(decide(evidence, first.history)) == ("handoff", "low_confidence")


def test_message_without_words_changes_nothing() -> None:
    history = History(n_failures=1, asked_to_rephrase=True)
    decision = decide(Evidence(is_empty=True), history)

    assert decision.act is Act.EMPTY
    assert decision.history == history


def test_ticket_question_without_a_ticket_prefers_a_good_article() -> None:
    evidence = Evidence(
        intent="ask_ticket_status",
        intent_confidence=0.7,
        candidates=(Candidate(article_id="order-track", probability=0.8),),
    )

    assert decide(evidence, History()).act is Act.ANSWER


def test_address_is_taken_as_contact() -> None:
    evidence = Evidence(intent="give_contact", intent_confidence=0.9, has_email=True)

    assert decide(evidence, History()).act is Act.CONTACT


def test_helpful_as_text_without_an_answer_is_small_talk() -> None:
    evidence = Evidence(intent="answer_helpful", intent_confidence=0.9)

    assert decide(evidence, History()).act is Act.SMALL_TALK
    assert decide(evidence, History(answered=True)).act is Act.FEEDBACK


def test_probabilities_that_sum_over_one_are_shared() -> None:
    decision = decide(question(0.9, 0.9), History())

    assert decision.act is Act.CLARIFY


def test_prices_can_be_changed() -> None:
    eager = Costs(clarify=0.01)

    assert decide(question(0.8, 0.1), History(), eager).act is Act.CLARIFY


def test_history_survives_a_slot() -> None:
    history = History(n_failures=2, offered_person=True)

    assert History.from_json({**history.as_json(), "from_the_future": 1}) == history
    assert History.from_json(None) == History()


@pytest.mark.parametrize("act", list(Act))
def test_every_act_has_one_of_the_five_outcomes(act: Act) -> None:
    assert act.outcome in {"answer", "clarify", "rephrase", "handoff", "smalltalk"}


@pytest.mark.parametrize("risk", ["safety", "self_harm"])
def test_danger_outranks_the_wish_for_a_person(risk: str) -> None:
    decision = decide(Evidence(risks=(risk,), asks_for_person=True), History())

    assert decision.handoff_reason == "risk_topic"
