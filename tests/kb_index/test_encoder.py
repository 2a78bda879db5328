"""The embedded encoder: golden vectors, both ways of loading, damaged folders."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from kb_index import static_bag
from kb_index.encoder import DEFAULT_ENCODER, ModelError, load_encoder
from kb_index.static_bag import CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE

TEXTS = [
    "How do I get my money back?",
    "Πώς παίρνω πίσω τα χρήματά μου;",
    "Paramı nasıl geri alırım?",
    "Wie bekomme ich mein Geld zurück?",
    "كيف أسترد نقودي؟",
    "What is the weather like tomorrow?",
    "",
    "👍",
]
GOLDEN = Path(__file__).parent / "golden_vectors.npy"


def test_vectors_are_those_of_the_golden_file() -> None:
    vectors = load_encoder().encode(TEXTS, kind="query")

    np.testing.assert_allclose(vectors, np.load(GOLDEN), atol=1e-6)


def test_vectors_have_unit_length_and_an_empty_text_has_none() -> None:
    encoder = load_encoder()

    lengths = np.linalg.norm(encoder.encode(TEXTS, kind="passage"), axis=1)

    assert lengths == pytest.approx([1, 1, 1, 1, 1, 1, 0, 1], abs=1e-5)
    assert encoder.dimension == 512


def test_same_question_in_five_languages_is_closer_than_another_question() -> None:
    vectors = load_encoder().encode(TEXTS[:6], kind="query")

    similarity = vectors @ vectors.T

    for i in range(1, 5):
        assert similarity[0, i] > similarity[5, i] + 0.05


def test_batches_and_single_texts_give_the_same_vectors() -> None:
    encoder = load_encoder()

    together = encoder.encode(TEXTS * 50, kind="query")
    alone = np.vstack([encoder.encode([text], kind="query") for text in TEXTS])

    np.testing.assert_array_equal(together[: len(TEXTS)], alone)


def test_kept_words_do_not_change_a_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{text} {i}" for i, text in enumerate(TEXTS * 6)]
    expected = load_encoder().encode(texts, kind="query")
    monkeypatch.setattr(static_bag, "_KEPT_WORDS", 16)
    monkeypatch.setattr(static_bag, "_CHUNK", 5)
    monkeypatch.setattr(static_bag, "_BLOCK_ROWS", 30)
    encoder = load_encoder()

    for _ in range(2):
        np.testing.assert_array_equal(encoder.encode(texts, kind="query"), expected)


def test_threads_share_an_encoder() -> None:
    encoder = load_encoder()
    texts = [f"{text} {i}" for i, text in enumerate(TEXTS * 10)]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: encoder.encode(texts, kind="query"), range(8)))

    expected = load_encoder().encode(texts, kind="query")
    for vectors in results:
        np.testing.assert_array_equal(vectors, expected)


def test_the_model_folder_stays_small() -> None:
    files = [path for path in Path(DEFAULT_ENCODER).iterdir() if path.is_file()]

    assert sum(path.stat().st_size for path in files) <= 35_000_000


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("المنشفة", "والمنشفة"),
        ("Şifremi unuttum", "sifremi unuttum"),
        ("Where is my parcel?", "Where is my parcle?"),
        ("Πού είναι το δέμα μου;", "pou einai to dema mou"),
        ("где мой заказ?", "gde moy zakaz"),
    ],
)
def test_other_writings_of_a_text_lie_close_to_it(one: str, other: str) -> None:
    vectors = load_encoder().encode([one, other, "What is the weather like?"], kind="query")

    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1


@pytest.mark.slow
def test_sentence_transformers_loads_the_same_model_without_a_trust_flag() -> None:
    code = (
        "import json, sys; from sentence_transformers import SentenceTransformer as S;"
        f"m = S({DEFAULT_ENCODER!r}); print(json.dumps(m.encode(json.load(sys.stdin)).tolist()))"
    )

    result = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(TEXTS),
        capture_output=True,
        text=True,
        check=True,
    )

    np.testing.assert_allclose(json.loads(result.stdout), np.load(GOLDEN), atol=1e-6)


@pytest.mark.parametrize("name", [CONFIG_FILE, WEIGHTS_FILE, TOKENIZER_FILE])
def test_damaged_model_is_refused_with_its_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(DEFAULT_ENCODER, folder)
    (folder / name).write_bytes(b"{}")

    with pytest.raises(ModelError) as caught:
        load_encoder(str(folder))

    assert str(folder) in str(caught.value)


def test_other_format_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(DEFAULT_ENCODER, folder)
    config = json.loads((folder / CONFIG_FILE).read_text())
    (folder / CONFIG_FILE).write_text(json.dumps(config | {"format": 99}))

    with pytest.raises(ModelError, match="format 99"):
        load_encoder(str(folder))
