"""Encoders from the hub: a real, tiny transformer stands for one, prompts and all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kb_index.builder import build_snapshot
from kb_index.encoder import ModelError, encoder_fingerprint, load_encoder
from kb_index.errors import SnapshotError
from kb_index.snapshot import Snapshot
from tests.kb_index.factory import shop

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "query", "passage", ":", "where", "is", "my", "parcel"]


def make_model(folder: Path, *, prompts: dict[str, str] | None = None) -> Path:
    """Saves a transformer of one layer and 32 dimensions the way the hub holds them."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    bare = folder.parent / f"{folder.name}-bare"
    bare.mkdir(parents=True)
    (bare / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    BertTokenizerFast(vocab_file=str(bare / "vocab.txt")).save_pretrained(bare)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(bare)
    transformer = Transformer(str(bare))
    model = SentenceTransformer(modules=[transformer, Pooling(32)], prompts=prompts, device="cpu")
    model.save(str(folder))
    return folder


def test_a_folder_gives_unit_vectors_and_nothing_gives_none(tmp_path: Path) -> None:
    encoder = load_encoder(str(make_model(tmp_path / "model")))
    vectors = encoder.encode(["where is my parcel", "parcel"], kind="query")
    assert (vectors.shape, vectors.dtype, encoder.dimension) == ((2, 32), np.float32, 32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)
    assert encoder.encode([], kind="query").shape == (0, 32)


def test_questions_and_passages_get_the_prompts_of_the_model(tmp_path: Path) -> None:
    prompts = {"query": "query: ", "passage": "passage: "}
    prompted = load_encoder(str(make_model(tmp_path / "prompted", prompts=prompts)))
    plain = load_encoder(str(make_model(tmp_path / "plain")))
    text = "where is my parcel"
    for kind in ("query", "passage"):
        expected = plain.encode([f"{kind}: {text}"], kind=kind)  # type: ignore[arg-type]
        assert prompted.encode([text], kind=kind) == pytest.approx(expected, abs=1e-5)  # type: ignore[arg-type]
    assert plain.encode([text], kind="query") == pytest.approx(
        plain.encode([text], kind="passage"), abs=1e-6
    )


def test_the_e5_family_gets_its_prompts_though_its_files_do_not_say_them(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "multilingual-e5-small")
    family, text = load_encoder(str(folder)), "where is my parcel"
    plain = load_encoder(str(make_model(tmp_path / "plain")))
    assert family.encode([text], kind="query") == pytest.approx(
        plain.encode([f"query: {text}"], kind="query"), abs=1e-5
    )


def test_other_weights_or_prompts_are_another_encoder_and_their_index_is_refused(
    tmp_path: Path,
) -> None:
    folder = make_model(tmp_path / "model")
    first = encoder_fingerprint(str(folder))
    assert encoder_fingerprint(str(folder)) == first
    info = build_snapshot(shop(), load_encoder(str(folder)), folder=tmp_path / "kb")
    assert Snapshot.open(info.path, fingerprint=first).manifest.dimension == 32

    settings = folder / "config_sentence_transformers.json"
    changed = {**json.loads(settings.read_text("utf-8")), "prompts": {"query": "query: "}}
    settings.write_text(json.dumps(changed), encoding="utf-8")

    second = encoder_fingerprint(str(folder))
    assert second != first
    with pytest.raises(SnapshotError, match="encoder"):
        Snapshot.open(info.path, fingerprint=second)


def test_a_name_that_leads_nowhere_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match="sentence-transformers says"):
        load_encoder(str(tmp_path / "missing"))
    # ONNX Runtime is no requirement: without it the sentence names what to install.
    with pytest.raises(ModelError, match="onnx"):
        load_encoder(f"onnx:{make_model(tmp_path / 'model')}")
