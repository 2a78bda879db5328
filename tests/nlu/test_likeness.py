"""What a message is like: nearest prototype, clearly nearer than anything ordinary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from kb_index.encoder import encoder_fingerprint, load_encoder
from nlu.languages import CODES
from nlu.likeness import (
    CALIBRATED_FOR,
    CATEGORIES,
    MIN_SIMILARITY,
    ORDINARY,
    Likeness,
    PrototypesInvalid,
    load_likeness,
    load_prototypes,
)

VECTORS = {
    "It burns badly.": (1.0, 0.0, 0.0),
    "My card is refused.": (0.0, 1.0, 0.0),
    "Which cards do you take?": (0.0, 0.8, 0.6),
}
PROTOTYPES = {
    "safety": ["It burns badly."],
    "blocked_order": ["My card is refused."],
    ORDINARY: ["Which cards do you take?"],
}
LONG = "a message of some words"


class ByHand:
    """An encoder whose vectors are written down."""

    dimension = 3

    def __init__(self, fingerprint: str = CALIBRATED_FOR) -> None:
        self.fingerprint = fingerprint

    def encode(self, texts: Sequence[str], *, kind: str) -> np.ndarray:
        return np.array([VECTORS[text] for text in texts], dtype=np.float32)


LIKENESS = Likeness(PROTOTYPES, ByHand())


def vector(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def test_the_nearest_prototype_is_told_with_its_similarity() -> None:
    (signal,) = LIKENESS.find(LONG, vector(0.9, 0.1, 0.0))

    assert signal.as_json() == {
        "category": "safety",
        "prototype": "It burns badly.",
        "similarity": 0.9,
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (LONG, vector(MIN_SIMILARITY - 0.01, 0.0, 0.0)),
        (LONG, vector(0.0, 0.7, 0.0)),
        ("three short words", vector(1.0, 0.0, 0.0)),
        ("", vector(1.0, 0.0, 0.0)),
    ],
)
def test_what_is_not_clearly_like_a_category_is_like_nothing(text: str, found: np.ndarray) -> None:
    assert LIKENESS.find(text, found) == ()


def test_the_lead_over_ordinary_questions_decides() -> None:
    # The third number moves the vector away from the ordinary question alone.
    too_near, far_enough = vector(0.0, 0.9, 0.1), vector(0.0, 0.9, -0.1)

    assert LIKENESS.find(LONG, too_near) == ()
    assert LIKENESS.find(LONG, far_enough)[0].category == "blocked_order"


@pytest.mark.parametrize(
    "likeness",
    [
        Likeness(PROTOTYPES, ByHand("another-encoder")),
        Likeness({"safety": PROTOTYPES["safety"]}, ByHand()),
    ],
)
def test_without_calibration_nothing_is_like_anything(likeness: Likeness) -> None:
    assert likeness.find(LONG, vector(1.0, 0.0, 0.0)) == ()


def test_the_numbers_are_for_the_embedded_encoder() -> None:
    assert encoder_fingerprint() == CALIBRATED_FOR


def test_every_language_has_every_category() -> None:
    prototypes = load_prototypes()

    assert set(prototypes) == {*CATEGORIES, ORDINARY}
    assert all(len(sentences) >= 4 * len(CODES) for sentences in prototypes.values())


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("my card was declined at checkout", "blocked_order"),
        ("Falta el importe en mi cuenta aunque la compra falló.", "payment_taken"),
        ("The cable got so hot that it melted.", "safety"),
        ("Which cards can I use to pay?", None),
        ("Is the lamp safe for children?", None),
        ("How is my personal data stored?", None),
    ],
)
def test_paraphrases_are_like_their_category_and_questions_are_not(
    text: str, category: str | None
) -> None:
    encoder = load_encoder()

    found = load_likeness(encoder).find(text, encoder.encode([text], kind="query")[0])

    assert (found[0].category if found else None) == category


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("- a", "must map"),
        ("safety: [", "cannot be read"),
        ("saftey: [It burns badly.]", "'saftey' is unknown; known are safety"),
        ("safety: It burns badly.", "safety: a list of sentences"),
        ("safety: ['']", "safety: a list of sentences"),
        ("safety: [7]", "safety: a list of sentences"),
    ],
)
def test_a_faulty_file_is_refused_with_its_place(tmp_path: Path, content: str, fault: str) -> None:
    (tmp_path / "en.yml").write_text(content, encoding="utf-8")

    with pytest.raises(PrototypesInvalid, match=fault) as caught:
        load_prototypes(tmp_path)

    assert caught.value.path == tmp_path / "en.yml"
