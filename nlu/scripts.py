"""Which languages a message's script leaves possible."""

from __future__ import annotations

from collections import Counter

# First code point, last code point, script; enough for the languages that are identified.
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
    (0x0B80, 0x0BFF, "tamil"),
    (0x0E00, 0x0E7F, "thai"),
    (0x10A0, 0x10FF, "georgian"),
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
    "han": "zh",
    "armenian": "hy",
    "bengali": "bn",
    "tamil": "ta",
    "georgian": "ka",
}
_SEVERAL = {"cyrillic": ("ru", "uk", "bg"), "arabic": ("ar", "fa")}
# A message in one of these scripts may name a product in Latin letters and still be in it.
_SHARE = 0.2


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
    weights: Counter[str] = Counter()
    for character in cleaned:
        script = script_of(character)
        if script is not None:
            weights[script] += _WEIGHT.get(script, 1)
    total = sum(weights.values())
    others = {script: n for script, n in weights.items() if script != "latin"}
    if not total or sum(others.values()) < _SHARE * total:
        return None
    if "kana" in others and others["kana"] * 5 >= others.get("han", 0):
        return ("ja",)
    script = max(sorted(others), key=lambda name: others[name])
    return _SEVERAL.get(script) or (_ONE_LANGUAGE[script],)
