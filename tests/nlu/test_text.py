"""Cleaning of messages and their scripts."""

from __future__ import annotations

import pytest

from nlu.scripts import possible_languages, script_of
from nlu.text import (
    clean_for_language,
    count_letters,
    has_words,
    is_neutral,
    names_no_language,
)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("See https://shop.example/x?y=1 now", "see now"),
        ("write to eleni@example.com please", "write to please"),
        ("order MT-204518 and #12 late", "order and late"),
        ("HELLOOOOO THERE", "helloo there"),
        ("c'est l'été", "c'est l'été"),
        ("注文3番が届かない", "注文 番が届かない"),
        ("👍🏽 \u202etest\u200b", "test"),
        ("12:30 €49,99", ""),
        # Digits that stand for letters stay, codes and measures go.
        ("3ayez al8y el order", "3ayez al8y el order"),
        ("8a erthw, 8elw", "8a erthw 8elw"),
        ("nai-nakraq sedmicata svar6i.", "nai-nakraq sedmicata svar6i"),
        ("size 3x 5kg 3pm 2nd mp3 A7 b2b", "size"),
        ("iPhone15 REF-2060-XZQ/29 12ab", ""),
    ],
)
def test_clean_for_language(text: str, cleaned: str) -> None:
    assert clean_for_language(text) == cleaned


@pytest.mark.parametrize(
    ("text", "neutral"), [("ok thanks", True), ("", True), ("ok danke", False)]
)
def test_neutral_words(text: str, neutral: bool) -> None:
    assert is_neutral(text) is neutral


@pytest.mark.parametrize(
    ("text", "none"), [("ok dhl", True), ("", True), ("thanks", False), ("xl danke", False)]
)
def test_words_of_no_language(text: str, none: bool) -> None:
    assert names_no_language(text) is none


@pytest.mark.parametrize(
    ("text", "words"), [("👍 !!", False), ("a", True), ("7", True), ("", False)]
)
def test_has_words(text: str, words: bool) -> None:
    assert has_words(text) is words


def test_count_letters() -> None:
    assert count_letters("né à 3") == 3


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("hello", None),
        ("", None),
        ("πού είναι", ("el",)),
        ("το iphone μου", ("el",)),
        ("заказ", ("ru", "uk", "bg")),
        ("أين", ("ar", "fa")),
        ("我的包裹", ("zh", "ja")),
        ("荷物はどこ", ("ja",)),
        ("注文確認", ("zh", "ja")),
        ("我的包裹在哪里我等了三个星期", ("zh",)),
        ("где је мој пакет", ("sr",)),
        ("каде е мојот пакет ѓорѓи", ("mk",)),
        ("дзе мой заказ у выпадку ўжо", ("be",)),
        ("менің тапсырысым қайда", ("kk",)),
        ("میرا پارسل کہاں ہے", ("ur",)),
        ("داستان کی نوی خبره ده چې ښه", ("ps",)),
        ("بەستەکەم لە کوێیە", ("ku",)),
        ("ಪಾರ್ಸೆಲ್ ಎಲ್ಲಿದೆ", ("kn",)),
        ("물건", ("ko",)),
        ("इसे", ("hi",)),
    ],
)
def test_possible_languages(text: str, languages: tuple[str, ...] | None) -> None:
    assert possible_languages(text) == languages


def test_script_of_other_signs_is_none() -> None:
    assert script_of("7") is None
    assert script_of("ᚠ") is None
