"""Language of messages and of conversations, with the shipped models."""

from __future__ import annotations

import pytest

from nlu.language import detect, posterior
from nlu.languages import CODES, language_name, primary_code
from nlu.text import clean_for_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my parcel?", "en"),
        ("πού είναι το δέμα μου;", "el"),
        ("den exw lavei akoma to dema mou", "el"),
        ("kargom nerede kaldı acaba", "tr"),
        ("siparisim hala gelmedi", "tr"),
        ("Wo bleibt mein Paket?", "de"),
        ("¿dónde está mi pedido?", "es"),
        ("où est mon colis", "fr"),
        ("dov'è il mio pacco?", "it"),
        ("onde está a minha encomenda?", "pt"),
        ("waar blijft mijn pakketje", "nl"),
        ("gdzie jest moja paczka", "pl"),
        ("где моя посылка", "ru"),
        ("أين طردي؟", "ar"),
        ("WO IST MEINE BESTELLUNG MT-204518???", "de"),
        ("merhaba", "tr"),
        ("non merci", "fr"),
        ("hola buenas", "es"),
    ],
)
def test_message_language(text: str, language: str) -> None:
    result = detect(text)

    assert result.message == language
    assert result.conversation == language


@pytest.mark.parametrize(
    "text", ["", "   ", "👍", "12345", "€49,99", "???", "MT-204518", "ok", "DHL"]
)
def test_no_evidence_keeps_the_conversation(text: str) -> None:
    before = detect("πού είναι το δέμα μου;")

    after = detect(text, state=before.state)

    assert after.message is None
    assert after.conversation == "el"


def test_locale_is_the_first_guess() -> None:
    assert detect("ok", locale="tr-TR").conversation == "tr"
    assert detect("ok", locale="ja-JP").conversation == "en"


def test_clear_text_beats_the_locale() -> None:
    assert detect("wo ist meine Bestellung geblieben", locale="en-GB").conversation == "de"


def test_explicit_choice_wins() -> None:
    result = detect("where is my parcel", choice="el")

    assert (result.conversation, result.confidence) == ("el", 1.0)
    assert result.message == "en"


def test_one_foreign_thanks_does_not_switch_but_a_sentence_does() -> None:
    greek = detect("πού είναι το δέμα μου;")

    thanks = detect("thanks", state=greek.state)
    german = detect("Ich würde jetzt lieber auf Deutsch weiterschreiben", state=thanks.state)

    assert thanks.conversation == "el"
    assert german.conversation == "de"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("jag vill veta när min beställning kommer fram", "sv"),
        ("注文した商品がまだ届きません", "ja"),
        ("скажіть будь ласка коли прибуде моє замовлення", "uk"),
    ],
)
def test_unsupported_language_is_named(text: str, language: str) -> None:
    before = detect("where is my parcel please")

    result = detect(text, state=before.state)

    assert result.unsupported == language
    assert result.conversation == "en"


def test_two_words_are_never_called_unsupported() -> None:
    assert detect("hej tack").unsupported is None


def test_restriction_to_the_spoken_languages() -> None:
    result = detect("où est mon colis s'il vous plaît", supported=("en", "de"))

    assert result.unsupported == "fr"
    assert set(result.state) == {"en", "de"}


def test_state_is_a_distribution_over_the_spoken_languages() -> None:
    result = detect("dov'è il mio pacco?")

    assert set(result.state) == set(CODES)
    assert sum(result.state.values()) == pytest.approx(1.0, abs=1e-4)


def test_same_input_same_output() -> None:
    first = [posterior(clean_for_language(text)) for text in ("bom dia", "god morgen alle")]

    assert first == [posterior(clean_for_language(text)) for text in ("bom dia", "god morgen alle")]


@pytest.mark.parametrize(
    "text", ["\u200f\u202e", "\x00", "<script>alert(1)</script>", "a" * 100_000]
)
def test_hostile_text_does_no_harm(text: str) -> None:
    assert detect(text).conversation in CODES


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("pt-BR", "pt"),
        ("zh_Hans", "zh"),
        ("nb-NO", "no"),
        ("EN", "en"),
        ("*", None),
        ("", None),
        (None, None),
    ],
)
def test_primary_code(tag: str | None, code: str | None) -> None:
    assert primary_code(tag) == code


def test_language_names_fall_back_to_the_code() -> None:
    assert (language_name("el"), language_name("xx")) == ("Ελληνικά", "xx")
