"""Messages made to be slow: each must cost no more than an ordinary one of its length."""

from __future__ import annotations

import time

import pytest
from rasa.shared.nlu.training_data.message import Message

from nlu.components.tokenizer import SpacyBlankTokenizer, blank_signs, load_tokenizers
from nlu.cues import load_cues, load_language_names
from nlu.entities import find_entities
from nlu.language import detect
from nlu.small_talk import load_small_talk

LENGTH = 4_000
LANGUAGES = ("en", "fr", "tr", "ar")
UNITS = (
    "😀", "👨\u200d👩\u200d👧\u200d👦", "🇩🇪", "'", "_", "#", '"', "!?", "(", "!!! ", ":) ",
    "111 ", "9", "1 ", "1.", "11/", "€1", "a'", "'s", "a_", "a-", "(((a", "a😀", "1😀😀😀",
    "a@", "http://", "\u064e", "a\u0301",
)  # fmt: skip
MESSAGES = {unit: (unit * LENGTH)[:LENGTH] for unit in UNITS}


def spans(text: str, language: str) -> list[tuple[str, int]]:
    tokenizer = SpacyBlankTokenizer(SpacyBlankTokenizer.get_default_config())
    message = Message(data={"text": text, "language": {"conversation": language}})
    return [(token.text, token.start) for token in tokenizer.tokenize(message, "text")]


@pytest.mark.parametrize("unit", UNITS)
def test_a_long_row_of_anything_gives_a_bounded_number_of_tokens(unit: str) -> None:
    assert all(1 <= len(spans(MESSAGES[unit], language)) <= 2_000 for language in LANGUAGES)


def test_the_worst_messages_together_cost_a_few_seconds() -> None:
    load_tokenizers(LANGUAGES)
    small_talk, cues, names = load_small_talk(), load_cues(), load_language_names()
    began = time.process_time()

    for text in MESSAGES.values():
        for language in LANGUAGES:
            spans(text, language)
        find_entities(text, language_names=names)
        detect(text)
        small_talk.intent(text)
        small_talk.question(text)
        cues.find(text)

    # Measured: 0.8 s; a single message of quadratic cost took 2 to 7 s.
    assert time.process_time() - began < 8.0


@pytest.mark.parametrize(
    "text",
    ["Where is it??????? Hello", "ok 😀😀😀😀😀 thanks", "name_____of", "a" * 200 + "'s" * 60],
)
def test_blanking_keeps_every_letter_in_its_place(text: str) -> None:
    blanked = blank_signs(text)

    assert len(blanked) == len(text)
    assert all(old == new for old, new in zip(text, blanked, strict=True) if old.isalnum())


@pytest.mark.parametrize("text", ["Wait... what?!", "l'article n'est-il pas là ?", "a@b.gr :-)"])
def test_ordinary_signs_stay(text: str) -> None:
    assert blank_signs(text) == text


def test_words_behind_a_row_of_signs_keep_their_offsets() -> None:
    assert spans("😀😀😀😀😀😀 towels!!!!!!", "en") == [("towels", 7)]
