"""The file form of articles: what is accepted, what is refused, and where the fault is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb_index.article import parse_article, render_article, validate_article
from kb_index.errors import ArticleError
from tests.kb_index.factory import make_article

GOOD = """---
id: order-track
language: el
title: Πού είναι η παραγγελία μου;
questions:
  - Πού είναι το δέμα μου;
  - "Κωδικός: πού τον βρίσκω;"
category: orders
audience: public
market: [GR, CY]
keywords: [δέμα]
updated: 2026-03-31
---

Ανοίξτε τις **Παραγγελίες**.
"""
PATH = "data/kb/el/order-track.md"


def test_every_field_is_read() -> None:
    article = parse_article(GOOD, path=PATH)

    assert article.id == "order-track"
    assert article.language == "el"
    assert article.title == "Πού είναι η παραγγελία μου;"
    assert article.questions == ("Πού είναι το δέμα μου;", "Κωδικός: πού τον βρίσκω;")
    assert (article.category, article.audience) == ("orders", "public")
    assert (article.markets, article.keywords) == (("GR", "CY"), ("δέμα",))
    assert article.updated == dt.date(2026, 3, 31)
    assert article.body == "Ανοίξτε τις **Παραγγελίες**."


def test_norwegian_is_a_language_and_not_the_answer_no() -> None:
    article = parse_article(GOOD.replace("language: el", "language: no"), path="x")

    assert article.language == "no"


def test_audience_market_and_keywords_may_be_left_out() -> None:
    lines = [line for line in GOOD.split("\n") if not line.startswith(("aud", "mark", "keyw"))]

    article = parse_article("\n".join(lines), path=PATH)

    assert (article.audience, article.markets, article.keywords) == ("public", (), ())


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    text = "\ufeff" + GOOD.replace("\n", "\r\n")

    assert parse_article(text, path=PATH) == parse_article(GOOD, path=PATH)


@pytest.mark.parametrize(
    ("old", "new", "line", "code"),
    [
        ("---\nid", "id", 1, "no_head"),
        ("2026-03-31\n---", "2026-03-31", 1, "open_head"),
        ("title: Πού", "title: [Πού", 5, "bad_yaml"),
        ("id: order-track\n", "", 1, "missing_id"),
        ("title: Πού είναι η παραγγελία μου;\n", "", 1, "missing_title"),
        ("id: order-track", "id: Order_Track", 2, "bad_id"),
        ("id: order-track", "id: return-how", 2, "id_mismatch"),
        ("language: el", "language: Greek", 3, "bad_language"),
        ("language: el", "language: de", 3, "language_mismatch"),
        ("title: Πού είναι η παραγγελία μου;", "title:", 4, "empty_title"),
        ("title: Πού είναι η παραγγελία μου;", f"title: {'x' * 161}", 4, "long_title"),
        ("title: Πού είναι η παραγγελία μου;", "title: [a, b]", 4, "bad_title"),
        ("  - Πού είναι το δέμα μου;", f"  - {'x' * 301}", 6, "long_question"),
        ("  - Πού είναι το δέμα μου;", '  - "κωδικός: Πού τον βρίσκω;"', 7, "repeated_question"),
        ("  - Πού είναι το δέμα μου;", "  - a: b", 6, "bad_questions"),
        ("  - Πού είναι το δέμα μου;", "  -", 6, "bad_questions"),
        ("category: orders", "category: My orders", 8, "bad_category"),
        ("audience: public", "audience: everyone", 9, "bad_audience"),
        ("market: [GR, CY]", "market: [GR, Cyprus]", 10, "bad_market"),
        ("market: [GR, CY]", "market: GR", 10, "bad_market"),
        ("keywords: [δέμα]", "keywords: {a: b}", 11, "bad_keywords"),
        ("updated: 2026-03-31", "updated: yesterday", 12, "bad_updated"),
        ("updated: 2026-03-31", "updated: 2026-02-30", 12, "bad_updated"),
        ("category: orders", "colour: blue", 8, "unknown_key"),
        ("category: orders", "id: order-track", 8, "duplicate_key"),
        ("Ανοίξτε τις **Παραγγελίες**.", "", 14, "empty_body"),
        ("Ανοίξτε", "x" * 200_001, 14, "long_body"),
        ("Ανοίξτε", "a\x00b", 15, "control_character"),
        ("Ανοίξτε", "a\ud800b", 15, "control_character"),
    ],
)
def test_a_fault_is_named_with_its_line(old: str, new: str, line: int, code: str) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD

    with pytest.raises(ArticleError) as caught:
        parse_article(text, path=PATH)

    assert (caught.value.code, caught.value.line) == (code, line)
    assert str(caught.value).startswith(f"{PATH}:{line}: ")


@pytest.mark.parametrize(
    ("questions", "code"),
    [
        ("questions: []", "no_questions"),
        ("questions:", "no_questions"),
        ("questions: " + str([f"q{i}" for i in range(201)]), "many_questions"),
    ],
)
def test_a_useless_number_of_questions_is_refused(questions: str, code: str) -> None:
    start, end = GOOD.index("questions:"), GOOD.index("\ncategory")

    with pytest.raises(ArticleError) as caught:
        parse_article(GOOD[:start] + questions + GOOD[end:], path=PATH)

    assert caught.value.code == code


def test_a_head_that_is_no_list_of_keys_is_refused() -> None:
    with pytest.raises(ArticleError) as caught:
        parse_article("---\njust text\n---\nbody", path="x")

    assert (caught.value.code, caught.value.line) == ("bad_yaml", 2)


def test_a_head_with_a_sign_that_yaml_forbids_is_refused_without_a_position() -> None:
    with pytest.raises(ArticleError) as caught:
        parse_article("---\n\tid: x\n---\nbody", path="x")

    assert caught.value.code == "bad_yaml"


def test_a_folder_that_is_no_language_is_not_compared() -> None:
    article = parse_article(GOOD, path="drafts/order-track.md")

    assert article.language == "el"


@pytest.mark.parametrize("title", ["null", "~", "no", "- a", "a: b", 'say "hi"', "#1", "x,", "’"])
def test_titles_that_yaml_would_misread_come_back(title: str) -> None:
    article = make_article(title=title)

    assert parse_article(render_article(article), path="x") == article


_words = st.text(
    st.characters(
        blacklist_categories=["Cs", "Cc", "Zl", "Zp", "Zs"], max_codepoint=0x1FFFF
    ).filter(lambda c: c not in "\ufeff\ufffe\uffff\U0001fffe\U0001ffff"),
    min_size=1,
    max_size=12,
)


@given(title=_words, questions=st.lists(_words, min_size=1, max_size=3), keywords=st.lists(_words))
def test_rendering_and_parsing_give_the_same_article(
    title: str, questions: list[str], keywords: list[str]
) -> None:
    import unicodedata

    def clean(text: str) -> str:
        return unicodedata.normalize("NFC", text)

    unique = {clean(question).casefold(): clean(question) for question in questions}
    article = make_article(
        title=clean(title),
        questions=tuple(unique.values()),
        keywords=tuple(clean(keyword) for keyword in keywords),
    )

    assert parse_article(render_article(article), path="x") == article


def test_equal_articles_have_equal_digests_and_a_changed_word_changes_it() -> None:
    article = make_article()

    assert article.digest == make_article().digest
    assert article.digest != make_article(body="Other.").digest
    assert article.digest != make_article(keywords=("parcel",)).digest


def test_an_article_from_a_form_is_checked_like_a_file() -> None:
    validate_article(make_article())

    with pytest.raises(ArticleError) as caught:
        validate_article(make_article(body="  "))

    assert caught.value.code == "empty_body"
    assert caught.value.path == "en/order-track.md"


def test_the_demo_articles_are_valid_and_come_back() -> None:
    for path in sorted(Path("data/kb").glob("*/*.md")):
        article = parse_article(path.read_text(encoding="utf-8"), path=path.as_posix())

        assert parse_article(render_article(article), path="x") == article
