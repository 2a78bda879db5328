"""The pool of off-topic questions: what visitors may ask that no shop answers.

They teach the calibration what "not here" looks like in each language, and stand as a background
that a question is compared with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "offtopic"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfftopicQuestion:
    """One question with its language."""

    language: str
    text: str


def load_offtopic(folder: Path = FOLDER) -> list[OfftopicQuestion]:
    """Reads `<language>.txt` files: one question per line, `#` lines and empty lines ignored."""
    return [
        OfftopicQuestion(language=path.stem, text=line.strip())
        for path in sorted(folder.glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]


def offtopic_digest(questions: Sequence[OfftopicQuestion]) -> str:
    """SHA-256 (hex) of the pool."""
    text = "\n".join(f"{question.language}\t{question.text}" for question in questions)
    return hashlib.sha256(text.encode()).hexdigest()
