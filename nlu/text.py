"""Cleans a visitor's message for language detection and for intent features.

Links, addresses, codes and emoji say nothing about the language; capitals and stretched letters
hide it. What remains may be nothing: then the message carries no evidence.
"""

from __future__ import annotations

import re
import unicodedata

_LINK = re.compile(r"\b(?:https?://|www\.)\S+|[^\s@]{1,64}@[^\s@]{1,255}", re.IGNORECASE)
# Only Latin tokens: a careless "token with a digit" rule deletes whole Chinese sentences.
_CODE = re.compile(r"(?<![^\W_])#?[A-Za-z0-9_\-/.]*\d[A-Za-z0-9_\-/.]*")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
# Arabic, Greek and Bulgarian typed in Latin letters use digits as letters (3ayz, 8elw, 4akam).
_DIGIT_WORD = re.compile(r"(?:[2-9](?!\d))?[A-Za-z](?:[a-z]|[2-9](?!\d))*")
# What looks like such a word and is none: numbers with a unit or an ordinal, and a few names.
_MEASURE = re.compile(
    r"(?!8a)\d[a-z]|\d(?:kg|ml|mm|cm|km|min|mins|gb|mb|tb|am|pm|st|nd|rd|th|er|ter|days?)"
    r"|[a-z]\d|[a-z]\d[a-z]|[a-z]{2}[34]|\dx\d|co2|ps\d|wifi\d|v\d[a-z]*"
)
_NOT_LETTERS = re.compile(r"[^\w\s'’\-]|_|(?<![a-z])\d(?![a-z])")
_SPACE = re.compile(r"\s+")
# Direction marks, joiners of emoji, byte order mark: invisible, and not part of any word.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufe0f\u00ad]")

# More text says nothing new about its language, and the patterns below are not linear.
LONGEST = 2_000

# Words that are in no language: agreement, names of things, brands, sizes, sounds.
_NO_LANGUAGE = """
    ok okay okey oke k lol haha hahaha hehe hihi jaja kkk xd hmm hm mm ah oh aha uh uff email mail
    e-mail sms pdf iban bic pin cvv app web online chat bot robot faq info link login logout spam
    cookie wifi internet usb gps vpn tv pc id google gmail facebook instagram whatsapp telegram
    tiktok youtube netflix amazon ebay paypal klarna visa mastercard amex maestro apple android
    iphone ipad samsung huawei xiaomi sony microsoft windows pay ideal blik dhl ups fedex dpd gls
    hermes inpost euro eur usd gbp try chf pln xs s m l xl xxl xxxl test reset pizza taxi hotel
    covid kg km cm mm ml gb mb meltemi babeldesk
"""
# International words: they are in a language, but speakers of any other type them as well.
_INTERNATIONAL = """
    hi hello hey helo hallo halo ciao bye thanks thank thx merci no non nein yes ja si stop help
    sorry please pls super cool wow start menu bravo
"""
_NO_LANGUAGE_WORDS = frozenset(_NO_LANGUAGE.split())
NEUTRAL_WORDS = _NO_LANGUAGE_WORDS | frozenset(_INTERNATIONAL.split())


def clean_for_language(text: str) -> str:
    """Gives the lower-case words of a message that can tell its language, joined by spaces."""
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text[:LONGEST]))
    text = _CODE.sub(_digit_word, _LINK.sub(" ", text))
    text = _NOT_LETTERS.sub(" ", text.lower())
    text = _STRETCHED.sub(r"\1\1", text)
    return _SPACE.sub(" ", text).strip(" '’-")


def _digit_word(found: re.Match[str]) -> str:
    """Gives a token with digits back where they stand for letters, a space where it is a code."""
    token = found[0].rstrip("._-/")
    if not _DIGIT_WORD.fullmatch(token) or _MEASURE.fullmatch(token.lower()):
        return " "
    return token


def is_neutral(cleaned: str) -> bool:
    """Tells whether a cleaned message carries no evidence of its language."""
    return all(word.strip("'’-") in NEUTRAL_WORDS for word in cleaned.split())


def names_no_language(cleaned: str) -> bool:
    """Tells whether a cleaned message is of no language at all: nothing, codes, brands, "ok"."""
    return all(word.strip("'’-") in _NO_LANGUAGE_WORDS for word in cleaned.split())


def has_words(text: str) -> bool:
    """Tells whether a message holds any letter or digit at all."""
    return any(c.isalnum() for c in text)


def count_letters(cleaned: str) -> int:
    """Counts the letters of a cleaned message."""
    return sum(c.isalpha() for c in cleaned)
