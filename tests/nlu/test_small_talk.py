"""Courtesies in twelve languages: known alone, taken off in front of a question."""

from __future__ import annotations

import pytest

from nlu.small_talk import SmallTalkLexicon, load_small_talk

COURTESIES = {
    "en": {"greet": ["Good evening!", "Hello there", "hey team"],
           "thanks": ["Thanks a bunch!", "cheers"],
           "goodbye": ["See ya!", "ok, take care"]},
    "el": {"greet": ["Χαίρετε!", "γεια σας και πάλι"],
           "thanks": ["Να 'στε καλά", "ευχαριστώ θερμά"],
           "goodbye": ["Καλό απόγευμα", "ΑΝΤΙΟ ΣΑΣ"]},
    "tr": {"greet": ["Tünaydın", "Herkese merhaba", "İyi günler"],
           "thanks": ["tşk", "çok sağ olun"],
           "goodbye": ["görüşürüz", "Kendinize iyi bakın"]},
    "de": {"greet": ["Guten Tag", "Schönen guten Abend!", "Grüezi"],
           "thanks": ["Lieben Dank", "super, besten Dank"],
           "goodbye": ["Tschö", "Danke, bis dann"]},
    "es": {"greet": ["Muy buenas", "¡Hola, buenos días!"],
           "thanks": ["Mil gracias", "vale, gracias"],
           "goodbye": ["Hasta la vista", "¡Cuídese!"]},
    "fr": {"greet": ["Rebonjour", "Bonsoir madame"],
           "thanks": ["Un grand merci", "C'est très gentil"],
           "goodbye": ["Belle journée", "À demain"]},
    "it": {"greet": ["Buondì", "Salve a tutti", "ciao"],
           "thanks": ["Tante grazie", "Gentilissima"],
           "goodbye": ["Ci sentiamo", "Arrivederla"]},
    "pt": {"greet": ["Opa", "Olá, boa tarde!"],
           "thanks": ["Valeu!", "Agradeço imenso"],
           "goodbye": ["Até depois", "xau"]},
    "nl": {"greet": ["Goeiedag", "Hallo daar"],
           "thanks": ["Veel dank", "alvast bedankt"],
           "goodbye": ["Tot gauw", "Fijne dag verder"]},
    "pl": {"greet": ["Hejka", "Witam Państwa"],
           "thanks": ["Wielkie dzięki", "Pięknie dziękuję"],
           "goodbye": ["Trzymaj się", "Udanego dnia"]},
    "ru": {"greet": ["Доброго времени суток", "Здрасьте"],
           "thanks": ["спасибки", "Сердечно благодарю"],
           "goodbye": ["До связи", "Хорошего вечера!"]},
    "ar": {"greet": ["أسعد الله صباحكم", "حياكم الله"],
           "thanks": ["بارك الله فيكم", "مشكورين"],
           "goodbye": ["دمتم بخير", "ليلة سعيدة"]},
}  # fmt: skip
TABLE = [
    (text, intent)
    for kinds in COURTESIES.values()
    for intent, texts in kinds.items()
    for text in texts
]


@pytest.fixture(scope="module")
def lexicon() -> SmallTalkLexicon:
    return load_small_talk()


@pytest.mark.parametrize(("text", "intent"), TABLE)
def test_courtesy_is_known(lexicon: SmallTalkLexicon, text: str, intent: str) -> None:
    assert lexicon.intent(text) == intent
    assert lexicon.question(text) == text


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("yes", "affirm"), ("Ja bitte", "affirm"), ("ναι", "affirm"), ("ok", "affirm"),
        ("no thanks", "deny"), ("Nein, danke", "deny"), ("hayır", "deny"), ("لا شكرا", "deny"),
        ("ok thanks", "thanks"), ("thanks, bye", "goodbye"), ("perfect", "answer_helpful"),
        ("perfect, thank you", "thanks"), ("thank you, bye", "goodbye"), ("selam", "greet"),
        ("danke, tschüss", "goodbye"), ("شكرا مع السلامة", "goodbye"),
        ("hayır yardımcı olmadı", "answer_not_helpful"),
        ("No, it didn't help", "answer_not_helpful"), ("لم يساعدني", "answer_not_helpful"),
        ("Nein, das hat nicht geholfen", "answer_not_helpful"),
        ("خدمة سيئة جدا", "complaint"), ("Sehr schlechter Service!", "complaint"),
    ],
)  # fmt: skip
def test_most_telling_courtesy_counts(lexicon: SmallTalkLexicon, text: str, intent: str) -> None:
    assert lexicon.intent(text) == intent


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Hallo, wo ist mein Paket?", "wo ist mein Paket?"),
        ("Guten Tag! Wie kann ich zahlen?", "Wie kann ich zahlen?"),
        ("Γεια σας, πού είναι το δέμα μου;", "πού είναι το δέμα μου;"),
        ("Merhaba, kargom nerede?", "kargom nerede?"),
        ("Bonjour bonjour, où est mon colis ?", "où est mon colis ?"),
        ("السلام عليكم، أين طلبي؟", "أين طلبي؟"),
        ("Morgen kommt mein Paket?", "Morgen kommt mein Paket?"),
        ("Thanks for nothing, where is it", "Thanks for nothing, where is it"),
        ("Hello parcel", "Hello parcel"),
        ("Where is my parcel? Hello?", "Where is my parcel? Hello?"),
    ],
)
def test_greeting_in_front_of_a_question_is_taken_off(
    lexicon: SmallTalkLexicon, text: str, question: str
) -> None:
    assert lexicon.intent(text) is None
    assert lexicon.question(text) == question


@pytest.mark.parametrize("text", ["", "   ", "there", "please", "😀", "Return", "x" * 9_000])
def test_other_words_are_no_courtesy(lexicon: SmallTalkLexicon, text: str) -> None:
    assert lexicon.intent(text) is None
    assert lexicon.question(text) == text
