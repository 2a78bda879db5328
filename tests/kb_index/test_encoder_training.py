"""The encoder's training on data made here: gradients, resumption, export and model card."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from kb_index.encoder import DEFAULT_ENCODER
from kb_index.static_bag import TOKENIZER_FILE, StaticBag
from kb_index.training import table as table_module
from kb_index.training.bags import Bags, BatchBags, Ragged, bags_of
from kb_index.training.export import export_model, quantise, write_card
from kb_index.training.figures import entry_scores
from kb_index.training.pairs import N_NEIGHBOURS, Batch, PairSampler, Shares
from kb_index.training.recipe import Recipe
from kb_index.training.table import Stage, State, TableTrainer
from kb_index.training.variants import Variants
from kb_index.unigram import UnigramPieces
from tests.kb_index.training_pack import toy_corpus, toy_teacher

STAGE = Stage(n_steps=40, rate=0.05)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)  # tiny tensors: more threads only wait for each other


@pytest.fixture(scope="module")
def pieces() -> UnigramPieces:
    return UnigramPieces(Path(DEFAULT_ENCODER) / TOKENIZER_FILE)


def ragged(lists: list[list[int]]) -> Ragged:
    return Ragged(
        np.asarray([i for part in lists for i in part], dtype=np.int32),
        np.cumsum([0, *map(len, lists)]).astype(np.int64),
    )


def test_bags_hold_the_pieces_that_the_encoder_sums(pieces: UnigramPieces) -> None:
    bags = bags_of(["Save it", "", "save"], pieces, n_ngram_rows=1_000)

    words, lengths = bags.words.take(np.asarray([2, 0, 1]))

    assert lengths.tolist() == [1, 2, 0]
    assert words.tolist() == [0, 0, 1]  # folded words, numbered as they come
    assert bags.views[0].take(np.asarray([1]))[0].tolist() == pieces.rows(["it"])[0].tolist()


def test_sums_and_gradients_are_those_of_automatic_differentiation() -> None:
    bags = Bags(ragged([[0, 1, 0], [], [2]]), (ragged([[5, 7], [], [7]]),))
    table = torch.randn(9, 4, requires_grad=True)
    batch = BatchBags(bags, 0, np.asarray([0, 2, 1]), dropped=0.0, random=np.random.default_rng(0))

    sums = batch.sums(table.detach()[batch.touched])

    expected = torch.stack([2 * (table[5] + table[7]), table[7], torch.zeros(4)])
    torch.testing.assert_close(sums, expected.detach())
    of_sums = torch.randn(3, 4)
    (expected * of_sums).sum().backward()
    assert batch.touched.tolist() == [5, 7]
    torch.testing.assert_close(batch.gradient(of_sums), table.grad[batch.touched])


def test_dropped_words_leave_shorter_texts() -> None:
    bags = Bags(ragged([list(range(50)), [3]]), (ragged([[i] for i in range(50)]),))

    batch = BatchBags(bags, 0, np.asarray([0, 1]), dropped=0.5, random=np.random.default_rng(1))

    assert 10 < len(batch.touched) < 40


def test_loss_has_the_gradient_of_automatic_differentiation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(table_module, "_PRECISION", torch.float32)
    corpus = toy_corpus()
    teacher = toy_teacher(corpus, dimension=8)
    random = np.random.default_rng(0)
    batch = Batch(
        left=random.integers(0, 60, 30),
        right=random.integers(0, 60, 30),
        english=np.where(random.random(30) < 0.7, random.choice(corpus.english, 30), -1),
        group=random.integers(0, 20, 30),
    )
    trainer = TableTrainer(
        State.begin(np.zeros((3, 8), dtype=np.float32)),
        view=0,
        bags=Bags(ragged([]), ()),
        base=np.arange(60),
        teacher=teacher,
    )
    vectors = torch.nn.functional.normalize(torch.randn(60, 8), dim=1).requires_grad_()

    _, gradient = trainer.loss(vectors.detach()[:30], vectors.detach()[30:], batch, STAGE)

    plain_loss(vectors, batch, teacher).backward()
    torch.testing.assert_close(gradient, vectors.grad, atol=1e-5, rtol=1e-4)


def plain_loss(vectors: torch.Tensor, batch: Batch, teacher: table_module.Teacher) -> torch.Tensor:
    """The loss as a textbook writes it."""
    n = len(batch.left)
    functional = torch.nn.functional
    left, right = vectors[:n], vectors[n:]
    sides = (batch.left, batch.right)
    same = torch.from_numpy(batch.group[:, None] == batch.group[None, :])
    for a in sides:
        for b in sides:
            same |= torch.from_numpy(a[:, None] == b[None, :])
    same.fill_diagonal_(False)
    rows = np.where(batch.english >= 0, teacher.row_of_text[np.maximum(batch.english, 0)], -1)
    known = torch.from_numpy(rows >= 0)
    taught = teacher.vectors[torch.from_numpy(np.maximum(rows, 0))]
    hidden = same | ~known[None, :]
    view = functional.softmax((taught @ taught.T * 10).masked_fill(hidden, -1e4), 1)
    own = torch.eye(n)
    target = torch.where(known[:, None], 0.4 * own + 0.6 * view, own)
    scores = (left @ right.T * 20).masked_fill(same, -1e4)
    loss = -(target * functional.log_softmax(scores, 1)).sum() / (2 * n)
    loss = loss - (target * functional.log_softmax(scores.T, 1)).sum() / (2 * n)
    which = np.flatnonzero(rows >= 0)[::2]
    goal = teacher.reduced[torch.from_numpy(rows[which])]
    near = (goal @ goal.T > 0.9).fill_diagonal_(False)
    for side in (left[which], right[which]):
        logits = (side @ goal.T * 20).masked_fill(near, -1e4)
        told_apart = functional.cross_entropy(logits, torch.arange(len(which)))
        loss = loss + 0.5 * (0.5 * told_apart + 2 * (1 - (side * goal).sum(1)).mean())
    return loss


def test_interrupted_training_ends_where_an_uninterrupted_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_module, "CHECKPOINT_EVERY", 30)
    monkeypatch.setattr(table_module, "TELL_EVERY", 10)
    losses: list[float] = []

    class Stop(Exception):
        pass

    def train(name: str, stop: int | None = None) -> npt.NDArray[np.float32]:
        def progress(step: int, _total: int, loss: float) -> None:
            losses.append(loss)
            if step == stop:
                raise Stop

        for _ in range(2):
            trainer, drawing = toy_trainer()
            try:
                stage = Stage(n_steps=90, rate=0.05)
                state = trainer.train(drawing, stage, checkpoint=tmp_path / name, progress=progress)
                return np.asarray(state.table.numpy())
            except Stop:
                stop = None
        raise AssertionError

    whole, interrupted = train("a.pt"), train("b.pt", stop=70)

    np.testing.assert_allclose(interrupted, whole, atol=1e-5)
    assert losses[8] < losses[0]


def toy_trainer() -> tuple[TableTrainer, PairSampler]:
    corpus = toy_corpus()
    teacher = toy_teacher(corpus, dimension=8)
    random = np.random.default_rng(0)
    variants = Variants(corpus, seed=0)
    n_texts = len(corpus.texts)
    words = Ragged(
        random.integers(0, 40, size=5 * n_texts).astype(np.int32), np.arange(0, 5 * n_texts + 1, 5)
    )
    rows = ragged([[i, (3 * i) % 40] for i in range(40)])
    trainer = TableTrainer(
        State.begin(random.normal(scale=0.02, size=(40, 8)).astype(np.float32)),
        view=0,
        bags=Bags(words, (rows,)),
        base=variants.base,
        teacher=teacher,
    )
    places = (np.arange(10)[:, None] + np.arange(1, N_NEIGHBOURS + 1)) % 10
    drawing = PairSampler(corpus, variants, neighbours=places, size=24, seed=0, shares=Shares())
    return trainer, drawing


def test_a_copied_state_is_its_own() -> None:
    state = State.begin(np.ones((2, 2), dtype=np.float32))

    state.copy().table.zero_()

    assert state.table.tolist() == [[1, 1], [1, 1]]


def test_quantised_rows_are_close_and_empty_rows_stay_empty() -> None:
    table = np.random.default_rng(0).normal(size=(20, 16)).astype(np.float32)
    table[3] = 0

    rows, scales = quantise(table)

    restored = rows.astype(np.float32) * scales.astype(np.float32)[:, None]
    assert np.abs(restored - table).max() < np.abs(table).max() / 100
    assert not restored[3].any()


def test_an_exported_model_opens_and_its_card_shows_the_figures(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    tokenizer = Path(DEFAULT_ENCODER) / TOKENIZER_FILE
    n_pieces = len(UnigramPieces.vocabulary(tokenizer))
    tables = [random.normal(size=(n, 8)).astype(np.float32) for n in (n_pieces, 64)]
    recipe = Recipe(dimension=8)

    export_model(tmp_path, tokenizer=tokenizer, tables=tables, recipe=recipe)
    write_card(
        tmp_path,
        recipe={"seed": 0},
        sources={"kuma": 3, "unheard": 1},
        n_texts=4,
        figures={"base": {"some set": 0.5}, "shipped": {"some set": 0.625}},
    )

    assert StaticBag(tmp_path).encode(["a word"]).shape == (1, 16)
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "| some set | 0.500 | 0.625 |" in card
    assert "| kuma | MIT | 3 |" in card
    assert "| unheard | see NOTICE | 1 |" in card
    assert json.loads((tmp_path / "static_bag.json").read_text())["format"] == 2


def test_an_entrys_score_is_that_of_its_best_text() -> None:
    places = {"a": [1, 0], "b": [0, 1], "c": [0.6, 0.8]}

    def encode(texts: object) -> npt.NDArray[np.float32]:
        return np.asarray([places[text] for text in texts], dtype=np.float32)  # type: ignore[attr-defined]

    scores = entry_scores(encode, [["a", "b"], ["c"]], ["a", "c"])

    np.testing.assert_allclose(scores, [[1, 0.6], [0.8, 1]], atol=1e-6)
