"""Trains one table of piece vectors whose sum stands for a text.

Symmetric in-batch contrastive learning; the target is a mixture of "its own partner" and the
teacher's similarity distribution, and each text is pulled to the teacher's vector of its English
side. Row-wise Adagrad: one accumulator per row is enough for embeddings and cheap.
Source of the mixture: the recipe measured in the project's retrieval study, section 6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as functional

from kb_index.training.pairs import PairSampler

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

SCALE = 20.0
TEACHER_SCALE = 10.0
TEACHER_SHARE = 0.6
TEACHER_PULL = 0.5
CHECKPOINT_EVERY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Row numbers of all texts' pieces: `rows[offsets[i]:offsets[i + 1]]` are those of text i."""

    rows: npt.NDArray[np.int32]
    offsets: IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher:
    """The teacher's view of the English texts.

    Attributes:
        vectors: Unit vectors, shape (n, 384).
        reduced: The same, reduced to the table's dimension.
        row_of_text: For each text the row of its vector, or -1.
    """

    vectors: torch.Tensor
    reduced: torch.Tensor
    row_of_text: IntArray


def train_table(
    initial: FloatArray,
    *,
    pieces: Pieces,
    sampler: PairSampler,
    teacher: Teacher,
    n_steps: int,
    rate: float,
    checkpoint: Path,
    progress: Callable[[int, int, float], None],
) -> FloatArray:
    """Trains the table and gives it back, same shape as `initial`.

    Args:
        initial: Starting vectors, shape (n_rows, dimension).
        pieces: The rows of every text.
        sampler: Draws the batches.
        teacher: The teacher's view.
        n_steps: Length of the whole training; the rate falls to nearly nothing at its end.
        rate: Highest learning rate.
        checkpoint: File from which an interrupted training goes on.
        progress: Called with (step, n_steps, smoothed loss) every 25 steps.
    """
    weight = torch.nn.Parameter(torch.from_numpy(initial.copy()))
    squares = torch.zeros(len(initial), 1)
    first, smoothed = 0, float("nan")
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        first, smoothed = int(state["step"]), float(state["loss"])
        weight.data.copy_(state["weight"])
        squares.copy_(state["squares"])
    for step in range(first, n_steps):
        loss = _step_loss(weight, pieces=pieces, sampler=sampler, teacher=teacher, step=step)
        weight.grad = None
        loss.backward()
        gradient = weight.grad
        warm_up = min(1.0, (step + 1) / 100)
        step_rate = rate * warm_up * max(0.02, 1 - step / n_steps)
        with torch.no_grad():
            squares += (gradient * gradient).mean(1, keepdim=True)
            weight.addcdiv_(
                gradient, squares.sqrt().add_(1e-8).expand_as(gradient), value=-step_rate
            )
        value = float(loss.detach())
        smoothed = value if smoothed != smoothed else 0.98 * smoothed + 0.02 * value
        if (step + 1) % 25 == 0:
            progress(step + 1, n_steps, smoothed)
        if (step + 1) % CHECKPOINT_EVERY == 0 or step + 1 == n_steps:
            _save(checkpoint, step=step + 1, loss=smoothed, weight=weight, squares=squares)
    return np.asarray(weight.detach().numpy(), dtype=np.float32)


def _save(
    path: Path, *, step: int, loss: float, weight: torch.Tensor, squares: torch.Tensor
) -> None:
    temporary = path.with_suffix(".tmp")
    torch.save(
        {"step": step, "loss": loss, "weight": weight.detach(), "squares": squares}, temporary
    )
    temporary.replace(path)


def _encode(weight: torch.Tensor, pieces: Pieces, numbers: IntArray) -> torch.Tensor:
    starts, ends = pieces.offsets[numbers], pieces.offsets[numbers + 1]
    lengths = ends - starts
    offsets = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    positions = np.arange(int(lengths.sum())) + np.repeat(starts - offsets, lengths)
    rows = torch.from_numpy(pieces.rows[positions].astype(np.int64))
    summed = functional.embedding_bag(rows, weight, torch.from_numpy(offsets), mode="sum")
    return functional.normalize(summed, dim=1)


def _step_loss(
    weight: torch.Tensor, *, pieces: Pieces, sampler: PairSampler, teacher: Teacher, step: int
) -> torch.Tensor:
    batch = sampler.draw(step)
    left = _encode(weight, pieces, batch.left)
    right = _encode(weight, pieces, batch.right)
    scores = left @ right.T * SCALE
    # The same text on both sides of two pairs is not a negative.
    same = torch.from_numpy(
        (batch.right[:, None] == batch.right[None, :])
        | (batch.left[:, None] == batch.left[None, :])
    )
    same.fill_diagonal_(False)
    scores = scores.masked_fill(same, -1e4)
    rows = np.where(batch.english >= 0, teacher.row_of_text[np.maximum(batch.english, 0)], -1)
    known = torch.from_numpy(rows >= 0)
    taught = teacher.vectors[torch.from_numpy(np.maximum(rows, 0))]
    own = torch.eye(len(rows))
    with torch.no_grad():
        view = taught @ taught.T * TEACHER_SCALE
        view[:, ~known] = -1e4
        view = functional.softmax(view.masked_fill(same, -1e4), 1)
        view = torch.where(known[:, None], view, own)
        target = (1 - TEACHER_SHARE) * own + TEACHER_SHARE * view
    loss = -(target * functional.log_softmax(scores, 1)).sum(1).mean() / 2
    loss = loss - (target * functional.log_softmax(scores.T, 1)).sum(1).mean() / 2
    which = known.nonzero()[:, 0]
    if len(which):
        goal = teacher.reduced[torch.from_numpy(rows)[which]]
        near = goal @ goal.T > 0.9
        near.fill_diagonal_(False)
        labels = torch.arange(len(which))
        for side in (left[which], right[which]):
            logits = (side @ goal.T * SCALE).masked_fill(near, -1e4)
            loss = loss + TEACHER_PULL * 0.5 * functional.cross_entropy(logits, labels)
            loss = loss + TEACHER_PULL * 2 * (1 - (side * goal).sum(1)).mean()
    return loss
