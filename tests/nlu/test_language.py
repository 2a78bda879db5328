"""Language of messages and of conversations, with the shipped models."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nlu.language import detect, identify, posterior, warm_up
from nlu.languages import CODES, IDENTIFIED, language_name, primary_code
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


_PRINT_POSTERIORS = """
from nlu.language import posterior
from nlu.text import clean_for_language
for text in ("bom dia", "god morgen alle", "3ayez felosi", "добър ден", "注文確認"):
    print(sorted(posterior(clean_for_language(text)).items()))
"""


def test_same_output_in_every_process() -> None:
    def run(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", _PRINT_POSTERIORS]
        done = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
        return done.stdout

    assert run("1") == run("2") != ""


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
        ("en", "en"), ("EN", "en"), (" de ", "de"), ("en-GB", "en"), ("pt-BR", "pt"),
        ("pt_PT", "pt"), ("es-419", "es"), ("de-CH-1996", "de"), ("zh-Hans", "zh"),
        ("zh_Hans", "zh"), ("zh-Hant-HK", "zh"), ("zh-TW", "zh"), ("zh-cn", "zh"), ("cmn", "zh"),
        ("nb", "no"), ("nn", "no"), ("nb-NO", "no"), ("no", "no"), ("nob", "no"), ("iw", "he"),
        ("iw-IL", "he"), ("in", "id"), ("in_ID", "id"), ("ji", "yi"), ("mo", "ro"),
        ("fil-PH", "tl"),
        ("sh", "sr"), ("arz", "ar"), ("ell", "el"), ("gre", "el"), ("deu", "de"), ("ger", "de"),
        ("de_DE.UTF-8", "de"), ("el_GR@euro", "el"), ("ar-EG", "ar"), ("gsw", "gsw"),
        ("*", None), ("", None), (None, None), ("C", None), ("POSIX", None), ("e", None),
        ("english", None), ("12", None), ("de;q=0.8", None), ("дe", None), ("en--GB", None),
    ],
)  # fmt: skip
def test_primary_code(tag: str | None, code: str | None) -> None:
    assert primary_code(tag) == code


def test_language_names_fall_back_to_the_code() -> None:
    assert (language_name("el"), language_name("xx")) == ("Ελληνικά", "xx")
    assert (language_name("ro"), language_name("nb-NO")) == ("Română", "Norsk")
    assert language_name("??") == "??"


def test_every_identified_language_has_a_name() -> None:
    assert [code for code in IDENTIFIED if language_name(code) == code] == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("3ayez a3raf el talab feen", "ar"),
        ("mish 3aref adkhol 3al 7esab", "ar"),
        ("8elw na kanw epistrofh", "el"),
        ("mujhe apna paisa wapas chahiye", "hi"),
        ("mikham poolam ro pas begiram", "fa"),
        ("kogda pridet moy zakaz", "ru"),
        ("kude mi e poru4kata", "bg"),
        ("注文確認", "ja"),
        ("我的包裹在哪里", "zh"),
        ("将 morten harket 添加到 this is puccini", "zh"),
    ],
)
def test_best_guess_by_itself(text: str, language: str) -> None:
    guess = identify(clean_for_language(text))

    assert guess.language == language
    assert 0.0 < guess.probability <= 1.0


@pytest.mark.parametrize("text", ["", "ok", "DHL", "👍", "3x"])
def test_best_guess_without_any_language(text: str) -> None:
    guess = identify(clean_for_language(text))

    assert (guess.language, guess.probability) == (None, 0.0)


def test_best_guess_outside_the_offered_languages_is_none() -> None:
    assert identify("πού είναι το δέμα", supported=("en", "de")).language is None


def test_first_merci_without_locale_leans_to_its_language() -> None:
    first = detect("merci")
    later = detect("merci", state=detect("wo ist mein Paket").state)

    assert (first.conversation, first.message) == ("fr", None)
    assert later.conversation == "de"


def test_single_spoken_language_and_forgotten_state() -> None:
    assert detect("ok", supported=("de",), locale="de").conversation == "de"
    assert detect("hello there", state={"xx": 1.0}, supported=("de", "en")).conversation == "en"


def test_warm_up_loads_the_models() -> None:
    warm_up()

    assert posterior("wo ist mein paket")["de"] > 0.9


@pytest.mark.parametrize("text", ["hi", "hello", "Hello!", "ok", "hallo"])
def test_a_word_of_the_whole_world_is_answered_in_the_default_language(text: str) -> None:
    assert detect(text).conversation == "en"
    assert detect(text, supported=("pl", "en", "de")).conversation in ("pl", "en", "de")
    assert detect(text, locale="el-GR").conversation == "el"


@pytest.mark.parametrize(("text", "language"), [("ciao", "it"), ("thanks", "en"), ("hola", "es")])
def test_a_word_with_a_home_is_answered_at_home(text: str, language: str) -> None:
    assert detect(text).conversation == language
