"""Trains one table of piece vectors whose sums stand for a text.

Symmetric in-batch contrastive learning; the target is a mixture of "its own partner" and the
teacher's similarity distribution, and each text is pulled to the teacher's vector of its English
side. Row-wise Adagrad on the rows that a batch touches: one accumulator per row is enough for
embeddings and cheap. Gradients are written down instead of recorded; a test holds them against
automatic ones. docs/encoder.md says what was tried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from kb_index.training.bags import Bags, BatchBags
from kb_index.training.pairs import Batch, PairSampler

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

SCALE = 20.0
TEACHER_SCALE = 10.0
CHECKPOINT_EVERY, TELL_EVERY = 500, 100
WARM_UP = 100
# Ten times faster where the processor can multiply it, and enough for gradients.
_PRECISION = torch.bfloat16 if torch.ops.mkldnn._is_mkldnn_bf16_supported() else torch.float32


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The numbers of one stage of training.

    Attributes:
        n_steps: Its length; the rate falls to nearly nothing at its end.
        rate: Highest learning rate.
        teacher_share: Share of the target that is the teacher's similarity distribution.
        teacher_pull: Weight of the pull to the teacher's vector.
        dropped: Chance that a word is left out of a text.
    """

    n_steps: int
    rate: float
    teacher_share: float = 0.6
    teacher_pull: float = 0.5
    dropped: float = 0.1


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


@dataclass(frozen=True, slots=True)
class State:
    """A table and what its training knows: Adagrad's sums of squares, shape (n_rows, 1)."""

    table: torch.Tensor
    squares: torch.Tensor

    @classmethod
    def begin(cls, table: FloatArray) -> State:
        """Gives the state before the first step."""
        return cls(torch.from_numpy(table.copy()), torch.zeros(len(table), 1))

    def copy(self) -> State:
        """Gives a state of its own, for another stage from the same point."""
        return State(self.table.clone(), self.squares.clone())


class TableTrainer:
    """Trains a table in place, one stage after another."""

    def __init__(
        self, state: State, *, view: int, bags: Bags, base: IntArray, teacher: Teacher
    ) -> None:
        """Prepares the training.

        Args:
            state: The table; it is changed.
            view: Which rows of a word address it, a number of `bags.views`.
            bags: Words of all texts, rows of all words.
            base: For each text the text it is a variant of, itself if none.
            teacher: The teacher's view.
        """
        self._state = state
        self._view = view
        self._bags = bags
        self._base = base
        self._teacher = teacher

    def train(
        self,
        sampler: PairSampler,
        stage: Stage,
        *,
        checkpoint: Path,
        progress: Callable[[int, int, float], None],
    ) -> State:
        """Trains one stage.

        Args:
            sampler: Draws the batches.
            stage: The numbers of the stage.
            checkpoint: File from which an interrupted stage goes on.
            progress: Called with (step, n_steps, smoothed loss) every 100 steps.
        """
        first, smoothed = self._resume(checkpoint)
        for step in range(first, stage.n_steps):
            rate = stage.rate * min(1.0, (step + 1) / WARM_UP) * max(0.02, 1 - step / stage.n_steps)
            with torch.no_grad():
                loss = self._step(sampler.draw(step), stage, step=step, rate=rate)
            smoothed = loss if smoothed != smoothed else 0.98 * smoothed + 0.02 * loss
            if (step + 1) % TELL_EVERY == 0:
                progress(step + 1, stage.n_steps, smoothed)
            if (step + 1) % CHECKPOINT_EVERY == 0 or step + 1 == stage.n_steps:
                self._save(checkpoint, step=step + 1, loss=smoothed)
        return self._state

    def _resume(self, checkpoint: Path) -> tuple[int, float]:
        if not checkpoint.exists():
            return 0, float("nan")
        stored = torch.load(checkpoint, weights_only=True)
        self._state.table.copy_(stored["table"])
        self._state.squares.copy_(stored["squares"])
        return int(stored["step"]), float(stored["loss"])

    def _save(self, path: Path, *, step: int, loss: float) -> None:
        temporary = path.with_suffix(".tmp")
        state = self._state
        torch.save(
            {"step": step, "loss": loss, "table": state.table, "squares": state.squares}, temporary
        )
        temporary.replace(path)

    def _step(self, batch: Batch, stage: Stage, *, step: int, rate: float) -> float:
        n = len(batch.left)
        bags = BatchBags(
            self._bags,
            self._view,
            np.concatenate([batch.left, batch.right]),
            dropped=stage.dropped,
            random=np.random.default_rng((step, n)),
        )
        unit = bags.sums(self._state.table[bags.touched])
        length = unit.norm(dim=1, keepdim=True).clamp_min_(1e-6)
        unit.div_(length)
        loss, gradient = self.loss(unit[:n], unit[n:], batch, stage)
        # Through the unit length: only what is at right angles to the vector changes it.
        gradient -= unit * (gradient * unit).sum(1, keepdim=True)
        change = bags.gradient(gradient.div_(length))
        squares = torch.linalg.vector_norm(change, dim=1, keepdim=True).square_()
        squares = squares.div_(change.shape[1]).add_(self._state.squares[bags.touched])
        self._state.squares[bags.touched] = squares
        change.div_(squares.sqrt_().add_(1e-8))
        self._state.table.index_add_(0, bags.touched, change, alpha=-rate)
        return loss

    def loss(
        self, left: torch.Tensor, right: torch.Tensor, batch: Batch, stage: Stage
    ) -> tuple[float, torch.Tensor]:
        """Gives a batch's cross-entropy, and the whole loss' gradient at left over right.

        With L the exponentials of the scores, r and c its row and column sums, V the teacher's
        exponentials and v their sums, the gradient at the scores is L / r + L / c - T - T', where
        T = (1 - share) I + share V / v; it is never formed: each term is multiplied on its own.
        """
        n = len(left)
        same = self._not_negatives(batch)
        rows = np.where(
            batch.english >= 0, self._teacher.row_of_text[np.maximum(batch.english, 0)], -1
        )
        known = torch.from_numpy(rows >= 0)
        scores = _similarities(left, right, scale=SCALE)
        # A copy whatever the scores are counted in: they are overwritten next.
        own = scores.diagonal().to(torch.float32, copy=True)
        likely = scores.exp_().masked_fill_(same, 0)
        by_row = likely.sum(1, dtype=torch.float32)[:, None]
        by_column = likely.sum(0, dtype=torch.float32)[:, None]
        loss = float((by_row.log().mean() + by_column.log().mean()) / 2 - own.mean())
        view = self._teachers_view(torch.from_numpy(np.maximum(rows, 0)), known, same)
        seen = torch.where(known, stage.teacher_share, 0.0)[:, None]
        inverse = seen / view.sum(1, dtype=torch.float32).clamp_min_(1e-9)[:, None]
        gradient = torch.vstack(
            [
                _dot(likely, right) / by_row + _dot(likely, right / by_column),
                _dot(likely.T, left) / by_column + _dot(likely.T, left / by_row),
            ]
        )
        for side, start in ((right, 0), (left, n)):
            taught = _dot(view, side) * inverse + _dot(view, side * inverse)
            gradient[start : start + n] -= 2 * (1 - seen) * side + taught
        gradient *= SCALE / (2 * n)
        if stage.teacher_pull:
            self._add_pull(gradient, left, right, rows, stage)
        return loss, gradient

    def _add_pull(
        self,
        gradient: torch.Tensor,
        left: torch.Tensor,
        right: torch.Tensor,
        rows: IntArray,
        stage: Stage,
    ) -> None:
        # Every second pair of those that the teacher knows: enough, in a quarter of the time.
        which = torch.from_numpy(np.flatnonzero(rows >= 0)[::2])
        goal = self._teacher.reduced[torch.from_numpy(rows)[which]]
        near = (_dot(goal, goal.T) > 0.9).fill_diagonal_(False)
        for side, start in ((left, 0), (right, len(left))):
            gradient[start + which] += stage.teacher_pull * _pull(side[which], goal, near)

    def _not_negatives(self, batch: Batch) -> torch.Tensor:
        """Marks pairs of different rows that share a text or a group, shape (n, n), symmetric."""
        left = torch.from_numpy(self._base[batch.left].astype(np.int32))
        right = torch.from_numpy(self._base[batch.right].astype(np.int32))
        group = torch.from_numpy(batch.group.astype(np.int32))
        same = group[:, None] == group[None, :]
        same |= left[:, None] == left[None, :]
        same |= right[:, None] == right[None, :]
        same |= left[:, None] == right[None, :]
        same |= right[:, None] == left[None, :]
        return same.fill_diagonal_(False)

    def _teachers_view(
        self, rows: torch.Tensor, known: torch.Tensor, same: torch.Tensor
    ) -> torch.Tensor:
        """Gives the exponentials of the teacher's similarities, shape (n, n), 0 where unknown."""
        taught = self._teacher.vectors[rows]
        view = _similarities(taught, taught, scale=TEACHER_SCALE).exp_()
        return view.masked_fill_(same | ~known[None, :] | ~known[:, None], 0)


def _pull(side: torch.Tensor, goal: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
    """Gives the gradient of telling one's own goal from others' and of lying close to it."""
    n = len(side)
    likely = _similarities(side, goal, scale=SCALE).exp_().masked_fill_(near, 0)
    total = likely.sum(1, keepdim=True, dtype=torch.float32)
    likely.div_(total).diagonal().sub_(1)
    return _dot(likely, goal).mul_(0.5 * SCALE / n).sub_(goal, alpha=2 / n)


def _similarities(left: torch.Tensor, right: torch.Tensor, *, scale: float) -> torch.Tensor:
    """Gives scale * (cosine - 1) of unit vectors: at most 0, and most exact where it matters.

    The subtraction is one more column, so that it happens before the result is rounded.
    """
    column = torch.ones(len(left), 1)
    first = torch.hstack([scale * left, column * -scale]).to(_PRECISION)
    return first @ torch.hstack([right, torch.ones(len(right), 1)]).to(_PRECISION).T


def _dot(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    return (left.to(_PRECISION) @ right.to(_PRECISION)).float()
