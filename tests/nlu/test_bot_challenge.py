"""Whoever asks if she talks to a human hears the truth; whoever asks for one gets one."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from nlu.components.decider import Decider
from nlu.small_talk import load_small_talk

CHALLENGES = {
    "en": [
        "are you a human?",
        "am I talking to a real person?",
        "are you human?",
        "is this a person?",
        "Hello! Are you a real person or a bot?",
        "are you really human",
        "AM I TALKING TO A REAL HUMAN BEING???",
    ],
    "el": [
        "είσαι άνθρωπος;",
        "μιλάω με άνθρωπο;",
        "Είστε πραγματικός άνθρωπος;",
        "Μιλάω με άνθρωπο ή ρομπότ;",
    ],
    "tr": [
        "insan mısın?",
        "insan misiniz",
        "Gerçek bir insanla mı konuşuyorum?",
        "insan mısın yoksa robot musun",
    ],
    "de": [
        "bist du ein Mensch?",
        "spreche ich mit einem Menschen?",
        "Hallo, sind Sie ein echter Mensch?",
        "Bist du Mensch oder Maschine?",
    ],
    "es": [
        "¿eres humano?",
        "¿hablo con una persona real?",
        "Hola, ¿es usted una persona?",
        "¿Estoy hablando con un humano o un robot?",
    ],
    "fr": [
        "êtes-vous un humain ?",
        "es-tu humaine ?",
        "Bonjour, est-ce que je parle à une vraie personne ?",
        "C'est un robot ?",
    ],
    "it": [
        "sei umano?",
        "parlo con un essere umano?",
        "Buongiorno, sto parlando con una persona vera?",
        "Sei un'intelligenza artificiale?",
    ],
    "pt": [
        "és humano?",
        "falo com uma pessoa real?",
        "Olá, você é humano?",
        "Estou a falar com uma pessoa ou com um robô?",
    ],
    "nl": [
        "ben je een mens?",
        "praat ik met een mens?",
        "Spreek ik met een echt persoon?",
        "Ben jij een mens of een robot?",
    ],
    "pl": [
        "czy jesteś człowiekiem?",
        "czy rozmawiam z prawdziwą osobą?",
        "Rozmawiam z człowiekiem?",
        "Jesteś człowiekiem czy botem?",
    ],
    "ru": [
        "ты человек?",
        "я говорю с живым человеком?",
        "Вы живой человек?",
        "Ты бот или человек?",
    ],
    "ar": [
        "هل أنت إنسان؟",
        "هل أتحدث مع شخص حقيقي؟",
        "هل أنت شخص حقيقي؟",
        "هل أنت إنسان أم روبوت؟",
    ],
}
TABLE = [text for texts in CHALLENGES.values() for text in texts]
WISHES = [
    "human", "I want a human", "Mensch bitte", "real person", "a human being", "hello human",
    "Are you a bot? Human please", "I want to talk to a real person, are you human?",
    "insan istiyorum", "живой человек", "شخص حقيقي", "человек", "Mensch!", "άνθρωπο",
]  # fmt: skip


def decide(text: str, guess: str = "ask_human") -> dict[str, Any]:
    message = Message(data={"text": text, "intent": {"name": guess, "confidence": 0.9}})
    [decided] = Decider(Decider.get_default_config()).process([message])
    return {"intent": decided.get("intent")["name"], **decided.get("decision")}


@pytest.mark.parametrize("text", TABLE)
def test_the_truth_is_told_whatever_the_classifier_guesses(text: str) -> None:
    assert decide(text) == {
        "intent": "bot_challenge",
        "act": "smalltalk",
        "reasons": ["intent_bot_challenge"],
    }


@pytest.mark.parametrize("text", WISHES)
def test_a_wish_for_a_person_still_hands_over(text: str) -> None:
    assert load_small_talk().intent(text) is None
    assert decide(text, guess="kb_question")["act"] == "handoff"


@pytest.mark.parametrize(
    "text",
    [
        "are you there?",
        "Is this a towel?",
        "are you open today",
        "ты где",
        "Hallo, ist das",
        "bot?",
    ],
)
def test_other_questions_are_no_challenge(text: str) -> None:
    assert load_small_talk().intent(text) != "bot_challenge"
