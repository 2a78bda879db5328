"""The parts of the encoder's training that can be checked in a moment, on data made here."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from kb_index.training.corpus import Corpus, load_corpus, vocabulary_sample
from kb_index.training.export import quantise
from kb_index.training.pairs import PairSampler
from kb_index.training.table import Pieces, Teacher, train_table


def write(path: Path, rows: list[object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data pack of a few rows in the real layout."""
    units = [
        {"id": 0, "src": "kuma", "en": "Save"},
        {"id": 1, "src": "ntrex", "en": "Shared alike"},
        {"id": 2, "src": "spree", "en": None},
    ]
    write(tmp_path / "parallel/units_en.jsonl.gz", list(units))
    write(tmp_path / "parallel/de.jsonl.gz", [[0, "Speichern"], [1, "Geteilt"], [2, "Zur Kasse"]])
    write(tmp_path / "parallel/el.jsonl.gz", [[0, "Αποθήκευση"], [2, "Ταμείο"]])
    write(tmp_path / "support_faq/en_titles.jsonl.gz", [["a", "reset password"]])
    write(tmp_path / "support_faq/de.jsonl.gz", [["a", "Passwort zurücksetzen", "So geht es."]])
    same = [{"text": f"light {i}", "intent": "lights"} for i in range(5)]
    write(tmp_path / "nlu_eval_home.jsonl.gz", list(same))
    write(tmp_path / "nlupp.jsonl.gz", [{"text": "my pin", "intents": ["pin", "my"]}])
    write(tmp_path / "banking77_train.jsonl.gz", [{"text": "card lost"}])
    write(tmp_path / "clinc150_train_val.jsonl.gz", [{"text": "weather"}])
    return tmp_path


def test_share_alike_sources_are_left_out_unless_asked_for(data: Path) -> None:
    assert "Geteilt" not in load_corpus(data).texts
    assert "Geteilt" in load_corpus(data, share_alike=True).texts


def test_corpus_groups_translations_answers_and_intents(data: Path) -> None:
    corpus = load_corpus(data)

    named = [
        [(language, corpus.texts[i]) for language, i in members] for _, members in corpus.units
    ]
    assert named == [
        [("en", "Save"), ("de", "Speichern"), ("el", "Αποθήκευση")],
        [("de", "Zur Kasse"), ("el", "Ταμείο")],
    ]
    assert len(corpus.answers) == 1
    assert [len(group) for group in corpus.intents] == [5]
    assert {"card lost", "weather", "reset password"} <= {corpus.texts[i] for i in corpus.english}


def test_vocabulary_sample_is_the_same_for_the_same_seed(data: Path) -> None:
    corpus = load_corpus(data)

    assert vocabulary_sample(corpus, per_language=2, seed=1) == vocabulary_sample(
        corpus, per_language=2, seed=1
    )


def toy_corpus() -> Corpus:
    return Corpus(
        texts=[str(i) for i in range(60)],
        units=[("kuma", [("en", i), ("de", i + 1), ("el", i + 2)]) for i in range(0, 30, 3)],
        answers=[[(40 + i, 45 + i)] for i in range(5)],
        answer_english=[40 + i for i in range(5)],
        intents=[[50, 51, 52, 53], [54, 55, 56, 57]],
        english=list(range(0, 30, 3)),
    )


def test_batches_depend_on_seed_and_step_alone() -> None:
    first, second = (PairSampler(toy_corpus(), size=20, seed=3) for _ in range(2))
    first.draw(0)

    left, right = first.draw(7), second.draw(7)

    assert np.array_equal(left.left, right.left)
    assert np.array_equal(left.english, right.english)
    assert not np.array_equal(left.left, first.draw(8).left)


def test_pairs_come_from_one_group() -> None:
    batch = PairSampler(toy_corpus(), size=40, seed=0).draw(0)

    for a, b in zip(batch.left, batch.right, strict=True):
        same_unit = a < 30 and b < 30 and a // 3 == b // 3
        same_answer = 40 <= a < 45 and b == a + 5
        same_intent = 50 <= a < 58 and 50 <= b < 58 and (a - 50) // 4 == (b - 50) // 4
        assert same_unit or same_answer or same_intent


def test_interrupted_training_ends_where_an_uninterrupted_one_does(tmp_path: Path) -> None:
    torch.set_num_threads(1)  # tiny tensors: more threads only wait for each other
    random = np.random.default_rng(0)
    corpus = toy_corpus()
    pieces = Pieces(
        rows=random.integers(0, 40, size=300).astype(np.int32), offsets=np.arange(0, 301, 5)
    )
    vectors = torch.nn.functional.normalize(
        torch.from_numpy(random.normal(size=(10, 384)).astype(np.float32)), dim=1
    )
    rows = np.full(60, -1)
    rows[corpus.english] = np.arange(10)
    teacher = Teacher(
        vectors=vectors,
        reduced=torch.nn.functional.normalize(vectors[:, :8], dim=1),
        row_of_text=rows,
    )
    initial = random.normal(scale=0.02, size=(40, 8)).astype(np.float32)
    losses: list[float] = []

    def train(name: str, stop: int | None = None) -> np.ndarray:  # type: ignore[type-arg]
        class Stop(Exception):
            pass

        def progress(step: int, _total: int, loss: float) -> None:
            losses.append(loss)
            if step == stop:
                raise Stop

        for _ in range(2):
            try:
                return train_table(
                    initial,
                    pieces=pieces,
                    sampler=PairSampler(corpus, size=24, seed=0),
                    teacher=teacher,
                    n_steps=150,
                    rate=0.05,
                    checkpoint=tmp_path / name,
                    progress=progress,
                )
            except Stop:
                stop = None
        raise AssertionError

    whole, interrupted = train("a.pt"), train("b.pt", stop=125)

    np.testing.assert_allclose(interrupted, whole, atol=1e-5)
    assert losses[1] < losses[0]


def test_quantised_rows_are_close_and_empty_rows_stay_empty() -> None:
    table = np.random.default_rng(0).normal(size=(20, 16)).astype(np.float32)
    table[3] = 0

    rows, scales = quantise(table)

    restored = rows.astype(np.float32) * scales.astype(np.float32)[:, None]
    assert np.abs(restored - table).max() < np.abs(table).max() / 100
    assert not restored[3].any()
