"""The numbers of a training run."""

from __future__ import annotations

from dataclasses import dataclass, field

from kb_index.training.pairs import Shares
from kb_index.training.table import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The numbers of a run; they are written into the model card."""

    dimension: int = 256
    n_subwords: int = 73_728
    n_ngram_rows: int = 49_152
    batch: int = 2_048
    base: Stage = field(default_factory=lambda: Stage(n_steps=5_000, rate=0.02))
    base_shares: Shares = field(default_factory=Shares)
    final: Stage = field(default_factory=lambda: Stage(n_steps=300, rate=0.005))
    final_shares: Shares = field(default_factory=lambda: Shares(labelled=0.15))
    per_language: int = 7_500
    seed: int = 0
    share_alike: bool = False
    subword_weight: float = 0.7
    ngram_weight: float = 0.5
