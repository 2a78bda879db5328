"""Chat-sized answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb_index.folder import load_folder
from kb_index.snippets import PREFERRED_CHARS, answer_text, split_sentences


def test_whole_blocks_are_taken_while_they_fit() -> None:
    body = f"First.\n\n{'b' * 50}.\n\n{'c' * 50}."

    assert answer_text(body, 70) == f"First.\n\n{'b' * 50}."


def test_list_items_stay_together_and_lines_of_a_paragraph_are_joined() -> None:
    body = "Do\nthis:\n\n1. One\n   more\n2. Two\n- three\n\nEnd."

    assert answer_text(body) == "Do this:\n\n1. One more\n2. Two\n- three\n\nEnd."


def test_a_long_first_paragraph_is_cut_after_a_sentence() -> None:
    body = "One is here. Two is here. " + "Three is far too long for this. " * 5

    assert answer_text(body, 30) == "One is here. Two is here."


def test_a_first_sentence_that_is_too_long_stays_whole() -> None:
    sentence = "word " * 40 + "end."

    assert answer_text(f"{sentence} Next.", 50) == sentence


def test_an_announcement_is_not_left_without_what_it_announces() -> None:
    body = f"Short answer.\n\nThese cost extra:\n\n- {'x' * 80}"

    assert answer_text(body, 60) == "Short answer."


def test_a_heading_is_not_left_at_the_end() -> None:
    body = f"Short answer.\n\n## Details\n\n{'x' * 80}"

    assert answer_text(body, 60) == "Short answer."


def test_an_announcement_that_ends_the_article_is_kept() -> None:
    assert answer_text("Call us:") == "Call us:"
    assert answer_text("Hello.\n\nCall us:") == "Hello.\n\nCall us:"


def test_the_first_heading_is_dropped_and_later_ones_are_bold() -> None:
    body = "# How it works\nLike this.\n\n## **More**\nAnd that."

    assert answer_text(body) == "Like this.\n\n**More**\n\nAnd that."


def test_an_answer_can_start_at_a_section() -> None:
    body = "Intro.\n\n## Abroad\nCustoms may ask.\n\n## Late\nWait."

    assert answer_text(body, section=1) == "Customs may ask.\n\n**Late**\n\nWait."
    assert answer_text(body, section=9).startswith("Intro.")
    assert answer_text(body, section=-1).startswith("Intro.")


def test_links_lead_into_the_running_product() -> None:
    body = "See [how](article:return-how#label), [us](https://a.example/x) or [no](javascript:x)."

    assert answer_text(body, language="el") == (
        "See [how](/help/el/return-how#label), [us](https://a.example/x) or no."
    )


def test_images_quotes_code_fences_and_tables_become_text() -> None:
    body = (
        "![a towel](t.png)\n\n> Note.\n\n```\ncode\n- not an item\n```\n\n"
        "| Size | cm |\n|------|----|\n| S | 30 |"
    )

    assert answer_text(body) == "Note.\n\ncode - not an item\n\nSize – cm\n\nS – 30"


def test_an_article_without_text_has_no_answer() -> None:
    assert answer_text("") == ""
    assert answer_text("![x](y.png)") == ""


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Costs z. B. 5 €. Ok.", ["Costs z. B. 5 €.", "Ok."]),
        ("Am 3. Mai kommt es. Gut.", ["Am 3. Mai kommt es.", "Gut."]),
        ("Πού είναι; Εδώ.", ["Πού είναι;", "Εδώ."]),
        ("أين؟ هنا.", ["أين؟", "هنا."]),
        ("He said “go.” Then left.", ["He said “go.”", "Then left."]),
        ("", []),
        ("No end", ["No end"]),
    ],
)
def test_sentences_end_where_readers_expect(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


def test_every_demo_article_gives_a_good_answer() -> None:
    for article in load_folder(Path("data/kb")).articles:
        answer = answer_text(article.body, language=article.language)

        assert 40 <= len(answer) <= PREFERRED_CHARS, (article.language, article.id)
        assert "article:" not in answer
        assert not answer.endswith(":")
