"""The counting behind the demo figures, and what the question sets promise."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.brain.contract import TurnResponse
from kb_index.article import parse_article
from kb_index.offtopic import load_offtopic
from nlu.entities import fold
from tests.quality.demo import QUESTIONS, ROOT, load_questions, render
from tests.quality.demo_scoring import Question, Result, result_of, summarise
from tests.quality.intents import load_examples

LANGUAGES = ("ar", "de", "el", "en", "es", "fr", "it", "nl", "pl", "pt", "ru", "tr")
N_ARTICLES = 33
ASKED = Question(text="where is it", lang="en", gold="order-track", also=("delivery-late",))
STRANGE = Question(text="who won", lang="en", gold=None, kind="far")


def _answer(**changes: Any) -> TurnResponse:
    decision = {
        "outcome": "answer",
        "reasons": ["confident"],
        "confidence": 0.8,
        "intent": {"name": "kb_question", "confidence": 0.9},
        "entities": [],
        "hits": [],
    }
    language = {
        "message": "en",
        "confidence": 0.9,
        "conversation": "en",
        "state": {},
        "unsupported": None,
    }
    return TurnResponse.model_validate(
        {
            "turn_id": "1",
            "replies": changes.pop("replies", []),
            "decision": decision | changes,
            "language": language,
            "handoff": None,
            "set": {},
            "events": [],
            "model": {"model_id": "m", "index_id": None, "encoder": "e"},
            "timing_ms": {},
        }
    )


def _article(article_id: str, *, language: str = "en") -> dict[str, Any]:
    source = {"article_id": article_id, "title": "T", "url": "/t", "language": language}
    return {"kind": "answer", "text": "T", "language": "en", "sources": [source]}


def _offer(*article_ids: str) -> dict[str, Any]:
    choices = [{"kind": "article", "value": article_id} for article_id in article_ids]
    choices.append({"kind": "rephrase", "value": "none"})
    buttons = [{"title": "T", "choice": choice} for choice in choices]
    return {"kind": "clarify", "text": "?", "language": "en", "buttons": buttons}


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"replies": [_article("order-track")]}, "right"),
        ({"replies": [_article("delivery-late")]}, "right"),
        ({"replies": [_article("refund-when")]}, "wrong"),
        ({"replies": [_offer("refund-when", "order-track")]}, "offered"),
        ({"replies": [_offer("refund-when")]}, "offered_wrong"),
        ({"outcome": "rephrase"}, "rephrase"),
        ({"outcome": "handoff"}, "handoff"),
        ({"outcome": "smalltalk", "reasons": ["intent_greet"]}, "small_talk"),
    ],
)
def test_verdicts(changes: dict[str, Any], verdict: str) -> None:
    assert result_of(ASKED, _answer(**changes)).verdict == verdict


def test_told_opening_hours_are_the_article_about_them() -> None:
    told = _answer(outcome="smalltalk", reasons=["intent_ask_hours"])
    asked = Question(text="open?", lang="en", gold="opening-hours-contact")

    assert result_of(asked, told).verdict == "right"
    assert result_of(ASKED, told).verdict == "wrong"


def test_language_is_the_articles_then_the_replys_then_the_conversations() -> None:
    german = Question(text="wo", lang="de", gold="order-track")
    reply = {"kind": "rephrase", "text": "?", "language": "de"}

    assert result_of(german, _answer(replies=[_article("x", language="de")])).is_language_right
    assert result_of(german, _answer(replies=[reply])).is_language_right
    assert not result_of(german, _answer()).is_language_right


def test_the_list_of_spoken_languages_is_no_right_language() -> None:
    listed = _answer(replies=[{"kind": "language", "text": "?", "language": "en"}])

    assert not result_of(ASKED, listed).is_language_right


def _results() -> list[Result]:
    return [
        result_of(ASKED, _answer(replies=[_article("order-track")])),
        result_of(ASKED, _answer(replies=[_offer("order-track", "refund-when")])),
        result_of(STRANGE, _answer(replies=[_article("order-track")])),
        result_of(STRANGE, _answer(replies=[_offer("order-track")])),
        result_of(STRANGE, _answer(outcome="rephrase")),
        result_of(STRANGE, _answer(outcome="handoff")),
    ]


def test_summary_counts_both_readings_of_a_refusal() -> None:
    total = summarise(_results())["total"]

    assert (total["right"], total["offered"], total["right_or_offered"]) == (0.5, 0.5, 1.0)
    assert (total["refused"], total["refused_strictly"]) == (0.75, 0.5)
    assert total["wrong_language"] == 0.0


def test_summary_lists_what_went_wrong() -> None:
    verdicts = [row["verdict"] for row in summarise(_results())["failures"]]

    assert verdicts == ["offered", "wrong", "offered_wrong"]


def test_summary_of_nothing_is_zeros() -> None:
    assert summarise([])["total"]["right"] == 0.0


def test_report_names_every_language_and_failure() -> None:
    text = render(summarise(_results()))

    assert re.search(r"^en +2 ", text, re.MULTILINE)
    assert "en wrong [confident] 'who won' wants nothing" in text


def test_sets_are_as_large_and_as_even_as_promised() -> None:
    questions = load_questions()
    asked = Counter(q.lang for q in questions if q.gold)
    strange = Counter((q.lang, q.kind) for q in questions if not q.gold)

    assert sorted(asked) == list(LANGUAGES)
    assert min(asked.values()) >= N_ARTICLES
    assert min(strange[language, kind] for language in LANGUAGES for kind in ("far", "near")) >= 8
    assert len({q.text for q in questions}) == len(questions)


def test_every_public_article_is_asked_for_in_every_language() -> None:
    for language in LANGUAGES:
        articles = _articles(language)
        public = {a.id for a in articles if a.audience == "public"}
        asked = {q.gold for q in load_questions() if q.lang == language and q.gold}
        also = {name for q in load_questions() for name in q.also}

        assert asked == public
        assert also <= public


def test_no_question_was_copied_into_what_the_product_learns_from() -> None:
    asked = {(q.lang, _bare(q.text)) for q in load_questions(QUESTIONS)}
    learned = {(language, _bare(text)) for language, _, text in load_examples(ROOT / "data/nlu")}
    learned |= {(q.language, _bare(q.text)) for q in load_offtopic()}
    for language in LANGUAGES:
        learned |= {(language, _bare(text)) for a in _articles(language) for text in a.questions}

    assert not asked & learned


def _articles(language: str) -> list[Any]:
    folder = Path(ROOT / "data" / "kb" / language)
    paths = sorted(folder.glob("*.md"))
    return [parse_article(path.read_text("utf-8"), path=str(path)) for path in paths]


def _bare(text: str) -> str:
    return " ".join(fold(word) for word in re.findall(r"[^\W_]+", text))
