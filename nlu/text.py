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
_NOT_LETTERS = re.compile(r"[^\w\s'’\-]|[\d_]")
_SPACE = re.compile(r"\s+")
# Direction marks, joiners of emoji, byte order mark: invisible, and not part of any word.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufe0f\u00ad]")

# More text says nothing new about its language, and the patterns below are not linear.
LONGEST = 2_000

# Words that speakers of any language type: they are no evidence.
_NEUTRAL = """
    ok okay okey oke k hi hello hey helo hallo halo ciao bye thanks thank thx merci no non nein
    yes ja si stop help sorry please pls super cool wow lol haha hahaha hmm hm ah oh aha email mail
    e-mail sms pdf iban pin app web online chat bot robot faq info link login logout spam cookie
    wifi internet google facebook instagram whatsapp telegram paypal klarna visa mastercard amex
    apple android iphone samsung pay ideal blik dhl ups fedex dpd gls hermes euro eur usd gbp try
    xs s m l xl xxl test start menu reset meltemi babeldesk
"""
NEUTRAL_WORDS = frozenset(_NEUTRAL.split())


def clean_for_language(text: str) -> str:
    """Gives the lower-case words of a message that can tell its language, joined by spaces."""
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text[:LONGEST]))
    text = _CODE.sub(" ", _LINK.sub(" ", text))
    text = _NOT_LETTERS.sub(" ", text.lower())
    text = _STRETCHED.sub(r"\1\1", text)
    return _SPACE.sub(" ", text).strip(" '’-")


def is_neutral(cleaned: str) -> bool:
    """Tells whether a cleaned message carries no evidence of its language."""
    return all(word.strip("'’-") in NEUTRAL_WORDS for word in cleaned.split())


def has_words(text: str) -> bool:
    """Tells whether a message holds any letter or digit at all."""
    return any(c.isalnum() for c in text)


def count_letters(cleaned: str) -> int:
    """Counts the letters of a cleaned message."""
    return sum(c.isalpha() for c in cleaned)
