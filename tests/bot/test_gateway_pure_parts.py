"""Decisions without IO: breaker, next step, settings, texts, tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.breaker import Breaker, Phase
from bot.dispatch_rules import BrainCondition, Patience, Step, choose_step, try_limit_s
from bot.errors import SettingsError, TokenError
from bot.settings import KEYS, build_settings
from bot.texts import Catalogue, TextMissing

PATIENCE = Patience(answer_within_s=25, tries=2)
CLOSED = Breaker(failures_to_open=2, pause_s=5)


def opened() -> Breaker:
    return CLOSED.failed(now=0).failed(now=1)


def test_a_closed_breaker_admits_until_failures_in_a_row_open_it() -> None:
    once = CLOSED.failed(now=0)

    assert once.phase is Phase.CLOSED
    assert once.admit(now=0)[0]
    assert once.failed(now=1).phase is Phase.OPEN


def test_a_success_forgets_earlier_failures() -> None:
    assert CLOSED.failed(now=0).succeeded().failed(now=1).phase is Phase.CLOSED


def test_an_open_breaker_refuses_until_its_pause_is_over() -> None:
    admitted, state = opened().admit(now=5.9)

    assert not admitted
    assert state == opened()


def test_after_the_pause_exactly_one_probe_passes() -> None:
    admitted, half = opened().admit(now=6)

    assert admitted
    assert half.phase is Phase.HALF_OPEN
    assert half.admit(now=6) == (False, half)


def test_a_good_probe_closes_and_a_bad_one_opens_again() -> None:
    _, half = opened().admit(now=6)

    assert half.succeeded().phase is Phase.CLOSED
    assert half.succeeded().failures == 0
    assert half.failed(now=6).phase is Phase.OPEN
    assert half.failed(now=6).opened_at == 6


def test_an_abandoned_probe_lets_the_next_one_pass() -> None:
    _, half = opened().admit(now=6)

    assert half.abandoned().admit(now=6)[0]


@pytest.mark.parametrize(
    ("age_s", "tries", "brain", "admits", "wanted"),
    [
        (0, 0, BrainCondition.READY, True, Step.ASK),
        (0, 1, BrainCondition.READY, True, Step.ASK),
        (0, 2, BrainCondition.READY, True, Step.HAND_OFF),
        (24.9, 0, BrainCondition.READY, True, Step.ASK),
        (25, 0, BrainCondition.READY, True, Step.HAND_OFF),
        (0, 0, BrainCondition.READY, False, Step.HAND_OFF),
        (0, 0, BrainCondition.COMING, False, Step.WAIT),
        (24.9, 1, BrainCondition.COMING, True, Step.WAIT),
        (25, 0, BrainCondition.COMING, True, Step.HAND_OFF),
        (0, 2, BrainCondition.COMING, True, Step.HAND_OFF),
        (0, 0, BrainCondition.GONE, True, Step.HAND_OFF),
    ],
)
def test_the_next_step(
    age_s: float, tries: int, brain: BrainCondition, admits: bool, wanted: Step
) -> None:
    step = choose_step(
        age_s=age_s, tries_made=tries, brain=brain, breaker_admits=admits, patience=PATIENCE
    )

    assert step is wanted


@pytest.mark.parametrize(("age_s", "wanted"), [(0, 8), (20, 5), (25, 0.05), (99, 0.05)])
def test_a_try_never_outlasts_the_patience(age_s: float, wanted: float) -> None:
    assert try_limit_s(age_s=age_s, limit_s=8, patience=PATIENCE) == wanted


def test_defaults_are_valid() -> None:
    settings = build_settings({})

    assert settings.web.port == 8080
    assert settings.rates.messages_per_visitor.count == 20
    assert settings.turns.try_limit_s == 8
    assert len(settings.brand.languages) == 12


def test_keys_without_our_prefix_are_ignored() -> None:
    assert build_settings({"PORT": "x", "PATH": "/bin"}) == build_settings({})


def test_all_faults_are_reported_at_once_with_key_value_and_form() -> None:
    wrong = {
        "BABELDESK_PORT": "eighty",
        "BABELDESK_RATE_VISITOR": "0/1s",
        "BABELDESK_LANGUAGES": "en,xx",
        "BABELDESK_ORIGINS": "https://a.example/path",
        "BABELDESK_DATABASE_URL": "mysql://root:hunter2@db/x",
        "BABELDESK_TURN_TIMEOUT_S": "900",
        "BABELDESK_FORMALITY": "polite",
        "BABELDESK_TYPO": "1",
    }

    with pytest.raises(SettingsError) as found:
        build_settings(wrong)

    assert {fault.key for fault in found.value.faults} == set(wrong)
    assert "BABELDESK_PORT='eighty': expected a whole number from 0 to 65535" in str(found.value)
    assert "hunter2" not in str(found.value)


def test_a_brain_address_needs_a_secret() -> None:
    with pytest.raises(SettingsError) as found:
        build_settings({"BABELDESK_BRAIN_URL": "http://127.0.0.1:9"})

    assert [fault.key for fault in found.value.faults] == ["BABELDESK_BRAIN_SECRET"]


def test_secrets_are_masked_in_repr() -> None:
    settings = build_settings(
        {
            "BABELDESK_DATABASE_URL": "postgresql+asyncpg://u:hunter2@db/x",
            "BABELDESK_BRAIN_SECRET": "sixteen-characters-and-more",
        }
    )

    assert "hunter2" not in repr(settings)
    assert "sixteen-characters" not in repr(settings)


@pytest.mark.parametrize("key", [key for key in KEYS if not key.default.startswith("<")])
def test_every_documented_default_is_the_one_that_counts(key: object) -> None:
    from bot.settings import Key

    assert isinstance(key, Key)
    if "<home>" in key.default or not key.default:
        return

    assert build_settings({key.name: key.default}) == build_settings({})


def catalogue(folder: Path) -> Catalogue:
    for language, text in {
        "en": "hello = Hello { $name }\nonly-english = Yes\n",
        "de": (
            "hello = { $formality ->\n    [informal] Hallo\n   *[formal] Guten Tag\n } { $name }\n"
        ),
        "ar": "hello = مرحبا { $name }\n",
    }.items():
        (folder / language).mkdir()
        (folder / language / "babeldesk.ftl").write_text(text, encoding="utf-8")
    return Catalogue(folder, formality="informal")


def test_a_text_comes_in_its_language_and_formality(tmp_path: Path) -> None:
    texts = catalogue(tmp_path)

    assert texts.format("hello", "de-AT", name="Eva") == "Hallo Eva"
    assert texts.format("hello", "de", name="Eva", formality="formal") == "Guten Tag Eva"


@pytest.mark.parametrize("language", ["de", "xx", "../en", ""])
def test_a_missing_text_falls_back_to_english(tmp_path: Path, language: str) -> None:
    assert catalogue(tmp_path).format("only-english", language) == "Yes"


def test_values_are_isolated_in_right_to_left_text_only(tmp_path: Path) -> None:
    texts = catalogue(tmp_path)

    assert "\u2068MT-1\u2069" in texts.format("hello", "ar", name="MT-1")
    assert texts.format("hello", "en", name="MT-1") == "Hello MT-1"


def test_a_sentence_that_ends_with_an_abbreviation_has_one_full_stop() -> None:
    texts = Catalogue()

    def opens(moment: str) -> str:
        return texts.format("handoff-opens-again", "el", opens=moment)

    assert opens("Τρί, 7:00 π.μ.") == "Ανοίγουμε ξανά: Τρί, 7:00 π.μ."
    assert opens("Τρί, 7:00") == "Ανοίγουμε ξανά: Τρί, 7:00."


def test_a_key_never_reaches_a_visitor(tmp_path: Path) -> None:
    with pytest.raises(TextMissing):
        catalogue(tmp_path).format("no-such-key", "en")


def test_tokens_are_read_back_and_nothing_else_is() -> None:
    from bot.api.tokens import TokenSigner, VisitorToken

    signer, stranger = TokenSigner(b"k" * 40), TokenSigner(b"x" * 40)
    token = VisitorToken(visitor_id="v", conversation_id="c")
    text = signer.sign(token)

    assert signer.read(text) == token
    for wrong in (None, "", text[:-1], text + "x", "a.b.c", "x" * 600, stranger.sign(token)):
        with pytest.raises(TokenError):
            signer.read(wrong)


def test_tokens_are_good_for_half_a_year_and_at_a_gateway_whose_clock_is_behind() -> None:
    from bot.api.tokens import MAX_AGE, TokenSigner, VisitorToken

    signer, now = TokenSigner(b"k" * 40), datetime.now(UTC)
    token = VisitorToken(visitor_id="v", conversation_id="c")
    text = signer.sign(token)

    assert signer.read(text, now=now + MAX_AGE - timedelta(minutes=1)) == token
    assert signer.read(text, now=now - timedelta(hours=1)) == token
    with pytest.raises(TokenError):
        signer.read(text, now=now + MAX_AGE + timedelta(minutes=1))
