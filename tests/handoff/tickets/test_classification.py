"""What a ticket is: the same in twelve languages, with how sure that is."""

from __future__ import annotations

import functools
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handoff.errors import FieldInvalid
from handoff.ports import TriageMessage
from handoff.tickets.classification import (
    BotEvidence,
    Category,
    Classification,
    Classifier,
    TicketType,
)
from handoff.tickets.config import load_classifier
from handoff.triage_words import Lexicon

ROOT = Path(__file__).parents[3]
ROWS: list[dict[str, str]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "situations.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
LANGUAGES = ("en", "el", "tr", "de", "es", "fr", "it", "pt", "nl", "pl", "ru", "ar")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@functools.cache
def shipped() -> Classifier:
    return load_classifier(ROOT / "data" / "categories")


def classify(
    *texts: str,
    language: str | None = "en",
    articles: dict[str, float] | None = None,
    intents: dict[str, float] | None = None,
    reason: str = "low_confidence",
    classifier: Classifier | None = None,
) -> Classification:
    messages = [TriageMessage(text=text, language=language, at=NOW) for text in texts]
    evidence = BotEvidence(articles=articles or {}, intents=intents or {})
    return (classifier or shipped())(messages, evidence, handoff_reason=reason)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_alone_tell_type_and_category_in_every_language(language: str) -> None:
    rows = [row for row in ROWS if row["lang"] == language]
    wrong: Counter[str] = Counter()
    for row in rows:
        found = classify(row["text"], language=language)
        wrong["type"] += found.type.value != row["type"]
        wrong["category"] += found.category is None or found.category.value != row["category"]

    # One of fourteen may be wrong: words are only one of the two witnesses.
    assert wrong["type"] <= 1
    assert wrong["category"] <= 1


def test_every_situation_is_told_in_every_language() -> None:
    told = Counter(row["lang"] for row in ROWS)

    assert set(told) == set(LANGUAGES)
    assert len(set(told.values())) == 1
    assert min(told.values()) >= 10
    assert {row["type"] for row in ROWS} == set(TicketType)
    assert {row["category"] for row in ROWS} <= set(shipped().categories)


def test_categories_and_types_have_names_in_every_language_and_known_articles() -> None:
    classifier = shipped()
    known = {path.stem for path in (ROOT / "data" / "kb" / "en").glob("*.md")}

    for category in classifier.categories.values():
        assert set(category.names) == set(LANGUAGES)
        assert category.articles <= known
    assert known == {name for c in classifier.categories.values() for name in c.articles}
    assert all(set(names) == set(LANGUAGES) for names in classifier.type_names.values())
    assert set(classifier.type_names) == set(TicketType)
    assert set(classifier.cues) == set(LANGUAGES)


def test_the_bots_evidence_decides_where_words_are_silent() -> None:
    found = classify("It happened again", articles={"payment-double-charge": 0.9})

    assert found.category is not None
    assert found.category.value == "payments"
    assert found.category.evidence == ("payment-double-charge",)


def test_evidence_that_agrees_makes_surer() -> None:
    alone = classify("My parcel is not here").category
    both = classify("My parcel is not here", articles={"delivery-late": 0.9}).category

    assert alone is not None
    assert both is not None
    assert both.confidence > alone.confidence


def test_two_matters_make_less_sure() -> None:
    one = classify("My parcel is late").category
    two = classify("My parcel is late and my invoice is wrong").category

    assert one is not None
    assert two is not None
    assert two.confidence < one.confidence


def test_near_articles_become_topics_surest_first() -> None:
    near = {"size-guide": 0.2, "return-how": 0.8, "exchange-item": 0.5, "invoice-download": 0.31}

    found = classify("hm", articles={**near, "care-washing": 0.4})

    assert [(tag.value, tag.confidence) for tag in found.tags] == [
        ("return-how", 0.8),
        ("exchange-item", 0.5),
        ("care-washing", 0.4),
    ]


def test_a_complaint_is_one_by_intent_or_by_the_reason_of_the_handover() -> None:
    text = "I have something to say about the shoes"

    assert classify(text).type.value == "question"
    assert classify(text, intents={"complaint": 0.9}).type.value == "complaint"
    assert classify(text, reason="complaint").type.value == "complaint"


def test_who_denies_a_complaint_does_not_complain() -> None:
    assert classify("This is not a complaint, how do I return shoes").type.value == "question"


def test_a_question_word_counts_where_questions_begin() -> None:
    assert classify("I know where it is").type.evidence == ()
    assert classify("Hello. And where is it").type.evidence == ("where",)


def test_a_phrase_speaks_for_itself_and_not_for_its_words() -> None:
    found = classify("I bought a gift card")

    assert found.category is not None
    assert (found.category.value, found.category.evidence) == ("vouchers", ("gift card",))


def test_an_unknown_language_is_read_with_every_languages_words() -> None:
    found = classify("Χρειάζομαι τιμολόγιο", language=None)

    assert found.category is not None
    assert found.category.value == "invoices"


def test_more_than_three_cues_weigh_no_more() -> None:
    lexicon = Lexicon(language="en", phrases={"category:a": ("one", "two", "three", "four")})
    classifier = Classifier(categories={"a": Category(slug="a")}, cues={"en": lexicon})

    three = classify("one two three", classifier=classifier).category
    four = classify("one two three four", classifier=classifier).category

    assert three is not None
    assert four is not None
    assert three.confidence == four.confidence


def test_without_data_everything_is_a_question() -> None:
    found = classify("My parcel is broken", classifier=Classifier())

    assert (found.type.value, found.category, found.tags) == ("question", None, ())


def test_confidence_is_a_share_and_names_its_source() -> None:
    found = classify("My parcel has not arrived. I am furious")

    assert found.category is not None
    for judged in (found.type, found.category):
        assert 0 < judged.confidence < 1
        shape = judged.as_json()
        assert (shape["value"], shape["source"]) == (judged.value, "auto")


def test_only_known_types_and_categories_can_be_set() -> None:
    classifier = shipped()

    assert classifier.check_type("problem") == "problem"
    assert classifier.check_category("delivery") == "delivery"
    assert classifier.check_type(None) is classifier.check_category(None) is None
    with pytest.raises(FieldInvalid, match="must be one of question"):
        classifier.check_type("nonsense")
    with pytest.raises(FieldInvalid, match="must be one of delivery"):
        classifier.check_category("nonsense")


def test_of_a_flood_the_first_and_the_newest_words_are_read() -> None:
    padding = "lorem " * 300
    flood = ["I want to complain", *[padding] * 3, "refund please", *[padding] * 3]

    found = classify(*flood)
    short = classify(flood[0], flood[4])

    assert found.type.value == TicketType.COMPLAINT
    assert "refund" not in str(found.category)
    assert "refund" in str(short.category)
