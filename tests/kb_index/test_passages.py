"""How articles are cut."""

from __future__ import annotations

import pytest

from kb_index.passages import cut_passages, plain_text, split_sections
from tests.kb_index.factory import make_article


def test_title_questions_and_sections_become_passages_in_order() -> None:
    passages = cut_passages(make_article(keywords=("parcel", "shipment")))

    assert [(p.kind, p.position, p.text) for p in passages] == [
        ("title", 0, "Track your order"),
        ("title", 1, "Track your order: parcel, shipment"),
        ("question", 0, "Where is my parcel?"),
        ("question", 1, "Has my order shipped yet?"),
        ("question", 2, "track my package"),
        ("section", 0, "Open Orders in your account."),
        ("section", 1, "Tracking\nYou get an e-mail."),
    ]


def test_sections_are_encoded_with_their_title_and_heading() -> None:
    first, second = cut_passages(make_article())[-2:]

    assert first.encoded_text == "Track your order\nOpen Orders in your account."
    assert second.encoded_text == "Track your order\nTracking\nYou get an e-mail."


def test_an_article_without_a_title_has_no_title_passage_and_no_empty_lead() -> None:
    passages = cut_passages(make_article(title="", questions=()))

    assert [p.encoded_text for p in passages] == [
        "Open Orders in your account.",
        "Tracking\nYou get an e-mail.",
    ]


def test_keywords_without_a_title_are_indexed_alone() -> None:
    first = cut_passages(make_article(title="", keywords=("parcel", "shipment")))[0]

    assert (first.kind, first.text) == ("title", "parcel, shipment")


def test_a_long_section_is_cut_between_paragraphs_and_keeps_its_position() -> None:
    body = "\n\n".join(["a " * 200, "b " * 200, "c"])

    sections = [p for p in cut_passages(make_article(body=body)) if p.kind == "section"]

    assert [p.position for p in sections] == [0, 0]
    assert sections[0].text == ("a " * 200).strip()
    assert sections[1].text == ("b " * 200).strip() + "\n\nc"


def test_the_digest_follows_the_encoded_text_alone() -> None:
    here = cut_passages(make_article("a"))
    there = cut_passages(make_article("b", "el"))
    other = cut_passages(make_article(title="Another title"))

    assert [p.digest for p in here] == [p.digest for p in there]
    assert here[0].digest != other[0].digest
    assert len(here[0].digest) == 16


def test_a_hash_inside_code_is_no_heading() -> None:
    body = "Intro\n\n```sh\n# not a heading\n~~~\n```\n\n## Real ##\ntext\n\n### Empty\n"

    sections = split_sections(body)

    assert [section.heading for section in sections] == ["", "Real"]
    assert "# not a heading" in sections[0].markdown


def test_code_that_is_never_closed_is_kept() -> None:
    sections = split_sections("## Head\n```\ncode\n")

    assert [(s.heading, s.markdown) for s in sections] == [("Head", "```\ncode")]


def test_an_open_fence_without_anything_behind_it_adds_nothing() -> None:
    assert split_sections("") == []


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("**bold** and _soft_ and `code`", "bold and soft and code"),
        ("snake_case_name stays", "snake_case_name stays"),
        ("[text](article:order-track) <https://a.b/c>", "text https://a.b/c"),
        ("![a towel](x.png) [ref][1]", "a towel ref"),
        ("- one\n- two\n\n1. three", "one\ntwo\n\nthree"),
        ("> quoted\n# Title", "quoted\nTitle"),
        ("| a | b |\n|---|:--:|\n| 1 | 2 |", "a b\n\n1 2"),
        ("<!-- note -->x<b>y</b>", "x y"),
        ("```js\ncode\n```", "code"),
        (r"5 \* 3 = 15", "5 * 3 = 15"),
    ],
)
def test_plain_text_has_no_markup(markdown: str, expected: str) -> None:
    assert plain_text(markdown) == expected
