"""The languages Babeldesk speaks itself, those it recognises, and the codes that name them."""

from __future__ import annotations

import re
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
# Names in the language itself, for lists and for articles in languages without an interface.
_OTHER_NAMES = {
    "af": "Afrikaans", "am": "አማርኛ", "az": "Azərbaycanca", "be": "Беларуская",
    "bg": "Български", "bn": "বাংলা", "bs": "Bosanski", "ca": "Català", "cs": "Čeština",
    "cy": "Cymraeg", "da": "Dansk", "et": "Eesti", "eu": "Euskara", "fa": "فارسی",
    "fi": "Suomi", "ga": "Gaeilge", "gl": "Galego", "gu": "ગુજરાતી", "he": "עברית",
    "hi": "हिन्दी", "hr": "Hrvatski", "hu": "Magyar", "hy": "Հայերեն", "id": "Bahasa Indonesia",
    "is": "Íslenska", "ja": "日本語", "ka": "ქართული", "kk": "Қазақша", "km": "ខ្មែរ",
    "kn": "ಕನ್ನಡ", "ko": "한국어", "ku": "Kurdî", "lo": "ລາວ", "lt": "Lietuvių",
    "lv": "Latviešu", "mk": "Македонски", "ml": "മലയാളം", "mn": "Монгол", "mr": "मराठी",
    "ms": "Bahasa Melayu", "mt": "Malti", "my": "မြန်မာ", "ne": "नेपाली", "no": "Norsk",
    "pa": "ਪੰਜਾਬੀ", "ps": "پښتو", "ro": "Română", "si": "සිංහල", "sk": "Slovenčina",
    "sl": "Slovenščina", "so": "Soomaali", "sq": "Shqip", "sr": "Српски", "sv": "Svenska",
    "sw": "Kiswahili", "ta": "தமிழ்", "te": "తెలుగు", "th": "ไทย", "tl": "Tagalog",
    "uk": "Українська", "ur": "اردو", "uz": "Oʻzbekcha", "vi": "Tiếng Việt", "zh": "中文",
    "zu": "isiZulu",
}  # fmt: skip

# Codes that say the same as another: two Norwegian written forms, withdrawn codes of ISO 639-1 that
# Java and old browsers still send, and members of a macrolanguage.
_ALIASES = {
    "nb": "no", "nn": "no", "iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro",
    "sh": "sr", "fil": "tl", "cmn": "zh", "yue": "zh", "prs": "fa", "arb": "ar", "arz": "ar",
    "apc": "ar", "ary": "ar",
}  # fmt: skip
# Three-letter codes of ISO 639-2 (both forms where there are two) of the recognised languages.
_THREE_LETTERS = {
    "ara": "ar", "bul": "bg", "ces": "cs", "cze": "cs", "dan": "da", "deu": "de", "ger": "de",
    "ell": "el", "gre": "el", "eng": "en", "spa": "es", "fas": "fa", "per": "fa", "fin": "fi",
    "fra": "fr", "fre": "fr", "heb": "he", "hin": "hi", "hun": "hu", "ind": "id", "ita": "it",
    "jpn": "ja", "kor": "ko", "nld": "nl", "dut": "nl", "nob": "no", "nno": "no", "nor": "no",
    "pol": "pl", "por": "pt", "ron": "ro", "rum": "ro", "rus": "ru", "swe": "sv", "tha": "th",
    "tur": "tr", "ukr": "uk", "vie": "vi", "zho": "zh", "chi": "zh",
}  # fmt: skip
# A language tag, with `_` as POSIX has it; an encoding or a modifier may follow (`el_GR.UTF-8`).
_TAG = re.compile(r"([a-z]{2,3})(?:-[a-z0-9]{1,8})*(?:[.@].*)?", re.ASCII)


def primary_code(tag: str | None) -> str | None:
    """Gives our code for a language tag from anywhere, or None where it is none.

    Regions and scripts are left out (`pt-BR`, `zh_Hans`, `es-419`), equal codes become one (`nb`
    and `nn` are `no`, `iw` is `he`), three-letter codes become two-letter ones, and what POSIX
    adds is dropped (`de_DE.UTF-8`).
    """
    found = _TAG.fullmatch(tag.strip().lower().replace("_", "-")) if tag else None
    if found is None:
        return None
    primary = found[1]
    return _ALIASES.get(primary) or _THREE_LETTERS.get(primary) or primary


def language_name(code: str) -> str:
    """Gives the language's name in itself, or the code where we do not know it."""
    primary = primary_code(code) or code
    language = BY_CODE.get(primary)
    return language.name if language else _OTHER_NAMES.get(primary, code)
