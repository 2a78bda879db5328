"""Splits the language development set into five folds that share no template.

The smart-home commands are variations of a few sentences: a fold drawn by chance would be trained
on its own questions. Commands of a language that share half of their words stay together.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from nlu.text import clean_for_language

N_FOLDS = 5
_TEMPLATED_KIND = "command"
_ALIKE = 0.5


def fold_of_rows(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Gives the fold (0-4) of every row by its `id`.

    Args:
        rows: With `id`, `text`, `lang` and `kind`.
    """
    folds: dict[str, int] = {}
    templated: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["kind"] == _TEMPLATED_KIND:
            templated[row["lang"]].append(row)
        else:
            folds[row["id"]] = _fold_of_text(row["text"])
    for group in templated.values():
        leaders = leaders_of_alike([row["text"] for row in group])
        for row, leader in zip(group, leaders, strict=True):
            folds[row["id"]] = _fold_of_text(group[leader]["text"])
    return folds


def leaders_of_alike(texts: list[str]) -> list[int]:
    """Gives for each text the place of the first of all that are alike, directly or in a chain."""
    words = [frozenset(clean_for_language(text).split()) for text in texts]
    leader = list(range(len(texts)))

    def find(place: int) -> int:
        while leader[place] != place:
            leader[place] = leader[leader[place]]
            place = leader[place]
        return place

    for later, those in enumerate(words):
        for earlier in range(later):
            union = len(those | words[earlier])
            if union and len(those & words[earlier]) >= _ALIKE * union:
                first, second = sorted((find(later), find(earlier)))
                leader[second] = first
    return [find(place) for place in range(len(texts))]


def _fold_of_text(text: str) -> int:
    return zlib.crc32(text.encode()) % N_FOLDS
