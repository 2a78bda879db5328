"""The languages Babeldesk speaks itself, and the codes by which it knows others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language of the interface: BCP 47 code, its name in itself, writing direction."""

    code: str
    name: str
    rtl: bool = False


LANGUAGES: tuple[Language, ...] = (
    Language(code="en", name="English"),
    Language(code="el", name="Ελληνικά"),
    Language(code="tr", name="Türkçe"),
    Language(code="de", name="Deutsch"),
    Language(code="es", name="Español"),
    Language(code="fr", name="Français"),
    Language(code="it", name="Italiano"),
    Language(code="pt", name="Português"),
    Language(code="nl", name="Nederlands"),
    Language(code="pl", name="Polski"),
    Language(code="ru", name="Русский"),
    Language(code="ar", name="العربية", rtl=True),
)
CODES: tuple[str, ...] = tuple(language.code for language in LANGUAGES)
BY_CODE = {language.code: language for language in LANGUAGES}

# Languages that are recognised; those outside CODES are answered with the list of spoken ones.
IDENTIFIED: tuple[str, ...] = (
    *("ar", "bg", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id"),
    *("it", "ja", "ko", "nl", "no", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh"),
)
# Codes that say the same as one of IDENTIFIED.
_ALIASES = {"nb": "no", "nn": "no", "iw": "he", "in": "id", "zh-cn": "zh", "zh-tw": "zh"}


def primary_code(tag: str | None) -> str | None:
    """Gives the language of a BCP 47 tag or browser locale (`pt-BR` -> `pt`), or None."""
    if not tag:
        return None
    primary = tag.strip().lower().replace("_", "-").split("-")[0]
    primary = _ALIASES.get(primary, primary)
    return primary if primary.isalpha() and 2 <= len(primary) <= 3 else None


def language_name(code: str) -> str:
    """Gives the language's name in itself, or its code where we do not know it."""
    language = BY_CODE.get(code)
    return language.name if language else code
