"""What each act says and leaves behind; texts are keys here."""

from __future__ import annotations

import inspect
import pkgutil
from typing import Any

import pytest

import actions
from actions import services
from actions.answer_question import AnswerQuestion
from actions.change_language import ChangeLanguage, UnsupportedLanguage
from actions.clarify import Clarify
from actions.collect_contact import CollectContact
from actions.decide import Decide
from actions.hand_off import HandOff
from actions.offer_person import OfferPerson
from actions.prompt_again import PromptAgain
from actions.rephrase import Rephrase
from actions.services import ServicesMissing, get_services
from actions.small_talk import SmallTalk
from actions.take_feedback import TakeFeedback
from actions.ticket_status import TicketStatus

HUMAN = {"title": "en:talk-to-person", "choice": {"kind": "human", "value": "human"}}


async def test_answer_names_its_source_and_asks_for_feedback(scene: Any) -> None:
    scene.slots["plan"] = {"article_ids": ["refund-when"], "asks_feedback": True}

    replies, slots = await scene.run(AnswerQuestion())

    assert replies == [
        {
            "kind": "answer",
            "text": "**Yes.** Really.",
            "language": "en",
            "sources": [
                {
                    "article_id": "refund-when",
                    "title": "Title of refund-when",
                    "url": "/help/en/refund-when",
                    "language": "en",
                }
            ],
            "buttons": [],
            "feedback": True,
        }
    ]
    assert slots == {}


async def test_answer_in_another_language_says_so(scene: Any) -> None:
    scene.message["language"] = {"conversation": "tr"}
    scene.slots["plan"] = {"article_ids": ["refund-when"]}

    replies, _ = await scene.run(AnswerQuestion())

    assert replies[0]["text"].startswith("tr:answer-only-in language=English\n\n")
    assert replies[0]["language"] == "tr"


async def test_the_article_is_shown_in_the_language_that_the_search_chose(scene: Any) -> None:
    scene.message["language"] = {"conversation": "tr"}
    scene.message["hits"] = [
        {"article_id": "other", "language": "fr"},
        {"article_id": "refund-when", "language": "de"},
    ]
    scene.slots["plan"] = {"article_ids": ["refund-when"]}

    replies, _ = await scene.run(AnswerQuestion())

    assert replies[0]["sources"][0]["language"] == "de"
    assert replies[0]["text"].startswith("tr:answer-only-in language=Deutsch\n\n")


@pytest.mark.parametrize("article_id", ["agents-secret", "gone"])
async def test_hidden_or_missing_article_is_never_shown(scene: Any, article_id: str) -> None:
    scene.slots["plan"] = {"article_ids": [article_id]}

    replies, _ = await scene.run(AnswerQuestion())

    assert [reply["kind"] for reply in replies] == ["rephrase"]
    assert replies[0]["sources"] == []


async def test_clarify_offers_the_articles_and_none_of_these(scene: Any) -> None:
    scene.message["hits"] = [
        {"article_id": "a", "title": "First"},
        {"article_id": "b", "title": "Second"},
    ]
    scene.slots["plan"] = {"article_ids": ["a", "b"]}

    replies, _ = await scene.run(Clarify())

    assert replies[0]["buttons"] == [
        {"title": "First", "choice": {"kind": "article", "value": "a"}},
        {"title": "Second", "choice": {"kind": "article", "value": "b"}},
        {"title": "en:clarify-none-of-these", "choice": {"kind": "rephrase", "value": "none"}},
    ]


@pytest.mark.parametrize(
    ("text", "key"), [("hm?", "en:rephrase-short"), ("something much longer", "en:rephrase")]
)
async def test_rephrase_offers_a_person(scene: Any, text: str, key: str) -> None:
    scene.message["text"] = text

    replies, _ = await scene.run(Rephrase())

    assert replies[0]["text"] == key
    assert replies[0]["buttons"] == [HUMAN]


@pytest.mark.parametrize(
    ("reason", "texts"), [("complaint", ["en:complaint-sorry"]), ("asked_for_person", [])]
)
async def test_handover_leaves_the_notice_to_the_gateway(
    scene: Any, reason: str, texts: list[str]
) -> None:
    scene.slots["plan"] = {"handoff_reason": reason}

    replies, _ = await scene.run(HandOff())

    assert [reply["text"] for reply in replies] == texts


@pytest.mark.parametrize(
    ("intent", "context", "text"),
    [
        ("greet", {"brand": "Meltemi"}, "en:greeting brand=Meltemi"),
        ("goodbye", {}, "en:goodbye"),
        ("thanks", {}, "en:thanks-reply"),
        ("affirm", {}, "en:affirm-reply"),
        ("deny", {}, "en:deny-reply"),
        ("bot_challenge", {}, "en:bot-challenge"),
        ("ask_hours", {"opening_hours": "9-18"}, "en:hours-reply hours=9-18"),
        ("ask_hours", {}, "en:hours-unknown"),
        ("small_talk", {}, "en:ask-question"),
    ],
)
async def test_small_talk(scene: Any, intent: str, context: dict[str, Any], text: str) -> None:
    scene.message["intent"] = {"name": intent, "confidence": 0.9}
    scene.message["metadata"] = context

    replies, _ = await scene.run(SmallTalk())

    assert [reply["text"] for reply in replies] == [text]
    assert replies[0]["feedback"] is False


async def test_ticket_status(scene: Any) -> None:
    scene.message["metadata"] = {"ticket": {"number": "T-7", "state": "open"}}

    replies, _ = await scene.run(TicketStatus())

    assert replies[0]["text"] == "en:ticket-status number=T-7 state=open"


async def test_no_ticket(scene: Any) -> None:
    replies, _ = await scene.run(TicketStatus())

    assert replies[0]["text"] == "en:ticket-none"


async def test_named_language_is_set_and_confirmed_in_itself(scene: Any) -> None:
    scene.message["entities"] = [{"entity": "language", "value": "de"}]

    replies, slots = await scene.run(ChangeLanguage())

    assert replies[0]["text"] == "de:language-changed language=Deutsch"
    assert slots == {"language_choice": "de"}


async def test_pressed_language_wins_over_the_text(scene: Any) -> None:
    scene.message["choice"] = {"kind": "language", "value": "ar"}
    scene.message["entities"] = [{"entity": "language", "value": "de"}]

    _, slots = await scene.run(ChangeLanguage())

    assert slots == {"language_choice": "ar"}


async def test_language_not_offered_by_the_site_is_not_set(scene: Any) -> None:
    scene.message["metadata"] = {"languages": ["en", "el"]}
    scene.message["entities"] = [{"entity": "language", "value": "de"}]

    replies, slots = await scene.run(ChangeLanguage())

    assert replies[0]["text"] == "en:language-unsupported languages=English, Ελληνικά"
    assert slots == {}


async def test_no_language_named_asks_for_one(scene: Any) -> None:
    replies, slots = await scene.run(ChangeLanguage())

    assert len(replies[0]["buttons"]) == 12
    assert slots == {}


async def test_unsupported_language_lists_the_spoken_ones(scene: Any) -> None:
    scene.message["metadata"] = {"languages": ["en", "tr"]}

    replies, _ = await scene.run(UnsupportedLanguage())

    assert replies[0]["kind"] == "language"
    assert [button["choice"]["value"] for button in replies[0]["buttons"]] == ["en", "tr"]


@pytest.mark.parametrize(
    ("context", "key"), [({}, "contact-noted"), ({"ticket": {"number": "1"}}, "contact-thanks")]
)
async def test_address_is_noted(scene: Any, context: dict[str, Any], key: str) -> None:
    scene.message["metadata"] = context
    scene.message["entities"] = [{"entity": "email", "value": "a@b.gr"}]

    replies, slots = await scene.run(CollectContact())

    assert replies[0]["text"] == f"en:{key}"
    assert slots == {"contact": {"name": None, "email": "a@b.gr"}}


async def test_announced_address_is_asked_for(scene: Any) -> None:
    replies, slots = await scene.run(CollectContact())

    assert replies[0]["text"] == "en:handoff-ask-contact"
    assert slots == {}


@pytest.mark.parametrize(
    ("action", "key"),
    [
        (OfferPerson(), "not-helpful-offer"),
        (TakeFeedback(), "helpful-thanks"),
        (PromptAgain(), "empty-message"),
    ],
)
async def test_acts_of_one_text(scene: Any, action: Any, key: str) -> None:
    replies, _ = await scene.run(action)

    assert replies[0]["text"] == f"en:{key}"


async def test_decision_fills_act_and_plan_from_evidence_and_history(scene: Any) -> None:
    scene.message["evidence"] = {
        "intent": "kb_question",
        "answerable": 0.1,
        "candidates": [{"article_id": "a", "probability": 0.1}],
    }
    scene.slots["plan"] = {"history": {"n_failures": 1, "asked_to_rephrase": True}}

    _, slots = await scene.run(Decide())

    assert slots["act"] == "handoff"
    assert slots["plan"]["handoff_reason"] == "low_confidence"
    assert slots["plan"]["history"]["n_failures"] == 0


async def test_message_without_evidence_is_decided_by_its_intent(scene: Any) -> None:
    scene.message["intent"] = {"name": "ask_human", "confidence": 1.0}

    _, slots = await scene.run(Decide())

    assert slots["act"] == "handoff"


async def test_message_is_decided_only_once(scene: Any) -> None:
    scene.events = [{"event": "user"}, {"event": "slot", "name": "plan", "value": {}}]

    _, slots = await scene.run(Decide())

    assert slots == {}


def test_missing_services_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_current", None)

    with pytest.raises(ServicesMissing, match="set_services"):
        get_services()


def test_every_run_is_short() -> None:
    for module in pkgutil.iter_modules(actions.__path__):
        imported = __import__(f"actions.{module.name}", fromlist=["*"])
        for item in vars(imported).values():
            if (
                inspect.isclass(item)
                and item.__module__ == imported.__name__
                and "run" in vars(item)
            ):
                assert len(inspect.getsource(item.run).splitlines()) <= 30
