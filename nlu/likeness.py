"""Tells which categories of triage a message is like: nearest prototypes, in any language.

Prototypes stand in `nlu/prototypes/<language>.yml`. What follows from a likeness is decided in
`handoff.triage`: it is a hint that can never make a priority 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import yaml

from kb_index.ports import Encoder

FloatArray = npt.NDArray[np.float32]

PROTOTYPES: Final = Path(__file__).parent / "prototypes"
ORDINARY: Final = "ordinary"
CATEGORIES: Final = ("safety", "data_leak", "payment_taken", "blocked_order")
# Chosen leaving each situation of tests/handoff/triage_situations.yml out in turn, and so that next
# to nothing of data/nlu is taken for a category: `python -m tests.quality.triage_likeness`.
MIN_SIMILARITY: Final = 0.5
MIN_LEAD: Final = 0.2
"""How much more a message must be like a category than like anything ordinary."""
MIN_WORDS: Final = 4
"""Of less, nearly everything is like something."""
CALIBRATED_FOR: Final = "static-d37d8896c62b2666"
"""Fingerprint of the encoder that the numbers are for; with another one nothing is like anything,
rather than anything by chance."""


class PrototypesInvalid(ValueError):
    """Prototypes that cannot be used; the text says where and why."""

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(path, fault)
        self.path = path
        self.fault = fault

    def __str__(self) -> str:
        return f"{self.path}: {self.fault}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A message is like a prototype; similarity in [-1, 1]."""

    category: str
    prototype: str
    similarity: float

    def as_json(self) -> dict[str, Any]:
        """Gives its fields, as the turn contract has them."""
        return {
            "category": self.category,
            "prototype": self.prototype,
            "similarity": round(self.similarity, 3),
        }


class Likeness:
    """Prototypes as vectors of one encoder."""

    def __init__(self, prototypes: Mapping[str, Sequence[str]], encoder: Encoder) -> None:
        """Encodes all prototypes; takes some milliseconds with the embedded encoder."""
        self._is_on = encoder.fingerprint == CALIBRATED_FOR and bool(prototypes.get(ORDINARY))
        self._texts = {name: tuple(prototypes.get(name, ())) for name in (*CATEGORIES, ORDINARY)}
        self._vectors: dict[str, FloatArray] = {}
        if self._is_on:
            self._vectors = {
                name: encoder.encode(texts, kind="query")
                for name, texts in self._texts.items()
                if texts
            }

    def find(self, text: str, vector: FloatArray) -> tuple[Signal, ...]:
        """Gives the one category that a message is like, or nothing.

        Args:
            text: The message.
            vector: Its unit vector by the same encoder, shape (dimension,).
        """
        if not self._is_on or len(text.split()) < MIN_WORDS:
            return ()
        nearest = max(
            (
                Signal(
                    category=name,
                    prototype=self._texts[name][int((near := vectors @ vector).argmax())],
                    similarity=float(near.max()),
                )
                for name, vectors in self._vectors.items()
                if name != ORDINARY
            ),
            key=lambda signal: signal.similarity,
        )
        ordinary = float((self._vectors[ORDINARY] @ vector).max())
        is_like = nearest.similarity >= max(MIN_SIMILARITY, ordinary + MIN_LEAD)
        return (nearest,) if is_like else ()


def load_likeness(encoder: Encoder, folder: Path = PROTOTYPES) -> Likeness:
    """Loads the prototypes of all languages; raises `PrototypesInvalid`."""
    return Likeness(load_prototypes(folder), encoder)


def load_prototypes(folder: Path = PROTOTYPES) -> dict[str, list[str]]:
    """Gives category -> sentences of all languages.

    Raises:
        PrototypesInvalid: An unreadable file, an unknown category or something else than sentences.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.yml")):
        for category, sentences in _read(path).items():
            if category not in (*CATEGORIES, ORDINARY):
                known = ", ".join((*CATEGORIES, ORDINARY))
                raise PrototypesInvalid(path, f"{category!r} is unknown; known are {known}")
            if not isinstance(sentences, list) or not all(map(_is_sentence, sentences)):
                raise PrototypesInvalid(path, f"{category}: a list of sentences is expected")
            found.setdefault(str(category), []).extend(sentences)
    return found


def _read(path: Path) -> Mapping[Any, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise PrototypesInvalid(path, f"cannot be read ({error})") from error
    if not isinstance(data, Mapping):
        raise PrototypesInvalid(path, "must map categories to lists of sentences")
    return data


def _is_sentence(value: object) -> bool:
    return isinstance(value, str) and len(value.split()) >= 2
