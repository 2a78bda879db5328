"""Words that decide by themselves, in twelve languages."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from nlu.cues import RISKS, CueLexicon, load_cues
from nlu.languages import CODES


@pytest.mark.parametrize(
    "text",
    [
        "human",
        "AGENT!!",
        "άνθρωπο",
        "ΑΝΘΡΩΠΟΣ",
        "temsilci",
        "müşteri temsilcisine bağlan",
        "Mensch",
        "Ich möchte bitte mit einem Menschen sprechen",
        "quiero hablar con una persona",
        "un conseiller",
        "operatore",
        "quero falar com um atendente",
        "medewerker",
        "konsultant",
        "оператор",
        "Позовите оператора, пожалуйста",
        "موظف",
        "أريد التحدث مع شخص حقيقي",
        "I want to talk to a person",
        "Ich wurde zweimal belastet, das ist unmöglich! Bitte ein Mensch, heute noch.",
        "This cannot be, my parcel is lost again. Please a human, today.",
        "Kargom üç haftadır gelmedi, artık çalışan istiyorum",
        "C'est la troisième fois, un humain s'il vous plaît, aujourd'hui",
        "Посылка пропала, дайте человека, пожалуйста",
        "طلبي ضائع منذ أسبوع، موظف من فضلك اليوم",
    ],
)
def test_wish_for_a_person(text: str) -> None:
    assert load_cues().find(text).asks_for_person


@pytest.mark.parametrize(
    "text",
    [
        "How many persons fit at the table?",
        "Where can I return my towels",
        "Ist das Handtuch für Menschen mit Allergie geeignet?",
        "",
        "😀😀",
    ],
)
def test_other_texts_do_not_ask_for_a_person(text: str) -> None:
    assert not load_cues().find(text).asks_for_person


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("I was charged twice!", "double_charge"),
        ("Χρεώθηκα δύο φορές", "double_charge"),
        ("Kartımdan iki kez para çekildi", "double_charge"),
        ("Es wurde doppelt abgebucht", "double_charge"),
        ("J'ai été débité deux fois", "double_charge"),
        ("Деньги списали дважды", "double_charge"),
        ("تم الخصم مرتين", "double_charge"),
        ("I can see another customer's order", "data_leak"),
        ("Mein Konto wurde gehackt", "data_leak"),
        ("El plato explotó y me corté", "safety"),
    ],
)
def test_risk_topics(text: str, risk: str) -> None:
    assert risk in load_cues().find(text).risks


SITUATIONS = yaml.safe_load(
    (Path(__file__).parents[1] / "handoff" / "triage_situations.yml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("language", CODES)
@pytest.mark.parametrize("name", ["own-cut", "child-cut", "burnt", "gas-smell"])
def test_danger_to_life_and_health_is_seen(name: str, language: str) -> None:
    assert "safety" in load_cues().find(SITUATIONS[name][language]).risks


@pytest.mark.parametrize("language", CODES)
@pytest.mark.parametrize(
    "name",
    ["wish-to-die", "wish-not-to-live", "thoughts-of-self-harm", "friend-talks-of-suicide"],
)
def test_thoughts_of_suicide_are_seen(name: str, language: str) -> None:
    assert "self_harm" in load_cues().find(SITUATIONS[name][language]).risks


@pytest.mark.parametrize("language", CODES)
def test_a_stolen_card_is_a_matter_for_people(language: str) -> None:
    assert "data_leak" in load_cues().find(SITUATIONS["card-stolen"][language]).risks


@pytest.mark.parametrize(
    "text",
    [
        *(SITUATIONS["mere-turn-of-phrase"][language] for language in CODES),
        "I would cut the price",
        "Die Tischdecke ist zugeschnitten",
        "I am dying to get my towels",
        "my phone died",
        "Ich bin todmüde",
    ],
)
def test_turns_of_phrase_are_no_danger(text: str) -> None:
    assert load_cues().find(text).risks == ()


def test_anger_is_seen() -> None:
    assert load_cues().find("This is UNACCEPTABLE").is_angry
    assert not load_cues().find("Thank you, lovely towels").is_angry


def test_star_stands_for_any_ending() -> None:
    lexicon = CueLexicon([("anger", "skandal*")])

    assert lexicon.find("Skandalös!").is_angry
    assert not lexicon.find("Skand").is_angry


@pytest.mark.parametrize("language", CODES)
def test_every_language_has_every_list(language: str) -> None:
    from nlu.cues import LEXICONS

    lists = yaml.safe_load((LEXICONS / f"{language}.yml").read_text(encoding="utf-8"))

    expected = {"person_short", "person", "anger", *RISKS}
    assert set(lists) == expected
    assert all(len(phrases) >= 8 for phrases in lists.values())


@pytest.mark.parametrize("language", CODES)
def test_every_phrase_is_found_in_itself(language: str) -> None:
    from nlu.cues import LEXICONS

    lists = yaml.safe_load((LEXICONS / f"{language}.yml").read_text(encoding="utf-8"))
    lexicon = load_cues()

    for kind in RISKS:
        for phrase in lists[kind]:
            assert kind in lexicon.find(phrase.replace("*", "")).risks, phrase
    assert all(lexicon.find(phrase.replace("*", "")).asks_for_person for phrase in lists["person"])
