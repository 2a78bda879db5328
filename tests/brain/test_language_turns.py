"""Languages over whole turns, through a real model and a real index with Romanian articles."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.brain.contract import ContextIn, LanguageRequest
from tests.brain.conftest import LANGUAGES, ROOT, Talk

pytestmark = pytest.mark.brain

ROMANIAN = """---
id: garden-gnomes
language: ro
category: garden
updated: 2026-11-21
title: Cum îngrijesc piticii de grădină?
questions:
  - Cum curăț piticii de grădină?
  - Piticul meu de grădină și-a pierdut culoarea
  - Pot lăsa piticii de grădină afară iarna?
---
Ștergeți piticii de grădină cu o cârpă umedă. Iarna îi puteți lăsa afară, sunt rezistenți la îngheț.
"""


@pytest.fixture(scope="module")
def romanian_kb(engine: Any, kb_dir: Path) -> Iterator[None]:
    """The shop's articles and one that exists in Romanian only."""
    from kb_index.article import parse_article
    from kb_index.builder import build_snapshot, publish
    from kb_index.encoder import load_encoder
    from nlu.components.resources import RESOURCES

    paths = sorted((ROOT / "data" / "kb" / "en").rglob("*.md"))
    articles = [parse_article(path.read_text("utf-8"), path=str(path)) for path in paths]
    articles.append(parse_article(ROMANIAN, path="ro/garden-gnomes.md"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        info = build_snapshot(
            articles,
            load_encoder(),
            folder=folder,
            previous=None,
            progress=lambda stage, done, total: None,
        )
        publish(folder, info.snapshot_id)
        RESOURCES.use(kb_dir=folder)
        yield
        RESOURCES.use(kb_dir=kb_dir)


@pytest.mark.usefixtures("romanian_kb")
async def test_romanian_articles_are_answered_in_romanian(engine: Any) -> None:
    talk = Talk(engine, locale="ro-RO", languages=["de", "en"])
    answer = await talk.say("Cum pot să curăț piticii de grădină?")

    assert answer.language.unsupported is None
    assert answer.language.conversation == "ro"
    assert answer.decision.hits[0].article_id == "garden-gnomes"
    chosen = await talk.press("article", "garden-gnomes")
    assert chosen.replies[0].language == "ro"
    assert chosen.replies[0].text.startswith("Ștergeți")


@pytest.mark.usefixtures("romanian_kb")
async def test_own_texts_come_in_the_default_language(engine: Any) -> None:
    talk = Talk(engine, locale="ro-RO", languages=["de", "en"])
    answer = await talk.press("language", "ro")

    assert answer.set.language_choice == "ro"
    assert answer.replies[0].language == "de"
    assert "Română" in answer.replies[0].text


@pytest.mark.usefixtures("romanian_kb")
async def test_unsupported_language_gets_all_spoken_ones_by_their_own_names(engine: Any) -> None:
    answer = await Talk(engine, languages=["en", "el"]).say(
        "när kommer mitt paket fram, jag har väntat i två veckor"
    )

    assert answer.language.unsupported == "sv"
    buttons = [button.title for button in answer.replies[0].buttons]
    assert buttons == ["English", "Ελληνικά", "Română"]


async def test_two_words_of_an_unsupported_language_are_not_called_so(talk: Talk) -> None:
    answer = await talk.say("tack så")

    assert answer.language.unsupported is None


async def test_explicit_choice_wins_over_what_is_written(talk: Talk) -> None:
    await talk.press("language", "el")
    answer = await talk.say("I forgot my password and cannot log in")

    assert answer.language.message == "en"
    assert answer.language.conversation == "el"
    assert answer.replies[0].language == "el"


async def test_conversation_follows_a_real_switch_and_no_single_word(talk: Talk) -> None:
    words = [
        ("Ξέχασα τον κωδικό μου", "el"),
        ("ok", "el"),
        ("thanks", "el"),
        ("MT-204518", "el"),
        ("Ich habe noch eine Frage zu meiner Bestellung", "de"),
        ("DHL", "de"),
    ]
    for text, language in words:
        answer = await talk.say(text)
        assert answer.language.conversation == language, text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("pote tha erthei to dema mou", "el"),
        ("8elw na kanw epistrofh", "el"),
        ("3ayez a3raf el talab beta3i feen", "ar"),
        ("gde moy zakaz, skolko eshche zhdat", "ru"),
    ],
)
async def test_latin_typed_messages_are_answered_in_their_language(
    engine: Any, text: str, language: str
) -> None:
    answer = await Talk(engine, locale=None).say(text)

    assert answer.language.conversation == language
    assert answer.replies == [] or answer.replies[0].language == language


async def test_language_of_a_message_outside_a_turn_is_read_as_in_a_turn(talk: Talk) -> None:
    from bot.brain.language import read_language

    in_turn = await talk.say("Wo ist meine Bestellung?")
    outside = read_language(
        LanguageRequest(
            text="Wo ist meine Bestellung?",
            context=ContextIn(locale="en-GB", languages=LANGUAGES),
        )
    )

    assert outside.model_dump(exclude={"signals"}) == in_turn.language.model_dump()
    assert outside.signals == in_turn.decision.signals
