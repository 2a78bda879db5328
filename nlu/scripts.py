"""Which languages a message's script leaves possible."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

# First code point, last code point, script; enough for the languages that are named.
_RANGES = (
    (0x0041, 0x024F, "latin"),
    (0x1E00, 0x1EFF, "latin"),
    (0x0370, 0x03FF, "greek"),
    (0x1F00, 0x1FFF, "greek"),
    (0x0400, 0x052F, "cyrillic"),
    (0x0530, 0x058F, "armenian"),
    (0x0590, 0x05FF, "hebrew"),
    (0x0600, 0x06FF, "arabic"),
    (0x0750, 0x077F, "arabic"),
    (0xFB50, 0xFDFF, "arabic"),
    (0xFE70, 0xFEFC, "arabic"),
    (0x0900, 0x097F, "devanagari"),
    (0x0980, 0x09FF, "bengali"),
    (0x0A00, 0x0A7F, "gurmukhi"),
    (0x0A80, 0x0AFF, "gujarati"),
    (0x0B80, 0x0BFF, "tamil"),
    (0x0C00, 0x0C7F, "telugu"),
    (0x0C80, 0x0CFF, "kannada"),
    (0x0D00, 0x0D7F, "malayalam"),
    (0x0D80, 0x0DFF, "sinhala"),
    (0x0E00, 0x0E7F, "thai"),
    (0x0E80, 0x0EFF, "lao"),
    (0x1000, 0x109F, "burmese"),
    (0x10A0, 0x10FF, "georgian"),
    (0x1200, 0x139F, "ethiopic"),
    (0x1780, 0x17FF, "khmer"),
    (0x1100, 0x11FF, "hangul"),
    (0xAC00, 0xD7AF, "hangul"),
    (0x3040, 0x30FF, "kana"),
    (0x3400, 0x4DBF, "han"),
    (0x4E00, 0x9FFF, "han"),
)
# One such letter says as much as several Latin ones.
_WEIGHT = {"han": 3, "kana": 3, "hangul": 2}
_ONE_LANGUAGE = {
    "greek": "el",
    "hebrew": "he",
    "devanagari": "hi",
    "thai": "th",
    "hangul": "ko",
    "kana": "ja",
    "armenian": "hy",
    "bengali": "bn",
    "gurmukhi": "pa",
    "gujarati": "gu",
    "tamil": "ta",
    "telugu": "te",
    "kannada": "kn",
    "malayalam": "ml",
    "sinhala": "si",
    "lao": "lo",
    "burmese": "my",
    "georgian": "ka",
    "ethiopic": "am",
    "khmer": "km",
}
_SEVERAL = {"cyrillic": ("ru", "uk", "bg"), "arabic": ("ar", "fa"), "han": ("zh", "ja")}
# Letters that none of these languages has, and the language that does.
_FOREIGN_LETTERS = {
    "cyrillic": (("ѓќѕ", "mk"), ("ђћјљњџ", "sr"), ("ў", "be"), ("қғңұһәө", "kk")),
    "arabic": (("ٹڈڑےںہ", "ur"), ("ټډړښږڼېۍ", "ps"), ("ێڵڕۆە", "ku")),
}
# Fewer of them among a message's letters are a name or a slip.
_FOREIGN_SHARE = 0.015
# Japanese is written in ideographs alone in short notes only.
_IDEOGRAPHS_OF_A_NOTE = 8
# A message in one of these scripts may name a product in Latin letters and still be in it.
_SHARE = 0.2


@lru_cache(maxsize=8_192)
def script_of(character: str) -> str | None:
    """Gives the script of a letter, or None for anything else."""
    if not character.isalpha():
        return None
    code = ord(character)
    for first, last, script in _RANGES:
        if first <= code <= last:
            return script
    return None


def possible_languages(cleaned: str) -> tuple[str, ...] | None:
    """Gives the languages the script leaves, or None where it is Latin (or tells nothing)."""
    counts: Counter[str] = Counter()
    for character in cleaned:
        script = script_of(character)
        if script is not None:
            counts[script] += 1
    weights = {script: n * _WEIGHT.get(script, 1) for script, n in counts.items()}
    others = {script: weight for script, weight in weights.items() if script != "latin"}
    if not others or sum(others.values()) < _SHARE * sum(weights.values()):
        return None
    if "kana" in others and others["kana"] * 5 >= others.get("han", 0):
        return ("ja",)
    if "han" in others and counts["han"] > _IDEOGRAPHS_OF_A_NOTE:
        return ("zh",)
    script = max(sorted(others), key=lambda name: others[name])
    foreign = _foreign_language(cleaned, script, counts[script])
    if foreign is not None:
        return (foreign,)
    return _SEVERAL.get(script) or (_ONE_LANGUAGE[script],)


def _foreign_language(cleaned: str, script: str, n_letters: int) -> str | None:
    """Gives the language whose own letters are too many for a slip, or None."""
    for letters, language in _FOREIGN_LETTERS.get(script, ()):
        n = sum(character in letters for character in cleaned)
        if n and n >= _FOREIGN_SHARE * n_letters:
            return language
    return None
