"""Cleaning, limits, masking and the plain transcript."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.errors import MessageEmpty, MessageTooLong
from handoff.transcript import (
    MESSAGE_CHARS,
    check_message,
    clean_name,
    clean_text,
    excerpt,
    find_email,
    is_email,
    mask,
    render_transcript,
)

ANY_TEXT = st.text(alphabet=st.characters(codec=None), max_size=200)


@dataclass
class Line:
    kind: str
    author_name: str | None
    text: str


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\x00b", "ab"),
        ("a\r\nb\rc\u2028d\u0085e", "a\nb\nc\nd\ne"),
        ("\x1b[31mred", "[31mred"),
        ("tab\tstays", "tab\tstays"),
        ("lone \ud800 half", "lone \ufffd half"),
        ("pair \ud83d\ude00", "pair 😀"),
        ("مرحبا\u200f", "مرحبا\u200f"),
    ],
)
def test_text_is_made_storable(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@given(ANY_TEXT)
def test_clean_text_can_be_encoded_and_cleaned_again(raw: str) -> None:
    clean = clean_text(raw)

    assert clean.encode("utf-8").decode("utf-8") == clean
    assert "\x00" not in clean
    assert clean_text(clean) == clean


@pytest.mark.parametrize(
    "raw", ["", "  \n\t ", "\x00", "\u200b\u200e\u200f", "\ufeff", "\u3164", "\u2800", "\u0301"]
)
def test_a_message_without_visible_text_is_empty(raw: str) -> None:
    with pytest.raises(MessageEmpty):
        check_message(raw)


@pytest.mark.parametrize("raw", ["?", "😀", "👨‍👩‍👧", "نعم", "好"])
def test_one_sign_is_a_message(raw: str) -> None:
    assert check_message(raw) == raw


def test_the_limit_counts_characters_after_cleaning() -> None:
    assert len(check_message(" " + "é" * MESSAGE_CHARS + "\n")) == MESSAGE_CHARS


def test_one_character_more_is_too_long() -> None:
    with pytest.raises(MessageTooLong) as caught:
        check_message("é" * (MESSAGE_CHARS + 1))

    assert (caught.value.length, caught.value.limit) == (4001, 4000)
    assert "4001" in str(caught.value)


def test_a_name_is_one_line_within_its_limit() -> None:
    assert clean_name(" Ann \n Lee ", limit=6) == "Ann Le"
    assert clean_name("\u200b") == ""


def test_an_excerpt_ends_at_a_word_with_an_ellipsis() -> None:
    assert excerpt("one two three four", limit=12) == "one two…"
    assert excerpt("short", limit=12) == "short"
    assert excerpt("onewordwithoutspace", limit=8) == "oneword…"


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("write to maria@shop.example.", "maria@shop.example"),
        ("a.b+c@mail.shop.example, thanks", "a.b+c@mail.shop.example"),
        ("no address @ all", None),
        ("x@y", None),
        ("a" * 64 + "@" + ".".join(letter * 60 for letter in "bcde") + ".com", None),
    ],
)
def test_an_email_is_found_in_a_message(text: str, email: str | None) -> None:
    assert find_email(text) == email


def test_only_a_bare_address_is_an_email() -> None:
    assert is_email("maria@shop.example")
    assert not is_email("maria@shop.example, bob@shop.example")
    assert not is_email("maria@shop.example\nBcc: x@y.example")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("card 4111 1111 1111 1111 please", "card [card] please"),
        ("reference 4111111111111112", "reference 4111111111111112"),
        ("IBAN GR16 0110 1250 0000 0001 2300 695", "IBAN [iban]"),
        ("IBAN GB82 WEST 1234 5698 7654 32", "IBAN [iban]"),
        ("pay GR16 0110 1250 0000 0001 2300 695 please", "pay [iban] please"),
        ("code GB83WEST12345698765432x", "code GB83WEST12345698765432x"),
        ("I am maria@shop.example", "I am [email]"),
        ("call +30 210 555 0142", "call [phone]"),
        ("order MT-204518", "order MT-204518"),
    ],
)
def test_what_identifies_people_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_a_transcript_names_authors_and_indents_further_lines() -> None:
    lines = [
        Line("message", "Maria", "Hello\nmy card is 4111111111111111"),
        Line("handoff", None, "Ticket BD-1001"),
    ]

    assert render_transcript(lines) == (
        "Maria: Hello\n    my card is 4111111111111111\n[handoff] handoff: Ticket BD-1001"
    )
    assert "[card]" in render_transcript(lines, masked=True)
